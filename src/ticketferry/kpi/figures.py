"""The figures of many tickets in columns: some hundred bytes a ticket, whatever it holds; tables by what figures are broken down by."""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ticketferry.kpi.histories import History, Labels, Step
from ticketferry.kpi.measures import COUNTS, FACTS, SPANS, Measures
from ticketferry.schema.lifecycle import CLOSED_STAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AGES", "BREAKDOWNS", "Backlog", "FigureColumns", "FigureRow", "Span"]

BREAKDOWNS = (*Labels._fields, "month")
AGES = (1, 7, 30)
"""Borders of the ages of open tickets, in days."""
_DAY = 86_400
_ENDED = frozenset(stage.value for stage in CLOSED_STAGES)


@dataclass(frozen=True, slots=True)
class Span:
    """One figure in seconds over a set of tickets; all 0 where `tickets` is 0."""

    tickets: int
    median: float
    mean: float
    p90: float


@dataclass(frozen=True, slots=True)
class FigureRow:
    """The figures of the tickets that share a value of a breakdown (`""`: all tickets). Shares are of resolved tickets, 0 to 1."""

    value: str
    tickets: int
    resolved: int
    reopened: float
    one_touch: float
    first_contact: float
    replies: float
    """Mean of public replies a ticket."""
    calendar: dict[str, Span]
    business: dict[str, Span]


class FigureColumns:
    """Columns of figures, a ticket after the other."""

    def __init__(self, *, business: bool = False) -> None:
        self.business = business
        self.gaps: Counter[str] = Counter()
        """What histories did not tell -> tickets."""
        self._calendar = {name: array("i") for name in SPANS}
        self._business = {name: array("i") for name in SPANS} if business else {}
        self._counts = {name: array("i") for name in COUNTS}
        self._facts = {name: array("b") for name in FACTS}
        self._labels: list[dict[str, int]] = [{} for _ in BREAKDOWNS]
        self._coded = [array("i") for _ in BREAKDOWNS]
        self.backlog = Backlog()

    def __len__(self) -> int:
        return len(self._counts[COUNTS[0]])

    def add(self, history: History, calendar: Measures, business: Measures | None = None) -> None:
        """Add a ticket."""
        for name in SPANS:
            value = getattr(calendar, name)
            self._calendar[name].append(-1 if value is None else value)
            if self._business:
                value = getattr(business, name)
                self._business[name].append(-1 if value is None else value)
        for name in COUNTS:
            self._counts[name].append(getattr(calendar, name))
        for name in FACTS:
            value = getattr(calendar, name)
            self._facts[name].append(-1 if value is None else value)
        month = datetime.fromtimestamp(history.created, UTC).strftime("%Y-%m")
        for codes, column, value in zip(self._labels, self._coded, (*history.labels, month), strict=True):
            column.append(codes.setdefault(value, len(codes)))
        self.gaps.update(history.gaps)
        self.backlog.add(history)

    def rows(self, by: str | None = None) -> Iterator[FigureRow]:
        """Yield the figures of all tickets, or of each value of a breakdown: months in order, others the most tickets first."""
        import numpy as np

        if by is None:
            yield self._row("", np.arange(len(self)))
            return
        number = BREAKDOWNS.index(by)
        codes = np.asarray(self._coded[number])
        order = np.argsort(codes, kind="stable")
        names = list(self._labels[number])
        borders = np.searchsorted(codes[order], np.arange(len(names) + 1))
        parts = [(name, order[borders[code] : borders[code + 1]]) for code, name in enumerate(names)]
        for name, part in sorted(parts, key=_by_month if by == "month" else _largest_first):
            yield self._row(name, part)

    def _row(self, value: str, part: "NDArray[Any]") -> FigureRow:
        import numpy as np

        facts = {name: np.asarray(self._facts[name])[part] == 1 for name in FACTS}
        reopened = (np.asarray(self._counts["reopens"])[part] > 0) & facts["resolved"]
        resolved = int(facts["resolved"].sum())
        share = 1 / resolved if resolved else 0.0
        return FigureRow(
            value,
            len(part),
            resolved,
            int(reopened.sum()) * share,
            int(facts["one_touch"].sum()) * share,
            int(facts["first_contact"].sum()) * share,
            float(np.asarray(self._counts["replies"])[part].mean()) if len(part) else 0.0,
            {name: _span(np.asarray(values)[part]) for name, values in self._calendar.items()},
            {name: _span(np.asarray(values)[part]) for name, values in self._business.items()},
        )


def _largest_first(group: tuple[str, Any]) -> tuple[int, str]:
    return -len(group[1]), group[0]


def _by_month(group: tuple[str, Any]) -> str:
    return group[0]


def _span(values: "NDArray[Any]") -> Span:
    import numpy as np

    known = values[values >= 0].astype("float64")
    if not len(known):
        return Span(0, 0.0, 0.0, 0.0)
    median, p90 = np.quantile(known, (0.5, 0.9))
    return Span(len(known), float(median), float(known.mean()), float(p90))


@dataclass(slots=True)
class Backlog:
    """Open tickets by day and age, as what each day adds: memory grows with days, not with tickets."""

    changes: list[Counter[int]] = field(default_factory=lambda: [Counter() for _ in (0, *AGES)])
    """An age -> day since 1970 -> how many tickets more (or fewer) than the day before."""

    def add(self, history: History) -> None:
        """Count a ticket on each day at whose end (UTC) it was open."""
        opened: int | None = None
        for at, step, value in history.moments:
            if step is not Step.STAGE:
                continue
            if value in _ENDED:
                if opened is not None:
                    self._open(history.created, opened, at)
                opened = None
            elif opened is None:
                opened = at
        if opened is not None:
            self._open(history.created, opened, None)

    def _open(self, created: int, start: int, end: int | None) -> None:
        borders = (0, *(days * _DAY for days in AGES))
        for number, (changes, low) in enumerate(zip(self.changes, borders, strict=True)):
            enters = max(start, created + low)
            high = borders[number + 1] if number + 1 < len(borders) else None
            leaves = end
            if high is not None and (leaves is None or created + high < leaves):
                leaves = created + high
            if leaves is not None and leaves <= enters:
                continue
            first, after = enters // _DAY, None if leaves is None else leaves // _DAY
            if after == first:
                continue
            changes[first] += 1
            if after is not None:
                changes[after] -= 1

    def days(self, until: int) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield (day since 1970, open tickets by age, the youngest first) for each day from the first to `until`."""
        known = [day for changes in self.changes for day in changes]
        if not known:
            return
        here = [0] * len(self.changes)
        for day in range(min(known), until + 1):
            for number, changes in enumerate(self.changes):
                here[number] += changes.get(day, 0)
            yield day, tuple(here)
