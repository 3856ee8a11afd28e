"""The sheet that auditors fill in: one line a ticket, read back from any spreadsheet, and what they found counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ticketferry.errors import MappingError, UsageError
from ticketferry.store.spreadsheet import read_spreadsheet, write_cells

__all__ = ["COLUMNS", "Judgement", "WorksheetLine", "read_worksheet", "write_worksheet"]

COLUMNS = (
    "ticket", "number", "title", "why", "old_address", "new_ticket", "new_address", "verdict", "defect",
)  # fmt: skip
_NEEDED = ("ticket", "verdict")
_VERDICTS = {"": "", "ok": "ok", "defect": "defect"}


class WorksheetLine(NamedTuple):
    """One ticket. `verdict`: `ok`, `defect`, or empty until somebody looked; `defect`: what is wrong, in an auditor's words."""

    ticket: str
    number: str
    title: str
    why: str
    old_address: str
    new_ticket: str
    new_address: str
    verdict: str = ""
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What auditors wrote: ticket -> what is wrong with it ("": nothing). A ticket that nobody looked at is among `open`."""

    judged: Mapping[str, str] = field(default_factory=dict)
    open: tuple[str, ...] = ()

    @property
    def defects(self) -> dict[str, str]:
        """Return the tickets with a defect, with its words."""
        return {ticket: words for ticket, words in self.judged.items() if words}


def write_worksheet(path: Path, lines: Iterable[WorksheetLine]) -> None:
    """Write an empty sheet. Raises UsageError where somebody has written into the one that is there."""
    if path.exists():
        held = read_spreadsheet(path, COLUMNS, _NEEDED)
        if held is not None and any(row.cells.get("verdict") or row.cells.get("defect") for row in held.rows):
            raise UsageError(
                f"somebody has written into {path}; nothing was drawn",
                remedy="Count what they found with `ticketferry audit judge`, or move the folder away and draw again.",
            )
    write_cells(path, COLUMNS, lines)


def read_worksheet(path: Path, drawn: Iterable[str]) -> Judgement:
    """Read what auditors wrote of the tickets that were `drawn`. Raises MappingError with file:line:column of every fault.

    Each ticket must stand there once and no other may: a line that fell out of a sheet is no ticket without a defect.
    """
    table = read_spreadsheet(path, COLUMNS, _NEEDED)
    if table is None:
        raise UsageError(
            f"there is no worksheet {path}", remedy="Draw a sample first: `ticketferry audit sample`."
        )
    wanted = dict.fromkeys(drawn, "")
    found: dict[str, str] = {}
    unseen: list[str] = []
    problems = table.problems
    for row in table.rows:
        ticket, verdict = row.cells["ticket"], row.cells["verdict"].casefold()
        words = row.cells.get("defect", "")
        fault = ""
        if ticket not in wanted:
            fault = f"`{ticket}` is not among the tickets that were drawn"
        elif ticket in found or ticket in unseen:
            fault = f"{ticket} stands there twice"
        elif verdict not in _VERDICTS:
            fault = f"`{row.cells['verdict']}` is no verdict: write ok or defect, or leave it empty"
        elif words and verdict == "ok":
            fault = f"{ticket} is ok, and a defect is written beside it: {words}"
        if fault:
            problems.append(f"{row.where}:1: {fault}")
        elif not verdict and not words:
            unseen.append(ticket)
        else:
            found[ticket] = (words or "no words") if verdict != "ok" else ""
    missing = (
        [] if problems else [ticket for ticket in wanted if ticket not in found and ticket not in unseen]
    )
    problems += [f"{path.name}:1:1: the line of {ticket} is missing" for ticket in missing]
    if problems:
        raise MappingError(problems, what="the worksheet")
    return Judgement(found, tuple(unseen))
