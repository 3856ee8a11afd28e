"""Incremental exports: tickets and users by cursor, organizations and ticket events by time."""

from __future__ import annotations

from collections.abc import Callable

from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route
from ticketferry_emulators.zendesk.exceptions import invalid
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.models.views import ticket_event
from ticketferry_emulators.zendesk.responses.paging import since_cursor, since_time
from ticketferry_emulators.zendesk.responses.routing import both
from ticketferry_emulators.zendesk.responses.sideloads import sideload, with_metric_sets
from ticketferry_emulators.zendesk.seed.dice import WireRecord, ticket_of

__all__ = ["ROUTES"]

_SCOPES = ("all", "agent", "ai_agent")


def _in_scope(call: Call, state: DeskState) -> Callable[[int], bool]:
    """Return the filter of `support_type_scope`: without it tickets of AI agents are silently missing [OAS]."""
    scope = call.query.get("support_type_scope") or "agent"
    if scope not in _SCOPES:
        raise invalid("support_type_scope")
    if scope == "all":
        return lambda _: True
    return lambda number: state.heads[number].support_type == scope


def _chosen(call: Call, state: DeskState) -> Callable[[int], bool]:
    """Return which tickets an export is to show."""
    wanted = _in_scope(call, state)
    skip_deleted = call.query.get("exclude_deleted") == "true"
    return lambda number: wanted(number) and not (skip_deleted and state.heads[number].status == "deleted")


def _tickets(state: DeskState, call: Call, body: WireRecord) -> Answer:
    body["tickets"] = with_metric_sets(state, call, body["tickets"])
    return Answer(200, body | sideload(state, call, body["tickets"]))


def tickets(state: DeskState, call: Call) -> Answer:
    """Export tickets, deleted ones with status deleted and archived ones too; `exclude_deleted` leaves out the first."""
    body = since_cursor(
        call, state.tickets, state.seen(), _chosen(call, state), "tickets", lambda ids: [state.case(n).ticket for n in ids]
    )  # fmt: skip
    return _tickets(state, call, body)


def tickets_by_time(state: DeskState, call: Call) -> Answer:
    """Export tickets page by page of time, the second of the border twice."""
    body = since_time(
        call, state.tickets, state.seen(), _chosen(call, state), "tickets", lambda ids: [state.case(n).ticket for n in ids]
    )  # fmt: skip
    return _tickets(state, call, body)


def users_by_time(state: DeskState, call: Call) -> Answer:
    """Export users page by page of time, the second of the border twice."""
    records = state.lists["users"]
    body = since_time(
        call, state.users, state.seen(), lambda _: True, "users", lambda ids: [records[n] for n in ids]
    )
    return Answer(200, body | sideload(state, call, body["users"]))


def users(state: DeskState, call: Call) -> Answer:
    """Export users, deleted ones with `active` false; `include=identities` puts theirs beside them."""
    records = state.lists["users"]
    body = since_cursor(
        call, state.users, state.seen(), lambda _: True, "users", lambda ids: [records[n] for n in ids]
    )
    return Answer(200, body | sideload(state, call, body["users"]))


def organizations(state: DeskState, call: Call) -> Answer:
    """Export organizations, deleted ones with `deleted_at`; there is no cursor for them [OAS]."""
    records = state.lists["organizations"]
    body = since_time(
        call,
        state.organizations,
        state.seen(),
        lambda _: True,
        "organizations",
        lambda ids: [records.get(n) or state.tombstones[n] for n in ids],
    )
    return Answer(200, body)


def _ticket(state: DeskState, audit: int) -> int:
    return state.audit_tickets.get(audit) or ticket_of(audit)


def ticket_events(state: DeskState, call: Call) -> Answer:
    """Export audits of live tickets; comments in full only with `include=comment_events`."""
    wanted = _in_scope(call, state)
    full = "comment_events" in (call.query.get("include") or "").split(",")

    def rows(ids: list[int]) -> list[WireRecord]:
        audits: dict[int, WireRecord] = {}
        for number in sorted({_ticket(state, identifier) for identifier in ids}):
            audits.update((audit["id"], audit) for audit in state.case(number).audits)
        return [ticket_event(audits[identifier], comment_events=full) for identifier in ids]

    def chosen(identifier: int) -> bool:
        number = _ticket(state, identifier)
        return wanted(number) and state.live(number) and identifier not in state.unexported

    return Answer(200, since_time(call, state.audits, state.seen(), chosen, "ticket_events", rows))


def sample(state: DeskState, call: Call) -> Answer:
    """Show at most 50 records of an export, to try it with."""
    kind = call.params["resource"]
    if kind not in _WHOLE:
        raise NotServed(f"{call.method} {call.path}")
    body = _WHOLE[kind](state, call).body
    rows = body[kind][:_SAMPLE]
    return Answer(200, {**body, kind: rows, "count": len(rows), "end_of_stream": True})


_SAMPLE = 50
_WHOLE = {
    "tickets": tickets_by_time, "users": users_by_time, "organizations": organizations, "ticket_events": ticket_events,
}  # fmt: skip

ROUTES: tuple[Route, ...] = (
    *both("/api/v2/incremental/{resource}/sample", sample, "IncrementalSampleExport", "incremental-sample"),
    *both("/api/v2/incremental/tickets/cursor", tickets, "IncrementalTicketExportCursor", "incremental"),
    *both("/api/v2/incremental/users/cursor", users, "IncrementalUserExportCursor", "incremental"),
    *both("/api/v2/incremental/tickets", tickets_by_time, "IncrementalTicketExportTime", "incremental"),
    *both("/api/v2/incremental/users", users_by_time, "IncrementalUserExportTime", "incremental"),
    *both("/api/v2/incremental/organizations", organizations, "IncrementalOrganizationExport", "incremental"),
    *both("/api/v2/incremental/ticket_events", ticket_events, "IncrementalTicketEvents", "incremental"),
)
