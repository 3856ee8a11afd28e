"""FigureColumns of a whole snapshot, streamed; tickets that left the desk (spam, deleted, merged) do not count."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ticketferry.desired.cases import assemble
from ticketferry.kpi.figures import FigureColumns
from ticketferry.kpi.histories import History, Terms, history_of
from ticketferry.kpi.hours import BusinessHours
from ticketferry.kpi.measures import KpiDefinition, measure
from ticketferry.schema.lifecycle import EXITS
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind
from ticketferry.store.snapshots import Snapshots

__all__ = ["Bounds", "cases", "compute", "histories", "terms_of", "ticket_ranges"]

_GONE = frozenset(stage.value for stage in EXITS)
Progress = Callable[[str, int, int | None], None]
RANGE_TICKETS = 2_500
"""Tickets of one range at the most, about: the unit of work side by side."""
Bounds = tuple[str | None, str | None]
"""The first key of a range, and the first one behind it; None: no border."""


def terms_of(snapshots: Snapshots, snapshot: int) -> Terms:
    """Read from a snapshot how its desk's words are meant: stages of its statuses, roles of its people, names of its groups."""
    info = snapshots.info(snapshot)
    catalog: Mapping[str, Any] = snapshots.catalog(info.catalog) if info.catalog else {}
    stages: dict[str, str] = {}
    for status in catalog.get("statuses", ()):
        for name in (status["name"], status["id"]):
            stages.setdefault(str(name).casefold(), str(status["stage"]))
    roles = {
        str(person["ref"]): str(person["role"])
        for person in _records(snapshots, Kind.PERSON, snapshot)
        if person.get("role", "end_user") != "end_user"
    }
    groups = {
        str(group["ref"]): str(group.get("name", group["ref"]))
        for group in _records(snapshots, Kind.GROUP, snapshot)
    }
    return Terms(stages, roles, groups)


def ticket_ranges(snapshots: Snapshots, snapshot: int) -> list[Bounds]:
    """Cut the tickets of a snapshot into ranges, in their order."""
    count = snapshots.count(Kind.TICKET, snapshot)
    return snapshots.ranges(Kind.TICKET, snapshot, max(1, -(-count // RANGE_TICKETS)))


def cases(
    snapshots: Snapshots, snapshot: int, progress: Progress = lambda *_: None, bounds: Bounds = (None, None)
) -> Iterator[Record]:
    """Stream the tickets of a snapshot, or of a range of it, that are still in the desk, whole."""
    total = snapshots.count(Kind.TICKET, snapshot)
    number = 0
    for number, case in enumerate(_records(snapshots, Kind.TICKET, snapshot, *bounds), 1):
        if number % 1_000 == 0:
            progress("tickets", number, total)
        if case.get("stage") not in _GONE:
            yield case
    progress("tickets", number, total)


def histories(
    snapshots: Snapshots, snapshot: int, terms: Terms, bounds: Bounds = (None, None)
) -> Iterator[History]:
    """Stream the histories of a snapshot's tickets, or of those of a range."""
    for case in cases(snapshots, snapshot, bounds=bounds):
        history = history_of(case, terms)
        if history is not None:
            yield history


def compute(
    histories: Iterable[History], definition: KpiDefinition, as_of: int, hours: BusinessHours | None = None
) -> FigureColumns:
    """Work out the figures of tickets as they stood at `as_of` (seconds since 1970), in calendar time and, where given, business hours."""
    figures = FigureColumns(business=hours is not None)
    for history in histories:
        business = None if hours is None else measure(history, definition, as_of, hours.position)
        figures.add(history, measure(history, definition, as_of), business)
    return figures


def _records(
    snapshots: Snapshots, kind: Kind, snapshot: int, low: str | None = None, high: str | None = None
) -> Iterator[Record]:
    for ref, rows in snapshots.roots(kind, snapshot, low, high):
        record = assemble(ref, rows)
        if record is not None:
            yield record
