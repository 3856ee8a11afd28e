"""Issues: create (one, many), read, edit, delete, with the checks of screens and field values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ticketferry_emulators.jsm.exceptions import (
    collection,
    missing,
    no_issue,
    object_of,
    off_screen,
    refused,
)
from ticketferry_emulators.jsm.models import adf, mail
from ticketferry_emulators.jsm.models.fields import (
    ValueRefusedError,
    default_priority,
    parse_value,
    text_value,
)
from ticketferry_emulators.jsm.models.properties import check_properties
from ticketferry_emulators.jsm.models.records import Field, Issue, JiraProject, Transition
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.paging import split
from ticketferry_emulators.jsm.responses.steps import with_steps
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Refused, Route

__all__ = [
    "ROUTES",
    "NewIssue",
    "check_media",
    "draft_of",
    "drop_orphans",
    "editable",
    "find_issue",
    "lag_of",
    "make_issue",
    "named_issue",
    "silent",
]


@dataclass(slots=True)
class NewIssue:
    """A new issue that has passed every check: its project and type, the stored values, the properties."""

    project: JiraProject
    type_id: str
    values: dict[str, Any]
    properties: dict[str, Any]
    transition: Transition | None = None
    warnings: list[str] = field(default_factory=list)


# --- what other handlers need


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


def lag_of(call: Call) -> float:
    """Return how many seconds a fault delays the search index for this write."""
    return call.fault.seconds if call.fault is not None and call.fault.kind == "lag" else 0.0


def silent(state: SiteState, call: Call) -> bool:
    """Say whether `notifyUsers=false` counts: only for an administrator, silently ignored otherwise."""
    caller = state.accounts[call.account or ""]
    return call.query.get("notifyUsers") == "false" and caller.admin


def check_media(state: SiteState, document: Any) -> None:
    """Refuse a document that names a file which was never uploaded."""
    if any(media not in state.blobs for media in adf.media_ids(document)):
        raise refused(400, "ATTACHMENT_VALIDATION_ERROR")


def drop_orphans(state: SiteState, issue: Issue, before: Any, after: Any) -> None:
    """Delete the attachments that a rewritten body named before and that no body of the issue names any more."""
    gone = adf.media_ids(before) - adf.media_ids(after)
    if not gone:
        return
    for value in issue.values.values():
        gone -= adf.media_ids(value)
    for comment in issue.comments:
        gone -= adf.media_ids(comment.body)
    for attachment_id in list(issue.attachments):
        if state.attachments[attachment_id].media in gone:
            state.delete_attachment(attachment_id)


def editable(state: SiteState, project: JiraProject, name: str, screen: list[str]) -> Field | None:
    """Return the field if the screen has it; the resolution can always be set."""
    if name not in screen and name != "resolution":
        return None
    return state.fields.get(name)


# --- checks


def _parsed(
    state: SiteState, project: JiraProject, sent: dict[str, Any], screen: list[str], errors: dict[str, str]
) -> dict[str, Any]:
    """Return stored values of the sent fields; what is refused goes to `errors`."""
    values: dict[str, Any] = {}
    for name, value in sent.items():
        known = editable(state, project, name, screen)
        if known is None:
            errors[name] = off_screen(name)
            continue
        try:
            values[name] = parse_value(state, project, known, value)
        except ValueRefusedError as error:
            errors[name] = str(error)
        except adf.AdfError:
            raise refused(400, "INVALID_INPUT") from None
        else:
            if isinstance(value, dict):
                check_media(state, value)
    return values


def draft_of(state: SiteState, call: Call, update: Any) -> NewIssue:
    """Check what a new issue is to be; refuses (400) in the platform's form."""
    if not isinstance(update, dict) or not isinstance(update.get("fields"), dict):
        raise refused(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    sent = dict(update["fields"])
    project_ref, type_ref = sent.pop("project", None), sent.pop("issuetype", None)
    project = _project(state, project_ref)
    if project is None:
        raise refused(400, errors={"project": "Specify a valid project ID or key"})
    type_id = _type(state, project, type_ref)
    if type_id is None:
        raise refused(400, errors={"issuetype": "Specify a valid issue type"})
    errors: dict[str, str] = {}
    for name, verbs in object_of(update.get("update")).items():
        sent[name] = _applied(state, [], name, verbs, errors)
    values = _parsed(state, project, sent, project.create_screen, errors)
    if "summary" not in sent:
        errors["summary"] = "You must specify a summary of the issue."
    for name in _required(state, project, type_id):
        if values.get(name) in (None, []) and name not in errors:
            errors[name] = f"{state.fields[name].name} is required."
    _fit(state, project, type_id, values, errors)
    if errors:
        raise refused(400, errors=errors)
    properties = check_properties(update.get("properties"))
    draft = NewIssue(project, type_id, values, properties)
    wanted = object_of(update.get("transition")).get("id")
    if wanted is not None:
        workflow = state.workflows[project.workflows[type_id]]
        start = workflow.start().target
        draft.transition = next(
            (
                t
                for t in workflow.transitions
                if t.id == str(wanted) and not t.initial and start in (t.sources or (start,))
            ),
            None,
        )
        if draft.transition is None:
            raise refused(400, f"The transition '{wanted}' is not valid for the issue.")
    return draft


def _required(state: SiteState, project: JiraProject, type_id: str) -> list[str]:
    """Return what a new issue must bring: by the field configuration, and by the validators of the first transition."""
    validated = state.workflows[project.workflows[type_id]].start().required
    return [
        name
        for name in (*project.required.get(type_id, ()), *validated)
        if name not in ("reporter", "priority")
    ]


def _fit(
    state: SiteState, project: JiraProject, type_id: str, values: dict[str, Any], errors: dict[str, str]
) -> None:
    """Refuse a request type that stands for another issue type than the issue's."""
    known = state.field_of_type("vp-origin")
    wanted = values.get(known.id) if known is not None else None
    desk = state.desk_of(project.id)
    if known is None or wanted is None or desk is None:
        return
    if next(kind.type_id for kind in desk.request_types if kind.id == wanted) != type_id:
        errors[known.id] = f"Request type '{wanted}' is not valid for the issue type of this issue."


def _project(state: SiteState, reference: Any) -> JiraProject | None:
    if not isinstance(reference, dict):
        return None
    return state.project(str(reference.get("id") or reference.get("key") or ""))


def _type(state: SiteState, project: JiraProject, reference: Any) -> str | None:
    if not isinstance(reference, dict):
        return None
    for type_id in project.types:
        if str(reference.get("id", "")) == type_id:
            return type_id
        if "id" not in reference and state.types[type_id].name == reference.get("name"):
            return type_id
    return None


def _applied(state: SiteState, old: list[str], name: str, verbs: Any, errors: dict[str, str]) -> Any:
    """Turn the verbs of `update` into one value; lists know add and remove, everything knows set."""
    value: Any = list(old)
    for verb in verbs if isinstance(verbs, list) else []:
        if not isinstance(verb, dict) or len(verb) != 1:
            errors[name] = "Operation value must be an object with one verb"
            continue
        ((action, operand),) = verb.items()
        if action == "set":
            value = operand
        elif action == "add" and isinstance(value, list):
            value = [*value, operand]
        elif action == "remove" and isinstance(value, list):
            value = [item for item in value if item != operand]
        else:
            errors[name] = f"The operation {action} is not known."
    return value


# --- doing


def make_issue(state: SiteState, call: Call, draft: NewIssue) -> Issue:
    """Make the issue of a draft, and tell whom the product tells."""
    project = draft.project
    now = state.now()
    project.last_number += 1
    start = state.workflows[project.workflows[draft.type_id]].start()
    actor = call.account or ""
    issue = Issue(
        id=state.next_id("issue"),
        key=f"{project.key}-{project.last_number}",
        number=project.last_number,
        project=project.id,
        type=draft.type_id,
        status=start.target,
        creator=actor,
        created=now,
        updated=now,
        category_changed=now,
        values={"reporter": actor, "priority": default_priority(state, project.priorities), "labels": []}
        | draft.values,
        properties=draft.properties,
    )
    if state.preferences.get(actor, {}).get("user.autowatch.disabled") != "true":
        issue.watchers.append(actor)
    state.issues[issue.id] = issue
    state.keys[issue.key] = issue.id
    if draft.transition is not None:
        move(state, call, issue, draft.transition, {})
    state.touch(issue, lag=lag_of(call))
    mail.tell(
        state, issue, mail.CREATED, actor, desk="Request created", document=issue.values.get("description")
    )
    return issue


def move(state: SiteState, call: Call, issue: Issue, transition: Transition, values: dict[str, Any]) -> None:
    """Take an issue through a transition: status, category date, resolution, history."""
    actor = call.account or ""
    before, after = state.statuses[issue.status], state.statuses[transition.target]
    items = (
        []
        if before.id == after.id
        else [
            {
                "field": "status",
                "fieldtype": "jira",
                "fieldId": "status",
                "from": before.id,
                "fromString": before.name,
                "to": after.id,
                "toString": after.name,
            }
        ]
    )
    issue.status = after.id
    if before.category != after.category:
        issue.category_changed = state.now()
    if transition.clears_resolution and issue.values.get("resolution"):
        values = {"resolution": None} | values
    items.extend(store(state, issue, values))
    state.record(issue, actor, items)


def store(state: SiteState, issue: Issue, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Put stored values into an issue and return the items for its history."""
    project = state.projects[issue.project]
    items: list[dict[str, Any]] = []
    for name, value in values.items():
        known, old = state.fields[name], issue.values.get(name)
        if old == value:
            continue
        was, now = text_value(state, project, known, old), text_value(state, project, known, value)
        issue.values[name] = value
        if name == "resolution":
            issue.resolved = state.now() if value is not None else None
        if name in ("description", "environment") or known.custom.endswith(":textarea"):
            drop_orphans(state, issue, old, value)
        items.append(
            {
                "field": known.name if known.custom else name,
                "fieldtype": "custom" if known.custom else "jira",
                "fieldId": name,
                "from": was[0],
                "fromString": was[1],
                "to": now[0],
                "toString": now[1],
            }
        )
    return items


# --- handlers


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
        sent[name] = _applied(state, old if isinstance(old, list) else [], name, verbs, errors)
    type_ref = sent.pop("issuetype", None)
    type_id = _type(state, project, type_ref) if type_ref is not None else issue.type
    if type_id is None:
        errors["issuetype"] = "Specify a valid issue type"
    values = _parsed(state, project, sent, project.edit_screen, errors)
    if type_id is not None:
        _fit(state, project, type_id, values, errors)
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
        name: field_meta(View.of(state, call), project, state.fields[name]) for name in project.edit_screen
    }
    return Answer(200, {"fields": fields})


def changelog(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/changelog: oldest first, at most 100 a page."""
    from ticketferry_emulators.jsm.responses.paging import page

    issue = find_issue(state, call)
    view = View.of(state, call)
    return page(state, call, [view.change(change) for change in issue.changes], default=100)


def watchers(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/watchers."""
    issue = find_issue(state, call)
    view = View.of(state, call)
    return Answer(
        200,
        {
            "self": f"{state.base_url}/rest/api/3/issue/{issue.key}/watchers",
            "isWatching": call.account in issue.watchers,
            "watchCount": len(issue.watchers),
            "watchers": [view.user(who) for who in issue.watchers],
        },
    )


def watch(state: SiteState, call: Call) -> Answer:
    """POST /issue/{key}/watchers: the body is one account id as JSON text, none is the caller [P addWatcher].

    Whoever cannot see the issue is refused as if not there: portal customers and deactivated accounts browse no project.
    """
    issue = named_issue(state, call.params["key"])
    who = call.account if call.json is None else call.json
    if not isinstance(who, str):
        raise refused(400, "The request body is no account id.")
    account = state.accounts.get(who)
    if account is None:
        raise missing("The user does not exist.")
    if account.kind != "atlassian" or not account.active:
        raise missing(
            f'The user "{account.name}" does not have permission to view this issue. This user will not be added to the watch list.'
        )
    if who not in issue.watchers:
        issue.watchers.append(who)
    return Answer(204)


def unwatch(state: SiteState, call: Call) -> Answer:
    """DELETE /issue/{key}/watchers?accountId=."""
    issue = named_issue(state, call.params["key"])
    who = call.query.get("accountId") or ""
    if not who:
        raise refused(400, "The accountId is missing.")
    if who not in state.accounts:
        raise missing("The user does not exist.")
    if who in issue.watchers:
        issue.watchers.remove(who)
    return Answer(204)


_ISSUE = "/rest/api/3/issue"
ROUTES = [
    Route("POST", _ISSUE, create, "issue.create", "issue", write=True),
    Route("POST", f"{_ISSUE}/bulk", create_bulk, "issue.create_bulk", "issue", write=True),
    Route("GET", f"{_ISSUE}/{{key}}", show, "issue.get", "issue"),
    Route("PUT", f"{_ISSUE}/{{key}}", edit, "issue.edit", "issue", write=True),
    Route("DELETE", f"{_ISSUE}/{{key}}", delete, "issue.delete", "issue", write=True),
    Route("GET", f"{_ISSUE}/{{key}}/editmeta", edit_meta, "issue.editmeta", "issue"),
    Route("GET", f"{_ISSUE}/{{key}}/changelog", changelog, "issue.changelog", "changelog"),
    Route("GET", f"{_ISSUE}/{{key}}/watchers", watchers, "watcher.list", "issue"),
    Route("POST", f"{_ISSUE}/{{key}}/watchers", watch, "watcher.add", "issue", write=True),
    Route("DELETE", f"{_ISSUE}/{{key}}/watchers", unwatch, "watcher.remove", "issue", write=True),
]
