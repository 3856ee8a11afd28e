"""What a service desk knows of a request beside its fields: SLA clocks, approvals, the customer's rating."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ticketferry_emulators.jsm.exceptions import desk_refused
from ticketferry_emulators.jsm.models.records import Issue
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.kit.app import Answer, Call, Route

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.app import JsmEmulator
    from ticketferry_emulators.jsm.responses.wire import View

__all__ = ["GOALS", "ROUTES", "approvals_of", "sla_of"]

GOALS = {"Time to first response": 4 * 3_600.0, "Time to resolution": 72 * 3_600.0}
"""Name of an SLA -> seconds of its goal, all day and night."""


def _asked(e: JsmEmulator, call: Call) -> Issue:
    issue = e.state.issue(call.params["key"])
    if issue is None or e.state.value_of_type(issue, "vp-origin") is None:
        text = "The request you are trying to view does not exist, or you do not have permission to see it."
        raise desk_refused(404, text, "sd.request.not.found")
    return issue


# --- SLA


def _spans(view: View, issue: Issue, name: str) -> list[tuple[float, float | None]]:
    """Return begin and end of each cycle: until the first public answer of an agent, or from open to done each time."""
    if name == "Time to first response":
        answers = (
            comment.created
            for comment in issue.comments
            if not comment.internal and comment.author != issue.values.get("reporter")
        )
        return [(issue.created, next(answers, None))]
    categories = view.state.statuses
    spans: list[tuple[float, float | None]] = [(issue.created, None)]
    for change in issue.changes:
        for item in change.items:
            if item.get("fieldId") != "status":
                continue
            done = categories[item["to"]].category == "done"
            if done and spans[-1][1] is None:
                spans[-1] = (spans[-1][0], change.created)
            elif not done and spans[-1][1] is not None:
                spans.append((change.created, None))
    return spans


def sla_of(view: View, issue: Issue, name: str) -> dict[str, Any] | None:
    """Return one SLA of a request as its field and GET /request/{key}/sla show it; None for what is no request."""
    if view.state.value_of_type(issue, "vp-origin") is None:
        return None
    goal = GOALS[name]
    number = list(GOALS).index(name) + 1
    url = f"{view.base}/rest/servicedeskapi/request/{issue.id}/sla/{number}"
    data: dict[str, Any] = {
        "id": str(number),
        "name": name,
        "_links": {"self": url},
        "completedCycles": [],
    }
    for begin, end in _spans(view, issue, name):
        elapsed = (view.state.now() if end is None else end) - begin
        cycle: dict[str, Any] = {
            "startTime": view.date_dto(begin),
            "breachTime": view.date_dto(begin + goal),
            "breached": elapsed > goal,
            "goalDuration": _duration(goal),
            "elapsedTime": _duration(elapsed),
            "remainingTime": _duration(goal - elapsed),
        }
        if end is None:
            data["ongoingCycle"] = cycle | {"paused": False, "withinCalendarHours": True}
        else:
            data["completedCycles"].append(cycle | {"stopTime": view.date_dto(end)})
    return data


def sla_one(e: JsmEmulator, call: Call) -> Answer:
    """GET /request/{key}/sla/{sla}."""
    issue, view = _asked(e, call), e.view(call)
    for name in GOALS:
        row = sla_of(view, issue, name)
        if row is not None and row["id"] == call.params["sla"]:
            return Answer(200, row)
    raise desk_refused(404, "The SLA was not found.", "sd.sla.not.found", call.params["sla"])


def _duration(seconds: float) -> dict[str, Any]:
    minutes = abs(int(seconds)) // 60
    sign = "-" if seconds < 0 else ""
    return {"millis": round(seconds * 1000), "friendly": f"{sign}{minutes // 60}h {minutes % 60}m"}


def slas(e: JsmEmulator, call: Call) -> Answer:
    """GET /request/{key}/sla."""
    issue, view = _asked(e, call), e.view(call)
    rows = [sla_of(view, issue, name) for name in GOALS]
    return desk_page(e, call, [row for row in rows if row is not None])


# --- approvals and ratings


def approvals_of(view: View, issue: Issue) -> list[dict[str, Any]]:
    """Return a request's approvals as field and route show them."""
    return [_approval(view, issue, row) for row in issue.approvals]


def _approval(view: View, issue: Issue, row: Mapping[str, Any]) -> dict[str, Any]:
    url = f"{view.base}/rest/servicedeskapi/request/{issue.id}/approval/{row['id']}"
    data: dict[str, Any] = {
        "id": row["id"],
        "name": row["name"],
        "finalDecision": row["decision"],
        "canAnswerApproval": False,
        "approvers": [
            {"approver": view.user_dto(account), "approverDecision": decision}
            for account, decision in row["approvers"]
        ],
        "createdDate": view.date_dto(row["created"]),
        "_links": {"self": url},
    }
    if row.get("completed"):
        data["completedDate"] = view.date_dto(row["completed"])
    return data


def approvals(e: JsmEmulator, call: Call) -> Answer:
    """GET /request/{key}/approval."""
    return desk_page(e, call, approvals_of(e.view(call), _asked(e, call)))


def approval(e: JsmEmulator, call: Call) -> Answer:
    """GET /request/{key}/approval/{approval}."""
    for row in approvals_of(e.view(call), _asked(e, call)):
        if row["id"] == call.params["approval"]:
            return Answer(200, row)
    raise desk_refused(404, "The approval was not found.", "sd.approval.not.found", call.params["approval"])


def feedback(e: JsmEmulator, call: Call) -> Answer:
    """GET /request/{key}/feedback: experimental; 404 where the customer said nothing."""
    from ticketferry_emulators.jsm.responses.servicedesk import opted_in

    opted_in(call)
    issue = _asked(e, call)
    if issue.feedback is None:
        raise desk_refused(404, "The request has no feedback.", "sd.feedback.not.found")
    return Answer(200, issue.feedback)


def give_feedback(e: JsmEmulator, call: Call) -> Answer:
    """POST /request/{key}/feedback: by the reporter only (or a Connect app)."""
    from ticketferry_emulators.jsm.responses.servicedesk import opted_in

    opted_in(call)
    issue = _asked(e, call)
    if call.account != issue.values.get("reporter"):
        raise desk_refused(403, "Only the reporter can give feedback.", "sd.feedback.forbidden")
    body = call.json if isinstance(call.json, dict) else {}
    rating = body.get("rating")
    if isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= 5:
        raise desk_refused(400, "The rating must be between 1 and 5.", "sd.feedback.rating")
    text = (body.get("comment") or {}).get("body") or ""
    issue.feedback = {"type": "csat", "rating": rating, "comment": {"body": str(text)}}
    e.state.touch(issue)
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
