"""Records in quarantine that somebody leaves out knowingly: whose word it is, and why."""

from typing import NamedTuple

from ticketferry.store.workspace import Workspace

__all__ = ["Waiver", "Waivers"]


class Waiver(NamedTuple):
    """A person's word that a migration may end without a record."""

    ref: str
    because: str
    by: str
    at: str


class Waivers:
    """Kept in workspace.db, since nothing could make them again."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def all(self) -> dict[str, Waiver]:
        """Return every waiver by the record's reference."""
        database = self._workspace.database
        if database.one("SELECT 1 FROM sqlite_master WHERE name = 'waiver'") is None:
            return {}
        rows = database.rows("SELECT ref, because, by, at FROM waiver ORDER BY ref")
        return {row[0]: Waiver(*row) for row in rows}

    def add(self, ref: str, because: str, by: str) -> None:
        """Keep a waiver; a later one for the same record takes its place."""
        at = self._workspace.now().isoformat()
        self._workspace.commit(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO waiver VALUES (?, ?, ?, ?)", (ref, because, by, at)
            )
        )

    def remove(self, ref: str) -> None:
        """Take a waiver back."""
        self._workspace.commit(
            lambda connection: connection.execute("DELETE FROM waiver WHERE ref = ?", (ref,))
        )
