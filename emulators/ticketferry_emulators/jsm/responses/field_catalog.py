"""Fields, their contexts and options, and what may be written on the create and edit screens."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import missing, refused
from ticketferry_emulators.jsm.models.fields import READ_ONLY, default_priority, live_options, named, schema
from ticketferry_emulators.jsm.models.records import Field, JiraProject
from ticketferry_emulators.jsm.models.screens import settable
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.catalog import named_project, show_component
from ticketferry_emulators.jsm.responses.paging import number, page, split
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES", "field_meta"]


def fields(state: SiteState, call: Call) -> Answer:
    """GET /field: system and custom ones."""
    return Answer(200, [_field(known) for known in state.fields.values()])


def _field(known: Field) -> dict[str, Any]:
    clauses = [f"cf[{known.id.rpartition('_')[2]}]", known.name] if known.custom else [known.id]
    return {
        "id": known.id,
        "key": known.id,
        "name": known.name,
        "custom": bool(known.custom),
        "orderable": known.id not in READ_ONLY,
        "navigable": True,
        "searchable": True,
        "clauseNames": clauses,
        "schema": schema(known),
    }


def field_search(state: SiteState, call: Call) -> Answer:
    """GET /field/search: a page of fields; `type=custom`, `query` by name."""
    kinds, text = split(call, "type"), (call.query.get("query") or "").lower()
    ids = set(split(call, "id"))
    rows = [
        {"id": known.id, "key": known.id, "name": known.name, "schema": schema(known)}
        for known in state.fields.values()
        if (not kinds or ("custom" if known.custom else "system") in kinds)
        and text in known.name.lower()
        and (not ids or known.id in ids)
    ]
    return page(state, call, rows)


def _custom(state: SiteState, call: Call) -> Field:
    known = state.fields.get(call.params["field"])
    if known is None or not known.custom:
        raise missing("The custom field was not found.")
    return known


def contexts(state: SiteState, call: Call) -> Answer:
    """GET /field/{field}/context."""
    known = _custom(state, call)
    row = {
        "id": known.context,
        "name": known.context_name or f"Default Configuration Scheme for {known.name}",
        "description": "",
        "isGlobalContext": not known.scope,
        "isAnyIssueType": True,
    }
    return page(state, call, [row] if known.context else [])


def context_mapping(state: SiteState, call: Call) -> Answer:
    """POST /field/{field}/context/mapping: the context of each project and issue type, null where there is none."""
    known = _custom(state, call)
    rows = call.json.get("mappings") if isinstance(call.json, dict) else None
    if not isinstance(rows, list):
        raise refused(400, "The mappings are required.")
    pairs = [(str(row.get("projectId")), str(row.get("issueTypeId"))) for row in rows]
    if len(pairs) != len(set(pairs)):
        raise refused(400, "Duplicate project and issue type mappings cannot be provided.")
    unknown = [project for project, _ in pairs if project not in state.projects]
    if unknown:
        raise missing(f"These projects were not found: {', '.join(unknown)}.")
    found = [
        {
            "projectId": project, "issueTypeId": kind,
            "contextId": known.context if known.context and (not known.scope or project in known.scope) else None,
        }
        for project, kind in pairs
    ]  # fmt: skip
    return page(state, call, found, most=200)


def options(state: SiteState, call: Call) -> Answer:
    """GET /field/{field}/context/{context}/option: a child option names its parent as optionId."""
    known = _custom(state, call)
    if known.context != call.params["context"]:
        raise missing("The custom field context was not found.")
    if known.custom.rpartition(":")[2] not in (
        "select",
        "radiobuttons",
        "multiselect",
        "multicheckboxes",
        "cascadingselect",
    ):
        raise refused(400, "The custom field doesn't support options.")
    rows = [
        {"id": option.id, "value": option.value, "disabled": option.disabled}
        | ({"optionId": option.parent} if option.parent else {})
        for option in known.options
    ]
    return page(state, call, rows, default=100, most=1000)


def field_meta(view: View, found: JiraProject, known: Field, type_id: str = "") -> dict[str, Any]:
    """Return a field as create and edit metadata show it; `type_id`: the issue type whose required fields are meant."""
    data: dict[str, Any] = {
        "required": known.id in ("summary", "issuetype", "project", *found.required.get(type_id, ())),
        "schema": schema(known),
        "name": known.name,
        "key": known.id,
        "hasDefaultValue": known.id in ("priority", "reporter"),
        "operations": list(known.operations),
    }
    if known.id == "priority":
        usual = default_priority(view.state, found.priorities)
        name = named(view.state.priorities, usual)
        data["defaultValue"] = {"self": f"{view.base}/rest/api/3/priority/{usual}", "name": name, "id": usual}
    allowed = _allowed(view, found, known)
    if allowed is not None:
        data["allowedValues"] = allowed
    return data


def _allowed(view: View, found: JiraProject, known: Field) -> list[Any] | None:
    state, base = view.state, view.base
    if known.id == "priority":
        return [
            {"self": f"{base}/rest/api/3/priority/{item.id}", "name": item.value, "id": item.id}
            for item in state.priorities
            if not found.priorities or item.id in found.priorities
        ]
    if known.id == "resolution":
        return [
            {"self": f"{base}/rest/api/3/resolution/{item.id}", "name": item.value, "id": item.id}
            for item in state.resolutions
        ]
    if known.id == "issuetype":
        return [view.issue_type(type_id) for type_id in found.types]
    if known.id == "project":
        return [view.project(found.id)]
    if known.id == "components":
        return [show_component(view, found, component.id) for component in found.components]
    if known.id == "security":
        return [{"id": level.id, "name": level.name, "description": ""} for level in found.levels]
    if not known.options:
        return None
    url = f"{base}/rest/api/3/customFieldOption"
    rows: list[Any] = []
    live = live_options(found, known)
    for option in live:
        if option.disabled or option.parent:
            continue
        row: dict[str, Any] = {"self": f"{url}/{option.id}", "value": option.value, "id": option.id}
        children = [child for child in live if child.parent == option.id]
        if children:
            row["children"] = [
                {"self": f"{url}/{child.id}", "value": child.value, "id": child.id} for child in children
            ]
        rows.append(row)
    return rows


# --- create metadata


def create_types(state: SiteState, call: Call) -> Answer:
    """GET /issue/createmeta/{project}/issuetypes."""
    found, view = named_project(state, call), View.of(state, call)
    start, size = number(call, "startAt", 0), _size(call)
    rows = [view.issue_type(type_id) for type_id in found.types]
    body = {
        "maxResults": size,
        "startAt": start,
        "total": len(rows),
        "issueTypes": rows[start : start + size],
    }
    return Answer(200, body)


def create_fields(state: SiteState, call: Call) -> Answer:
    """GET /issue/createmeta/{project}/issuetypes/{type}: the fields of the create screen."""
    found, view = named_project(state, call), View.of(state, call)
    if call.params["type"] not in found.types:
        raise missing("Issue type not found in the project.")
    start, size = number(call, "startAt", 0), _size(call)
    names = ["project", "issuetype", *settable(state, found, found.create_screen)]
    kind = call.params["type"]
    rows = [field_meta(view, found, state.fields[name], kind) | {"fieldId": name} for name in names]
    body = {"maxResults": size, "startAt": start, "total": len(rows), "fields": rows[start : start + size]}
    return Answer(200, body)


def _size(call: Call) -> int:
    size = number(call, "maxResults", 50)
    if size > 200:
        raise refused(400, "The maxResults parameter must not exceed the limit '200'.")
    return size


_API = "/rest/api/3"
ROUTES = [
    Route("GET", f"{_API}{path}", handler, operation, "catalog")
    for path, handler, operation in (
        ("/field", fields, "field.list"),
        ("/field/search", field_search, "field.search"),
        ("/field/{field}/context", contexts, "field.contexts"),
        ("/field/{field}/context/{context}/option", options, "field.options"),
        ("/issue/createmeta/{project}/issuetypes", create_types, "createmeta.types"),
        ("/issue/createmeta/{project}/issuetypes/{type}", create_fields, "createmeta.fields"),
    )
] + [
    Route(
        "POST", f"{_API}/field/{{field}}/context/mapping", context_mapping, "field.context_mapping", "catalog"
    )
]
