"""`ticketferry inventory`: what is not moved and somebody rebuilds by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import number, when

if TYPE_CHECKING:
    from ticketferry.store.surveys import Surveys

__all__ = ["inventory"]

SHOWN = 20
COLUMNS = ("what", "id", "name", "active", "used", "used_when", "last_used", "url", "note")


@click.command(
    epilog=examples(
        "ticketferry inventory",
        "ticketferry inventory --what macro",
        "ticketferry inventory --csv -o inventory.csv",
    )
)
@click.option("--what", metavar="KIND", help="Only these, and all of them: macro, trigger, …")
@click.option("--csv", "as_csv", is_flag=True, help="CSV for a spreadsheet.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="CSV to a file."
)
@json_option
@pass_app
def inventory(app: App, what: str | None, as_csv: bool, output: Path | None) -> None:
    """What is not moved: macros, triggers, views and the like, with how often and when they were last used.

    Somebody rebuilds in the new desk what is still needed; most used first. Read by `extract`; talks to no desk.
    """
    from ticketferry.errors import UsageError
    from ticketferry.plan.show import csv_lines
    from ticketferry.store.surveys import Surveys

    with app.project() as project:
        surveys = Surveys(project.snapshots("source"))
        counts = surveys.inventory_counts()
        kinds = [str(row["what"]) for row in counts]
        if what is not None and what not in kinds:
            raise UsageError(
                f"nothing of the kind {what!r} was found",
                remedy=f"Kinds: {', '.join(kinds)}."
                if kinds
                else "`ticketferry extract source` reads the list, where the desk's connector gives one.",
            )
        if as_csv or output is not None:
            app.console.stream(csv_lines(_rows(surveys, what), COLUMNS), output)
            return
        if app.console.json:
            shown = [row for row in counts if what in (None, row["what"])]
            app.console.result({"counts": shown, "things": list(_rows(surveys, what))})
        _print(app.console, surveys, counts, what)


def _rows(surveys: "Surveys", what: str | None) -> Iterator[dict[str, Any]]:
    for item in surveys.inventory(what):
        row = {name: getattr(item, name) for name in COLUMNS}
        row["last_used"] = item.last_used.isoformat() if item.last_used else None
        yield row


def _print(console: Console, surveys: "Surveys", counts: list[dict[str, Any]], what: str | None) -> None:
    if not counts:
        console.text(
            "Nothing is listed: this desk's connector gives no list, or extract has not read it yet."
        )
        return
    if what is None:
        console.out("Not moved; somebody rebuilds what is still needed.", "")
        rows = [
            (
                row["what"],
                row["all"],
                row["active"],
                row["used"],
                row["unused"],
                row["unsaid"],
                when(row["last_used"]),
            )
            for row in counts
        ]
        head = ("kind", "all", "active", "used", "unused", "not said", "last use")
        console.table(rows, "lrrrrrl", header=head, indent=0)
    for row in counts:
        if what not in (None, row["what"]):
            continue
        if what is None and not row["used"]:
            continue
        _print_kind(console, surveys, str(row["what"]), int(row["all"]), None if what else SHOWN // 4)
    if what is None:
        console.out("", "All of a kind    ticketferry inventory --what KIND")
        console.out("A spreadsheet    ticketferry inventory --csv -o inventory.csv")


def _print_kind(console: Console, surveys: "Surveys", what: str, total: int, most: int | None) -> None:
    rows: list[tuple[str, ...]] = []
    for item in surveys.inventory(what):
        if most is not None and len(rows) >= most:
            break
        rows.append(
            (
                item.name or item.id,
                "" if item.active else "off",
                "-" if item.used is None else number(item.used),
                item.used_when,
                when(item.last_used),
                item.note,
            )
        )
    title = what if most is None else f"{what}, the most used {len(rows)} of {number(total)}"
    console.out("", title)
    console.table(rows, "llrlll", header=("name", "", "used", "in", "last use", "note"))
