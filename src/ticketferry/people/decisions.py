"""The file in which a person decides who is who; read strictly, from any spreadsheet, written whole or not at all."""

import codecs
import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ticketferry.errors import ConfigError, MappingError
from ticketferry.schema.records import digest
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.signs import FORMULA, unformulated, visible

__all__ = [
    "COLUMNS",
    "WORDS",
    "Decision",
    "Decisions",
    "read_decisions",
    "refuse_unknown",
    "write_cells",
    "write_decisions",
]

COLUMNS = ("ref", "name", "email", "suggestion", "decision", "why", "by", "other", "score", "when")
_NEEDED = ("ref", "decision")
MAX_BYTES = 200_000_000
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
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MappingError([f"{path.name}:1:1: larger than {MAX_BYTES:,} bytes"])
        data = path.read_bytes()
    except FileNotFoundError:
        return Decisions()
    except OSError as error:
        raise ConfigError(
            f"the decisions cannot be read: {error.strerror or error}", where=str(path)
        ) from error
    text, certain = _decoded(data, path.name)
    problems: list[str] = []
    rows: dict[str, Decision] = {}
    places: dict[str, str] = {}
    first, sign = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    columns: list[str] = []
    line = 0
    try:
        for cells in reader:
            # A cell may hold line breaks: a row is where it begins.
            line, began = reader.line_num, line + 1
            if began < first or not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip().lower() for cell in cells]
                problems += _faults_of_header(columns, f"{path.name}:{began}:1")
                if problems:
                    break
                continue
            row = _row([_plain(cell) for cell in cells], columns, f"{path.name}:{began}:1", rows, problems)
            if row is not None and not certain and not f"{row.ref}{row.suggestion}{row.decision}".isascii():
                problems.append(
                    f"{path.name}:{began}:1: neither UTF-8 nor UTF-16 text: save the file as CSV UTF-8"
                )
            elif row is not None:
                rows[row.ref] = row
                places[row.ref] = f"{path.name}:{began}"
    except csv.Error as error:
        problems.append(f"{path.name}:{reader.line_num}:1: not CSV: {error}")
    if problems:
        raise MappingError(problems)
    return Decisions(rows, places)


def _decoded(data: bytes, name: str) -> tuple[str, bool]:
    """Return the text, and whether its signs are certain."""
    certain = True
    # Every second byte of ASCII in UTF-16 is zero.
    encoding = {1: "utf-16-le", 0: "utf-16-be"}.get(data[:2].find(0), "utf-8-sig")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            line = data[: error.start].count(b"\n") + 1
            raise MappingError(
                [f"{name}:{line}:1: neither UTF-8 nor UTF-16 text: save the file as CSV UTF-8"]
            ) from error
        # What spreadsheets save as plain CSV is in the code page of some country; what is for reading alone may come out wrong.
        text, certain = data.decode("cp1252", "replace"), False
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise MappingError([f"{name}:{line}:1: not a text file: save it as CSV UTF-8"])
    return text, certain


def _delimiter(text: str) -> tuple[int, str]:
    """Return the line of the header, and what parts columns: told by a line `sep=;` of a spreadsheet, else the sign most seen."""
    head = text.split("\n", 1)[0].strip("\r ")
    named = head.strip('"')
    if named.lower().startswith("sep=") and len(named) == 5:
        return 2, named[4]
    return 1, max(",;\t|", key=head.count)


def _plain(cell: str) -> str:
    """Return a cell without blanks around it, and without the sign that keeps a spreadsheet from taking it for a formula."""
    text = cell.strip().strip("\u00a0\ufeff").strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def _faults_of_header(columns: list[str], where: str) -> list[str]:
    while columns and not columns[-1]:
        columns.pop()
    faults = [
        f"{where}: no column `{name}`: the first line must be `{','.join(COLUMNS)}`"
        for name in _NEEDED
        if name not in columns
    ]
    faults += [
        f"{where}: a column `{name}` is not known: there are {', '.join(COLUMNS)}"
        for name in columns
        if name not in COLUMNS
    ]
    faults += [
        f"{where}: the column `{name}` stands there twice"
        for name in sorted(set(columns))
        if columns.count(name) > 1
    ]
    return faults


def _row(
    cells: list[str],
    columns: list[str],
    where: str,
    rows: Mapping[str, Decision],
    problems: list[str],
) -> Decision | None:
    least = 1 + max(columns.index(name) for name in _NEEDED)
    if len(cells) < least or any(cells[len(columns) :]):
        problems.append(f"{where}: {len(cells)} columns, wanted are {len(columns)}")
        return None
    row = Decision(**dict(zip(columns, cells, strict=False)))
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


def write_decisions(path: Path, rows: Iterable[Decision]) -> None:
    """Write the file through a neighbour that takes its place; what a spreadsheet would run as a formula is quoted."""
    write_cells(path, COLUMNS, rows)


def write_cells(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table as `write_decisions` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            for row in rows:
                writer.writerow([_shown(cell) for cell in row])
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _shown(cell: str) -> str:
    # A lone carriage return would end the row for whoever reads it: the csv module quotes line feeds alone.
    return unformulated(visible(cell.replace("\r\n", "\n").replace("\r", "\n")))
