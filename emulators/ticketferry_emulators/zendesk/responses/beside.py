"""What hangs on tickets without being part of them: side conversations, links with Jira issues, single ratings.

Side conversations and Jira links are not in the vendor's OpenAPI document. The first have the shape of the vendor's pages
side_conversation and side_conversation_event [DOC]; a Jira link that of the recorded answer to its creation [REC TestJIRALink],
its list that which public programs read (`since_id`, `ticket_id`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import detailed, forbidden, not_found
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.paging import integer
from ticketferry_emulators.zendesk.responses.routing import both, identifier
from ticketferry_emulators.zendesk.seed.dice import WireRecord, unix

__all__ = ["ROUTES"]

_EXPORT_PAGE = 100
_LINKS_PAGE = 100


def _sides(state: DeskState, number: int) -> list[WireRecord]:
    if not state.live(number):
        raise not_found()
    return list(state.case(number).sides)


def _licensed(state: DeskState) -> None:
    """Refuse where the account lacks the Collaboration add-on."""
    if not state.settings["active_features"].get("side_conversations", True):
        raise forbidden()


def _shown(row: WireRecord) -> WireRecord:
    return {key: value for key, value in row.items() if key != "events"}


def sides(state: DeskState, call: Call) -> Answer:
    """List a ticket's side conversations, without their events."""
    _licensed(state)
    rows = [_shown(row) for row in _sides(state, identifier(call))]
    return Answer(
        200, {"side_conversations": rows, "count": len(rows), "next_page": None, "previous_page": None}
    )


def _side(state: DeskState, call: Call) -> WireRecord:
    _licensed(state)
    wanted = call.params["side"].removesuffix(".json")
    for row in _sides(state, identifier(call)):
        if row["id"] == wanted:
            return row
    raise not_found()


def side(state: DeskState, call: Call) -> Answer:
    """Show one side conversation."""
    return Answer(200, {"side_conversation": _shown(_side(state, call))})


def side_events(state: DeskState, call: Call) -> Answer:
    """List the events of one side conversation."""
    rows = _side(state, call)["events"]
    return Answer(200, {"events": rows, "count": len(rows), "next_page": None, "previous_page": None})


def _moment(event: WireRecord) -> int:
    return unix(event["created_at"])


def all_side_events(state: DeskState, call: Call) -> Answer:
    """Export the events of all side conversations since a second; whole seconds, and the border comes twice."""
    _licensed(state)
    start = integer(call, "start_time")
    if start is None:
        raise detailed(400, "InvalidValue", "The parameter start_time is required")
    rows: list[WireRecord] = sorted(
        _all_events(state, start), key=lambda event: (_moment(event), event["id"])
    )
    page = rows[:_EXPORT_PAGE]
    for event in rows[_EXPORT_PAGE:]:
        if _moment(event) != _moment(page[-1]):
            break
        page.append(event)
    more = len(page) < len(rows)
    end = _moment(page[-1]) if page else start
    if more and end == start:
        end += 1
    link = f"{state.host}/api/v2/tickets/side_conversations/events.json?start_time={end}"
    return Answer(
        200, {"events": page, "count": len(page), "end_time": end, "next_page": link if more else None}
    )


def _all_events(state: DeskState, start: int) -> Iterator[WireRecord]:
    for number in sorted(state.sided):
        if state.live(number):
            for row in state.case(number).sides:
                yield from (event for event in row["events"] if start <= _moment(event) <= state.seen())


def jira_links(state: DeskState, call: Call) -> Answer:
    """List links with Jira issues, after `since_id`, or those of one ticket."""
    rows = state.lists["jira_links"]
    since = integer(call, "since_id", 0) or 0
    ticket = call.query.get("ticket_id")
    keys = [
        key for key in sorted(rows) if key > since and (ticket is None or rows[key]["ticket_id"] == ticket)
    ]
    found = [rows[key] for key in keys[:_LINKS_PAGE]]
    return Answer(200, {"links": found, "total": len(keys)})


def rating(state: DeskState, call: Call) -> Answer:
    """Show one satisfaction rating."""
    wanted = identifier(call)
    for number, row in state.ratings.items():
        if row["id"] == wanted and state.live(number):
            return Answer(200, {"satisfaction_rating": row})
    raise not_found()


ROUTES: tuple[Route, ...] = (
    *both("/api/v2/tickets/side_conversations/events", all_side_events, "SideConversationEventExport", "side_conversations"),
    *both("/api/v2/tickets/{id}/side_conversations", sides, "ListSideConversations", "tickets"),
    *both("/api/v2/tickets/{id}/side_conversations/{side}", side, "ShowSideConversation", "tickets"),
    *both("/api/v2/tickets/{id}/side_conversations/{side}/events", side_events, "ListSideConversationEvents", "tickets"),
    Route("GET", "/api/services/jira/links", jira_links, "ListJiraLinks", "jira"),
    *both("/api/v2/satisfaction_ratings/{id}", rating, "ShowSatisfactionRating", "satisfaction_ratings"),
)  # fmt: skip
