"""Requests as the service desk API makes, lists and moves them; what the desk says of itself."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import desk_refused
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.records import Field, Issue, RequestType, ServiceDesk
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.comments import add_comment
from ticketferry_emulators.jsm.responses.issue_changes import make_issue
from ticketferry_emulators.jsm.responses.issue_drafts import draft_of
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.jsm.responses.portal import request_of, show_request, status_of
from ticketferry_emulators.jsm.responses.steps import open_steps
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.jsm.responses.workflows import take
from ticketferry_emulators.kit.app import Answer, Call, NotServed, Refused, Route

__all__ = ["ROUTES"]

_OWNED = ("OWNED_REQUESTS", "PARTICIPATED_REQUESTS", "ALL_REQUESTS")
_FILTERS = ("approvalStatus", "organizationId", "searchTerm")
_BUILT = {
    "version": "5.18.0",
    "platformVersion": "1001.0.0",
    "isLicensedForUse": True,
    "buildChangeSet": "emulated",
}


def info(state: SiteState, call: Call) -> Answer:
    """GET /info: the service desk's version, to anybody who may use it."""
    at = View.of(state, call).date_dto(0.0)
    return Answer(
        200, _BUILT | {"buildDate": at, "_links": {"self": f"{state.base_url}/rest/servicedeskapi/info"}}
    )


# --- making


def _in_form(refusal: Refused) -> Refused:
    """Return what the platform refuses as the service desk API says it: one message, with the field's id before each."""
    body = refusal.answer.body
    texts = [*body["errorMessages"], *(f"{name}: {text}" for name, text in body["errors"].items())]
    return desk_refused(refusal.answer.status, " ".join(texts), "sd.request.create.error")


def _asked_for(state: SiteState, body: dict[str, Any]) -> tuple[ServiceDesk, RequestType]:
    desk = state.desk(str(body.get("serviceDeskId") or ""))
    if desk is None:
        raise desk_refused(400, "The service desk was not found.", "sd.project.not.found")
    for kind in desk.request_types:
        if kind.id == str(body.get("requestTypeId") or ""):
            return desk, kind
    raise desk_refused(400, "The request type was not found.", "sd.request.type.not.found")


def _account(state: SiteState, name: Any) -> str:
    if not isinstance(name, str) or name not in state.accounts:
        raise desk_refused(400, f"No user was found for '{name}'.", "sd.user.not.found", str(name))
    return name


def _documents(state: SiteState, fields: dict[str, Any]) -> dict[str, Any]:
    """Make documents of the texts that fields with structure are given."""

    def rich(known: Field | None) -> bool:
        return known is not None and (known.id == "description" or known.custom.endswith(":textarea"))

    return {
        name: adf.paragraph(value) if isinstance(value, str) and rich(state.fields.get(name)) else value
        for name, value in fields.items()
    }


def create(state: SiteState, call: Call) -> Answer:
    """POST /request: only fields of the request type's form; the customer is mailed [S, JSDCLOUD-6061]."""
    body = call.json if isinstance(call.json, dict) else {}
    if "form" in body:
        raise NotServed("answers of forms in a new request")
    desk, kind = _asked_for(state, body)
    fields = body.get("requestFieldValues")
    if not isinstance(fields, dict):
        raise desk_refused(400, "The requestFieldValues must be provided.", "sd.request.create.error")
    off = [name for name in fields if name not in kind.fields]
    if off:
        text = f"The field '{off[0]}' is not valid for this request type."
        raise desk_refused(400, text, "sd.request.create.error.field.not.valid", off[0])
    people = body.get("requestParticipants") or []
    if not isinstance(people, list):
        raise desk_refused(400, "The requestParticipants must be a list.", "sd.request.create.error")
    participants = [_account(state, name) for name in people]
    reporter = _account(state, body["raiseOnBehalfOf"]) if body.get("raiseOnBehalfOf") else call.account or ""
    sent = dict(fields) if body.get("isAdfRequest") else _documents(state, fields)
    sent |= {"project": {"id": desk.project}, "issuetype": {"id": kind.type_id}}
    try:
        draft = draft_of(state, call, {"fields": sent})
    except Refused as refusal:
        raise _in_form(refusal) from None
    draft.values["reporter"] = reporter
    for custom, value in (("vp-origin", kind.id), ("sd-request-participants", participants)):
        known = state.field_of_type(custom)
        if known is not None and value:
            draft.values[known.id] = value
    issue = make_issue(state, call, draft)
    return Answer(201, show_request(state, View.of(state, call), issue))


# --- the caller's own


def mine(state: SiteState, call: Call) -> Answer:
    """GET /request: those that the caller reported or takes part in, newest first; never all of the desk's."""
    for name in _FILTERS:
        if call.query.get(name):
            raise NotServed(f"the filter {name} of the list of requests")
    owned = [part for text in call.query.all("requestOwnership") for part in text.split(",")] or [
        _OWNED[0],
        _OWNED[1],
    ]
    unknown = [name for name in owned if name not in _OWNED]
    if unknown:
        raise NotServed(f"the ownership {unknown[0]} of the list of requests")
    who, view = call.account or "", View.of(state, call)
    every = _OWNED[2] in owned
    found = [
        issue
        for issue in state.issues.values()
        if state.value_of_type(issue, "vp-origin") is not None
        and (
            ((every or _OWNED[0] in owned) and issue.values.get("reporter") == who)
            or (
                (every or _OWNED[1] in owned)
                and who in (state.value_of_type(issue, "sd-request-participants") or ())
            )
        )
        and _fits(state, call, issue)
    ]
    found.sort(key=lambda issue: (issue.created, int(issue.id)), reverse=True)
    return desk_page(state, call, [show_request(state, view, issue) for issue in found])


def _fits(state: SiteState, call: Call, issue: Issue) -> bool:
    """Say whether a request is what the query narrows the list to."""
    desk, kind = call.query.get("serviceDeskId"), call.query.get("requestTypeId")
    found = state.desk_of(issue.project)
    status = call.query.get("requestStatus") or "ALL_REQUESTS"
    closed = issue.values.get("resolution") is not None
    return (
        (desk is None or (found is not None and found.id == desk))
        and (kind is None or state.value_of_type(issue, "vp-origin") == kind)
        and (status == "ALL_REQUESTS" or closed == (status == "CLOSED_REQUESTS"))
    )


# --- status and transitions


def statuses(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/status: every status it has had, the newest first."""
    issue, view = request_of(state, call), View.of(state, call)
    moves = [
        (item["from"], item["to"], change.created)
        for change in issue.changes
        for item in change.items
        if item.get("fieldId") == "status"
    ]
    first = moves[0][0] if moves else issue.status
    rows = [(first, issue.created), *((to, at) for _, to, at in moves)]
    return desk_page(state, call, [status_of(view, status, at) for status, at in reversed(rows)])


def transitions(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/transition: what the status allows; that each may be shown on the portal is assumed."""
    issue = request_of(state, call)
    return desk_page(state, call, [{"id": step.id, "name": step.name} for step in open_steps(state, issue)])


def transit(state: SiteState, call: Call) -> Answer:
    """POST /request/{key}/transition: with a public comment, where one is sent; a screen that asks for more refuses it."""
    issue = request_of(state, call)
    body = call.json if isinstance(call.json, dict) else {}
    try:
        take(state, call, issue, {"transition": {"id": str(body.get("id") or "")}})
    except Refused as refusal:
        raise _in_form(refusal) from None
    comment = body.get("additionalComment")
    text = comment.get("body") if isinstance(comment, dict) else None
    if isinstance(text, str) and text.strip():
        add_comment(state, call, issue, adf.paragraph(text), {})
    return Answer(204)


_API = "/rest/servicedeskapi"
ROUTES = [
    Route("GET", f"{_API}/info", info, "desk_info.get", "desk"),
    Route("GET", f"{_API}/request", mine, "request.list", "request"),
    Route("POST", f"{_API}/request", create, "request.create", "request", write=True),
    Route("GET", f"{_API}/request/{{key}}/status", statuses, "request.statuses", "request"),
    Route("GET", f"{_API}/request/{{key}}/transition", transitions, "request_transition.list", "request"),
    Route("POST", f"{_API}/request/{{key}}/transition", transit, "request.transition", "request", write=True),
]
