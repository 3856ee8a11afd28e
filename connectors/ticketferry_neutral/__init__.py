"""The connector for the neutral schema as files: the reference connector."""
