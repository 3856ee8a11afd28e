"""What one answer of planning was made from: every door through which planning reads notes here what was asked.

A *key* names a thing that can change (`acme:person:7`, `@` and an attachment, `=ticket:12` for whose record of the target it is). Whoever
works something out opens a frame; the doors put the keys into it. As long as nothing named there changed, the same comes out again.
An *answer* is worked out in a frame of its own and asked for by a key of its own: who asked for it depends on what it says, not on what
it was made from. `docs/decisions/0260-a-plan-is-made-of-recorded-answers.md` has the contract.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple, TypeVar

import orjson

from ticketferry.errors import FatalError
from ticketferry.schema.refs import Json

__all__ = ["Frame", "RecordedAnswer", "Recorder"]

T = TypeVar("T")
_MOST_REMEMBERED = 20_000


class Frame:
    """What was asked for one answer. `until`: from this moment on (of a snapshot) a comparison with the time may come out otherwise."""

    __slots__ = ("keys", "until")

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.until: datetime | None = None

    def holds_until(self, moment: datetime) -> None:
        """Bring the end of the answer forward."""
        if self.until is None or moment < self.until:
            self.until = moment


class RecordedAnswer(NamedTuple):
    """What was worked out under a key of its own, as JSON, and what of."""

    key: str
    value: str
    frame: Frame


class Recorder(threading.local):
    """Frames of one thread. `recall(key)` gives an answer that is known to hold still; `keep(answer)` takes each one that was worked out."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self.rest()

    def rest(self) -> None:
        """Recall nothing, and keep nothing."""
        self.recall: Callable[[str], str | None] = lambda _key: None
        self.keep: Callable[[RecordedAnswer], None] = lambda _answer: None

    @property
    def active(self) -> bool:
        """Tell whether anything is being worked out: then only doors may be gone through."""
        return self._frame is not None

    @contextmanager
    def frame(self) -> Iterator[Frame]:
        """Note in a frame of its own what is asked for inside."""
        before, self._frame = self._frame, Frame()
        try:
            yield self._frame
        finally:
            self._frame = before

    def asked(self, key: str) -> None:
        """Note that what a key names was asked for."""
        if self._frame is not None:
            self._frame.keys.add(key)

    def holds_until(self, moment: datetime) -> None:
        """Note that what is worked out may come out otherwise from a moment on."""
        if self._frame is not None:
            self._frame.holds_until(moment)

    def answer(self, key: str, work: Callable[[], Json]) -> Json:
        """Return the answer of a key: the one that holds still, else what `work` gives, with a frame of its own."""
        self.asked(key)
        known = self.recall(key)
        if known is not None:
            return orjson.loads(known)  # type: ignore[no-any-return]
        with self.frame() as frame:
            value = work()
        self.keep(RecordedAnswer(key, orjson.dumps(value).decode(), frame))
        return value

    def remembered(self, work: Callable[[str], T]) -> Callable[[str], T]:
        """Return `work` with a memory: what it had asked for the first time is noted each time."""
        known: dict[str, tuple[T, Frame]] = {}

        def remembering(argument: str) -> T:
            entry = known.get(argument)
            if entry is None:
                with self.frame() as frame:
                    value = work(argument)
                if len(known) >= _MOST_REMEMBERED:
                    known.clear()
                entry = known[argument] = (value, frame)
            if self._frame is not None:
                self._frame.keys |= entry[1].keys
                if entry[1].until is not None:
                    self._frame.holds_until(entry[1].until)
            return entry[0]

        return remembering

    def unless_active(self, function: Callable[[str], T]) -> Callable[[str], T]:
        """Return a function that cannot be asked while something is worked out, since nothing would note it."""

        def asking(argument: str) -> T:
            self.refuse(function.__name__)
            return function(argument)

        return asking

    def refuse(self, what: str) -> None:
        """Raise FatalError where something is read that nothing notes: the next plan would not see it change."""
        if self._frame is not None:
            raise FatalError(f"planning read {what} without noting it; this is a fault of ticketferry")
