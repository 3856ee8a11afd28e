"""What a plan consists of: tables, rows, and the digest that makes two plans the same."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple, cast

import orjson
import zstandard

from ticketferry.errors import StalePlanError
from ticketferry.schema.records import canonical
from ticketferry.schema.refs import Json, parse_ref
from ticketferry.sdk.contract import Finding, From, Operation, Outcome, Severity
from ticketferry.sdk.templates import decode, written
from ticketferry.store.packing import unpack_alone

__all__ = [
    "BLOCKING",
    "CHANGE_COLUMNS",
    "FORMAT",
    "INDEXES",
    "OP_COLUMNS",
    "SCRIPT",
    "ChangeRow",
    "OpRow",
    "change_row",
    "content_digest",
    "digest_of",
    "finding_row",
    "load_operation",
    "op_row",
    "pack_json",
    "pack_operation",
    "turn",
    "unpack_json",
]

FORMAT = 1
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
CREATE INDEX change_outcome ON change(kind, outcome, class);
CREATE INDEX finding_blocking ON finding(code, subject, place, message) WHERE severity = 'blocker'
"""
BLOCKING = f"severity = '{Severity.BLOCKER.value}'"
"""Condition of the findings that forbid an apply, in the words of their index."""


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


class _Packers(threading.local):
    """A compressor serves one thread at a time."""

    def __init__(self) -> None:
        self.zstd = zstandard.ZstdCompressor(level=6)


_PACKERS = _Packers()


def pack_json(value: Json) -> bytes:
    """Serialise and compress."""
    return _PACKERS.zstd.compress(canonical(value))


def unpack_json(data: bytes) -> Json:
    """Read what `pack_json` wrote, also that of an older version (zlib)."""
    return cast("Json", orjson.loads(unpack_alone(data)))


def digest_of(params: Json, body: Json) -> str:
    """Return the digest of an operation's templates."""
    return _digest(canonical(params), canonical(body))


def _digest(params: bytes, body: bytes) -> str:
    return sha256(b"[%b,%b]" % (params, body)).hexdigest()[:32]


class PackedOperation(NamedTuple):
    """An operation as it is saved: `params` as text, the canonical body compressed, the digest of both, and what they need."""

    params: str
    body: bytes
    digest: str
    needs: list[From]


def pack_operation(operation: Operation) -> PackedOperation:
    """Write an operation once; `load_operation` reads it."""
    params, of_params = written(dict(operation.params))
    body, of_body = written(operation.body)
    return PackedOperation(
        params.decode(), _PACKERS.zstd.compress(body), _digest(params, body), of_params + of_body
    )


def load_operation(row: OpRow, body: Json) -> Operation:
    """Build the operation of a row; StalePlanError where the templates are not those that were planned."""
    params = orjson.loads(row.params)
    of_params, of_body = canonical(params), canonical(body)
    if _digest(of_params, of_body) != row.digest:
        raise StalePlanError(
            f"operation {row.key} would not be sent as it was planned",
            remedy="Make a new plan: `ticketferry plan`.",
        )
    return Operation(
        row.key,
        parse_ref(row.subject),
        row.endpoint,
        cast("Any", decode(params)),
        # Every symbolic value, and every key that must be turned back, begins with a $.
        decode(body) if b'"$' in of_body else cast("Any", body),
        parse_ref(row.lane),
        row.expect,
    )


OP_COLUMNS = "seq, key, root, subject, endpoint, lane, prev, tail, batch, expect, digest, params, body"
CHANGE_COLUMNS = (
    "seq, root, kind, outcome, phase, title, fields, wanted, inputs, because, target, class, waits, facts"
)


def turn(table: str) -> str:
    """Return in SQL when a root of a table of changes has its turn: `order` of the mapping says it in its facts; people and set-up come first."""
    return f"coalesce(json_extract({table}.facts, '$.turn'), '')"


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


def finding_row(finding: Finding) -> tuple[str, str, str, str, str, str]:
    """Return what makes two findings the same: all but the count."""
    return (
        finding.code,
        finding.severity.value,
        str(finding.subject) if finding.subject else "",
        finding.where,
        finding.message,
        finding.remedy,
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
