"""Counts the tickets of a folder line by line, without translating them, and tells which numbers were deleted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from ticketferry.sdk import Absence, ControlTotal, Kind, Record
from ticketferry_neutral.files import Folder

__all__ = ["Counting"]

_APART = frozenset({"deleted", "spam", "suspended"})
"""Stages that a total of all stages leaves out."""


class Counting:
    """The control totals of one folder; `takes` tells whether a ticket belongs to what is read."""

    def __init__(self, folder: Folder, takes: Callable[[Kind, str], bool]) -> None:
        self._folder = folder
        self._takes = takes
        self._size = -1
        self._live: set[str] = set()
        self._gone: set[str] = set()

    def totals(self) -> Iterator[ControlTotal]:
        """Count by stage and month; tickets without either are in the total of all only."""
        counts: Counter[tuple[str, str]] = Counter()
        everything = 0
        for record in self._tickets():
            stage, month = str(record.get("stage", "")), _month(str(record.get("created", "")))
            everything += stage not in _APART
            if stage and month:
                counts[stage, month] += 1
        where = str(self._folder.file(Kind.TICKET))
        yield ControlTotal(everything, where)
        for (stage, month), count in sorted(counts.items()):
            yield ControlTotal(count, where, stage, month)

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        """Tell deleted numbers from those that the folder never held: it shows all that it has."""
        self._look()
        return {
            number: Absence.DELETED if number in self._gone else Absence.PURGED
            for number in numbers
            if number not in self._live
        }

    def _tickets(self) -> Iterator[Record]:
        live = self._folder.index(Kind.TICKET).live
        for line in self._folder.lines(Kind.TICKET):
            if live.get(line.id) == line.start and self._takes(Kind.TICKET, line.id):
                yield line.record

    def _look(self) -> None:
        index = self._folder.index(Kind.TICKET)
        if index.size == self._size:
            return
        self._live = {str(record.get("number", "")) for record in self._tickets()}
        self._gone = {
            str(line.record.get("number", ""))
            for id_ in index.gone
            if (line := self._folder.last(Kind.TICKET, id_)) is not None
        }
        self._size = index.size


def _month(time: str) -> str:
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return ""
    return f"{at.astimezone(UTC) if at.tzinfo else at:%Y-%m}"
