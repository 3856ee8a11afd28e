"""The file in which a person decides who wins what both desks changed: `decisions/conflicts.csv`, one line a field of a record.

A plan adds the lines that are open; a line that stands there is never changed, whoever wrote it. A decision is good for the two values that
it was made about: where one of them changes again, a new line asks again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ticketferry.errors import MappingError
from ticketferry.schema.records import digest
from ticketferry.store.spreadsheet import read_spreadsheet

__all__ = ["COLUMNS", "NAME", "ConflictDecisions", "ConflictLine", "read_conflict_decisions"]

NAME = "decisions/conflicts.csv"
COLUMNS = ("ref", "subject", "field", "we_wrote", "old_desk", "new_desk", "decision", "by", "why", "state")
_NEEDED = ("ref", "field", "decision", "state")
_WORDS = ("", "source", "target")


class ConflictLine(NamedTuple):
    """One line. `state` names the two values; `decision`: `source`, `target`, or empty while nobody has decided."""

    ref: str
    subject: str = ""
    field: str = ""
    we_wrote: str = ""
    old_desk: str = ""
    new_desk: str = ""
    decision: str = ""
    by: str = ""
    why: str = ""
    state: str = ""

    @property
    def about(self) -> tuple[str, str, str]:
        """What the line is about: record, field and the two values."""
        return self.ref, self.field, self.state


@dataclass(frozen=True)
class ConflictDecisions:
    """All lines of the file, in its order."""

    lines: Mapping[tuple[str, str, str], ConflictLine] = field(default_factory=dict)

    def winner(self, ref: str, field: str, state: str) -> str | None:
        """Return who wins a field of a record; None: nobody has decided about these two values."""
        line = self.lines.get((ref, field, state))
        return (line.decision or None) if line is not None else None

    def leaves(self, ref: str, field: str, seen: str | None) -> bool:
        """Tell whether a person looked at what the new desk holds of a field, and left it."""
        return any(
            line.decision == "target" and line.state.partition(":")[2] == (seen or "none")
            for line in self.of.get((ref, field), ())
        )

    @cached_property
    def of(self) -> dict[tuple[str, str], list[ConflictLine]]:
        """The lines by record and field."""
        found: dict[tuple[str, str], list[ConflictLine]] = {}
        for line in self.lines.values():
            found.setdefault((line.ref, line.field), []).append(line)
        return found

    def open(self) -> list[ConflictLine]:
        """Return the lines that wait for a person."""
        return [line for line in self.lines.values() if not line.decision]

    def told(self) -> list[str]:
        """Return what is decided, as one text; nothing where nothing is."""
        decided = sorted(
            "\x1f".join((*line.about, line.decision)) for line in self.lines.values() if line.decision
        )
        return [digest(dict.fromkeys(decided)).hex()] if decided else []

    def with_people(self, people: str) -> str:
        """Return a digest of the decisions on people with these; that of people alone where nothing is decided here."""
        return digest({"people": people, "conflicts": told[0]}).hex() if (told := self.told()) else people


def read_conflict_decisions(root: Path) -> ConflictDecisions:
    """Read the file of a migration's folder; one that is absent decides nothing. Raises MappingError with file:line of every fault."""
    table = read_spreadsheet(root / NAME, COLUMNS, _NEEDED)
    if table is None:
        return ConflictDecisions()
    lines: dict[tuple[str, str, str], ConflictLine] = {}
    for row in table.rows:
        line = ConflictLine(**row.cells)
        line = line._replace(decision=line.decision.casefold())
        if line.decision not in _WORDS:
            said = f"`{line.decision}` is no decision: leave it empty, or write `source` or `target`"
            table.problems.append(f"{row.where}:1: {said}")
        elif line.about in lines:
            said = f"{line.field} of {line.ref} stands here twice with the same values"
            table.problems.append(f"{row.where}:1: {said}")
        else:
            lines[line.about] = line
    if table.problems:
        raise MappingError(sorted(table.problems))
    return ConflictDecisions(lines)
