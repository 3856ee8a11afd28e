"""Tables of the mapping for a spreadsheet, and the decisions that came back in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ticketferry.errors import ConfigError, MappingError
from ticketferry.mapping.loader import load, loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.sheets.decisions import SheetDecisions, decide_by_sheets
from ticketferry.mapping.sheets.tables import COLUMNS, NEEDED, SheetTable, sheet_tables
from ticketferry.mapping.work import Setup
from ticketferry.project.definitions_file import DeskDefinitions
from ticketferry.project.drafting import drafted
from ticketferry.project.text_files import replace_text
from ticketferry.store.spreadsheet import Spreadsheet, read_spreadsheet, write_cells
from ticketferry.store.workbook import BookTable, read_book, write_book

__all__ = ["ExportedSheets", "export_sheets", "import_sheets"]


@dataclass(frozen=True, slots=True)
class ExportedSheets:
    """What was written: files and how many rows each table has."""

    files: tuple[Path, ...]
    rows: dict[str, int]


def _tables(mapping_path: Path, definitions: DeskDefinitions) -> tuple[Setup, list[SheetTable]]:
    mapping = load(mapping_path)
    now = datetime(2000, 1, 1, tzinfo=UTC)
    setup = Setup(mapping, definitions.source, definitions.target, definitions.features, NoLookups(), now)
    return setup, sheet_tables(setup, drafted(definitions), definitions.use)


def export_sheets(mapping_path: Path, definitions: DeskDefinitions, output: Path) -> ExportedSheets:
    """Write the tables: sheets of one workbook where `output` ends in `.xlsx`, else a CSV file each in a folder. Never overwrites."""
    _, tables = _tables(mapping_path, definitions)
    counts = {table.name: len(table.rows) for table in tables}
    if output.suffix.lower() == ".xlsx":
        _refuse_there([output])
        book = [
            BookTable(table.name, COLUMNS, [row.cells() for row in table.rows], table.choices, "decision")
            for table in tables
        ]
        write_book(output, book)
        return ExportedSheets((output,), counts)
    files = {table.name: output / f"{_file_name(table.name)}.csv" for table in tables}
    _refuse_there(files.values())
    for table in tables:
        write_cells(files[table.name], COLUMNS, [row.cells() for row in table.rows])
    return ExportedSheets(tuple(files.values()), counts)


def _refuse_there(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.exists():
            raise ConfigError(
                f"{path} is there already, maybe with decisions in it; nothing was written", where=str(path),
                remedy="Name another folder or file: -o FOLDER, -o FILE.xlsx.",
            )  # fmt: skip


def _file_name(table: str) -> str:
    plain = "".join(sign if sign.isalnum() or sign in "_-" else "-" for sign in table)
    return plain if len(plain) <= 60 else plain[:60]


def import_sheets(
    mapping_path: Path, definitions: DeskDefinitions, source: Path, *, write: bool = True
) -> SheetDecisions:
    """Write the decisions of filled-in tables into the mapping, whose other lines all stay. `source`: a workbook, a CSV file or a folder of them.

    Raises MappingError with every problem (`file:line`), and writes nothing then; ConfigError where there is no table.
    """
    setup, tables = _tables(mapping_path, definitions)
    text = mapping_path.read_bytes().decode("utf-8")
    sign = "\ufeff" if text.startswith("\ufeff") else ""
    result = decide_by_sheets(text.removeprefix(sign), setup, tables, _read(source))
    if result.problems:
        raise MappingError(result.problems)
    loads(result.text, mapping_path.name, mapping_path.parent)
    if write and result.written:
        replace_text(mapping_path, sign + result.text)
    return result


def _read(source: Path) -> list[Spreadsheet]:
    if source.suffix.lower() == ".xlsx":
        sheets = read_book(source, COLUMNS, NEEDED)
    else:
        paths = sorted(source.glob("*.csv")) if source.is_dir() else [source]
        read = [read_spreadsheet(path, COLUMNS, NEEDED) for path in paths]
        sheets = [sheet for sheet in read if sheet is not None]
    if not sheets:
        raise ConfigError(
            f"{source} holds no table with the columns {', '.join(NEEDED)}", where=str(source),
            remedy="Make tables with `ticketferry mapping sheet export`, fill in `decision`, and name them here.",
        )  # fmt: skip
    return sheets
