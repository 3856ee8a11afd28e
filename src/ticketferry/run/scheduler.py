"""Sends batches in their planned order, as many at once as there are workers, each as soon as all it needs has ended."""

import heapq
import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

from ticketferry.errors import FatalError, InterruptedRunError
from ticketferry.sdk.pacing import Clock

__all__ = ["Execute", "Scheduler"]

Execute: TypeAlias = Callable[[int], float | None]
"""Works on one batch; returns None when it has ended, or the time (unix seconds) at which it wants to be called again."""
WINDOW = 2_000
"""Batches looked ahead; the planned order guarantees that the first of them can always go."""


class Scheduler:
    """A pool of threads over an ordered stream of batches; memory is bounded by the window."""

    def __init__(self, clock: Clock, workers: int) -> None:
        self._clock = clock
        self._workers = max(1, workers)
        self._todo: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[int, float | None, BaseException | None]] = queue.SimpleQueue()
        self._execute: Execute = lambda _: None

    def run(
        self, batches: Iterator[int], needs: Callable[[int], list[int]], execute: Execute, count: int
    ) -> None:
        """Work through all batches. The first error stops new ones, waits for those under way, and is raised.

        Ctrl-C does the same and raises InterruptedRunError; a second one is Python's own.
        """
        self._execute = execute
        threads = [
            threading.Thread(target=self._work, name=f"worker-{n}", daemon=True) for n in range(self._workers)
        ]
        for thread in threads:
            thread.start()
        abandoned = False
        try:
            self._loop(batches, needs, bytearray(count + 1))
        except KeyboardInterrupt:
            abandoned = True
            raise
        finally:
            for _ in threads:
                self._todo.put(None)
            for thread in threads if not abandoned else ():
                thread.join()

    def _work(self) -> None:
        while (number := self._todo.get()) is not None:
            try:
                with self._clock.busy():
                    again = self._execute(number)
                self._results.put((number, again, None))
            except BaseException as error:  # noqa: BLE001 -- raised again in the scheduling thread
                self._results.put((number, None, error))

    def _loop(self, batches: Iterator[int], needs: Callable[[int], list[int]], ended: bytearray) -> None:
        waiting: dict[int, list[int]] = {}
        parked: list[tuple[float, int]] = []
        under_way = 0
        exhausted = False
        failure: BaseException | None = None
        while True:
            try:
                while not exhausted and failure is None and len(waiting) + len(parked) + under_way < WINDOW:
                    number = next(batches, None)
                    if number is None:
                        exhausted = True
                        break
                    waiting[number] = needs(number)
                if failure is None:
                    under_way += self._send_ready(waiting, parked, ended, self._workers * 2 - under_way)
                if under_way == 0:
                    if failure is not None:
                        raise failure
                    if parked:
                        self._clock.sleep(max(0.0, parked[0][0] - self._clock.time()))
                        continue
                    if exhausted and not waiting:
                        return
                    raise FatalError("batches of the plan wait for each other; this is a fault of the plan")
                number, again, error = self._results.get()
            except KeyboardInterrupt:
                if isinstance(failure, InterruptedRunError):
                    raise
                failure = failure or InterruptedRunError(
                    "stopped; everything the desk acknowledged is kept",
                    remedy="Run the same command again: it goes on.",
                )
                continue
            under_way -= 1
            if error is not None:
                failure = failure or error
            elif again is not None:
                heapq.heappush(parked, (again, number))
            else:
                ended[number] = 1

    def _send_ready(
        self, waiting: dict[int, list[int]], parked: list[tuple[float, int]], ended: bytearray, room: int
    ) -> int:
        sent = 0
        while parked and sent < room and parked[0][0] <= self._clock.time():
            self._todo.put(heapq.heappop(parked)[1])
            sent += 1
        for number in list(waiting):
            if sent >= room:
                break
            left = [need for need in waiting[number] if not ended[need]]
            if left:
                waiting[number] = left
                continue
            del waiting[number]
            self._todo.put(number)
            sent += 1
        return sent
