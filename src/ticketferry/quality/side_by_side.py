"""The tickets of a snapshot looked at, many of them in parts by processes of their own; what they found is put together in order."""

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from ticketferry.desired.cases import assemble_records
from ticketferry.quality.check import DeskFacts, unknown_status
from ticketferry.quality.inspection import Inspection
from ticketferry.quality.ticket_counts import TicketCounts
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.ticket_records import whole_tickets

__all__ = ["look_at", "look_side_by_side"]

Progress = Callable[[str, int, int | None], None]
APART = 20_000
"""From so many tickets on they are looked at in parts."""
PARTS = 8
"""Always so many, whatever the machine has: the figures are the same everywhere."""
WORKERS = 2


@dataclass(frozen=True, slots=True)
class _Part:
    path: Path
    desk: str
    snapshot: int
    low: str | None
    high: str | None


_FACTS: list[DeskFacts] = []


def look_at(
    snapshots: Snapshots,
    snapshot: int,
    counts: TicketCounts,
    inspection: Inspection,
    progress: Progress = lambda *_: None,
    moved: Callable[[Record], Record | None] = lambda case: case,
    between: tuple[str | None, str | None] = (None, None),
) -> None:
    """Count and inspect tickets one by one. `moved`: what is left of a ticket, None for nothing; `between`: a part of them."""
    total = snapshots.count(Kind.TICKET, snapshot)
    seen = 0
    for seen, (ref, rows) in enumerate(whole_tickets(snapshots, snapshot, *between), 1):
        whole = assemble_records(ref, itertools.chain.from_iterable(rows))
        if seen % 1_000 == 0:
            progress("tickets", seen, total)
        if whole is None:
            counts.without_root += len(rows)
            continue
        if whole.get("attachments"):
            whole["attachments"] = [_fetched(snapshots, item) for item in whole["attachments"]]
        ticket = moved(whole)
        if ticket is not None:
            counts.add(ticket)
            inspection.ticket(ticket)
    progress("tickets", seen, total)


def _fetched(snapshots: Snapshots, attachment: Record) -> Record:
    """Say of a file what became of its bytes."""
    fetched = snapshots.content(attachment["ref"].split(":", 2)[2])
    if fetched is None:
        return attachment
    # What came counts as it came: desks tell no size of some files (recordings), and of others not the true one.
    size = fetched[1] if fetched[2] == "stored" else attachment.get("size")
    return {**attachment, "state": fetched[2], "size": size}


def look_side_by_side(
    snapshots: Snapshots,
    snapshot: int,
    counts: TicketCounts,
    inspection: Inspection,
    progress: Progress = lambda *_: None,
) -> None:
    """Count and inspect all tickets of a snapshot. A ticket that repeats one of another part is not seen as such."""
    total = snapshots.count(Kind.TICKET, snapshot)
    if total < APART:
        look_at(snapshots, snapshot, counts, inspection, progress)
        return
    parts = [
        _Part(snapshots.database.path, snapshots.desk, snapshot, low, high)
        for low, high in snapshots.ranges(Kind.TICKET, snapshot, PARTS)
    ]
    # What the mapping calls a status is asked for at the end only.
    facts = replace(inspection.facts, target_status=unknown_status)
    with ProcessPoolExecutor(
        max_workers=min(WORKERS, os.cpu_count() or 1),
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(facts,),
    ) as pool:
        for there, found in pool.map(_look_there, parts):
            counts.absorb(there)
            inspection.absorb(found)
            progress("tickets", counts.tickets, total)


def _begin(facts: DeskFacts) -> None:
    _FACTS.append(facts)


def _look_there(part: _Part) -> tuple[TicketCounts, Inspection]:
    facts = _FACTS[0]
    counts, inspection = TicketCounts(facts.groups), Inspection(facts)
    snapshots = Snapshots(part.path, part.desk, readonly=True)
    try:
        look_at(snapshots, part.snapshot, counts, inspection, between=(part.low, part.high))
    finally:
        snapshots.close()
    inspection.facts_apart()
    return counts, inspection
