"""Reports for people: HTML, tables, charts."""
