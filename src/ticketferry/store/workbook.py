"""Tables in an Excel workbook: every cell is a text, nothing in it runs, and what is read is a text again."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ticketferry.errors import ConfigError, MappingError
from ticketferry.schema.signs import FORMULA, visible
from ticketferry.store.spreadsheet import Spreadsheet, SpreadsheetRow

__all__ = ["BookTable", "read_book", "write_book"]

_MOST_BYTES = 200_000_000
_NAMES = "names"
"""Sheet with the names that may be chosen; hidden."""


@dataclass(frozen=True, slots=True)
class BookTable:
    """A sheet. `choices`: what the cells of the column `chosen` offer."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    choices: Sequence[str] = ()
    chosen: str = ""


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise ConfigError(
            "Excel workbooks need openpyxl, which is not installed",
            remedy="Install `ticketferry[xlsx]`, or use CSV: name a folder in place of the .xlsx file.",
        ) from error
    return openpyxl


def write_book(path: Path, tables: Sequence[BookTable]) -> None:
    """Write a workbook whole or not at all. Cells are texts of the format text, so that no id becomes a number and no name a formula."""
    openpyxl = _openpyxl()
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    book.remove(book.active)
    names = book.create_sheet(_NAMES)
    names.sheet_state = "hidden"
    for number, table in enumerate(tables, 1):
        sheet = book.create_sheet(_title(table.name, book.sheetnames))
        for row, cells in enumerate((table.columns, *table.rows), 1):
            for column, text in enumerate(cells, 1):
                _put(sheet.cell(row, column), text)
                if row == 1:
                    sheet.cell(row, column).font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for column, title in enumerate(table.columns, 1):
            widest = max((len(str(cells[column - 1])) for cells in (table.columns, *table.rows)), default=8)
            sheet.column_dimensions[get_column_letter(column)].width = max(8, min(48, widest + 2))
            sheet.cell(1, column).alignment = Alignment(vertical="top")
            if title == table.chosen and table.choices and table.rows:
                letter = get_column_letter(number)
                for place, choice in enumerate(table.choices, 1):
                    _put(names.cell(place, number), choice)
                offered = DataValidation(
                    "list", formula1=f"{_NAMES}!${letter}$1:${letter}${len(table.choices)}", allow_blank=True
                )
                offered.showErrorMessage = False
                sheet.add_data_validation(offered)
                mine = get_column_letter(column)
                offered.add(f"{mine}2:{mine}{len(table.rows) + 1}")
    book.move_sheet(_NAMES, len(tables))
    book.active = 0
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        book.save(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _put(cell: Any, text: str) -> None:
    shown = visible(str(text).replace("\r\n", "\n").replace("\r", "\n"))
    cell.value = shown
    cell.data_type = "s"  # the library takes `=1+1` for a formula
    cell.number_format = "@"
    if shown.startswith(FORMULA):
        cell.quotePrefix = True


def _title(name: str, taken: Sequence[str]) -> str:
    plain = "".join("_" if sign in "[]:*?/\\'" else sign for sign in visible(name))[:31] or "table"
    title, number = plain, 2
    while title.casefold() in {each.casefold() for each in taken}:
        title = f"{plain[:28]}~{number}"
        number += 1
    return title


def read_book(path: Path, columns: Sequence[str], needed: Sequence[str]) -> list[Spreadsheet]:
    """Read every sheet that has the needed columns. Raises MappingError for what is no workbook, ConfigError where it cannot be read.

    Formulas are refused with their place: what they come to depends on who opened the file last.
    """
    openpyxl = _openpyxl()
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(item.file_size for item in packed.infolist()) > _MOST_BYTES:
                raise MappingError([f"{path.name}:1:1: larger than {_MOST_BYTES:,} bytes"])
        book = openpyxl.load_workbook(path, read_only=True)
    except OSError as error:
        raise ConfigError(
            f"{path.name} cannot be read: {error.strerror or error}", where=str(path)
        ) from error
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise MappingError([f"{path.name}:1:1: no Excel workbook: {error}"]) from error
    try:
        return [
            table
            for sheet in book.worksheets
            if (table := _sheet(path.name, sheet, columns, needed)) is not None
        ]
    finally:
        book.close()


def _sheet(file: str, sheet: Any, columns: Sequence[str], needed: Sequence[str]) -> Spreadsheet | None:
    table = Spreadsheet()
    named: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(), 1):
        where = f"{file}/{sheet.title}:{number}"
        if not named:
            named = [str(cell.value or "").strip().lower() for cell in cells]
            if not set(needed) <= set(named):
                return None
            continue
        row: dict[str, str] = {}
        for name, cell in zip(named, cells, strict=False):
            if name not in columns or cell.value is None:
                continue
            if cell.data_type == "f":
                table.problems.append(f"{where}:1: a formula in the column `{name}`: write the value itself")
            row[name] = _text(cell.value)
        if any(row.values()):
            table.rows.append(
                SpreadsheetRow(where, {name: row.get(name, "") for name in named if name in columns})
            )
    return table if named else None


def _text(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text
