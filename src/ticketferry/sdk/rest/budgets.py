"""Limits as answers tell them in headers: how many requests a window has, how many are left of it, and when it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ticketferry.sdk.features import Budget
from ticketferry.sdk.forecast import Pace
from ticketferry.sdk.pacing import Pacer

__all__ = ["ROUNDED", "BudgetHeaders", "figure", "paces", "reserve"]

ROUNDED = 1.0
"""Seconds that a window ends later at most than the header says, since it is told in whole seconds."""


@dataclass(frozen=True, slots=True)
class BudgetHeaders:
    """Names of the headers of one budget, in whatever case; of several eras, where a vendor changed them: the first that is there counts.

    `reset` may hold seconds from now, unix seconds, or a time as ISO 8601: which of them is seen by the figure. `groups`: the groups of
    requests that draw on the budget; `seconds`: how long its window is (for forecasts).
    """

    limit: Sequence[str]
    remaining: Sequence[str]
    reset: Sequence[str]
    groups: tuple[str, ...] = ("read",)
    name: str = "account"
    seconds: float = 60.0
    rounded: float = field(default=ROUNDED)

    def learn(self, pacer: Pacer, headers: Mapping[str, str]) -> int | None:
        """Hold the groups back when the budget is used up, until it is filled again; `pacer.share` of it is ours. Return the limit."""
        limit = figure(_first(headers, self.limit))
        remaining = figure(_first(headers, self.remaining))
        seconds = _seconds(_first(headers, self.reset), pacer.now())
        if remaining is not None and seconds is not None:
            pacer.learn(
                self.name,
                remaining=remaining,
                reset=seconds + self.rounded,
                reserve=reserve(pacer, limit),
                shared=self.groups,
                total=limit or 0,
            )
        return limit

    def budget(self, pacer: Pacer, assumed: float) -> Budget:
        """Return the window as one of the desk's limits: as answers told it, else `assumed` requests a second."""
        heard = pacer.budgets().get(self.name)
        told = heard.total / pacer.share if heard is not None else 0.0
        return Budget(self.name, round(told), self.seconds, assumed=assumed * self.seconds)


def paces(pacer: Pacer, seconds: Mapping[str, float], otherwise: float = 60.0) -> tuple[Pace, ...]:
    """Return the limits that answers told, as far as they are ours, for a forecast. `seconds`: how long the window of a budget is whose
    name holds this text; `otherwise`: of all others.
    """
    return tuple(
        Pace(
            frozenset(heard.groups),
            heard.total,
            next((length for part, length in seconds.items() if part in name), otherwise),
            max(0, heard.left),
            heard.until - ROUNDED,
            ROUNDED,
        )
        for name, heard in pacer.budgets().items()
        if heard.total > 0
    )


def reserve(pacer: Pacer, limit: int | None) -> int:
    """Return the requests of a budget that are left to the live desk."""
    return int((limit or 0) * (1 - pacer.share) + 1e-9)


def figure(text: str | None) -> int | None:
    """Return a whole number of a header, None where it holds none."""
    return int(text) if text is not None and text.strip().isdigit() else None


def _first(headers: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((headers[name] for name in names if headers.get(name)), None)


_UNIX = 1_000_000_000
"""Seconds from now are never so many; unix seconds always are."""


def _seconds(text: str | None, now: float) -> float | None:
    """Return the seconds until a time that a header tells."""
    amount = figure(text)
    if amount is not None:
        return float(amount) if amount < _UNIX else max(0.0, amount - now)
    if not text:
        return None
    try:
        return max(0.0, datetime.fromisoformat(text.strip()).timestamp() - now)
    except ValueError:
        return None
