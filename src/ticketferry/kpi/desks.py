"""The figures of a migration's desks, as screens and reports show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ticketferry.kpi.figures import FigureColumns
from ticketferry.kpi.measures import KpiDefinition
from ticketferry.kpi.parity import Merged, Parity

__all__ = ["FIGURE_NAMES", "ComparedFigures", "DeskFigures"]

FIGURE_NAMES = {
    "first_response": "first response",
    "first_human_response": "… by a person",
    "first_resolution": "first resolution",
    "full_resolution": "full resolution",
    "requester_wait": "customer waited",
    "agent_wait": "agents waited",
    "on_hold": "on hold",
    "replies": "replies",
    "reopens": "reopens",
    "assignees": "assignees",
    "groups": "groups",
    "resolved": "resolved",
    "one_touch": "one touch",
    "first_contact": "first contact",
}
"""What figures are called."""


@dataclass(slots=True)
class DeskFigures:
    """The figures of one desk as of a snapshot. `as_of`: seconds since 1970."""

    desk: str
    snapshot: int
    as_of: int
    definition: KpiDefinition
    figures: FigureColumns

    def backlog(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield (day, open tickets at its end by age, the youngest first) up to the day of the snapshot."""
        for day, ages in self.figures.backlog.days(self.as_of // 86_400):
            yield _day(day), tuple(ages)


@dataclass(slots=True)
class ComparedFigures:
    """What becomes of the figures. `mapped`: with the statuses of the mapping; `read`: as the target holds them, None before an apply."""

    definition: KpiDefinition
    merged: list[Merged]
    undecided: list[str]
    """Statuses of the source that no rule decides."""
    mapped: Parity
    read: Parity | None

    @property
    def equal(self) -> bool:
        """Tell whether every figure of every ticket survives."""
        return all(side is None or side.equal == side.tickets for side in (self.mapped, self.read))


def _day(day: int) -> str:
    return f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"
