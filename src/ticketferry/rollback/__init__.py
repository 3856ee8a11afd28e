"""Makes plans that take other plans back, and spare what people have done since."""
