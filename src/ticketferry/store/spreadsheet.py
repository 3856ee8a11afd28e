"""Tables that people fill in: CSV read from any spreadsheet, and written so that none runs what is in it."""

import codecs
import csv
import io
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ticketferry.errors import ConfigError, MappingError
from ticketferry.schema.signs import FORMULA, unformulated, visible

if TYPE_CHECKING:
    import _csv

__all__ = [
    "MAX_BYTES",
    "Spreadsheet",
    "SpreadsheetRow",
    "append_cells",
    "read_spreadsheet",
    "rewrite_cells",
    "write_cells",
]

MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class SpreadsheetRow:
    """One row: column -> cell, without blanks around it. `where`: file:line."""

    where: str
    cells: dict[str, str]


@dataclass(slots=True)
class Spreadsheet:
    """A table as it was read. `certain`: its signs are; else only ASCII is. `problems` grows while it is read."""

    certain: bool = True
    rows: list[SpreadsheetRow] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_spreadsheet(path: Path, columns: Sequence[str], needed: Sequence[str]) -> Spreadsheet | None:
    """Read a table whose columns are among `columns`, in any order; None where there is no file.

    UTF-8 or UTF-16, with or without a byte order mark, or a spreadsheet's code page; columns parted by comma, semicolon, tab or bar. Faults
    of the header and of the rows' lengths are among its problems, with file:line:column. Raises MappingError for what is no table at all,
    ConfigError where the file cannot be read.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MappingError([f"{path.name}:1:1: larger than {MAX_BYTES:,} bytes"])
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            f"{path.name} cannot be read: {error.strerror or error}", where=str(path)
        ) from error
    text, certain = _decoded(data, path.name)
    table = Spreadsheet(certain)
    first, sign = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    try:
        _read(table, _lines(reader, first, path.name), columns, needed)
    except csv.Error as error:
        table.problems.append(f"{path.name}:{reader.line_num}:1: not CSV: {error}")
    return table


def _lines(reader: "_csv.Reader", first: int, name: str) -> Iterator[tuple[str, list[str]]]:
    line = 0
    for cells in reader:
        # A cell may hold line breaks: a row is where it begins.
        line, began = reader.line_num, line + 1
        if began >= first and any(cell.strip() for cell in cells):
            yield f"{name}:{began}", cells


def _read(
    table: Spreadsheet,
    lines: Iterable[tuple[str, list[str]]],
    columns: Sequence[str],
    needed: Sequence[str],
) -> None:
    named: list[str] = []
    for where, cells in lines:
        if not named:
            named = [cell.strip().lower() for cell in cells]
            table.problems += _faults_of_header(named, f"{where}:1", columns, needed)
            if table.problems:
                return
            least = 1 + max(named.index(name) for name in needed)
            continue
        plain = [_plain(cell) for cell in cells]
        if len(plain) < least or any(plain[len(named) :]):
            table.problems.append(f"{where}:1: {len(plain)} columns, wanted are {len(named)}")
        else:
            table.rows.append(SpreadsheetRow(where, dict(zip(named, plain, strict=False))))


def _faults_of_header(
    named: list[str], where: str, columns: Sequence[str], needed: Sequence[str]
) -> list[str]:
    while named and not named[-1]:
        named.pop()
    faults = [
        f"{where}: no column `{name}`: the first line must be `{','.join(columns)}`"
        for name in needed
        if name not in named
    ]
    faults += [
        f"{where}: a column `{name}` is not known: there are {', '.join(columns)}"
        for name in named
        if name not in columns
    ]
    faults += [
        f"{where}: the column `{name}` stands there twice"
        for name in sorted(set(named))
        if named.count(name) > 1
    ]
    return faults


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


def write_cells(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table through a neighbour that takes its place; what a spreadsheet would run as a formula is quoted."""
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


def append_cells(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Add rows behind those of a table, which stay byte for byte; in its own order of columns, its own sign between them and its own encoding.

    A table that is absent is begun. `columns`: those of `rows`; what the table has no column for is left out.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        write_cells(path, columns, rows)
        return
    text, certain = _decoded(data, path.name)
    first, sign = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    header = next((cells for where, cells in _lines(reader, first, path.name)), list(columns))
    named = [cell.strip().lower() for cell in header]
    added = io.StringIO(newline="")
    writer = csv.writer(added, delimiter=sign, lineterminator="\r\n" if "\r\n" in text else "\n")
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        writer.writerow([_shown(cells.get(name, "")) for name in named])
    between = "" if text.endswith(("\n", "\r")) else "\n"
    # In UTF-16 one byte of each letter of ASCII is zero; the mark at the beginning has none.
    wide = data[:4].find(0)
    encoding = ("utf-16-be", "utf-16-le")[wide % 2] if wide >= 0 else "utf-8" if certain else "cp1252"
    _replace(path, data + (between + added.getvalue()).encode(encoding, "replace"))


def rewrite_cells(
    path: Path,
    columns: Sequence[str],
    rows: Mapping[str, Sequence[str]],
    theirs: Collection[str],
    needed: Sequence[str],
) -> None:
    """Write rows (first cell -> cells) into a table in which the lines of people (`theirs`, by their first column) stay byte for byte.

    Other lines are taken out or replaced where they stand, new ones come at the end, all in the table's own order of columns, signs and encoding. A
    table without lines of people, without one of the `needed` columns, or in a code page that cannot hold a key, is written whole, in UTF-8.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        write_cells(path, columns, rows.values())
        return
    text, certain = _decoded(data, path.name)
    first, sign = _delimiter(text)
    records = list(_records(text, sign))
    header = next((one for one in records if one.began >= first and any(map(str.strip, one.cells))), None)
    named = [cell.strip().lower() for cell in header.cells] if header is not None else []
    if (
        not theirs
        or header is None
        or not {columns[0], *needed} <= set(named)
        or not (certain or all(key.isascii() for key in rows))
    ):
        write_cells(path, columns, rows.values())
        return
    encoding, raw = _encoded_lines(data, text, certain=certain)
    end = "\r\n" if "\r\n" in text else "\n"
    made: list[bytes] = []

    def add(line: bytes) -> None:
        if made and not made[-1].endswith((end[-1].encode(encoding), "\r".encode(encoding))):
            made.append(end.encode(encoding))
        made.append(line)

    def shown(key: str) -> bytes:
        cells = dict(zip(columns, rows[key], strict=True))
        line = io.StringIO(newline="")
        csv.writer(line, delimiter=sign, lineterminator=end).writerow(
            [_shown(cells.get(name, "")) for name in named]
        )
        return line.getvalue().encode(encoding, "replace")

    at, left = named.index(columns[0]), dict.fromkeys(rows)
    for one in records:
        line = b"".join(raw[one.began - 1 : one.ended])
        key = _plain(one.cells[at]) if one.began > header.began and len(one.cells) > at else ""
        if not key or key in theirs:
            add(line)
        elif key in rows:
            add(shown(key))
        left.pop(key, None)
    for key in left:
        add(shown(key))
    mark = data[:2] if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else b""
    _replace(path, mark + b"".join(made))


class _TableLine(NamedTuple):
    """A row with the first and the last of the lines that it takes up, from 1."""

    began: int
    ended: int
    cells: list[str]


def _records(text: str, sign: str) -> Iterator[_TableLine]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    line = 0
    for cells in reader:
        began, line = line + 1, reader.line_num
        yield _TableLine(began, line, cells)


def _encoded_lines(data: bytes, text: str, *, certain: bool) -> tuple[str, list[bytes]]:
    """Return the encoding of a table and its lines as they stand, without the mark that UTF-16 may begin with."""
    wide = data[:4].find(0)
    if wide >= 0:
        encoding = ("utf-16-be", "utf-16-le")[wide % 2]
        return encoding, [line.encode(encoding) for line in io.StringIO(text, newline="")]
    # Byte by byte: what a code page has no sign for stays what it is.
    lines = [line.encode("latin-1") for line in io.StringIO(data.decode("latin-1"), newline="")]
    return ("utf-8" if certain else "cp1252"), lines


def _replace(path: Path, data: bytes) -> None:
    """Put bytes in the place of a file, through a neighbour."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _shown(cell: str) -> str:
    # A lone carriage return would end the row for whoever reads it: the csv module quotes line feeds alone.
    return unformulated(visible(cell.replace("\r\n", "\n").replace("\r", "\n")))
