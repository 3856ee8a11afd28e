"""Reads a desk into its snapshot, and holds what came against what the desk says of itself."""
