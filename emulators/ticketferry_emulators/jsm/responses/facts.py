"""What a service desk knows of a request beside its fields: SLA clocks, approvals, the customer's rating."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.jsm.exceptions import desk_refused, opted_in
from ticketferry_emulators.jsm.models.records import Issue
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.jsm.responses.request_facts import GOALS, approvals_of, sla_of
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.models.state import SiteState

__all__ = ["ROUTES"]


def _asked(state: SiteState, call: Call) -> Issue:
    issue = state.issue(call.params["key"])
    if issue is None or state.value_of_type(issue, "vp-origin") is None:
        text = "The request you are trying to view does not exist, or you do not have permission to see it."
        raise desk_refused(404, text, "sd.request.not.found")
    return issue


# --- SLA


def sla_one(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/sla/{sla}."""
    issue, view = _asked(state, call), View.of(state, call)
    for name in GOALS:
        row = sla_of(view, issue, name)
        if row is not None and row["id"] == call.params["sla"]:
            return Answer(200, row)
    raise desk_refused(404, "The SLA was not found.", "sd.sla.not.found", call.params["sla"])


def slas(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/sla."""
    issue, view = _asked(state, call), View.of(state, call)
    rows = [sla_of(view, issue, name) for name in GOALS]
    return desk_page(state, call, [row for row in rows if row is not None])


# --- approvals and ratings


def approvals(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/approval."""
    return desk_page(state, call, approvals_of(View.of(state, call), _asked(state, call)))


def approval(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/approval/{approval}."""
    for row in approvals_of(View.of(state, call), _asked(state, call)):
        if row["id"] == call.params["approval"]:
            return Answer(200, row)
    raise desk_refused(404, "The approval was not found.", "sd.approval.not.found", call.params["approval"])


def feedback(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/feedback: experimental; 404 where the customer said nothing."""
    opted_in(call)
    issue = _asked(state, call)
    if issue.feedback is None:
        raise desk_refused(404, "The request has no feedback.", "sd.feedback.not.found")
    return Answer(200, issue.feedback)


def give_feedback(state: SiteState, call: Call) -> Answer:
    """POST /request/{key}/feedback: by the reporter only (or a Connect app)."""
    opted_in(call)
    issue = _asked(state, call)
    if call.account != issue.values.get("reporter"):
        raise desk_refused(403, "Only the reporter can give feedback.", "sd.feedback.forbidden")
    body = call.json if isinstance(call.json, dict) else {}
    rating = body.get("rating")
    if isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= 5:
        raise desk_refused(400, "The rating must be between 1 and 5.", "sd.feedback.rating")
    text = (body.get("comment") or {}).get("body") or ""
    issue.feedback = {"type": "csat", "rating": rating, "comment": {"body": str(text)}}
    state.touch(issue)
    return Answer(201, issue.feedback)


_REQUEST = "/rest/servicedeskapi/request/{key}"
ROUTES = [
    Route("GET", f"{_REQUEST}/sla", slas, "request.sla", "request"),
    Route("GET", f"{_REQUEST}/sla/{{sla}}", sla_one, "request.sla_one", "request"),
    Route("GET", f"{_REQUEST}/approval/{{approval}}", approval, "request.approval", "request"),
    Route("GET", f"{_REQUEST}/approval", approvals, "request.approvals", "request"),
    Route("GET", f"{_REQUEST}/feedback", feedback, "request.feedback", "request"),
    Route("POST", f"{_REQUEST}/feedback", give_feedback, "request.give_feedback", "request", write=True),
]
