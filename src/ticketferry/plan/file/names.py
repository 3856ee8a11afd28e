"""Names that only one record may bear, gathered from all parts of a plan."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["NameIndex"]


class NameIndex:
    """What each part planned, found by name. Kept on the disk where it grows."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    @classmethod
    @contextmanager
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> Iterator["NameIndex"]:
        """Gather names: kind of name, what is compared, root, outcome, as people read it."""
        database = sqlite3.connect("")
        try:
            database.execute("CREATE TABLE name (what TEXT, key TEXT, root TEXT, outcome TEXT, shown TEXT)")
            database.executemany("INSERT INTO name VALUES (?,?,?,?,?)", rows)
            database.execute("CREATE INDEX name_key ON name (what, key)")
            yield cls(database)
        finally:
            database.close()

    def twins(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield each kind of name with the (root, name) of those that would bear one."""
        groups = self._database.execute(
            "SELECT what, key FROM name GROUP BY what, key HAVING count(DISTINCT root) > 1 ORDER BY what, key"
        ).fetchall()
        for what, key in groups:
            yield (
                what,
                self._database.execute(
                    "SELECT DISTINCT root, shown FROM name WHERE what = ? AND key = ? ORDER BY length(root), root",
                    (what, key),
                ).fetchall(),
            )

    def makes(self, kinds: Sequence[str]) -> bool:
        """Tell whether anything is made that bears such a name."""
        marks = ",".join("?" * len(kinds))
        row = self._database.execute(
            f"SELECT 1 FROM name WHERE what IN ({marks}) AND outcome = 'create' LIMIT 1", list(kinds)
        ).fetchone()
        return row is not None

    def maker(self, what: str, key: str) -> tuple[str, str] | None:
        """Return the (root, name) that is made under a name."""
        row: tuple[str, str] | None = self._database.execute(
            "SELECT root, shown FROM name WHERE what = ? AND key = ? AND outcome = 'create' ORDER BY root LIMIT 1",
            (what, key),
        ).fetchone()
        return row
