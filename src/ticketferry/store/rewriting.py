"""A snapshot file written anew, row by row: what was taken out is in no free page, no journal and no dictionary of it afterwards."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ticketferry.schema.records import Record, canonical
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Translated
from ticketferry.store.database import disk_errors
from ticketferry.store.record_writer import BUCKETS
from ticketferry.store.snapshots import Snapshots

__all__ = [
    "Change",
    "RowAsStored",
    "bytes_of",
    "every_row",
    "forget_files",
    "holders_of",
    "rewrite",
    "versions",
]

PORTION = 2_000
_MASK = (1 << 63) - 1
_BY_HAND = ("record", "packed", "dictionary", "bucket", "trace", "shape", "sqlite_sequence")
_ROWS = (
    "SELECT r.kind, r.id, since, until, root_kind, root_order, root_id, hash, gone, leaves, trace, shape, updated, origin, files,"
    " wire, neutral FROM record AS r JOIN packed AS c ON c.id = r.packed ORDER BY r.kind, r.id, since"
)


class RowAsStored(NamedTuple):
    """A row as it is stored: the record, its root, and the bytes of both forms, unpacked."""

    ref: Ref
    root: Ref
    gone: bool
    updated: str
    wire: bytes
    neutral: bytes


Change = Callable[[RowAsStored], "tuple[Any, Translated | list[Record], int] | bool"]
"""What becomes of a row: True as it is, False away, or another body, with its translation and its leaves, or with records alone: what is
known of its leaves stays then.
"""


def rewrite(
    snapshots: Snapshots,
    to: Path,
    change: Change,
    cells: Callable[[Any], object],
    progress: Callable[[int], None] = lambda _: None,
    key: str | None = None,
) -> tuple[int, int]:
    """Write all rows of all snapshots to a new file, and return how many are another and how many are gone.

    `cells` is given the connection of the new file, inside its transaction, once everything but the rows was copied. Digests of
    snapshots and of rows are those of what is there now. `key`: the desk's, where it gets another. The file is on the disk, whole and
    without a journal, when this returns.
    """
    for left in (to, to.with_name(f"{to.name}-wal"), to.with_name(f"{to.name}-shm")):
        left.unlink(missing_ok=True)
    new = Snapshots(to, key or snapshots.desk)
    old = snapshots.database.reader()
    try:
        with disk_errors(to), new.database.transaction() as connection:
            _copy_tables(old, connection, snapshots, new)
            cells(connection)
        counts = _copy_rows(old, snapshots, new, change, progress)
        ended = new.database.rows("SELECT number FROM snapshot WHERE digest IS NOT NULL")
        with new.database.transaction() as connection:
            for (number,) in ended:
                connection.execute(
                    "UPDATE snapshot SET digest = ? WHERE number = ?",
                    (new.writer.bucket_digest(number), number),
                )
        new.database.settle()
    finally:
        old.close()
        new.close()
    for left in (to.with_name(f"{to.name}-wal"), to.with_name(f"{to.name}-shm")):
        left.unlink(missing_ok=True)
    with to.open("rb+") as file:
        os.fsync(file.fileno())
    return counts


def _copy_tables(old: Any, connection: Any, snapshots: Snapshots, new: Snapshots) -> None:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    for (table,) in old.execute(named).fetchall():
        if table in _BY_HAND or table.startswith("sqlite_"):
            continue
        _copy(connection, table, old.execute(f'SELECT * FROM "{table}"'))
    for table in ("trace", "shape"):
        repacked = (
            (number, digest, new.packing.pack(table, snapshots.packing.unpack(body)))
            for number, digest, body in old.execute(f"SELECT id, digest, body FROM {table}")
        )
        _copy(connection, table, repacked)


def _copy(connection: Any, table: str, rows: Any) -> None:
    for row in rows:
        connection.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', tuple(row))


def _copy_rows(
    old: Any, snapshots: Snapshots, new: Snapshots, change: Change, progress: Callable[[int], None]
) -> tuple[int, int]:
    moments: dict[int, dict[int, int]] = {}
    changed = gone = done = 0

    def count(kind: str, id_: str, hash_: bytes, since: int, until: int | None) -> None:
        bucket = int.from_bytes(blake2b(f"{kind}:{id_}".encode(), digest_size=2).digest(), "big") % BUCKETS
        value = int.from_bytes(blake2b(f"{kind}:{id_}:".encode() + hash_, digest_size=8).digest(), "big")
        steps = moments.setdefault(bucket, {})
        steps[since] = steps.get(since, 0) + value
        if until is not None:
            steps[until] = steps.get(until, 0) - value

    for portion in _portions(old.execute(_ROWS)):
        with new.database.transaction() as connection:
            for row in portion:
                made = _row(row, snapshots, new, change, connection)
                done += 1
                if made is None:
                    gone += 1
                    continue
                columns, another = made
                changed += another
                kind, id_, since, until, hash_ = (*columns[:4], columns[7])
                count(kind, id_, hash_, since, until)
                connection.execute(f"INSERT INTO record VALUES ({', '.join('?' * 16)})", columns)
        progress(done)
    with new.database.transaction() as connection:
        for bucket, steps in moments.items():
            total = 0
            for since in sorted(steps):
                total = (total + steps[since]) & _MASK
                connection.execute("INSERT INTO bucket VALUES (?, ?, ?)", (bucket, since, total))
    return changed, gone


def _row(
    row: Sequence[Any], snapshots: Snapshots, new: Snapshots, change: Change, connection: Any
) -> tuple[tuple[Any, ...], bool] | None:
    """Return the columns of a row in the new file, and whether it is another; None where it goes."""
    kind, id_, since, until, root_kind, root_order, root_id = row[:7]
    hash_, gone, leaves, trace, shape, updated, origin, files, wire, neutral = row[7:]
    body, told = snapshots.packing.unpack(wire), snapshots.packing.unpack(neutral)
    ref, root = Ref(new.desk, Kind(kind), id_), Ref(new.desk, Kind(root_kind), root_id)
    became = change(RowAsStored(ref, root, bool(gone), updated or "", body, told))
    if became is False:
        return None
    if became is not True:
        made, translated, count = became
        body = canonical(made)
        records = translated if isinstance(translated, list) else translated.records
        told = orjson.dumps(list(records), option=orjson.OPT_SORT_KEYS)
        place = f"\0{root.kind}:{root.id}".encode() + (b"-" if gone else b"+")
        hash_ = blake2b(body + b"\0" + told + place, digest_size=16).digest()
        if not isinstance(translated, list):
            leaves = count
            trace, shape = new.writer.keep_trace(connection, translated)
        own = next((record for record in records if record["ref"] == str(ref)), {})
        origin = own.get("origin") if isinstance(own.get("origin"), str) else None
        files = int(b":attachment:" in told)
    packed = connection.execute(
        "INSERT INTO packed(wire, neutral) VALUES (?, ?)",
        (new.packing.pack(kind, body), new.packing.pack(kind, told)),
    ).lastrowid
    columns = (
        kind, id_, since, until, root_kind, root_order, root_id, hash_, gone, leaves, trace, shape, updated, origin, files, packed,
    )  # fmt: skip
    return columns, became is not True


def _portions(rows: Any) -> Iterator[list[Any]]:
    while portion := rows.fetchmany(PORTION):
        yield portion


def every_row(snapshots: Snapshots) -> Iterator[RowAsStored]:
    """Stream all rows of all snapshots, as `rewrite` shows them."""
    connection = snapshots.database.reader()
    try:
        for row in connection.execute(_ROWS):
            yield RowAsStored(
                Ref(snapshots.desk, Kind(row[0]), row[1]),
                Ref(snapshots.desk, Kind(row[4]), row[6]),
                bool(row[8]),
                row[12] or "",
                snapshots.packing.unpack(row[15]),
                snapshots.packing.unpack(row[16]),
            )
    finally:
        connection.close()


def versions(snapshots: Snapshots, root: Ref) -> Iterator[Record]:
    """Yield the neutral records of a root as they are and as they ever were."""
    for (neutral,) in snapshots.database.rows(
        "SELECT neutral FROM record AS r JOIN packed AS c ON c.id = r.packed WHERE root_kind = ? AND root_id = ? ORDER BY since",
        (root.kind.value, root.id),
    ):
        yield from orjson.loads(snapshots.packing.unpack(neutral))


def bytes_of(snapshots: Snapshots, attachments: Collection[str]) -> set[str]:
    """Return the checksums of the bytes that attachments (ids) have; another may have them too (`Snapshots.holds_bytes`)."""
    query = "SELECT sha256 FROM content WHERE id = ? AND sha256 <> ''"
    return {checksum for id_ in attachments for (checksum,) in snapshots.database.rows(query, (id_,))}


def forget_files(snapshots: Snapshots, attachments: Collection[str]) -> None:
    """Note of attachments (ids) that their bytes are not to be had any more."""
    with snapshots.database.transaction() as connection:
        for id_ in attachments:
            connection.execute("INSERT OR REPLACE INTO content VALUES (?, '', 0, 'redacted')", (id_,))


def holders_of(snapshots: Snapshots, checksum: str) -> list[str]:
    """Return the ids of the attachments that have these bytes."""
    return [id_ for (id_,) in snapshots.database.rows("SELECT id FROM content WHERE sha256 = ?", (checksum,))]
