"""Rate limits on the clock: token buckets, fixed and sliding windows, per group and per key."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ticketferry_emulators.kit.messages import Call

__all__ = ["FixedWindow", "Limit", "LimitMeter", "LimitVerdict", "RateLimits", "SlidingWindow", "TokenBucket"]


@dataclass(frozen=True, slots=True)
class LimitVerdict:
    """What one limit says of one request. `reset` is unix seconds; `retry_after` is 0 when allowed."""

    name: str
    allowed: bool
    limit: int
    remaining: int
    reset: float
    retry_after: float = 0.0


class LimitMeter(Protocol):
    """Counts for one key of one limit; not thread-safe by itself."""

    def look(self, now: float) -> tuple[bool, int, int, float, float]:
        """Return (allowed, limit, remaining, reset, retry_after) for one more request, taking nothing."""
        ...

    def take(self, now: float) -> None:
        """Count one request."""
        ...


class TokenBucket:
    """`per_second` tokens flow in, up to `capacity`."""

    def __init__(self, per_second: float, capacity: float | None = None) -> None:
        self.per_second = per_second
        self.capacity = capacity if capacity is not None else per_second
        self._tokens = self.capacity
        self._at = -math.inf

    def _filled(self, now: float) -> float:
        if self._at == -math.inf:
            return self.capacity
        return min(self.capacity, self._tokens + (now - self._at) * self.per_second)

    def look(self, now: float) -> tuple[bool, int, int, float, float]:
        """See Meter.look."""
        tokens = self._filled(now)
        allowed = tokens >= 1 - 1e-9
        wait = 0.0 if allowed else (1 - tokens) / self.per_second
        full = now + (self.capacity - tokens) / self.per_second
        return allowed, int(self.capacity), max(0, int(tokens + 1e-9)), full, wait

    def take(self, now: float) -> None:
        """See Meter.take."""
        self._tokens = self._filled(now) - 1
        self._at = now


class FixedWindow:
    """`limit` requests in each window of `seconds`, windows counted from the epoch."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._window = -1
        self._used = 0

    def look(self, now: float) -> tuple[bool, int, int, float, float]:
        """See Meter.look."""
        window = int(now // self.seconds)
        used = self._used if window == self._window else 0
        reset = (window + 1) * self.seconds
        allowed = used < self.limit
        return allowed, self.limit, self.limit - used, reset, 0.0 if allowed else reset - now

    def take(self, now: float) -> None:
        """See Meter.take."""
        window = int(now // self.seconds)
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1


class SlidingWindow:
    """`limit` requests in any span of `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._times: deque[float] = deque()

    def look(self, now: float) -> tuple[bool, int, int, float, float]:
        """See Meter.look."""
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        reset = self._times[0] + self.seconds if self._times else now
        allowed = len(self._times) < self.limit
        return allowed, self.limit, self.limit - len(self._times), reset, 0.0 if allowed else reset - now

    def take(self, now: float) -> None:
        """See Meter.take."""
        self._times.append(now)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: `key` gives what it counts by (an issue, a method, the whole account) or None where it does not apply."""

    name: str
    meter: Callable[[], LimitMeter]
    key: Callable[[Call], str | None]

    @classmethod
    def of_group(cls, name: str, meter: Callable[[], LimitMeter], *groups: str) -> Limit:
        """Count all calls of these groups together; without groups, all calls."""
        wanted = frozenset(groups)
        return cls(name, meter, lambda call: "" if not wanted or call.group in wanted else None)


class RateLimits:
    """The limits of one emulator. A request is refused by the first limit that has no room, and then counts for none."""

    def __init__(self, rules: Iterable[Limit] = ()) -> None:
        self.rules: list[Limit] = list(rules)
        self.enabled = True
        self._meters: dict[tuple[str, str], LimitMeter] = {}
        self._lock = threading.Lock()

    def check(self, call: Call, now: float) -> list[LimitVerdict]:
        """Count the request and return the verdicts of all limits that apply; when one refuses, it stands first."""
        if not self.enabled:
            return []
        with self._lock:
            meters: list[LimitMeter] = []
            verdicts: list[LimitVerdict] = []
            for rule in self.rules:
                key = rule.key(call)
                if key is None:
                    continue
                meter = self._meters.get((rule.name, key))
                if meter is None:
                    meter = self._meters[rule.name, key] = rule.meter()
                allowed, limit, remaining, reset, wait = meter.look(now)
                if not allowed:
                    return [LimitVerdict(rule.name, False, limit, 0, reset, wait), *verdicts]
                meters.append(meter)
                verdicts.append(LimitVerdict(rule.name, True, limit, remaining - 1, reset))
            for meter in meters:
                meter.take(now)
            return verdicts

    def clear(self) -> None:
        """Forget all counts."""
        with self._lock:
            self._meters.clear()
