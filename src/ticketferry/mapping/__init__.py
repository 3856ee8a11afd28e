"""The mapping file: model, loader, engine."""
