"""A mapping in words, for people who do not read YAML: every rule, with the tickets that it is about and what is lost."""
