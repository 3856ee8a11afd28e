"""A plan as a file, to be read: written once, read many times, never changed."""

import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import orjson

from ticketferry.errors import StalePlanError, WorkspaceError
from ticketferry.plan.file.kept import kept
from ticketferry.plan.file.rows import (
    BLOCKING,
    CHANGE_COLUMNS,
    FORMAT,
    OP_COLUMNS,
    ChangeRow,
    OpRow,
    change_row,
    content_digest,
    op_row,
    turn,
)
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Disposition, Finding, Severity
from ticketferry.store.database import disk_errors, quoted

__all__ = ["PlanFile"]

PORTION = 256
"""Rows that are read at once."""


class PlanFile:
    """Reading access to a plan file; thread-safe: one connection, which each reading holds for a portion of rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._kept: dict[str, Any] | None = None
        if not path.exists():
            raise WorkspaceError(
                f"there is no plan {path.stem}",
                where=str(path),
                remedy="See `ticketferry status` for the plans there are.",
            )
        with disk_errors(path):
            self._connection = sqlite3.connect(
                f"file:{quoted(path)}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            try:
                rows = self._connection.execute("SELECT key, value FROM header").fetchall()
            except sqlite3.DatabaseError as error:
                self._connection.close()
                raise WorkspaceError(
                    f"{path.name} is damaged ({error})",
                    where=str(path),
                    remedy="Make a new plan: `ticketferry plan`.",
                ) from error
            self.header: dict[str, Any] = {key: orjson.loads(value) for key, value in rows}
        if int(self.header.get("format", 0)) > FORMAT:
            raise WorkspaceError(f"plan {path.stem} was written by a newer ticketferry", where=str(path))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def id(self) -> str:
        """Name of the plan, `p-01`."""
        return self.path.stem

    @property
    def digest(self) -> str:
        """Digest of all that the plan says."""
        return str(self.header["digest"])

    def answer(self, name: str) -> Any:
        """Return an answer that was worked out when the plan was saved, None where it was not."""
        if self._kept is None:
            there = self.one("SELECT 1 FROM sqlite_master WHERE name = 'kept'")
            told = self.rows("SELECT name, value FROM kept") if there else ()
            self._kept = {key: orjson.loads(value) for key, value in told}
        return self._kept.get(name)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Stream rows of a query."""
        with disk_errors(self.path):
            with self._lock:
                cursor = self._connection.execute(sql, parameters)
                portion = cursor.fetchmany(PORTION)
            while portion:
                yield from portion
                with self._lock:
                    portion = cursor.fetchmany(PORTION)

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first value of a query."""
        with disk_errors(self.path), self._lock:
            row = self._connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def column(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[str]:
        """Stream the texts of a query with one column."""
        return (str(value) for (value,) in self.rows(sql, parameters))

    def number(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Return the number that a query gives, 0 for none."""
        return int(self.one(sql, parameters) or 0)

    def operations(self, where: str = "1", parameters: Sequence[Any] = ()) -> Iterator[OpRow]:
        """Stream operations in plan order."""
        for row in self.rows(f"SELECT {OP_COLUMNS} FROM operation WHERE {where} ORDER BY seq", parameters):
            yield op_row(row)

    def batch(self, number: int) -> list[OpRow]:
        """Return the operations that travel together, in the order in which they stand in the request or file."""
        if not self.header.get("order", {}).get("by"):
            return list(self.operations("batch = ?", (number,)))
        columns = ", ".join(f"o.{name}" for name in OP_COLUMNS.split(", "))
        return [
            op_row(row)
            for row in self.rows(
                f"SELECT {columns} FROM operation AS o LEFT JOIN change AS c ON c.root = o.root WHERE o.batch = ?"
                f" ORDER BY {turn('c')}, o.seq",
                (number,),
            )
        ]

    def count(self, roots: Collection[str] | None = None) -> int:
        """Return how many operations there are; with `roots` (refs), only theirs."""
        if roots is None:
            return _count_operations(self)
        return sum(
            int(self.one("SELECT count(*) FROM operation WHERE root = ?", (root,)) or 0) for root in roots
        )

    def batches(self) -> Iterator[tuple[int, str, int]]:
        """Stream (number, endpoint, size) in the order of sending."""
        yield from cast(
            "Iterator[tuple[int, str, int]]",
            self.rows("SELECT number, endpoint, size FROM batch ORDER BY position, number"),
        )

    def needs(self, batch: int) -> list[int]:
        """Return the batches that must end before this one is sent."""
        return [row[0] for row in self.rows("SELECT needs FROM dependency WHERE batch = ?", (batch,))]

    def changes(self, where: str = "1", parameters: Sequence[Any] = ()) -> Iterator[ChangeRow]:
        """Stream changes in plan order."""
        for row in self.rows(f"SELECT {CHANGE_COLUMNS} FROM change WHERE {where} ORDER BY seq", parameters):
            yield change_row(row)

    def change(self, root: str) -> ChangeRow | None:
        """Return the change of one root."""
        return next(self.changes("root = ?", (root,)), None)

    def tickets(self) -> frozenset[str]:
        """Return the tickets that the plan says anything of."""
        return frozenset(root for (root,) in self.rows("SELECT root FROM change WHERE kind = 'ticket'"))

    @kept(dict)
    def outcomes(self) -> dict[str, dict[str, int]]:
        """Count changes by kind and outcome."""
        result: dict[str, dict[str, int]] = {}
        for kind, outcome, count in self.rows(
            "SELECT kind, outcome, count(*) FROM change GROUP BY kind, outcome"
        ):
            result.setdefault(kind, {})[outcome] = count
        return result

    @kept(dict)
    def endpoint_counts(self) -> dict[str, int]:
        """Count operations by endpoint."""
        return dict(
            cast(
                "Any",
                self.rows("SELECT endpoint, count(*) FROM operation GROUP BY endpoint ORDER BY endpoint"),
            )
        )

    def dispositions(self) -> dict[Disposition, int]:
        """Add up the leaves by disposition."""
        counts = dict.fromkeys(Disposition, 0)
        for name, count in self.rows("SELECT disposition, sum(count) FROM sum GROUP BY disposition"):
            counts[Disposition(name)] = count
        return counts

    def findings(self, where: str = "1", parameters: Sequence[Any] = ()) -> Iterator[Finding]:
        """Stream findings."""
        for code, severity, subject, place, message, remedy, count in self.rows(
            "SELECT code, severity, subject, place, message, remedy, count FROM finding"
            f" WHERE {where} ORDER BY code, subject, place, message",
            parameters,
        ):
            yield Finding(
                code,
                Severity(severity),
                parse_ref(subject) if subject else None,
                place,
                message,
                remedy,
                count,
            )

    def blockers(self) -> list[Finding]:
        """Return the findings that forbid an apply."""
        return list(self.findings(BLOCKING))

    def verify_digest(self) -> None:
        """Read the whole plan again and compare with its digest. Raises StalePlanError where it was tampered with."""
        actual = content_digest(self._connection, self.header)
        if actual != self.digest and self.one("SELECT 1 FROM sqlite_master WHERE name = 'forgotten'"):
            raise StalePlanError(
                f"somebody was forgotten in plan {self.id} after it was saved: what it said of them is not there any more",
                where=str(self.path),
                remedy="Make a new plan: `ticketferry plan`. `ticketferry log` says when it was done; the digest is kept.",
            )
        if actual != self.digest:
            raise StalePlanError(
                f"plan {self.id} is not as it was saved",
                where=str(self.path),
                remedy="Make a new plan: `ticketferry plan`.",
            )


@kept(int)
def _count_operations(plan: PlanFile) -> int:
    return plan.number("SELECT count(*) FROM operation")
