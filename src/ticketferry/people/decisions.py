"""The file in which a person decides who is who; read strictly, from any spreadsheet, written whole or not at all."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ticketferry.errors import MappingError
from ticketferry.schema.records import digest
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.store.spreadsheet import read_spreadsheet, rewrite_cells

__all__ = [
    "COLUMNS",
    "WORDS",
    "Decision",
    "Decisions",
    "read_decisions",
    "refuse_unknown",
    "write_decisions",
]

COLUMNS = ("ref", "name", "email", "suggestion", "decision", "why", "by", "other", "score", "when")
_NEEDED = ("ref", "decision")
WORDS: dict[str, str] = {
    "": "open: nobody has decided, and nothing follows from the row",
    "accept": "as `suggestion` says: one with that record of the source, or that account of the target",
    "separate": "one with nobody: an account of their own is made where the target has none",
    "leave": "left out: an organization is not carried, a person gets a placeholder or nobody",
    "number": "an organization of its own, whose name gets the number of the source behind it: `Acme (4711)`",
    "name: NEW NAME": "an organization of its own under that name",
    "a ref": "one with that record of the source (`acme:person:7`), or that account of the target (`site:person:abc`)",
}
"""What stands in the column `decision`, and what follows."""
_OF_ORGANIZATIONS = ("number", "name:")


class Decision(NamedTuple):
    """One row. `suggestion`: ref of a survivor or of an account in the target; `decision`: one of `WORDS`.

    `other`: who the suggestion is, for reading; `score`: how near the two are, in bits; `when`: day of the suggestion. Those three are not
    read again, so that a spreadsheet may write them as it likes.
    """

    ref: str
    name: str = ""
    email: str = ""
    suggestion: str = ""
    decision: str = ""
    why: str = ""
    by: str = ""
    other: str = ""
    score: str = ""
    when: str = ""

    def chosen(self) -> str | None:
        """Return the ref decided on, "" for nobody, None while it is open."""
        if self.word():
            return ""
        return {"": None, "accept": self.suggestion, "separate": ""}.get(self.decision, self.decision)

    def word(self) -> str:
        """Return `leave`, `number` or `name: …` where that was decided."""
        if self.decision in ("leave", "number") or self.decision.startswith("name:"):
            return self.decision
        return ""


@dataclass(frozen=True)
class Decisions:
    """What a person has decided. Open rows are listed apart."""

    rows: Mapping[str, Decision] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    """Ref -> file and line of its row."""

    def chosen(self, ref: str) -> str | None:
        """Return what was decided for a source ref; None: nothing."""
        row = self.rows.get(ref)
        return None if row is None else row.chosen()

    def open(self) -> list[Decision]:
        """Rows that still wait for a person."""
        return [row for row in self.rows.values() if row.chosen() is None]

    def digest(self) -> str:
        """Digest of what is decided; names, e-mails and reasons do not count."""
        rows = self.rows.values()
        return digest({row.ref: row.word() or row.chosen() for row in rows if row.chosen() is not None}).hex()


def read_decisions(path: Path) -> Decisions:
    """Read the file; one that is absent says nothing. Raises MappingError with file:line:column of every fault.

    UTF-8 or UTF-16, with or without a byte order mark, or a spreadsheet's code page where refs and decisions are ASCII; columns parted by comma, semicolon, tab or bar, in any order. Whether its refs
    are those of the two desks `refuse_unknown` tells.
    """
    table = read_spreadsheet(path, COLUMNS, _NEEDED)
    if table is None:
        return Decisions()
    rows: dict[str, Decision] = {}
    places: dict[str, str] = {}
    for line in table.rows:
        row = _row(line.cells, f"{line.where}:1", rows, table.problems)
        if row is None:
            continue
        if not table.certain and not f"{row.ref}{row.suggestion}{row.decision}".isascii():
            table.problems.append(
                f"{line.where}:1: neither UTF-8 nor UTF-16 text: save the file as CSV UTF-8"
            )
            continue
        rows[row.ref] = row
        places[row.ref] = line.where
    if table.problems:
        raise MappingError(sorted(table.problems, key=_line))
    return Decisions(rows, places)


def _row(
    cells: Mapping[str, str], where: str, rows: Mapping[str, Decision], problems: list[str]
) -> Decision | None:
    row = Decision(**cells)
    decision = row.decision.casefold()
    if decision in WORDS or decision.startswith("name:"):
        row = row._replace(decision=f"name:{row.decision[5:]}" if decision.startswith("name:") else decision)
    if not _is_root(row.ref):
        problems.append(f"{where}: `{row.ref}` is no ref of a person or organization")
        return None
    faults = []
    if row.ref in rows:
        faults.append(f"{row.ref} stands here twice")
    if row.decision == "accept" and not row.suggestion:
        faults.append("`accept`, but nothing is suggested")
    organization = parse_ref(row.ref).kind is Kind.ORGANIZATION
    if row.decision.startswith(_OF_ORGANIZATIONS) and not organization:
        faults.append(
            f"`{row.decision}` is for organizations: a person is one with somebody, `separate` or `leave`"
        )
    if row.decision.startswith("name:") and not row.decision[5:].strip():
        faults.append("`name:` without a name")
    chosen = row.chosen()
    if chosen and not _is_root(chosen):
        words = ", ".join(f"`{word}`" for word in WORDS if word)
        faults.append(f"`{chosen}` is no decision: leave it empty, or write {words}")
    elif chosen:
        if parse_ref(chosen).kind != parse_ref(row.ref).kind:
            faults.append(f"{row.ref} and {chosen} are not of one kind")
        if chosen == row.ref:
            faults.append(f"{row.ref} cannot be decided to be itself: write separate")
    problems.extend(f"{where}: {problem}" for problem in faults)
    return None if faults else row


def _line(problem: str) -> int:
    return int(problem.split(":", 2)[1])


def _is_root(text: str) -> bool:
    try:
        return parse_ref(text).kind in (Kind.PERSON, Kind.ORGANIZATION)
    except ValueError:
        return False


def refuse_unknown(
    decisions: Decisions,
    desks: tuple[str, str],
    in_source: Callable[[Ref], bool],
    in_target: Callable[[Ref], bool],
) -> None:
    """Raise MappingError with the place of every decision about a record that the desks do not have: it would have no effect.

    `desks`: the keys of the old and of the new desk; `here`, `there`: tell whether they have a record. A spreadsheet that shows a
    long number as 1.23E+15 has lost it, and a decision that is passed over gives somebody's tickets to another account.
    """
    problems = []
    for row in decisions.rows.values():
        chosen = row.chosen()
        if chosen is None:
            continue
        where, ref = decisions.places.get(row.ref, ""), parse_ref(row.ref)
        if ref.desk == desks[1] != desks[0]:
            problems.append(f"{where}:1: {ref} is of the new desk: `ref` names somebody of the old one")
        elif not in_source(ref):
            problems.append(f"{where}:1: the old desk has no {ref}")
        if chosen and not (in_source if parse_ref(chosen).desk == desks[0] else in_target)(parse_ref(chosen)):
            problems.append(f"{where}:1: neither desk has {chosen}")
    if problems:
        raise MappingError(problems)


def write_decisions(path: Path, rows: Iterable[Decision], theirs: Collection[str] = ()) -> None:
    """Write the file through a neighbour that takes its place; what a spreadsheet would run as a formula is quoted.

    `theirs`: refs whose lines a person wrote or edited: those stay byte for byte, in a file of whatever order, signs and encoding.
    """
    rewrite_cells(
        path, COLUMNS, {row.ref: row for row in rows}, theirs, ("suggestion", "decision", "why", "by")
    )
