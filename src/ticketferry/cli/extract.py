"""`ticketferry extract`: desks into the workspace."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, yes_option
from ticketferry.cli.console import Console
from ticketferry.cli.extract_estimate import estimate_json, print_estimates
from ticketferry.cli.extract_files import extract_files
from ticketferry.cli.extract_words import print_completeness, print_ledger
from ticketferry.cli.layout import counted, number, size
from ticketferry.errors import FatalError

if TYPE_CHECKING:
    from ticketferry.extract.snapshot import Extracted
    from ticketferry.project.desks import DeskEstimate

__all__ = ["extract"]

LONG_SECONDS = 600.0
"""An extract that takes longer is asked for on a terminal."""
NAMED = 5
"""Records in quarantine that are named at once."""


@click.command(
    epilog=examples(
        "ticketferry extract --estimate",
        "ticketferry extract",
        "ticketferry extract source --no-files --yes",
        "ticketferry extract files --phase pilot",
    )
)
@click.argument(
    "what",
    required=False,
    metavar="[source|target|files]",
    type=click.Choice(["source", "target", "files"]),
)
@click.option("--no-files", is_flag=True, help="Leave the bytes of attachments for `extract files`.")
@click.option(
    "--no-totals",
    is_flag=True,
    help="Do not ask the old desk for its own counts and for gaps in its numbers; saves requests.",
)
@click.option("--retry", is_flag=True, help="Read only what is in quarantine again.")
@click.option(
    "--without",
    multiple=True,
    metavar="LIST",
    help="A list of the old desk's set-up that is gone for good (brands); may be given again.",
)
@click.option("--phase", metavar="NAME", help="`extract files`: of the tickets of this phase.")
@click.option("--only", metavar="NUMBERS", help="`extract files`: of these tickets, 1042,20177.")
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what it will take, and stop.")
@yes_option
@json_option
@pass_app
def extract(
    app: App,
    what: str | None,
    no_files: bool,
    no_totals: bool,
    retry: bool,
    without: tuple[str, ...],
    phase: str | None,
    only: str | None,
    only_estimate: bool,
    yes: bool,
) -> None:
    """Read the desks into the workspace. Interrupt it at any time: the same command goes on.

    The first extract reads everything, later ones what changed since. No desk is written to. Without a word it reads
    both desks, with their files; `files` fetches only what --no-files left, of all tickets, of a phase, or of a few.

    --estimate reads the set-up and a sample of the old desk, keeps nothing, and says what reading all of it will take:
    requests, bytes, time and files, with all that an extract checks besides.
    """
    if what == "files":
        if no_files or no_totals or retry or without:
            raise click.UsageError(
                "`extract files` takes neither --no-files, --no-totals, --retry nor --without"
            )
        extract_files(app, phase, only, only_estimate=only_estimate, yes=yes)
        return
    if phase is not None or only is not None:
        raise click.UsageError("--phase and --only choose files: `ticketferry extract files --phase NAME`")
    roles = (what,) if what else ("source", "target")
    if retry:
        _retry(app, roles)
        return
    _extract_desks(
        app, roles, files=not no_files, totals=not no_totals, without=without,
        only_estimate=only_estimate, yes=yes,
    )  # fmt: skip


def _retry(app: App, roles: tuple[str, ...]) -> None:
    from ticketferry.project import stages

    with app.project(counts=True) as project:
        with app.console.progress() as progress:
            extracted = stages.extract(
                project, roles, files=False, totals=False, retry=True, progress=progress, fail=False
            )
        if app.console.json:
            app.console.result({"desks": {role: _json(item) for role, item in extracted.items()}})
        _print(app.console, extracted, totals=True)
        app.console.out("Next    ticketferry plan    the exact difference; writes nothing")


def _extract_desks(
    app: App,
    roles: tuple[str, ...],
    *,
    files: bool,
    totals: bool,
    without: tuple[str, ...],
    only_estimate: bool,
    yes: bool,
) -> None:
    from ticketferry.project import stages
    from ticketferry.project.desks import estimate_desk

    with app.project(counts=True) as project:
        estimates = [
            estimate_desk(project, role, sample=only_estimate, files=files, totals=totals) for role in roles
        ]
        if only_estimate:
            if app.console.json:
                app.console.result({"estimate": {item.role: estimate_json(item) for item in estimates}})
            print_estimates(app.console, estimates)
            return
        print_estimates(app.console, estimates)
        _refuse_or_ask(app, estimates, yes=yes)
        app.console.out()
        with app.console.progress() as progress:
            extracted = stages.extract(
                project, roles, files=files, totals=totals, without=without, progress=progress, fail=False
            )
        if app.console.json:
            app.console.result(
                {
                    "estimate": {item.role: estimate_json(item) for item in estimates},
                    "desks": {role: _json(item) for role, item in extracted.items()},
                }
            )
        _print(app.console, extracted, totals=totals)
        stages.refuse_incomplete(extracted)
        if not project.config.mapping.exists():
            app.console.out(
                "Next    ticketferry mapping draft    a first mapping from what both desks define"
            )
        elif any(
            item.completeness is not None and item.completeness.totals.fresh for item in extracted.values()
        ):
            app.console.out("Next    ticketferry extract          brings what the desk did not give yet")
            app.console.out("        ticketferry profile          both figures of each count that differs")
            if not files:
                app.console.out("        ticketferry extract files    the attachments, when there is time")
        else:
            app.console.out("Next    ticketferry profile          what the old desk holds")
            if not files:
                app.console.out("        ticketferry extract files    the attachments, when there is time")
            app.console.out("        ticketferry plan             the exact difference; writes nothing")


def _refuse_or_ask(app: App, estimates: "list[DeskEstimate]", *, yes: bool) -> None:
    disk, free = sum(item.disk for item in estimates if item.first), estimates[0].free
    if disk > free and not yes:
        raise FatalError(
            f"the workspace needs about {size(disk)}, and the disk has {size(free)} left",
            remedy="Free some space, or say --yes to try all the same; it can be interrupted and goes on.",
        )
    seconds = sum(item.seconds for item in estimates if item.first)
    if seconds > LONG_SECONDS and not yes and app.console.asks and not app.console.confirm("Read it now?"):
        raise click.Abort


def _json(item: "Extracted") -> dict[str, object]:
    return {
        "snapshot": item.snapshot.number,
        "digest": item.snapshot.digest,
        "changed": item.changed,
        "read": item.read,
        "files": item.files,
        "file_bytes": item.file_bytes,
        "findings": item.findings,
        "completeness": item.completeness,
        "not_moved": item.inventory,
        "quarantine": item.quarantine,
        "held_back": {"accounts": item.held_back[0], "records": item.held_back[1]},
        "requests": item.ledger,
    }


def _print_held(console: Console, item: "Extracted") -> None:
    held = item.quarantine
    console.text(
        f"{number(len({one.root for one in held}))} could not be read or translated, and nothing of them is planned:"
        " ticketferry quarantine",
        "  quarantine  ",
    )
    for one in held[:NAMED]:
        console.text(f"{one.root.kind.value}:{one.root.id}  {one.cause}", "    ", "      ")


def _print(console: Console, extracted: "dict[str, Extracted]", *, totals: bool) -> None:
    for role, item in extracted.items():
        changed = {stream: count for stream, count in item.changed.items() if count}
        total = sum(changed.values())
        several = "; a ticket can be several" if changed.get("tickets") else ""
        console.text(
            f"{role}  snapshot {item.snapshot.number}, {counted(total, 'record')} came or changed{several}"
        )
        console.table(sorted(changed.items()), "lr", indent=2)
        if item.files:
            console.out(f"  {counted(item.files, 'file')} fetched, {size(item.file_bytes)}")
        if item.quarantine:
            _print_held(console, item)
        if any(item.held_back):
            accounts, records = item.held_back
            console.text(
                f"{counted(accounts, 'account')} and {counted(records, 'record')} name people who were forgotten here; the desk still has"
                " them, nothing of them was kept: ticketferry log",
                "  held back   ",
            )
        if item.findings:
            console.out(f"  {counted(item.findings, 'file')} could not be fetched: ticketferry profile")
        if item.completeness is not None:
            print_completeness(console, item.completeness)
        elif role == "source" and not totals:
            console.text("not checked against the desk's own counts (--no-totals)", "  numbers   ")
        if item.inventory:
            console.text(
                f"{counted(item.inventory, 'thing')} of the desk {'is' if item.inventory == 1 else 'are'} not moved: ticketferry inventory",
                "  beside    ",
            )
        if item.ledger is not None and item.ledger.requests:
            print_ledger(console, item.ledger, sum(item.read.values()))
    console.out()
