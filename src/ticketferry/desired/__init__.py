"""Snapshot, mapping and decisions to desired cases and the fates of their leaves."""
