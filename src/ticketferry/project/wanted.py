"""What applied plans wanted of a record, made again from the snapshots and the mapping: the id map keeps hashes only."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ticketferry.errors import FerryError
from ticketferry.plan.planner import Planner
from ticketferry.project.project import Project
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.schema.vectors import comparable, vector
from ticketferry.store.idmap import LastWrite

__all__ = ["WantedValues", "written_of"]


def written_of(project: Project) -> Callable[[Ref], Mapping[str, Any]]:
    """Return what tells entry -> value as our last write left a record, as far as that can be told."""
    values = WantedValues(project)

    def written(ref: Ref) -> Mapping[str, Any]:
        applied = project.idmap.applied(str(ref))
        return values.wanted(ref, applied) if applied is not None else {}

    return written


class WantedValues:
    """Plans the record again with the plan's own inputs; only values with the hash that was noted are believed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._planners: dict[str, Planner | None] = {}

    def wanted(self, ref: Ref, applied: LastWrite) -> Mapping[str, Any]:
        """Return entry -> value as it was wanted; entries of which that cannot be told any more are left out."""
        planner = self._planner(applied.plan)
        if planner is None:
            return {}
        try:
            planned = planner.plan(ref, planner.planning.source_rows(ref))
        except FerryError:
            return {}
        expected = planned.decision.compiled.expected if planned is not None else None
        if expected is None:
            return {}
        hashes = vector(expected)
        return {
            key: value
            for key, value in comparable(expected).items()
            if hashes.get(key) == applied.wanted.get(key)
        }

    def secrets(self, ref: Ref) -> list[str]:
        """Return the values of the ticket that the mapping drops: a list of differences does not tell them."""
        if ref.kind is not Kind.TICKET:
            return []
        rules = [rule for rule in self._project.mapping().rules.fields if rule.drop]
        planner = next((one for one in self._planners.values() if one is not None), None)
        record = planner.planning.source_record(ref) if planner is not None else None
        texts = [text for rule in rules for name in rule.source for text in _texts(record, name)]
        return sorted(filter(None, texts), key=len, reverse=True)

    def _planner(self, plan: str) -> Planner | None:
        if plan not in self._planners:
            self._planners[plan] = self._open(plan)
        return self._planners[plan]

    def _open(self, id_: str) -> Planner | None:
        try:
            plan = self._project.plan(id_)
            try:
                return Planner(self._project.planning_of(plan), id_)
            finally:
                plan.close()
        except FerryError:
            return (
                None  # the plan's file or its snapshot is gone: what differs is told without what was wanted
            )


def _texts(record: Record | None, name: str) -> Iterator[str]:
    value: Any = record or {}
    for part in name.split(".", 1):
        value = value.get(part) if isinstance(value, Mapping) else None
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str | int | float) and not isinstance(item, bool):
            yield str(item)
