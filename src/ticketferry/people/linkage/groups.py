"""Pairs into groups: whoever is reached over pairs is in one."""

from collections.abc import Iterable

__all__ = ["grouped"]


def grouped(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the groups that pairs form, each sorted, by their least member; the order of the pairs does not matter."""
    above: dict[int, int] = {}

    def root(one: int) -> int:
        above.setdefault(one, one)
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for one, other in pairs:
        first, second = root(one), root(other)
        above[max(first, second)] = min(first, second)
    groups: dict[int, list[int]] = {}
    for one in sorted(above):
        groups.setdefault(root(one), []).append(one)
    return [groups[least] for least in sorted(groups)]
