"""What belongs to a ticket and stands in other answers: how it was merged, why it was rated badly, which Jira issues it is linked with."""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ticketferry.sdk import FatalError, Kind, RejectedError, Session, Wire, held
from ticketferry.sdk.rest.client import RestList
from ticketferry.sdk.rest.paginators import KeysetPages
from ticketferry.sdk.rest.parallel import OrderedMap
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry.sdk.shapes import an_object
from ticketferry_zendesk.audit_rows import steps
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.history import AuditHistory
from ticketferry_zendesk.second_look import REFUSALS
from ticketferry_zendesk.translate_ticket import merged_into
from ticketferry_zendesk.wire import Row, of_ticket

__all__ = ["Joins", "lacks_reason", "merge_in", "merged"]

_NUMBER = re.compile(r"#(\d+)")
_LINKS = "/api/services/jira/links"
_NOT_HERE = (400, 403, 404, 422)


class Joins:
    """Completes tickets. Every kind of request has a name of its own in the ledger, beside those of the export."""

    def __init__(
        self, client: ZendeskClient, session: Session, history: AuditHistory, several: OrderedMap
    ) -> None:
        self._client = client
        self._session = session
        self._history = history
        self._several = several
        self._lock = threading.Lock()
        self._linked: dict[str, list[Row]] | None = None
        self._refused: RejectedError | FatalError | None = None

    def complete(self, tickets: Sequence[Row]) -> list[Wire]:
        """Return wires of tickets in their order."""
        links = self._links()
        found = self._several.each(lambda row: self._joined(row, links.get(str(row["id"]))), tickets)
        return [wire for wires in found for wire in wires]

    def _joined(self, ticket: Row, links: list[Row] | None) -> list[Wire]:
        desk = self._session.desk
        try:
            return [of_ticket(desk, ticket, self.merge_of(ticket), self.rating_of(ticket), links)]
        except REFUSALS as error:
            why = self._history.look.after(Kind.TICKET, ticket["id"], "its merge or its rating", error)
            return [of_ticket(desk, ticket, None, None, links), *why]

    def with_audits(self, ticket: Row, audits: Sequence[Wire]) -> Wire:
        """Return the wire of a ticket whose audits are known already."""
        merge = merge_in(one.body for one in audits) if merged(ticket) else None
        links = self._links().get(str(ticket["id"]))
        return of_ticket(self._session.desk, ticket, merge, self.rating_of(ticket), links)

    def linked_since(self, moment: str) -> tuple[list[str], str]:
        """Read the links anew; return tickets whose Jira links are newer than `moment` (as the desk writes times), and the newest link's
        time.
        """
        newest, found = moment, []
        self._linked = self._refused = None
        links = self._links()
        if moment and self._refused is not None:
            raise FatalError(
                f"the links with Jira issues were there before and are refused now: {self._refused.message}",
                where=_LINKS,
                remedy="Give the account the right again, then run the command again: every linked ticket would lose its links.",
            )
        for number, rows in links.items():
            times = [str(row.get("updated_at") or row.get("created_at") or "") for row in rows]
            newest = max(newest, *times)
            if any(time > moment for time in times):
                found.append(number)
        return sorted(found), newest

    def merge_of(self, ticket: Row) -> Row | None:
        """Return how a ticket was merged: the `via` of the audit that closed it, with the winner from its comment where only that names it."""
        if not merged(ticket):
            return None
        return merge_in(self._history.audits(ticket["id"], endpoint="fallback.merged").values())

    def rating_of(self, ticket: Row) -> Row | None:
        """Return the record of a bad rating where the ticket itself does not name the reason: only bad ones have one [OAS]."""
        if not lacks_reason(ticket):
            return None
        told = ticket["satisfaction_rating"]
        try:
            found = self._client.get(f"/satisfaction_ratings/{told['id']}", endpoint="fallback.ratings")
        except RejectedError as error:
            if error.status in _NOT_HERE:
                return None
            raise
        row = found.get("satisfaction_rating")
        if isinstance(row, list):
            row = row[0] if row else None  # as the vendor's document shows it
        return row if isinstance(row, dict) else None

    def _links(self) -> dict[str, list[Row]]:
        """Read all links with Jira issues, once; none where the integration is not there or its links are not shown (403).

        The list goes on from `since_id`; neither it nor its rows are in the vendor's document: their shape is the one that
        recorded answers of POST have [REC TestJIRALink], and public programs read.
        """
        with held(self._lock, self._session.clock):
            if self._linked is None:
                self._linked = {}
                for row in self._all_links():
                    self._linked.setdefault(str(row.get("ticket_id")), []).append(row)
            return self._linked

    def _all_links(self) -> Iterator[Row]:
        begun = False
        try:
            links = RestList(
                RestRequest(_LINKS), "links", "jira.links", KeysetPages("since_id"), fits=an_object
            )
            for page in self._client.pages(links):
                begun = True
                yield from (row for row in page.rows if isinstance(row, dict))
        except (RejectedError, FatalError) as error:
            # FatalError: an edition of the API without this list
            if begun or (isinstance(error, RejectedError) and error.status not in _NOT_HERE):
                raise
            self._refused = error


def lacks_reason(ticket: Row) -> bool:
    """Tell whether a ticket was rated badly and does not say why."""
    told = ticket.get("satisfaction_rating")
    return (
        isinstance(told, dict)
        and told.get("score") == "bad"
        and not told.get("reason")
        and bool(told.get("id"))
    )


def merged(ticket: Row) -> bool:
    """Tell whether a ticket was merged into another."""
    return ticket.get("status") == "closed" and "closed_by_merge" in (ticket.get("tags") or ())


def merge_in(audits: Iterable[Any]) -> Row | None:
    """Find the `via` of the merge among audits of the loser; the winner is read from the audit's comment where `via` lacks it."""
    for audit in reversed(list(audits)):
        via = audit.get("via")
        source = via.get("source") if isinstance(via, dict) else None
        if not isinstance(source, dict) or source.get("rel") != "merge":
            continue
        if merged_into(via):
            return dict(via)
        if source.get("from") and isinstance(source["from"], dict) and source["from"].get("ticket_ids"):
            continue  # this ticket won an earlier merge
        for step in steps(audit):
            number = _NUMBER.search(str(step.row.get("body") or "")) if step.spoken else None
            if number:
                return {**via, "source": {**source, "to": {"ticket_id": int(number[1])}}}
        return dict(via)
    return None
