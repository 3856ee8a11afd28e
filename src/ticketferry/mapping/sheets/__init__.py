"""Tables of a mapping for people who decide in a spreadsheet, and their decisions written back into the file."""
