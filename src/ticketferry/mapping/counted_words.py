"""What a mapping asks of the source desk as a whole: how many tickets name somebody, how many members an organization has, how often a tag is used."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ticketferry.mapping.model import Rules
from ticketferry.mapping.result import Lookups

__all__ = ["FIGURES", "asks_figures", "asks_uses", "figures_of"]

FIGURES = ("tickets", "users")
"""What conditions on people and organizations can count."""


def asks_figures(rules: Rules) -> bool:
    """Tell whether a condition on people or organizations counts tickets or members."""
    drop = rules.organizations.drop
    return any(map(_counts, (rules.people.customers.when, drop.when if drop is not None else None)))


def asks_uses(rules: Rules) -> bool:
    """Tell whether a rule asks how often a tag is used."""
    return rules.tags.keep_if_used is not None


def _counts(condition: Any) -> bool:
    if isinstance(condition, list):
        return any(map(_counts, condition))
    if not isinstance(condition, Mapping):
        return False
    return any(key in FIGURES or _counts(item) for key, item in condition.items())


class _Figures(Mapping[str, int]):
    """The figures of one record, looked up when a condition asks for one."""

    def __init__(self, lookups: Lookups, ref: str) -> None:
        self._lookups = lookups
        self._ref = ref

    def __getitem__(self, key: str) -> int:
        if key not in FIGURES:
            raise KeyError(key)
        return self._lookups.figures(self._lookups.survivor(self._ref)).get(key, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(FIGURES)

    def __len__(self) -> int:
        return len(FIGURES)


def figures_of(lookups: Lookups) -> Callable[[str], Mapping[str, int]]:
    """Return what gives the figures of a person or organization by its ref: `tickets`, and of an organization `users`."""
    return lambda ref: _Figures(lookups, ref)
