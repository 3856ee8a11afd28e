"""Any number of ids put in an order on the disk."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

__all__ = ["sorted_on_disk"]


def sorted_on_disk(path: Path, rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Stream the ids of rows (first key, second key, id) in order, through a file at `path` where nothing is yet; it goes when all are read."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("CREATE TABLE row(first TEXT NOT NULL, second TEXT NOT NULL, id TEXT NOT NULL)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO row VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        connection.execute("CREATE INDEX in_order ON row(first, second, id)")
        for (id_,) in connection.execute("SELECT id FROM row ORDER BY first, second"):
            yield str(id_)
    path.unlink(missing_ok=True)
