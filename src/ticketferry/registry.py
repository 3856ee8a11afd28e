"""Finds connectors through their entry points and opens desks with them."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from ticketferry.errors import ConfigError, UnsupportedError
from ticketferry.sdk.contract import Connector, Source, Target
from ticketferry.sdk.options import Options
from ticketferry.sdk.session import Session
from ticketferry.sdk.witness import Witness

__all__ = [
    "GROUP",
    "Broken",
    "connector",
    "connectors",
    "emulator",
    "open_source",
    "open_target",
    "rebuilt_emulator",
    "witness_of",
]

GROUP = "ticketferry.connectors"


@dataclass(frozen=True, slots=True)
class Broken:
    """A plug-in that could not be loaded, and why; the others work on."""

    name: str
    error: str


def connectors() -> dict[str, Connector | Broken]:
    """Load every connector, built-in or third-party, ordered by name."""
    installed: dict[str, Connector | Broken] = {}
    for name, point in sorted(_points(entry_points, tuple(sys.path)).items()):
        installed[name] = _load(point)
    return installed


@lru_cache(maxsize=4)
def _points(
    find: Callable[..., Iterable[EntryPoint]],
    path: tuple[str, ...],  # noqa: ARG001 -- another path, other packages
) -> dict[str, EntryPoint]:
    """Return what is installed, by name: looked for once, since it means reading a file of every package."""
    return {point.name: point for point in find(group=GROUP)}


def _load(point: EntryPoint) -> Connector | Broken:
    try:
        loaded = point.load()
    except Exception as error:  # noqa: BLE001 -- a plug-in of somebody else may fail in any way
        return Broken(point.name, f"{type(error).__name__}: {error}")
    if not isinstance(loaded, Connector):
        return Broken(point.name, f"{point.value} is not a ticketferry.sdk.Connector")
    return loaded


def connector(name: str) -> Connector:
    """Return one connector. Raises ConfigError naming those there are."""
    points = _points(entry_points, tuple(sys.path))
    point = points.get(name)
    if point is None:
        raise ConfigError(
            f"there is no connector {name!r}", remedy=f"Installed: {', '.join(sorted(points)) or 'none'}."
        )
    loaded = _load(point)
    if isinstance(loaded, Broken):
        raise ConfigError(
            f"the connector {name!r} cannot be loaded ({loaded.error})", remedy="Install it again."
        )
    return loaded


def _open(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def open_source(connector: Connector, options: Options, session: Session) -> Source:
    """Open a desk for reading."""
    return cast("Source", _open(connector.source)(options, session))


def open_target(connector: Connector, options: Options, session: Session) -> Target:
    """Open a desk for writing. Raises UnsupportedError for a connector that only reads."""
    if connector.target is None:
        raise UnsupportedError(f"the connector {connector.name!r} can be a source only")
    return cast("Target", _open(connector.target)(options, session))


def witness_of(connector: Connector) -> Witness | None:
    """Return the module that reads a connector's wire for the witness; None where it has none."""
    return cast("Witness", import_module(connector.witness)) if connector.witness else None


def emulator(connector: Connector) -> Any:
    """Return the emulator class of a connector. Raises UnsupportedError where it has none."""
    if connector.emulator is None:
        raise UnsupportedError(f"the connector {connector.name!r} has no emulator")
    return _open(connector.emulator)


def rebuilt_emulator(connector: Connector) -> Any:
    """Return the module `told` of a connector's emulator: `rebuilt` puts it up from a snapshot, `work_on` lets its people work. Raises
    UnsupportedError where it has none.
    """
    home = (connector.emulator or "").partition(":")[0]
    try:
        module = import_module(f"{home}.told") if home else None
    except ModuleNotFoundError as error:
        if error.name != f"{home}.told":
            raise
        module = None
    if module is None:
        raise UnsupportedError(
            f"the connector {connector.name!r} has no stand-in that can be put up from a snapshot",
            remedy="Its desk cannot be rehearsed; `ticketferry plan` and `apply --canary` show a part of it.",
        )
    return module
