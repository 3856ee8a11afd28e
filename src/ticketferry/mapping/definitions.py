"""What the mapping names and the target lacks, as definitions that a plan can make there (`catalog: {create: […]}`). Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ticketferry.mapping.choices import status_key
from ticketferry.mapping.component_definitions import component_definitions
from ticketferry.mapping.definition_record import UNDECIDED, definition_record, short_sign
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.model import TAGS, FieldRule
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.transforms import option_of
from ticketferry.mapping.work import SYSTEM_TARGETS, Setup
from ticketferry.schema.catalog import Catalog, FieldDef, FieldOption
from ticketferry.schema.lifecycle import EXITS, Stage
from ticketferry.schema.records import Record
from ticketferry.sdk.features import Feature

__all__ = ["MAKES", "UNDECIDED", "missing_definitions"]

MAKES: Mapping[str, Feature] = {
    "fields": Feature.DEFINITIONS,
    "options": Feature.OPTIONS_MADE,
    "statuses": Feature.STATUSES_MADE,
    "groups": Feature.GROUPS,
    "components": Feature.COMPONENTS_MADE,
}
"""Word of `catalog: {create: …}` -> what a target must be able to do for it."""


_CHOICES = frozenset({"select", "multiselect"})
_PLAIN_TYPES = {
    "card": "text",
    "lookup": "text",
    "regexp": "text",
    "user": "text",
    "labels": "text",
    "cascading": "text",
}
_TIMES = frozenset({"created", "updated", "solved", "due", "due_at"})
_PLAIN = re.compile(r"[^a-z0-9]+")
_VALUE = re.compile(r"[a-z0-9_./:-]+\Z")
"""Values that every product takes for an option as they are."""


def missing_definitions(
    mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature]
) -> list[Record]:
    """Return the definitions that the mapping asks for, allows to be made, and the target lacks; in a fixed order.

    Nothing where the mapping allows nothing, or the target cannot make any. Each stands once, by its name in any case of letters.
    """
    setup = Setup(mapping, source, target, features, NoLookups(), datetime(2000, 1, 1, tzinfo=UTC))
    wanted = () if setup.any else [word for word in setup.rules.catalog.create if setup.has(MAKES[word])]
    records: dict[str, Record] = {}
    if "statuses" in wanted:
        for record in _statuses(setup):
            records.setdefault(record["ref"], record)
    if "fields" in wanted:
        for record in _fields(setup):
            known = records.setdefault(record["ref"], record)
            if known is not record:
                _join(setup, known, record)
    if "options" in wanted:
        for record in _options(setup):
            records.setdefault(record["ref"], record)
    if "components" in wanted:
        for record in component_definitions(setup):
            records.setdefault(record["ref"], record)
    return list(records.values())


# ---- statuses


def _statuses(setup: Setup) -> Iterator[Record]:
    known = {row["name"].casefold() for row in setup.target.get("statuses", ())}
    stages: dict[str, str] = {}
    for row in setup.source.get("statuses", ()):
        if row.get("stage") not in EXITS:
            key = status_key(setup, row["name"])
            if key is not None:
                stages.setdefault(key, row["stage"])
    for key, rule in setup.rules.status.items():
        for name in rule.names():
            if name != UNDECIDED and name.casefold() not in known:
                yield definition_record(setup, "status", name, stage=stages.get(key, Stage.IN_PROGRESS.value))


# ---- fields


def _fields(setup: Setup) -> Iterator[Record]:
    rules = setup.rules
    for definition in _same_names(setup):
        if _lacks(setup, definition["name"]):
            kind = _PLAIN_TYPES.get(definition["type"], definition["type"])
            yield _field(
                setup, definition["name"], kind, _own_choices(definition) if kind in _CHOICES else {}
            )
    for rule in rules.fields:
        if rule.to is not None and _lacks(setup, rule.to):
            kind = _type(setup, rule)
            yield _field(setup, rule.to, kind, _choices(setup, rule) if kind in _CHOICES else {})
        for name in rule.set:
            if _lacks(setup, name):
                yield _field(setup, name, _PLAIN_TYPES.get(rule.as_ or "text", rule.as_ or "text"))
    if rules.channel is not None and rules.channel.field and _lacks(setup, rules.channel.field):
        names = [name for choice in rules.channel.values.values() for name in choice.names()]
        values = dict.fromkeys([*names, *([rules.channel.missing] if rules.channel.missing else [])], "")
        closed = "*" in rules.channel.values
        yield _field(setup, rules.channel.field, "select" if closed else "text", values if closed else {})
    provenance, dates = rules.provenance, rules.history.date_fields
    places: tuple[tuple[str | None, str], ...] = (
        (rules.people.unlicensed_assignee.field, "text"),
        (dates.created, "datetime"),
        (dates.solved, "datetime"),
        (provenance.number.field, "text"),
        (provenance.url.field if provenance.url else None, "text"),
        (rules.text.language.field if rules.text.language else None, "text"),
    )
    for place, kind in places:
        if place and _lacks(setup, place):
            yield _field(setup, place, kind)


def _same_names(setup: Setup) -> Iterator[FieldDef]:
    """Yield the source's fields that no rule names, where they go to fields of the same name."""
    if not any(rule.rest == "same_name" for rule in setup.rules.fields):
        return
    named = {name.removeprefix("fields.") for rule in setup.rules.fields for name in rule.source}
    for row in setup.source.get("fields", ()):
        if row.get("of", "ticket") == "ticket" and row.get("active", True) and row["key"] not in named:
            yield row


def _own_choices(definition: FieldDef) -> dict[str, str]:
    return {option["name"]: option["value"] for option in definition.get("options", ())}


def _lacks(setup: Setup, name: str) -> bool:
    return (
        name != UNDECIDED
        and "{{" not in name
        and name.casefold() not in (*SYSTEM_TARGETS, TAGS)
        and name.casefold() not in setup.target_fields
    )


def _field(setup: Setup, name: str, kind: str, choices: dict[str, str] | None = None) -> Record:
    record = definition_record(setup, "field", name, type=kind)
    if choices:
        record["options"] = _with_values(setup, choices, _taken(setup))
    if setup.has(Feature.PROJECTS):
        record["projects"] = _projects(setup)
    return record


def _projects(setup: Setup) -> list[str]:
    """Return the keys of the projects to which the routes lead and whose tickets can get a field."""
    wanted = {key for route in setup.rules.route for key in route.project.names()}
    rows = setup.target.get("projects", ())
    return [row["key"] for row in rows if row["key"] in wanted and not row.get("own_fields")]


def _type(setup: Setup, rule: FieldRule) -> str:
    if rule.as_ is not None:
        return _PLAIN_TYPES.get(rule.as_, rule.as_)
    if rule.expr is not None or rule.join is not None:
        return "text"
    source = rule.source[0] if rule.source else ""
    definition = _source_field(setup, source)
    kind = definition["type"] if definition is not None else "datetime" if source in _TIMES else "text"
    if rule.values and kind != "multiselect":
        return "select" if rule.regex is None else "text"
    return _PLAIN_TYPES.get(kind, kind)


def _source_field(setup: Setup, name: str) -> FieldDef | None:
    key = name.removeprefix("fields.")
    if key == name:
        return None
    return next(
        (
            row
            for row in setup.source.get("fields", ())
            if row["key"] == key and row.get("of", "ticket") == "ticket"
        ),
        None,
    )


def _choices(setup: Setup, rule: FieldRule) -> dict[str, str]:
    """Return name -> value (empty: to be made up) of the choices that a rule can give."""
    choices: dict[str, str] = {}
    for source in rule.source:
        definition = _source_field(setup, source)
        for option in definition.get("options", ()) if definition is not None else ():
            if not rule.values:
                choices.setdefault(option["name"], option["value"])
    for value in rule.values.values():
        if value not in (*REFUSING, UNDECIDED):
            choices.setdefault(value, "")
    if rule.missing is not None:
        choices.setdefault(rule.missing.default, "")
    return choices


def _join(setup: Setup, known: Record, other: Record) -> None:
    """Two rules fill one field: it takes the choices of both."""
    if known["type"] in _CHOICES and other.get("options"):
        names = {option["name"].casefold() for option in known.get("options", ())}
        taken = {option["value"] for option in known.get("options", ())}
        more = {o["name"]: o["value"] for o in other["options"] if o["name"].casefold() not in names}
        known["options"] = [*known.get("options", ()), *_with_values(setup, more, taken)]


# ---- options


def _options(setup: Setup) -> Iterator[Record]:
    taken: dict[str, set[str]] = {}
    wanted = [(rule.to or "", _choices(setup, rule)) for rule in setup.rules.fields]
    wanted += [(row["name"], _own_choices(row)) for row in _same_names(setup)]
    for to, choices in wanted:
        definition = setup.target_fields.get(to.casefold())
        if definition is None or definition["type"] not in _CHOICES:
            continue
        name = definition["name"]
        values = taken.setdefault(name, _taken(setup))
        more = {shown: value for shown, value in choices.items() if option_of(definition, shown) is None}
        for option in _with_values(setup, more, values):
            values.add(option["value"])
            if setup.has(Feature.PROJECTS):
                of = definition["key"]
                made = definition_record(setup, "option", option["name"], field=of, value=option["value"])
                yield {**made, "projects": _projects(setup)}
            else:
                yield definition_record(setup, "option", option["name"], field=name, value=option["value"])


def _taken(setup: Setup) -> set[str]:
    """Return the values of all options there are: desks that make tags of them would mix fields up that share one."""
    return {
        option["value"]
        for row in setup.target.get("fields", ())
        if row.get("of", "ticket") == "ticket"
        for option in row.get("options", ())
    }


def _with_values(setup: Setup, choices: dict[str, str], taken: set[str]) -> list[FieldOption]:
    """Give each choice a value of its own: the source's, else letters of its name; the name itself where a target has nothing else."""
    if setup.has(Feature.OPTIONS_BY_NAME):
        return [FieldOption(value=name, name=name) for name in choices]
    made: list[FieldOption] = []
    used = set(taken)
    for name, value in choices.items():
        plain = (
            value if _VALUE.match(value) else _PLAIN.sub("_", name.casefold()).strip("_") or short_sign(name)
        )
        unique = plain if plain not in used else f"{plain}_{short_sign(name)}"
        used.add(unique)
        made.append(FieldOption(value=unique, name=name))
    return made
