"""The file in which a person decides who is who; read strictly, written whole or not at all."""

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ticketferry.errors import ConfigError, MappingError
from ticketferry.schema.records import digest
from ticketferry.schema.refs import Kind, parse_ref

__all__ = ["COLUMNS", "Decision", "Decisions", "read_decisions", "write_decisions"]

COLUMNS = ("ref", "name", "email", "suggestion", "decision", "why", "by")
MAX_BYTES = 200_000_000
_RISKY = ("=", "+", "-", "@", "\t", "\r")


class Decision(NamedTuple):
    """One row. `suggestion`: ref of a survivor or of an account in the target.

    `decision`: empty (open), `accept` (as suggested), `separate` (nobody else), or the ref of a survivor or account.
    """

    ref: str
    name: str = ""
    email: str = ""
    suggestion: str = ""
    decision: str = ""
    why: str = ""
    by: str = ""

    def chosen(self) -> str | None:
        """Return the ref decided on, "" for nobody, None while it is open."""
        return {"": None, "accept": self.suggestion, "separate": ""}.get(self.decision, self.decision)


@dataclass(frozen=True)
class Decisions:
    """What a person has decided. Open rows are listed apart."""

    rows: Mapping[str, Decision] = field(default_factory=dict)

    def chosen(self, ref: str) -> str | None:
        """Return what was decided for a source ref; None: nothing."""
        row = self.rows.get(ref)
        return None if row is None else row.chosen()

    def open(self) -> list[Decision]:
        """Rows that still wait for a person."""
        return [row for row in self.rows.values() if row.chosen() is None]

    def digest(self) -> str:
        """Digest of what is decided; names, e-mails and reasons do not count."""
        return digest({row.ref: row.chosen() for row in self.rows.values() if row.chosen() is not None}).hex()


def read_decisions(path: Path, known: Callable[[str], bool] | None = None) -> Decisions:
    """Read the file; one that is absent says nothing. Raises MappingError with file:line:column of every fault.

    `known` tells whether a ref exists in either desk.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MappingError([f"{path.name}:1:1: larger than {MAX_BYTES:,} bytes"])
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return Decisions()
    except UnicodeDecodeError as error:
        raise MappingError([f"{path.name}:1:1: not UTF-8 text: save the file as CSV UTF-8"]) from error
    except OSError as error:
        raise ConfigError(
            f"the decisions cannot be read: {error.strerror or error}", where=str(path)
        ) from error
    problems: list[str] = []
    rows: dict[str, Decision] = {}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            line = reader.line_num
            if not rows and not problems and line == 1:
                if tuple(cell.strip().lower() for cell in cells) != COLUMNS:
                    problems.append(f"{path.name}:1:1: the first line must be `{','.join(COLUMNS)}`")
                    break
                continue
            if any(cell.strip() for cell in cells):
                _row([cell.strip() for cell in cells], line, path.name, rows, problems, known)
    except csv.Error as error:
        problems.append(f"{path.name}:{reader.line_num}:1: not CSV: {error}")
    if problems:
        raise MappingError(problems)
    return Decisions(rows)


def _row(
    cells: list[str],
    line: int,
    name: str,
    rows: dict[str, Decision],
    problems: list[str],
    known: Callable[[str], bool] | None,
) -> None:
    where = f"{name}:{line}:1"
    if len(cells) != len(COLUMNS):
        problems.append(f"{where}: {len(cells)} columns, wanted are {len(COLUMNS)}")
        return
    row = Decision(*cells)
    if not _is_root(row.ref):
        problems.append(f"{where}: `{row.ref}` is no ref of a person or organization")
        return
    if row.ref in rows:
        problems.append(f"{where}: {row.ref} stands here twice")
        return
    if row.decision == "accept" and not row.suggestion:
        problems.append(f"{where}: `accept`, but nothing is suggested")
        return
    chosen = row.chosen()
    if chosen and not _is_root(chosen):
        problems.append(
            f"{where}: `{chosen}` is no decision: leave it empty, or write accept, separate or a ref"
        )
        return
    if known is not None:
        problems.extend(
            f"{where}: {ref} is in neither desk" for ref in (row.ref, chosen) if ref and not known(ref)
        )
    if chosen and parse_ref(chosen).kind != parse_ref(row.ref).kind:
        problems.append(f"{where}: {row.ref} and {chosen} are not of one kind")
    if chosen == row.ref:
        problems.append(f"{where}: {row.ref} cannot be decided to be itself: write separate")
    rows[row.ref] = row


def _is_root(text: str) -> bool:
    try:
        return parse_ref(text).kind in (Kind.PERSON, Kind.ORGANIZATION)
    except ValueError:
        return False


def write_decisions(path: Path, rows: Iterable[Decision]) -> None:
    """Write the file through a neighbour that takes its place; what a spreadsheet would run as a formula is quoted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in rows:
                writer.writerow([_harmless(cell) for cell in row])
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_RISKY) else cell
