"""Which words of a text were blacked out since."""

import re
from difflib import SequenceMatcher

__all__ = ["BLACK", "blacked_out"]

BLACK = "▇"
_COMPARED = 4_000_000
"""Pairs of signs that are compared where a redaction changed the length of a text."""


def blacked_out(old: str, new: str) -> list[str] | None:
    """Return the words of `old` that are blacked out in `new`; None where it differs in more. Takes no longer than the texts are."""
    begin = _same(old, new)
    end = _same(old[begin:][::-1], new[begin:][::-1])
    before, after = old[begin : len(old) - end], new[begin : len(new) - end]
    if len(before) == len(after):
        differs = "".join("x" if one != other else " " for one, other in zip(before, after, strict=True))
        spans = [found.span() for found in re.finditer("x+", differs)]
        pairs = [(before[start:stop], after[start:stop]) for start, stop in spans]
    elif len(before) * len(after) > _COMPARED:
        return None
    else:
        codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if any(kind not in ("equal", "replace") for kind, *_ in codes):
            return None
        pairs = [(before[i:j], after[k:n]) for kind, i, j, k, n in codes if kind == "replace"]
    if any(set(black) - set(f"{BLACK} \n") for _, black in pairs):
        return None
    return [words for words, _ in pairs]


def _same(one: str, other: str) -> int:
    """Return how many signs two texts have in common from their beginning."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
