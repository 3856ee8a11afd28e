"""Sends batches in their planned order, as many at once as there are workers, each as soon as all it needs has ended."""

import heapq
import queue
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import TypeAlias

from ticketferry.errors import FatalError, InterruptedRunError, WindowOverError
from ticketferry.plan.workforce import Workforce
from ticketferry.sdk.pacing import Clock, crew, of_crew, paused

__all__ = ["Execute", "Scheduler"]

Execute: TypeAlias = Callable[[int], float | None]
"""Works on one batch; returns None when it has ended, or the time (unix seconds) at which it wants to be called again."""
LONGEST_PARK = 900.0
"""Seconds after which a batch that waits is looked at again at the latest: its time may be that of a clock that was set back since."""
SET_BACK = 60.0
"""Seconds by which a clock goes back before it counts as set; less is the correction of a clock that runs a little fast."""
WINDOW = 2_000
"""Batches looked ahead; the planned order guarantees that the first of them can always go."""


class Scheduler:
    """A pool of threads over an ordered stream of batches, which grows with its workforce; memory is bounded by the window."""

    def __init__(self, clock: Clock, workers: int | Workforce, until: float | None = None) -> None:
        """`workers`: so many, or as many as turn out to help; `until`: unix seconds from which on no batch is begun."""
        self._clock = clock
        self._workforce = workers if isinstance(workers, Workforce) else Workforce(max(1, workers))
        self._threads: list[threading.Thread] = []
        self._until = until
        self._todo: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._results: deque[tuple[int, float | None, BaseException | None]] = deque()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._execute: Execute = lambda _: None
        self._late: Collection[int] = frozenset()

    def run(
        self,
        batches: Iterator[int],
        needs: Callable[[int], list[int]],
        execute: Execute,
        count: int,
        late: Collection[int] = frozenset(),
    ) -> None:
        """Work through all batches. The first error stops new ones, waits for those under way, and is raised.

        Ctrl-C does the same and raises InterruptedRunError; a second one is Python's own. So does the end of the time that is given
        (`until`), with WindowOverError. One of `late` goes when all that stand
        before it have ended, but for those that are late themselves.
        """
        self._execute = execute
        self._late = late
        self._hire()
        abandoned = False
        try:
            self._loop(batches, needs, bytearray(count + 1))
        except KeyboardInterrupt:
            abandoned = True
            raise
        finally:
            crew(self._clock, self, 0)
            for _ in self._threads:
                self._todo.put(None)
            for thread in self._threads if not abandoned else ():
                thread.join()
            self._threads.clear()

    def _hire(self) -> None:
        """Let as many threads work as there are workers by now."""
        while len(self._threads) < self._workforce.size:
            thread = threading.Thread(target=self._work, name=f"worker-{len(self._threads)}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def _work(self) -> None:
        while (number := self._todo.get()) is not None:
            try:
                with of_crew(self._clock):
                    again = self._execute(number)
                self._results.append((number, again, None))
            except BaseException as error:  # noqa: BLE001 -- raised again in the scheduling thread
                self._results.append((number, None, error))
            self._bell.put(None)

    def _loop(self, batches: Iterator[int], needs: Callable[[int], list[int]], ended: bytearray) -> None:
        # Ctrl-C can strike between any two steps, also when a result was just taken: so results are looked at before they are
        # taken, and whatever happens twice does no harm.
        waiting: dict[int, list[int]] = {}
        parked: list[tuple[float, int]] = []
        under_way: set[int] = set()
        exhausted = False
        failure: BaseException | None = None
        seen = self._clock.time()
        while True:
            try:
                now = self._clock.time()
                if now < seen - SET_BACK:  # the hours that a clock was set back are not waited for again
                    parked[:] = [(at - (seen - now), number) for at, number in parked]
                seen = now
                while self._results:
                    number, again, error = self._results[0]
                    if error is not None:
                        failure = failure or error
                    elif again is None:
                        ended[number] = 1
                    elif number in under_way:
                        heapq.heappush(parked, (min(again, now + LONGEST_PARK), number))
                    under_way.discard(number)
                    self._results.popleft()
                    self._workforce.ended(now, left=len(under_way) >= self._workforce.size, paced=paused())
                self._hire()
                if failure is None and (waiting or parked or not exhausted) and self._over():
                    failure = WindowOverError(
                        "stopped at the end of the time that it was given; everything the desk acknowledged is kept",
                        remedy="Run the same command again in the next window: it goes on.",
                    )
                while (
                    not exhausted and failure is None and len(waiting) + len(parked) + len(under_way) < WINDOW
                ):
                    following = next(batches, None)
                    if following is None:
                        exhausted = True
                        break
                    waiting[following] = needs(following)
                if failure is None:
                    self._send_ready(waiting, parked, ended, under_way)
                # What ended is looked at and what follows is handed over before a virtual clock may go on.
                crew(self._clock, self, min(len(under_way), self._workforce.size))
                if not under_way:
                    if failure is not None:
                        raise failure
                    if parked:
                        wake = parked[0][0] if self._until is None else min(parked[0][0], self._until)
                        self._clock.sleep(max(0.0, wake - self._clock.time()))
                        continue
                    if exhausted and not waiting:
                        return
                    raise FatalError("batches of the plan wait for each other; this is a fault of the plan")
                # A signal that comes just before the wait does not wake it: looked after once a second.
                with suppress(queue.Empty):
                    self._bell.get(timeout=1.0)
            except KeyboardInterrupt:
                if isinstance(failure, InterruptedRunError):
                    raise
                failure = failure or InterruptedRunError(
                    "stopped; everything the desk acknowledged is kept",
                    remedy="Run the same command again: it goes on.",
                )

    def _over(self) -> bool:
        return self._until is not None and self._clock.time() >= self._until

    def _send_ready(
        self,
        waiting: dict[int, list[int]],
        parked: list[tuple[float, int]],
        ended: bytearray,
        under_way: set[int],
    ) -> None:
        room = self._workforce.size * 2
        while parked and len(under_way) < room and parked[0][0] <= self._clock.time():
            self._send(heapq.heappop(parked)[1], under_way)
        # What is under way or parked stands before what waits, or needs nothing late: a late one can wait for it either way.
        held = any(number not in self._late for number in (*under_way, *(number for _, number in parked)))
        for number in list(waiting):
            if len(under_way) >= room:
                break
            if number not in self._late:
                held = True
            elif held:
                continue
            left = [need for need in waiting[number] if not ended[need]]
            if left:
                waiting[number] = left
                continue
            del waiting[number]
            self._send(number, under_way)

    def _send(self, number: int, under_way: set[int]) -> None:
        # In this order: a batch that counts as under way although no worker has it would be waited for without end.
        crew(self._clock, self, min(len(under_way) + 1, self._workforce.size))
        self._todo.put(number)
        under_way.add(number)
