"""What is checked of a mapping beyond its shape: conditions, sources, texts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from ticketferry.mapping import expressions, patterns
from ticketferry.mapping.condition_values import SubjectKind, accessor
from ticketferry.mapping.conditions import compile_condition
from ticketferry.mapping.extending import ADDS, KEY, TAKES_OUT
from ticketferry.mapping.locales import fault_of_locale
from ticketferry.mapping.model import OWN, TICKET_NAMES, Choice, Rules, named_other
from ticketferry.mapping.near import near
from ticketferry.mapping.yaml_document import Document, Path

__all__ = [
    "OF_MIGRATION",
    "check_conditions",
    "check_raw",
    "check_sources",
    "check_texts",
    "choices_of",
    "conditions_of",
    "unknown_key",
    "unknown_section",
    "walk",
]


_EXPRESSIONS = frozenset({"expr", "template", "component", "label"})


OF_MIGRATION = frozenset({
    "mapping", "pace", "workers", "kpi", "health", "approval", "environments", "windows", "on_event", "service_desks",
})  # fmt: skip
"""Keys of migration.yaml that a mapping has not."""


_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def unknown_key(key: str, known: Mapping[str, Any]) -> str:
    """Say what is wrong with a key that is not known, and which one may have been meant."""
    if key[:1] in (ADDS, TAKES_OUT) and key[1:] in known:
        return f"`{key}` changes what a file has that `extends` names, and none has `{key[1:]}`: write `{key[1:]}`"
    like = near(key, known)
    if like:
        return f"unknown key `{key}`: did you mean `{like}`?"
    return f"unknown key `{key}`: here stand {', '.join(sorted(known))}"


def unknown_section(key: str, known: Mapping[str, Any]) -> str:
    """Say what is wrong with a key at the top of the file: one of migration.yaml is told as that."""
    if key in OF_MIGRATION:
        return f"`{key}` stands in migration.yaml, not in the mapping"
    return unknown_key(key, {**known, KEY: None})


def walk(data: Any, loc: tuple[Any, ...]) -> Path:
    """The part of a pydantic location that stands in the file (shorthands and key markers do not)."""
    path: Path = ()
    for step in loc:
        if (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        ):
            data = data[step]
        else:
            continue
        path = (*path, step)
    return path


def conditions_of(rules: Rules) -> Iterator[tuple[Path, Any, SubjectKind]]:
    """Yield every condition of a mapping with its place and what it is asked of, in the order of the sections."""
    for index, route in enumerate(rules.route):
        yield ("route", index, "when"), route.when, "ticket"
    for path, choice in choices_of(rules):
        if choice.when is not None:
            yield (*path, "when"), choice.when, "ticket"
    for index, rule in enumerate(rules.fields):
        if rule.when is not None:
            yield ("fields", index, "when"), rule.when, "ticket"
        if rule.required is not None:
            yield ("fields", index, "required", "when"), rule.required.when, "ticket"
    for index, clean in enumerate(rules.clean):
        yield ("clean", index, "when"), clean.when, "ticket"
    for index, phase in enumerate(rules.phases):
        yield ("phases", index, "where"), phase.where, "ticket"
    for index, own in enumerate(rules.people.fields):
        if own.when is not None:
            yield ("people", "fields", index, "when"), own.when, "person"
    for index, own in enumerate(rules.organizations.fields):
        if own.when is not None:
            yield ("organizations", "fields", index, "when"), own.when, "organization"
    if rules.people.customers.when is not None:
        yield ("people", "customers", "when"), rules.people.customers.when, "person"
    if rules.organizations.drop is not None:
        yield ("organizations", "drop", "when"), rules.organizations.drop.when, "organization"


def check_raw_conditions(item: Any, path: Path, document: Document) -> None:
    """Check conditions of a file whose sections do not hold together: the reader sees all faults at once."""
    if isinstance(item, dict):
        kind: SubjectKind = (
            "person"
            if path[:1] == ("people",)
            else "organization"
            if path[:1] == ("organizations",)
            else "ticket"
        )
        for key, value in item.items():
            if key in ("when", "where") and path[:2] != ("text", "header"):
                compile_condition(value, _ANY_DAY, document.complain, (*path, key), kind)
            else:
                check_raw_conditions(value, (*path, key), document)
    elif isinstance(item, list):
        for index, value in enumerate(item):
            check_raw_conditions(value, (*path, index), document)


def check_conditions(rules: Rules, document: Document) -> None:
    """Complain of every condition that cannot be read."""
    for path, condition, kind in conditions_of(rules):
        if "phases" in path and "{{" in str(condition):
            document.complain(path, "expressions have no place in a phase's `where`")
        compile_condition(condition, _ANY_DAY, document.complain, path, kind)


def _texts(item: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(item, BaseModel):
        for name, info in type(item).model_fields.items():
            yield from _texts(getattr(item, name), (*path, info.alias or name))
    elif isinstance(item, dict):
        for key, value in item.items():
            yield from _texts(value, (*path, key))
    elif isinstance(item, list):
        for index, value in enumerate(item):
            yield from _texts(value, (*path, index))
    elif isinstance(item, str):
        yield path, item


def check_sources(rules: Rules, document: Document) -> None:
    """Field rules and `by` must name what a ticket has; catalogs are the lint's business."""
    for index, rule in enumerate(rules.fields):
        for number, name in enumerate(rule.source):
            _check_source(name, ("fields", index, "from", number), document)
    for where, choice in choices_of(rules):
        if choice.by is not None:
            accessor(choice.by, document.complain, (*where, "by"))
    if rules.channel is not None and rules.channel.by is not None:
        accessor(rules.channel.by, document.complain, ("channel", "by"))


def _check_source(name: str, path: Path, document: Document) -> None:
    if name.startswith("fields.") and name != "fields.":
        return
    if name == "satisfaction":
        document.complain(
            path, "a rating has parts: `from: satisfaction.score`, or `to: {score: NAME, comment: NAME}`"
        )
    elif name not in OWN and not named_other(name):
        head, _, key = name.partition(".")
        if key and near(head, ["fields"]):
            document.complain(path, f"`{name}` is nothing that a ticket has: did you mean `fields.{key}`?")
            return
        document.complain(path, unknown_key(name, dict.fromkeys([*OWN, "fields.KEY"])))


def choices_of(rules: Rules) -> Iterator[tuple[Path, Choice]]:
    """Yield every rule for a name, with its place, in the order of the sections."""
    for index, route in enumerate(rules.route):
        for key in ("project", "issue_type", "request_type", "security", "component"):
            choice = getattr(route, key)
            if choice is not None:
                yield ("route", index, key), choice
    for section in ("type", "form", "status", "priority"):
        for key, choice in getattr(rules, section).items():
            yield (section, key), choice
            if section == "status" and choice.resolution is not None:
                yield (section, key, "resolution"), choice.resolution
    if rules.channel is not None:
        for key, choice in rules.channel.values.items():
            yield ("channel", "values", key), choice


def _names_for(path: Path) -> frozenset[str]:
    """Return what the expression at a place can ask for."""
    if path[0] == "fields":
        return TICKET_NAMES
    if path[0] == "people":
        return frozenset({"name", "email", "id"})
    if path[-2:] == ("subject", "prefix"):
        return frozenset({"number"})
    if path[0] == "text":
        return frozenset({"author", "at", "via", "public"})
    return frozenset({"groups": {"group"}, "provenance": {"number"}}.get(str(path[0]), {"name"}))


def check_texts(rules: Rules, document: Document) -> None:
    """Complain of every text that cannot be read."""
    for path, text in _texts(rules, ()):
        _check_text(path, text, document)
    for index, rule in enumerate(rules.fields):
        if rule.regex is not None:
            _check_replacement(index, rule.regex.find, rule.regex.to, document)


def _check_text(path: Path, text: str, document: Document) -> None:
    from zoneinfo import ZoneInfo

    last = path[-1]
    if (
        last in _EXPRESSIONS
        or path[-2:] == ("subject", "prefix")
        or (path[0] == "people" and last in ("name", "email"))
    ):
        fault = expressions.check(text, _names_for(path))
        if fault:
            document.complain(path, fault)
    if last == "tz":
        try:
            ZoneInfo(text)
        except (ValueError, OSError, LookupError):
            document.complain(path, f"`{text}` is no time zone: write Europe/Berlin")
    if path == ("text", "header", "locale"):
        problem = fault_of_locale(text)
        if problem:
            document.complain(path, problem)
    if path[-2:] == ("regex", "find") or "strip" in path:
        problem = patterns.fault(text)
        if problem:
            document.complain(path, f"not a regular expression: {problem}")


def _check_replacement(index: int, find: str, to: str, document: Document) -> None:
    problem = patterns.fault_of_replacement(find, to)
    if problem:
        document.complain(("fields", index, "regex", "to"), problem)


def check_raw(data: Mapping[str, Any], document: Document) -> None:
    """Check conditions, sources and texts of a file whose sections do not hold together: the reader sees all faults at once."""
    check_raw_conditions(data, (), document)
    for section, content in data.items():
        # What a route calls `component` is a name there, and no expression.
        if section not in ("vars", "tests", "route"):
            for path, text in _texts(content, (section,)):
                _check_text(path, text, document)
        if section in _WITH_CHOICES:
            _check_raw_deciders(content, (section,), document)
    rules = data.get("fields")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if not isinstance(rule, dict):
            continue
        names = rule.get("from")
        listed = names if isinstance(names, list) else [names]
        for number, name in enumerate(listed):
            if isinstance(name, str):
                where = ("fields", index, "from", number) if names is listed else ("fields", index, "from")
                _check_source(name, where, document)
        regex = rule.get("regex")
        if isinstance(regex, dict) and all(isinstance(regex.get(key), str) for key in ("find", "to")):
            _check_replacement(index, regex["find"], regex["to"], document)


_WITH_CHOICES = ("route", "type", "form", "status", "priority", "channel")


def _check_raw_deciders(item: Any, path: Path, document: Document) -> None:
    if isinstance(item, dict):
        for key, value in item.items():
            if key == "by" and isinstance(value, str):
                accessor(value, document.complain, (*path, key))
            elif key not in ("when", "values"):
                _check_raw_deciders(value, (*path, key), document)
    elif isinstance(item, list):
        for index, value in enumerate(item):
            _check_raw_deciders(value, (*path, index), document)
