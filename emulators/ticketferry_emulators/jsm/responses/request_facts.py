"""SLA clocks and approvals of a request, as its fields and its routes show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.jsm.models.records import Issue
from ticketferry_emulators.jsm.responses.viewer import Viewer

__all__ = ["GOALS", "approvals_of", "sla_of"]

GOALS = {"Time to first response": 4 * 3_600.0, "Time to resolution": 72 * 3_600.0}
"""Name of an SLA -> seconds of its goal, all day and night."""


def _spans(view: Viewer, issue: Issue, name: str) -> list[tuple[float, float | None]]:
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


def sla_of(view: Viewer, issue: Issue, name: str) -> dict[str, Any] | None:
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


def _duration(seconds: float) -> dict[str, Any]:
    minutes = abs(int(seconds)) // 60
    sign = "-" if seconds < 0 else ""
    return {"millis": round(seconds * 1000), "friendly": f"{sign}{minutes // 60}h {minutes % 60}m"}


def approvals_of(view: Viewer, issue: Issue) -> list[dict[str, Any]]:
    """Return a request's approvals as field and route show them."""
    return [_approval(view, issue, row) for row in issue.approvals]


def _approval(view: Viewer, issue: Issue, row: Mapping[str, Any]) -> dict[str, Any]:
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
