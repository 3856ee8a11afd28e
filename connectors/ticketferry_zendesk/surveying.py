"""What the account tells about itself beside its records: counts of tickets by status and month, and why a number has no ticket."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ticketferry.sdk import Absence, ControlTotal, RejectedError, Session
from ticketferry.sdk.survey import Month, months
from ticketferry_zendesk.catalog import STAGES, SYSTEM_STATUSES
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.wire import moment

__all__ = ["explain_absent", "extent", "totals"]

_MANY = 100
_ESTIMATED = 100_000
"""A count above it is made once a day only [DOC tickets/count]."""
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_TWINS = {"closed": "closed+merged"}
"""A merged ticket is a closed one to the desk."""


def totals(client: ZendeskClient, session: Session) -> Iterator[ControlTotal]:
    """Count by the search index, which has nothing to do with the exports: all tickets, by status, by month, by both.

    Times are written out in UTC, since a bare date is one of the account's own time zone. Deleted tickets are not found.
    """
    count = client.count("/tickets/count", endpoint="total.tickets")
    if count is not None:
        yield ControlTotal(count, "GET /tickets/count", exact=count <= _ESTIMATED)
    stages: list[str] = []
    for status in SYSTEM_STATUSES:
        found = _search(client, f"status:{status}")
        if found is None:
            return
        stages += [status] if found else []
        yield ControlTotal(found, _told(f"status:{status}"), stage=_stage(status))
    for month, begin, end in _months(client, session):
        window = f"created>={begin:{_INSTANT}} created<{end:{_INSTANT}}"
        found = _search(client, window)
        if found is None:
            return
        yield ControlTotal(found, _told(window), month=month)
        for status in stages if found else ():
            part = _search(client, f"status:{status} {window}")
            if part is not None:
                yield ControlTotal(part, _told(f"status:{status} {window}"), _stage(status), month)


def extent(client: ZendeskClient, session: Session) -> tuple[list[str], list[str]]:
    """Ask what `totals` begins with; return the statuses that have tickets and the months it will go through."""
    client.count("/tickets/count", endpoint="total.tickets")
    statuses = [status for status in SYSTEM_STATUSES if _search(client, f"status:{status}")]
    return statuses, [month for month, _, _ in _months(client, session)]


def _stage(status: str) -> str:
    return _TWINS.get(status, STAGES[status].value)


def _told(query: str) -> str:
    return f"GET /search/count type:ticket {query}"


def _search(client: ZendeskClient, query: str) -> int | None:
    return client.count("/search/count", {"query": f"type:ticket {query}"}, endpoint="total.search")


def _months(client: ZendeskClient, session: Session) -> Iterator[Month]:
    return months(_oldest(client), session.clock.time())


def _oldest(client: ZendeskClient) -> datetime | None:
    """Return when the first ticket was created; imported tickets may be older than the account."""
    query: dict[str, str | int] = {
        "query": "type:ticket", "sort_by": "created_at", "sort_order": "asc", "page": 1, "per_page": 1,
    }  # fmt: skip
    rows = client.objects("/search", "results", query, endpoint="total.oldest")
    return moment(rows[0].get("created_at")) if rows else None


def explain_absent(
    client: ZendeskClient, numbers: Sequence[str], gone: Mapping[str, Absence], *, sees_all: bool
) -> dict[str, Absence]:
    """Say why numbers have no ticket; one that is there now is left out.

    `gone`: what lists of deleted tickets tell. `sees_all`: the one who asks is an admin without restriction, to whom every ticket
    that exists is shown [OAS ShowTicket]; then one that is not shown was deleted for good. A merged ticket stays a closed ticket
    in Zendesk and is never absent for being merged.
    """
    there: set[str] = set()
    for start in range(0, len(numbers), _MANY):
        asked = {"ids": ",".join(numbers[start : start + _MANY])}
        rows = client.objects("/tickets/show_many", "tickets", asked, endpoint="absent.show_many")
        there |= {str(row.get("id")) for row in rows}
    told: dict[str, Absence] = {}
    for number in numbers:
        if number not in there:
            told[number] = gone.get(number) or (Absence.PURGED if sees_all else _asked_alone(client, number))
    return told


def _asked_alone(client: ZendeskClient, number: str) -> Absence:
    try:
        client.get(f"/tickets/{number}", endpoint="absent.show")
    except RejectedError as error:
        if error.status == 403:
            return Absence.INVISIBLE
        if error.status == 404:
            return Absence.UNKNOWN  # hidden and purged look alike to those who do not see all
        raise
    return Absence.INVISIBLE
