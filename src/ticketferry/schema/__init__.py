"""The neutral schema: what every help desk holds, product-free."""
