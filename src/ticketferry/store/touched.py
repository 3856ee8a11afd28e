"""Of which records workspace.db says something else since a plan was made: noted by the tables themselves, whoever writes to them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ticketferry.store.workspace import Workspace

__all__ = ["Anchor", "Touched"]


class Anchor(NamedTuple):
    """Up to where an answer book has seen the changes. `token` stands in the book as well: another one belongs to another state."""

    token: str
    seq: int


class Touched:
    """The keys that were touched, in the order of their last change."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._database = workspace.database

    def sequence(self) -> int:
        """Return the number of the newest change."""
        row = self._database.one("SELECT seq FROM sqlite_sequence WHERE name = 'touched'")
        return int(row[0]) if row else 0

    def count_since(self, seq: int) -> int:
        """Count the keys that were touched after a change."""
        row = self._database.one("SELECT count(*) FROM touched WHERE seq > ?", (seq,))
        return int(row[0]) if row else 0

    def since(self, seq: int) -> Iterator[str]:
        """Stream the keys that were touched after a change."""
        connection = self._database.reader()
        try:
            for (key,) in connection.execute("SELECT key FROM touched WHERE seq > ? ORDER BY seq", (seq,)):
                yield key
        finally:
            connection.close()

    def anchor(self, name: str) -> Anchor | None:
        """Return up to where a book has seen the changes, None where it never was anchored."""
        row = self._database.one("SELECT token, seq FROM anchor WHERE name = ?", (name,))
        return Anchor(str(row[0]), int(row[1])) if row else None

    def set_anchor(self, name: str, anchor: Anchor) -> None:
        """Note up to where a book has seen the changes; what every book has seen is forgotten."""

        def work(connection: Any) -> None:
            execute = connection.execute
            execute("INSERT OR REPLACE INTO anchor VALUES (?, ?, ?)", (name, *anchor))
            execute("DELETE FROM touched WHERE seq <= (SELECT min(seq) FROM anchor)")

        self._workspace.commit(work)
