"""The exact difference that an apply would make."""
