"""The connector for help desks kept as folders of CSV files: an example to start your own from."""
