"""Queues of a service desk, and the issues in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ticketferry_emulators.jsm.exceptions import desk_refused
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.jsm.responses.search import found_by
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]


def _queues(state: SiteState, call: Call) -> Iterator[dict[str, Any]]:
    desk = state.desk(call.params["desk"])
    if desk is None:
        raise desk_refused(404, "The service desk was not found.", "sd.project.not.found")
    key = state.projects[desk.project].key
    counted = call.query.get("includeCount") == "true"
    for number, (name, clause) in enumerate(desk.queues, start=1):
        row: dict[str, Any] = {
            "id": f"{desk.id}{number}",
            "name": name,
            "jql": f"project = {key} AND {clause}",
            "fields": ["issuetype", "issuekey", "summary", "created"],
            "_links": {
                "self": f"{state.base_url}/rest/servicedeskapi/servicedesk/{desk.id}/queue/{desk.id}{number}"
            },
        }
        if counted:
            issues = [issue for issue in state.issues.values() if issue.project == desk.project]
            row["issueCount"] = sum(issue.values.get("resolution") is None for issue in issues)
        yield row


def queues(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}/queue."""
    return desk_page(state, call, list(_queues(state, call)))


def queue(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}/queue/{queue}."""
    return Answer(200, _queue(state, call))


def _queue(state: SiteState, call: Call) -> dict[str, Any]:
    for row in _queues(state, call):
        if row["id"] == call.params["queue"]:
            return row
    raise desk_refused(404, "The queue was not found.", "sd.queue.not.found", call.params["queue"])


def queue_issues(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}/queue/{queue}/issue: what its JQL finds, with the queue's columns."""
    row, view = _queue(state, call), View.of(state, call)
    columns = [name for name in row["fields"] if name != "issuekey"]
    shown = [view.issue(issue, columns) for issue in found_by(state, call, row["jql"])]
    return desk_page(state, call, shown)


_QUEUES = "/rest/servicedeskapi/servicedesk/{desk}/queue"
ROUTES = [
    Route("GET", _QUEUES, queues, "queue.list", "desk"),
    Route("GET", f"{_QUEUES}/{{queue}}", queue, "queue.get", "desk"),
    Route("GET", f"{_QUEUES}/{{queue}}/issue", queue_issues, "queue.issues", "desk"),
]
