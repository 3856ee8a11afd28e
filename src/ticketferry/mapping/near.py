"""The name that somebody may have meant, among as many names as a desk has."""

from collections.abc import Collection
from difflib import get_close_matches

__all__ = ["near"]

_MOST = 2_000
"""Names that are compared letter by letter; of more, those that begin and end alike."""


def near(name: str, names: Collection[str], cutoff: float = 0.6) -> str:
    """Return the nearest of `names`: one that differs in case only, else the likest; empty where none is like it."""
    if len(name) > 200:
        return ""
    folded = name.casefold()
    for each in names:
        if each.casefold() == folded and each != name:
            return each
    begins = [each for each in names if len(name) > 2 and each.casefold().startswith(folded)]
    if begins:
        return min(begins, key=len)
    chosen: Collection[str] = names
    if len(names) > _MOST:
        chosen = [
            each
            for each in names
            if each[:1].casefold() == folded[:1] and abs(len(each) - len(name)) <= len(name) // 3 + 1
        ][:_MOST]
    lowered = {each.casefold(): each for each in chosen if len(each) <= 200}
    nearest = get_close_matches(folded, lowered, 1, cutoff)
    return lowered[nearest[0]] if nearest else ""
