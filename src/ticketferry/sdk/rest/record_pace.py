"""How fast one record may be written: sliding windows, where a vendor limits the writes of each user or of each issue by itself."""

import threading
from collections import OrderedDict, deque
from collections.abc import Sequence

from ticketferry.sdk.pacing import Clock, pause

__all__ = ["RecordPace"]

_KEPT = 4_096
"""Records that are remembered: those written longest ago are forgotten first."""


class RecordPace:
    """Windows of `(count, seconds)` for each record that was written lately: at most `count` writes within `seconds`. Thread-safe.

    `why`: what whoever watches reads while it is waited for.
    """

    def __init__(self, clock: Clock, windows: Sequence[tuple[int, float]], why: str) -> None:
        self._clock = clock
        self._windows = tuple(windows)
        self._most = max(count for count, _ in windows)
        self._why = why
        self._lock = threading.Lock()
        self._writes: OrderedDict[str, deque[float]] = OrderedDict()
        self._held: dict[str, float] = {}

    def wait(self, record: str) -> float:
        """Take one write of a record, waiting for it on the clock; return the seconds waited."""
        waited = 0.0
        while (delay := self._take(record)) > 0:
            pause(self._clock, delay, self._why)
            waited += delay
        return waited

    def hold(self, record: str, seconds: float) -> None:
        """Let nobody write a record for `seconds`: somebody else writes it too."""
        with self._lock:
            now = self._clock.time()
            self._held = {name: until for name, until in self._held.items() if until > now}
            self._held[record] = max(self._held.get(record, 0.0), now + seconds)

    def _take(self, record: str) -> float:
        with self._lock:
            now = self._clock.time()
            delay = self._held.get(record, 0.0) - now
            times = self._writes.setdefault(record, deque(maxlen=self._most))
            self._writes.move_to_end(record)
            for count, seconds in self._windows:
                if len(times) >= count:
                    delay = max(delay, times[-count] + seconds - now)
            if delay > 0:
                return max(delay, 1e-3)
            times.append(now)
            while len(self._writes) > _KEPT:
                self._writes.popitem(last=False)
            return 0.0
