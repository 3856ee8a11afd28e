"""The head records of a snapshot's tickets, streamed: what counting needs, without texts, history or verbatim bodies."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter

import orjson

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.database import disk_errors
from ticketferry.store.rows import FROM
from ticketferry.store.snapshots import Snapshots

__all__ = [
    "TicketRecord",
    "month_of",
    "standing_tickets",
    "ticket_counts",
    "ticket_parts",
    "ticket_records",
    "tickets_naming",
    "whole_tickets",
]

_AFTER_ALL = "\U0010ffff"
"""Behind the order key of every id: those begin with a digit or `~`."""
_LEFT = frozenset({"deleted", "spam", "suspended"})


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """One ticket: its own record. `gone`: a tombstone that the desk still shows."""

    id: str
    gone: bool
    updated: str
    record: Record


def month_of(time: str) -> str:
    """Return the month of a time in UTC: `2026-03`; empty where there is none."""
    if time.endswith(("Z", "+00:00")) or len(time) <= 10:
        return time[:7]
    try:
        return f"{datetime.fromisoformat(time).astimezone(UTC):%Y-%m}"
    except (ValueError, OverflowError):
        return time[:7]


def ticket_records(snapshots: Snapshots, snapshot: int) -> Iterator[TicketRecord]:
    """Stream the tickets of a snapshot in id order; a ticket whose own record is missing is left out."""
    connection = snapshots.database.reader()
    try:
        with disk_errors(snapshots.database.path):
            for id_, gone, updated, neutral in connection.execute(
                f"SELECT r.id, gone, updated, neutral FROM {FROM.format(indexed='')} WHERE kind = 'ticket' AND since <= ?"
                " AND (until IS NULL OR until > ?) ORDER BY r.id",
                (snapshot, snapshot),
            ):
                ref = f"{snapshots.desk}:ticket:{id_}"
                for record in orjson.loads(snapshots.packing.unpack(neutral)):
                    if record["ref"] == ref:
                        yield TicketRecord(id_, bool(gone), updated or "", record)
                        break
    finally:
        connection.close()


def whole_tickets(
    snapshots: Snapshots, snapshot: int, low: str | None = None, high: str | None = None
) -> Iterator[tuple[Ref, list[list[Record]]]]:
    """Stream tickets as `Snapshots.roots` does, of each row its neutral records alone: for who reads a whole desk."""
    sql = (
        f"SELECT root_id, neutral FROM {FROM.format(indexed='INDEXED BY record_by_root')} WHERE root_kind = 'ticket' AND since <= ?"
        " AND (until IS NULL OR until > ?) AND root_order >= ? AND root_order < ? ORDER BY root_kind, root_order, root_id, r.kind, r.id"
    )
    between = (low or "", _AFTER_ALL if high is None else high)
    unpack = snapshots.packing.unpack
    connection = snapshots.database.reader()
    try:
        with disk_errors(snapshots.database.path):
            rows = connection.execute(sql, (snapshot, snapshot, *between))
            for id_, group in groupby(rows, key=itemgetter(0)):
                yield (
                    Ref(snapshots.desk, Kind.TICKET, id_),
                    [orjson.loads(unpack(neutral)) for _, neutral in group],
                )
    finally:
        connection.close()


def ticket_parts(snapshots: Snapshots, snapshot: int) -> Iterator[tuple[Ref, list[Record]]]:
    """Stream all neutral records of each ticket of a snapshot, in id order, without verbatim bodies; later changes of privacy are not folded in."""
    connection = snapshots.database.reader()
    unpack = snapshots.packing.unpack
    try:
        with disk_errors(snapshots.database.path):
            root, records = "", list[Record]()
            for id_, neutral in connection.execute(
                f"SELECT root_id, neutral FROM {FROM.format(indexed='INDEXED BY record_by_root')} WHERE root_kind = 'ticket'"
                " AND since <= ? AND (until IS NULL OR until > ?) ORDER BY root_kind, root_order, root_id, r.kind, r.id",
                (snapshot, snapshot),
            ):
                if id_ != root:
                    if root:
                        yield Ref(snapshots.desk, Kind.TICKET, root), records
                    root, records = id_, []
                records += orjson.loads(unpack(neutral))
            if root:
                yield Ref(snapshots.desk, Kind.TICKET, root), records
    finally:
        connection.close()


def tickets_naming(snapshots: Snapshots, snapshot: int, refs: Collection[str]) -> Iterator[tuple[str, str]]:
    """Stream (ref of a ticket, a ref of `refs` that it or a part of it names), each once, in the order of the tickets.

    One pass over the packed records, none of which is parsed.
    """
    if not refs:
        return
    # A ref ends with the string that it is, or, in a text, with the attribute that mentions it.
    pattern = re.compile(b'"(' + b"|".join(re.escape(ref.encode()) for ref in sorted(refs)) + rb')\\?"')
    connection = snapshots.database.reader()
    unpack = snapshots.packing.unpack
    try:
        with disk_errors(snapshots.database.path):
            root, seen = "", set[str]()
            for id_, neutral in connection.execute(
                f"SELECT root_id, neutral FROM {FROM.format(indexed='INDEXED BY record_by_root')} WHERE root_kind = 'ticket'"
                " AND since <= ? AND (until IS NULL OR until > ?) ORDER BY root_kind, root_order, root_id, r.kind, r.id",
                (snapshot, snapshot),
            ):
                if id_ != root:
                    root, seen = id_, set()
                for found in pattern.findall(unpack(neutral)):
                    ref = found.decode()
                    if ref not in seen:
                        seen.add(ref)
                        yield f"{snapshots.desk}:ticket:{root}", ref
    finally:
        connection.close()


def standing_tickets(snapshots: Snapshots, snapshot: int) -> Iterator[TicketRecord]:
    """Stream the tickets that can be moved at all: no tombstones, and none that is deleted, spam or suspended."""
    for ticket in ticket_records(snapshots, snapshot):
        if not ticket.gone and ticket.record.get("stage") not in _LEFT:
            yield ticket


def ticket_counts(snapshots: Snapshots, snapshot: int) -> Counter[str]:
    """Return ref of a person or organization -> tickets that it asks in."""
    counts: Counter[str] = Counter()
    for ticket in ticket_records(snapshots, snapshot):
        counts.update(ticket.record[key] for key in ("requester", "organization") if ticket.record.get(key))
    return counts
