"""A plan's own file: its rows, how they are written, put together and read. All SQL on a plan stands here."""
