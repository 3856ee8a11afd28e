"""`ticketferry demo`: a whole migration in a minute."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.errors import Exit

__all__ = ["broken_promises", "demo"]


@click.command(epilog=examples("ticketferry demo", "ticketferry demo --tickets 1000 --folder ./try --json"))
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
    from ticketferry.demo import cleaning_screen, run, screen

    with app.console.progress() as progress:
        result = run(folder, tickets=tickets, seed=seed, progress=progress)
    if app.console.json:
        app.console.result(result)
    app.console.out(screen(result))
    app.console.out("", cleaning_screen(result))
    broken = broken_promises(result)
    if broken:
        app.console.note(f"not as promised: {', '.join(broken)}")
    return Exit.ERROR if broken else Exit.OK


def broken_promises(result: Mapping[str, Any]) -> list[str]:
    """Name the figures of a demo that are not what ticketferry promises."""
    zero = ("unplanned_writes", "second_plan_changes", "notifications_sent", "newly_visible", "failed")
    broken = [name.replace("_", " ") for name in zero if result.get(name)]
    verify, rollback = result.get("verify", {}), result.get("rollback", {})
    broken += [
        f"verify {name.replace('_', ' ')}" for name, count in verify.items() if name != "same" and count
    ]
    if result.get("witness", {}).get("errors"):
        broken.append("the witness saw errors")
    if rollback.get("errored"):
        broken.append("rollback errored")
    if rollback.get("target_equals_before") is False:
        broken.append("the desk is not as before")
    return broken
