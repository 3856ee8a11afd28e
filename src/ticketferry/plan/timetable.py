"""How long a plan's batches take, played through without sending them: by so many workers, each batch after what it needs."""

import heapq
import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ticketferry.plan.workforce import Workforce

__all__ = ["PLAYED", "BatchCost", "Gate", "PlayedTime", "Stream", "Window", "play"]

WINDOW = 2_000
"""Batches that are looked ahead, as in an apply."""
PLAYED = 50_000
"""Batches that are played; the rest is taken to go as those did."""
HANDED_OUT = 2
"""Batches handed out at once, for each worker, as in an apply: what is handed out goes before what gets ready later, wherever that stands."""


class Stream:
    """A limit that flows: `rate` requests a second, and a second's worth at once after a rest, as `sdk.pacing.Pacer` lets them go."""

    def __init__(self, rate: float) -> None:
        self._step = 1.0 / rate
        self._room = max(1.0, rate) - 1.0
        self._at = -math.inf

    def enter(self, now: float) -> float:
        """Take one request; return when it may begin, in seconds of the play."""
        start = max(now, self._at - self._room * self._step)
        self._at = max(self._at, start) + self._step
        return start


class Window:
    """A limit that is dealt out: `count` requests in each `seconds`, and what waits goes when the next one begins."""

    def __init__(self, count: int, seconds: float, *, late: float = 1.0) -> None:
        """`late`: seconds after its beginning from which a window counts as begun, since desks tell its end in whole seconds."""
        self._count, self._seconds, self._late = max(1, count), seconds, late
        self._number, self._used = 0, 0

    def enter(self, now: float) -> float:
        """Take one request; return when it may begin, in seconds of the play."""
        number = int(now // self._seconds)
        if number > self._number:
            self._number, self._used = number, 0
        if self._used >= self._count:
            self._number, self._used = self._number + 1, 0
        self._used += 1
        return now if self._number <= number else self._number * self._seconds + self._late


Gate = Stream | Window
"""What lets requests through one after another."""


@dataclass(frozen=True, slots=True)
class BatchCost:
    """What one batch takes a worker: `requests` one after another, each of `seconds`, and `more` seconds that nobody sends in (a job's work)."""

    requests: int
    seconds: float
    more: float = 0.0


@dataclass(frozen=True, slots=True)
class PlayedTime:
    """What a play gave: seconds of all batches, how many were played, how many of the workers were at work on average, and how many there were
    in the end.
    """

    seconds: float
    played: int
    at_work: float
    workers: int


def play(
    batches: Iterable[tuple[int, str, int]],
    needs: Callable[[int], Sequence[int]],
    cost: Callable[[int, str, int], BatchCost],
    *,
    workforce: Workforce,
    gates: Mapping[str, Sequence[Gate]] | None = None,
    everywhere: Sequence[Gate] = (),
    late: Collection[str] = (),
    looks: Mapping[str, float] | None = None,
    count: int = 0,
) -> PlayedTime:
    """Play batches (number, endpoint, size) in their order of sending.

    `needs`: batch -> those that must have ended; `cost`: what one takes a worker; `gates`: endpoint -> what its writes pass, `everywhere`: what
    every request passes; `late`: endpoints that wait for all that stands before them; `looks`: endpoint -> seconds that a look at its guards takes before its first
    write, one look after another; `count`: how many batches there are, where not all are given.
    """
    gates, looks = gates or {}, looks or {}
    proved: dict[str, float] = {}
    order = iter(batches)
    ended: set[int] = set()
    blocked: dict[int, int] = {}
    followers: dict[int, list[int]] = {}
    known: dict[int, tuple[int, str, BatchCost]] = {}
    ready: list[tuple[int, int]] = []
    held: list[tuple[int, int]] = []
    running: list[tuple[float, int, int]] = []
    first: dict[int, float] = {}
    handed: deque[int] = deque()
    starts: list[float] = []
    now = busy = 0.0
    position = played = 0
    exhausted = False
    while True:
        while not exhausted and len(known) < WINDOW:
            following = next(order, None) if played < PLAYED else None
            if following is None:
                exhausted = True
                break
            number, endpoint, size = following
            position, played = position + 1, played + 1
            known[number] = (position, endpoint, cost(number, endpoint, size))
            left = [need for need in needs(number) if need not in ended and need in known]
            if left:
                blocked[number] = len(left)
                for need in left:
                    followers.setdefault(need, []).append(number)
            else:
                heapq.heappush(held if endpoint in late else ready, (position, number))
        if held and not ready and not handed and not running and len(blocked) == 0:
            ready, held = held, []
        while ready and len(running) + len(handed) < workforce.size * HANDED_OUT:
            handed.append(heapq.heappop(ready)[1])
        while handed and len(running) < workforce.size:
            number = handed.popleft()
            _, endpoint, taken = known[number]
            if endpoint in looks and endpoint not in proved:
                proved[endpoint] = max([now, *proved.values()]) + looks[endpoint]
            start = max(now, proved.get(endpoint, 0.0))
            heapq.heappush(running, (start, number, taken.requests))
            if start > now:
                heapq.heappush(starts, start)
        if not running:
            if held:
                ready, held = held, []
                continue
            break
        now, number, left_over = heapq.heappop(running)
        while starts and starts[0] <= now:
            heapq.heappop(starts)
        _, endpoint, taken = known[number]
        if left_over:
            # Gates are met request by request, in the order of time: one that goes later never holds back one that goes now.
            # What is read before it passes what all requests pass; the write itself, the last, its own limits too.
            passed = (*everywhere, *(gates.get(endpoint, ()) if left_over == 1 else ()))
            begun = max((gate.enter(now) for gate in passed), default=now)
            if begun > now:
                heapq.heappush(starts, begun)
            first.setdefault(number, begun)
            end = begun + taken.seconds + (taken.more if left_over == 1 else 0.0)
            heapq.heappush(running, (end, number, left_over - 1))
            continue
        busy += now - first.pop(number, now)
        ended.add(number)
        del known[number]
        for follower in followers.pop(number, ()):
            blocked[follower] -= 1
            if not blocked[follower]:
                del blocked[follower]
                place, endpoint, _ = known[follower]
                heapq.heappush(held if endpoint in late else ready, (place, follower))
        workforce.ended(now, left=bool(handed or ready), paced=len(starts))
    scale = max(1.0, count / played) if played else 1.0
    return PlayedTime(now * scale, played, busy / now if now else 0.0, workforce.size)
