"""How long a plan's batches take, played through without sending them: by so many workers, each batch after what it needs."""

import heapq
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["PLAYED", "PlayedTime", "play"]

WINDOW = 2_000
"""Batches that are looked ahead, as in an apply."""
PLAYED = 50_000
"""Batches that are played; the rest is taken to go as those did."""


@dataclass(frozen=True, slots=True)
class PlayedTime:
    """What a play gave: seconds of all batches, how many were played, and how many of the workers were at work on average."""

    seconds: float
    played: int
    at_work: float


def play(
    batches: Iterable[tuple[int, str, int]],
    needs: Callable[[int], Sequence[int]],
    cost: Callable[[int, str, int], float],
    *,
    workers: int,
    rate: float = 0.0,
    late: Collection[str] = (),
    count: int = 0,
) -> PlayedTime:
    """Play batches (number, endpoint, size) in their order of sending.

    `needs`: batch -> those that must have ended; `cost`: seconds that one takes a worker; `rate`: requests a second that may be begun, 0 for
    any; `late`: endpoints that wait for all that stands before them; `count`: how many batches there are, where not all are given.
    """
    order = iter(batches)
    ended: set[int] = set()
    blocked: dict[int, int] = {}
    followers: dict[int, list[int]] = {}
    known: dict[int, tuple[int, str, float]] = {}
    ready: list[tuple[int, int]] = []
    held: list[tuple[int, int]] = []
    running: list[tuple[float, int]] = []
    now = next_start = busy = 0.0
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
        if held and not ready and not running and len(blocked) == 0:
            ready, held = held, []
        while ready and len(running) < workers:
            _, number = heapq.heappop(ready)
            seconds = known[number][2]
            start = max(now, next_start)
            if rate:
                next_start = start + 1.0 / rate
            busy += seconds
            heapq.heappush(running, (start + seconds, number))
        if not running:
            if held:
                ready, held = held, []
                continue
            break
        now, number = heapq.heappop(running)
        ended.add(number)
        del known[number]
        for follower in followers.pop(number, ()):
            blocked[follower] -= 1
            if not blocked[follower]:
                del blocked[follower]
                place, endpoint, _ = known[follower]
                heapq.heappush(held if endpoint in late else ready, (place, follower))
    scale = max(1.0, count / played) if played else 1.0
    return PlayedTime(now * scale, played, busy / now if now else 0.0)
