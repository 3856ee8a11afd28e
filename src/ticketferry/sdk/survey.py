"""What a desk can tell about itself beside its records: control totals, gaps in its numbers, and what nobody migrates.

A source that declares `Feature.TOTALS` or `Feature.INVENTORY` implements these methods of :class:`Survey`; others do not have them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

__all__ = ["Absence", "ControlTotal", "Month", "NotMoved", "Survey", "months"]


class Absence(StrEnum):
    """Why a number between 1 and the highest one has no ticket in the snapshot."""

    DELETED = "deleted"
    """The desk lists it as deleted."""
    MERGED = "merged"
    """It was merged into another ticket and is no longer shown."""
    PURGED = "purged"
    """It was deleted for good: nothing of it is left, and the desk says so or shows everything else to us."""
    PURGED_OR_ARCHIVED = "purged_or_archived"
    """The desk answers to it as to one that was deleted for good, and would answer so to one that was put into its archive."""
    UNUSED = "unused"
    """It never was a ticket: the desk lists what was deleted, and neither shows nor lists this one."""
    MOVED = "moved"
    """It has another number now (an issue that went to another project)."""
    INVISIBLE = "invisible"
    """It is there, and these credentials may not see it."""
    UNKNOWN = "unknown"
    """Nobody can say: an error, since a ticket may have been missed."""


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """How many tickets the desk counts by an endpoint that has nothing to do with how they were read.

    `stage` is a stage as `translate` gives it, or several that the desk counts together, joined by `+`
    (`closed+merged`); empty: all that is not deleted, spam or suspended. `month` (`2026-03`, of `created`, UTC); empty:
    any. No two totals have the same stage and month. `exact` False: the desk says that it only estimates, and the
    figure is shown but not held against the snapshot.
    """

    count: int
    where: str
    """What was asked, for a person (`GET /search/count status:open created 2026-03`)."""
    stage: str = ""
    month: str = ""
    exact: bool = True


@dataclass(frozen=True, slots=True)
class NotMoved:
    """One thing that is not migrated and that somebody rebuilds by hand: a macro, a trigger, a view, an article."""

    what: str
    """Kind in words (`macro`, `trigger`, `queue`)."""
    id: str
    name: str
    active: bool = True
    used: int | None = None
    """How often it was used in the time that the desk counts; None: the desk does not say."""
    used_when: str = ""
    """The time that `used` is about, in words (`last 30 days`)."""
    last_used: datetime | None = None
    url: str = ""
    note: str = ""


class Survey(Protocol):
    """Optional half of a source."""

    def totals(self) -> Iterator[ControlTotal]:
        """Count tickets by stage and month of creation (`Feature.TOTALS`); ask only for what the desk can count by itself.

        Raises UnsupportedError or RejectedError where it cannot count just now: that is told, and reading goes on.
        """
        ...

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        """Say why these numbers have no ticket in the snapshot (`Feature.TOTALS`); a number that *is* there now is left out.

        Called with at most a thousand numbers, as the desk writes them (`1042`, `SUP-12`). The core reads a number that
        is left out by its id; where that gives nothing, the next extract has to bring it, else it counts as unknown.
        """
        ...

    def inventory(self) -> Iterator[NotMoved]:
        """List what is not migrated, with its use (`Feature.INVENTORY`)."""
        ...


class Month(NamedTuple):
    """A month in UTC: its name (`2026-03`), its first instant, and that of the next."""

    name: str
    begin: datetime
    end: datetime


def months(oldest: datetime | None, now: float) -> Iterator[Month]:
    """Yield the months from that of the oldest ticket to the present one (`now`: unix seconds); none where there is no ticket."""
    if oldest is None:
        return
    at = oldest.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while at <= datetime.fromtimestamp(now, UTC):
        after = at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
        yield Month(f"{at:%Y-%m}", at, after)
        at = after
