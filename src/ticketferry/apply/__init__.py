"""Performs a plan: exactly its operations, in its order, able to be killed at any instant."""
