"""Stand-ins of the products, served on loopback sockets for tests, demonstrations and rehearsals; one package a product."""
