"""Several requests at once, their results in order, and no more of them held than are under way."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from ticketferry.sdk.pacing import Clock, waiting

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

        def busily(item: _In) -> _Out:
            with self._clock.busy():
                return work(item)

        with ThreadPoolExecutor(workers, thread_name_prefix=self._name) as pool:
            rest = iter(items)
            under_way: deque[Future[_Out]] = deque()

            def send(some: Iterable[_In]) -> None:
                under_way.extend(pool.submit(busily, item) for item in some)

            try:
                send(islice(rest, 2 * workers))
                while under_way:
                    with waiting(self._clock):
                        result = under_way[0].result()
                    under_way.popleft()
                    send(islice(rest, 1))
                    yield result
            finally:
                for future in under_way:
                    future.cancel()
