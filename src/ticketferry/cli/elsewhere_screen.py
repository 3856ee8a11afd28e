"""What became of a plan's mapping in other environments, below the plan."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ticketferry.cli.console import Console
from ticketferry.cli.layout import number, when

if TYPE_CHECKING:
    from ticketferry.report.data import RunElsewhere

__all__ = ["print_elsewhere"]

MOST_CAUSES = 5
"""Causes of failure in another environment that a screen names."""


def print_elsewhere(console: Console, runs: "Sequence[RunElsewhere]") -> None:
    """Say what became of the same mapping in other environments."""
    for run in runs:
        console.out("", f"In {run.environment}  {run.plan}, the same mapping, {when(run.applied)}")
        console.table(run.facts, "lw")
        for count, code, message, place in run.causes[:MOST_CAUSES]:
            console.text(
                f"{message}  [{code}]" + (f" at {place}" if place else ""), f"{number(count):>8}  ", " " * 10
            )
        if len(run.causes) > MOST_CAUSES:
            console.text(
                f"and {number(len(run.causes) - MOST_CAUSES)} more causes: ticketferry errors {run.plan} --env {run.environment}",
                "  ",
            )
