"""A first mapping from what two desks define: proposals with scores and reasons, written as YAML or added to a file that is there."""
