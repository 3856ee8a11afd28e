"""A stand-in of the Zendesk Support API for tests, demonstrations and rehearsals: `ZendeskEmulator`.

Names are loaded when they are asked for: to make sample data takes no server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .app import ZendeskEmulator
    from .life import LiveDesk
    from .seed import SampleDesk, generate, load, save

__all__ = ["LiveDesk", "SampleDesk", "ZendeskEmulator", "generate", "load", "save"]

_HOMES = {"LiveDesk": "life", "ZendeskEmulator": "app"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'seed')}", __name__), name)
