"""What holds the writes of a plan back, as a play of it meets it: rates of groups, windows of an account, jobs that a desk works on."""

import math
from collections.abc import Mapping, Sequence

from ticketferry.plan.timetable import Gate, Stream, Window
from ticketferry.sdk.contract import Endpoint
from ticketferry.sdk.features import Limits

__all__ = ["POLL_SECONDS", "WritePace", "job_of"]

POLL_SECONDS = 2.0
"""Seconds between two questions for a job."""


class WritePace:
    """The gates of one desk: those that every request passes, and by endpoint those that its writes pass beside. `told`: units of budgets by name."""

    def __init__(
        self, limits: Limits, share: float, endpoints: Sequence[Endpoint], told: Mapping[str, float]
    ) -> None:
        windows = [
            (budget.units or told.get(budget.name, 0.0) or budget.assumed, budget.seconds)
            for budget in limits.budgets
            if budget.dealt_out
        ]
        self.everywhere: tuple[Gate, ...] = tuple(
            Window(int(units * share), seconds) for units, seconds in windows if units
        )
        groups = {name: Stream(rate * share) for name, rate in limits.group_rates.items() if rate > 0}
        single = {name: Stream(rate * share) for name, rate in limits.endpoint_rates.items() if rate > 0}
        plain = limits.write_rate * share if not groups and not self.everywhere else 0.0
        every = (Stream(plain),) if plain > 0 else ()
        self.gates: Mapping[str, Sequence[Gate]] = {
            item.name: (
                *every,
                *((groups[item.group],) if item.group in groups else ()),
                *((single[item.name],) if item.name in single else ()),
            )
            for item in endpoints
        }


def job_of(limits: Limits, answer: float, size: float) -> tuple[int, float]:
    """Return how often a job of so many records is asked for until it has ended, and the seconds waited between; `answer`: seconds of an answer."""
    each, record = limits.job_seconds
    polls = max(1, math.ceil((each + record * size + POLL_SECONDS) / (answer + POLL_SECONDS) - 1e-9))
    return polls, (polls - 1) * POLL_SECONDS
