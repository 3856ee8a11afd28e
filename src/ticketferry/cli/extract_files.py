"""`ticketferry extract files`: attachments later, by phase or by ticket."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App
from ticketferry.cli.console import Console
from ticketferry.cli.extract_words import print_ledger
from ticketferry.cli.layout import number, size

if TYPE_CHECKING:
    from ticketferry.project.files import FilesWanted

__all__ = ["extract_files"]

MANY_BYTES = 1_000_000_000
"""More than this is asked for on a terminal."""


def extract_files(app: App, phase: str | None, only: str | None, *, only_estimate: bool, yes: bool) -> None:
    """Say what fetching will take, then fetch."""
    from ticketferry.project.files import fetch_files, want_files

    chosen = tuple(part.strip() for part in only.split(",") if part.strip()) if only is not None else ()
    if only is not None and not chosen:
        raise click.UsageError("--only names no ticket: write --only 1042,20177")
    with app.project() as project:
        with app.console.progress() as progress:
            wanted = want_files(project, phase=phase, only=chosen, progress=progress)
        _print_forecast(app.console, wanted)
        if only_estimate:
            if app.console.json:
                app.console.result({"forecast": _json(wanted)})
            return
        forecast = wanted.forecast
        forecast.refuse(project.blobs)
        large = forecast.octets + forecast.guessed > MANY_BYTES
        if large and not yes and app.console.asks and not app.console.confirm("Fetch them now?"):
            raise click.Abort
        with app.console.progress() as progress:
            came = fetch_files(project, wanted, progress=progress)
        if app.console.json:
            app.console.result({"forecast": _json(wanted), "fetched": came.fetched, "requests": came.ledger})
        if forecast.wanted:
            _print_result(app.console, wanted, came.fetched.files, came.fetched.octets)
            if came.ledger.requests:
                print_ledger(app.console, came.ledger, 0, indent="")
        app.console.out()
        tail = f" --phase {phase}" if phase else ""
        app.console.out(f"Next    ticketferry plan{tail}")


def _json(wanted: "FilesWanted") -> dict[str, object]:
    forecast = wanted.forecast
    return {
        "snapshot": wanted.snapshot,
        "phase": wanted.phase,
        "tickets": forecast.tickets,
        "files": forecast.files,
        "here": forecast.here,
        "redacted": forecast.redacted,
        "to_fetch": forecast.wanted,
        "bytes": forecast.octets,
        "unknown_size": forecast.unknown,
        "unknown_guessed": forecast.guessed,
        "disk_needed": forecast.needed,
        "disk_free": forecast.free,
    }


def _print_forecast(console: Console, wanted: "FilesWanted") -> None:
    forecast = wanted.forecast
    which = f", phase {wanted.phase}" if wanted.phase else ""
    tickets = f"{number(forecast.tickets)} ticket{'' if forecast.tickets == 1 else 's'} with files"
    console.text(f"old desk, snapshot s-{wanted.snapshot}{which}: {tickets}")
    parts = [f"{number(forecast.here)} here", f"{number(forecast.known)} to fetch ({size(forecast.octets)})"]
    if forecast.unknown:
        guess = f", perhaps {size(forecast.guessed)}" if forecast.guessed else ""
        parts.append(f"{number(forecast.unknown)} to fetch of unknown size{guess}")
    if forecast.redacted:
        parts.append(f"{number(forecast.redacted)} taken out of the desk")
    console.text(f"{number(forecast.files)} = {' + '.join(parts)}", "files     ", " " * 10)
    disk = f"{size(forecast.free)} free"
    if forecast.wanted:
        disk += f"; needed, with a margin: {size(forecast.needed)}"
    console.text(disk, "disk      ")
    if not forecast.wanted:
        console.text("nothing to fetch", "          ")


def _print_result(console: Console, wanted: "FilesWanted", files: int, octets: int) -> None:
    lost = wanted.forecast.wanted - files
    console.text(
        f"{number(wanted.forecast.wanted)} = {number(files)} fetched ({size(octets)})"
        f" + {number(lost)} that the desk did not give",
        "came      ",
        " " * 10,
    )
    if lost:
        console.text(
            "`ticketferry profile` tells why; the next `extract files` asks for them again", " " * 10
        )
