"""A programmable, deterministic list of faults: which request suffers what."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ticketferry_emulators.kit.fault import Fault, FaultKind
from ticketferry_emulators.kit.messages import Call

__all__ = ["Fault", "FaultKind", "Faults"]


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0
    fired: int = 0


class Faults:
    """The faults of one emulator; the first one armed that is due takes a request. Thread-safe."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()

    @property
    def armed(self) -> bool:
        """Whether any fault waits for its request, or may come again."""
        return bool(self._armed)

    def add(self, *faults: Fault) -> None:
        """Arm faults, counting matching requests from now on."""
        with self._lock:
            self._armed.extend(_Armed(fault) for fault in faults)

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def pick(self, call: Call) -> Fault | None:
        """Count the request for every fault it matches and return the first fault that is due."""
        chosen: Fault | None = None
        with self._lock:
            for armed in self._armed:
                fault = armed.fault
                if fault.writes_only and not (call.route and call.route.write):
                    continue
                if not call.matches(fault.match):
                    continue
                armed.seen += 1
                due = armed.seen >= fault.nth and (fault.times is None or armed.fired < fault.times)
                if due and chosen is None:
                    armed.fired += 1
                    chosen = fault
        return chosen

    def fired(self) -> dict[FaultKind, int]:
        """Return how often each kind has hit a request."""
        counts: dict[FaultKind, int] = {}
        with self._lock:
            for armed in self._armed:
                if armed.fired:
                    counts[armed.fault.kind] = counts.get(armed.fault.kind, 0) + armed.fired
        return counts
