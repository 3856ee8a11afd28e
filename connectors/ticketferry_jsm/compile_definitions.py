"""What a plan adds to a site's set-up: components of projects. Pure.

Read back, such an entry is named `component/10400`, since each kind of them counts its numbers apart.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ticketferry.sdk import (
    Change,
    Compiled,
    Expected,
    Lane,
    ProjectDef,
    Record,
    Severity,
    Template,
    id_template,
    parse_ref,
    planned_ref,
)

from .site_index import JiraCatalogIndex

__all__ = ["compile_definition", "component_name", "definition_record", "expected_definition"]

_COMPONENT = 255
"""Characters of a component's name [P POST /component]."""


def compile_definition(change: Change, site: JiraCatalogIndex) -> Compiled:
    """Compile an entry that the site lacks; a finding of severity BLOCKER where Jira cannot hold it as asked."""
    desired = change.desired or {}
    lane = Lane(parse_ref(desired["ref"]))
    entry = _entry(lane, desired, site)
    if entry is None:
        return lane.compiled(None)
    for step in entry.steps:
        lane.add(step.endpoint, f"{lane.root}/{step.key}", params=step.params, body=step.body)
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


class _Made(NamedTuple):
    """How an entry is made, and what reading gives of it."""

    steps: tuple[_Step, ...]
    expected: Record


def _entry(lane: Lane, desired: Record, site: JiraCatalogIndex) -> _Made | None:
    lane.carried("ref", "what", "name", "type", "options", "field", "value", "project", by="set-up")
    match desired["what"]:
        case "component":
            return _component(lane, desired, site)
        case what:
            _refuse(lane, "what", f"Jira's API makes no {what} that tickets could use", "Make it by hand.")
            return None


def _refuse(lane: Lane, where: str, message: str, remedy: str) -> None:
    lane.find("JSM-DEFINITION", Severity.BLOCKER, where, message, remedy)


def _component(lane: Lane, desired: Record, site: JiraCatalogIndex) -> _Made | None:
    name, project = str(desired["name"]), site.project(desired["project"])
    if project is None:
        _refuse(
            lane, "project", f"Jira has no project {desired['project']!r}", "Mend the route in the mapping."
        )
        return None
    if not 0 < len(name) <= _COMPONENT:
        _refuse(
            lane, "name", f"a component has between 1 and {_COMPONENT} characters: {name[:40]!r}… has {len(name)}",
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


def definition_record(ref: str, row: Mapping[str, Any]) -> Record:
    """Return a set-up entry as it was read (`definition` says what it is) as a neutral record."""
    return {
        "ref": ref, "what": "component", "name": str(row.get("name")), "project": str(row.get("project")),
    }  # fmt: skip
