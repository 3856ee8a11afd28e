"""A local stand-in of Jira Cloud with Jira Service Management, for tests, demos and rehearsals."""

from .app import JsmEmulator

__all__ = ["JsmEmulator"]
