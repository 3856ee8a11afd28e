"""Files that a mapping names: inside its folder, and tables of two columns in them."""

import csv
import io
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from ticketferry.mapping.yaml_document import MAX_BYTES, Document, Path

__all__ = ["OUTSIDE", "TableRow", "fill_values", "inside", "note_outside", "read_table"]

_HEAD = ["source", "target"]
OUTSIDE: ContextVar[list[str] | None] = ContextVar("OUTSIDE", default=None)
"""Where set: what else a mapping that is being read is made of (files, the environment, data of other packages)."""


def note_outside(name: str) -> None:
    """Note that a mapping is made of something else than its own bytes."""
    if (noted := OUTSIDE.get()) is not None:
        noted.append(name)


class TableRow(NamedTuple):
    """A line of a table. `line`: from 1, the first below the head is 2."""

    line: int
    source: str
    target: str


def inside(name: str | None, path: Path, document: Document, folder: FilePath | None) -> FilePath | None:
    """Return a file that the mapping names, inside its own folder; a mapping from elsewhere must not read what it likes.

    None where it is not, which is complained of at `path`.
    """
    if name is None:
        return None
    note_outside(name)
    given = FilePath(name)
    if "\x00" in name or given.is_absolute() or ".." in given.parts:
        document.complain(path, f"`{name}` leaves the folder of the mapping")
        return None
    home = (folder or FilePath()).resolve()
    file = home / given
    try:
        if not file.resolve().is_relative_to(home):
            document.complain(path, f"`{name}` leaves the folder of the mapping")
            return None
        if file.exists() and not file.is_file():
            document.complain(path, f"`{name}` is no plain file")
            return None
    except (OSError, RuntimeError) as error:
        document.complain(path, f"`{name}` cannot be read: {error}")
        return None
    return file


def read_table(file: FilePath, path: Path, document: Document) -> Iterator[TableRow]:
    """Yield the lines of a CSV whose first is `source,target`; what is wrong is complained of, and such lines are left out."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES:,} bytes")
        reader = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except (OSError, ValueError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        document.complain(path, f"`{file.name}` cannot be read: {why}")
        return
    if not rows or [cell.strip().lower() for cell in rows[0][1][:2]] != _HEAD:
        document.problems.append(f"{file.name}:1:1: the first line must be `source,target`")
        return
    for line, row in rows[1:]:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            document.problems.append(f"{file.name}:{line}:1: both `source` and `target` are wanted")
        else:
            yield TableRow(line, cells[0], cells[1])


def fill_values(data: dict[str, Any], document: Document, folder: FilePath | None) -> None:
    """Put the tables of `values_file` into the `values` of their field rules, each value with its line; what stands in the rule wins."""
    fields = data.get("fields")
    for index, rule in enumerate(fields if isinstance(fields, list) else ()):
        if not isinstance(rule, dict) or not isinstance(rule.get("values_file"), str):
            continue
        path: Path = ("fields", index, "values_file")
        file = inside(rule["values_file"], path, document, folder)
        if file is None or not isinstance(rule.get("values") or {}, dict):
            continue
        own = dict(rule.get("values") or {})
        known: dict[str, str] = {}
        for row in read_table(file, path, document):
            first = known.setdefault(row.source.casefold(), row.target)
            if first != row.target:
                document.problems.append(
                    f"{file.name}:{row.line}:1: {row.source} stands here twice, with two targets"
                )
            elif row.source not in own:
                own[row.source] = row.target
                place = ("fields", index, "values", row.source)
                document.places[place], document.files[place] = (row.line, 1), rule["values_file"]
        rule["values"] = own
