"""Who and what the tickets of a plan name: nobody else is written, unless the mapping asks for it."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from ticketferry.mapping.result import Mapped
from ticketferry.plan.context import PlanContext
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Outcome

if TYPE_CHECKING:
    from ticketferry.plan.planner import Planner

__all__ = ["UNNAMED", "is_named", "unless_named"]

UNNAMED = {
    Kind.PERSON: "people: no ticket that is migrated names this person",
    Kind.ORGANIZATION: "organizations: no ticket and no person that is migrated names it",
}
"""Kind -> why a record is left out that nothing names."""
_SOME = 400
"""Refs that are looked for in one pass through the snapshot."""


def unless_named(mapped: Mapped, kind: Kind, *, named: bool) -> Mapped:
    """Leave out whom no ticket of the plan names, unless the mapping has them made anyway."""
    if named or mapped.unasked or mapped.outcome is not Outcome.CREATE or mapped.record is None:
        return mapped
    mapped.outcome = Outcome.SKIP
    mapped.record = None
    mapped.because = UNNAMED[kind]
    return mapped


def is_named(planner: "Planner", root: Ref, one_with: Collection[str] = ()) -> bool:
    """Tell whether a plan of everything would name a person or organization. `one_with`: who stands for the same one in the source.

    Looks at the tickets whose text holds the ref, and for an organization at those of its members: a target may give a ticket
    that has none the organization of its requester.
    """
    planning = planner.planning
    refs = [str(root), *one_with]
    if any(str(root) in needs for needs in _needs(planner, refs)):
        return True
    if root.kind is not Kind.ORGANIZATION:
        return False
    held = [str(person) for person in _holding(planning, Kind.PERSON, refs)]
    members = list(dict.fromkeys([*held, *(one for ref in refs for one in planning.drawn_into(ref))]))
    bringing = {
        member
        for member in members
        if (record := planning.source_record(parse_ref(member))) is not None
        and str(root) in planning.engine.person(record).needs
    }
    asking = list(dict.fromkeys(ref for member in members for ref in (member, *planning.one_with(member))))
    return any(
        str(root) in needs or not needs.isdisjoint(bringing)
        for start in range(0, len(asking), _SOME)
        for needs in _needs(planner, asking[start : start + _SOME])
    )


def _needs(planner: "Planner", refs: Collection[str]) -> Iterator[set[str]]:
    """Yield what each ticket needs that is written and whose text holds one of the refs."""
    planning = planner.planning
    for ticket in _holding(planning, Kind.TICKET, refs):
        if ticket in planning.held:
            continue
        rows = planning.source_rows(ticket)
        planned = planner.plan(ticket, rows)
        if planned is None or planned.outcome in (Outcome.SKIP, Outcome.REJECT):
            continue
        if planned.mapped.phase is not None or planning.idmap.phase(str(ticket)) is not None:
            yield set(planned.mapped.needs)


def _holding(planning: PlanContext, kind: Kind, refs: Collection[str]) -> Iterator[Ref]:
    """Yield the roots of a kind in whose records one of the refs stands."""
    texts = [f'"{ref}"'.encode() for ref in refs]
    yield from list(planning.source.holding(kind, planning.inputs.source_snapshot, texts))
