"""Issues: create (one, many), read, edit, delete, with the checks of screens and field values."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import (
    collection,
    no_issue,
    object_of,
    refused,
)
from ticketferry_emulators.jsm.models import mail, rule_events
from ticketferry_emulators.jsm.models.properties import check_properties
from ticketferry_emulators.jsm.models.records import Issue
from ticketferry_emulators.jsm.models.screens import settable
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.issue_changes import lag_of, make_issue, store
from ticketferry_emulators.jsm.responses.issue_drafts import (
    NewIssue,
    applied,
    draft_of,
    parsed,
    refuse_other_request_type,
    type_of,
)
from ticketferry_emulators.jsm.responses.paging import split
from ticketferry_emulators.jsm.responses.steps import with_steps
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Refused, Route

__all__ = ["ROUTES", "find_issue", "named_issue", "silent"]


def named_issue(state: SiteState, key: str) -> Issue:
    """Return an issue by key or id for a write; 404 where there is none."""
    issue = state.issue(key)
    if issue is None:
        raise no_issue()
    return issue


def find_issue(state: SiteState, call: Call) -> Issue:
    """Return the issue of the path; a read misses an issue that is still fresh."""
    issue = named_issue(state, call.params["key"])
    if call.method == "GET" and state.is_fresh(issue):
        raise no_issue()
    return issue


def silent(state: SiteState, call: Call) -> bool:
    """Say whether `notifyUsers=false` counts: only for an administrator, silently ignored otherwise."""
    caller = state.accounts[call.account or ""]
    return call.query.get("notifyUsers") == "false" and caller.admin


def create(state: SiteState, call: Call) -> Answer:
    """POST /issue."""
    draft = draft_of(state, call, call.json)
    issue = make_issue(state, call, draft)
    return Answer(201, _created(state, call, issue, draft))


def _created(state: SiteState, call: Call, issue: Issue, draft: NewIssue) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": issue.id,
        "key": issue.key,
        "self": f"{state.base_url}/rest/api/3/issue/{issue.id}",
    }
    if draft.transition is not None:
        data["transition"] = {"status": 200, "errorCollection": collection()}
    return data


def create_bulk(state: SiteState, call: Call) -> Answer:
    """POST /issue/bulk: at most 50; 201 when at least one was created, with the failures by number."""
    body = call.json
    updates = body.get("issueUpdates") if isinstance(body, dict) else None
    if not isinstance(updates, list) or not updates:
        raise refused(400, "Provide issueUpdates.")
    if len(updates) > 50:
        raise refused(400, "The number of issues to create exceeds the limit of 50.")
    issues: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for number, update in enumerate(updates):
        try:
            draft = draft_of(state, call, update)
        except Refused as refusal:
            errors.append(
                {
                    "status": refusal.answer.status,
                    "elementErrors": refusal.answer.body,
                    "failedElementNumber": number,
                }
            )
            continue
        issues.append(_created(state, call, make_issue(state, call, draft), draft))
    return Answer(201 if issues else 400, {"issues": issues, "errors": errors})


def show(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}: all fields unless some are named."""
    issue = find_issue(state, call)
    view = View.of(state, call)
    fields = split(call, "fields") or ["*all"]
    data = view.issue(issue, fields, split(call, "expand"), split(call, "properties"))
    return Answer(200, with_steps(view, issue, data, split(call, "expand")))


def edit(state: SiteState, call: Call) -> Answer:
    """PUT /issue/{key}: fields, update, properties; a transition in the body is ignored, as Jira does."""
    body = call.json
    issue = named_issue(state, call.params["key"])
    if not isinstance(body, dict):
        raise refused(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    project = state.projects[issue.project]
    sent = dict(object_of(body.get("fields")))
    errors: dict[str, str] = {}
    for name, verbs in object_of(body.get("update")).items():
        old = issue.values.get(name)
        sent[name] = applied(state, old if isinstance(old, list) else [], name, verbs, errors)
    type_ref = sent.pop("issuetype", None)
    type_id = type_of(state, project, type_ref) if type_ref is not None else issue.type
    if type_id is None:
        errors["issuetype"] = "Specify a valid issue type"
    values = parsed(state, project, sent, settable(state, project, project.edit_screen), errors)
    if type_id is not None:
        refuse_other_request_type(state, project, type_id, values, errors)
    if errors:
        raise refused(400, errors=errors)
    properties = check_properties(body.get("properties"))
    asked = state.value_of_type(issue, "vp-origin") is None
    if type_id is not None and type_id != issue.type:
        if issue.status not in state.workflows[project.workflows[type_id]].statuses():
            raise refused(400, errors={"issuetype": "The issue type selected is invalid."})
        issue.type = type_id
    state.record(issue, call.account or "", store(state, issue, values))
    issue.properties |= properties
    state.touch(issue, lag=lag_of(call))
    rule_events.happened(state, issue, rule_events.UPDATED)
    if not silent(state, call):
        mail.tell(state, issue, mail.EDITED, call.account or "", document=values.get("description"))
    if asked and state.value_of_type(issue, "vp-origin") is not None:
        mail.tell(state, issue, 0, call.account or "", desk="Request created")
    _tell_sharers(state, call, issue, values)
    if call.query.get("returnIssue") == "true":
        return Answer(200, View.of(state, call).issue(issue, ["*all"]))
    return Answer(204)


def _tell_sharers(state: SiteState, call: Call, issue: Issue, values: dict[str, Any]) -> None:
    """Count the desk's mails to participants and organizations that a request is newly shared with."""
    for custom, event in (
        ("sd-request-participants", "Participant added"),
        ("sd-customer-organizations", "Organization added"),
    ):
        known = state.field_of_type(custom)
        if known is None or not values.get(known.id):
            continue
        people = list(values[known.id])
        if custom == "sd-customer-organizations":
            people = [member for item in people for member in state.organizations[item].members]
        mail.tell(state, issue, 0, call.account or "", desk=event, to=people)


def delete(state: SiteState, call: Call) -> Answer:
    """DELETE /issue/{key}."""
    issue = named_issue(state, call.params["key"])
    mail.tell(state, issue, mail.DELETED, call.account or "")
    state.delete_issue(issue)
    return Answer(204)


def edit_meta(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/editmeta."""
    from ticketferry_emulators.jsm.responses.field_catalog import field_meta

    issue = find_issue(state, call)
    project = state.projects[issue.project]
    fields = {
        name: field_meta(View.of(state, call), project, state.fields[name])
        for name in settable(state, project, project.edit_screen)
    }
    return Answer(200, {"fields": fields})


def changelog(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/changelog: oldest first, at most 100 a page."""
    from ticketferry_emulators.jsm.responses.paging import page

    issue = find_issue(state, call)
    view = View.of(state, call)
    return page(state, call, [view.change(change) for change in issue.changes], default=100)


_ISSUE = "/rest/api/3/issue"
ROUTES = [
    Route("POST", _ISSUE, create, "issue.create", "issue", write=True),
    Route("POST", f"{_ISSUE}/bulk", create_bulk, "issue.create_bulk", "issue", write=True),
    Route("GET", f"{_ISSUE}/{{key}}", show, "issue.get", "issue"),
    Route("PUT", f"{_ISSUE}/{{key}}", edit, "issue.edit", "issue", write=True),
    Route("DELETE", f"{_ISSUE}/{{key}}", delete, "issue.delete", "issue", write=True),
    Route("GET", f"{_ISSUE}/{{key}}/editmeta", edit_meta, "issue.editmeta", "issue"),
    Route("GET", f"{_ISSUE}/{{key}}/changelog", changelog, "issue.changelog", "changelog"),
]
