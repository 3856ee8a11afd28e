"""What a plan's apply takes, on the screen: ways into the target, time, limits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, number
from ticketferry.plan.estimate import ApplyEstimate
from ticketferry.plan.show import Overview

if TYPE_CHECKING:
    from ticketferry.project.ways import WayFigures

__all__ = [
    "print_comparison_of_ways",
    "print_estimate",
    "print_ways",
]


def print_ways(console: Console, view: Overview) -> None:
    """Print the ways beside REST that the plan's tickets go, and what each takes for granted."""
    if not view.ways:
        console.out("All tickets go over the desk's API; nothing undocumented is relied on.")
        return
    for way in view.ways:
        console.text(f"{way.name}  {counted(way.tickets, 'ticket')}  {way.title}", "", "  ")
        console.out()
        for code, text, source, caught in way.assumes:
            console.text(f"{text} ({source})", f"{code}  ", "       ")
            console.text(f"if not: {caught}", "       ", "       ")
        console.out()


def print_comparison_of_ways(console: Console, ways: Sequence["WayFigures"]) -> None:
    """Print what each way keeps of the values and what it costs; nothing is saved."""
    head = ("way", "carried", "changed", "beside", "dropped", "impossible", "rejected")
    rows = [
        (
            row.name,
            *(number(row.dispositions[name]) for name in ("carried", "transformed", "kept_in_provenance")),
            *(number(row.dispositions[name]) for name in ("dropped_by_rule", "unsupported")),
            number(row.rejected),
        )
        for row in ways
    ]
    console.out("What becomes of the values (each row adds up to the same)")
    console.table(rows, "lrrrrrr", header=head)
    console.out()
    costs = [
        (
            row.name,
            number(row.estimate.requests),
            number(row.estimate.import_files),
            duration(row.estimate.seconds - row.estimate.import_seconds),
            duration(row.estimate.import_seconds) if row.estimate.import_files else "",
        )
        for row in ways
    ]
    console.out("What it costs, at least")
    console.table(costs, "lrrrr", header=("way", "requests", "files", "writing", "importing"))
    console.out()
    console.out("Next    set `way:` in the mapping, for all or for a phase, then:")
    console.out("        ticketferry plan")


def print_estimate(console: Console, estimate: ApplyEstimate | None) -> None:
    """Print how long an apply takes at least, and every thing that could hold it back."""
    if estimate is None:
        console.out("Nothing to write.")
        return
    console.text(
        f"{duration(estimate.seconds)} at least: {counted(estimate.requests, 'request')} ="
        f" {number(estimate.writes)} that write + {number(estimate.reads)} that read"
    )
    console.text(
        f"{number(estimate.checks)} look at a record before it is changed, {number(estimate.read_backs)} read back what was"
        f" written, {number(estimate.polls)} ask for jobs"
        + (
            f", {number(estimate.looks)} look for what was imported or prove a write"
            if estimate.looks
            else ""
        ),
        "  ",
    )
    if estimate.import_files:
        console.text(
            f"{duration(estimate.import_seconds)} of it is the importer's work on {counted(estimate.import_tickets, 'ticket')} in"
            f" {counted(estimate.import_files, 'file')}",
            "  ",
        )
    if estimate.order.seconds:
        console.text(f"{duration(estimate.order.seconds)} in the plan's order: {estimate.order.words}", "  ")
    console.out("", "What could hold it back (the slowest does)")
    rows = [(duration(way.seconds), way.name, way.words) for way in estimate.ways]
    console.table(rows, "rlw")
    console.out()
    console.text("Repetitions, pauses that the desk asks for and the transfer of files come on top.")
