"""Waiting for a lock behind which another thread talks to the site, told to a clock that jumps when everybody waits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from ticketferry.sdk import Clock

__all__ = ["held"]


@contextmanager
def held(lock: threading.Lock, clock: Clock) -> Iterator[None]:
    """Hold a lock; while waiting for it the thread does not keep a virtual clock from turning."""
    told: Callable[[], AbstractContextManager[None]] = getattr(clock, "waiting", nullcontext)
    with told():
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
