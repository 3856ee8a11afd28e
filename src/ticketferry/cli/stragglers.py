"""`ticketferry stragglers`: what still arrives in the old desk after a phase's cut-over."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number, when
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.project.stragglers import Straggler, Stragglers

__all__ = ["straggler_words", "stragglers"]

SHOWN = 20


@click.command(
    epilog=examples("ticketferry stragglers pilot", "ticketferry stragglers open --no-read --json")
)
@click.argument("phase", metavar="PHASE")
@click.option("--no-read", is_flag=True, help="Use what was read last; talk to no desk.")
@json_option
@pass_app
def stragglers(app: App, phase: str, no_read: bool) -> Exit:
    """Read what still arrives in the old desk since a phase was cut over: new tickets, new comments, changes of tickets that were moved.
    Writes to no desk.

    The plan that it names adds comments and new tickets; what else changed in the old desk never overwrites the new one. Exit code 2
    where there is something.
    """
    from ticketferry.project.stragglers import find_stragglers

    console = app.console
    with app.project() as project, console.progress() as progress:
        found = find_stragglers(project, phase, read=not no_read, progress=progress)
    if console.json:
        console.result(
            {
                "phase": found.phase, "since": found.since, "read": found.read, "seen": found.seen, "by_cut_over": found.by_cut_over, "new": found.new,
                "commented": found.commented, "changed": found.changed, "command": found.command if found.tickets else "",
                "tickets": found.tickets,
            }
        )  # fmt: skip
    _print(console, found)
    return Exit.DIFFERENCES if found.tickets else Exit.OK


def _print(console: Console, found: "Stragglers") -> None:
    what = "its cut-over" if found.by_cut_over else "its last plan (there was no cut-over yet)"
    console.text(
        f"{found.phase}: the old desk as of {when(found.read)} against {what}, for which it was read {when(found.since)}"
    )
    console.out()
    rows = [
        ("new tickets", found.new, "not in the new desk"),
        ("new comments", found.commented, "tickets that were moved, with something said since"),
        ("other changes", found.changed, "tickets that were moved, changed without a comment"),
    ]
    console.table([(name, number(count), words) for name, count, words in rows], "lrl")
    if not found.tickets:
        console.out()
        until = (
            f"Nothing arrives in the old desk up to {found.seen[:19].replace('T', ' ')} UTC"
            if found.lag
            else ""
        )
        console.text(
            f"{until}: {found.lag}. What came later is not seen yet; ask again in two minutes."
            if until
            else "Nothing arrives in the old desk any more."
        )
        return
    console.out()
    for one in found.tickets[:SHOWN]:
        console.text(straggler_words(one), f"  {one.number:>8}  ", " " * 12)
    if len(found.tickets) > SHOWN:
        console.out(f"            {number(len(found.tickets) - SHOWN)} more: --json")
    console.out()
    console.out(f"Next    {found.command}     adds them; overwrites nothing")
    console.text(
        "what was switched on again by the cut-over is silenced for its apply: ticketferry preflight",
        "        ",
    )


def straggler_words(one: "Straggler") -> str:
    """Say what happened to a ticket, and who did it."""
    what = ["new"] if one.new else []
    what += [counted(count, name.removesuffix("s")) for name, count in one.parts.items()]
    if not one.new:
        what += [field.replace('"', "") for field in one.fields]
    who = f" – {', '.join(one.by)}" if one.by else ""
    return f"{', '.join(what)}{who}: {one.title}"
