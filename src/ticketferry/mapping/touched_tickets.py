"""Which tickets another mapping can make something else of, told from what differs between both files: the others need not be mapped."""

from collections.abc import Callable, Mapping
from typing import Any

from ticketferry.mapping.choices import key_of, status_key
from ticketferry.mapping.condition_lint import asks
from ticketferry.mapping.loader_checks import conditions_of
from ticketferry.mapping.model import FieldRule, Rules
from ticketferry.mapping.work import Setup
from ticketferry.schema.records import Record

__all__ = ["Touching", "touching"]

_TABLES = ("priority", "type", "form")
_SILENT = frozenset({"tests", "golden", "accept", "version", "vars", "conflicts", "order"})
"""Sections that make no ticket another."""
_HEADS = frozenset({"status", *_TABLES, "route", "groups", "brands", "fields", "phases", *_SILENT})
"""Sections whose rules read a ticket's own record, not its comments and files."""
_PARTS = frozenset({"comments", "attachments", "events", "worklogs", "body", "links", "followers", "ccs"})
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Touching:
    """`may(record)`: whether a ticket can come out otherwise; `heads`: whether its own record is enough to tell how; `sections`: what differs."""

    def __init__(self, sections: frozenset[str], may: Callable[[Record], bool], *, heads: bool) -> None:
        self.sections, self.may, self.heads = sections, may, heads


def touching(before: Setup, after: Setup) -> Touching:
    """Compare two mappings of the same desks section by section. What cannot be told apart touches every ticket. Pure."""
    old, new = before.rules, after.rules
    sections = (
        frozenset(name for name in Rules.model_fields if getattr(old, name) != getattr(new, name)) - _SILENT
    )
    tests = [test for section in sorted(sections) if (test := _test(section, before, after)) is not None]
    whole = len(tests) < len(sections)
    heads = sections <= _HEADS and not _asks_for_parts(old) and not _asks_for_parts(new)
    return Touching(
        sections,
        (lambda _record: True) if whole else lambda record: any(test(record) for test in tests),
        heads=heads,
    )


def _asks_for_parts(rules: Rules) -> bool:
    for path, condition, _ in conditions_of(rules):
        if any(each.key.partition(".")[0].partition("_")[0] in _PARTS for each in asks(condition, path)):
            return True
    return any(rule.expr is not None for rule in rules.fields)


def _test(section: str, before: Setup, after: Setup) -> Callable[[Record], bool] | None:
    """Return whether a difference in a section can touch a ticket; None where it can touch any."""
    old, new = getattr(before.rules, section), getattr(after.rules, section)
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
