"""`ticketferry quarantine`: records that could not be read, translated or planned, and waivers."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, record_argument
from ticketferry.cli.console import Console
from ticketferry.cli.layout import number
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.project.quarantine import Quarantined

__all__ = ["print_quarantine", "quarantine"]

LISTED = 50


@click.group(
    invoke_without_command=True,
    subcommand_metavar="[waive RECORD --because WHY | unwaive RECORD]",
    epilog=examples(
        "ticketferry quarantine",
        'ticketferry quarantine waive ticket:4711 --because "a test of 2019"',
        "ticketferry quarantine unwaive ticket:4711",
    ),
)
@json_option
@click.pass_context
def quarantine(context: click.Context) -> Exit | None:
    """Records of which nothing is planned, since they could not be read, translated or planned: cause and remedy.

    The next extract tries them again. Exit code 2 while one of them is neither mended nor waived.
    """
    if context.invoked_subcommand is not None:
        return None
    from ticketferry.project.quarantine import quarantined

    app = context.ensure_object(App)
    console = app.console
    with app.project() as project:
        held = quarantined(project)
    open_ = [one for one in held if not one.waived]
    if console.json:
        console.result({"quarantine": held, "waived": len(held) - len(open_), "open": len(open_)})
    if not held:
        console.out("Nothing is in quarantine.")
        return Exit.OK
    console.out(f"{number(len(held))} in quarantine, {number(len(held) - len(open_))} of them waived", "")
    print_quarantine(console, held, LISTED)
    console.out("", "Next    ticketferry extract --retry    tries to read them again")
    console.out("        ticketferry plan               once they are mended")
    return Exit.DIFFERENCES if open_ else Exit.OK


def print_quarantine(console: Console, held: "list[Quarantined]", most: int) -> None:
    """Print records with cause and remedy; one remedy for all that have the same."""
    for one in held[:most]:
        name = one.ref.split(":", 1)[1]
        part = f" ({one.part})" if one.part else ""
        console.text(f"{name}{part}  {one.stage}, {one.where}: {one.cause}", "  ", "      ")
        if one.waived:
            console.text(f"waived{f' by {one.by}' if one.by else ''}: {one.waived}", "      ")
    if len(held) > most:
        console.out(f"  and {number(len(held) - most)} more")
    for remedy in dict.fromkeys(one.remedy for one in held if one.remedy and not one.waived):
        console.text(remedy, "      ")


@quarantine.command(
    short_help="Leave a record out knowingly.",
    epilog=examples('ticketferry quarantine waive ticket:4711 --because "a test" --by "M. Ito"'),
)
@record_argument()
@click.option("--because", required=True, metavar="WHY", help="Why the migration may end without it.")
@click.option("--by", default="", metavar="NAME", help="Who says so.")
@json_option
@pass_app
def waive(app: App, record: str, because: str, by: str) -> None:
    """Let the migration end without a record that is in quarantine; kept with the reason and the name."""
    from ticketferry.project.quarantine import waive as waiving

    with app.project() as project:
        waived = waiving(project, record, because, by)
    if app.console.json:
        app.console.result({"ref": waived[0].ref, "because": because.strip(), "by": by.strip()})
    app.console.text(f"{waived[0].ref.split(':', 1)[1]} is left out knowingly: {because.strip()}")


@quarantine.command(
    short_help="Take a waiver back.", epilog=examples("ticketferry quarantine unwaive ticket:4711")
)
@record_argument()
@json_option
@pass_app
def unwaive(app: App, record: str) -> None:
    """Take a waiver back: the record must be mended before the last step again."""
    from ticketferry.project.quarantine import unwaive as unwaiving

    with app.project() as project:
        ref = unwaiving(project, record)
    if app.console.json:
        app.console.result({"ref": ref})
    app.console.text(f"{ref.split(':', 1)[1]} is not waived any more")
