"""Who is the same person: keys, clusters, decisions."""
