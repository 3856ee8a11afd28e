"""Zendesk as a desk to read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import cast

from ticketferry.sdk import (
    Absence,
    Catalog,
    ControlTotal,
    Cursor,
    Finding,
    Kind,
    Limits,
    NotMoved,
    Page,
    Recheck,
    Record,
    Session,
    Translated,
    Wire,
)
from ticketferry.sdk.catalogs import PerCatalog
from ticketferry.sdk.forecast import Forecast, Probe
from ticketferry.sdk.rest.source import Reading
from ticketferry.sdk.rest.streams import RestStream, StreamReader, saved, state_of
from ticketferry.sdk.shapes import holding, within
from ticketferry_zendesk import checks, surveying
from ticketferry_zendesk import inventory as inventories
from ticketferry_zendesk.account_reader import MANY, AccountReader
from ticketferry_zendesk.client import OF_TICKETS
from ticketferry_zendesk.cross_check import rechecks
from ticketferry_zendesk.forecast import AccountForecast
from ticketferry_zendesk.forecast_tickets import Readers
from ticketferry_zendesk.joins import Joins
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.second_look import REFUSALS
from ticketferry_zendesk.sides import SideConversations, has_side_conversations
from ticketferry_zendesk.translate import translate
from ticketferry_zendesk.wire import Row

__all__ = ["LAG", "ZendeskSource"]

LAG = "Zendesk's exports leave the newest minute out"
"""[DOC announcement 8143500919322]"""
_READ_RATE = 400 / 60
"""Requests a second of the Growth and Professional plans [DOC rate limits]; the account's own limit rules while reading."""


class ZendeskSource(AccountReader):
    """Reads an account: its set-up, people, tickets with deleted ones, and their history.

    Every page's cursor is enough to go on from; a finished stream's cursor gives what changed since.
    """

    def __init__(self, options: ZendeskOptions, session: Session) -> None:
        super().__init__(options, session)
        self._joins = Joins(self.client, session, self._history, self.several)
        self._sides = SideConversations(self.client, session, self.several)
        self._names = PerCatalog(Names)

    @property
    def limits(self) -> Limits:
        """Figures of the account."""
        return Limits(read_rate=_READ_RATE, page_size=self._options.page_size, fetch_batch=50, lag=LAG)

    def check(self) -> Sequence[Finding]:
        """Prove who we are and what we may read, and tell what is invisible. Raises AuthError for wrong credentials."""
        return checks.check(self.client, self._options, self.session)

    def catalog(self) -> Catalog:
        """Read what the account defines, and the time zone of whoever reads: no documented call tells the account's own."""
        found = super().catalog()
        me = self.client.get("/users/me", endpoint="users.me").get("user") or {}
        found["native"] = {**found.get("native", {}), "time_zone": str(me.get("iana_time_zone") or "")}
        return found

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one wire record into neutral records. Pure."""
        return translate(wire, self._names(catalog), self._options.where(), self._options.jira_url)

    # ---- about the desk itself

    def forecast(self, probe: Probe) -> Forecast:
        """Read a sample and say what reading the whole account will take."""
        readers = Readers(self.several, self._history, self._joins, self._sides, self._identified)
        return AccountForecast(self.client, self._options, self.session, readers, probe).make()

    def totals(self) -> Iterator[ControlTotal]:
        """Count tickets by status and month, by the search index."""
        return surveying.totals(self.client, self.session)

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        """Say why numbers have no ticket."""
        if not numbers:
            return {}
        return surveying.explain_absent(self.client, numbers, self._gone, sees_all=self._sees_all)

    def inventory(self) -> Iterator[NotMoved]:
        """List macros, triggers, automations, views, articles, custom objects and suspended mails."""
        return inventories.inventory(self.client, self._options.where())

    def cross_check(self, cases: Iterable[Record]) -> Iterator[Recheck]:
        """Tell which cases to read again: those whose comments are not as many as the account counts, whatever way they were read."""
        quick = self._history.way() == "events"
        yield from rechecks(self.client, self.several, cases, quick=quick)

    @cached_property
    def _gone(self) -> Mapping[str, Absence]:
        """The desk's own list of deleted tickets, read once when a number is missing: it holds those of the last 30 days."""
        rows = self.client.every(
            "/deleted_tickets",
            "deleted_tickets",
            endpoint="absent.deleted",
            group="deleted",
            absent=(403, 404),
        )
        return {str(row["id"]): Absence.DELETED for row in rows}

    @cached_property
    def _sees_all(self) -> bool:
        me = self.client.get("/users/me", endpoint="absent.me").get("user") or {}
        return me.get("role") == "admin" and not me.get("ticket_restriction")

    # ---- streams

    def declared(self) -> dict[str, RestStream | Reading]:
        """Return the streams in reading order."""
        sides = {"side_conversations": self._sides.stream()} if self._options.side_conversations else {}
        return {**super().declared(), "tickets": self._read_tickets, "history": self._history.pages, **sides}

    def _read_tickets(self, cursor: Cursor | None) -> Iterator[Page]:
        state = state_of(cursor)
        joins = self._joins
        again, linked = joins.linked_since(str(state.get("linked", "")))
        if "linked" in state:
            # a link with Jira moves nothing that the export of tickets looks at
            for start in range(0, len(again), MANY):
                rows = self._tickets_by_id(again[start : start + MANY], endpoint="jira.tickets")
                yield Page(joins.complete(rows), saved(state), last=False)
        listed = self.client.exported("/incremental/tickets/cursor", "tickets", 0, **OF_TICKETS)
        stream = RestStream("tickets", lambda page: joins.complete(page.rows), (listed,))
        yield from StreamReader(self.client).read(stream, saved(state), {"linked": linked})

    # ---- by id

    @property
    def fetchers(self) -> Mapping[Kind, Callable[[Sequence[str]], list[Wire]]]:
        """Return what reads records of a kind by their ids."""
        return {**super().fetchers, Kind.TICKET: self._fetch_tickets}

    def _fetch_tickets(self, ids: Sequence[str]) -> list[Wire]:
        rows = self._tickets_by_id(ids, endpoint="tickets.show_many")
        shown = {str(row["id"]) for row in rows}
        for id_ in ids:
            if id_ not in shown and self._look.there(Kind.TICKET, id_):
                rows += self._tickets_by_id([id_], endpoint="tickets.show_many")
        found: list[Wire] = []
        for row, audits in zip(rows, list(self.several.each(self._history.of_ticket, rows)), strict=True):
            if any(wire.gone for wire in audits):
                continue
            if any(wire.unread for wire in audits):
                found += audits
                continue
            try:
                own = self._joins.with_audits(row, audits)
            except REFUSALS as error:
                found += self._look.after(Kind.TICKET, row["id"], "its rating", error)
                continue
            found += [own, *audits]
            if self._options.side_conversations and has_side_conversations(audits):
                found += self._sides.of_ticket(row["id"])
        return found

    def _tickets_by_id(self, ids: Sequence[str], *, endpoint: str) -> list[Row]:
        params = {"ids": ",".join(ids), "include": "metric_sets,comment_count"}
        body = self.client.get(
            "/tickets/show_many",
            params,
            endpoint=endpoint,
            fits=within(holding("tickets"), "tickets", "id", ids),
        )
        return cast("list[Row]", body["tickets"])
