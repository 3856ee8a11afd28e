"""The routes of the Support API, by resource."""
