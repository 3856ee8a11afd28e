"""A plan as a file: header, changes, operations, batches, sums, findings. Written once, read many times, never changed."""

import sqlite3
import threading
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson

from ticketferry.errors import StalePlanError, WorkspaceError
from ticketferry.schema.records import canonical
from ticketferry.schema.refs import Json, parse_ref
from ticketferry.sdk.contract import Disposition, Finding, Operation, Outcome, Severity
from ticketferry.sdk.templates import decode, encode
from ticketferry.store.database import disk_errors, quoted

__all__ = [
    "FORMAT",
    "ChangeRow",
    "OpRow",
    "PlanFile",
    "digest_of",
    "dump_operation",
    "load_operation",
    "pack_json",
    "unpack_json",
]

FORMAT = 1
PORTION = 256
"""Rows that are read at once."""
_COUNTERS = frozenset({"source_snapshot", "target_snapshot", "idmap"})

SCRIPT = """
PRAGMA page_size=4096;
CREATE TABLE header(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE change(
    seq INTEGER PRIMARY KEY, root TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, outcome TEXT NOT NULL, phase TEXT NOT NULL,
    title TEXT NOT NULL, fields TEXT NOT NULL, wanted TEXT NOT NULL, inputs TEXT NOT NULL, because TEXT NOT NULL,
    target TEXT NOT NULL, class TEXT NOT NULL, waits TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE operation(
    seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, root TEXT NOT NULL, subject TEXT NOT NULL, endpoint TEXT NOT NULL,
    lane TEXT NOT NULL, prev INTEGER, tail INTEGER NOT NULL, batch INTEGER NOT NULL DEFAULT 0, expect TEXT,
    digest TEXT NOT NULL, params TEXT NOT NULL, body BLOB);
CREATE TABLE batch(number INTEGER PRIMARY KEY, position INTEGER NOT NULL, endpoint TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE dependency(batch INTEGER NOT NULL, needs INTEGER NOT NULL, PRIMARY KEY (batch, needs)) WITHOUT ROWID;
CREATE TABLE sum(kind TEXT NOT NULL, pattern TEXT NOT NULL, disposition TEXT NOT NULL, by TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (kind, pattern, disposition, by)) WITHOUT ROWID;
CREATE TABLE undone(root TEXT NOT NULL, ref TEXT NOT NULL, PRIMARY KEY (root, ref)) WITHOUT ROWID;
CREATE TABLE impossible(root TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, by TEXT NOT NULL,
    PRIMARY KEY (root, kind, id, path)) WITHOUT ROWID;
CREATE TABLE finding(
    code TEXT NOT NULL, severity TEXT NOT NULL, subject TEXT NOT NULL, place TEXT NOT NULL, message TEXT NOT NULL,
    remedy TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (code, subject, place, message)) WITHOUT ROWID
"""
INDEXES = """
CREATE INDEX operation_batch ON operation(batch, seq);
CREATE INDEX operation_root ON operation(root, seq);
CREATE INDEX operation_subject ON operation(subject, endpoint);
CREATE INDEX batch_position ON batch(position, number);
CREATE INDEX change_outcome ON change(kind, outcome, class)
"""


class OpRow(NamedTuple):
    """One operation as it stands in the file; `body` is None where apply renders it again."""

    seq: int
    key: str
    root: str
    subject: str
    endpoint: str
    lane: str
    prev: int | None
    tail: bool
    batch: int
    expect: str | None
    digest: str
    params: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What the plan does with one root record."""

    seq: int
    root: str
    kind: str
    outcome: Outcome
    phase: str
    title: str
    fields: tuple[str, ...]
    wanted: Mapping[str, str]
    inputs: str
    because: str
    target: str
    class_: str
    waits: tuple[str, ...]
    facts: Mapping[str, Any]


def pack_json(value: Json) -> bytes:
    """Serialise and compress."""
    return zlib.compress(canonical(value), 6)


def unpack_json(data: bytes) -> Json:
    """Read what `pack_json` wrote."""
    return cast("Json", orjson.loads(zlib.decompress(data)))


def digest_of(params: Json, body: Json) -> str:
    """Return the digest of an operation's templates."""
    return sha256(canonical([params, body])).hexdigest()[:32]


def dump_operation(operation: Operation) -> tuple[str, Json, str]:
    """Return (params as text, body as JSON, digest)."""
    params = encode(dict(operation.params))
    body = encode(operation.body)
    return canonical(params).decode(), body, digest_of(params, body)


def load_operation(row: OpRow, body: Json) -> Operation:
    """Build the operation of a row; StalePlanError where the templates are not those that were planned."""
    params = orjson.loads(row.params)
    if digest_of(params, body) != row.digest:
        raise StalePlanError(
            f"operation {row.key} would not be sent as it was planned",
            remedy="Make a new plan: `ticketferry plan`.",
        )
    return Operation(
        row.key,
        parse_ref(row.subject),
        row.endpoint,
        cast("Any", decode(params)),
        decode(body),
        parse_ref(row.lane),
        row.expect,
    )


class PlanFile:
    """Reading access to a plan file; thread-safe: one connection, which each reading holds for a portion of rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
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

    def operations(self, where: str = "1", parameters: Sequence[Any] = ()) -> Iterator[OpRow]:
        """Stream operations in plan order."""
        for row in self.rows(f"SELECT {OP_COLUMNS} FROM operation WHERE {where} ORDER BY seq", parameters):
            yield op_row(row)

    def count(self, roots: Collection[str] | None = None) -> int:
        """Return how many operations there are; with `roots` (refs), only theirs."""
        if roots is None:
            return int(self.one("SELECT count(*) FROM operation") or 0)
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

    def outcomes(self) -> dict[str, dict[str, int]]:
        """Count changes by kind and outcome."""
        result: dict[str, dict[str, int]] = {}
        for kind, outcome, count in self.rows(
            "SELECT kind, outcome, count(*) FROM change GROUP BY kind, outcome"
        ):
            result.setdefault(kind, {})[outcome] = count
        return result

    def endpoint_counts(self) -> dict[str, int]:
        """Count operations by endpoint."""
        return dict(
            cast(
                "Any",
                self.rows("SELECT endpoint, count(*) FROM operation GROUP BY endpoint ORDER BY endpoint"),
            )
        )

    def dispositions(self) -> dict[Disposition, int]:
        """Add up the ledger by disposition."""
        found = dict.fromkeys(Disposition, 0)
        for name, count in self.rows("SELECT disposition, sum(count) FROM sum GROUP BY disposition"):
            found[Disposition(name)] = count
        return found

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
        return list(self.findings("severity = ?", (Severity.BLOCKER.value,)))

    def verify_digest(self) -> None:
        """Read the whole plan again and compare with its digest. Raises StalePlanError where it was tampered with."""
        found = content_digest(self._connection, self.header)
        if found != self.digest:
            raise StalePlanError(
                f"plan {self.id} is not as it was saved",
                where=str(self.path),
                remedy="Make a new plan: `ticketferry plan`.",
            )


OP_COLUMNS = "seq, key, root, subject, endpoint, lane, prev, tail, batch, expect, digest, params, body"
CHANGE_COLUMNS = (
    "seq, root, kind, outcome, phase, title, fields, wanted, inputs, because, target, class, waits, facts"
)


def op_row(row: Sequence[Any]) -> OpRow:
    """Build an OpRow from OP_COLUMNS."""
    return OpRow._make([*row[:7], bool(row[7]), *row[8:]])


def change_row(row: Sequence[Any]) -> ChangeRow:
    """Build a ChangeRow from CHANGE_COLUMNS."""
    seq, root, kind, outcome, phase, title, fields, wanted, inputs, because, target, class_, waits, facts = (
        row
    )
    return ChangeRow(
        seq,
        root,
        kind,
        Outcome(outcome),
        phase,
        title,
        tuple(orjson.loads(fields)),
        orjson.loads(wanted),
        inputs,
        because,
        target,
        class_,
        tuple(orjson.loads(waits)),
        orjson.loads(facts),
    )


def content_digest(connection: sqlite3.Connection, header: Mapping[str, Any]) -> str:
    """Hash header, changes, operations, batches, sums and findings in order: what makes two plans the same plan.

    Numbers of snapshots and of the id map's rows do not count: reading a desk again that did not change gives the same plan.
    """
    total = sha256()
    inputs = {key: value for key, value in header.get("inputs", {}).items() if key not in _COUNTERS}
    total.update(
        canonical(
            {**{key: value for key, value in header.items() if key not in ("digest", "id")}, "inputs": inputs}
        )
    )
    for sql in (
        f"SELECT {CHANGE_COLUMNS} FROM change ORDER BY seq",
        "SELECT seq, key, root, subject, endpoint, lane, prev, tail, batch, expect, digest, params FROM operation ORDER BY seq",
        "SELECT number, position, endpoint, size FROM batch ORDER BY number",
        "SELECT batch, needs FROM dependency ORDER BY batch, needs",
        "SELECT kind, pattern, disposition, by, count FROM sum ORDER BY kind, pattern, disposition, by",
        "SELECT root, kind, id, path, by FROM impossible ORDER BY root, kind, id, path",
        "SELECT code, severity, subject, place, message, remedy, count FROM finding ORDER BY code, subject, place, message",
    ):
        for row in connection.execute(sql):
            total.update(orjson.dumps(row))
            total.update(b"\n")
    return total.hexdigest()
