"""Custom fields as an administrator makes them: the field, its context, its options, its place on screens, and its end in the trash."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import missing, object_of, refused
from ticketferry_emulators.jsm.models.fields import schema
from ticketferry_emulators.jsm.models.records import Field, Option
from ticketferry_emulators.jsm.models.screens import TAB, every_screen, screens_of
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.paging import page, split
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_SYSTEM = "com.atlassian.jira.plugin.system.customfieldtypes:"
_TYPES = {
    "textfield": ("string", "", "textsearcher"), "textarea": ("string", "", "textsearcher"), "url": ("string", "", "exacttextsearcher"),
    "float": ("number", "", "exactnumber"), "datepicker": ("date", "", "daterange"), "datetime": ("datetime", "", "datetimerange"),
    "select": ("option", "", "multiselectsearcher"), "radiobuttons": ("option", "", "multiselectsearcher"),
    "multiselect": ("array", "option", "multiselectsearcher"), "multicheckboxes": ("array", "option", "multiselectsearcher"),
    "cascadingselect": ("option-with-child", "", "cascadingselectsearcher"), "labels": ("array", "string", "labelsearcher"),
    "userpicker": ("user", "", "userpickergroupsearcher"),
}  # fmt: skip
"""Last part of a type's key -> schema, items, the searcher that goes with it [P CustomFieldDefinitionJsonBean]."""
_CHOICES = ("select", "radiobuttons", "multiselect", "multicheckboxes", "cascadingselect")
_AT_ONCE, _OPTIONS, _NAME = 1_000, 10_000, 255
_FIELDS = 700
"""Custom fields that a site takes [support "data limits and guardrails"]."""


def create(state: SiteState, call: Call) -> Answer:
    """POST /field: several may bear one name. A context for all projects comes with it where `field_brings_context` is on."""
    body = object_of(call.json)
    name, kind = body.get("name"), str(body.get("type") or "").removeprefix(_SYSTEM)
    if not isinstance(name, str) or not name.strip() or len(name) > _NAME:
        raise refused(400, errors={"name": "The field name must have between 1 and 255 characters."})
    if kind not in _TYPES or not str(body["type"]).startswith(_SYSTEM):
        raise refused(400, errors={"type": "The custom field type is not valid."})
    type_, items, searcher = _TYPES[kind]
    if body.get("searcherKey") not in (None, _SYSTEM + searcher):
        raise refused(400, errors={"searcherKey": "The searcher is not valid for the custom field type."})
    if sum(1 for known in state.fields.values() if known.custom) >= _FIELDS:
        raise refused(400, "The site has reached the limit of custom fields.")
    id_ = f"customfield_{state.next_id('field', 10200)}"
    operations = ("add", "set", "remove") if type_ == "array" else ("set",)
    made = Field(id_, name.strip(), type_, items, _SYSTEM + kind, operations=operations)
    if state.field_brings_context:
        made.context = state.next_id("context", 10900)
    state.fields[id_] = made
    row = {
        "id": id_, "key": id_, "name": made.name, "custom": True, "orderable": True, "navigable": True, "searchable": True,
        "clauseNames": [f"cf[{id_.rpartition('_')[2]}]", made.name], "schema": schema(made),
    }  # fmt: skip
    return Answer(201, row)


def trash(state: SiteState, call: Call) -> Answer:
    """POST /field/{field}/trash: nobody sees it any more; what issues hold in it stays."""
    known = _custom(state, call)
    if not known.custom.startswith(_SYSTEM):
        raise refused(400, "The custom field is locked.")
    del state.fields[known.id]
    places = []
    for number, (_, fields) in every_screen(state).items():
        if known.id in fields:
            fields.remove(known.id)
            places.append(number)
    state.trash[known.id] = (known, places)
    return Answer(200, {})


def restore(state: SiteState, call: Call) -> Answer:
    """POST /field/{field}/restore."""
    found = state.trash.pop(call.params["field"], None)
    if found is None:
        raise missing("The custom field was not found.")
    known, places = found
    state.fields[known.id] = known
    screens = every_screen(state)
    for number in places:
        screens[number][1].append(known.id)
    return Answer(200, {})


def add_context(state: SiteState, call: Call) -> Answer:
    """POST /field/{field}/context: this site keeps one for each field."""
    known, body = _custom(state, call), object_of(call.json)
    if not isinstance(body.get("name"), str) or not body["name"].strip():
        raise refused(400, "The context name is required.")
    projects = [str(item) for item in body.get("projectIds") or ()]
    unknown = [item for item in projects if item not in state.projects]
    if unknown:
        raise missing(f"These projects were not found: {', '.join(unknown)}.")
    if known.context:
        raise refused(
            400, "These projects are already associated with a context, or a global context exists."
        )
    known.context_name = body["name"]
    known.context, known.scope = state.next_id("context", 10900), projects
    shown = {"name": body["name"], "description": body.get("description") or "", "projectIds": projects}
    return Answer(201, {"id": known.context, **shown, "issueTypeIds": list(body.get("issueTypeIds") or ())})


def add_options(state: SiteState, call: Call) -> Answer:
    """POST /field/{field}/context/{context}/option: at most 1,000 at once and 10,000 in all; a text is there once below its parent."""
    known = _with_options(state, call)
    rows = object_of(call.json).get("options")
    if not isinstance(rows, list) or not rows:
        raise refused(400, "The options are required.")
    if len(rows) > _AT_ONCE:
        raise refused(400, f"The maximum number of options that can be created per request is {_AT_ONCE}.")
    if len(known.options) + len(rows) > _OPTIONS:
        raise refused(400, f"The maximum number of options of a field is {_OPTIONS}.")
    taken = {(option.parent, option.value.strip().casefold()) for option in known.options}
    made: list[Option] = []
    for row in rows:
        value, parent = object_of(row).get("value"), row.get("optionId")
        if not isinstance(value, str) or not value.strip() or len(value) > _NAME:
            raise refused(400, "An option has between 1 and 255 characters.")
        if parent is not None and known.option(str(parent)) is None:
            raise missing("The parent option was not found.")
        key = (parent, value.strip().casefold())
        if key in taken:
            raise refused(400, f"The option '{value.strip()}' already exists.")
        taken.add(key)
        made.append(Option("", value.strip(), parent, row.get("disabled") is True))
    for option in made:
        option.id = state.next_id("option", 10700)
    known.options.extend(made)
    return Answer(200, {"options": [shown_option(option) for option in made]})


def delete_option(state: SiteState, call: Call) -> Answer:
    """DELETE /field/{field}/context/{context}/option/{option}: it is taken off every issue, without a word."""
    known = _with_options(state, call)
    option = known.option(call.params["option"])
    if option is None:
        raise missing("The option was not found.")
    if any(other.parent == option.id for other in known.options):
        raise refused(400, "The option has cascading options.")
    known.options.remove(option)
    for issue in state.issues.values():
        value = issue.values.get(known.id)
        if value == option.id:
            issue.values.pop(known.id)
        elif isinstance(value, list) and option.id in value:
            issue.values[known.id] = [item for item in value if item != option.id]
    return Answer(204)


def shown_option(option: Option) -> dict[str, Any]:
    """Return an option as contexts list it; a child names its parent."""
    row: dict[str, Any] = {"id": option.id, "value": option.value, "disabled": option.disabled}
    return row | ({"optionId": option.parent} if option.parent else {})


def _custom(state: SiteState, call: Call) -> Field:
    known = state.fields.get(call.params["field"])
    if known is None or not known.custom:
        raise missing("The custom field was not found.")
    return known


def _with_options(state: SiteState, call: Call) -> Field:
    known = _custom(state, call)
    if not known.context or known.context != call.params["context"]:
        raise missing("The custom field context was not found.")
    if known.custom.rpartition(":")[2] not in _CHOICES:
        raise refused(400, "The custom field doesn't support options.")
    return known


# --- screens


def put_on_screen(state: SiteState, call: Call) -> Answer:
    """POST /screens/{screen}/tabs/{tab}/fields."""
    fields = _fields_of(state, call)
    known = state.fields.get(str(object_of(call.json).get("fieldId")))
    if known is None:
        raise missing("The field was not found.")
    if known.id in fields:
        raise refused(400, f"The field with id '{known.id}' already exists on the screen.")
    fields.append(known.id)
    return Answer(200, {"id": known.id, "name": known.name})


def off_screen_tab(state: SiteState, call: Call) -> Answer:
    """DELETE /screens/{screen}/tabs/{tab}/fields/{field}."""
    fields = _fields_of(state, call)
    if call.params["field"] not in fields:
        raise missing("The field was not found on the screen tab.")
    fields.remove(call.params["field"])
    return Answer(204)


def _fields_of(state: SiteState, call: Call) -> list[str]:
    found = every_screen(state).get(call.params["screen"])
    if found is None:
        raise missing("The screen was not found.")
    if call.params["tab"] != TAB:
        raise missing("The screen tab was not found.")
    return found[1]


def screens_of_field(state: SiteState, call: Call) -> Answer:
    """GET /field/{field}/screens."""
    rows = [
        {"id": int(number), "name": name, "description": "", "tab": {"id": int(TAB), "name": "Field Tab"}}
        for number, (name, fields) in every_screen(state).items()
        if call.params["field"] in fields
    ]
    return page(state, call, rows, default=100)


def schemes_of_projects(state: SiteState, call: Call) -> Answer:
    """GET /issuetypescreenscheme/project: company-managed projects only."""
    wanted = split(call, "projectId")
    if not wanted:
        raise refused(400, "The projectId parameter is required.")
    rows = [
        {
            "issueTypeScreenScheme": {
                "id": f"3{project.id}", "name": f"{project.key}: Issue Type Screen Scheme", "description": "",
            },
            "projectIds": [project.id],
        }
        for project in state.projects.values()
        if project.id in wanted and screens_of(project)
    ]  # fmt: skip
    return page(state, call, rows)


def scheme_items(state: SiteState, call: Call) -> Answer:
    """GET /issuetypescreenscheme/mapping: one screen scheme for all issue types."""
    wanted = split(call, "issueTypeScreenSchemeId")
    rows = [
        {
            "issueTypeId": "default",
            "issueTypeScreenSchemeId": f"3{project.id}",
            "screenSchemeId": f"4{project.id}",
        }
        for project in state.projects.values()
        if screens_of(project) and (not wanted or f"3{project.id}" in wanted)
    ]
    return page(state, call, rows)


def screen_schemes(state: SiteState, call: Call) -> Answer:
    """GET /screenscheme: with a screen of its own for creating."""
    wanted = split(call, "id")
    rows = []
    for project in state.projects.values():
        numbers = [int(number) for number in screens_of(project)]
        if numbers and (not wanted or f"4{project.id}" in wanted):
            shown = {"create": numbers[0], "default": numbers[1]}
            name = f"{project.key}: Screen Scheme"
            rows.append({"id": int(f"4{project.id}"), "name": name, "description": "", "screens": shown})
    return page(state, call, rows)


_API = "/rest/api/3"
_FIELD, _TAB = f"{_API}/field/{{field}}", f"{_API}/screens/{{screen}}/tabs/{{tab}}/fields"
_OPTION = f"{_FIELD}/context/{{context}}/option"
ROUTES = [
    Route("POST", f"{_API}/field", create, "field.create", "catalog", write=True),
    Route("POST", f"{_FIELD}/trash", trash, "field.trash", "catalog", write=True),
    Route("POST", f"{_FIELD}/restore", restore, "field.restore", "catalog", write=True),
    Route("POST", f"{_FIELD}/context", add_context, "field.add_context", "catalog", write=True),
    Route("POST", _OPTION, add_options, "field.add_options", "catalog", write=True),
    Route("DELETE", f"{_OPTION}/{{option}}", delete_option, "field.delete_option", "catalog", write=True),
    Route("GET", f"{_FIELD}/screens", screens_of_field, "field.screens", "catalog"),
    Route("POST", _TAB, put_on_screen, "screen.add_field", "catalog", write=True),
    Route("DELETE", f"{_TAB}/{{field}}", off_screen_tab, "screen.remove_field", "catalog", write=True),
    Route(
        "GET",
        f"{_API}/issuetypescreenscheme/project",
        schemes_of_projects,
        "screen_scheme.of_projects",
        "catalog",
    ),
    Route("GET", f"{_API}/issuetypescreenscheme/mapping", scheme_items, "screen_scheme.items", "catalog"),
    Route("GET", f"{_API}/screenscheme", screen_schemes, "screen_scheme.list", "catalog"),
]
