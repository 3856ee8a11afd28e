"""A local stand-in of Jira Cloud with Jira Service Management, for tests, demos and rehearsals."""

from ticketferry_emulators.jsm.app import JsmEmulator

__all__ = ["JsmEmulator"]
