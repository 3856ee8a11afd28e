"""Whether a plan goes into the windows, below the plan."""

from datetime import datetime
from typing import Any

from ticketferry.cli.console import Console
from ticketferry.cli.layout import duration
from ticketferry.plan.estimate import ApplyEstimate
from ticketferry.project.windows import WriteWindows

__all__ = ["fit_json", "print_fit"]


def print_fit(
    console: Console, windows: WriteWindows | None, estimate: ApplyEstimate | None, now: datetime
) -> None:
    """Say whether an apply that is begun now, or when the next window opens, ends within it."""
    if windows is None or estimate is None:
        return
    fit = windows.fit(now, estimate.seconds)
    if fit.first is None:
        console.text("none is open within a year: see `windows:` in migration.yaml", "Window  ")
        return
    begins, ends = windows.shown(fit.first.begin), windows.shown(fit.first.end)
    when = f"open until {ends}" if fit.open_now else f"opens {begins}, until {ends}"
    length = f"{duration(fit.first.seconds)}, {duration(estimate.seconds)} wanted at least"
    if fit.end is None:
        verdict = "it does not go into the windows of a year"
    elif fit.count == 1:
        verdict = "it fits"
    else:
        verdict = f"it takes {fit.count} windows, done about {windows.shown(fit.end)}"
    console.text(f"{when}: {length}: {verdict}", "Window  ", " " * 8)


def fit_json(windows: WriteWindows | None, estimate: ApplyEstimate | None, now: datetime) -> dict[str, Any]:
    """Return the same as JSON has it, nothing where there are no windows."""
    if windows is None or estimate is None:
        return {}
    fit = windows.fit(now, estimate.seconds)
    return {
        "window": {
            "open": fit.open_now,
            "begin": fit.first.begin if fit.first else None,
            "end": fit.first.end if fit.first else None,
            "fits": fit.count == 1 and fit.end is not None,
            "windows": fit.count if fit.end is not None else None,
            "done": fit.end,
        }
    }
