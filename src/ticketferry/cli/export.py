"""`ticketferry export`: tables for other programs."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ticketferry.cli.app import App, OutputFile, examples, output_option, pass_app, plan_argument

__all__ = ["export"]


@click.group(
    epilog=examples(
        "ticketferry export idmap --csv -o idmap.csv",
        "ticketferry export operations p-07 --json",
        "ticketferry export findings p-07",
        "ticketferry export catalog -o catalogs.json",
    )
)
def export() -> None:
    """Tables for other programs: the id map (old number and address, new key and address), operations, findings; what both desks define."""


def _form(command: Any) -> Any:
    for option in (
        click.option(
            "--csv", "form", flag_value="csv", default="csv", help="CSV for a spreadsheet (the default)."
        ),
        click.option("--json", "form", flag_value="json", help="One JSON array."),
        click.option("--jsonl", "form", flag_value="jsonl", help="JSON Lines, one object a row."),
        click.option(
            "-o",
            "--output",
            type=OutputFile(),
            metavar="FILE",
            help="Else stdout.",
        ),
    ):
        command = option(command)
    return command


@export.command(
    short_help="Old number and address, new key and address.",
    epilog=examples("ticketferry export idmap -o idmap.csv", "ticketferry export idmap --kind person --json"),
)
@click.option("--kind", default="ticket", metavar="KIND", show_default=True, help="ticket, person, … or all.")
@_form
@pass_app
def idmap(app: App, kind: str, form: str | None, output: Path | None) -> None:
    """Old number, old address, new key, new address, how it came about, by which plan: for redirects and look-ups."""
    from ticketferry.errors import UsageError
    from ticketferry.project.export import COLUMNS, idmap_rows
    from ticketferry.schema.refs import Kind

    if kind != "all" and kind not in {item.value for item in Kind}:
        raise UsageError(
            f"there is no kind {kind!r}", remedy=f"Kinds: all, {', '.join(item.value for item in Kind)}."
        )
    with app.project() as project:
        _write(app, idmap_rows(project, None if kind == "all" else kind), COLUMNS["idmap"], form, output)


@export.command(
    short_help="Every write of a plan, and what became of it.",
    epilog=examples("ticketferry export operations p-07 -o operations.csv"),
)
@plan_argument(required=False, metavar="[PLAN]")
@_form
@pass_app
def operations(app: App, plan_id: str | None, form: str | None, output: Path | None) -> None:
    """Every write of a plan and what became of it: state, attempts, what the desk gave, error."""
    from ticketferry.project.export import COLUMNS, operations_rows
    from ticketferry.project.viewing import open_plan

    with app.project() as project:
        plan = open_plan(project, plan_id)
        _write(app, operations_rows(project, plan.id), COLUMNS["operations"], form, output)


@export.command(epilog=examples("ticketferry export findings p-07 --jsonl"))
@plan_argument(required=False, metavar="[PLAN]")
@_form
@pass_app
def findings(app: App, plan_id: str | None, form: str | None, output: Path | None) -> None:
    """Every finding of a plan with its code, place and remedy."""
    from ticketferry.project.export import COLUMNS, findings_rows
    from ticketferry.project.viewing import open_plan

    with app.project() as project:
        plan = open_plan(project, plan_id)
        _write(app, findings_rows(project, plan.id), COLUMNS["findings"], form, output)


@export.command(
    short_help="What both desks define, and how often it is used.",
    epilog=examples("ticketferry export catalog -o catalogs.json"),
)
@output_option("stdout")
@pass_app
def catalog(app: App, output: Path | None) -> None:
    """What both desks define and how many tickets use it, as one JSON file without addresses and people. With `--catalog FILE` a mapping
    is drafted, checked and tested elsewhere: no folder and no desk is needed.
    """
    from ticketferry.project.definitions_file import definitions_of, exported

    with app.project() as project:
        text = exported(definitions_of(project)).decode()
    app.console.stream([text], output)
    if output is not None:
        app.console.note(f"wrote {output}")


def _write(
    app: App,
    rows: Iterable[Mapping[str, Any]],
    columns: tuple[str, ...],
    form: str | None,
    output: Path | None,
) -> None:
    from ticketferry.plan.show import csv_lines, json_lines

    if form in (None, "csv"):
        chunks = csv_lines(rows, columns)
    elif form == "jsonl":
        chunks = json_lines(rows)
    else:
        chunks = _array(rows)
    app.console.stream(chunks, output)
    if output is not None:
        app.console.note(f"wrote {output}")


def _array(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    from ticketferry.plan.show import json_lines

    comma = "["
    for line in json_lines(rows):
        yield f"{comma}\n  {line.rstrip()}"
        comma = ","
    yield "[]\n" if comma == "[" else "\n]\n"
