"""The connector for Jira Service Management."""
