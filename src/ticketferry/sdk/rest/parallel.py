"""Several requests at once, their results in order, and no more of them held than are under way."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from itertools import islice
from typing import TypeVar

from ticketferry.sdk.pacing import Clock, crew, of_crew, waiting

__all__ = ["OrderedMap", "workers_for"]

_In = TypeVar("_In")
_Out = TypeVar("_Out")

_LEAST, _MOST = 4, 64
_UNTOLD = 8
_SLOW = 1.0
"""Seconds that an answer may take while the desk's whole rate is still used."""


def workers_for(limit: int | None, seconds: float = 60.0) -> int:
    """Return how many requests at once use up a limit of `limit` requests in a window of `seconds`; 8 where none was told."""
    if limit is None:
        return _UNTOLD
    return max(_LEAST, min(_MOST, int(-(-limit * _SLOW // seconds))))


class OrderedMap:
    """`workers()` is asked at the start of each round: the desk's rate is learned on the way."""

    def __init__(self, clock: Clock, workers: Callable[[], int], name: str = "desk") -> None:
        self._clock = clock
        self._name = name
        self.workers = workers

    def each(self, work: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
        """Do `work` for each item, several at once, and yield the results in the items' order. The first error ends it: what has not
        begun by then is not done.
        """
        workers = min(self.workers(), len(items))
        if workers < 2:
            yield from map(work, items)
            return

        crowd = _Crowd(self._clock, workers)
        with ThreadPoolExecutor(workers, thread_name_prefix=self._name) as pool:
            rest = iter(items)
            under_way: deque[tuple[int, Future[_Out]]] = deque()

            def send(some: Iterable[_In]) -> None:
                for item in some:
                    number = crowd.add()
                    under_way.append((number, pool.submit(crowd.work, number, work, item)))

            try:
                send(islice(rest, 2 * workers))
                while under_way:
                    number, future = under_way[0]
                    with crowd.waiting_for(number):
                        result = future.result()
                        under_way.popleft()
                        send(islice(rest, 1))
                    yield result
            finally:
                crowd.leave(sum(future.cancel() for _, future in under_way))
                with waiting(self._clock):
                    pool.shutdown()


class _Crowd:
    """Tells a virtual clock how many are at work: whoever was given something counts before a thread has taken it up, and whoever waits for a
    result counts from the instant in which it is there. Else the time would go on in between, as it does on no real clock.
    """

    def __init__(self, clock: Clock, workers: int) -> None:
        self._clock = clock
        self._workers = workers
        self._lock = threading.Lock()
        self._given = self._unfinished = 0
        self._finished: set[int] = set()
        self._waited: int | None = None
        self._reader_woken = False

    def add(self) -> int:
        """Count one more piece of work; return its number."""
        with self._lock:
            self._given += 1
            self._unfinished += 1
            self._tell()
            return self._given

    def leave(self, count: int) -> None:
        """Count so many pieces as never begun."""
        with self._lock:
            self._unfinished -= count
            self._tell()

    def work(self, number: int, work: Callable[[_In], _Out], item: _In) -> _Out:
        """Do a piece of work in a thread of the pool."""
        try:
            with of_crew(self._clock):
                return work(item)
        finally:
            with self._lock:
                self._unfinished -= 1
                self._finished.add(number)
                self._reader_woken = self._reader_woken or number == self._waited
                self._tell()

    @contextmanager
    def waiting_for(self, number: int) -> Iterator[None]:
        """Wait for a piece inside of this, and hand out what follows."""
        with self._lock:
            there = number in self._finished
            self._waited = number
        try:
            with nullcontext() if there else waiting(self._clock):
                yield
        finally:
            with self._lock:
                self._finished.discard(number)
                self._waited, self._reader_woken = None, False
                self._tell()

    def _tell(self) -> None:
        crew(self._clock, self, min(self._unfinished, self._workers) + self._reader_woken)
