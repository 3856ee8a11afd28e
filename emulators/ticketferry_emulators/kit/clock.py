"""The one clock of emulators and of the clients under them: the real one, and one that jumps instead of waiting.

A :class:`ManualClock` makes a run that would last hours end in seconds and gives the same times each run. Threads that
work register with :meth:`ManualClock.busy`; when every registered thread sleeps (by its own :meth:`~ManualClock.sleep`
or because the emulator sleeps for it, :meth:`~ManualClock.stand_in`), the time jumps to the earliest wake-up.
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

__all__ = ["EmulatorClock", "ManualClock", "RealClock"]


@runtime_checkable
class EmulatorClock(Protocol):
    """Time in unix seconds, and ways to wait for it."""

    def time(self) -> float:
        """Return unix seconds."""
        ...

    def now(self) -> datetime:
        """Return the same instant as an aware UTC datetime."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let the calling thread wait; zero and less return at once."""
        ...

    def busy(self) -> AbstractContextManager[None]:
        """Register the calling thread as a worker for a unit of work; nested use counts once."""
        ...

    def stand_in(self, seconds: float) -> None:
        """Sleep on behalf of a client whose thread is blocked in its request."""
        ...

    def advance(self, seconds: float) -> None:
        """Move a manual clock on; a real clock raises RuntimeError."""
        ...


class RealClock:
    """The time of the machine."""

    manual = False

    def time(self) -> float:
        """Return unix seconds."""
        return time.time()

    def now(self) -> datetime:
        """Return now, aware UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Sleep really."""
        if seconds > 0:
            time.sleep(seconds)

    def busy(self) -> AbstractContextManager[None]:
        """Do nothing: real time needs no register of workers."""
        return nullcontext()

    def waiting(self) -> AbstractContextManager[None]:
        """Do nothing, as :meth:`busy`."""
        return nullcontext()

    def stand_in(self, seconds: float) -> None:
        """Sleep really."""
        self.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Refuse: nobody moves the real time."""
        raise RuntimeError(f"the real clock cannot be advanced by {seconds} s; start with a manual clock")


class _Sleeper:
    """One waiting thread: what wakes it, and whether it stands for a busy one."""

    __slots__ = ("counted", "woken")

    def __init__(self, *, counted: bool) -> None:
        self.woken = threading.Event()
        self.counted = counted


@dataclass(slots=True)
class _Door:
    """A lock that workers wait behind: how many of them, and whether somebody holds it."""

    behind: int = 0
    shut: bool = False


class ManualClock:
    """A clock that stands still while somebody works and jumps when everybody waits.

    `stall` is a way out, in real seconds: a registered worker that is blocked on something else than this clock (a lock
    held by a sleeper) would stop the time for ever, so where nobody began or ended to sleep, to work or to wait for so long the time jumps
    all the same and :attr:`stalls` counts it. :meth:`waiting` says so properly and costs nothing. A machine that is merely slow is none:
    a sleeper may well lie for minutes while others go on.
    """

    manual = True

    def __init__(self, start: float = 1_795_000_000.0, *, stall: float = 10.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        self._sleepers: list[tuple[float, int, _Sleeper]] = []
        self._ticket = itertools.count()
        self._busy = 0
        self._asleep = 0
        self._mine = threading.local()
        self._crews: dict[int, int] = {}
        self._doors: dict[int, _Door] = {}
        self._stall = stall
        self._stirred = time.monotonic()
        """When anybody last began or ended to sleep, to work or to wait."""
        self.stalls = 0

    def time(self) -> float:
        """Return unix seconds."""
        with self._lock:
            return self._now

    def now(self) -> datetime:
        """Return now, aware UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved by `seconds`; without a registered worker the clock jumps at once."""
        self._sleep(seconds, counted=self._depth() > 0)

    def stand_in(self, seconds: float) -> None:
        """Sleep for a client that is blocked in its request: counts as one registered worker asleep."""
        self._sleep(seconds, counted=True)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds` and wake whoever is due; a negative number raises ValueError."""
        if not math.isfinite(seconds) or seconds < 0:
            raise ValueError(f"a clock moves forward only, not by {seconds!r} s")
        with self._lock:
            self._move(self._now + seconds)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Register the calling thread as a worker for a unit of work; nested use counts once."""
        depth = self._depth()
        self._mine.depth = depth + 1
        if depth == 0:
            with self._lock:
                self._busy += 1
        try:
            yield
        finally:
            self._mine.depth = depth
            if depth == 0:
                with self._lock:
                    self._busy -= 1
                    self._jump()

    def crew(self, owner: object, count: int) -> None:
        """Let so many workers of a pool count as registered from now on, whether their threads have begun or not: work that was handed over
        and results that nobody has looked at hold the time, as they would not last in real time. 0 ends it.
        """
        with self._lock:
            if count == self._crews.get(id(owner), 0):
                return  # said again once a second by whoever waits for the crew: nobody stirred
            self._busy += count - self._crews.pop(id(owner), 0)
            if count:
                self._crews[id(owner)] = count
            self._jump()

    @contextmanager
    def of_crew(self) -> Iterator[None]:
        """Work as one of a crew, which is registered already."""
        self._mine.depth = self._depth() + 1
        try:
            yield
        finally:
            self._mine.depth = self._depth() - 1

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Say that this registered worker waits for another thread (a lock, a queue): it does not hold the time up."""
        registered = self._depth() > 0
        if registered:
            with self._lock:
                self._busy -= 1
                self._jump()
        try:
            yield
        finally:
            if registered:
                with self._lock:
                    self._busy += 1

    @contextmanager
    def held(self, lock: threading.Lock) -> Iterator[None]:
        """Hold a lock whose holder may sleep. Workers behind it do not hold the time up, and count again from the instant in which it is
        given back: with :meth:`waiting` the time would go on before they have woken. A lock that is free costs no time.
        """
        registered = self._depth() > 0
        if not lock.acquire(blocking=False):
            with self._lock:
                door = self._doors.setdefault(id(lock), _Door())
                door.behind += registered
                if door.shut:
                    self._busy -= registered
                    self._jump()
            lock.acquire()
            left = int(registered)
        else:
            left = 0
        with self._lock:
            door = self._doors.setdefault(id(lock), _Door())
            door.behind -= left
            door.shut = True
            self._busy -= door.behind
            self._jump()
        try:
            yield
        finally:
            with self._lock:
                self._busy += door.behind
                door.shut = False
                if not door.behind:
                    del self._doors[id(lock)]
                lock.release()

    def _depth(self) -> int:
        return int(getattr(self._mine, "depth", 0))

    def _sleep(self, seconds: float, *, counted: bool) -> None:
        if not math.isfinite(seconds):
            raise ValueError(f"cannot sleep {seconds!r} s")
        if seconds <= 0:
            return
        sleeper = _Sleeper(counted=counted)
        with self._lock:
            wake = self._now + seconds
            heapq.heappush(self._sleepers, (wake, next(self._ticket), sleeper))
            self._asleep += counted
            self._jump()
        left = self._stall
        while not sleeper.woken.wait(left):
            with self._lock:
                left = self._stirred + self._stall - time.monotonic()
                if left <= 0 and not sleeper.woken.is_set():
                    self.stalls += 1
                    self._move(self._sleepers[0][0])
                left = max(left, 0.01)

    def _jump(self) -> None:
        """Move to the earliest wake-up as long as nobody is left who works (under the lock)."""
        self._stirred = time.monotonic()
        while self._sleepers and self._asleep >= self._busy:
            self._move(self._sleepers[0][0])

    def _move(self, to: float) -> None:
        """Set the time and wake who is due; a woken worker counts as awake from this instant, not from its next tick."""
        self._now = max(self._now, to)
        self._stirred = time.monotonic()
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, sleeper = heapq.heappop(self._sleepers)
            self._asleep -= sleeper.counted
            sleeper.woken.set()
