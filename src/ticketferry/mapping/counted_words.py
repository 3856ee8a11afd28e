"""What a mapping asks of the source desk as a whole: how many tickets name somebody, how many members an organization has, how often a tag is used."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ticketferry.mapping.model import Rules
from ticketferry.mapping.result import Lookups

__all__ = ["FIGURES", "asks_figures", "asks_uses", "figures_of"]

_ANY = frozenset({">=1", ">0", "!=0"})
FIGURES = ("tickets", "users")
"""What conditions on people and organizations can count."""


def asks_figures(rules: Rules) -> bool:
    """Tell whether a condition on people or organizations counts tickets or members. That a ticket names somebody needs no count."""
    drop = rules.organizations.drop
    return _counts(rules.people.customers.when) or (drop is not None and _asks(drop.when))


def asks_uses(rules: Rules) -> bool:
    """Tell whether a rule asks how often a tag is used."""
    return rules.tags.keep_if_used is not None


def _counts(condition: Any) -> bool:
    """Tell whether a condition counts more than that there is one: nobody is written whom no ticket names."""
    if isinstance(condition, list):
        return any(map(_counts, condition))
    if not isinstance(condition, Mapping):
        return False
    return any(
        not (isinstance(item, str) and item.replace(" ", "") in _ANY) if key in FIGURES else _counts(item)
        for key, item in condition.items()
    )


def _asks(condition: Any) -> bool:
    if isinstance(condition, list):
        return any(map(_asks, condition))
    return isinstance(condition, Mapping) and any(
        key in FIGURES or _asks(item) for key, item in condition.items()
    )


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
