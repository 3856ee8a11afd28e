"""`ticketferry inventory`: what is not moved and somebody rebuilds by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ticketferry.cli.app import App, OutputFile, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import number

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
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="CSV to a file.")
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
                _day(datetime.fromisoformat(row["last_used"]) if row["last_used"] else None),
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
    shown = list(islice(surveys.inventory(what), most))
    times = {item.used_when for item in shown if item.used is not None}
    notes = any(item.note for item in shown)
    rows: list[tuple[str, ...]] = []
    for item in shown:
        used = "-" if item.used is None else number(item.used)
        if len(times) > 1 and item.used_when:
            used += f" in {item.used_when}"
        row = (item.name or item.id, "" if item.active else "off", used, _day(item.last_used))
        rows.append((*row, item.note) if notes else row)
    title = what if len(shown) == total else f"{what}, the most used {len(shown)} of {number(total)}"
    if len(times) == 1 and "" not in times:
        title += f"; used in the {times.pop()}"
    console.out("", title)
    console.table(
        rows, "llrlw" if notes else "llrl", header=("name", "", "used", "last use", "note")[: 4 + notes]
    )


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}" if moment else "-"
