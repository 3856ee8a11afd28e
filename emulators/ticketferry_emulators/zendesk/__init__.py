"""A stand-in of the Zendesk Support API for tests, demonstrations and rehearsals: `ZendeskEmulator`.

Names are loaded when they are asked for: to make sample data takes no server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.app import ZendeskEmulator
    from ticketferry_emulators.zendesk.models.life import LiveDesk
    from ticketferry_emulators.zendesk.seed.desk import SampleDesk, generate, load, save
    from ticketferry_emulators.zendesk.seed.other_desk import bare_desk, empty_desk

__all__ = ["LiveDesk", "SampleDesk", "ZendeskEmulator", "bare_desk", "empty_desk", "generate", "load", "save"]

_HOMES = {
    "LiveDesk": "models.life",
    "ZendeskEmulator": "app",
    "bare_desk": "seed.other_desk",
    "empty_desk": "seed.other_desk",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'seed.desk')}", __name__), name)
