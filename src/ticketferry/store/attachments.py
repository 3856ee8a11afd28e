"""The attachments of a snapshot, ticket by ticket, read in short portions so that no reading stands open while files come."""

from collections.abc import Iterator, Sequence

import orjson

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.database import disk_errors
from ticketferry.store.rows import FROM
from ticketferry.store.snapshots import Snapshots

__all__ = ["attachments", "attachments_of"]

PORTION = 500
"""Attachments that are held at a time, and those of one ticket more."""
_SQL = (
    f"SELECT root_order, root_id, neutral FROM {FROM.format(indexed='INDEXED BY record_by_root')} WHERE root_kind = 'ticket'"
    " AND since <= ? AND (until IS NULL OR until > ?) AND (root_order, root_id) > (?, ?) AND files"
    " ORDER BY root_order, root_id, r.kind, r.id"
)


def attachments(snapshots: Snapshots, snapshot: int) -> Iterator[tuple[Ref, list[Record]]]:
    """Stream the tickets that have attachments, each with all of them, in the order of tickets."""
    after = ("", "")
    while True:
        portion, after, ended = _portion(snapshots, snapshot, after)
        yield from portion
        if ended:
            return


def attachments_of(
    snapshots: Snapshots, snapshot: int, roots: Sequence[Ref]
) -> Iterator[tuple[Ref, list[Record]]]:
    """Stream the same for these tickets only."""
    for root in roots:
        files: dict[str, Record] = {}
        for row in snapshots.root(root, snapshot):
            _gather(files, row.records)
        if files:
            yield root, list(files.values())


def _portion(
    snapshots: Snapshots, snapshot: int, after: tuple[str, str]
) -> tuple[list[tuple[Ref, list[Record]]], tuple[str, str], bool]:
    done: list[tuple[Ref, list[Record]]] = []
    held = 0
    current, files = after, dict[str, Record]()

    def close() -> int:
        if files:
            done.append((Ref(snapshots.desk, Kind.TICKET, current[1]), list(files.values())))
        return len(files)

    connection = snapshots.database.reader()
    try:
        with disk_errors(snapshots.database.path):
            for order, id_, neutral in connection.execute(_SQL, (snapshot, snapshot, *after)):
                if (order, id_) != current:
                    held += close()
                    files = {}
                    if held >= PORTION:
                        return done, current, False
                    current = (order, id_)
                _gather(files, orjson.loads(snapshots.packing.unpack(neutral)))
    finally:
        connection.close()
    close()
    return done, current, True


def _gather(files: dict[str, Record], records: Sequence[Record]) -> None:
    for record in records:
        ref = record["ref"]
        if ref.split(":", 2)[1] == Kind.ATTACHMENT.value:
            files[ref] = record
