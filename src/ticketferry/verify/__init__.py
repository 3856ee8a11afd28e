"""Reads the target back and compares it with what the applied plans say; lets the witness look at both desks."""
