"""What a desk is asked at the first use and then kept, whichever thread asks first."""

import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, overload

from ticketferry.sdk.pacing import held
from ticketferry.sdk.session import Session

__all__ = ["AskedOnce"]


class _Lent(Protocol):
    @property
    def session(self) -> Session: ...


T = TypeVar("T")
S = TypeVar("S", bound=_Lent)


class AskedOnce(Generic[S, T]):
    """A property of a source or target, worked out once by asking its desk; whoever comes meanwhile waits for it.

    `functools.cached_property` holds a lock of its own up to Python 3.11: a virtual clock takes who waits there for somebody at work, and stands
    still while the answer is out.
    """

    def __init__(self, ask: Callable[[S], T]) -> None:
        self._ask = ask
        self.__doc__ = ask.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "AskedOnce[S, T]": ...
    @overload
    def __get__(self, instance: S, owner: type) -> T: ...
    def __get__(self, instance: S | None, owner: type) -> Any:
        """Return what was asked."""
        if instance is None:
            return self
        kept = instance.__dict__
        if self._name not in kept:
            lock: threading.Lock = kept.setdefault(f"{self._name} asked", threading.Lock())
            with held(lock, instance.session.clock):
                if self._name not in kept:
                    kept[self._name] = self._ask(instance)
        return kept[self._name]
