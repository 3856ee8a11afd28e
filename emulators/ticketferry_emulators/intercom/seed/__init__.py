"""Made-up workspaces to begin with."""
