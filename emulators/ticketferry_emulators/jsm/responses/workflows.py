"""Workflows: the whole graph for an administrator, and the transitions of one issue."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry_emulators.jsm.exceptions import object_of, off_screen, refused
from ticketferry_emulators.jsm.models import adf, mail, rule_events
from ticketferry_emulators.jsm.models.fields import ValueRefusedError, parse_value
from ticketferry_emulators.jsm.models.records import Issue, Transition, Workflow
from ticketferry_emulators.jsm.models.screens import TAB, every_screen
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.issue_changes import lag_of, move
from ticketferry_emulators.jsm.responses.issues import find_issue, named_issue
from ticketferry_emulators.jsm.responses.paging import page, split, window
from ticketferry_emulators.jsm.responses.steps import open_steps, steps_of
from ticketferry_emulators.jsm.responses.wire import CATEGORIES, View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES", "take"]


# --- the graph


def search(state: SiteState, call: Call) -> Answer:
    """GET /workflows/search: global and project workflows with the statuses that they name; transitions as expanded."""
    whole = "values.transitions" in split(call, "expand")
    text = (call.query.get("queryString") or "").lower()
    flows = [flow for flow in state.workflows.values() if text in flow.name.lower()]
    start, size = window(call)
    shown = flows[start : start + size]
    rows = [_whole(state, flow) for flow in shown]
    if not whole:
        for row in rows:
            del row["transitions"]
    body = View.of(state, call).page(call.path, rows, start, size, len(flows))
    used = dict.fromkeys(status for flow in shown for status in flow.statuses())
    wanted = {flow.id: flow for flow in shown}
    return Answer(200, body | {"statuses": [_status_of(state, wanted, status) for status in used]})


def read_workflows(state: SiteState, call: Call) -> Answer:
    """POST /workflows: by name, id, or project and issue type; the only call that shows those of team-managed projects."""
    body = object_of(call.json)
    wanted: dict[str, Workflow] = {}
    for row in body.get("projectAndIssueTypes") or []:
        project = state.projects.get(str(object_of(row).get("projectId")))
        flow = project.workflows.get(str(row.get("issueTypeId"))) if project else None
        if flow is None:
            raise refused(400, "The project or issue type does not exist.")
        wanted[flow] = state.workflows[flow]
    names = {str(name) for name in body.get("workflowNames") or []}
    wanted |= {flow.id: flow for flow in state.workflows.values() if flow.name in names}
    if not wanted:
        raise refused(400, "Name the workflows to read.")
    used = dict.fromkeys(status for flow in wanted.values() for status in flow.statuses())
    statuses = [_status_of(state, wanted, status) for status in used]
    return Answer(200, {"workflows": [_whole(state, flow) for flow in wanted.values()], "statuses": statuses})


def _scope(state: SiteState, flows: Iterable[Workflow]) -> dict[str, Any]:
    ids = {flow.id for flow in flows}
    for project in state.projects.values():
        if project.team_managed and ids & set(project.workflows.values()):
            return {"type": "PROJECT", "project": {"id": project.id}}
    return {"type": "GLOBAL"}


def _status_of(state: SiteState, flows: Mapping[str, Workflow], number: str) -> dict[str, Any]:
    status = state.statuses[number]
    return {
        "id": number,
        "name": status.name,
        "description": "",
        "scope": _scope(state, [flow for flow in flows.values() if number in flow.statuses()]),
        "statusCategory": CATEGORIES[status.category][3],
        "statusReference": number,
    }


_ANSWERED = {"approved": "approved", "declined": "rejected"}


def _asks(item: Transition) -> dict[str, Any]:
    parameters = {
        "ruleType": "fieldRequired",
        "fieldsRequired": ",".join(item.required),
        "ignoreContext": "true",
    }
    return {"ruleKey": "system:validate-field-value", "parameters": parameters}


def _layout(state: SiteState, flow: Workflow, status: str) -> dict[str, Any]:
    """A status in a workflow, with its approval step: the answers take the two transitions [P ApprovalConfiguration]."""
    row: dict[str, Any] = {"statusReference": status, "deprecated": False, "properties": {}}
    leads = {item.approval: item.id for item in flow.transitions if item.approval and status in item.sources}
    if leads:
        field = state.field_of_type("sd-approvals")
        row["approvalConfiguration"] = {
            "active": "true",
            "conditionType": "number",
            "conditionValue": "1",
            "fieldId": field.id if field else "",
            "transitionApproved": leads.get("approved", ""),
            "transitionRejected": leads.get("declined", ""),
        }
    return row


def _whole(state: SiteState, flow: Workflow) -> dict[str, Any]:
    transitions = []
    for item in flow.transitions:
        row: dict[str, Any] = {
            "id": item.id,
            "name": item.name,
            "description": "",
            "type": "INITIAL" if item.initial else "DIRECTED" if item.sources else "GLOBAL",
            "toStatusReference": item.target,
            "links": [{"fromStatusReference": source, "fromPort": 0, "toPort": 0} for source in item.sources],
            "actions": [],
            "validators": [_asks(item)] if item.required else [],
            "triggers": [],
            "properties": {},
        }
        if item.screen:
            row["transitionScreen"] = {
                "ruleKey": "system:transition-screen",
                "parameters": {"screenId": item.screen},
            }
        if item.approval:
            rule = {
                "ruleKey": f"system:jsd-approvals-block-until-{_ANSWERED[item.approval]}",
                "parameters": {},
            }
            row["conditions"] = {"operation": "ALL", "conditions": [rule], "conditionGroups": []}
        transitions.append(row)
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"workflow:{flow.id}")),
        "name": flow.name,
        "description": "",
        "isEditable": True,
        "scope": _scope(state, [flow]),
        "statuses": [_layout(state, flow, status) for status in flow.statuses()],
        "transitions": transitions,
        "version": {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"version:{flow.id}")), "versionNumber": 1},
    }


def scheme_of_projects(state: SiteState, call: Call) -> Answer:
    """GET /workflowscheme/project?projectId=: which workflow each issue type goes through; team-managed projects are passed over."""
    ids = split(call, "projectId")
    if not ids:
        raise refused(400, errors={"projectId": "The ID of a project has to be provided."})
    values: list[dict[str, Any]] = []
    for project_id in ids:
        project = state.projects.get(project_id)
        if project is None or project.team_managed:
            continue
        names = {type_id: state.workflows[flow].name for type_id, flow in project.workflows.items()}
        values.append(
            {
                "projectIds": [project.id],
                "workflowScheme": {
                    "id": int(f"1{project.id}"),
                    "name": f"{project.key}: Workflow Scheme",
                    "description": "",
                    "defaultWorkflow": names[project.types[0]],
                    "issueTypeMappings": names,
                    "self": f"{state.base_url}/rest/api/3/workflowscheme/1{project.id}",
                },
            }
        )
    return Answer(200, {"values": values})


def screens(state: SiteState, call: Call) -> Answer:
    """GET /screens: by number."""
    rows = [
        {"id": int(number), "name": name, "description": ""}
        for number, (name, _) in sorted(every_screen(state).items())
    ]
    return page(state, call, rows, default=100)


def screen_tabs(state: SiteState, call: Call) -> Answer:
    """GET /screens/{screen}/tabs."""
    _screen(state, call)
    return Answer(200, [{"id": int(TAB), "name": "Field Tab"}])


def screen_fields(state: SiteState, call: Call) -> Answer:
    """GET /screens/{screen}/tabs/{tab}/fields."""
    names = _screen(state, call)
    if call.params["tab"] != TAB:
        raise refused(404, "The screen tab was not found.")
    return Answer(200, [{"id": name, "name": state.fields[name].name} for name in names])


def _screen(state: SiteState, call: Call) -> list[str]:
    screen = every_screen(state).get(call.params["screen"])
    if screen is None:
        raise refused(404, "The screen was not found.")
    return screen[1]


# --- one issue


def transitions(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/transitions: what the current status allows; `transitions.fields` shows the screens."""
    issue = find_issue(state, call)
    fields = "transitions.fields" in split(call, "expand")
    wanted = call.query.get("transitionId")
    view = View.of(state, call)
    shown = [row for row in steps_of(view, issue, fields=fields) if wanted in (None, "", row["id"])]
    return Answer(200, {"expand": "transitions", "transitions": shown})


def transit(state: SiteState, call: Call) -> Answer:
    """POST /issue/{key}/transitions: only from the right status, only with the fields of the transition's screen."""
    issue = named_issue(state, call.params["key"])
    take(state, call, issue, call.json if isinstance(call.json, dict) else {})
    return Answer(204)


def take(state: SiteState, call: Call, issue: Issue, body: dict[str, Any]) -> None:
    """Take an issue through the transition that the body names, with its `fields`; refuses in the platform's form."""
    wanted = body.get("transition")
    wanted_id = str(wanted.get("id", "")) if isinstance(wanted, dict) else ""
    transition = next((item for item in open_steps(state, issue) if item.id == wanted_id), None)
    if transition is None:
        raise refused(
            400,
            "It seems that you have tried to perform a workflow operation that is not valid for the current state "
            f"of this issue ({issue.key}). The likely cause is that somebody has changed the issue recently.",
        )
    names: list[str] = []
    required = list(transition.required)
    if transition.screen:
        _, names, asked = state.screens[transition.screen]
        required += asked
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    project = state.projects[issue.project]
    for name, value in object_of(body.get("fields")).items():
        if name not in names:
            errors[name] = off_screen(name)
            continue
        try:
            values[name] = parse_value(state, project, state.fields[name], value)
        except ValueRefusedError as error:
            errors[name] = str(error)
        except adf.AdfError:
            raise refused(400, "INVALID_INPUT") from None
    for name in required:
        if values.get(name) in (None, []) and issue.values.get(name) in (None, []) and name not in errors:
            errors[name] = f"{state.fields[name].name} is required."
    if errors:
        raise refused(400, errors=errors)
    before = state.statuses[issue.status]
    move(state, call, issue, transition, values)
    rule_events.happened(state, issue, rule_events.TRANSITIONED)
    state.touch(issue, lag=lag_of(call))
    after = state.statuses[issue.status]
    event = (
        "Request resolved"
        if after.category == "done"
        else "Request reopened"
        if before.category == "done"
        else "Customer-visible status changed"
    )
    number = mail.RESOLVED if after.category == "done" else mail.MOVED
    mail.tell(state, issue, number, call.account or "", desk=event)


_TRANSITIONS = "/rest/api/3/issue/{key}/transitions"
_TABS = "/rest/api/3/screens/{screen}/tabs"
ROUTES = [
    Route("GET", "/rest/api/3/workflows/search", search, "workflow.search", "catalog"),
    Route("POST", "/rest/api/3/workflows", read_workflows, "workflow.read", "catalog"),
    Route("GET", "/rest/api/3/workflowscheme/project", scheme_of_projects, "workflow_scheme.get", "catalog"),
    Route("GET", "/rest/api/3/screens", screens, "screen.list", "catalog"),
    Route("GET", _TABS, screen_tabs, "screen.tabs", "catalog"),
    Route("GET", f"{_TABS}/{{tab}}/fields", screen_fields, "screen.fields", "catalog"),
    Route("GET", _TRANSITIONS, transitions, "transition.list", "issue"),
    Route("POST", _TRANSITIONS, transit, "issue.transition", "issue", write=True),
]
