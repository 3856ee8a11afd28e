"""Proof that a method is pure: it is called twice without a network, gives the same, and leaves its arguments as they were."""

import copy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

__all__ = ["no_network", "twice"]

T = TypeVar("T")


@contextmanager
def no_network() -> Iterator[None]:
    """Fail whoever opens a connection meanwhile."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a pure method opened a connection")

    with patch.object(socket.socket, "connect", refuse), patch.object(socket.socket, "connect_ex", refuse):
        yield


def twice(call: Callable[..., T], *arguments: Any) -> T:
    """Call `call` twice, with a copy of the arguments each time, and return what it gave. Fails where the two differ."""
    first, second = copy.deepcopy(arguments), copy.deepcopy(arguments)
    with no_network():
        one, two = call(*first), call(*second)
    assert one == two, "two calls with the same arguments gave different results"
    assert first == arguments, "the call changed its arguments"
    return one
