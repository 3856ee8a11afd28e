"""What the site is made of: projects, types, statuses, priorities, schemes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ticketferry_emulators.jsm.exceptions import missing, refused
from ticketferry_emulators.jsm.models.fields import default_priority
from ticketferry_emulators.jsm.models.records import JiraProject, NotificationScheme
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.paging import page, split
from ticketferry_emulators.jsm.responses.wire import CATEGORIES, View
from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route

__all__ = ["NOT_SERVED", "ROUTES", "named_project", "show_component"]

_PROJECT_TYPES = (("service_desk", "Service Desk"), ("software", "Software"), ("business", "Business"))
_SCHEMES_EXPAND = "notificationSchemeEvents,user,group,projectRole,field,all"


def named_project(state: SiteState, call: Call) -> JiraProject:
    """Return the project of the path; 404 where there is none."""
    project = state.project(call.params["project"])
    if project is None:
        raise missing(f"No project could be found with key '{call.params['project']}'.")
    return project


# --- projects


def projects(state: SiteState, call: Call) -> Answer:
    """GET /project/search."""
    view, keys, ids = View.of(state, call), split(call, "keys"), split(call, "id")
    found = [
        view.project(project.id)
        for project in sorted(state.projects.values(), key=lambda project: project.key)
        if (not keys or project.key in keys) and (not ids or project.id in ids)
    ]
    return page(state, call, found)


def every_project(state: SiteState, call: Call) -> Answer:
    """GET /project: the deprecated bare list, which is still served."""
    view = View.of(state, call)
    rows = sorted(state.projects.values(), key=lambda row: row.key)
    return Answer(200, [view.project(row.id) for row in rows])


def every_priority(state: SiteState, call: Call) -> Answer:
    """GET /priority: the deprecated bare list, which is still served."""
    base = f"{View.of(state, call).base}/rest/api/3/priority"
    rows = [
        {
            "self": f"{base}/{row.id}",
            "id": row.id,
            "name": row.value,
            "statusColor": "#cd1316",
            "description": "",
        }
        for row in state.priorities
    ]
    return Answer(200, rows)


def project(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}."""
    found, view = named_project(state, call), View.of(state, call)
    data = view.project(found.id) | {
        "description": "",
        "lead": view.user(found.lead),
        "components": [show_component(view, found, component.id) for component in found.components],
        "issueTypes": [view.issue_type(type_id) for type_id in found.types],
        "assigneeType": "UNASSIGNED",
        "versions": [],
        "style": "next-gen" if found.team_managed else "classic",
        "isPrivate": False,
        "properties": {},
    }
    return Answer(200, data)


def show_component(view: View, found: JiraProject, component_id: str) -> dict[str, Any]:
    """Return a component of a project."""
    component = next(component for component in found.components if component.id == component_id)
    return {
        "self": f"{view.base}/rest/api/3/component/{component.id}",
        "id": component.id,
        "name": component.name,
        "description": "",
    }


def components(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}/components."""
    found, view = named_project(state, call), View.of(state, call)
    return Answer(200, [show_component(view, found, component.id) for component in found.components])


def project_statuses(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}/statuses: by issue type."""
    found, view = named_project(state, call), View.of(state, call)
    rows = [
        {
            name: value
            for name, value in view.issue_type(type_id).items()
            if name in ("self", "id", "name", "subtask")
        }
        | {
            "statuses": [
                view.status(state.statuses[status])
                for status in state.workflows[found.workflows[type_id]].statuses()
            ]
        }
        for type_id in found.types
    ]
    return Answer(200, rows)


def project_levels(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}/securitylevel."""
    found = named_project(state, call)
    url = f"{state.base_url}/rest/api/3/securitylevel"
    levels = [
        {"self": f"{url}/{level.id}", "id": level.id, "name": level.name, "description": ""}
        for level in found.levels
    ]
    return Answer(200, {"levels": levels})


def update_project(state: SiteState, call: Call) -> Answer:
    """PUT /project/{project}: the notification scheme; there is no way back to none."""
    found = named_project(state, call)
    body = call.json if isinstance(call.json, dict) else {}
    if found.team_managed:
        raise refused(
            400, errors={"notificationScheme": "Team-managed projects have no notification scheme."}
        )
    if set(body) != {"notificationScheme"}:
        raise NotServed("changes of a project other than of its notification scheme")
    wanted = body["notificationScheme"]
    if not isinstance(wanted, int) or wanted not in state.notification_schemes:
        raise refused(400, errors={"notificationScheme": "The notification scheme does not exist."})
    found.notification_scheme = wanted
    return project(state, call)


def component_page(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}/component: the same by pages."""
    found, view = named_project(state, call), View.of(state, call)
    return page(state, call, [show_component(view, found, component.id) for component in found.components])


def versions(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}/versions: none; service projects have them rarely, and this site never."""
    named_project(state, call)
    return Answer(200, [])


def version_page(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}/version: none, as a page."""
    named_project(state, call)
    return page(state, call, [])


def project_types(state: SiteState, call: Call) -> Answer:
    """GET /project/type: the kinds of project that a site can have."""
    rows = [
        {
            "key": key, "formattedKey": said, "descriptionI18nKey": f"jira.project.type.{key}.description", "icon": "",
            "color": "#1D7AFC",
        }
        for key, said in _PROJECT_TYPES
    ]  # fmt: skip
    return Answer(200, rows)


def project_categories(state: SiteState, call: Call) -> Answer:
    """GET /projectCategory: none on this site."""
    return Answer(200, [])


def other_word(state: SiteState, call: Call) -> Answer:
    """A word in the place of a key or id: another operation, which is not served."""
    raise NotServed(f"{call.method} {call.path}")


# --- notification schemes


def _scheme(state: SiteState, call: Call, scheme: NotificationScheme) -> Answer:
    expand = split(call, "expand")
    data: dict[str, Any] = {
        "id": scheme.id,
        "self": f"{state.base_url}/rest/api/3/notificationscheme/{scheme.id}",
        "name": scheme.name,
        "description": "",
        "expand": _SCHEMES_EXPAND,
    }
    if expand:
        data["notificationSchemeEvents"] = []
        counter = 0
        for event_id, (name, rules) in scheme.events.items():
            rows: list[dict[str, Any]] = []
            for kind, parameter in rules:
                counter += 1
                row: dict[str, Any] = {"id": counter, "notificationType": kind}
                rows.append(row | ({"parameter": parameter} if parameter else {}))
            event = {"id": event_id, "name": name, "description": ""}
            data["notificationSchemeEvents"].append({"event": event, "notifications": rows})
    return Answer(200, data)


def notification_scheme(state: SiteState, call: Call) -> Answer:
    """GET /notificationscheme/{scheme}."""
    text = call.params["scheme"]
    scheme = state.notification_schemes.get(int(text)) if text.isdigit() else None
    if scheme is None:
        raise missing("The notification scheme does not exist.")
    return _scheme(state, call, scheme)


def project_scheme(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}/notificationscheme."""
    found = named_project(state, call)
    if found.team_managed:
        raise missing("The project has no notification scheme.")
    return _scheme(state, call, state.notification_schemes[found.notification_scheme])


# --- statuses, priorities, resolutions, types


def statuses(state: SiteState, call: Call) -> Answer:
    """GET /status."""
    view = View.of(state, call)
    rows = [view.status(status) | {"untranslatedName": status.name} for status in state.statuses.values()]
    return Answer(200, rows)


def status_search(state: SiteState, call: Call) -> Answer:
    """GET /statuses/search: another vocabulary of categories."""
    used: dict[str, None] = {}
    wanted = state.project(call.query.get("projectId") or "")
    for found in [wanted] if wanted else state.projects.values():
        for flow in found.workflows.values():
            used |= dict.fromkeys(state.workflows[flow].statuses())
    rows = [
        {
            "id": status.id,
            "name": status.name,
            "statusCategory": CATEGORIES[status.category][3],
            "description": "",
            "scope": {"type": "GLOBAL"},
        }
        for status in (state.statuses[status_id] for status_id in used)
    ]
    return page(state, call, rows, default=200, most=200)


def _priorities(state: SiteState, ids: Sequence[str]) -> list[dict[str, Any]]:
    usual = default_priority(state, ids)
    return [
        {
            "self": f"{state.base_url}/rest/api/3/priority/{priority.id}",
            "id": priority.id,
            "name": priority.value,
            "description": "",
            "iconUrl": f"{state.base_url}/images/icons/priorities/{priority.value.lower()}.svg",
            "statusColor": "#cd1317",
            "isDefault": priority.id == usual,
        }
        for priority in state.priorities
        if not ids or priority.id in ids
    ]


def _priority_schemes(state: SiteState) -> list[tuple[str, str, list[str]]]:
    """Number, name and priorities of the default scheme and of those of projects that have one of their own."""
    own = [
        (f"2{project.id}", f"{project.key}: Priority Scheme", project.priorities)
        for project in state.projects.values()
        if project.priorities
    ]
    return [("1", "Default Priority Scheme", []), *own]


def priority_schemes(state: SiteState, call: Call) -> Answer:
    """GET /priorityscheme: each with its priorities where they are expanded."""
    view, rows = View.of(state, call), []
    for number, name, ids in _priority_schemes(state):
        row: dict[str, Any] = {"id": number, "name": name, "description": "", "isDefault": number == "1"}
        if "priorities" in split(call, "expand"):
            values = _priorities(state, ids)
            row["priorities"] = view.page(f"{call.path}/{number}/priorities", values[:50], 0, 50, len(values))
        rows.append(row)
    return page(state, call, rows)


def priorities_of_scheme(state: SiteState, call: Call) -> Answer:
    """GET /priorityscheme/{scheme}/priorities."""
    for number, _, ids in _priority_schemes(state):
        if number == call.params["scheme"]:
            return page(state, call, _priorities(state, ids))
    raise missing("The priority scheme does not exist.")


def every_resolution(state: SiteState, call: Call) -> Answer:
    """GET /resolution: the deprecated bare list, which is still served."""
    return Answer(200, _resolutions(state))


def resolutions(state: SiteState, call: Call) -> Answer:
    """GET /resolution/search."""
    return page(state, call, _resolutions(state))


def _resolutions(state: SiteState) -> list[dict[str, Any]]:
    return [
        {
            "self": f"{state.base_url}/rest/api/3/resolution/{resolution.id}",
            "id": resolution.id,
            "name": resolution.value,
            "description": "",
        }
        for resolution in state.resolutions
    ]


def issue_types(state: SiteState, call: Call) -> Answer:
    """GET /issuetype."""
    view = View.of(state, call)
    return Answer(200, [view.issue_type(type_id) for type_id in state.types])


def project_issue_types(state: SiteState, call: Call) -> Answer:
    """GET /issuetype/project?projectId=."""
    found = state.projects.get(call.query.get("projectId") or "")
    if found is None:
        raise missing("The project does not exist.")
    view = View.of(state, call)
    return Answer(200, [view.issue_type(type_id) for type_id in found.types])


_OTHER_WORDS = (
    ("GET", "/project/recent"),
    ("GET", "/issue/picker"),
    ("POST", "/issue/archive"),
    ("GET", "/notificationscheme/project"),
    ("PUT", "/priority/default"),
    ("PUT", "/priority/move"),
)
"""Operations that are not served and whose paths another route would take for a key or an id."""

_API = "/rest/api/3"
ROUTES = [
    Route("GET", f"{_API}{path}", handler, operation, "catalog")
    for path, handler, operation in (
        ("/project/search", projects, "project.search"),
        ("/project/type", project_types, "project_type.list"),
        ("/projectCategory", project_categories, "project_category.list"),
        ("/project/{project}/component", component_page, "project.component_page"),
        ("/project/{project}/versions", versions, "project.versions"),
        ("/project/{project}/version", version_page, "project.version_page"),
        ("/project/{project}", project, "project.get"),
        ("/project/{project}/components", components, "project.components"),
        ("/project/{project}/statuses", project_statuses, "project.statuses"),
        ("/project/{project}/securitylevel", project_levels, "project.levels"),
        ("/project", every_project, "project.list"),
        ("/priority", every_priority, "priority.list"),
        ("/project/{project}/notificationscheme", project_scheme, "project.notification_scheme"),
        ("/notificationscheme/{scheme}", notification_scheme, "notification_scheme.get"),
        ("/status", statuses, "status.list"),
        ("/statuses/search", status_search, "status.search"),
        ("/priorityscheme", priority_schemes, "priority_scheme.list"),
        ("/priorityscheme/{scheme}/priorities", priorities_of_scheme, "priority_scheme.priorities"),
        ("/resolution", every_resolution, "resolution.list"),
        ("/resolution/search", resolutions, "resolution.search"),
        ("/issuetype", issue_types, "issue_type.list"),
        ("/issuetype/project", project_issue_types, "issue_type.of_project"),
    )
] + [Route("PUT", f"{_API}/project/{{project}}", update_project, "project.update", "catalog", write=True)]
NOT_SERVED = [
    Route(method, f"{_API}{path}", other_word, "not_served", "catalog", write=method != "GET")
    for method, path in _OTHER_WORDS
]
"""Beside `ROUTES`, for they are none that the stand-in answers."""
