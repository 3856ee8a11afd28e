"""Who else uses what a plan made: records of other plans that name its people, organizations, groups or set-up."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticketferry.plan.context import PlanContext
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref

__all__ = ["Elsewhere", "MadeByPlan", "Users", "users_elsewhere"]

_WORDS = frozenset({"ref", "origin", "provenance", "native", "events", "body", "url"})
"""Keys whose values may name a record without needing it."""


class MadeByPlan:
    """What a plan made that records may use: people, organizations, groups and set-up.

    `refs`: all of it. `definitions`: entries of the set-up among them, as they are read; tickets name them by their names.
    """

    def __init__(
        self, refs: Collection[str], definitions: Iterable[tuple[str, Record]], planning: PlanContext
    ) -> None:
        self.refs = refs
        self._names = _names(definitions, planning)

    def used_by(self, record: Record) -> Iterator[str]:
        """Yield the refs that a record names."""
        yield from _named(record, self.refs)
        yield from (self._names[key] for key in _set_up(record) if key in self._names)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What looking at the records of other plans than `plan` reads, opened in one process."""

    plan: str
    made: MadeByPlan
    planning: PlanContext


Users = dict[str, tuple[str, str]]
"""Ref of what a plan made -> (a root that names it, the plan that wrote this root last)."""


def users_elsewhere(looking: Elsewhere, roots: Sequence[str]) -> Users:
    """Return for each of what was made the first of these roots that another plan wrote last and that names it.

    Roots are taken as the target's snapshot shows them.
    """
    planning = looking.planning
    users: Users = {}
    for root in roots:
        applied = planning.idmap.applied(root)
        kind = parse_ref(root).kind
        id_ = planning.idmap.get(root)
        if applied is None or applied.plan == looking.plan or id_ is None or kind is Kind.DEFINITION:
            continue
        record = planning.current(kind, id_)
        if record is None:
            continue
        for ref in looking.made.used_by(record):
            if ref != root:
                users.setdefault(ref, (root, applied.plan))
    return users


def _named(value: Any, made: Collection[str]) -> Iterator[str]:
    if isinstance(value, str):
        if value in made:
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, made)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _WORDS:
                yield from _named(item, made)


_Name = tuple[str, ...]


def _names(definitions: Iterable[tuple[str, Record]], planning: PlanContext) -> Mapping[_Name, str]:
    """Return ref by what a ticket says: a status, a component of a project, a field's key, a field's key with one of its values."""
    keys: dict[str, set[str]] = {}
    for field in planning.read_catalog.get("fields", []):
        keys.setdefault(field["name"].casefold(), set()).update((field["key"], field["name"]))
    refs: dict[_Name, str] = {}
    for ref, record in definitions:
        name = str(record.get("name", ""))
        if record.get("what") == "status":
            refs["status", name] = ref
            continue
        if record.get("what") == "component":
            refs["component", str(record.get("project")), name] = ref
            continue
        of = name if record.get("what") == "field" else str(record.get("field", ""))
        for key in keys.get(of.casefold(), {of}):
            if record.get("what") == "field":
                refs["field", key] = ref
            else:
                refs["field", key, str(record.get("value"))] = ref
    return refs


def _set_up(record: Record) -> Iterator[_Name]:
    if record.get("status"):
        yield "status", str(record["status"])
    for name in record.get("components") or ():
        yield "component", str(record.get("project")), str(name)
    for key, value in (record.get("fields") or {}).items():
        yield "field", key
        for item in value if isinstance(value, list) else [value]:
            yield "field", key, str(item)
