"""What an update changes, and what two desks changed alike: each entry with the values on both sides and the rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from ticketferry.plan.planner import Planned
from ticketferry.schema.refs import Json
from ticketferry.schema.vectors import comparable
from ticketferry.sdk.contract import Outcome

__all__ = ["MoveView", "moves_of"]


@dataclass(frozen=True, slots=True)
class MoveView:
    """One entry of an update or of a conflict. `before` None: nothing stands there; `after` None: it is taken away. `rules`: of the mapping.

    `written`: of a conflict, what our last write left there, where that can be told.
    """

    field: str
    before: Json
    after: Json
    rules: tuple[str, ...]
    written: Json = None


class _Leaf(Protocol):
    @property
    def target(self) -> str:
        """Path in the desired record."""
        ...

    @property
    def rule(self) -> str:
        """Rule of the mapping that took it there."""
        ...


def moves_of(
    planned: Planned | None,
    fields: Sequence[str],
    leaves: Sequence[_Leaf],
    written: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[MoveView, ...]:
    """Return what an update moves, or what both desks moved; nothing for other outcomes, or where the record cannot be rendered again."""
    if planned is None or planned.outcome not in _MOVING or planned.decision.current is None:
        return ()
    expected = planned.decision.compiled.expected or planned.mapped.record or {}
    return tuple(_moves(comparable(planned.decision.current), comparable(expected), fields, leaves, written))


_MOVING = (Outcome.UPDATE, Outcome.CONFLICT)


def _moves(
    now: Mapping[str, Any],
    then: Mapping[str, Any],
    fields: Sequence[str],
    leaves: Sequence[_Leaf],
    written: Mapping[str, Any],
) -> Iterator[MoveView]:
    for field in fields:
        before, after, left = now.get(field), then.get(field), written.get(field)
        rules = _rules(field, leaves)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            for name in sorted(before.keys() | after.keys()):
                if before.get(name) != after.get(name):
                    inner = left.get(name) if isinstance(left, Mapping) else None
                    yield MoveView(f"{field}.{name}", before.get(name), after.get(name), rules, inner)
            continue
        yield MoveView(field, before, after, rules, left)


def _rules(field: str, leaves: Sequence[_Leaf]) -> tuple[str, ...]:
    """Return the rules that write an entry. A part is named by its whole ref in an entry, by its id alone in a path."""
    name, _, inner = field.partition("[")
    own = field
    if inner and not inner.startswith('"'):
        own = f"{name}[{inner.rstrip(']').split(':', 2)[-1]}]"
    rules = (
        leaf.rule
        for leaf in leaves
        if leaf.target == own or leaf.target.startswith((f"{own}.", f"{own}[")) or leaf.target == field
    )
    return tuple(dict.fromkeys(rule for rule in rules if rule))
