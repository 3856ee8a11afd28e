"""Telling a clock that jumps that this thread waits for another one, so that the time does not stand still meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from ticketferry.sdk import Clock

__all__ = ["held", "waiting"]


def waiting(clock: Clock) -> AbstractContextManager[None]:
    """Wait inside of this for another thread; the machine's own clock needs no word of it."""
    told: Callable[[], AbstractContextManager[None]] = getattr(clock, "waiting", nullcontext)
    return told()


@contextmanager
def held(lock: threading.Lock, clock: Clock) -> Iterator[None]:
    """Hold a lock behind which another thread may be talking to the desk."""
    with waiting(clock):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
