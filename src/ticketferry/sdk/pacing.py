"""How fast a desk may be asked: the clock that all waiting goes through, and one token bucket per group of endpoints."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ticketferry.errors import FatalError

__all__ = [
    "Clock",
    "KnownBudget",
    "LimitShare",
    "Pacer",
    "SystemClock",
    "ask_before_long_waits",
    "crew",
    "held",
    "longest_pause",
    "of_crew",
    "pause",
    "paused",
    "waiting",
]

_LOOK_AGAIN = 0.1
"""Seconds after which a thread that waits for others' answers asks whether one has come."""
_SAME_WINDOW = 2.0
"""Two answers whose windows end within so many seconds tell of the same one: vendors round."""


class Clock(Protocol):
    """Time as everything but the emulated desk's own work sees it. Injected, so that tests can turn it."""

    def time(self) -> float:
        """Return unix seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def busy(self) -> AbstractContextManager[None]:
        """Register the calling thread as at work: time must not jump while it computes."""
        ...


class SystemClock:
    """The machine's own clock."""

    def time(self) -> float:
        """Return unix seconds."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait; nothing for zero or less."""
        if seconds > 0:
            time.sleep(seconds)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Do nothing: real time goes on by itself."""
        yield


def waiting(clock: Clock) -> AbstractContextManager[None]:
    """Wait inside of this for another thread: a virtual clock, which turns when everybody waits, is told. The machine's own needs no word."""
    shown: Callable[[], AbstractContextManager[None]] = getattr(clock, "waiting", nullcontext)
    return shown()


def crew(clock: Clock, owner: object, count: int) -> None:
    """Tell a virtual clock how many workers of a pool are at work, or about to be; the machine's own needs no word."""
    told: Callable[[object, int], None] | None = getattr(clock, "crew", None)
    if told is not None:
        told(owner, count)


def of_crew(clock: Clock) -> AbstractContextManager[None]:
    """Work as one of the workers that `crew` told of."""
    shown: Callable[[], AbstractContextManager[None]] = getattr(clock, "of_crew", clock.busy)
    return shown()


def _locked(lock: threading.Lock) -> AbstractContextManager[bool]:
    return lock


@contextmanager
def held(lock: threading.Lock, clock: Clock) -> Iterator[None]:
    """Hold a lock behind which another thread may be talking to the desk. A virtual clock hears who waits, and who is let in."""
    shown: Callable[[threading.Lock], AbstractContextManager[object]] = getattr(clock, "held", _locked)
    with shown(lock):
        yield


_PAUSES: dict[int, tuple[float, str]] = {}
"""Thread -> until when it waits, on the monotonic clock, and why."""


LONGEST_PAUSE = 3_660.0
"""Seconds: vendors' longest budget is refilled every hour."""
_LONGEST_ASKED = 86_400.0
"""Seconds: what is longer is no wait but a mistake of a proxy."""


class _Asking:
    """Asks a person about a wait past an hour, once for all threads that would wait until then."""

    def __init__(self) -> None:
        self.person: Callable[[float, str], bool] | None = None
        self._lock = threading.Lock()
        self.agreed_until = 0.0

    def agrees(self, seconds: float, why: str) -> bool:
        if self.person is None or not seconds <= _LONGEST_ASKED:
            return False
        with self._lock:
            until = time.monotonic() + seconds
            if until > self.agreed_until + 60 and self.person(seconds, why):
                self.agreed_until = until
            return until <= self.agreed_until + 60


_ASKING = _Asking()


def ask_before_long_waits(person: Callable[[float, str], bool] | None) -> None:
    """Let `person(seconds, why)` say whether a wait of more than an hour, and of a day at most, is waited; None: nobody is there."""
    _ASKING.person, _ASKING.agreed_until = person, 0.0


def pause(clock: Clock, seconds: float, why: str) -> None:
    """Wait on the clock, and let whoever is watching know for what: `why` goes on with "waits 40 s: …".

    Raises FatalError for a wait past an hour that nobody agrees to: the same command goes on later.
    """
    if not seconds <= LONGEST_PAUSE and not _ASKING.agrees(seconds, why):
        hours = f"{seconds / 3600:,.0f} hours" if math.isfinite(seconds) else "for ever"
        raise FatalError(
            f"the desk wants us to wait {hours} before the next request ({why})",
            remedy="Nothing is lost: run the same command later, it goes on. A figure like this can come from a proxy between here"
            " and the desk.",
        )
    thread = threading.get_ident()
    _PAUSES[thread] = (time.monotonic() + seconds, why)
    try:
        clock.sleep(seconds)
    finally:
        _PAUSES.pop(thread, None)


def paused() -> int:
    """Return how many threads of this process make such a pause now."""
    return len(_PAUSES)


def longest_pause() -> tuple[float, str] | None:
    """Return the seconds until the last of the pauses ends that threads of this process make now, and why; None without any."""
    until, why = max([*_PAUSES.values()], default=(0.0, ""))
    left = until - time.monotonic()
    return (left, why) if left > 0 else None


@dataclass(slots=True)
class _Bucket:
    rate: float
    tokens: float
    size: float
    at: float
    held_until: float = 0.0
    waiting: int = 0
    """Those that wait for a token: each comes back when its own is there, not all of them for the next."""


@dataclass(frozen=True, slots=True)
class KnownBudget:
    """A budget as answers told it, as far as we may use it: of `total` requests in a window `left` are left until `until` (unix seconds)."""

    groups: tuple[str, ...]
    total: int
    left: int
    until: float


@dataclass(slots=True)
class _Budget:
    """What an answer said is left of a window that several groups may share: the least that was heard of it."""

    groups: tuple[str, ...]
    least: int
    reserve: int
    until: float
    total: int = 0


NIGHT = (20, 6)
"""From this hour to that, on the clock of the machine that sends, limits may be shared otherwise than by day."""


@dataclass(frozen=True, slots=True)
class LimitShare:
    """The part of an account-wide limit that may be used, 0 to 1, by day and by night."""

    day: float
    night: float

    def at(self, moment: float) -> float:
        """Return the part at a moment, unix seconds, by the machine's own time zone."""
        hour = datetime.fromtimestamp(moment).astimezone().hour
        return self.night if hour >= NIGHT[0] or hour < NIGHT[1] else self.day


class Pacer:
    """Token buckets by group, shared by all threads of one desk.

    `share` is the part of an account-wide limit that we may use (0 < share <= 1), at all hours or by day and by night. A group without a rate is not limited
    until the vendor's headers (`learn`) or an answer 429 (`hold`) say so.
    """

    def __init__(
        self, clock: Clock, rates: dict[str, float] | None = None, share: float | LimitShare = 1.0
    ) -> None:
        self._share = share if isinstance(share, LimitShare) else LimitShare(share, share)
        for part in (self._share.day, self._share.night):
            if not 0 < part <= 1:
                msg = f"share must be above 0 and at most 1, not {part}"
                raise ValueError(msg)
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}
        self._budgets: dict[str, _Budget] = {}
        self._flying: dict[str, int] = {}
        for group, rate in (rates or {}).items():
            self.set_rate(group, rate)

    @property
    def share(self) -> float:
        """Return the part of an account-wide limit that we may use now."""
        share = self._share
        return share.day if share.day == share.night else share.at(self._clock.time())

    def now(self) -> float:
        """Return our time, unix seconds."""
        return self._clock.time()

    def set_rate(self, group: str, rate: float, burst: float | None = None) -> None:
        """Allow `rate` requests a second (0: not limited) with a burst of one second's worth, or `burst`."""
        with self._lock:
            known = self._buckets.get(group)
            if rate <= 0:
                if known is not None:
                    known.rate = 0.0
                return
            # What a bucket holds is by day; `_drawn` lets more or less through by night.
            allowed = rate * self._share.day
            size = max(1.0, burst * self._share.day if burst is not None else allowed)
            bucket = _Bucket(allowed, size, size, self._clock.time())
            if known is not None:
                # What was said before still holds, and hearing of a rate again is no new burst.
                bucket.held_until, bucket.waiting = known.held_until, known.waiting
                if known.rate > 0:
                    bucket.tokens, bucket.at = min(size, known.tokens), known.at
            self._buckets[group] = bucket

    def wait(self, group: str) -> float:
        """Take one token, waiting for it on the clock; return the seconds waited. Say `done` once the answer is there."""
        waited = 0.0
        delay = self._take(group)
        if delay <= 0:
            return waited
        line, before = self._line_up(group)
        delay = min(delay + before, max(delay, LONGEST_PAUSE))
        try:
            while delay > 0:
                pause(self._clock, delay, "the desk takes no more requests so quickly")
                waited += delay
                delay = self._take(group, first=False)
        finally:
            if line:
                with self._lock:
                    self._buckets[group].waiting -= 1
        return waited

    def _line_up(self, group: str) -> tuple[bool, float]:
        """Stand in line for a token, where the group has any; return the seconds until those that stand there already have theirs."""
        with self._lock:
            bucket = self._buckets.get(group)
            if bucket is None:
                return False, 0.0
            bucket.waiting += 1
            rate = bucket.rate * self.share / self._share.day
            return True, (bucket.waiting - 1) / rate if rate > 0 else 0.0

    def done(self, group: str) -> None:
        """Note that the answer to a request of `group` is there, or that none will come."""
        with self._lock:
            self._flying[group] = max(0, self._flying.get(group, 0) - 1)

    def _take(self, group: str, *, first: bool = True) -> float:
        with self._lock:
            now = self._clock.time()
            delay = self._spent(group, now) or self._drawn(group, now, first=first)
            if delay == 0.0:
                self._flying[group] = self._flying.get(group, 0) + 1
            return delay

    def _spent(self, group: str, now: float) -> float:
        """Return how long a budget that `group` draws on keeps it waiting.

        Requests that are under way may not be counted in what was heard last, so each is taken off it.
        """
        delay = 0.0
        for budget in self._budgets.values():
            if group not in budget.groups or budget.until <= now:
                continue
            left = budget.least - budget.reserve
            if left <= 0:
                delay = max(delay, budget.until - now)
            elif left <= sum(self._flying.get(name, 0) for name in budget.groups):
                delay = max(delay, min(_LOOK_AGAIN, budget.until - now))
        return delay

    def _drawn(self, group: str, now: float, *, first: bool) -> float:
        bucket = self._buckets.get(group)
        if bucket is None:
            return 0.0
        if bucket.held_until > now:
            return bucket.held_until - now
        if bucket.rate <= 0:
            return 0.0
        scale = self.share / self._share.day
        rate, size = bucket.rate * scale, max(1.0, bucket.size * scale)
        bucket.tokens = min(size, bucket.tokens + max(0.0, now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens >= (1.0 + bucket.waiting if first else 1.0) - 1e-9:
            bucket.tokens -= 1.0
            return 0.0
        return max((1.0 - bucket.tokens) / rate, 1e-3)

    def hold(self, group: str, seconds: float) -> None:
        """Let nobody of `group` go for `seconds` (Retry-After)."""
        with self._lock:
            now = self._clock.time()
            bucket = self._buckets.setdefault(group, _Bucket(0.0, 0.0, 0.0, now))
            bucket.held_until = max(bucket.held_until, now + seconds)

    def budgets(self) -> dict[str, "KnownBudget"]:
        """Return what answers told of budgets, by name, those of windows that have ended too: their size goes on."""
        with self._lock:
            return {
                name: KnownBudget(
                    budget.groups, budget.total - budget.reserve, budget.least - budget.reserve, budget.until
                )
                for name, budget in self._budgets.items()
            }

    def learn(
        self,
        group: str,
        *,
        remaining: int,
        reset: float,
        reserve: int = 0,
        shared: tuple[str, ...] = (),
        total: int = 0,
    ) -> None:
        """Obey a remaining-budget header: with `reserve` or fewer requests left, wait for the reset (seconds from now). `total`: how many
        the whole window has, where that is told.

        `shared`: the groups that draw on this budget; then `group` is only its name. Answers may arrive in another order than
        they were given: the least that was told of a window counts, and an older window is not heard.
        """
        if reset <= 0:
            return
        with self._lock:
            now = self._clock.time()
            until = now + reset
            known = self._budgets.get(group)
            if known is not None and known.until > now:
                if until < known.until - _SAME_WINDOW:
                    return
                if until <= known.until + _SAME_WINDOW:
                    known.least, known.reserve = min(known.least, remaining), reserve
                    known.until = max(known.until, until)
                    return
            self._budgets[group] = _Budget(shared or (group,), remaining, reserve, until, total)
