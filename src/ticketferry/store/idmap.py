"""What the target gave for each source record: slots, how each came about, and the hashes of what we last wanted and saw."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson

from ticketferry.schema.records import Record
from ticketferry.store.workspace import Workspace

__all__ = ["COPIES", "COPY_KEYS", "IdMap", "LastWrite", "Slot", "pack", "unpack"]

COPIES = "copies"
"""Slot that names, parted by spaces, the ids of a ticket's copies in the target."""
AS_WANTED = ""
"""Stands for what was seen after a write where that is what was wanted: of nearly every record."""
COPY_KEYS = "copy_keys"
"""Slot that names, in the same order, what people of the target call them."""


def pack(record: Record | None) -> bytes:
    """Compress a record for keeping."""
    return zlib.compress(orjson.dumps(record, option=orjson.OPT_SORT_KEYS), 3)


def unpack(data: bytes) -> Record:
    """Read a kept record."""
    return cast("Record", orjson.loads(zlib.decompress(data)))


class Slot(NamedTuple):
    """One value that the target gave."""

    ref: str
    slot: str
    value: str
    how: str
    plan: str


@dataclass(frozen=True, slots=True)
class LastWrite:
    """State of a root after our last write: hash vectors by field of what we wanted and what we saw, and which plan did it."""

    wanted: Mapping[str, str]
    seen: Mapping[str, str]
    inputs: str
    how: str
    plan: str


class IdMap:
    """The slots of workspace.db. A slot that a rollback ends stays as a row, so that an older state can be read (`upto`)."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._database = workspace.database

    def sequence(self) -> int:
        """Return the number of the newest slot row: a plan notes it, so that it can be rendered again later."""
        row = self._database.one("SELECT seq FROM sqlite_sequence WHERE name = 'slot'")
        return int(row[0]) if row else 0

    def state(self) -> tuple[str, str]:
        """Name what it says as a whole: another name as soon as it says anything else."""
        return self._workspace.id, self._workspace.token

    def get(self, ref: str, slot: str = "id", upto: int | None = None) -> str | None:
        """Return a slot's value, as of row `upto` where given."""
        if upto is None:
            row = self._database.one(
                "SELECT value FROM slot WHERE ref = ? AND slot = ? AND ended IS NULL", (ref, slot)
            )
        else:
            row = self._database.one(
                "SELECT value FROM slot WHERE ref = ? AND slot = ? AND seq <= ? AND (ended IS NULL OR ended > ?)"
                " ORDER BY seq DESC LIMIT 1",
                (ref, slot, upto, upto),
            )
        return str(row[0]) if row else None

    def expires(self, ref: str, slot: str) -> datetime | None:
        """Return when a live slot's value ends at the vendor's (an upload token); None: it stays."""
        row = self._database.one(
            "SELECT expires FROM slot WHERE ref = ? AND slot = ? AND ended IS NULL", (ref, slot)
        )
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def how(self, ref: str, upto: int | None = None) -> str | None:
        """Tell how the record's id came about: created, matched, adopted; None where it has none."""
        bound = self.sequence() if upto is None else upto
        row = self._database.one(
            "SELECT how FROM slot WHERE ref = ? AND slot = 'id' AND seq <= ? AND (ended IS NULL OR ended > ?)"
            " ORDER BY seq DESC LIMIT 1",
            (ref, bound, bound),
        )
        return str(row[0]) if row else None

    def had(self, ref: str, id_: str) -> bool:
        """Tell whether a record had this id in the target once, also where a rollback has ended it."""
        return (
            self._database.one(
                "SELECT 1 FROM slot WHERE ref = ? AND slot = 'id' AND value = ? AND ended IS NOT NULL LIMIT 1",
                (ref, id_),
            )
            is not None
        )

    def slots(self, ref: str, upto: int | None = None) -> dict[str, str]:
        """Return all slots of a record."""
        if upto is None:
            rows = self._database.rows("SELECT slot, value FROM slot WHERE ref = ? AND ended IS NULL", (ref,))
        else:
            rows = self._database.rows(
                "SELECT slot, value FROM slot WHERE ref = ? AND seq <= ? AND (ended IS NULL OR ended > ?) ORDER BY seq",
                (ref, upto, upto),
            )
        return dict(rows)

    def source_of(self, kind: str, value: str, upto: int | None = None) -> str | None:
        """Return the source record to which the target's record `kind`, id `value` belongs; the one that was created wins."""
        bound = self.sequence() if upto is None else upto
        row = self._database.one(
            "SELECT ref FROM slot WHERE value = ? AND slot = 'id'"
            " AND substr(ref, instr(ref, ':') + 1, length(?) + 1) = ? || ':' AND seq <= ?"
            " AND (ended IS NULL OR ended > ?) ORDER BY how = 'matched', seq LIMIT 1",
            (value, kind, kind, bound, bound),
        )
        return str(row[0]) if row else None

    def accounts(self, upto: int) -> Iterator[tuple[str, str, str]]:
        """Stream whose account is whose, as of row `upto`: ref of a person or organization, id in the target, how it came about."""
        connection = self._database.reader()
        try:
            yield from connection.execute(
                "SELECT ref, value, how FROM slot WHERE slot = 'id' AND (ref LIKE '%:person:%' OR ref LIKE '%:organization:%')"
                " AND seq <= ? AND (ended IS NULL OR ended > ?) ORDER BY seq",
                (upto, upto),
            )
        finally:
            connection.close()

    def all(self, kind: str | None = None) -> Iterator[Slot]:
        """Stream all live slots, ordered by row."""
        connection = self._database.reader()
        try:
            for row in connection.execute(
                "SELECT ref, slot, value, how, plan FROM slot WHERE ended IS NULL AND (? IS NULL OR ref LIKE ?) ORDER BY seq",
                (kind, f"%:{kind}:%"),
            ):
                yield Slot(*row)
        finally:
            connection.close()

    def taken_back(self, since: datetime) -> Iterator[Slot]:
        """Stream the slots that a rollback has ended since a time and that no record has again."""
        for row in self._database.rows(
            "SELECT old.ref, old.slot, old.value, old.how, old.plan FROM slot AS old JOIN slot AS end ON end.seq = old.ended"
            " WHERE end.at >= ? AND NOT EXISTS (SELECT 1 FROM slot AS live WHERE live.ref = old.ref AND live.slot = old.slot"
            " AND live.value = old.value AND live.ended IS NULL) ORDER BY old.seq",
            (since.isoformat(),),
        ):
            yield Slot(*row)

    def put(
        self,
        connection: Any,
        ref: str,
        values: Mapping[str, str],
        *,
        how: str,
        plan: str,
        run: str,
        expires: str | None = None,
    ) -> None:
        """Keep slots of a record inside a transaction; a changed value ends the row before."""
        at = self._workspace.now().isoformat()
        for slot, value in values.items():
            old = connection.execute(
                "SELECT seq, value FROM slot WHERE ref = ? AND slot = ? AND ended IS NULL", (ref, slot)
            ).fetchone()
            if old is not None and old[1] == value:
                connection.execute("UPDATE slot SET expires = ? WHERE seq = ?", (expires, old[0]))
                continue
            if old is not None:
                self._end(connection, old[0])
            connection.execute(
                "INSERT INTO slot(ref, slot, value, how, plan, run, at, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (ref, slot, value, how, plan, run, at, expires),
            )

    def end(self, connection: Any, refs: Sequence[str]) -> None:
        """End all slots of records inside a transaction: a rollback took them back."""
        for ref in refs:
            for (seq,) in connection.execute(
                "SELECT seq FROM slot WHERE ref = ? AND ended IS NULL", (ref,)
            ).fetchall():
                self._end(connection, seq)

    def _end(self, connection: Any, seq: int) -> None:
        # The end is numbered in the same sequence as the rows, so that `upto` tells before from after.
        connection.execute(
            "INSERT INTO slot(ref, slot, value, how, plan, run, at, ended)"
            " SELECT ref, slot || '.ended', value, how, plan, run, ?, 0 FROM slot WHERE seq = ?",
            (self._workspace.now().isoformat(), seq),
        )
        connection.execute("UPDATE slot SET ended = last_insert_rowid() WHERE seq = ?", (seq,))

    # ---- what we wanted and saw ------------------------------------------------------------------------------------

    def applied(self, ref: str) -> LastWrite | None:
        """Return the state of a root after our last write, or None."""
        row = self._database.one("SELECT wanted, seen, inputs, how, plan FROM applied WHERE ref = ?", (ref,))
        if row is None:
            return None
        wanted = orjson.loads(row[0])
        seen = orjson.loads(row[1]) if row[1] != AS_WANTED else dict(wanted)
        return LastWrite(wanted, seen, row[2], row[3], row[4])

    def address(self, ref: str) -> str:
        """Return the hash of the address that we made an account with; empty where we made none."""
        last = self.applied(ref)
        return last.wanted.get("email", "") if last is not None and last.how == "created" else ""

    def applied_before(self, ref: str, plan: str) -> LastWrite | None:
        """Return the state of a root as it was before `plan` wrote it: by that state the plan was made."""
        row = self._database.one(
            "SELECT wanted, seen, inputs, how, owner FROM before_image WHERE plan = ? AND ref = ?",
            (plan, ref),
        )
        if row is not None:
            if row[0] is None:
                return None
            return LastWrite(orjson.loads(row[0]), orjson.loads(row[1]), row[2], row[3], row[4])
        applied = self.applied(ref)
        return None if applied is not None and applied.plan == plan else applied

    def set_applied(
        self,
        connection: Any,
        ref: str,
        *,
        wanted: Mapping[str, str],
        seen: Mapping[str, str],
        inputs: str,
        how: str,
        plan: str,
        run: str,
    ) -> None:
        """Keep the state of a root inside a transaction."""
        connection.execute(
            "INSERT OR REPLACE INTO applied VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                ref,
                orjson.dumps(dict(wanted)).decode(),
                orjson.dumps(dict(seen)).decode() if dict(seen) != dict(wanted) else AS_WANTED,
                inputs,
                how,
                plan,
                run,
                self._workspace.now().isoformat(),
            ),
        )

    def forget_applied(self, connection: Any, ref: str) -> None:
        """Drop the state of a root inside a transaction."""
        connection.execute("DELETE FROM applied WHERE ref = ?", (ref,))

    def applied_refs(self, plans: Sequence[str] | None = None) -> Iterator[str]:
        """Stream the roots that applied plans say should exist, ordered."""
        connection = self._database.reader()
        try:
            if plans is None:
                rows = connection.execute("SELECT ref FROM applied ORDER BY ref")
            else:
                marks = ",".join("?" * len(plans))
                rows = connection.execute(
                    f"SELECT ref FROM applied WHERE plan IN ({marks}) ORDER BY ref", tuple(plans)
                )
            for (ref,) in rows:
                yield ref
        finally:
            connection.close()

    # ---- references that wait ----------------------------------------------------------------------------------------

    def waiting_for(self, wants: str) -> list[str]:
        """Return the roots that refer to `wants`, which was not there when they were written."""
        return [
            row[0]
            for row in self._database.rows("SELECT ref FROM waiting WHERE wants = ? ORDER BY ref", (wants,))
        ]

    def waiting(self) -> list[tuple[str, str]]:
        """Return (what is waited for, who waits) of every reference that waits."""
        return [(row[0], row[1]) for row in self._database.rows("SELECT wants, ref FROM waiting")]

    def set_waiting(self, connection: Any, ref: str, wants: Sequence[str]) -> None:
        """Replace what a root waits for, inside a transaction."""
        connection.execute("DELETE FROM waiting WHERE ref = ?", (ref,))
        connection.executemany(
            "INSERT INTO waiting VALUES (?, ?)", [(ref, want) for want in sorted(set(wants))]
        )

    # ---- phases --------------------------------------------------------------------------------------------------------

    def phase(self, ref: str) -> str | None:
        """Return the phase that a ticket was planned for, once that plan was applied."""
        row = self._database.one("SELECT phase FROM membership WHERE ref = ?", (ref,))
        return str(row[0]) if row else None

    def stick(self, connection: Any, ref: str, phase: str) -> None:
        """Let a ticket stick to the phase that it was planned for first, inside a transaction."""
        connection.execute("INSERT OR IGNORE INTO membership VALUES (?, ?)", (ref, phase))

    def unstick(self, connection: Any, ref: str) -> None:
        """Forget a ticket's phase, inside a transaction."""
        connection.execute("DELETE FROM membership WHERE ref = ?", (ref,))

    def phases(self, refs: Sequence[str]) -> dict[str, str]:
        """Return ref -> phase of some records."""
        marks = ",".join("?" * len(refs))
        return dict(
            self._database.rows(f"SELECT ref, phase FROM membership WHERE ref IN ({marks})", tuple(refs))
        )

    def count_by_phase(self) -> dict[str, int]:
        """Count the records that are in the target by phase."""
        rows = self._database.rows(
            "SELECT m.phase, count(*) FROM membership AS m JOIN slot AS s ON s.ref = m.ref AND s.slot = 'id' AND s.ended IS NULL"
            " GROUP BY m.phase"
        )
        return {str(phase): int(count) for phase, count in rows}

    # ---- what is asked of many -----------------------------------------------------------------------------------------

    def made_by(self, ref: str) -> str | None:
        """Return the plan that brought a record, None where it is not in the target."""
        row = self._database.one(
            "SELECT plan FROM slot WHERE ref = ? AND slot = 'id' AND ended IS NULL", (ref,)
        )
        return str(row[0]) if row else None

    def copies(self) -> list[tuple[str, str]]:
        """Return (ref, ids of the copies) of all tickets that have any."""
        rows = self._database.rows(
            f"SELECT ref, value FROM slot INDEXED BY slot_copies WHERE slot = '{COPIES}' AND ended IS NULL AND value <> '' ORDER BY ref"
        )
        return [(str(ref), str(value)) for ref, value in rows]

    def has_tickets(self) -> bool:
        """Tell whether any ticket is in the target."""
        row = self._database.one(
            "SELECT 1 FROM slot WHERE slot = 'id' AND ended IS NULL AND ref LIKE '%:ticket:%' LIMIT 1"
        )
        return row is not None

    def there(self, refs: Sequence[str]) -> set[str]:
        """Return those of some records that are in the target."""
        marks = ",".join("?" * len(refs))
        rows = self._database.rows(
            f"SELECT ref FROM slot WHERE ref IN ({marks}) AND slot = 'id' AND ended IS NULL", tuple(refs)
        )
        return {ref for (ref,) in rows}

    def last_writes(self, refs: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return ref -> (when, by which plan) of the last write of some records."""
        marks = ",".join("?" * len(refs))
        rows = self._database.rows(f"SELECT ref, at, plan FROM applied WHERE ref IN ({marks})", tuple(refs))
        return {ref: (at, plan) for ref, at, plan in rows}

    def count_adopted(self, plan: str) -> int:
        """Count the records that a plan adopted."""
        row = self._database.one(
            "SELECT count(*) FROM slot WHERE plan = ? AND how = 'adopted' AND slot = 'id'", (plan,)
        )
        return int(row[0]) if row else 0

    def count_waiting(self) -> int:
        """Count the references that wait for a record."""
        row = self._database.one("SELECT count(*) FROM waiting")
        return int(row[0]) if row else 0

    def holds_of(self, plan: str) -> bool:
        """Tell whether anything that a plan made or changed is still known."""
        return (
            self._database.one("SELECT 1 FROM applied WHERE plan = ? AND how <> 'matched' LIMIT 1", (plan,))
            or self._database.one(
                "SELECT 1 FROM slot WHERE plan = ? AND how <> 'matched' AND ended IS NULL AND value <> '' LIMIT 1",
                (plan,),
            )
        ) is not None
