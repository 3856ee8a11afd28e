"""The connector for Zendesk Support."""
