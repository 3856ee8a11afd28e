"""`ticketferry emulator`: a local stand-in of a product's API."""

import threading
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import click

from ticketferry.cli.app import App, examples, pass_app
from ticketferry.errors import ConfigError, UnsupportedError, UsageError

__all__ = ["emulator"]


@click.command(
    epilog=examples(
        "ticketferry emulator zendesk --port 8801",
        "ticketferry emulator jsm --port 8802",
        "ticketferry emulator jsm --tickets 40",
        "ticketferry emulator zendesk --tickets 5000 --clock manual",
        "ticketferry emulator zendesk --data ./saved-desk",
        "ticketferry emulator zendesk --empty",
    )
)
@click.argument("name", metavar="NAME")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, metavar="N", help="Else any free port.")
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="A desk saved as files instead of the sample desk.",
)  # fmt: skip
@click.option(
    "--empty", is_flag=True, help="A second account to move into: set up, without customers and tickets."
)
@click.option(
    "--tickets",
    type=click.IntRange(min=0),
    metavar="N",
    help="Size of the sample desk; jsm has none without it.",
)
@click.option(
    "--clock", type=click.Choice(["real", "manual"]), default="real", show_default=True,
    help="`manual`: time moves by POST /_emulator/clock alone.",
)  # fmt: skip
@pass_app
def emulator(
    app: App, name: str, port: int, data: Path | None, empty: bool, tickets: int | None, clock: str
) -> None:
    """Serve a stand-in of a product's API on 127.0.0.1 until Ctrl-C, and print its address and credentials.

    Made-up data, no account, nothing leaves this machine. The lines printed can be pasted into another shell.
    """
    if empty and (data is not None or tickets is not None):
        raise UsageError("--empty is a desk of its own", remedy="Leave --data and --tickets out.")
    stand_in = _make(name, data, tickets, clock, empty=empty)
    try:
        with stand_in.serve(port, control=True):
            prefix = _prefix(stand_in)
            app.console.out(f"export {prefix}_URL={stand_in.base_url}")
            for key, value in stand_in.credentials.items():
                app.console.out(f"export {key}={value}")
            app.console.note(f"control: {stand_in.base_url}/_emulator/ (state, ledger, clock, faults)")
            app.console.note(f"{name} is served at {stand_in.base_url}; Ctrl-C ends it")
            threading.Event().wait()
    except KeyboardInterrupt:
        app.console.note("ended; its data is gone")
    except OSError as error:
        raise ConfigError(
            f"port {port} cannot be used: {error.strerror or error}",
            remedy="Name another one (--port N), or none for any that is free.",
        ) from error


def _make(name: str, data: Path | None, tickets: int | None, clock: str, *, empty: bool = False) -> Any:
    from ticketferry.registry import connector
    from ticketferry.registry import emulator as emulator_of
    from ticketferry_emulators.kit.clock import ManualClock, RealClock

    product = connector(name)
    kind = emulator_of(product)
    takes = signature(kind).parameters
    options: dict[str, Any] = {"clock": ManualClock() if clock == "manual" else RealClock()}
    module = import_module((product.emulator or "").partition(":")[0])
    if empty:
        make = getattr(module, "empty_desk", None)
        if make is None:
            raise UnsupportedError(f"the emulator {name} takes no --empty", remedy="Leave it out.")
        options["data"] = make()
        if "quiet" in takes:
            # As a careful person leaves it before a migration: nothing runs by itself.
            options["quiet"] = True
    if data is not None:
        load = getattr(module, "load", None)
        if load is None or "data" not in takes:
            raise UnsupportedError(f"the emulator {name} takes no --data", remedy="Leave it out.")
        try:
            options["data"] = load(data)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{data} holds no saved desk: {error}", remedy="Name the folder of a saved desk."
            ) from error
    if tickets is not None:
        if "tickets" not in takes:
            raise UnsupportedError(f"the emulator {name} takes no --tickets", remedy="Leave it out.")
        options["tickets"] = tickets
    return kind(**options)


def _prefix(stand_in: Any) -> str:
    names = list(stand_in.credentials)
    return str(names[0]).partition("_")[0] if names else str(stand_in.name).upper()
