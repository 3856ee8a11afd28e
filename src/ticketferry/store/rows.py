"""The rows of source.db and target.db: their tables, and one stored wire record with its translation."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json, Kind, Ref

__all__ = ["COLUMNS", "SCRIPTS", "SnapshotInfo", "StoredRow", "order_key", "read_row"]

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
)

COLUMNS = "kind, id, root_kind, root_id, gone, leaves, hash, updated, wire, neutral, trace"


def order_key(id_: str) -> str:
    """Return a text by which ids sort as people expect: numbers by value, then all else by text."""
    return f"{len(id_):03d}{id_}" if id_.isascii() and id_.isdigit() else f"~{id_}"


class SnapshotInfo(NamedTuple):
    """A finished snapshot."""

    number: int
    began: datetime
    digest: str
    catalog: str


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One stored wire record with its translation. `wire` is decompressed on demand."""

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

    def body(self) -> Json:
        """Return the verbatim wire record."""
        return cast("Json", orjson.loads(zlib.decompress(self.packed)))


def read_row(desk: str, found: tuple[Any, ...]) -> StoredRow:
    """Build a Row from COLUMNS."""
    kind, id_, root_kind, root_id, gone, leaves, hash_, updated, wire, neutral, trace = found
    return StoredRow(
        Kind(kind),
        id_,
        Ref(desk, Kind(root_kind), root_id),
        bool(gone),
        leaves,
        hash_,
        updated or "",
        wire,
        orjson.loads(neutral),
        trace,
    )
