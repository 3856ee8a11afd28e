"""What a desk held at a time: versioned rows and numbered snapshots.

A row is one wire record with the neutral records made of it. It is visible in snapshot n if `since <= n` and it was not
replaced by then.
"""

import itertools
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import orjson

from ticketferry.errors import WorkspaceError
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record, canonical
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.identity import DeskIdentity
from ticketferry.store.database import Database, disk_errors
from ticketferry.store.packing import Packing
from ticketferry.store.reading_findings import ReadingFindings
from ticketferry.store.record_writer import RecordWriter
from ticketferry.store.rows import (
    COLUMNS,
    FROM,
    PAGE_BYTES,
    SCRIPTS,
    SnapshotInfo,
    StoredRow,
    order_key,
    read_row,
)
from ticketferry.store.traces import LeafCount, TraceTables

__all__ = ["SnapshotInfo", "Snapshots", "StoredRow", "order_key"]


class Snapshots:
    """source.db or target.db: the versioned rows of one desk. Disposable: an extract makes it anew."""

    def __init__(self, path: Path, desk: str, *, readonly: bool = False, frozen: bool = False) -> None:
        self.desk = desk
        self.database = Database(
            path, SCRIPTS, durable=False, readonly=readonly, frozen=frozen, page_bytes=PAGE_BYTES
        )
        self.packing = Packing(self.database)
        self._trace_tables = TraceTables(self.database, self.packing)
        self.findings = ReadingFindings(self.database)
        self.writer = RecordWriter(self.database, desk, self.packing, self._trace_tables, self.findings)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def bind(self, product: str, url: str) -> None:
        """Fix the desk's key and product at the first extract. Raises WorkspaceError where they differ later."""
        row = self.database.one("SELECT key, product FROM desk")
        if row is None:
            with self.database.transaction() as connection:
                connection.execute(
                    "INSERT INTO desk(key, product, url) VALUES (?, ?, ?)", (self.desk, product, url)
                )
        elif row != (self.desk, product):
            raise WorkspaceError(
                f"this workspace holds the desk {row[0]} ({row[1]}), not {self.desk} ({product})",
                where=str(self.database.path),
                remedy="The key of a desk is fixed at its first extract; put it back in migration.yaml, or use another folder.",
            )

    def identity(self) -> DeskIdentity | None:
        """Return which desk was read; None where no extract has noted it."""
        columns = {row[1] for row in self.database.rows("PRAGMA table_info(desk)")}
        if "identity" not in columns:
            return None  # of an older version, and read only
        row = self.database.one("SELECT identity, place FROM desk WHERE identity <> '' OR place <> ''")
        return DeskIdentity(row[0], row[1]) if row else None

    def url(self) -> str:
        """Return the address at which the desk was read first; empty where none was noted."""
        row = self.database.one("SELECT url FROM desk")
        return str(row[0]) if row else ""

    def keep_identity(self, identity: DeskIdentity) -> None:
        """Note which desk is read."""
        with self.database.transaction() as connection:
            connection.execute("UPDATE desk SET identity = ?, place = ?", (identity.id, identity.place))

    # ---- writing -------------------------------------------------------------------------------------------------

    def begin(self, now: datetime, version: str) -> int:
        """Open a snapshot, or go on with the unfinished one, and return its number. `version` names schema and connector output."""
        row = self.database.one("SELECT number FROM snapshot WHERE ended IS NULL")
        if row is not None:
            return int(row[0])
        with self.database.transaction() as connection:
            number = int(
                connection.execute("SELECT coalesce(max(number), 0) + 1 FROM snapshot").fetchone()[0]
            )
            connection.execute(
                "INSERT INTO snapshot(number, began, version) VALUES (?, ?, ?)",
                (number, now.isoformat(), version),
            )
        return number

    def mark(self, snapshot: int, version: str) -> None:
        """Note which schema and connector output the rows of a snapshot have by now."""
        with self.database.transaction() as connection:
            connection.execute("UPDATE snapshot SET version = ? WHERE number = ?", (version, snapshot))

    def cursor(self, stream: str) -> tuple[str | None, bool, int]:
        """Return (cursor, finished, snapshot) of a stream; (None, False, 0) where it was never read."""
        row = self.database.one("SELECT cursor, finished, snapshot FROM stream WHERE name = ?", (stream,))
        return (row[0], bool(row[1]), int(row[2])) if row else (None, False, 0)

    def store_catalog(self, snapshot: int, catalog: Catalog) -> str:
        """Keep a catalog for a snapshot and return its digest."""
        body = canonical(cast("Record", catalog))
        key = blake2b(body, digest_size=16).hexdigest()
        with self.database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO catalog VALUES (?, ?)", (key, zlib.compress(body, 6)))
            connection.execute("UPDATE snapshot SET catalog = ? WHERE number = ?", (key, snapshot))
        return key

    def finish(self, snapshot: int, now: datetime) -> SnapshotInfo:
        """Close a snapshot: its digest is taken over the bucket sums. An extract that changed nothing keeps the digest."""
        digest = self.writer.bucket_digest(snapshot)
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE snapshot SET ended = ?, digest = ? WHERE number = ?",
                (now.isoformat(), digest, snapshot),
            )
        return self.info(snapshot)

    def content(self, attachment: str) -> tuple[str, int, str] | None:
        """Return (sha256, size, state) of an attachment's bytes, or None where they were never asked for."""
        row = self.database.one("SELECT sha256, size, state FROM content WHERE id = ?", (attachment,))
        return (row[0], int(row[1]), row[2]) if row else None

    def holds_bytes(self, sha256: str) -> bool:
        """Tell whether any attachment of the desk has these bytes."""
        row = self.database.one(
            "SELECT 1 FROM content WHERE sha256 = ? AND state = 'stored' LIMIT 1", (sha256,)
        )
        return row is not None

    def store_content(self, attachment: str, sha256: str, size: int, state: str) -> None:
        """Note where an attachment's bytes are; `state` is `stored` or why they are not."""
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?)", (attachment, sha256, size, state)
            )

    # ---- reading -------------------------------------------------------------------------------------------------

    def latest(self) -> SnapshotInfo | None:
        """Return the newest finished snapshot."""
        row = self.database.one("SELECT max(number) FROM snapshot WHERE ended IS NOT NULL")
        return self.info(int(row[0])) if row and row[0] is not None else None

    def unfinished(self) -> int | None:
        """Return the number of a snapshot that an interrupted extract left, or None."""
        row = self.database.one("SELECT number FROM snapshot WHERE ended IS NULL")
        return int(row[0]) if row else None

    def info(self, number: int) -> SnapshotInfo:
        """Describe a snapshot. Raises WorkspaceError for an unknown one."""
        row = self.database.one("SELECT began, digest, catalog FROM snapshot WHERE number = ?", (number,))
        if row is None:
            raise WorkspaceError(
                f"there is no snapshot {number} of {self.desk}", where=str(self.database.path)
            )
        return SnapshotInfo(number, datetime.fromisoformat(row[0]), row[1] or "", row[2] or "")

    def version(self, number: int) -> str:
        """Return which schema and connector output a snapshot was made with."""
        row = self.database.one("SELECT version FROM snapshot WHERE number = ?", (number,))
        return str(row[0]) if row else ""

    def catalog(self, digest: str) -> Catalog:
        """Return a stored catalog."""
        row = self.database.one("SELECT body FROM catalog WHERE digest = ?", (digest,))
        if row is None:
            raise WorkspaceError(
                f"the catalog of {self.desk} is missing",
                where=str(self.database.path),
                remedy="Run `ticketferry extract` again.",
            )
        return cast("Catalog", orjson.loads(zlib.decompress(row[0])))

    def roots(
        self, kind: Kind, snapshot: int, low: str | None = None, high: str | None = None
    ) -> Iterator[tuple[Ref, list[StoredRow]]]:
        """Stream the roots of a kind with all their rows, in id order; `low` <= order key < `high`."""
        sql = (
            f"SELECT {COLUMNS} FROM {FROM.format(indexed='INDEXED BY record_by_root')} WHERE root_kind = ? AND since <= ?"
            " AND (until IS NULL OR until > ?)"
        )
        parameters: list[Any] = [kind.value, snapshot, snapshot]
        if low is not None:
            sql += " AND root_order >= ?"
            parameters.append(low)
        if high is not None:
            sql += " AND root_order < ?"
            parameters.append(high)
        sql += " ORDER BY root_kind, root_order, root_id, r.kind, r.id"
        connection = self.database.reader()
        try:
            with disk_errors(self.database.path):
                root: Ref | None = None
                rows: list[StoredRow] = []
                for columns in connection.execute(sql, parameters):
                    row = read_row(self.desk, columns, self.packing.unpack)
                    if row.root != root:
                        if root is not None:
                            yield root, rows
                        root, rows = row.root, []
                    rows.append(row)
                if root is not None:
                    yield root, rows
        finally:
            connection.close()

    def root(self, root: Ref, snapshot: int) -> list[StoredRow]:
        """Return all rows of one root, ordered by kind and id; empty where the snapshot lacks it."""
        rows = self.database.rows(
            f"SELECT {COLUMNS} FROM {FROM.format(indexed='')} WHERE root_kind = ? AND root_order = ? AND root_id = ?"
            " AND since <= ? AND (until IS NULL OR until > ?) ORDER BY r.kind, r.id",
            (root.kind.value, order_key(root.id), root.id, snapshot, snapshot),
        )
        return [read_row(self.desk, row, self.packing.unpack) for row in rows]

    def row(self, kind: Kind, id_: str, snapshot: int) -> StoredRow | None:
        """Return one row by its own kind and id."""
        columns = self.database.one(
            f"SELECT {COLUMNS} FROM {FROM.format(indexed='')} WHERE kind = ? AND r.id = ? AND since <= ?"
            " AND (until IS NULL OR until > ?)",
            (kind.value, id_, snapshot, snapshot),
        )
        return read_row(self.desk, columns, self.packing.unpack) if columns else None

    def ever(self, ref: Ref) -> bool:
        """Tell whether any snapshot held this record, also where the desk has deleted it since."""
        row = self.database.one(
            "SELECT 1 FROM record WHERE kind = ? AND id = ? LIMIT 1", (ref.kind.value, ref.id)
        )
        return ref.desk == self.desk and row is not None

    def numbered(self, number: str, snapshot: int) -> list[StoredRow]:
        """Return the tickets that people know by this number or key (case aside), ordered by id; no id is taken for a number."""
        candidates = self.database.rows(
            "SELECT id FROM ticket_number WHERE number = ? UNION SELECT ? ORDER BY 1",
            (number.casefold(), number),
        )
        rows = [self.row(Kind.TICKET, id_, snapshot) for (id_,) in candidates]
        return [
            row
            for row in rows
            if row is not None
            and row.records
            and str(row.records[0].get("number") or row.id).casefold() == number.casefold()
        ]

    def ids(self, kind: Kind, snapshot: int) -> Iterator[str]:
        """Stream the ids of the rows of a kind, in order."""
        connection = self.database.reader()
        try:
            for (id_,) in connection.execute(
                "SELECT id FROM record WHERE kind = ? AND since <= ? AND (until IS NULL OR until > ?) ORDER BY root_order, id",
                (kind.value, snapshot, snapshot),
            ):
                yield id_
        finally:
            connection.close()

    def origins(self, kind: Kind, snapshot: int) -> Iterator[tuple[str, str]]:
        """Stream (id, source ref) of the records of a kind that bear our mark, in order of their ids."""
        connection = self.database.reader()
        try:
            yield from connection.execute(
                "SELECT id, origin FROM record INDEXED BY record_origin WHERE kind = ? AND origin IS NOT NULL AND since <= ?"
                " AND (until IS NULL OR until > ?) AND gone = 0 ORDER BY root_order, id",
                (kind.value, snapshot, snapshot),
            )
        finally:
            connection.close()

    def holding(self, kind: Kind, snapshot: int, texts: Sequence[bytes]) -> Iterator[Ref]:
        """Stream the roots of a kind in whose neutral records, as they are written, one of the texts stands, in id order."""
        connection = self.database.reader()
        try:
            last = None
            for id_, neutral in connection.execute(
                f"SELECT root_id, neutral FROM {FROM.format(indexed='INDEXED BY record_by_root')} WHERE root_kind = ?"
                " AND since <= ? AND (until IS NULL OR until > ?) ORDER BY root_order, root_id",
                (kind.value, snapshot, snapshot),
            ):
                if id_ != last and texts:
                    written = self.packing.unpack(neutral)
                    if any(text in written for text in texts):
                        last = id_
                        yield Ref(self.desk, kind, id_)
        finally:
            connection.close()

    def count(self, kind: Kind, snapshot: int) -> int:
        """Count the rows of a kind."""
        row = self.database.one(
            "SELECT count(*) FROM record WHERE kind = ? AND since <= ? AND (until IS NULL OR until > ?)",
            (kind.value, snapshot, snapshot),
        )
        return int(row[0]) if row else 0

    def leaves(self, kinds: Sequence[Kind], snapshot: int) -> int:
        """Sum the leaves counted at extraction over root kinds."""
        marks = ",".join("?" * len(kinds))
        row = self.database.one(
            f"SELECT coalesce(sum(leaves), 0) FROM record WHERE root_kind IN ({marks}) AND since <= ?"
            " AND (until IS NULL OR until > ?)",
            (*[kind.value for kind in kinds], snapshot, snapshot),
        )
        return int(row[0]) if row else 0

    def changed_roots(self, kind: Kind, after: int, upto: int) -> Iterator[Ref]:
        """Stream the roots of which a row came, changed or went after snapshot `after` up to `upto`."""
        connection = self.database.reader()
        try:
            for (id_,) in connection.execute(
                "SELECT DISTINCT root_id FROM record WHERE root_kind = ?"
                " AND ((since > ? AND since <= ?) OR (until > ? AND until <= ?)) ORDER BY root_order",
                (kind.value, after, upto, after, upto),
            ):
                yield Ref(self.desk, kind, id_)
        finally:
            connection.close()

    def touched_roots(self, after: int, upto: int) -> list[tuple[str, str]]:
        """Return (kind, id) of the roots of any kind of which a row came, changed or went after snapshot `after` up to `upto`."""
        return self.database.rows(
            "SELECT root_kind, root_id FROM record INDEXED BY record_since WHERE since > ?1 AND since <= ?2 UNION"
            " SELECT root_kind, root_id FROM record INDEXED BY record_until WHERE until > ?1 AND until <= ?2",
            (after, upto),
        )

    def people_digest(self, snapshot: int) -> str:
        """Hash the rows of all people and organizations, as of a snapshot."""
        total = blake2b(digest_size=16)
        connection = self.database.reader()
        try:
            for row in connection.execute(
                "SELECT kind, id, hash FROM record INDEXED BY record_by_root WHERE root_kind IN ('person', 'organization')"
                " AND since <= ? AND (until IS NULL OR until > ?) ORDER BY root_kind, root_order, root_id, kind, id",
                (snapshot, snapshot),
            ):
                total.update(f"{row[0]}:{row[1]}:".encode("utf-8", "surrogatepass") + row[2])
        finally:
            connection.close()
        return total.hexdigest()

    def numbers_of(self, tickets: Sequence[str]) -> Iterator[str]:
        """Yield the numbers or keys, in small letters, under which people know or knew these tickets (ids), where they are not the ids."""
        for start in range(0, len(tickets), 500):
            some = tickets[start : start + 500]
            marks = ",".join("?" * len(some))
            for (number,) in self.database.rows(
                f"SELECT number FROM ticket_number WHERE id IN ({marks})", some
            ):
                yield number

    def ranges(self, kind: Kind, snapshot: int, parts: int) -> list[tuple[str | None, str | None]]:
        """Cut the roots of a kind into contiguous ranges of about equal row count."""
        keys = [
            row[0]
            for row in self.database.rows(
                "SELECT DISTINCT root_order FROM record WHERE root_kind = ? AND since <= ? AND (until IS NULL OR until > ?)"
                " ORDER BY root_order",
                (kind.value, snapshot, snapshot),
            )
        ]
        size = max(1, -(-len(keys) // max(1, parts)))
        cuts: list[str | None] = [None, *keys[size::size], None]
        return list(itertools.pairwise(cuts))

    def trace(self, row: StoredRow) -> dict[str, str]:
        """Return where the leaves of a row went: wire path -> place in one of its records, or `=` with a reason."""
        return self._trace_tables.trace(row.trace, row.records)

    def shape(self, number: int) -> tuple[LeafCount, ...]:
        """Return how many leaves of which pattern went where, of all rows with this shape."""
        return self._trace_tables.shape(number)
