"""A desk that does not serve now: the run pauses and asks one cheap read until the desk answers; one record's trouble is told from it."""

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from ticketferry.errors import FatalError, FerryError, RetryableError, UnknownOutcomeError
from ticketferry.sdk.contract import Attended, Target
from ticketferry.sdk.pacing import Clock, held, pause

__all__ = ["GIVE_UP_SECONDS", "TOLD_AFTER", "Outage", "ask", "backoff", "when_served"]

T = TypeVar("T")

GIVE_UP_SECONDS = 2 * 3600.0
"""How long a run waits for a desk that takes no write before it stops."""
LONE_SECONDS = 5 * 60.0
"""After so long it is one record's own trouble where the desk has taken others before, nothing else is under way and reads are answered."""
LONGEST_WAIT = 60.0
_LONGEST_SPREAD = 1.3 * LONGEST_WAIT
TOLD_AFTER = 30.0
"""Seconds after which a pause is told: a desk that hiccups is not worth a message."""
_ASKING = 0
"""Stands for the cheap read, where requests have numbers."""
_UNAVAILABLE = frozenset({0, 502, 503, 504})
"""Answers that speak of the desk rather than of a record; 0: none came."""


def backoff(tries: int, jitter: random.Random) -> float:
    """Return the seconds to wait after so many failures in a row: doubling, at most a minute, spread by 30 % each way."""
    grown = min(LONGEST_WAIT, 2.0 ** min(tries, 16) / 2)
    return grown * (0.7 + 0.6 * jitter.random())


def when_served(clock: Clock, give_up_after: float, read: Callable[[], T]) -> T:
    """Do what only reads a desk; where the desk is out, again until it answers. Raises FatalError after so many seconds."""
    since, tries, jitter = clock.time(), 0, random.Random(0)  # noqa: S311 -- spreads retries, keeps no secret
    while True:
        try:
            return read()
        except RetryableError as error:
            tries, lasted = tries + 1, clock.time() - since
            if lasted >= give_up_after:
                raise FatalError(
                    f"the desk has not answered for {_minutes(lasted)}: {error.message}",
                    where=error.where,
                    remedy="Run the same command again when the desk is well; --give-up-after says how long it is waited for.",
                ) from error
            why = f"the desk does not answer ({error.message}); it is asked until it does"
            pause(clock, min(backoff(tries, jitter), max(give_up_after - lasted, 1.0)), why)


class Outage:
    """Whether the desk takes writes, over all workers of a run. `ask` is one cheap read; it raises RetryableError while the desk is out.

    A failure tells of the desk where its answer says so, or where several batches fail and none is done in between; else it counts
    against the record. `paused` is told True where no write was taken for a while, and False when one is again. Thread-safe.
    """

    def __init__(
        self,
        clock: Clock,
        ask: Callable[[], None],
        *,
        give_up_after: float = GIVE_UP_SECONDS,
        paused: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._paused = paused
        self._told = False
        self._clock = clock
        self._ask = ask
        self._give_up_after = give_up_after
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._jitter = random.Random(0)  # noqa: S311 -- spreads retries, keeps no secret
        self._served = 0
        self._served_at: dict[int, int] = {}
        self._failing: set[int] = set()
        self._since: float | None = None
        self._wave = 0
        self._until = 0.0
        self._why = ""
        self._due = False

    def served(self, request: int) -> None:
        """Note that the desk answered a write, done or refused."""
        with self._lock:
            self._served += 1
            self._served_at.pop(request, None)
            self._failing.clear()
            self._since = None
            self._wave = 0
            resumed, self._told = self._told, False
        if resumed:
            self._paused(False)

    def failed(self, request: int, error: FerryError, *, size: int = 1) -> bool:
        """Note a write of `size` records, known by the number `request`, that got no trustworthy answer; tell whether it counts against its records.

        Raises FatalError where no write was answered for too long.
        """
        try:
            return self._noted(request, error, size)
        finally:
            self._tell_pause()

    def _tell_pause(self) -> None:
        with self._lock:
            lasts = self._since is not None and self._clock.time() - self._since >= TOLD_AFTER
            due = self._due and lasts and not self._told
            self._told = self._told or due
        if due:
            self._paused(True)

    def _noted(self, request: int, error: FerryError, size: int) -> bool:
        now = self._clock.time()
        with self._lock:
            others = self._served > self._served_at.get(request, self._served)
            self._served_at[request] = self._served
            self._failing.add(request)
            self._since = now if self._since is None else self._since
            many = len(self._failing) > 1
            out = many or _is_out(error)
            lasted = now - self._since
            lone = not many and size == 1 and self._served > 0
            if lasted >= self._give_up_after and not lone:
                raise FatalError(
                    f"the desk has taken no write for {_minutes(lasted)}: {error.message}",
                    where=error.where,
                    remedy="What was done is kept. Run the same command again when the desk is well; --give-up-after says how long it is waited for.",
                )
            if out and not others and now >= self._until:
                self._wave += 1
                self._until = now + backoff(self._wave, self._jitter)
                self._why = error.message
                self._due = True
            return others or not out or (lone and lasted >= min(LONE_SECONDS, self._give_up_after))

    def hold(self) -> None:
        """Wait as long as the desk is out, then ask whether it answers again."""
        while True:
            with self._lock:
                left, due, why = self._until - self._clock.time(), self._due, self._why
                if (
                    left > _LONGEST_SPREAD
                ):  # the clock was set back meanwhile: its hours are not waited for again
                    self._until, left = self._clock.time(), 0.0
            if left > 0:
                pause(self._clock, left, f"the desk takes no writes ({why}); it is asked until it answers")
            elif not due:
                return
            else:
                self._try()

    def _try(self) -> None:
        with held(self._asking, self._clock):
            with self._lock:
                if not self._due or self._until > self._clock.time():
                    return
            try:
                self._ask()
            except RetryableError as error:
                self.failed(_ASKING, error, size=2)
                return
            with self._lock:
                self._due = False


def ask(target: Target) -> None:
    """Ask a target one cheap read. Raises RetryableError while it is out."""
    if isinstance(target, Attended):
        target.ping()
    else:
        target.count(next(iter(target.streams())))


def _is_out(error: FerryError) -> bool:
    if isinstance(error, UnknownOutcomeError):
        return error.status in _UNAVAILABLE
    return isinstance(error, RetryableError)


def _minutes(seconds: float) -> str:
    count = max(1, round(seconds / 60))
    return f"{count} minute{'s' if count != 1 else ''}"
