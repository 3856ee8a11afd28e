"""What was counted of one part of a desk added to what was counted of another."""

from collections import Counter
from collections.abc import Collection
from typing import Any

__all__ = ["Highest", "absorb"]


def absorb(mine: Any, theirs: Any, besides: Collection[str] = ()) -> None:
    """Add the attributes of an object of the same class: numbers and counters are added, sets and tables of them joined, lists put one after the
    other. `besides`: attributes that their class adds itself, or that are the same in all parts.
    """
    for name, value in vars(mine).items():
        if name not in besides:
            setattr(mine, name, _sum(value, getattr(theirs, name)))


def _sum(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, bool | str):
        return mine
    if isinstance(mine, int | float):
        return mine + theirs
    if isinstance(mine, Counter):
        mine.update(theirs)
        return mine
    if isinstance(mine, set):
        mine |= theirs
        return mine
    if isinstance(mine, dict):
        for key, value in theirs.items():
            mine[key] = _sum(mine[key], value) if key in mine else value
        return mine
    if isinstance(mine, list):
        return [*mine, *theirs]
    if hasattr(mine, "absorb"):
        mine.absorb(theirs)
        return mine
    raise TypeError(f"nothing says how a {type(mine).__name__} is added")


class Highest:
    """The highest of some numbers; 0 where there is none above."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def see(self, value: int) -> None:
        """Look at a number."""
        self.value = max(self.value, value)

    def absorb(self, other: "Highest") -> None:
        """Look at the highest of another part."""
        self.see(other.value)
