"""How fast one account may be edited: five updates a minute for each user and each organization [DOC rate limits]."""

import threading
from collections import OrderedDict, deque

from ticketferry.sdk import Clock, pause

__all__ = ["PLANNED", "RATES", "UserPace"]

RATES = {"user": 1.0, "user.create": 1.0}
"""Requests a second by group: single writes of users are limited to one a second in the whole account."""
PLANNED = {**RATES, "ticket": 100 / 60}
"""What a plan reckons with: updates of tickets too, 100 a minute in an account; answers tell those that have more [DOC rate limits]."""
_MOST = 5
_SECONDS = 60.0
_KEPT = 4_096


class UserPace:
    """A sliding window for each record that was edited lately; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._edits: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, record: str) -> float:
        """Take one edit of a record, waiting for it on the clock; return the seconds waited."""
        waited = 0.0
        while (delay := self._take(record)) > 0:
            pause(self._clock, delay, "Zendesk takes five edits of one user a minute")
            waited += delay
        return waited

    def _take(self, record: str) -> float:
        with self._lock:
            now = self._clock.time()
            times = self._edits.setdefault(record, deque(maxlen=_MOST))
            self._edits.move_to_end(record)
            if len(times) == _MOST and times[0] + _SECONDS > now:
                return max(times[0] + _SECONDS - now, 1e-3)
            times.append(now)
            while len(self._edits) > _KEPT:
                self._edits.popitem(last=False)
            return 0.0
