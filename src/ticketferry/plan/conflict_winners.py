"""Who wins each field that both desks changed: the mapping, or a person where the mapping asks one."""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

__all__ = ["FOLLOWS", "ConflictWinners", "conflict_state", "named_winner", "winners_of"]

FOLLOWS = {"stage": "status", "resolution": "status"}
"""A status takes with it what says the same in other words."""

Decided = Callable[[str, str], str | None]


@dataclass
class ConflictWinners:
    """`wins`: field -> `source`, `target`, `hold` or `ask`; `asked`: the fields of which nobody has decided, with their states."""

    wins: dict[str, str] = dataclasses.field(default_factory=dict)
    asked: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def lost(self) -> set[str]:
        """Return the fields that the target wins."""
        return {field for field, winner in self.wins.items() if winner == "target"}


def conflict_state(wanted: str | None, seen: str | None) -> str:
    """Name what both desks hold of a field: an answer to a conflict is good for these two values and no others."""
    return f"{wanted or 'none'}:{seen or 'none'}"


def named_winner(field: str, winners: Mapping[str, str]) -> str | None:
    """Return who wins an entry of the vector, None where the mapping names it not: by its key, a custom field as `fields.NAME` or `NAME`."""
    if field.startswith('fields["'):
        name = field[8:-2]
        return winners.get(f"fields.{name}") or winners.get(name)
    return winners.get(field.partition("[")[0])


def winners_of(
    both: Collection[str],
    conflicts: str,
    winners: Mapping[str, str],
    decided: Decided,
    wanted: Mapping[str, str],
    seen: Mapping[str, str],
) -> ConflictWinners:
    """Say who wins. `both`: the fields in conflict; `conflicts` and `winners`: as `plan.diff.decide` has them; `decided`: what a person said of a
    field in a state. `wanted`, `seen`: hash vectors of both desks.
    """
    found = ConflictWinners({field: named_winner(field, winners) or conflicts for field in both})
    followers = {
        field
        for field in both
        if found.wins[field] == "ask" and field not in winners and FOLLOWS.get(field) in both
    }
    for field in sorted(set(both) - followers):
        if found.wins[field] != "ask":
            continue
        state = conflict_state(wanted.get(field), seen.get(field))
        answer = decided(field, state)
        if answer is None:
            found.asked[field] = state
        else:
            found.wins[field] = answer
    for field in followers:
        found.wins[field] = found.wins[FOLLOWS[field]]
    return found
