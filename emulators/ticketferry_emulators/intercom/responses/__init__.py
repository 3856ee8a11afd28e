"""The routes of the stand-in by resource: requests into rules, records into answers."""
