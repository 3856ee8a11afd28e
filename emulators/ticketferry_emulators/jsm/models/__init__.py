"""The site: its records, its state and its rules, without HTTP."""
