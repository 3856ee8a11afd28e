"""Tickets one by one and in lists: comments, audits, metrics, relations, the deleted and the suspended."""

from __future__ import annotations

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import detailed, not_found
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.models.views import audits, comments, metrics
from ticketferry_emulators.zendesk.responses.paging import listing, second
from ticketferry_emulators.zendesk.responses.routing import both, identifier, identifiers
from ticketferry_emulators.zendesk.responses.sideloads import sideload, with_metric_sets
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp, unix

__all__ = ["ROUTES", "counted"]


def counted(state: DeskState, value: int) -> Answer:
    """Answer a count, with the moment it was made."""
    return Answer(200, {"count": {"value": value, "refreshed_at": stamp(int(state.clock.time()))}})


def _live(state: DeskState, call: Call) -> TicketWithAudits:
    number = identifier(call)
    if not state.live(number):
        raise not_found()
    return state.case(number)


def _scope(call: Call) -> str:
    return call.query.get("support_type_scope") or "agent"


def index(state: DeskState, call: Call) -> Answer:
    """List tickets that are neither deleted nor archived; `external_id` finds all that bear it."""
    wanted = call.query.get("external_id")
    scope = _scope(call)
    among = state.heads if wanted is None else state.by_external.get(wanted, ())
    keys = [
        number
        for number in sorted(among)
        if state.live(number)
        and not state.archived(number)
        and (scope == "all" or state.heads[number].support_type == scope)
    ]
    answer = listing(call, "tickets", keys, lambda ids: [state.case(number).ticket for number in ids])
    return Answer(200, answer.body | sideload(state, call, answer.body["tickets"]))


def count(state: DeskState, call: Call) -> Answer:
    """Count the live tickets, archived ones too."""
    return counted(state, sum(1 for head in state.heads.values() if head.status != "deleted"))


def show(state: DeskState, call: Call) -> Answer:
    """Show one ticket, also from the archive; a deleted one is not found."""
    case = _live(state, call)
    return Answer(200, {"ticket": case.ticket} | sideload(state, call, [case.ticket]))


def show_many(state: DeskState, call: Call) -> Answer:
    """Show up to 100 tickets by id or external id; what is not there is left out."""
    wanted = identifiers(call)
    names = [name for name in (call.query.get("external_ids") or "").split(",") if name]
    if max(len(wanted), len(names)) > 100:
        raise detailed(400, "TooManyValues", "Parameter ids cannot specify more than 100 values")
    wanted += [number for name in names for number in sorted(state.by_external.get(name, ()))]
    wanted = list(dict.fromkeys(wanted))
    rows = with_metric_sets(
        state, call, [state.case(number).ticket for number in wanted if state.live(number)]
    )
    body: WireRecord = {"tickets": rows, "next_page": None, "previous_page": None, "count": len(rows)}
    return Answer(200, body | sideload(state, call, rows))


def list_comments(state: DeskState, call: Call) -> Answer:
    """List a ticket's comments; images in the text only with `include_inline_images=true` [ISSUE zammad 4234]."""
    case = _live(state, call)
    found = comments(case, inline=call.query.get("include_inline_images") == "true")
    by_id = {comment["id"]: comment for comment in found}
    answer = listing(call, "comments", list(by_id), lambda ids: [by_id[key] for key in ids])
    return Answer(200, answer.body | sideload(state, call, answer.body["comments"]))


def count_comments(state: DeskState, call: Call) -> Answer:
    """Count a ticket's comments."""
    return counted(state, len(comments(_live(state, call), inline=False)))


def list_audits(state: DeskState, call: Call) -> Answer:
    """List a ticket's audits, oldest first; those of an archived ticket do not page [OAS]."""
    case = _live(state, call)
    by_id = {audit["id"]: audit for audit in audits(case)}
    if state.archived(case.ticket["id"]):
        rows = list(by_id.values())
        if any(name.startswith("page[") for name, _ in call.query.pairs):
            meta = {"has_more": False, "after_cursor": None, "before_cursor": None}
            return Answer(200, {"audits": rows, "meta": meta, "links": {"prev": None, "next": None}})
        return Answer(200, {"audits": rows, "next_page": None, "previous_page": None, "count": len(rows)})
    answer = listing(call, "audits", list(by_id), lambda ids: [by_id[key] for key in ids])
    return Answer(200, answer.body | sideload(state, call, answer.body["audits"]))


def show_audit(state: DeskState, call: Call) -> Answer:
    """Show one audit of a ticket."""
    wanted = identifier(call, "audit")
    found = next((row for row in audits(_live(state, call)) if row["id"] == wanted), None)
    if found is None:
        raise not_found()
    return Answer(200, {"audit": found})


def count_audits(state: DeskState, call: Call) -> Answer:
    """Count a ticket's audits."""
    return counted(state, len(audits(_live(state, call))))


def show_metrics(state: DeskState, call: Call) -> Answer:
    """Show a ticket's metrics."""
    return Answer(200, {"ticket_metric": metrics(_live(state, call))})


def list_metrics(state: DeskState, call: Call) -> Answer:
    """List the metrics of tickets that are not archived."""
    keys = [number for number in sorted(state.heads) if state.live(number) and not state.archived(number)]
    return listing(call, "ticket_metrics", keys, lambda ids: [metrics(state.case(number)) for number in ids])


def show_metric(state: DeskState, call: Call) -> Answer:
    """Show one record of metrics; those of a ticket bear its number here."""
    return Answer(200, {"ticket_metric": metrics(_live(state, call))})


def related(state: DeskState, call: Call) -> Answer:
    """Show what a ticket hangs together with, and whether it comes from the archive."""
    ticket = _live(state, call).ticket
    incidents = 0
    if ticket["has_incidents"]:
        incidents = sum(
            1 for number, head in state.heads.items()
            if head.type == "incident" and state.live(number) and state.case(number).ticket["problem_id"] == ticket["id"]
        )  # fmt: skip
    source = ticket["via"]["source"]
    sources = [str(source["from"]["ticket_id"])] if source["rel"] == "follow_up" else []
    return Answer(200, {
        "topic_id": None, "jira_issue_ids": state.jira_issues.get(ticket["id"], []), "followup_source_ids": sources,
        "from_archive": state.archived(ticket["id"]), "incidents": incidents,
    })  # fmt: skip


def incidents(state: DeskState, call: Call) -> Answer:
    """List the incidents of a problem."""
    number = _live(state, call).ticket["id"]
    candidates = (
        key for key, head in sorted(state.heads.items()) if head.type == "incident" and state.live(key)
    )
    keys = [key for key in candidates if state.case(key).ticket["problem_id"] == number]
    return listing(call, "tickets", keys, lambda ids: [state.case(key).ticket for key in ids])


def deleted(state: DeskState, call: Call) -> Answer:
    """List deleted tickets; scrubbed ones and those deleted from the archive are not among them."""
    rows = state.deletions
    return listing(call, "deleted_tickets", sorted(rows), lambda ids: [rows[key] for key in ids])


def ratings(state: DeskState, call: Call) -> Answer:
    """List satisfaction ratings, those of live tickets; `score` and times of creation narrow it [OAS]."""
    score = call.query.get("score")
    begin, end = second(call, "start_time"), second(call, "end_time")
    rows = {row["id"]: row for number, row in state.ratings.items() if state.live(number)}
    keys = sorted(
        key
        for key, row in rows.items()
        if (score is None or row["score"] == score)
        and (begin is None or unix(row["created_at"]) >= begin)
        and (end is None or unix(row["created_at"]) <= end)
    )
    return listing(call, "satisfaction_ratings", keys, lambda ids: [rows[key] for key in ids])


def count_ratings(state: DeskState, call: Call) -> Answer:
    """Count satisfaction ratings, those of live tickets."""
    return counted(state, sum(1 for number in state.ratings if state.live(number)))


ROUTES: tuple[Route, ...] = (
    *both("/api/v2/tickets", index, "ListTickets", "tickets-index"),
    *both("/api/v2/tickets/count", count, "CountTickets", "tickets"),
    *both("/api/v2/tickets/show_many", show_many, "TicketsShowMany", "tickets"),
    *both("/api/v2/tickets/{id}", show, "ShowTicket", "tickets"),
    *both("/api/v2/tickets/{id}/comments", list_comments, "ListTicketComments", "tickets"),
    *both("/api/v2/tickets/{id}/comments/count", count_comments, "CountTicketComments", "tickets"),
    *both("/api/v2/tickets/{id}/audits", list_audits, "ListAuditsForTicket", "tickets"),
    *both("/api/v2/tickets/{id}/audits/count", count_audits, "CountAuditsForTicket", "tickets"),
    *both("/api/v2/tickets/{id}/audits/{audit}", show_audit, "ShowTicketAudit", "tickets"),
    *both("/api/v2/tickets/{id}/metrics", show_metrics, "ShowTicketMetricsByTicket", "tickets"),
    *both("/api/v2/tickets/{id}/related", related, "TicketRelatedInformation", "tickets"),
    *both("/api/v2/tickets/{id}/incidents", incidents, "ListTicketIncidents", "tickets"),
    *both("/api/v2/ticket_metrics", list_metrics, "ListTicketMetrics", "ticket_metrics"),
    *both("/api/v2/ticket_metrics/{id}", show_metric, "ShowTicketMetrics", "ticket_metrics"),
    *both("/api/v2/deleted_tickets", deleted, "ListDeletedTickets", "deleted_tickets"),
    *both("/api/v2/satisfaction_ratings", ratings, "ListSatisfactionRatings", "satisfaction_ratings"),
    *both(
        "/api/v2/satisfaction_ratings/count",
        count_ratings,
        "CountSatisfactionRatings",
        "satisfaction_ratings",
    ),
)
