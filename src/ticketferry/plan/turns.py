"""In which order tickets are written: the turn of each, as a text that sorts, and all of them in turn."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ticketferry.mapping.conditions import parse_time
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.shards import moment_text
from ticketferry.plan.file.sorting import sorted_on_disk
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.rows import order_key
from ticketferry.store.ticket_records import ticket_records

__all__ = ["tickets_in_turn", "turn_of"]

_NUMBER = re.compile(r"(.*?)(\d{1,300})\Z", re.ASCII | re.DOTALL)
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_UNKNOWN = "~"
"""Behind all dates and digits: a ticket of which nobody knows it has its turn last."""


def turn_of(record: Record, by: str) -> str:
    """Return a text by which tickets sort as `order: {by: …}` says: `created` (UTC, to the microsecond) or `number` (`SUP-9` before `SUP-10`,
    project by project). Equal ones stay in the order of the old desk's ids.
    """
    if by == "created":
        created = record.get("created")
        moment = parse_time(created, _ANY_DAY) if isinstance(created, str) else None
        return moment_text(moment) if moment is not None else _UNKNOWN
    number = str(record.get("number") or "").casefold()
    counted = _NUMBER.match(number)
    if counted is None:
        return _UNKNOWN + number
    digits = counted[2].lstrip("0")
    return f"{counted[1]}\x01{len(digits):03d}{digits}"


def tickets_in_turn(planning: PlanContext, by: str, path: Path) -> Iterator[Ref]:
    """Stream all tickets of the source's snapshot in turn. They are sorted on the disk, in a file at `path` where nothing is yet."""
    tickets = ticket_records(planning.source, planning.inputs.source_snapshot)
    turns = ((turn_of(ticket.record, by), order_key(ticket.id), ticket.id) for ticket in tickets)
    for id_ in sorted_on_disk(path, turns):
        yield Ref(planning.source.desk, Kind.TICKET, id_)
