"""The history of tickets: the audits of each, or the export of ticket events."""

from collections.abc import Iterator, Sequence
from typing import Any

from ticketferry.sdk import Cursor, Kind, Page, Session, Wire
from ticketferry.sdk.rest.client import RestPage
from ticketferry.sdk.rest.parallel import OrderedMap
from ticketferry.sdk.rest.requests import Place
from ticketferry.sdk.rest.streams import RestStream, StreamReader, saved, state_of
from ticketferry.sdk.shapes import holding, within
from ticketferry_zendesk import recheck
from ticketferry_zendesk.audit_rows import steps
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.conversation_log import ConversationLog, talks
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.second_look import REFUSALS, second_look
from ticketferry_zendesk.wire import Row, moment, of_audit

__all__ = ["AuditHistory", "wants_more"]

_CHUNK = 50
"""Tickets whose audits make one page: what an interruption costs at most."""
_PATIENCE = 10.0
"""Minutes that the thorough way may take without a look at the other."""
_AUDITS_A_TICKET = 8
"""What a ticket's life comes to in the export, for the choice of the way only; the sample desk has 7.4."""
_EXPORTS_A_MINUTE = 10
_LIMIT = 400
"""Requests a minute of the Growth and Professional plans, where the account's own were not told yet [DOC rate limits]."""


class AuditHistory:
    """Reads audits. What one answer does not show is joined from another: see :mod:`.wire` and :mod:`.recheck`."""

    def __init__(
        self, client: ZendeskClient, options: ZendeskOptions, session: Session, several: OrderedMap
    ) -> None:
        self._client = client
        self._options = options
        self._session = session
        self._several = several
        self.look = second_look(client, session.desk)
        self._chosen = ""
        self._log = ConversationLog(client, session)

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Read on from a cursor in the configured way; one of the other way begins anew."""
        state = state_of(cursor)
        if self.way(state) == "events":
            return StreamReader(self._client).read(self._events(), saved(state))
        return self._thorough(state.get("tickets"), int(state.get("past", 0)))

    def way(self, state: dict[str, Any] | None = None) -> str:
        """Return `thorough` or `events`. With `history: auto` a desk that was begun goes on in its way; else the quicker one is taken.

        The thorough way takes a request a ticket at the account's rate, the export one for 1,000 audits at 10 a minute. Up to ten
        minutes of it the first is worth its price: it depends on nothing that the vendor leaves undocumented.
        """
        if self._options.history != "auto":
            return self._options.history
        if state:
            return "events" if "at" in state else "thorough"
        if not self._chosen:
            tickets = self._client.count("/tickets/count", endpoint="tickets.count") or 0
            thorough = tickets / (self._client.limit or _LIMIT)
            events = tickets * _AUDITS_A_TICKET / self._options.page_size / _EXPORTS_A_MINUTE
            self._chosen = "thorough" if thorough <= max(_PATIENCE, events) else "events"
        return self._chosen

    # ---- the audits of each ticket

    def _thorough(self, cursor: Place, past: int) -> Iterator[Page]:
        """Walk the export of tickets and read the audits of each; `past`: seconds up to which its page at `cursor` is done.

        The page may have changed when it is asked for again: tickets of the same second are read twice, none is left out.
        """
        listed = self._client.exported("/incremental/tickets/cursor", "tickets", support_type_scope="all")
        for export in self._client.pages(listed, cursor):
            rows = [row for row in export.rows if not past or _generated(row) >= past]
            found = self._several.each(self.of_ticket, rows)
            for start in range(0, len(rows) or 1, _CHUNK):
                chunk = rows[start : start + _CHUNK]
                wires = [wire for _ in chunk for wire in next(found)]
                if start + _CHUNK < len(rows):
                    state = {"tickets": export.at, "past": max(past, *map(_generated, chunk))}
                    yield Page(wires, saved(state), last=False)
                else:
                    yield Page(wires, saved({"tickets": export.following}), export.last)
            past = 0

    def of_ticket(self, ticket: Row, *, endpoint: str = "tickets.audits") -> list[Wire]:
        """Read all audits of a ticket; none of a deleted one, which the desk no longer shows. Where they cannot be read, the ticket
        itself is asked for: it is a tombstone or one wire that is unread then.

        `endpoint`: what the requests are called in the ledger, so that those of the plain way and those of fallbacks are told apart.
        """
        if ticket.get("status") == "deleted":
            return []
        try:
            rows = list(self.audits(ticket["id"], endpoint=endpoint).values())
            self._compare(ticket["id"], rows)
        except REFUSALS as error:
            return self.look.after(Kind.TICKET, ticket["id"], "its history", error)
        _keep_description(ticket, rows)
        said = (
            self._log.of_ticket(ticket["id"], rows, endpoint.partition(".")[0]) if talks(ticket, rows) else []
        )
        return [*(of_audit(self._session.desk, row) for row in rows), *said]

    def audits(self, number: Any, *, endpoint: str) -> dict[Any, Row]:
        """Read the audits of a ticket by id."""
        listed = self._client.every(
            f"/tickets/{number}/audits", "audits", endpoint=endpoint,
            fits=within(holding("audits"), "audits", "ticket_id", (str(number),)),
        )  # fmt: skip
        return {row["id"]: row for row in listed}

    def _compare(self, number: Any, rows: Sequence[Row]) -> None:
        """Look at the list of comments where the audits alone do not tell: images of the text, what was hidden later."""
        images = self._options.files and recheck.hides_files(rows)
        hidden = recheck.hides_something(rows)
        if not images and not hidden:
            return
        params = {"include_inline_images": "true"}
        listed = self._client.every(
            f"/tickets/{number}/comments", "comments", endpoint="fallback.comments", params=params
        )
        shown = {row.get("id"): row for row in listed}
        if images:
            recheck.add_images(rows, shown)
        if hidden:
            recheck.settle(rows, shown)

    # ---- the export of ticket events

    def _events(self) -> RestStream:
        """Return the stream of the export."""
        listed = self._client.exported_by_time(
            "/incremental/ticket_events", "ticket_events", include="comment_events", support_type_scope="all"
        )
        return RestStream("history", self._exported, (listed,))

    def _exported(self, page: RestPage) -> list[Wire]:
        """Turn a page of the export into wires. Tickets of which it does not tell all are read by their audits instead: comments that
        came without their text [ISSUE airbyte 8519], and whatever was hidden later, perhaps on an earlier page.
        """
        rows = {row["id"]: row for row in page.rows}
        wanting = sorted({row["ticket_id"] for row in rows.values() if wants_more(row) or talks({}, [row])})
        replaced = [wire for wires in self._several.each(self.again, wanting) for wire in wires]
        known = set(wanting)
        by_ticket: dict[Any, list[Row]] = {}
        for row in rows.values():
            if row["ticket_id"] not in known:
                by_ticket.setdefault(row["ticket_id"], []).append(row)
        pictured = [item for item in by_ticket.items() if recheck.hides_files(item[1])]
        for unread in self._several.each(lambda item: self.images_of(*item), pictured):
            replaced += unread
        wires = [of_audit(self._session.desk, row) for row in rows.values() if row["ticket_id"] not in known]
        return [*replaced, *wires]

    def again(self, number: Any) -> list[Wire]:
        """Read by its audits a ticket of which the export does not tell all."""
        return self.of_ticket({"id": number}, endpoint="fallback.audits")

    def images_of(self, number: Any, rows: Sequence[Row]) -> list[Wire]:
        """Add the images of the texts to audits that the export gave; a wire that is unread where they cannot be read."""
        try:
            self._compare(number, rows)
        except REFUSALS as error:
            return self.look.after(Kind.TICKET, number, "the files of its texts", error)
        return []


def _generated(row: Row) -> int:
    value = row.get("generated_timestamp")
    return value if isinstance(value, int) else 0


def wants_more(row: Row) -> bool:
    """Tell whether the export does not tell all of an audit."""
    return any(step.kind in recheck.HIDING or _lacks_text(step.row) for step in steps(row))


def _lacks_text(event: Row) -> bool:
    return bool(event.get("comment_present")) and not event.get("body") and not event.get("html_body")


def _keep_description(ticket: Row, rows: Sequence[Row]) -> None:
    """Put the ticket's description beside the opening comment where the two differ, so that its text is kept."""
    description = ticket.get("description")
    if not isinstance(description, str) or not description.strip() or not rows:
        return
    first = min(rows, key=lambda row: (str(moment(row.get("created_at"))), row["id"]))
    words = description.split()
    for step in steps(first):
        if step.spoken and words in (str(step.row.get(key) or "").split() for key in ("plain_body", "body")):
            return
    first["ticket_description"] = description
