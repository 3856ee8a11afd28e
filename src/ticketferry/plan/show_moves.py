"""What an update changes, entry by entry: the value that stands in the target, the one that will, and the rule that gives it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ticketferry.plan.planner import Planned
from ticketferry.schema.refs import Json
from ticketferry.schema.vectors import comparable
from ticketferry.sdk.contract import Outcome

__all__ = ["MoveView", "moves_of"]


class _Leaf(Protocol):
    @property
    def target(self) -> str:
        """Path in the desired record."""
        ...

    @property
    def rule(self) -> str:
        """Rule of the mapping that took it there."""
        ...


@dataclass(frozen=True, slots=True)
class MoveView:
    """One entry of an update. `before` None: nothing stands there; `after` None: it is taken away. `rules`: of the mapping."""

    field: str
    before: Json
    after: Json
    rules: tuple[str, ...]


def moves_of(planned: Planned | None, fields: Sequence[str], leaves: Sequence[_Leaf]) -> tuple[MoveView, ...]:
    """Return what an update moves; nothing for other outcomes, or where the record cannot be rendered again."""
    if planned is None or planned.outcome is not Outcome.UPDATE or planned.decision.current is None:
        return ()
    expected = planned.decision.compiled.expected or planned.mapped.record or {}
    return tuple(_moves(comparable(planned.decision.current), comparable(expected), fields, leaves))


def _moves(
    now: Mapping[str, Any], then: Mapping[str, Any], fields: Sequence[str], leaves: Sequence[_Leaf]
) -> Iterator[MoveView]:
    for field in fields:
        before, after = now.get(field), then.get(field)
        rules = _rules(field, leaves)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            for name in sorted(before.keys() | after.keys()):
                if before.get(name) != after.get(name):
                    yield MoveView(f"{field}.{name}", before.get(name), after.get(name), rules)
            continue
        yield MoveView(field, before, after, rules)


def _rules(field: str, leaves: Sequence[_Leaf]) -> tuple[str, ...]:
    """Return the rules that write an entry. A part is named by its whole ref in an entry, by its id alone in a path."""
    name, _, inner = field.partition("[")
    own = field
    if inner and not inner.startswith('"'):
        own = f"{name}[{inner.rstrip(']').split(':', 2)[-1]}]"
    found = (
        leaf.rule
        for leaf in leaves
        if leaf.target == own or leaf.target.startswith((f"{own}.", f"{own}[")) or leaf.target == field
    )
    return tuple(dict.fromkeys(rule for rule in found if rule))
