"""Issues as requests: only once they have a request type; participants; comments as text."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import TOO_LONG, desk_refused
from ticketferry_emulators.jsm.models import adf, mail
from ticketferry_emulators.jsm.models.records import Issue, JiraAttachment, JiraComment
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.comments import add_comment
from ticketferry_emulators.jsm.responses.issue_changes import lag_of
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.jsm.responses.servicedesk import accounts_of
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES", "file_row", "request_of", "show_request", "status_of"]

_PARTICIPANTS = "sd-request-participants"
FILES_SHOWN = 50
"""Files of a comment that `expand=attachment` shows: the default of a page [S]."""


def request_of(state: SiteState, call: Call) -> Issue:
    """Return the request of the path; 404 for an issue without a request type."""
    issue = state.issue(call.params["key"])
    if issue is None or state.value_of_type(issue, "vp-origin") is None:
        text = "The request you are trying to view does not exist, or you do not have permission to see it."
        raise desk_refused(404, text, "sd.request.not.found")
    return issue


def request(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}."""
    return Answer(200, show_request(state, View.of(state, call), request_of(state, call)))


def status_of(view: View, status_id: str, since: float) -> dict[str, Any]:
    """Return a status that a request has had since a time, as the service desk API shows it."""
    status = view.state.statuses[status_id]
    return {
        "status": status.name,
        "statusCategory": "NEW" if status.category == "new" else status.category.upper(),
        "statusDate": view.date_dto(since),
    }


def show_request(state: SiteState, view: View, issue: Issue) -> dict[str, Any]:
    """Return a request as the service desk API shows it."""
    desk = state.desk_of(issue.project)
    values = [
        {"fieldId": "summary", "label": "Summary", "value": issue.values.get("summary")},
        {
            "fieldId": "description",
            "label": "Description",
            "value": adf.plain_text(issue.values.get("description")),
        },
    ]
    url = f"{state.base_url}/rest/servicedeskapi/request/{issue.id}"
    return {
        "_expands": [
            "participant",
            "status",
            "sla",
            "requestType",
            "serviceDesk",
            "attachment",
            "action",
            "comment",
        ],
        "issueId": issue.id,
        "issueKey": issue.key,
        "summary": issue.values.get("summary"),
        "requestTypeId": state.value_of_type(issue, "vp-origin"),
        "serviceDeskId": desk.id if desk else "",
        "createdDate": view.date_dto(issue.created),
        "reporter": view.user_dto(issue.values["reporter"]),
        "requestFieldValues": values,
        "currentStatus": status_of(view, issue.status, issue.category_changed),
        "_links": {
            "self": url,
            "jiraRest": f"{state.base_url}/rest/api/2/issue/{issue.id}",
            "web": f"{state.base_url}/servicedesk/customer/portal/{desk.id if desk else ''}/{issue.key}",
            "agent": f"{state.base_url}/browse/{issue.key}",
        },
    }


# --- comments


def file_row(state: SiteState, call: Call, file: JiraAttachment) -> dict[str, Any]:
    """Return a file as the service desk tells it: without an id, which only its addresses have [S AttachmentDTO]."""
    view = View.of(state, call)
    content = f"{state.base_url}/rest/api/3/attachment/content/{file.id}"
    return {
        "filename": file.name,
        "author": view.user_dto(file.author),
        "created": view.date_dto(file.created),
        "size": file.size,
        "mimeType": file.media_type,
        "_links": {
            "self": f"{state.base_url}/rest/api/3/attachment/{file.id}",
            "jiraRest": content,
            "content": content,
        },
    }


def _comment(state: SiteState, view: View, issue: Issue, comment: JiraComment) -> dict[str, Any]:
    return {
        "_expands": ["attachment", "renderedBody"],
        "id": comment.id,
        "body": adf.plain_text(comment.body),
        "public": not comment.internal,
        "author": view.user_dto(comment.author),
        "created": view.date_dto(comment.created),
        "_links": {"self": f"{state.base_url}/rest/servicedeskapi/request/{issue.id}/comment/{comment.id}"},
    }


def _with_files(state: SiteState, call: Call, issue: Issue, comment: JiraComment) -> dict[str, Any]:
    """Add a page of the files that a comment shows [S expand=attachment]; the rest is asked for by the comment."""
    row, shown = _comment(state, View.of(state, call), issue, comment), adf.media_ids(comment.body)
    files = [
        file_row(state, call, state.attachments[id_])
        for id_ in issue.attachments
        if state.attachments[id_].media in shown
    ]
    path = f"{call.path.rstrip('/')}/{comment.id}/attachment"
    part = files[:FILES_SHOWN]
    row["attachments"] = View.of(state, call).desk_page(
        path, part, 0, FILES_SHOWN, last=len(part) == len(files)
    )
    return row


def comments(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/comment?public=&internal=&expand=attachment: the bodies as text."""
    issue, view = request_of(state, call), View.of(state, call)
    kinds = {
        False: call.query.get("public", "true") != "false",
        True: call.query.get("internal", "true") != "false",
    }
    if state.accounts[call.account or ""].kind == "customer":
        kinds[True] = False
    found = [comment for comment in issue.comments if kinds[comment.internal]]
    if "attachment" in str(call.query.get("expand") or "").split(","):
        return desk_page(state, call, [_with_files(state, call, issue, comment) for comment in found])
    return desk_page(state, call, [_comment(state, view, issue, comment) for comment in found])


def comment_one(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/comment/{id}."""
    issue, view = request_of(state, call), View.of(state, call)
    for comment in issue.comments:
        if comment.id == call.params["id"]:
            return Answer(200, _comment(state, view, issue, comment))
    raise desk_refused(404, "The comment was not found.", "sd.comment.not.found", call.params["id"])


def comment_add(state: SiteState, call: Call) -> Answer:
    """POST /request/{key}/comment: text, public or not."""
    issue = request_of(state, call)
    body = call.json if isinstance(call.json, dict) else {}
    text = body.get("body")
    if not isinstance(text, str) or not text.strip():
        raise desk_refused(400, "The comment body must not be empty.", "sd.comment.empty")
    if len(text) > 32767:
        raise desk_refused(400, TOO_LONG, "sd.comment.too.long")
    properties = {} if body.get("public", True) else {"sd.public.comment": {"internal": True}}
    comment = add_comment(state, call, issue, adf.paragraph(text), properties)
    return Answer(201, _comment(state, View.of(state, call), issue, comment))


# --- participants


def _people(state: SiteState, issue: Issue) -> list[str]:
    return list(state.value_of_type(issue, _PARTICIPANTS) or ())


def _answer(state: SiteState, call: Call, issue: Issue) -> Answer:
    view = View.of(state, call)
    return desk_page(state, call, [view.user_dto(account_id) for account_id in _people(state, issue)])


def participants(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/participant."""
    return _answer(state, call, request_of(state, call))


def _store(state: SiteState, call: Call, issue: Issue, people: list[str]) -> None:
    known = state.field_of_type(_PARTICIPANTS)
    if known is not None:
        issue.values[known.id] = people
    state.touch(issue, lag=lag_of(call))


def participants_add(state: SiteState, call: Call) -> Answer:
    """POST /request/{key}/participant."""
    issue, ids = request_of(state, call), accounts_of(state, call)
    people = _people(state, issue)
    new = [account_id for account_id in ids if account_id not in people]
    _store(state, call, issue, people + new)
    if new:
        mail.tell(state, issue, 0, call.account or "", desk="Participant added", to=new)
    return _answer(state, call, issue)


def participants_remove(state: SiteState, call: Call) -> Answer:
    """DELETE /request/{key}/participant."""
    issue, gone = request_of(state, call), set(accounts_of(state, call))
    _store(state, call, issue, [account_id for account_id in _people(state, issue) if account_id not in gone])
    return _answer(state, call, issue)


_PATH = "/rest/servicedeskapi/request/{key}"
ROUTES = [
    Route("GET", _PATH, request, "request.get", "request"),
    Route("GET", f"{_PATH}/comment", comments, "request_comment.list", "request"),
    Route("GET", f"{_PATH}/comment/{{id}}", comment_one, "request_comment.get", "request"),
    Route("POST", f"{_PATH}/comment", comment_add, "request_comment.add", "request", write=True),
    Route("GET", f"{_PATH}/participant", participants, "participant.list", "request"),
    Route("POST", f"{_PATH}/participant", participants_add, "participant.add", "request", write=True),
    Route("DELETE", f"{_PATH}/participant", participants_remove, "participant.remove", "request", write=True),
]
