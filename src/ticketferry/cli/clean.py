"""`ticketferry clean`: what the rules of `clean` take, before anything else runs."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.layout import counted, fit, number

if TYPE_CHECKING:
    from ticketferry.project.cleaning import CleanRow

__all__ = ["clean"]


@click.group(epilog=examples("ticketferry clean preview", "ticketferry clean preview --json"))
def clean() -> None:
    """Tickets that stay behind, and what is taken out of those that go: the section `clean` of the mapping."""


@clean.command(
    short_help="Count what each rule takes, with samples.",
    epilog=examples("ticketferry clean preview", "ticketferry clean preview --json"),
)
@json_option
@pass_app
def preview(app: App) -> None:
    """Ask every rule of every ticket of the old desk's newest extract. Talks to no desk and writes nothing."""
    from ticketferry.project.cleaning import clean_preview

    console = app.console
    with app.project() as project, console.progress() as progress:
        found = clean_preview(project, progress)
    if console.json:
        console.result(found)
    if not found.rows and not found.repaired:
        console.text(
            "The mapping has no section `clean`: every ticket is moved as it is. `ticketferry profile` says what could be cleaned."
        )
        return
    moved = found.tickets - found.stay
    console.text(
        f"{counted(found.tickets, 'ticket')} = {number(moved)} moved + {number(found.stay)} left behind; of those moved"
        f" {number(found.changed)} are changed. {number(found.gone)} more left the desk before (deleted, spam, merged)."
    )
    if found.repaired:
        console.text(f"texts of {counted(found.repaired, 'ticket')} are mended (`text: {{repair: true}}`)")
    for row in found.rows:
        _print(app, row)
    console.out("", "Next    ticketferry mapping check")


def _print(app: App, row: "CleanRow") -> None:
    console = app.console
    places = f", {counted(row.places, 'value')} in them" if row.places else ""
    lifted = f"; {number(row.lifted)} more are held back by a rule that overrides it" if row.lifted else ""
    console.out()
    console.text(f"{row.do} {counted(row.takes, 'ticket')}{places}{lifted}", f"{row.id}: ", "  ")
    if row.holds != row.takes and row.do != "redact":
        console.text(
            f"its condition holds for {number(row.holds)}; a rule above takes the others first, or lifts it",
            "  ",
        )
    if row.because:
        console.text(f"because {row.because}", "  ")
    for sample in row.samples:
        console.text(fit(sample, 74), "  ")
    console.text(row.where, "  ")
