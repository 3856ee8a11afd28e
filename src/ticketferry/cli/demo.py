"""`ticketferry demo`: a whole migration in a minute."""

from pathlib import Path

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.errors import Exit

__all__ = ["demo"]


@click.command(
    epilog=examples("ticketferry demo", "ticketferry demo --tickets 1000 --folder /tmp/demo --json")
)
@click.option(
    "--tickets",
    type=click.IntRange(min=1),
    default=214,
    show_default=True,
    metavar="N",
    help="Size of the desk.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, metavar="N", help="Other words, the same stories."
)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("ferry-demo"), metavar="DIR",
    help="Where it works; made anew.  [default: ./ferry-demo]",
)  # fmt: skip
@json_option
@pass_app
def demo(app: App, tickets: int, seed: int, folder: Path) -> Exit:
    """Move a sample desk from a Zendesk stand-in to a Jira Service Management stand-in, prove it, and take it back.

    No account, no network: both desks are emulated in this process. Exit code 1 where a promise did not hold.
    """
    from ticketferry.demo import run, screen

    with app.console.progress() as progress:
        result = run(folder, tickets=tickets, seed=seed, progress=progress)
    if app.console.json:
        app.console.result(result)
    app.console.out(screen(result))
    return Exit.OK
