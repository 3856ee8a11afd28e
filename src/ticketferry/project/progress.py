"""How long work tells how far it is."""

from collections.abc import Callable
from typing import Any

__all__ = ["Progress", "quiet"]

Progress = Callable[[str, int, int | None], None]
"""Called with (name, done, total) from any thread; `total` None: nobody knows."""


def quiet(*_: Any) -> None:
    """Tell nothing."""
