"""How long requests take that a desk lets go at its own pace: walked through window by window, in the order of reading."""

from collections.abc import Sequence
from dataclasses import dataclass

from ticketferry.sdk.forecast import Need, Pace

__all__ = ["duration_of"]

_MOST_STEPS = 200_000
"""Windows that are walked through one by one; beyond, the slowest pace alone tells."""


@dataclass(slots=True)
class _Window:
    pace: Pace
    left: float
    until: float

    def turn(self, now: float) -> None:
        """Begin the window that `now` is in, where the one before has ended."""
        if now >= self.until - 1e-9:
            passed = int((now - self.until + 1e-9) // self.pace.seconds) + 1 if self.until else 0
            self.until = self.until + passed * self.pace.seconds if self.until else now + self.pace.seconds
            self.left = self.pace.requests


def duration_of(needs: Sequence[Need], paces: Sequence[Pace], begin: float) -> dict[str, float]:
    """Return seconds by `Need.what`, begun at `begin` (unix seconds): answers that come one after the other, or `parallel` at once, and
    waits for the next window of every pace that a group draws on.
    """
    windows = [_Window(pace, *_open(pace, begin)) for pace in paces if pace.requests > 0]
    now = begin
    found: dict[str, float] = {}
    for need in needs:
        before = now
        mine = [window for window in windows if need.group in window.pace.groups]
        now = _send(need, mine, now) + need.pause
        found[need.what] = found.get(need.what, 0.0) + now - before
    return found


def _open(pace: Pace, begin: float) -> tuple[float, float]:
    if pace.left is not None and pace.until > begin:
        return pace.left, pace.until
    return pace.requests, pace.until if pace.left is not None and pace.until else 0.0


def _send(need: Need, windows: Sequence[_Window], now: float) -> float:
    left = need.requests
    each = need.seconds / max(1, min(need.parallel, need.requests or 1))
    binding = [window for window in windows if _may_bind(window, each)]
    for _ in range(_MOST_STEPS):
        if left <= 1e-9:
            return now
        for window in binding:
            window.turn(now)
        part = left
        for window in binding:
            room = window.left / _price(window, need)
            if window.pace.costed:
                # A desk lets a request in while anything is left, and counts its cost afterwards.
                room = max(room, 1.0)
            if each > 0:
                # What comes after the window's end counts in the next one.
                room = min(room, max((window.until - now) / each, min(room, 1.0)))
            part = min(part, room)
        empty = [window for window in binding if window.left < min(1.0, left) - 1e-9]
        if empty:
            now = max(window.until + window.pace.late for window in empty)
            continue
        for window in binding:
            window.left = max(0.0, window.left - part * _price(window, need))
        now += part * each
        left -= part
    return now + max(
        [
            left * each,
            *(left * _price(window, need) / window.pace.requests * window.pace.seconds for window in binding),
        ]
    )


def _price(window: _Window, need: Need) -> float:
    return max(need.units, 1e-9) if window.pace.costed else 1.0


def _may_bind(window: _Window, each: float) -> bool:
    """Tell whether a window could ever be used up: short ones whose requests come slower anyway are not walked through."""
    if window.pace.seconds > 1:
        return True
    return each <= 0 or window.pace.seconds / each > window.pace.requests
