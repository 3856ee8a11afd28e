"""`ticketferry fallback`: a phase that was cut over, written back to the old desk."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number
from ticketferry.cli.stragglers import straggler_words
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.project.falling_back import FellBack

__all__ = ["fallback"]

SHOWN = 15


@click.command(
    epilog=examples(
        "ticketferry fallback open",
        "ticketferry fallback open --sheet",
        "ticketferry fallback open --mapping back.yaml",
    )
)
@click.argument("phase", metavar="PHASE")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="From the new desk's product to the old one's; else the ready one.",
)
@click.option("--sheet", is_flag=True, help="Only list what happened; plan nothing.")
@json_option
@pass_app
def fallback(app: App, phase: str, mapping: Path | None, sheet: bool) -> Exit:
    """Plan what happened in the new desk since a phase was cut over – comments, changes, new tickets – as a delta for the old desk, and list it in a
    file. Writes to no desk: the plan stands in a migration of its own, fallback/PHASE, and is looked at and applied like any other. What the
    migration brought never goes back.

    Exit code 2 where something of it cannot be written back: those tickets are named.
    """
    from ticketferry.project.falling_back import fall_back

    with app.project() as project, app.console.progress() as progress:
        found = fall_back(project, phase, mapping=mapping, sheet_only=sheet, progress=progress)
        root = project.root
    if app.console.json:
        app.console.result(
            {
                "phase": phase, "tickets": found.tickets, "sheet": str(found.sheet.relative_to(root)), "folder": str(found.folder.relative_to(root)),
                "plan": found.plan, "operations": found.operations,
                "not_written": [{"number": item, "why": why} for item, why in found.not_written],
            }
        )  # fmt: skip
    _print(app.console, phase, found, root)
    return Exit.DIFFERENCES if found.not_written else Exit.OK


def _print(console: Console, phase: str, found: "FellBack", root: Path) -> None:
    if not found.tickets:
        console.text(
            f"Nothing happened in the new desk since {phase} was cut over: nothing is to be written back."
        )
        console.out("", f"Next    ticketferry phase {phase} rolled-back --by NAME")
        return
    born = sum(one.new for one in found.tickets)
    comments = sum(one.comments for one in found.tickets if not one.new)
    rows = [
        ("new tickets", number(born), "born in the new desk"),
        ("comments", number(comments), "on tickets that were moved"),
        ("tickets", number(len(found.tickets) - born), "that were moved, with something since"),
    ]
    console.text(f"{phase}: in the new desk since it was cut over")
    console.table(rows, "lrl")
    console.out()
    for one in found.tickets[:SHOWN]:
        console.text(straggler_words(one), f"  {one.number:>8}  ", " " * 12)
    if len(found.tickets) > SHOWN:
        console.out(f"            {number(len(found.tickets) - SHOWN)} more")
    console.out()
    console.text(f"{found.sheet.relative_to(root)}", "all of it: ")
    if not found.plan:
        for item, why in found.not_written[:SHOWN]:
            console.text(f"{item}  {why}", "not written back: ", " " * 18)
        console.text(
            "nothing is planned: people bring it over by hand"
            + ("" if found.not_written else ", or without --sheet a plan does")
        )
        return
    folder = found.folder.relative_to(root)
    console.text(
        f"{folder}: {found.plan}, {counted(found.operations, 'write')} for the old desk", "planned:   "
    )
    for item, why in found.not_written[:SHOWN]:
        console.text(f"{item}  {why}", "not written back: ", " " * 18)
    console.out()
    if not found.operations:
        console.text("all that can be written back is there", "Next    ")
        console.text(
            f"ticketferry phase {phase} rolled-back --by NAME     the old desk owns its tickets again",
            "        ",
            " " * 8,
        )
        return
    console.text(f"ticketferry -C {folder} plan show {found.plan}", "Next    ", " " * 8)
    console.text(
        f"ticketferry -C {folder} preflight {found.plan}     the old desk must be silent", "        ", " " * 8
    )
    console.text(f"ticketferry -C {folder} apply {found.plan}", "        ")
    console.text(
        f"ticketferry phase {phase} rolled-back --by NAME     the old desk owns its tickets again",
        "        ",
        " " * 8,
    )
