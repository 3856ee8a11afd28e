"""The new desk's signs held against those of the old one, and against bounds that people set."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ticketferry.kpi.signs import SIGNS, SignDay

__all__ = [
    "BOUNDED",
    "FIRST_RESPONSE",
    "Baseline",
    "Bound",
    "Health",
    "Judged",
    "judge",
    "parse_bound",
    "shares",
]

FIRST_RESPONSE = "first_response"
BOUNDED = (*SIGNS, FIRST_RESPONSE)
"""What may have a bound."""
LEAST = 20
"""Of so few tickets no share is judged."""
_UNITS = {"min": 60, "h": 3_600, "d": 86_400}
_BOUND = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>x|%|min|h|d)")


class Bound(NamedTuple):
    """The most that a sign may be: a share (0 to 1), seconds, or so many times the baseline."""

    most: float
    times: bool
    text: str


def parse_bound(name: str, text: str) -> Bound | None:
    """Read `1.5x` (of the baseline), `5%` for a share, `4h` for the first response; None where it is none of them."""
    match = _BOUND.fullmatch(text.strip())
    if match is None:
        return None
    number, unit = float(match["number"]), match["unit"]
    if unit == "x":
        return Bound(number, True, text.strip())
    if unit == "%":
        return None if name == FIRST_RESPONSE or number > 100 else Bound(number / 100, False, text.strip())
    return Bound(number * _UNITS[unit], False, text.strip()) if name == FIRST_RESPONSE else None


class Share(NamedTuple):
    """So many of so many tickets; for a state (open, untriaged) summed over the days, each of which counts alike."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Return the share, None of nothing."""
        return self.part / self.whole if self.whole else None


def shares(days: Iterable[SignDay]) -> dict[str, Share]:
    """Sum up each sign over days."""
    rows = list(days)
    return {
        name: Share(sum(getattr(day, name) for day in rows), sum(getattr(day, sign.of) for day in rows))
        for name, sign in SIGNS.items()
    }


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the old desk did in the weeks before its last extract. `values`: sign -> share, `first_response` -> seconds; absent: not told."""

    desk: str
    snapshot: int
    as_of: str
    weeks: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """One sign of the last days. `value`: a share or seconds; None: nothing to say it of. `few`: too few tickets to judge."""

    name: str
    value: float | None
    of: int
    baseline: float | None
    bound: Bound | None
    few: bool

    @property
    def most(self) -> float | None:
        """Return the bound as a share or seconds; None without one, or where the baseline that it is told by is not known."""
        if self.bound is None:
            return None
        if not self.bound.times:
            return self.bound.most
        return None if self.baseline is None else self.bound.most * self.baseline

    @property
    def past(self) -> bool:
        """Tell whether the bound is passed."""
        return self.value is not None and not self.few and self.most is not None and self.value > self.most


def judge(
    days: Sequence[SignDay],
    response: tuple[float | None, int],
    baseline: Baseline | None,
    bounds: Mapping[str, Bound],
) -> list[Judged]:
    """Hold days against baseline and bounds. `response`: median seconds to the first response, and of how many tickets."""
    known = baseline.values if baseline is not None else {}
    judged = [
        Judged(name, share.value, share.whole, known.get(name), bounds.get(name), share.whole < LEAST)
        for name, share in shares(days).items()
    ]
    seconds, answered = response
    judged.append(
        Judged(
            FIRST_RESPONSE,
            seconds,
            answered,
            known.get(FIRST_RESPONSE),
            bounds.get(FIRST_RESPONSE),
            answered < LEAST,
        )
    )
    return judged


@dataclass(slots=True)
class Health:
    """The new desk since the cut-over. `judged`: of the last `window` days."""

    desk: str
    since: str
    as_of: str
    window: int
    days: list[SignDay]
    judged: list[Judged]
    baseline: Baseline | None
    moved: int
    """Tickets that were moved there."""
    own: int
    """Tickets that were born there since."""

    @property
    def good(self) -> bool:
        """Tell whether no bound is passed."""
        return not any(item.past for item in self.judged)
