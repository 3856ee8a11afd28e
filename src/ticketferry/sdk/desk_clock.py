"""What the desk's clock says, by the `Date` of its answers: when an object was made is told by that clock, not by ours."""

import threading
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from ticketferry.sdk.pacing import Clock
from ticketferry.sdk.sighting import Attempt

__all__ = ["DeskClock"]

_LAST = 32
"""Answers whose dates count: a clock that somebody sets right is followed."""
_SLACK = timedelta(seconds=3)
"""`Date` and creation dates are cut to whole seconds, and an answer is on its way for a while."""
_DIED = timedelta(minutes=15)
"""How long after its intent a write of a process that ended may have been made."""


class DeskClock:
    """Learns from answers how far the desk's clock is ahead of this machine's. Safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead: deque[float] = deque(maxlen=_LAST)
        self._lock = threading.Lock()

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take the date of an answer in; one without a date, or with one that cannot be read, says nothing."""
        text = headers.get("date")
        if not text:
            return
        told = _unix_time(text)
        if told is None:
            return
        with self._lock:
            self._ahead.append(told - self._clock.time())

    @property
    def ahead(self) -> float:
        """Seconds that the desk's clock is ahead. An answer that took long says too little: the largest of the last ones counts."""
        with self._lock:
            return max(self._ahead, default=0.0)

    def within(self, made: datetime | None, attempt: Attempt, *, open_end: bool = False) -> bool:
        """Tell whether what the desk made at `made` (its clock) may be this attempt's: neither before it began nor after it was lost.

        `open_end`: the desk may have done it later (a job). Without a date nothing can be said: False.
        """
        if made is None:
            return False
        ahead = timedelta(seconds=self.ahead)
        if made < attempt.began + ahead - _SLACK:
            return False
        return open_end or made <= (attempt.lost or attempt.began + _DIED) + ahead + _SLACK


@lru_cache(maxsize=16)
def _unix_time(text: str) -> float | None:
    """Read a date of an answer, which many answers of one second tell; None where it cannot be read."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
