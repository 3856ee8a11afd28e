"""Which name of the target stands for one of the source: proposals with scores, and whether one of them can be taken."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.drafting.meaning import Likeness, likeness

__all__ = ["FLOOR", "NEAR", "SURE", "DraftDecision", "Proposal", "by_name", "decide"]

SURE = 85
"""A proposal of this score or more is called sure."""
FLOOR = 55
"""A name that is less alike is no proposal."""
NEAR = 4
"""Two proposals within so many points are near each other: a person chooses."""
_EQUAL = 97


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name of the target, 0 to 100, and why."""

    name: str
    score: int
    why: str


@dataclass(frozen=True, slots=True)
class DraftDecision:
    """What a draft writes for one name of the source. `name` is `?` where a person must choose; `others`: further proposals, the best first."""

    name: str
    score: int
    why: str
    others: tuple[Proposal, ...] = ()

    @property
    def open(self) -> bool:
        """Tell whether a person must choose."""
        return self.name == UNDECIDED

    @property
    def sure(self) -> bool:
        """Tell whether the proposal is called sure."""
        return not self.open and self.score >= SURE

    @property
    def words(self) -> str:
        """Return score and reason as they stand behind a line."""
        if self.open:
            rivals = " or ".join(f"{row.name} ({row.score} {row.why})" for row in self.others[:3])
            return f"{self.why}: {rivals}" if rivals else self.why
        doubt = "" if self.sure else ", not sure"
        return f"{self.score} {self.why}{doubt}"


def by_name(name: str, candidates: Iterable[str], *also: str, floor: int = FLOOR) -> list[Proposal]:
    """Return the candidates that are like a name, or like another name of the same thing (`also`), the best first."""
    found = []
    for candidate in dict.fromkeys(candidates):
        best = max((likeness(each, candidate) for each in (name, *also) if each), key=_score, default=None)
        if best is not None and best.score >= floor:
            found.append(Proposal(candidate, best.score, best.why))
    return sorted(found, key=lambda row: -row.score)


def _score(found: Likeness) -> int:
    return found.score


def decide(
    proposals: Iterable[Proposal], nothing: str, fallback: Callable[[], DraftDecision] | None = None
) -> DraftDecision:
    """Take the best proposal; `?` where another is near it, or, without `fallback`, where there is none (`nothing` says so)."""
    rows = sorted(proposals, key=lambda row: -row.score)
    if not rows:
        return fallback() if fallback is not None else DraftDecision(UNDECIDED, 0, nothing)
    best = rows[0]
    near = [row for row in rows[1:] if best.score - row.score < NEAR]
    equal = best.score >= _EQUAL and not any(row.score == best.score for row in near)
    if near and not equal:
        return DraftDecision(UNDECIDED, best.score, "near each other", (best, *near))
    return DraftDecision(best.name, best.score, best.why, tuple(rows[1:3]))
