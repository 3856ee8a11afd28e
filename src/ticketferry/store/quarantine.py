"""Roots that could not be read or translated: named with cause and remedy, kept out of plans, tried again by the next extract."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.rows import order_key
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.workspace import Workspace

__all__ = [
    "READING",
    "TRANSLATING",
    "Quarantine",
    "QuarantinedRoot",
    "Waiver",
    "Waivers",
]

READING, TRANSLATING = "reading", "translating"
_COLUMNS = "root_kind, root_id, stage, part, cause, remedy, first, tries"
_AT = "since <= ? AND (until IS NULL OR until > ?)"


@dataclass(frozen=True, slots=True)
class QuarantinedRoot:
    """One root in quarantine. `stage`: what failed, `reading` or `translating`; `part`: the wire record that did (`comment:5`)."""

    root: Ref
    stage: str
    part: str
    cause: str
    remedy: str
    first: str
    """When it was first met, ISO 8601."""
    tries: int


class Quarantine:
    """Kept in the file of the snapshots and, like their rows, as of a snapshot: a plan sees what was held when it was made."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._desk = snapshots.desk
        self._database = snapshots.database
        self._there = (
            self._database.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'quarantine'")
            is not None
        )

    def note(
        self, snapshot: int, root: Ref, stage: str, cause: str, remedy: str, now: datetime, part: str = ""
    ) -> None:
        """Take a root in, or note that it failed once more. Durable before the page that shows it is stored."""
        key = (root.kind.value, root.id, stage, part)
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE quarantine SET cause = ?, remedy = ?, tries = tries + 1 WHERE root_kind = ? AND root_id = ?"
                " AND stage = ? AND part = ? AND until IS NULL",
                (cause, remedy, *key),
            ).rowcount
            if not changed:
                connection.execute(
                    "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, NULL, ?, ?, ?, 1)",
                    (*key, snapshot, cause, remedy, now.isoformat()),
                )

    def lift(self, snapshot: int, root: Ref, stage: str, part: str | None = None) -> None:
        """Let a root go: what failed was done by now. `part` None: whatever part of it."""
        where = "root_kind = ? AND root_id = ? AND stage = ? AND until IS NULL"
        values: tuple[object, ...] = (root.kind.value, root.id, stage)
        if part is not None:
            where, values = f"{where} AND part = ?", (*values, part)
        with self._database.transaction() as connection:
            connection.execute(f"DELETE FROM quarantine WHERE {where} AND since = ?", (*values, snapshot))
            connection.execute(f"UPDATE quarantine SET until = ? WHERE {where}", (snapshot, *values))

    def held(self, snapshot: int) -> list[QuarantinedRoot]:
        """List what is in quarantine as of a snapshot, in the order of kinds and ids."""
        if not self._there:
            return []
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM quarantine WHERE {_AT}",
            (snapshot, snapshot),
        )
        held = [QuarantinedRoot(Ref(self._desk, Kind(row[0]), row[1]), *row[2:]) for row in rows]
        return sorted(
            held, key=lambda one: (one.root.kind.value, order_key(one.root.id), one.stage, one.part)
        )

    def roots(self, snapshot: int) -> dict[Ref, QuarantinedRoot]:
        """Return the roots in quarantine, each with the first of what holds it there."""
        by_root: dict[Ref, QuarantinedRoot] = {}
        for one in self.held(snapshot):
            by_root.setdefault(one.root, one)
        return by_root


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
