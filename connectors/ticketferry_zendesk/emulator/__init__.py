"""A stand-in of the Zendesk Support API for tests, demonstrations and rehearsals: `ZendeskEmulator`.

Names are loaded when they are asked for: to make sample data takes no server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .app import ZendeskEmulator
    from .life import LiveDesk
    from .other_desk import bare_desk, empty_desk
    from .seed import SampleDesk, generate, load, save

__all__ = ["LiveDesk", "SampleDesk", "ZendeskEmulator", "bare_desk", "empty_desk", "generate", "load", "save"]

_HOMES = {"LiveDesk": "life", "ZendeskEmulator": "app", "bare_desk": "other_desk", "empty_desk": "other_desk"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'seed')}", __name__), name)
