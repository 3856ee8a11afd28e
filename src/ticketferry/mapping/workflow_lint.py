"""What the types of the target's projects ask for: statuses that their workflows reach, fields that must be there, options that may be set."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ticketferry.mapping.apart import apart
from ticketferry.mapping.choices import status_key
from ticketferry.mapping.collisions import fields_written
from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.name_checker import NameChecker
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import TypeDef, WorkflowDef
from ticketferry.schema.counting import counted
from ticketferry.schema.lifecycle import EXITS

__all__ = ["lint_workflows"]


class _Routed(NamedTuple):
    """A type of a project that tickets can become by a route."""

    route: int
    project: str
    type: TypeDef

    @property
    def words(self) -> str:
        return f"{self.type['name']} of {self.project}"

    @property
    def path(self) -> Path:
        return ("route", self.route)


def lint_workflows(check: NameChecker) -> None:
    """Complain of what tickets cannot be in the types that the routes give them."""
    if check.any:
        return
    routed = list(_routed(check))
    _statuses(check, routed)
    _required(check, routed)
    _allowed(check, routed)


def _routed(check: NameChecker) -> Iterator[_Routed]:
    projects = {row["key"]: row for row in check.target.get("projects", ())}
    by_type = [name for choice in check.rules.type.values() for name in choice.names()]
    for index, route in enumerate(check.rules.route):
        names = route.issue_type.names() if route.issue_type is not None else by_type
        wanted = {name.casefold() for name in names}
        for key in route.project.names():
            for type_ in projects[key].get("types", ()) if key in projects else ():
                if type_["name"].casefold() in wanted:
                    yield _Routed(index, key, type_)


def _at_most(check: NameChecker, *counts: int | None) -> int | None:
    """Return the least of what was counted: no more tickets can have all of it."""
    known = [count for count in counts if count is not None]
    return min(known) if known and check.affected is not None else None


def _taken(check: NameChecker, route: int) -> int | None:
    return None if check.affected is None else check.affected(("route", route, "when"))


# ---- statuses


def _statuses(check: NameChecker, routed: list[_Routed]) -> None:
    workflows = {row["id"]: row for row in check.target.get("workflows", ())}
    ways = {check.rules.way, *(phase.way for phase in check.rules.phases if phase.way)}
    walked = ways != {"import-file"}
    told: set[tuple[str, str, str]] = set()
    for each in routed:
        workflow = workflows.get(each.type.get("workflow", ""))
        if workflow is None:
            continue
        has = {name.casefold() for name in workflow.get("statuses", ())}
        reached = _reached(workflow) if walked else has
        for name, key, sources, when in _wanted(check):
            if name.casefold() in reached or apart(when, check.rules.route[each.route].when):
                continue
            known = None if check.affected is None else check.affected.named("status", *sources)
            tickets = _at_most(check, known, _taken(check, each.route))
            if tickets == 0 or (place := (each.project, each.type["name"], name)) in told:
                continue
            told.add(place)
            why = "has no status" if name.casefold() not in has else "leads nowhere to"
            most = "" if tickets is None else f" (at most {counted(tickets, 'ticket')})"
            check.say(
                "S220", ("status", key), f"the workflow of {each.words} ({check.mapping.at(*each.path)}) {why} `{name}`{most}",
                f"Map to one that it reaches from `{workflow.get('initial', '')}`, or change the workflow.{_page(check, each)}",
            )  # fmt: skip


def _page(check: NameChecker, each: _Routed) -> str:
    page = check.target.get("admin", {}).get("status", "").replace("{project}", each.project)
    return f" {page}" if page else ""


def _wanted(check: NameChecker) -> Iterator[tuple[str, str, list[str], Any]]:
    """Yield every status of the target that the mapping gives: its name, the rule's key, the statuses of the source that get it, and under
    which condition.
    """
    known = {row["name"].casefold() for row in check.target.get("statuses", ())}
    sources: dict[str, list[str]] = {}
    for row in check.source.get("statuses", ()):
        key = status_key(check.setup, row["name"]) if row.get("stage") not in EXITS else None
        if key is not None:
            sources.setdefault(key, []).append(row["name"])
    for key, names in sources.items():
        rule = check.rules.status[key]
        for name in rule.names():
            if name == UNDECIDED or name.casefold() not in known:
                continue  # S207 or S205 says it
            when: Any = rule.when
            if when is not None and name == rule.otherwise:
                when = None if name == rule.to else {"not": when}
            yield name, key, names, when


def _reached(workflow: WorkflowDef) -> set[str]:
    """Return the statuses, in small letters, that open steps lead to from where a new ticket starts."""
    at = [workflow.get("initial", "")]
    reached = {name.casefold() for name in at}
    while at:
        here = at.pop().casefold()
        for step in workflow.get("transitions", ()):
            sources = {name.casefold() for name in step.get("sources", ())}
            if step.get("blocked") or (sources and here not in sources) or step["to"].casefold() in reached:
                continue
            reached.add(step["to"].casefold())
            at.append(step["to"])
    return reached


# ---- fields


def _required(check: NameChecker, routed: list[_Routed]) -> None:
    written = {name.casefold() for name in fields_written(check.setup)}
    if any(rule.rest == "same_name" for rule in check.rules.fields):
        written |= {row["name"].casefold() for row in check.source.get("fields", ())}
    custom = {
        row["key"]: row["name"]
        for row in check.target.get("fields", ())
        if row.get("of", "ticket") == "ticket"
    }
    told: set[tuple[str, str]] = set()
    for each in routed:
        for key in each.type.get("required", ()):
            name = custom.get(key)
            if name is None or {name.casefold(), key.casefold()} & written or (each.words, key) in told:
                continue
            tickets = _taken(check, each.route)
            if tickets == 0:
                continue
            told.add((each.words, key))
            most = "" if tickets is None else f" (at most {counted(tickets, 'ticket')})"
            check.say(
                "S224", each.path, f"a new {each.words} needs a value for `{name}`, and no rule writes it{most}",
                f'Add to `fields`: `- {{set: {{"{name}": …}}}}`, or a rule with `to: {name}` and `missing`; or make the field optional in the target.',
            )  # fmt: skip


def _allowed(check: NameChecker, routed: list[_Routed]) -> None:
    fields: dict[str, Mapping[str, Any]] = {
        row["name"].casefold(): row
        for row in check.target.get("fields", ())
        if row.get("of", "ticket") == "ticket"
    }
    for index, rule in enumerate(check.rules.fields):
        definition = fields.get((rule.to or "").casefold())
        if definition is None or rule.to is None:
            continue
        ids = {option["name"].casefold(): option.get("id") for option in definition.get("options", ())}
        types = [each for each in routed if definition["key"] in each.type.get("allowed", {})]
        for value, name in rule.values.items():
            id_ = ids.get(name.casefold())
            refusing = dict.fromkeys(
                each.words
                for each in types
                if id_ is not None and id_ not in each.type["allowed"][definition["key"]]
            )
            if refusing:
                path: Path = ("fields", index, "values", value)
                check.say(
                    "S205", path, f"`{name}` of `{rule.to}` cannot be set on a new {' or '.join(refusing)}{check.tickets_at(path)}",
                    "Name an option of the field's context in that project, or add it there.",
                )  # fmt: skip
