"""The databases and files of a workspace."""
