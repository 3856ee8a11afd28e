"""Writing a plan that is made from the last one: rows of both, between each other, in the order of their roots."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ticketferry.errors import StalePlanError
from ticketferry.plan.file.rows import CHANGE_COLUMNS
from ticketferry.plan.file.writer import PlanWriter

__all__ = ["PlanContinuer"]

_CHANGE_REST = CHANGE_COLUMNS.removeprefix("seq, ")


class PlanContinuer(PlanWriter):
    """A plan that takes rows from the last one, of which it was told when it was begun."""

    def copy(self, changes: tuple[int, int], operations: tuple[int, int]) -> None:
        """Put rows of the last plan behind what is there: those behind one number up to another. Raises StalePlanError where it has others."""
        execute = self._connection.execute
        after, upto = changes
        at = self._changes - after
        copied = execute(
            f"INSERT INTO change SELECT seq + ?, {_CHANGE_REST} FROM last.change WHERE seq > ? AND seq <= ? ORDER BY seq",
            (at, after, upto),
        ).rowcount
        self._changes += upto - after
        missing = copied != upto - after
        after, upto = operations
        if upto > after:
            at = self._operations - after
            copied = execute(
                "INSERT INTO operation SELECT seq + ?1, key, root, subject, endpoint, lane, prev + ?1, tail, 0, expect, digest, params, body"
                " FROM last.operation WHERE seq > ?2 AND seq <= ?3 ORDER BY seq",
                (at, after, upto),
            ).rowcount
            missing = missing or copied != upto - after
            self._operations += upto - after
        if missing:
            raise StalePlanError("the last plan has other rows than were kept of it")

    def copy_impossible(self, without: Iterable[str]) -> None:
        """Take over the leaves that the target cannot hold from the last plan, but for those of some roots."""
        execute = self._connection.execute
        execute("CREATE TEMP TABLE without(root TEXT PRIMARY KEY) WITHOUT ROWID")
        self._connection.executemany(
            "INSERT OR IGNORE INTO temp.without VALUES (?)", [(ref,) for ref in without]
        )
        execute(
            "INSERT INTO impossible SELECT * FROM last.impossible WHERE root NOT IN (SELECT root FROM temp.without)"
        )

    def take_roots(self, shard: Path) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield the place of each root of a part, in order, with what puts its rows behind those that are there."""
        other = sqlite3.connect(shard)
        try:
            changes = 0
            for place, before, change, ops in other.execute(
                "SELECT place, before, change, ops FROM root ORDER BY n"
            ).fetchall():
                rows = (changes, change, before, ops)
                yield place, lambda rows=rows: self._take_root(other, *rows)  # type: ignore[misc]
                changes += change
            self._connection.executemany(
                "INSERT OR IGNORE INTO impossible VALUES (?, ?, ?, ?, ?)",
                other.execute("SELECT * FROM impossible"),
            )
        finally:
            other.close()

    def _take_root(self, other: sqlite3.Connection, after: int, changes: int, before: int, ops: int) -> None:
        at = self._changes - after
        self._connection.executemany(
            f"INSERT INTO change VALUES (?+{at}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            other.execute("SELECT * FROM change WHERE seq > ? AND seq <= ?", (after, after + changes)),
        )
        self._changes += changes
        at = self._operations - before
        self._connection.executemany(
            f"INSERT INTO operation VALUES (?+{at}, ?, ?, ?, ?, ?, ?+{at}, ?, ?, ?, ?, ?, ?)",
            other.execute(
                "SELECT * FROM operation WHERE seq > ? AND seq <= ? ORDER BY seq", (before, before + ops)
            ),
        )
        self._operations += ops
