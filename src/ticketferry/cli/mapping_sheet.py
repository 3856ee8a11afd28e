"""`ticketferry mapping sheet`: decisions in a spreadsheet."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, catalog_option, examples, json_option, mapping_option, pass_app
from ticketferry.cli.layout import counted
from ticketferry.errors import UsageError

if TYPE_CHECKING:
    from ticketferry.project.definitions_file import DeskDefinitions

__all__ = ["sheet"]

_NO_WORKBOOKS = frozenset(
    {".ods", ".xls", ".xlsm", ".xlsb", ".csv", ".tsv", ".numbers", ".pdf", ".html", ".json", ".zip"}
)
"""Endings of files that would become the name of a folder."""


@click.group(
    short_help="Decide in a spreadsheet, and take that back.",
    epilog=examples(
        "ticketferry mapping sheet export -o sheets/",
        "ticketferry mapping sheet export -o acme.xlsx",
        "ticketferry mapping sheet import acme.xlsx",
    ),
)
def sheet() -> None:
    """Let people decide in a spreadsheet: tables with use, proposal and an empty column, written back into the mapping."""


@sheet.command(
    "export",
    short_help="Tables of the mapping, to be filled in.",
    epilog=examples(
        "ticketferry mapping sheet export -o sheets/", "ticketferry mapping sheet export -o acme.xlsx"
    ),
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default="sheets", show_default=True, metavar="FOLDER|FILE.xlsx",
    help="A folder of CSV files, or one Excel workbook.",
)  # fmt: skip
@catalog_option
@mapping_option
@json_option
@pass_app
def export_(app: App, output: Path, catalog: Path | None, mapping_file: Path) -> None:
    """Write a table for statuses, priorities, types and forms, fields, the options of each field, channels, groups, brands and links: how many tickets use each, what the mapping says
    now, a proposal with its reason, and an empty column `decision`. Nothing in a cell runs.
    """
    from ticketferry.project.sheets import export_sheets

    if output.suffix.lower() in _NO_WORKBOOKS:
        raise UsageError(
            f"{output}: tables are written as one .xlsx workbook or as a folder of CSV files",
            remedy="Name a file that ends in .xlsx, or a folder.",
        )
    path, definitions = _inputs(app, catalog, mapping_file)
    done = export_sheets(path, definitions, output)
    if app.console.json:
        app.console.result({"files": done.files, "rows": done.rows})
    app.console.out(
        f"wrote {counted(sum(done.rows.values()), 'row')} in {counted(len(done.rows), 'table')}: {output}"
    )
    app.console.out(
        "",
        f"Next    fill in `decision` (`ok` takes the proposal), then: ticketferry mapping sheet import {output}{_where(catalog, mapping_file)}",
    )


@sheet.command(
    "import",
    short_help="Write the decisions into the mapping.",
    epilog=examples(
        "ticketferry mapping sheet import sheets/",
        "ticketferry mapping sheet import acme.xlsx --dry-run",
        "ticketferry mapping sheet import sheets/status.csv -m acme.yaml --catalog catalogs.json",
    ),
)
@click.argument("source", type=click.Path(path_type=Path, exists=True), metavar="FOLDER|FILE")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@catalog_option
@mapping_option
@json_option
@pass_app
def import_(app: App, source: Path, dry_run: bool, catalog: Path | None, mapping_file: Path) -> None:
    """Write the decisions of filled-in tables into the mapping. Comments and all other lines stay; with any problem nothing is written."""
    from ticketferry.project.sheets import import_sheets

    path, definitions = _inputs(app, catalog, mapping_file)
    done = import_sheets(path, definitions, source, write=not dry_run)
    if app.console.json:
        app.console.result(
            {
                "path": path,
                "written": 0 if dry_run else done.written,
                "same": done.same,
                "changed_cells": done.changed,
            }
        )
    for line in done.changed:
        app.console.text(line, "  ", "    ")
    if done.changed:
        app.console.text(
            "Those rows were known by their ids. Set the columns to text before you edit the next time."
        )
    would = "would be " if dry_run else ""
    app.console.text(
        f"{path.name}: {counted(done.written, 'decision')} {would}written, {counted(done.same, 'decision')} as it was"
    )
    app.console.out("", f"Next    ticketferry mapping check{_where(catalog, mapping_file)}")


def _where(catalog: Path | None, mapping_file: Path) -> str:
    """Return the options that say against which definitions a mapping is held, where it is not the folder's own."""
    return f" --catalog {catalog} -m {mapping_file}" if catalog is not None else ""


def _inputs(app: App, catalog: Path | None, mapping_file: Path) -> "tuple[Path, DeskDefinitions]":
    from ticketferry.project.definitions_file import definitions_of, read_definitions

    if catalog is not None:
        return mapping_file, read_definitions(catalog)
    with app.project() as project:
        return project.config.mapping, definitions_of(project)
