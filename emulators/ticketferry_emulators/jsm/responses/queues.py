"""Queues of a service desk, and the issues in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ticketferry_emulators.jsm.exceptions import desk_refused
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.jsm.responses.search import found_by
from ticketferry_emulators.kit.app import Answer, Call, Route

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.app import JsmEmulator

__all__ = ["ROUTES"]


def _queues(e: JsmEmulator, call: Call) -> Iterator[dict[str, Any]]:
    desk = e.state.desk(call.params["desk"])
    if desk is None:
        raise desk_refused(404, "The service desk was not found.", "sd.project.not.found")
    key = e.state.projects[desk.project].key
    counted = call.query.get("includeCount") == "true"
    for number, (name, clause) in enumerate(desk.queues, start=1):
        row: dict[str, Any] = {
            "id": f"{desk.id}{number}",
            "name": name,
            "jql": f"project = {key} AND {clause}",
            "fields": ["issuetype", "issuekey", "summary", "created"],
            "_links": {
                "self": f"{e.base_url}/rest/servicedeskapi/servicedesk/{desk.id}/queue/{desk.id}{number}"
            },
        }
        if counted:
            issues = [issue for issue in e.state.issues.values() if issue.project == desk.project]
            row["issueCount"] = sum(issue.values.get("resolution") is None for issue in issues)
        yield row


def queues(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}/queue."""
    return desk_page(e, call, list(_queues(e, call)))


def queue(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}/queue/{queue}."""
    return Answer(200, _queue(e, call))


def _queue(e: JsmEmulator, call: Call) -> dict[str, Any]:
    for row in _queues(e, call):
        if row["id"] == call.params["queue"]:
            return row
    raise desk_refused(404, "The queue was not found.", "sd.queue.not.found", call.params["queue"])


def queue_issues(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}/queue/{queue}/issue: what its JQL finds, with the queue's columns."""
    row, view = _queue(e, call), e.view(call)
    columns = [name for name in row["fields"] if name != "issuekey"]
    shown = [view.issue(issue, columns) for issue in found_by(e, call, row["jql"])]
    return desk_page(e, call, shown)


_QUEUES = "/rest/servicedeskapi/servicedesk/{desk}/queue"
ROUTES = [
    Route("GET", _QUEUES, queues, "queue.list", "desk"),
    Route("GET", f"{_QUEUES}/{{queue}}", queue, "queue.get", "desk"),
    Route("GET", f"{_QUEUES}/{{queue}}/issue", queue_issues, "queue.issues", "desk"),
]
