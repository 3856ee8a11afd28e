"""How a desk is doing, day by day (UTC): tickets that come back, lie untriaged, go to the wrong group, stall, or miss their goals."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

from ticketferry.kpi.histories import History, Step, seconds_of
from ticketferry.schema.lifecycle import CLOSED_STAGES, Stage
from ticketferry.schema.records import Record

__all__ = [
    "DAY",
    "SIGNS",
    "STALLED_AFTER",
    "TRIAGE_WITHIN",
    "DeskSigns",
    "Goal",
    "Sign",
    "SignDay",
    "goals_of",
]

DAY = 86_400
TRIAGE_WITHIN = DAY
"""Seconds that a ticket may be new before it counts as untriaged."""
STALLED_AFTER = 7 * DAY
"""Seconds that a ticket may wait for its customer without a word before it counts as stalled."""
_ENDED = frozenset(stage.value for stage in CLOSED_STAGES)


class Sign(NamedTuple):
    """A share: tickets of one column of `SignDay` in those of another."""

    title: str
    of: str
    words: str


SIGNS = {
    "reopened": Sign("reopened", "resolved", "of those resolved"),
    "misrouted": Sign("to another group", "created", "of those created"),
    "untriaged": Sign("untriaged", "open", "of those open: new for more than a day"),
    "stalled": Sign("stalled", "open", "of those open: pending for a week without a word"),
    "breached": Sign("goal missed", "goals", "of the goals (SLA) that ended"),
}
"""Name of the column -> what it is a share of."""


class Goal(NamedTuple):
    """A service level goal of a ticket that ended: when (seconds since 1970), and whether it was missed."""

    at: int
    missed: bool


class SignDay(NamedTuple):
    """One day (since 1970, UTC). `open`, `untriaged` and `stalled` as it ended, everything else what happened on it."""

    day: int
    created: int
    resolved: int
    reopened: int
    misrouted: int
    goals: int
    breached: int
    open: int
    untriaged: int
    stalled: int


_FLOWS = ("created", "resolved", "reopened", "misrouted", "goals", "breached")
_STOCKS = ("open", "untriaged", "stalled")


@dataclass(slots=True)
class _Life:
    """Where a ticket stands while its moments are gone through."""

    stage: str = ""
    entered: int = 0
    quiet: int = 0


class DeskSigns:
    """The signs of a desk from one moment to another (seconds since 1970): memory grows with days, not with tickets (but for four bytes each first response)."""

    def __init__(self, since: int, as_of: int) -> None:
        self.since, self.as_of = since, as_of
        self._responses: dict[int, array[int]] = {}
        self._flows: dict[str, Counter[int]] = {name: Counter() for name in _FLOWS}
        self._changes: dict[str, Counter[int]] = {name: Counter() for name in _STOCKS}

    def add(self, history: History, goals: Iterable[Goal] = (), *, moved: int | None = None) -> None:
        """Add a ticket. `moved`: when ticketferry wrote it last (seconds since 1970): what happened to it before is not the desk's
        doing, and it counts neither as created nor as routed there.
        """
        floor = self.since if moved is None else max(self.since, moved + 1)
        own = moved is None and history.created >= floor
        if own:
            self._happened("created", history.created)
        life, groups, misrouted, answered = _Life(), set[str](), False, False
        for at, step, value in history.moments:
            if at > self.as_of:
                break
            if step is Step.STAGE:
                self._leave(life, at)
                if at >= floor and (value in _ENDED) != (life.stage in _ENDED):
                    self._happened("resolved" if value in _ENDED else "reopened", at)
                life.stage, life.entered, life.quiet = value, at, at
            elif step in (Step.MESSAGE, Step.NOTE):
                self._stall(life, at)
                life.quiet = at
                if step is Step.MESSAGE and not answered and value in ("human", "ai_agent"):
                    answered = True
                    if own:
                        day = history.created // DAY
                        self._responses.setdefault(day, array("i")).append(at - history.created)
            elif step is Step.GROUP:
                groups.add(value)
                if own and len(groups) > 1 and not misrouted:
                    misrouted = True
                    self._happened("misrouted", at)
        self._leave(life, None)
        for goal in goals:
            if floor <= goal.at <= self.as_of:
                self._happened("goals", goal.at)
                if goal.missed:
                    self._happened("breached", goal.at)

    def days(self) -> Iterator[SignDay]:
        """Yield each day from that of `since` to that of `as_of`; the last as it stands then."""
        first = self.since // DAY
        here = {
            name: sum(count for day, count in changes.items() if day < first)
            for name, changes in self._changes.items()
        }
        for day in range(first, self.as_of // DAY + 1):
            for name, changes in self._changes.items():
                here[name] += changes.get(day, 0)
            yield SignDay(day, **{name: flow[day] for name, flow in self._flows.items()}, **here)

    def first_response(self, first: int = 0) -> tuple[float | None, int]:
        """Return the median seconds to the first response of tickets created on day `first` or later (None: none was answered), and how
        many were.
        """
        seconds = [value for day, values in self._responses.items() if day >= first for value in values]
        return (float(median(seconds)) if seconds else None), len(seconds)

    def _happened(self, name: str, at: int) -> None:
        self._flows[name][at // DAY] += 1

    def _leave(self, life: _Life, end: int | None) -> None:
        """Count the stage that a ticket leaves, or is in now (None)."""
        if not life.stage or life.stage in _ENDED:
            return
        self._lay("open", life.entered, end)
        if life.stage == Stage.NEW.value:
            self._lay("untriaged", life.entered + TRIAGE_WITHIN, end)
        self._stall(life, end)

    def _stall(self, life: _Life, end: int | None) -> None:
        if life.stage == Stage.PENDING_CUSTOMER.value:
            self._lay("stalled", life.quiet + STALLED_AFTER, end)

    def _lay(self, name: str, start: int, end: int | None) -> None:
        first, after = start // DAY, None if end is None else end // DAY
        if start > self.as_of or (end is not None and end <= start) or first == after:
            return
        self._changes[name][first] += 1
        if after is not None:
            self._changes[name][after] -= 1


def goals_of(case: Record) -> Iterator[Goal]:
    """Yield the service level goals of a case that ended, as its desk tells them; one that is missed ended when it was."""
    for row in case.get("sla") or ():
        for cycle in row.get("cycles") or () if isinstance(row, Mapping) else ():
            missed = cycle.get("breached") is True
            at: Any = (cycle.get("breach_at") if missed else None) or cycle.get("stop")
            if at:
                yield Goal(seconds_of(str(at)), missed)
