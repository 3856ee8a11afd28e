"""The routes of both of Jira's APIs, by resource."""
