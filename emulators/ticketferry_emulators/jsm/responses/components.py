"""Components of a project, one by one: made, shown, counted, deleted."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import missing, object_of, refused
from ticketferry_emulators.jsm.models.records import Component, JiraProject
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.catalog import show_component
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_NAME = 255
_ASSIGNEES = ("PROJECT_DEFAULT", "COMPONENT_LEAD", "PROJECT_LEAD", "UNASSIGNED")


def create(state: SiteState, call: Call) -> Answer:
    """POST /component: a name is there once in a project, in any case of letters."""
    body = object_of(call.json)
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise refused(
            400, errors={"name": "The component name specified is invalid - cannot be an empty string."}
        )
    if len(name) > _NAME:
        raise refused(400, errors={"name": f"The component name must not exceed {_NAME} characters."})
    told = body.get("project") or body.get("projectId")
    if told is None:
        raise refused(400, errors={"projectId": "The project id specified is invalid."})
    if body.get("assigneeType", _ASSIGNEES[0]) not in _ASSIGNEES:
        raise refused(400, errors={"assigneeType": "The default assignee type is invalid."})
    found = state.project(str(told))
    if found is None:
        raise missing(f"No project could be found with key '{told}'.")
    if any(known.name.casefold() == name.strip().casefold() for known in found.components):
        raise refused(
            400, errors={"name": f"A component with the name {name} already exists in this project."}
        )
    made = Component(state.next_id("component", 10400), name.strip())
    found.components.append(made)
    return Answer(201, _shown(state, call, found, made))


def show(state: SiteState, call: Call) -> Answer:
    """GET /component/{component}."""
    found, component = _named(state, call)
    return Answer(200, _shown(state, call, found, component))


def counts(state: SiteState, call: Call) -> Answer:
    """GET /component/{component}/relatedIssueCounts."""
    _, component = _named(state, call)
    bearing = [
        issue for issue in state.issues.values() if component.id in (issue.values.get("components") or ())
    ]
    url = f"{View.of(state, call).base}/rest/api/3/component/{component.id}"
    return Answer(200, {"self": url, "issueCount": len(bearing)})


def delete(state: SiteState, call: Call) -> Answer:
    """DELETE /component/{component}: it is taken off every issue, without a word."""
    found, component = _named(state, call)
    if "moveIssuesTo" in call.query:
        raise missing("The component to move issues to is not found.")
    found.components.remove(component)
    for issue in state.issues.values():
        values = issue.values.get("components") or ()
        if component.id in values:
            issue.values["components"] = [id_ for id_ in values if id_ != component.id]
            state.touch(issue)
    return Answer(204, None)


def _named(state: SiteState, call: Call) -> tuple[JiraProject, Component]:
    for project in state.projects.values():
        for component in project.components:
            if component.id == call.params["component"]:
                return project, component
    raise missing(f"The component with id {call.params['component']} does not exist.")


def _shown(state: SiteState, call: Call, found: JiraProject, component: Component) -> dict[str, Any]:
    row = show_component(View.of(state, call), found, component.id)
    return {
        **row, "assigneeType": "UNASSIGNED", "realAssigneeType": "UNASSIGNED", "isAssigneeTypeValid": True,
        "project": found.key, "projectId": int(found.id),
    }  # fmt: skip


_API = "/rest/api/3"
ROUTES = [
    Route("POST", f"{_API}/component", create, "component.create", "catalog", write=True),
    Route("GET", f"{_API}/component/{{component}}", show, "component.get", "catalog"),
    Route("GET", f"{_API}/component/{{component}}/relatedIssueCounts", counts, "component.counts", "catalog"),
    Route("DELETE", f"{_API}/component/{{component}}", delete, "component.delete", "catalog", write=True),
]
