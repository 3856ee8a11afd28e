"""`ticketferry rehearse`: the whole migration on stand-ins, before anybody is touched by it."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, number
from ticketferry.errors import Exit, WorkspaceError

if TYPE_CHECKING:
    from ticketferry.project.rehearsal import Rehearsal, RehearsedFailure, RehearsedPhase

__all__ = ["rehearse"]

_SHOWN = 12
_MAILS = 8


@click.command(
    epilog=examples(
        "ticketferry rehearse",
        "ticketferry rehearse --sample 500",
        "ticketferry rehearse --phase pilot --latency 0.21",
        "ticketferry rehearse --faults 7 --json",
    )
)
@click.option(
    "--phase",
    "phases",
    multiple=True,
    metavar="NAME",
    help="Only this phase of the mapping; several times for several.",
)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N",
    help="About N tickets: of every kind its share, the golden ones, and what they link to.",
)  # fmt: skip
@click.option(
    "--faults", type=int, metavar="SEED", help="Let requests fail, by a seed; all must end as without."
)
@click.option(
    "--latency", type=click.FloatRange(min=0, max=60), metavar="SECONDS",
    help="How long the desks take to answer.  [default: as measured, else 0.3]",
)  # fmt: skip
@click.option("--show", is_flag=True, help="Print the result of the last rehearsal again; play nothing.")
@click.option("--no-delta", is_flag=True, help="Leave out the delta of late changes.")
@click.option("--no-rollback", is_flag=True, help="Leave out that everything is taken back.")
@json_option
@pass_app
def rehearse(
    app: App,
    phases: tuple[str, ...],
    sample: int | None,
    faults: int | None,
    latency: float | None,
    show: bool,
    no_delta: bool,
    no_rollback: bool,
) -> Exit:
    """Play plan, apply, verify, witness, delta and rollback on stand-ins of both desks, which are made of what was extracted, on a
    simulated clock. Neither desk is asked, and the workspace stays as it is.

    The result is kept under rehearsals/ and shown by `status` and the report; the folder of the newest one is a migration of its own to
    look into (`ticketferry -C rehearsals/r-01 plan show p-01`). Exit code 2 where something would have gone wrong.
    """
    from ticketferry.project.rehearsal import last_rehearsal
    from ticketferry.rehearsal import rehearse as play

    if show:
        with app.project() as project:
            last = last_rehearsal(project)
        if last is None:
            raise WorkspaceError("nothing was rehearsed yet", remedy="`ticketferry rehearse` does it.")
        return _tell(app.console, last)
    with app.project() as project, app.console.progress() as progress:
        found = play(
            project, phases=phases, sample=sample, faults=faults, delta=not no_delta, rollback=not no_rollback, latency=latency,
            progress=progress,
        )  # fmt: skip
    return _tell(app.console, found)


def _tell(console: Console, found: "Rehearsal") -> Exit:
    if console.json:
        console.result(
            {
                **asdict(found),
                "good": found.good,
                "mails": found.mails,
                "hours": round(found.seconds / 3600, 4),
            }
        )
    _print(console, found)
    return Exit.OK if found.good else Exit.DIFFERENCES


def _print(console: Console, found: "Rehearsal") -> None:
    drawn = (
        f"a sample of {counted(found.sample, 'ticket')}"
        if found.sample is not None
        else counted(found.tickets, "ticket")
    )
    console.text(f"Rehearsal {found.id}   {found.source} -> {found.target}   {drawn}")
    origin = "measured" if found.measured else "assumed"
    console.text(
        f"on stand-ins made of what was extracted, answers of {found.latency * 1000:,.0f} ms ({origin}). Neither desk was asked."
    )
    if found.faults is not None:
        console.text(f"Seed {found.faults}: {counted(found.faults_met, 'request')} were made to fail.")
    console.out()
    rows: list[tuple[str, ...]] = [
        ("read both desks", duration(step.seconds), "", number(step.count), "", "", "", "")
        for step in found.extract
    ]
    for part in found.all_parts:
        rows += _rows(part)
    console.table(
        rows,
        "lrrrrrrr",
        header=("", "time", "estimate", "requests", "writes", "failed", "mails", "seen more"),
    )
    console.out()
    _failures(console, found)
    _mails(console, found)
    _figures(console, found)
    if found.assumed:
        console.out("Assumed, since no snapshot knows it")
        for text in found.assumed:
            console.text(text, "  - ", "    ")
        console.out()
    console.out(
        "Next    ticketferry status" if found.good else "Next    mend what is named, and rehearse again"
    )


def _rows(part: "RehearsedPhase") -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number_, step in enumerate(part.steps):
        apply = step.name == "apply"
        rows.append(
            (
                f"{part.name or 'everything'} {step.name}" if number_ == 0 else f"  {step.name}",
                duration(step.seconds),
                duration(step.estimated) if step.estimated is not None else "",
                number(step.count),
                number(part.performed) if apply else "",
                number(part.failed) if apply else "",
                number(part.mails) if apply else "",
                number(part.newly_visible) if apply else "",
            )
        )
    return rows


def _failures(console: Console, found: "Rehearsal") -> None:
    heaps: dict[tuple[str, str, str], tuple[int, RehearsedFailure]] = {}
    for one in found.failures:
        key = (one.stage, one.code, one.place)
        count = heaps[key][0] if key in heaps else 0
        heaps[key] = (count + one.count, heaps[key][1] if key in heaps else one)
    if not heaps:
        console.out("Nothing failed.")
        return
    console.out("What would have gone wrong")
    shown = sorted(heaps.values(), key=lambda item: -item[0])
    for count, one in shown[:_SHOWN]:
        console.text(f"{one.code} in {one.stage}: {one.message}", f"{count:>7,}  ", " " * 9)
        if one.sample:
            console.text(f"for one: {one.sample}", " " * 9)
        if one.place or one.remedy:
            console.text(
                f"{one.place}{': ' if one.place and one.remedy else ''}{one.remedy}", "      -> ", " " * 9
            )
    if len(shown) > _SHOWN:
        console.text(f"and {counted(len(shown) - _SHOWN, 'cause')} more: --json has all", " " * 9)
    console.out()


def _mails(console: Console, found: "Rehearsal") -> None:
    heaps: dict[str, int] = {}
    for part in found.all_parts:
        for words, count in part.notified.items():
            heaps[words] = heaps.get(words, 0) + count
    if not heaps:
        console.out("Nobody would have been told anything.", "")
        return
    console.out("What people would have been told")
    for words, count in sorted(heaps.items(), key=lambda item: -item[1])[:_MAILS]:
        console.text(f"{words}", f"{count:>7,}  ", " " * 9)
    console.out()


def _figures(console: Console, found: "Rehearsal") -> None:
    for part in found.phases:
        if part.leaves:
            shares = " + ".join(
                f"{count:,} {name.replace('_', ' ')}" for name, count in part.dispositions.items()
            )
            console.text(
                f"{part.leaves:,} = {shares}", f"values    {part.name}: ".replace(" : ", " "), " " * 10
            )
    if found.parity:
        causes = "; ".join(f"{count:,}: {cause}" for cause, count in found.parity["causes"].items())
        tail = f"; {causes}" if causes else ""
        console.text(
            f"{found.parity['equal']:,} of {found.parity['tickets']:,} tickets keep all key figures{tail}",
            "figures   ",
            " " * 10,
        )
    if found.as_before is not None:
        words = "the new desk is as before" if found.as_before else f"NOT AS BEFORE: {', '.join(found.left)}"
        stays = f"; for ever: {'; '.join(found.residue)}" if found.residue else ""
        console.text(f"{words}{stays}", "rollback  ", " " * 10)
    console.out()
