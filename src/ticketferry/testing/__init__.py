"""Contract suites and factories for authors of connectors."""
