"""How fast one issue may be written: 20 writes in 2 seconds and 100 in 30 [rate-limiting page]; replaying a long thread meets both."""

import threading
from collections import OrderedDict, deque

from ticketferry.sdk import Clock, pause

__all__ = ["BURST_RATES", "GROUPS", "IssuePace"]

_WINDOWS = ((19, 2.0), (98, 30.0))
"""One and two less than allowed: a request that we count now may arrive in the next window."""
_KEPT = 4_096

BURST_RATES = {
    "read": 100.0,
    "issue.read": 150.0,
    "changelog": 200.0,
    "content": 300.0,
    "desk.customers": 5.0,
    "search": 100.0,
    "catalog": 100.0,
    "user": 50.0,
    "organization": 50.0,
    "desk": 50.0,
    "customer": 100.0,
    "issue.create": 100.0,
    "issue.edit": 50.0,
    "attachment": 100.0,
    "comment": 100.0,
    "comment.edit": 50.0,
    "comment.property": 50.0,
    "worklog": 100.0,
    "transition": 100.0,
    "link": 100.0,
    "issue.property": 50.0,
    "comment.delete": 50.0,
    "worklog.delete": 50.0,
    "attachment.delete": 50.0,
    "bulk": 100.0,
}
"""Requests a second by group: 100 for GET and POST, 50 for PUT and DELETE, and the endpoints with values of their own."""
GROUPS = tuple(BURST_RATES)


class IssuePace:
    """Two sliding windows for each issue that was written lately; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._writes: OrderedDict[str, deque[float]] = OrderedDict()
        self._held: dict[str, float] = {}

    def wait(self, issue: str) -> float:
        """Take one write on an issue, waiting for it on the clock; return the seconds waited."""
        waited = 0.0
        while (delay := self._take(issue)) > 0:
            pause(self._clock, delay, "Jira takes no more writes of one issue so quickly")
            waited += delay
        return waited

    def hold(self, issue: str, seconds: float) -> None:
        """Let nobody write the issue for `seconds`: somebody else writes it too."""
        with self._lock:
            now = self._clock.time()
            self._held = {name: until for name, until in self._held.items() if until > now}
            self._held[issue] = max(self._held.get(issue, 0.0), now + seconds)

    def _take(self, issue: str) -> float:
        with self._lock:
            now = self._clock.time()
            held = self._held.get(issue, 0.0) - now
            if held > 0:
                return max(held, 1e-3)
            times = self._writes.setdefault(issue, deque(maxlen=_WINDOWS[-1][0]))
            self._writes.move_to_end(issue)
            delay = 0.0
            for count, seconds in _WINDOWS:
                if len(times) >= count:
                    delay = max(delay, times[-count] + seconds - now)
            if delay > 0:
                return max(delay, 1e-3)
            times.append(now)
            while len(self._writes) > _KEPT:
                self._writes.popitem(last=False)
            return 0.0
