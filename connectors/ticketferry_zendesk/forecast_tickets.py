"""What the tickets of an account will take: their history is asked of a sample, the long threads and the others evenly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, NamedTuple, cast

from ticketferry.sdk import FatalError, RejectedError, Session, Wire
from ticketferry.sdk.forecast import Forecast, Measured, Need, Probe, Sampled, evenly, spread
from ticketferry.sdk.rest.parallel import OrderedMap
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.conversation_log import talks
from ticketferry_zendesk.history import AuditHistory, wants_more
from ticketferry_zendesk.joins import Joins, lacks_reason, merged
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.recheck import hides_files
from ticketferry_zendesk.sides import SideConversations
from ticketferry_zendesk.wire import Row, moment, of_audit

__all__ = ["PARTS", "Readers", "Sampling", "TicketForecast", "Tickets", "pages_by_time"]

_READ = 60
"""Tickets whose history is read."""
_ASKED = 5
"""Of each kind of fallback, how many are asked."""
_EVENT_PAGES, _EVENTS = 5, 1_000
"""Pages of ticket events that are read, and events that one holds."""
PARTS = (0.5, 0.85)
_EVENT_PARTS = (0.25, 0.5, 0.7, 0.9)
"""Of the account's time, where pages are read besides the first: nobody knows how desks grew, so more of the late ones."""


@dataclass(slots=True)
class Tickets:
    """Tickets of the export, in the order of their last change. `total`: how many the whole export has; `measured`: its pages."""

    rows: list[Row]
    total: float
    measured: Measured
    whole: bool

    @property
    def scale(self) -> float:
        """Say how many tickets each of the rows stands for."""
        return self.total / len(self.rows) if self.rows else 0.0

    @property
    def oldest(self) -> float | None:
        """Return when the first of them was made, unix seconds."""
        times = [made.timestamp() for row in self.rows if (made := moment(row.get("created_at")))]
        return min(times, default=None)


def pages_by_time(total: float, size: int) -> int:
    """Return the pages of an export by time: each but the first begins with what the one before ended with."""
    return 1 if total <= size else ceil((total - 1) / max(1, size - 1))


class Readers(NamedTuple):
    """What reads tickets and their parts. `identified`: reads a user with the identities where the export does not bring them."""

    several: OrderedMap
    history: AuditHistory
    joins: Joins
    sides: SideConversations
    identified: Callable[[Row], list[Wire]]


@dataclass(slots=True)
class Sampling:
    """What a forecast is made with, and what it says so far."""

    client: ZendeskClient
    options: ZendeskOptions
    session: Session
    readers: Readers
    probe: Probe
    told: Forecast = field(default_factory=Forecast)

    def each(self, what: str, some: Sequence[Any], total: float, ask: Callable[[Any], object]) -> None:
        """Ask for some things one by one, which stand for `total` of them."""
        if some:
            with self.probe.meter.measured() as measured:
                list(self.readers.several.each(ask, some))
            workers = self.readers.several.workers()
            self.told.needs += measured.needs(what, scale=total / len(some), parallel=workers)


class TicketForecast(Sampling):
    """Adds tickets and their history to a forecast."""

    def add(self, tickets: Tickets) -> None:
        """Note the export, what is joined to tickets, and their history."""
        self.told.records["tickets"] = tickets.total
        self._joined(tickets)
        # Asked by the choice of the way itself, which counts once more.
        with self.probe.meter.measured() as measured:
            way = self.readers.history.way()
        self.told.needs += measured.needs("history")
        wires = self._history(tickets, way)
        if self.probe.files or way == "events":
            self._events(tickets, way, wires)

    # ---- the export and what is joined to it

    def _joined(self, tickets: Tickets) -> None:
        with self.probe.meter.measured() as linked:
            self.readers.joins.linked_since("")
        self.told.needs += linked.needs("tickets")
        self.told.needs += self._export(tickets, tickets.measured)
        for some, ask in (
            ([row for row in tickets.rows if merged(row)], self.readers.joins.merge_of),
            ([row for row in tickets.rows if lacks_reason(row)], self.readers.joins.rating_of),
        ):
            self.each("tickets", evenly(some, _ASKED), tickets.scale * len(some), ask)

    def _export(self, tickets: Tickets, measured: Measured, what: str = "tickets") -> list[Need]:
        """Return the pages of an export of all tickets, of which some were measured."""
        if tickets.whole:
            return measured.needs(what, group="incremental")
        pages = ceil(tickets.total / self.options.page_size)
        return [
            replace(need, requests=pages, exact=False)
            for need in measured.needs(what, scale=tickets.scale, group="incremental")
        ]

    # ---- history

    def _history(self, tickets: Tickets, way: str) -> dict[Any, tuple[float, list[Wire]]]:
        """Read the audits of a sample: ticket -> how many it stands for, and its wires. Where they are how all are read, note it."""
        live = [row for row in tickets.rows if row.get("status") != "deleted"]
        sizes = [float(_comments(row)) for row in live]
        chosen = spread(sizes, _READ)
        found: dict[Any, tuple[float, list[Wire]]] = {}
        if way == "thorough":
            self.told.needs += self._walked(tickets)
        for weight in sorted(set(chosen.values())):
            rows = [live[index] for index, stands_for in chosen.items() if stands_for == weight]
            with self.probe.meter.measured() as measured:
                read = list(self.readers.several.each(self.readers.history.of_ticket, rows))
            scale = weight * tickets.scale
            for row, wires in zip(rows, read, strict=True):
                found[row["id"]] = (scale, wires)
            if way == "thorough":
                self.told.needs += measured.needs(
                    "history", scale=scale, parallel=self.readers.several.workers()
                )
        audits = sum(weight * len(wires) for weight, wires in found.values())
        self.told.records["history"] = audits
        self.told.chosen = (
            f"the history of {len(chosen):,} of {round(len(live) * tickets.scale):,} tickets: all"
            if len(chosen) == len(live) and tickets.whole
            else f"the history of {len(chosen):,} of {round(len(live) * tickets.scale):,} tickets: those of most comments,"
            " and of the others one in so many by length and age"
        )
        return found

    def _walked(self, tickets: Tickets) -> list[Need]:
        """Return the second walk through the export, which brings the numbers alone."""
        with self.probe.meter.measured() as measured:
            body = self.client.get(
                "/incremental/tickets/cursor",
                {"start_time": 0, "support_type_scope": "all", "per_page": self.options.page_size},
                endpoint="incremental.tickets",
                group="incremental",
            )
        if tickets.whole:
            return measured.needs("history", group="incremental")
        scale = tickets.total / max(1, len(body.get("tickets") or ()))
        pages = ceil(tickets.total / self.options.page_size)
        return [
            replace(need, requests=pages, exact=False)
            for need in measured.needs("history", scale=scale, group="incremental")
        ]

    # ---- the export of ticket events: what is read in its way, and the cheapest look at files in any

    def _events(self, tickets: Tickets, way: str, read: dict[Any, tuple[float, list[Wire]]]) -> None:
        whole = tickets.whole and all(weight == 1.0 for weight, _ in read.values())
        if way == "thorough" and whole:
            self.told.sample += [Sampled(wires, 1.0) for _, wires in read.values()]
            return
        try:
            with self.probe.meter.measured() as measured:
                rows, ended = self._event_rows(tickets)
        except (RejectedError, FatalError):
            if way == "events":
                raise
            self.told.sample += [Sampled(wires, weight) for weight, wires in read.values()]
            return
        audits = self.told.records["history"]
        scale = 1.0 if ended else max(1.0, audits / max(1, len(rows)))
        by_ticket: dict[Any, list[Row]] = {}
        for row in rows.values():
            by_ticket.setdefault(row["ticket_id"], []).append(row)
        if way == "events":
            self._exported(measured, by_ticket, scale, ended=ended, audits=audits)
        shown = {
            number: [of_audit(self.session.desk, row) for row in its] for number, its in by_ticket.items()
        }
        self.told.sample += [Sampled(wires, scale) for wires in shown.values()]
        self._pictured(by_ticket, shown, scale, read)

    def _pictured(
        self,
        by_ticket: dict[Any, list[Row]],
        shown: dict[Any, list[Wire]],
        scale: float,
        read: dict[Any, tuple[float, list[Wire]]],
    ) -> None:
        """Add what the export does not show: images of texts. It tells which tickets have some; a few of these are read by their audits,
        and each of them stands for as many, with what the export shows of it taken off.
        """
        hiding = [number for number, its in by_ticket.items() if hides_files(its)]
        both = {number: read[number][1] for number in hiding if number in read}
        missing = [number for number in hiding if number not in both]
        more = evenly(missing, max(0, _ASKED - len(both)))
        asked = self.readers.several.each(self.readers.history.again, more)
        both |= dict(zip(more, asked, strict=True))
        for number, wires in both.items():
            stands_for = scale * len(hiding) / len(both)
            self.told.sample += [Sampled(wires, stands_for), Sampled(shown[number], -stands_for)]

    def _event_rows(self, tickets: Tickets) -> tuple[dict[Any, Row], bool]:
        """Read pages of the export from its beginning, or, where it is long, one from there, from the middle of its time and from late
        in it. Second: whether these are all.
        """
        rows: dict[Any, Row] = {}
        now = self.session.clock.time()
        begin = int(tickets.oldest or now)
        long = self.told.records["history"] > 0.9 * _EVENT_PAGES * _EVENTS
        starts = [0, *(int(begin + (now - begin) * part) for part in _EVENT_PARTS)] if long else []
        start = 0
        for number in range(_EVENT_PAGES):
            listed = self.client.exported_by_time(
                "/incremental/ticket_events", "ticket_events", include="comment_events", support_type_scope="all", per_page=_EVENTS,
            )  # fmt: skip
            page = self.client.page(listed, starts[number] if long else start)
            rows.update((row["id"], row) for row in page.rows)
            if page.last and not (long and number):
                return rows, True
            start = cast("int", page.following)
        return rows, False

    def _exported(
        self, measured: Measured, by_ticket: dict[Any, list[Row]], scale: float, *, ended: bool, audits: float
    ) -> None:
        size = self.options.page_size
        total = sum(map(len, by_ticket.values())) if ended else audits
        for need in measured.needs("history", scale=scale, group="incremental"):
            pages = need.requests if ended and size == _EVENTS else pages_by_time(total, size)
            self.told.needs.append(replace(need, requests=pages, exact=ended and size == _EVENTS))
        wanting = [
            number
            for number, its in by_ticket.items()
            if any(wants_more(row) or talks({}, [row]) for row in its)
        ]
        pictured = [number for number, its in by_ticket.items() if number not in wanting and hides_files(its)]
        for numbers, ask in (
            (wanting, self.readers.history.again),
            (pictured, lambda number: self.readers.history.images_of(number, by_ticket[number])),
        ):
            self.each("history", evenly(numbers, 2 * _ASKED), scale * len(numbers), ask)


def _comments(row: Row) -> int:
    told = row.get("comment_count")
    return told if isinstance(told, int) and not isinstance(told, bool) else 0
