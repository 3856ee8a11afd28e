"""`ticketferry verify`: the new desk read back."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, plan_argument
from ticketferry.cli.console import Console
from ticketferry.cli.layout import number
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.run.verify import Line, Verified

__all__ = ["verify"]

WORDS = {
    "=": "the same",
    "+": "only in the source",
    "-": "only in the target: our mark, unknown to the id map",
    "*": "differ",
    "!": "could not be compared",
}


@click.command(epilog=examples("ticketferry verify p-07", "ticketferry verify --lines > verify.txt"))
@plan_argument("plans", required=False, many=True, metavar="[PLAN]...")
@click.option("--lines", is_flag=True, help="A line for every record, not only for those that differ.")
@click.option("--no-content", is_flag=True, help="Do not compare the bytes of files.")
@json_option
@pass_app
def verify(app: App, plans: tuple[str, ...], lines: bool, no_content: bool) -> Exit:
    """Read the new desk back and compare it, field by field, with what the applied plans say should be there.

    A line for what is not the same: `+` only in the source, `-` only in the target, `*` differs, `!` error. Exit code 2
    where there is one.
    """
    from ticketferry.project import stages
    from ticketferry.project.viewing import open_plan

    console = app.console
    with app.project() as project:
        for plan in plans:
            open_plan(project, plan).close()
        with console.progress() as progress:
            found = stages.verify(
                project,
                plans,
                contents=not no_content,
                every_line=(lambda line: _line(console, line)) if lines else _nothing,
                progress=progress,
            )
    if console.json:
        console.result(
            {
                "same": found.same,
                "counts": {sign: found.counts[sign] for sign in WORDS},
                "values": found.values,
                "files": found.files,
                "lines": found.lines,
            }
        )
    if not lines:
        for line in found.lines:
            _line(console, line)
    _print(console, found, plans)
    return Exit.OK if found.same else Exit.DIFFERENCES


def _nothing(_: "Line") -> None:
    return None


def _line(console: Console, line: "Line") -> None:
    why = ", ".join(line.fields) or line.message
    target = f" -> {line.target}" if line.target else ""
    console.text(f"{line.ref}{target}" + (f"  {why}" if why else ""), f"{line.sign} ", "    ")


def _print(console: Console, found: "Verified", plans: tuple[str, ...]) -> None:
    total = sum(found.counts.values())
    if found.lines:
        console.out()
    if not total:
        console.out("Nothing to compare: no plan was applied" + (f" of {', '.join(plans)}" if plans else ""))
        return
    console.table([(sign, found.counts[sign], words) for sign, words in WORDS.items()], "lrl", indent=0)
    console.text(
        f"{number(total)} records, {number(found.values)} values and {number(found.files)} files compared"
    )
    console.out()
    if found.same:
        console.out("Next    ticketferry report     for an audit")
        console.out("        ticketferry status     where am I, what next")
    else:
        console.out("Next    ticketferry explain RECORD     what was planned for one of them")
        console.out("        ticketferry plan               what would make them equal again")
