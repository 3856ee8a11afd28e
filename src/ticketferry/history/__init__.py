"""Timelines of tickets and their replay."""
