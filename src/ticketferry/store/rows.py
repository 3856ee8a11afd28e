"""The rows of source.db and target.db: their tables, and one stored wire record with its translation."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson

from ticketferry.schema.records import Record
from ticketferry.schema.refs import KINDS, Json, Kind, Ref
from ticketferry.store.packing import unpack_alone

__all__ = ["COLUMNS", "FROM", "SCRIPTS", "SnapshotInfo", "StoredRow", "order_key", "read_row"]

PAGE_BYTES = 8_192

SCRIPTS = (
    """
    CREATE TABLE desk(key TEXT PRIMARY KEY, product TEXT NOT NULL, url TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE snapshot(
        number INTEGER PRIMARY KEY, began TEXT NOT NULL, ended TEXT, digest TEXT, catalog TEXT, version TEXT NOT NULL);
    CREATE TABLE catalog(digest TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE trace(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
    CREATE TABLE record(
        kind TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER,
        root_kind TEXT NOT NULL, root_order TEXT NOT NULL, root_id TEXT NOT NULL,
        hash BLOB NOT NULL, gone INTEGER NOT NULL, leaves INTEGER NOT NULL, trace INTEGER,
        updated TEXT, wire BLOB NOT NULL, neutral BLOB NOT NULL,
        PRIMARY KEY (kind, id, since)) WITHOUT ROWID;
    CREATE INDEX record_by_root ON record(root_kind, root_order, root_id, kind, id, since, until);
    CREATE INDEX record_since ON record(since, root_kind, root_id);
    CREATE INDEX record_until ON record(until, root_kind, root_id) WHERE until IS NOT NULL;
    CREATE TABLE bucket(number INTEGER NOT NULL, since INTEGER NOT NULL, sum INTEGER NOT NULL,
        PRIMARY KEY (number, since)) WITHOUT ROWID;
    CREATE TABLE stream(name TEXT PRIMARY KEY, cursor TEXT, finished INTEGER NOT NULL, snapshot INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE finding(
        snapshot INTEGER NOT NULL, code TEXT NOT NULL, severity TEXT NOT NULL, subject TEXT NOT NULL, place TEXT NOT NULL,
        message TEXT NOT NULL, remedy TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (code, subject, place)) WITHOUT ROWID;
    CREATE TABLE content(id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL) WITHOUT ROWID
    """,
    """
    CREATE TABLE survey(snapshot INTEGER PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL);
    CREATE TABLE control(
        stage TEXT NOT NULL, month TEXT NOT NULL, desk INTEGER NOT NULL, here INTEGER NOT NULL, allowed INTEGER NOT NULL,
        verdict TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (month, stage)) WITHOUT ROWID;
    CREATE TABLE absent(
        prefix TEXT NOT NULL, number INTEGER NOT NULL, class TEXT NOT NULL, snapshot INTEGER NOT NULL,
        PRIMARY KEY (prefix, number)) WITHOUT ROWID;
    CREATE TABLE not_moved(
        what TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, active INTEGER NOT NULL, used INTEGER, used_when TEXT NOT NULL,
        last_used TEXT, url TEXT NOT NULL, note TEXT NOT NULL, snapshot INTEGER NOT NULL, PRIMARY KEY (what, id)) WITHOUT ROWID
    """,
    """
    CREATE TABLE quarantine(
        root_kind TEXT NOT NULL, root_id TEXT NOT NULL, stage TEXT NOT NULL, part TEXT NOT NULL, since INTEGER NOT NULL,
        until INTEGER, cause TEXT NOT NULL, remedy TEXT NOT NULL, first TEXT NOT NULL, tries INTEGER NOT NULL,
        PRIMARY KEY (root_kind, root_id, stage, part, since)) WITHOUT ROWID
    """,
    """
    CREATE TABLE ticket_number(number TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (number, id)) WITHOUT ROWID
    """,
    """
    ALTER TABLE desk ADD COLUMN identity TEXT NOT NULL DEFAULT '';
    ALTER TABLE desk ADD COLUMN place TEXT NOT NULL DEFAULT '';
    ALTER TABLE finding ADD COLUMN wire TEXT NOT NULL DEFAULT '';
    CREATE INDEX finding_wire ON finding(wire)
    """,
    """
    CREATE TABLE met(kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID
    """,
    # Records are found by narrow rows; what they hold stands beside, packed, where a page has many of them.
    """
    CREATE TABLE dictionary(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL);
    CREATE TABLE shape(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
    CREATE TABLE packed(id INTEGER PRIMARY KEY, wire BLOB NOT NULL, neutral BLOB NOT NULL);
    INSERT INTO packed SELECT row_number() OVER (ORDER BY kind, id, since), wire, neutral FROM record;
    CREATE TABLE narrow(
        kind TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER,
        root_kind TEXT NOT NULL, root_order TEXT NOT NULL, root_id TEXT NOT NULL,
        hash BLOB NOT NULL, gone INTEGER NOT NULL, leaves INTEGER NOT NULL, trace INTEGER, shape INTEGER,
        updated TEXT, origin TEXT, files INTEGER NOT NULL, packed INTEGER NOT NULL,
        PRIMARY KEY (kind, id, since)) WITHOUT ROWID;
    INSERT INTO narrow SELECT kind, id, since, until, root_kind, root_order, root_id, hash, gone, leaves, trace, NULL, updated,
        CASE WHEN instr(neutral, CAST('"origin":' AS BLOB)) > 0 THEN
            (SELECT json_extract(one.value, '$.origin') FROM json_each(CAST(record.neutral AS TEXT)) AS one
             WHERE json_extract(one.value, '$.ref') = (SELECT key FROM desk) || ':' || record.kind || ':' || record.id) END,
        instr(neutral, CAST(':attachment:' AS BLOB)) > 0, row_number() OVER (ORDER BY kind, id, since) FROM record;
    DROP TABLE record;
    ALTER TABLE narrow RENAME TO record;
    CREATE INDEX record_by_root ON record(root_kind, root_order, root_id, kind, id, since, until);
    CREATE INDEX record_since ON record(since, root_kind, root_id);
    CREATE INDEX record_until ON record(until, root_kind, root_id) WHERE until IS NOT NULL;
    CREATE INDEX record_origin ON record(kind, root_order, id) WHERE origin IS NOT NULL
    """,
    "CREATE INDEX finding_blocking ON finding(code, subject, place) WHERE severity = 'blocker'",
)

COLUMNS = "r.kind, r.id, root_kind, root_id, gone, leaves, hash, updated, wire, neutral, trace, shape"
FROM = "record AS r {indexed} JOIN packed AS c ON c.id = r.packed"


def order_key(id_: str) -> str:
    """Return a text by which ids sort as people expect: numbers by value, then all else by text."""
    return f"{len(id_):03d}{id_}" if id_.isascii() and id_.isdigit() else f"~{id_}"


class SnapshotInfo(NamedTuple):
    """A finished snapshot."""

    number: int
    began: datetime
    digest: str
    catalog: str


class StoredRow(NamedTuple):
    """One stored wire record with its translation. The wire record is unpacked on demand."""

    kind: Kind
    id: str
    root: Ref
    gone: bool
    leaves: int
    hash: bytes
    updated: str
    packed: bytes
    records: list[Record]
    trace: int | None
    shape: int | None = None
    unpack: Callable[[bytes], bytes] = unpack_alone

    def body(self) -> Json:
        """Return the verbatim wire record."""
        return cast("Json", orjson.loads(self.unpack(self.packed)))


def read_row(desk: str, columns: tuple[Any, ...], unpack: Callable[[bytes], bytes]) -> StoredRow:
    """Build a row from COLUMNS."""
    kind, id_, root_kind, root_id, gone, leaves, hash_, updated, wire, neutral, trace, shape = columns
    return StoredRow(
        KINDS[kind],
        id_,
        Ref(desk, KINDS[root_kind], root_id),
        bool(gone),
        leaves,
        hash_,
        updated or "",
        wire,
        orjson.loads(unpack(neutral)),
        trace,
        shape,
        unpack,
    )
