"""Pages of wire records into a snapshot: what is new, changed or gone ends and begins rows, and counts in the digest.

A snapshot's digest is the hash of 65,536 bucket sums over row hashes, so that a delta touches the buckets of its own rows only.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, cast

import orjson

from ticketferry.schema.records import Record, canonical
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Translated, Wire
from ticketferry.store.database import Database, disk_errors
from ticketferry.store.packing import Packing
from ticketferry.store.reading_findings import ReadingFindings
from ticketferry.store.rows import order_key
from ticketferry.store.traces import TraceTables

__all__ = ["RecordWriter"]

BUCKETS = 65_536
_MASK = (1 << 63) - 1


class RecordWriter:
    """Writes the rows of one desk; `store.snapshots.Snapshots` reads them."""

    def __init__(
        self,
        database: Database,
        desk: str,
        packing: Packing,
        trace_tables: TraceTables,
        findings: ReadingFindings,
    ) -> None:
        self._database = database
        self._desk = desk
        self._packing = packing
        self._trace_tables = trace_tables
        self._findings = findings

    def store(
        self,
        snapshot: int,
        stream: str | None,
        rows: Sequence[tuple[Wire, Translated, int]],
        cursor: str | None = None,
        *,
        last: bool = False,
    ) -> int:
        """Store a page (wire, translation, leaves) with its cursor in one transaction; return how many rows were new or changed."""
        changed = 0
        try:
            with self._database.transaction() as connection:
                for wire, translated, count in rows:
                    changed += self._store_row(connection, snapshot, wire, translated, count)
                if stream is not None:
                    connection.execute(
                        "INSERT OR REPLACE INTO stream VALUES (?, ?, ?, ?)",
                        (stream, cursor, int(last), snapshot),
                    )
        except BaseException:
            self._trace_tables.forget()
            self._packing.forget()
            raise
        return changed

    def _store_row(
        self, connection: Any, snapshot: int, wire: Wire, translated: Translated, count: int
    ) -> int:
        root = wire.root or wire.ref
        if wire.gone and wire.body is None:
            return self._tombstone(connection, snapshot, wire)
        body = canonical(cast("Record", wire.body))
        neutral = orjson.dumps(list(translated.records), option=orjson.OPT_SORT_KEYS)
        place = f"\0{root.kind}:{root.id}".encode() + (b"-" if wire.gone else b"+")
        hash_ = blake2b(body + b"\0" + neutral + place, digest_size=16).digest()
        kind, id_ = wire.ref.kind.value, wire.ref.id
        if wire.met:
            connection.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (kind, id_))
        if wire.ref.kind is Kind.TICKET:
            self._note_number(connection, id_, translated.records)
        former = connection.execute(
            "SELECT since, hash FROM record WHERE kind = ? AND id = ? AND until IS NULL", (kind, id_)
        ).fetchone()
        if former is not None and former[1] == hash_:
            return 0
        if former is not None:
            self._end_row(connection, snapshot, kind, id_, former[0], former[1])
        packed = connection.execute(
            "INSERT INTO packed(wire, neutral) VALUES (?, ?)",
            (self._packing.pack(kind, body), self._packing.pack(kind, neutral)),
        ).lastrowid
        records = translated.records
        own = next((record for record in records if record["ref"] == f"{self._desk}:{kind}:{id_}"), {})
        origin = own.get("origin")
        connection.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kind,
                id_,
                snapshot,
                root.kind.value,
                order_key(root.id),
                root.id,
                hash_,
                int(wire.gone),
                count,
                *self._trace_tables.keep(connection, records, translated.trace, translated.shape),
                wire.updated.isoformat() if wire.updated else None,
                origin if isinstance(origin, str) else None,
                int(b":attachment:" in neutral),
                packed,
            ),
        )
        self._count_bucket(connection, snapshot, kind, id_, hash_, 1)
        if former is not None or translated.findings:
            self._findings.replace_of_record(connection, snapshot, f"{kind}:{id_}", translated.findings)
        return 1

    def keep_trace(self, connection: Any, translated: Translated) -> tuple[int, int | None]:
        """Keep where the leaves of a row went, inside a transaction; return the numbers of its trace and its shape."""
        return self._trace_tables.keep(connection, translated.records, translated.trace, translated.shape)

    @staticmethod
    def _note_number(connection: Any, id_: str, records: Sequence[Record]) -> None:
        """Keep under which number or key people know a ticket, where it is not its id."""
        for record in records[:1]:
            number = str(record.get("number") or id_)
            if number != id_:
                connection.execute(
                    "INSERT OR IGNORE INTO ticket_number VALUES (?, ?)", (number.casefold(), id_)
                )

    def _tombstone(self, connection: Any, snapshot: int, wire: Wire) -> int:
        kind, id_ = wire.ref.kind.value, wire.ref.id
        former = connection.execute(
            "SELECT since, hash FROM record WHERE kind = ? AND id = ? AND until IS NULL", (kind, id_)
        ).fetchone()
        if former is None:
            return 0
        self._end_row(connection, snapshot, kind, id_, former[0], former[1])
        self._findings.replace_of_record(connection, snapshot, f"{kind}:{id_}", ())
        return 1

    def _end_row(self, connection: Any, snapshot: int, kind: str, id_: str, since: int, hash_: bytes) -> None:
        if since == snapshot:
            connection.execute(
                "DELETE FROM packed WHERE id = (SELECT packed FROM record WHERE kind = ? AND id = ? AND since = ?)",
                (kind, id_, since),
            )
            connection.execute(
                "DELETE FROM record WHERE kind = ? AND id = ? AND since = ?", (kind, id_, since)
            )
        else:
            connection.execute(
                "UPDATE record SET until = ? WHERE kind = ? AND id = ? AND since = ?",
                (snapshot, kind, id_, since),
            )
        self._count_bucket(connection, snapshot, kind, id_, hash_, -1)

    def _count_bucket(
        self, connection: Any, snapshot: int, kind: str, id_: str, hash_: bytes, sign: int
    ) -> None:
        number = int.from_bytes(blake2b(f"{kind}:{id_}".encode(), digest_size=2).digest(), "big") % BUCKETS
        value = sign * int.from_bytes(
            blake2b(f"{kind}:{id_}:".encode() + hash_, digest_size=8).digest(), "big"
        )
        row = connection.execute(
            "SELECT since, sum FROM bucket WHERE number = ? ORDER BY since DESC LIMIT 1", (number,)
        ).fetchone()
        total = ((row[1] if row else 0) + value) & _MASK
        connection.execute("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?)", (number, snapshot, total))

    def note_seen(self, kind: Kind, ids: Iterable[str], *, first: bool = False) -> None:
        """Note which records of a kind a whole reading gave so far; `first` begins the reading."""
        with self._database.lock, disk_errors(self._database.path):
            connection = self._database.connection
            connection.execute(
                "CREATE TEMP TABLE IF NOT EXISTS seen(kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID"
            )
            if first:
                connection.execute("DELETE FROM temp.seen WHERE kind = ?", (kind.value,))
            connection.executemany(
                "INSERT OR IGNORE INTO temp.seen VALUES (?, ?)", ((kind.value, id_) for id_ in ids)
            )

    def remove_missing(self, snapshot: int, kind: Kind) -> int:
        """End the rows of `kind` that were not noted as seen: for lists that are read whole each time.

        Rows that stand there since others name them (`Wire.met`) stay: no list promised to show them.
        """
        gone = [
            id_
            for (id_,) in self._database.rows(
                "SELECT id FROM record AS r WHERE kind = ? AND until IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM temp.seen AS s WHERE s.kind = r.kind AND s.id = r.id)"
                " AND NOT EXISTS (SELECT 1 FROM met AS m WHERE m.kind = r.kind AND m.id = r.id)",
                (kind.value,),
            )
        ]
        with self._database.transaction() as connection:
            for id_ in gone:
                self._tombstone(connection, snapshot, Wire(Ref(self._desk, kind, id_), None, None, gone=True))
        return len(gone)

    def remove_root_parts(self, snapshot: int, root: Ref, keep: set[tuple[str, str]]) -> int:
        """End the rows of a root that are not in `keep` (kind, id): after a root was read whole."""
        rows = self._database.rows(
            "SELECT kind, id FROM record WHERE root_kind = ? AND root_order = ? AND root_id = ? AND until IS NULL",
            (root.kind.value, order_key(root.id), root.id),
        )
        gone = [row for row in rows if tuple(row) not in keep]
        with self._database.transaction() as connection:
            for kind, id_ in gone:
                self._tombstone(
                    connection, snapshot, Wire(Ref(root.desk, Kind(kind), id_), None, None, gone=True)
                )
        return len(gone)

    def bucket_digest(self, snapshot: int) -> str:
        """Hash the bucket sums as of `snapshot`, and which roots were in quarantine then: a plan leaves those out."""
        total = blake2b(digest_size=16)
        for number, value in self._database.rows(
            "SELECT number, sum FROM bucket AS b WHERE since = (SELECT max(since) FROM bucket"
            " WHERE number = b.number AND since <= ?) AND sum <> 0 ORDER BY number",
            (snapshot,),
        ):
            total.update(number.to_bytes(4, "big") + value.to_bytes(8, "big"))
        for row in self._database.rows(
            "SELECT DISTINCT root_kind, root_id FROM quarantine WHERE since <= ? AND (until IS NULL OR until > ?) ORDER BY 1, 2",
            (snapshot, snapshot),
        ):
            total.update("\0".join(("held", *row)).encode())
        return total.hexdigest()
