"""What the tool has suggested before: so that it knows its own lines from a person's, and a line that a person took out."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ticketferry.errors import ConfigError
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.store.spreadsheet import write_cells

__all__ = ["BY", "OfferLog", "OfferedLine"]

BY = "ticketferry"
"""What stands under `by` in a line of the tool's."""
_COLUMNS = ("ref", "suggestion", "decision", "why", "when")


class OfferedLine(NamedTuple):
    """A line as the tool wrote it."""

    ref: str
    suggestion: str
    decision: str
    why: str
    when: str


@dataclass
class OfferLog:
    """All lines that the tool wrote into a decisions file, kept beside it (`people.offered.csv`). Who deletes this file is asked everything again."""

    path: Path
    lines: dict[tuple[str, str], OfferedLine] = field(default_factory=dict)

    @classmethod
    def beside(cls, decisions: Path) -> "OfferLog":
        """Read the log of a decisions file; one that is absent says that nothing was suggested yet."""
        log = cls(decisions.with_suffix(".offered.csv"))
        try:
            with log.path.open(encoding="utf-8-sig", newline="") as file:
                for cells in csv.reader(file):
                    if len(cells) == len(_COLUMNS) and cells[0] != _COLUMNS[0]:
                        log.note(OfferedLine(*cells))
        except FileNotFoundError:
            return log
        except (UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(
                f"what was suggested before cannot be read: {error}",
                where=str(log.path),
                remedy="Restore the file, or delete it: then lines that were taken out are suggested again.",
            ) from error
        return log

    def note(self, line: OfferedLine) -> None:
        """Note a line that the tool writes now."""
        self.lines[line.ref, line.suggestion] = line

    def taken_out(self, decisions: Decisions, one: str, other: str) -> bool:
        """Tell whether a line that named the two, in either direction, stands no longer there: a person deleted it."""
        pairs = ((one, other), (other, one))
        return any(pair in self.lines and pair[0] not in decisions.rows for pair in pairs)

    def wrote(self, row: Decision) -> bool:
        """Tell whether a row stands as the tool wrote it. What a spreadsheet does to blanks and signs is nobody's edit."""
        line = self.lines.get((row.ref, row.suggestion))
        if line is None or row.by.casefold() != BY or row.decision.casefold() != line.decision:
            return False
        return _bare(row.why) == _bare(line.why)

    def write(self, rows: Iterable[Decision]) -> None:
        """Keep what was written, with what had been written before."""
        for row in rows:
            self.note(OfferedLine(row.ref, row.suggestion, row.decision, row.why, row.when))
        write_cells(self.path, _COLUMNS, (self.lines[pair] for pair in sorted(self.lines)))


def _bare(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isascii() and sign.isalnum())
