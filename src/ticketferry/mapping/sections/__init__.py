"""The sections of a mapping file, one module a subject; `ticketferry.mapping.model` puts them together."""
