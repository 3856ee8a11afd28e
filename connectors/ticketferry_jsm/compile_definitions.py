"""What a plan adds to a site's set-up: fields with context, options and places on screens; options of fields; components. Pure.

Read back, such an entry is named `component/10400`, `field/customfield_10200` or `option/customfield_10018/10508/10700`, since each kind of them counts its numbers apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ticketferry.sdk import (
    Change,
    Compiled,
    Expected,
    From,
    Lane,
    ProjectDef,
    Record,
    Ref,
    Severity,
    Template,
    id_template,
    parse_ref,
    planned_ref,
    slim,
)

from .name_keys import name_key
from .site_index import JiraCatalogIndex
from .wire import NEUTRAL_TYPES, kind_of_field

__all__ = ["compile_definition", "component_name", "definition_record", "expected_definition"]

_NAME = 255
"""Characters of a component's name [P POST /component], and as many of a field's and an option's."""
_AT_ONCE, _OPTIONS = 1_000, 10_000
"""Options of one request and of one field [P POST /field/{fieldId}/context/{contextId}/option]."""
_SYSTEM = "com.atlassian.jira.plugin.system.customfieldtypes:"
_KINDS: Mapping[str, tuple[str, str]] = {
    "text": ("textfield", "textsearcher"),
    "textarea": ("textarea", "textsearcher"),
    "url": ("url", "exacttextsearcher"),
    "integer": ("float", "exactnumber"),
    "decimal": ("float", "exactnumber"),
    "date": ("datepicker", "daterange"),
    "datetime": ("datetime", "datetimerange"),
    "select": ("select", "multiselectsearcher"),
    "multiselect": ("multiselect", "multiselectsearcher"),
    "labels": ("labels", "labelsearcher"),
}
"""Neutral type -> last parts of the type's key and of the searcher that goes with it [P CustomFieldDefinitionJsonBean]."""
_CHOICES = ("select", "multiselect")


def compile_definition(change: Change, site: JiraCatalogIndex) -> Compiled:
    """Compile an entry that the site lacks; a finding of severity BLOCKER where Jira cannot hold it as asked."""
    desired = change.desired or {}
    lane = Lane(parse_ref(desired["ref"]))
    entry = _entry(lane, desired, site)
    if entry is None:
        return lane.compiled(None)
    for step in entry.steps:
        lane.add(
            step.endpoint, f"{lane.root}/{step.key}", params=step.params, body=step.body, subject=step.subject
        )
    return lane.compiled(entry.expected)


def expected_definition(desired: Record, site: JiraCatalogIndex) -> Expected:
    """Say what reading gives of an entry that was made."""
    lane = Lane(parse_ref(desired["ref"]))
    entry = _entry(lane, desired, site)
    return lane.expected(entry.expected if entry is not None else None)


class _Step(NamedTuple):
    endpoint: str
    key: str
    body: Template
    params: Mapping[str, Template] | None = None
    subject: Ref | None = None


class _Made(NamedTuple):
    """How an entry is made, and what reading gives of it."""

    steps: tuple[_Step, ...]
    expected: Record


def _entry(lane: Lane, desired: Record, site: JiraCatalogIndex) -> _Made | None:
    lane.carried(
        "ref", "what", "name", "type", "options", "field", "value", "project", "projects", by="set-up"
    )
    match desired["what"]:
        case "field":
            return _field(lane, desired, site)
        case "option":
            return _option(lane, desired, site)
        case "component":
            return _component(lane, desired, site)
        case what:
            _refuse(lane, "what", f"Jira's API makes no {what} that tickets could use", "Make it by hand.")
            return None


def _refuse(lane: Lane, where: str, message: str, remedy: str) -> None:
    lane.find("JSM-DEFINITION", Severity.BLOCKER, where, message, remedy)


def _field(lane: Lane, desired: Record, site: JiraCatalogIndex) -> _Made | None:
    name, kind = str(desired["name"]), str(desired["type"])
    if kind not in _KINDS:
        _refuse(
            lane, "type", f"Jira has no field of the type {kind!r}",
            'Say `as: text` in the mapping; of yes and no `values: {"true": Yes, "false": No}` makes a list.',
        )  # fmt: skip
        return None
    if not 0 < len(name) <= _NAME:
        _refuse(
            lane,
            "name",
            f"a field has between 1 and {_NAME} characters",
            "Give it another name in the mapping.",
        )
        return None
    options = [str(option["value"]) for option in desired.get("options", [])] if kind in _CHOICES else []
    why = _misfit(options) if kind in _CHOICES else ""
    if why:
        _refuse(lane, "options", why, "Mend `values` of the rule in the mapping.")
        return None
    projects = [row for row in site.catalog.get("projects", []) if row["key"] in desired.get("projects", ())]
    if not projects:
        _refuse(
            lane, "projects", "no project of the routes takes fields of the site: a team manages them",
            f"Make the field in the project's own settings ({site.catalog.get('url', '')}/jira/servicedesk/projects/KEY/settings/issuetypes).",
        )  # fmt: skip
        return None
    screens = _screens(site, projects)
    bare = [row["key"] for row in projects if not site.screens_of(row["id"])]
    if bare:
        _refuse(
            lane, "projects", f"the screens of {', '.join(bare)} could not be read: nobody could set the field",
            "Give the account the global permission Administer Jira and extract the target again, or make the field by hand.",
        )  # fmt: skip
        return None
    pages = ", ".join(site.admin_page("request type", row["key"]) for row in projects)
    lane.find(
        "JSM-FORM-FIELD", Severity.INFO, "projects", "no API puts a field on a request type's form: customers do not see it on the portal",
        f"Where they should, add it to the request types by hand: {pages}",
    )  # fmt: skip
    part, searcher = _KINDS[kind]
    number = From(lane.root, "number")
    steps = [
        _Step("field.create", "create", {"name": name, "type": _SYSTEM + part, "searcherKey": _SYSTEM + searcher}),
        _Step(
            "field.add_context", "context",
            {"name": f"{name}: context"[:_NAME], "projectIds": [row["id"] for row in projects], "issueTypeIds": []},
            {"field": number}, _beside(lane.root, "context"),
        ),
        *_choices(lane.root, options),
    ]  # fmt: skip
    for place, (screen, tab) in enumerate(screens, 1):
        # What a ticket waits for comes with the last: only then the field can be set.
        subject = None if place == len(screens) else _beside(lane.root, f"screen-{screen}")
        params: dict[str, Template] = {"screen": screen, "tab": tab}
        steps.append(_Step("field.put_on_screen", f"screen/{screen}", {"fieldId": number}, params, subject))
    expected: Record = {
        "ref": desired["ref"], "what": "field", "name": name, "type": NEUTRAL_TYPES[part], "projects": sorted(row["key"] for row in projects),
        **({"options": [{"value": value, "name": value} for value in options]} if options else {}),
    }  # fmt: skip
    return _Made(tuple(steps), expected)


def _option(lane: Lane, desired: Record, site: JiraCatalogIndex) -> _Made | None:
    name, known = str(desired["value"]), site.field(desired["field"])
    page = site.admin_page("option", "")
    if known is None or known["type"] not in _CHOICES:
        _refuse(lane, "field", f"Jira has no list {desired['field']!r}", "Mend the rule in the mapping.")
        return None
    why = _misfit([name])
    if not why and len(known.get("options", [])) >= _OPTIONS:
        why = f"{known['name']} has {_OPTIONS:,} options, and Jira takes no more"
    if why:
        _refuse(lane, "value", why, "Mend `values` of the rule in the mapping.")
        return None
    wanted = desired.get("projects", ())
    projects = [row["id"] for row in site.catalog.get("projects", []) if row["key"] in wanted]
    contexts = site.option_contexts(known["id"], projects)
    if not contexts:
        _refuse(
            lane, "field", f"the contexts of {known['name']!r} could not be read, or a project has none",
            f"Give the account the global permission Administer Jira and extract the target again, or add the option by hand: {page}",
        )  # fmt: skip
        return None
    steps = []
    for place, context in enumerate(contexts, 1):
        # A ticket waits until every context has it: any of them may be its own.
        subject = None if place == len(contexts) else _beside(lane.root, f"context-{context}")
        params: dict[str, Template] = {"field": known["id"], "context": context}
        steps.append(
            _Step("option.create", f"create/{context}", {"options": [{"value": name}]}, params, subject)
        )
    expected = {"ref": desired["ref"], "what": "option", "name": name, "field": known["key"], "value": name}
    return _Made(tuple(steps), expected)


def _choices(root: Ref, options: Sequence[str]) -> Iterator[_Step]:
    for start in range(0, len(options), _AT_ONCE):
        body: Template = {"options": [{"value": value} for value in options[start : start + _AT_ONCE]]}
        params: dict[str, Template] = {
            "field": From(root, "number"),
            "context": From(_beside(root, "context"), "context"),
        }
        yield _Step("field.add_options", f"options/{start}", body, params)


def _misfit(options: Sequence[str]) -> str:
    """Tell why Jira has no list of these options; an empty text where it has."""
    if not options:
        return "a list needs options: without them nothing can be chosen"
    if len(options) > _OPTIONS:
        return f"a field holds {_OPTIONS:,} options, and this one would have {len(options):,}"
    seen: dict[str, str] = {}
    for value in options:
        if not 0 < len(value) <= _NAME or value != value.strip():
            return f"the option {value[:40]!r} has blanks at an end, or not between 1 and {_NAME} characters"
        known = seen.setdefault(name_key("option", value), value)
        if known != value:
            return f"the options {known!r} and {value!r} are one for Jira"
    return ""


def _beside(root: Ref, what: str) -> Ref:
    """Return the ref under which a part of an entry is filed: a ticket that waits for the entry must not go on with a part of it."""
    return Ref(root.desk, root.kind, f"{root.id}@{what}")


def _screens(site: JiraCatalogIndex, projects: Sequence[ProjectDef]) -> list[tuple[str, str]]:
    found = {screen: tab for row in projects for screen, tab in site.screens_of(row["id"])}
    return sorted(found.items(), key=lambda pair: int(pair[0]))


def _component(lane: Lane, desired: Record, site: JiraCatalogIndex) -> _Made | None:
    name, project = str(desired["name"]), site.project(desired["project"])
    if project is None:
        _refuse(
            lane, "project", f"Jira has no project {desired['project']!r}", "Mend the route in the mapping."
        )
        return None
    if not 0 < len(name) <= _NAME:
        _refuse(
            lane, "name", f"a component has between 1 and {_NAME} characters: {name[:40]!r}… has {len(name)}",
            "Shorten it in `groups` of the mapping.",
        )  # fmt: skip
        return None
    # Nobody is assigned by it: with Jira's default the project's lead would get each of these tickets.
    body: Template = {"name": name, "project": project["key"], "assigneeType": "UNASSIGNED"}
    expected = {"ref": desired["ref"], "what": "component", "name": name, "project": project["key"]}
    return _Made((_Step("component.create", "create", body),), expected)


def component_name(site: JiraCatalogIndex, project: ProjectDef, name: str) -> Template:
    """Return a component as a file names it; one that the plan makes by what its making gives, so that the file waits for it."""
    found = site.component(project, name)
    return id_template(found["id"], slot="name") if found is not None and planned_ref(found["id"]) else name


def definition_record(ref: str, row: Mapping[str, Any], site: JiraCatalogIndex) -> Record:
    """Return a set-up entry as it was read (`definition` says what it is) as a neutral record."""
    if row["definition"] == "component":
        return {
            "ref": ref, "what": "component", "name": str(row.get("name")), "project": str(row.get("project")),
        }  # fmt: skip
    if row["definition"] == "option":
        known = site.field_by_id(str(row.get("field")))
        of, value = known["key"] if known is not None else str(row.get("field")), str(row.get("value"))
        return {"ref": ref, "what": "option", "name": value, "field": of, "value": value}
    kind = kind_of_field(str((row.get("schema") or {}).get("custom", "")))
    there = {str(screen) for screen in row.get("screens") or ()}
    projects = [
        project["key"]
        for project in site.catalog.get("projects", [])
        if (places := site.screens_of(project["id"])) and {screen for screen, _ in places} <= there
    ]
    options = [{"value": str(value), "name": str(value)} for value in row.get("options") or ()]
    record = {
        "ref": ref, "what": "field", "name": str(row.get("name")), "type": NEUTRAL_TYPES.get(kind, kind),
        "projects": sorted(projects), "options": options,
    }  # fmt: skip
    return slim(record)
