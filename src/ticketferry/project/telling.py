"""Hooks told of events while a run goes on: each hook in a thread of its own, in the order of the events, never in the run's way."""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ticketferry.project.event_hooks import EventHook
from ticketferry.project.hook_calls import call_hook
from ticketferry.store.event_log import EventLog, HookEnd

__all__ = ["EventTeller", "HookFault"]

_GRACE = 2.0
"""Seconds beyond its timeout that the end of a call is waited for."""


class HookFault(NamedTuple):
    """A hook that was not told of an event, or ended badly. `place`: where it stands in migration.yaml."""

    place: str
    event: str
    words: str


@dataclass
class _Line:
    """A hook, the events that wait for it, and its thread."""

    hook: EventHook
    waiting: "queue.Queue[dict[str, Any] | None]" = field(default_factory=queue.Queue)
    thread: threading.Thread | None = None


class EventTeller:
    """Tells hooks of events. An event is noted before the first hook is called, so that it is never told twice: a call that a crash cut off
    is not made again. Thread-safe.
    """

    def __init__(
        self,
        hooks: Sequence[EventHook],
        folder: Path,
        log: EventLog,
        call: Callable[[EventHook, Mapping[str, Any], Path], str] = call_hook,
    ) -> None:
        self._lines = [_Line(hook) for hook in hooks]
        self._folder, self._log, self._call = folder, log, call
        self._lock = threading.Lock()
        self._ends: dict[str, list[HookEnd]] = {}
        self._faults: list[HookFault] = []
        self._late = threading.Event()
        self.since = log.since()

    def tell(self, facts: dict[str, Any]) -> None:
        """Hand an event to the hooks that want it, once for its `id`. Returns at once."""
        lines = [line for line in self._lines if line.hook.wants(facts["event"])]
        if not lines or not self._log.claim(facts["id"], facts):
            return
        for line in lines:
            with self._lock:
                if line.thread is None:
                    line.thread = threading.Thread(
                        target=self._work, args=(line,), name="event hook", daemon=True
                    )
                    line.thread.start()
            line.waiting.put(facts)

    def close(self) -> list[HookFault]:
        """Wait until the hooks were told, each at most its timeout, note how they ended, and return what went wrong."""
        begun = [line for line in self._lines if line.thread is not None]
        for line in begun:
            line.waiting.put(None)
        for line in begun:
            assert line.thread is not None
            line.thread.join(line.hook.timeout + _GRACE)
        self._late.set()
        for line in begun:
            assert line.thread is not None
            line.thread.join(_GRACE)
            self._left(line)
        with self._lock:
            ends, self._ends = self._ends, {}
            faults, self._faults = self._faults, []
        for id_, each in ends.items():
            self._log.ended(id_, each)
        return faults

    def _left(self, line: _Line) -> None:
        """Note the events that nobody came to: the program ends."""
        while True:
            try:
                facts = line.waiting.get_nowait()
            except queue.Empty:
                return
            if facts is not None:
                self._ended(line.hook, facts, "was not called: earlier events took too long")

    def _work(self, line: _Line) -> None:
        while not self._late.is_set():
            facts = line.waiting.get()
            if facts is None:
                return
            self._ended(line.hook, facts, self._call(line.hook, facts, self._folder))

    def _ended(self, hook: EventHook, facts: Mapping[str, Any], fault: str) -> None:
        with self._lock:
            self._ends.setdefault(facts["id"], []).append(HookEnd(hook.place, fault))
            if fault:
                self._faults.append(HookFault(hook.place, facts["event"], fault))
