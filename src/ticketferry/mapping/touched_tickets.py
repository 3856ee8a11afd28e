"""Which tickets another mapping can make something else of, told from what differs between both files: the others need not be mapped."""

from collections.abc import Callable, Mapping
from typing import Any

from ticketferry.mapping.choices import key_of, status_key
from ticketferry.mapping.condition_lint import asks
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.expressions import names_in
from ticketferry.mapping.loader_checks import conditions_of
from ticketferry.mapping.model import FieldRule, Rules
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.records import Record

__all__ = ["Touching", "touching"]

_TABLES = ("priority", "type", "form")
_SILENT = frozenset({"tests", "golden", "accept", "version", "vars", "conflicts", "order"})
"""Sections that make no ticket another."""
_HEADS = frozenset({"status", *_TABLES, "route", "groups", "brands", "fields", "phases", *_SILENT})
"""Sections whose rules read a ticket's own record, not its comments and files."""
_OF_EXPRESSIONS = frozenset({"comments", "attachments", "events", "worklogs"})
"""What an expression reads of a ticket's parts."""
_PARTS = frozenset(
    {"closed", "comments", "attachments", "events", "worklogs", "body", "links", "followers", "ccs"}
)
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Touching:
    """`may(record)`: whether a ticket can come out otherwise; `heads`: whether it is enough to map its own record to tell how; `counts`: whether
    conditions are asked of its parts then; `sections`: what differs.
    """

    def __init__(
        self, sections: frozenset[str], may: Callable[[Record], bool], *, heads: bool, counts: bool = False
    ) -> None:
        self.sections, self.may, self.heads, self.counts = sections, may, heads, counts


def touching(before: Setup, after: Setup) -> Touching:
    """Compare two mappings of the same desks section by section. What cannot be told apart touches every ticket. Pure."""
    old, new = before.rules, after.rules
    sections = (
        frozenset(name for name in Rules.model_fields if getattr(old, name) != getattr(new, name)) - _SILENT
    )
    tests = [test for section in sorted(sections) if (test := _test(section, before, after)) is not None]
    whole = len(tests) < len(sections)
    return Touching(
        sections,
        (lambda _record: True) if whole else lambda record: any(test(record) for test in tests),
        heads=sections <= _HEADS and not _reads_parts(old) and not _reads_parts(new),
        counts=_asks_for_parts(old) or _asks_for_parts(new),
    )


def _reads_parts(rules: Rules) -> bool:
    """Tell whether a rule beside those of the parts themselves reads them, or whether they can reject a ticket."""
    if rules.attachments.malware == "fail":
        return True
    language = rules.text.language.field.casefold() if rules.text.language is not None else ""
    for rule in rules.fields:
        if language and language in {name.casefold() for name in (rule.to or "", *rule.set)}:
            return True  # what the words of a ticket say stands in the same place
        if (
            rule.expr is not None
            and {name.partition(".")[0] for name in names_in(rule.expr)} & _OF_EXPRESSIONS
        ):
            return True
    return False


def _asks_for_parts(rules: Rules) -> bool:
    return any(_of_parts(condition, path) for path, condition, _ in conditions_of(rules))


def _of_parts(condition: Any, path: Path) -> bool:
    return any(each.key.partition(".")[0].partition("_")[0] in _PARTS for each in asks(condition, path))


def _test(section: str, before: Setup, after: Setup) -> Callable[[Record], bool] | None:
    """Return whether a difference in a section can touch a ticket; None where it can touch any."""
    old, new = getattr(before.rules, section), getattr(after.rules, section)
    if section in ("route", "fields", "status", *_TABLES):
        conditions = _of_conditions(section, before, after)
        if conditions is not None:
            return conditions
    if section == "status":
        changed = _changed(old, new)
        keys: dict[str, bool] = {}

        def of_status(record: Record) -> bool:
            status = str(record.get("status") or record.get("stage") or "")
            if status not in keys:
                found = {status_key(before, status), status_key(after, status)}
                keys[status] = bool(found & changed) or len(found) > 1
            # A closed ticket may fall to the rule of `closed`, whatever its status is called.
            return keys[status] or (record.get("stage") == "closed" and "closed" in changed)

        return of_status
    if section in _TABLES:
        changed = _changed(old, new)
        return lambda record: (
            any(key_of(table, record.get(section)) in changed for table in (old, new))
            or key_of(old, record.get(section)) != key_of(new, record.get(section))
        )
    if section == "brands":
        changed = {key.casefold() for key in _changed(old, new)}
        return None if "*" in changed else lambda record: str(record.get("brand") or "").casefold() in changed
    if section == "fields":
        return _of_fields(old, new)
    return None


def _of_conditions(section: str, before: Setup, after: Setup) -> Callable[[Record], bool] | None:
    """Where sections differ in conditions alone, a ticket is touched for which one of them holds in one mapping and not in the other."""
    olds, news = _conditions(section, before.rules), _conditions(section, after.rules)
    if olds.keys() != news.keys() or _bare(section, before.rules, olds) != _bare(section, after.rules, news):
        return None
    changed = [path for path, condition in olds.items() if condition != news[path]]
    if any(_of_parts(each[path], path) for path in changed for each in (olds, news)):
        return None
    pairs = [(before.condition(olds[path], path), after.condition(news[path], path)) for path in changed]

    def test(record: Record) -> bool:
        then, now = Subject(record, before.lookups), Subject(record, after.lookups)
        return any(old(then) != new(now) for old, new in pairs)

    return test


def _conditions(section: str, rules: Rules) -> dict[Path, Any]:
    return {path: when for path, when, _ in conditions_of(rules) if path[0] == section}


def _bare(section: str, rules: Rules, conditions: Mapping[Path, Any]) -> Any:
    """Return a section as plain data, without its conditions."""
    whole: Any = rules.model_dump(include={section}, by_alias=True)
    for path in conditions:
        holder = whole
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = None
    return whole


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}


def _of_fields(old: list[FieldRule], new: list[FieldRule]) -> Callable[[Record], bool] | None:
    """A rule that is new, gone or other touches the tickets that have a value in what it reads."""
    gone = [rule for rule in old if rule not in new]
    come = [rule for rule in new if rule not in old]
    moved = not gone and not come
    names: set[str] = set()
    for rule in (*gone, *come):
        reads = rule.source and not (
            rule.set or rule.rest or rule.expr or rule.missing or rule.required or rule.when
        )
        if not reads or any(not name.startswith("fields.") for name in rule.source):
            return None
        names.update(name.removeprefix("fields.") for name in rule.source)
    if moved:
        return None  # in another order another rule may win
    return lambda record: any((record.get("fields") or {}).get(name) not in _EMPTY for name in names)
