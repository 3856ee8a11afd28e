"""A file of tables that is written once, whole, and only read afterwards."""

import sqlite3
from pathlib import Path
from typing import ClassVar, Self

from ticketferry.store.database import quoted

__all__ = ["TablesFile"]


class TablesFile:
    """The base of such files. `tables`: what makes them, where they are not there yet."""

    tables: ClassVar[str]

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.executescript(self.tables)

    @classmethod
    def new(cls, path: Path) -> Self:
        """Open an empty file to write into; nothing of it is kept before `commit`."""
        return cls(sqlite3.connect(path))

    @classmethod
    def finished(cls, path: Path) -> Self:
        """Open a file that is only read from now on, by any thread."""
        return cls(
            sqlite3.connect(f"file:{quoted(path)}", uri=True, check_same_thread=False, isolation_level=None)
        )

    @property
    def path(self) -> Path:
        """Return the file."""
        return Path(self.connection.execute("PRAGMA database_list").fetchone()[2])
