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

    @property
    def spent(self) -> bool:
        """Whether it has hit all that it was to hit."""
        return self.fault.times is not None and self.fired >= self.fault.times


_OF_CONNECTIONS: frozenset[FaultKind] = frozenset({"drop_before", "drop_after", "truncate_body"})


class Faults:
    """The faults of one emulator; the first one armed that is due takes a request. Thread-safe."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()

    @property
    def need_connection(self) -> bool:
        """Whether a fault may come yet that only a connection can show: cut, or cut off in the middle."""
        with self._lock:
            return any(armed.fault.kind in _OF_CONNECTIONS and not armed.spent for armed in self._armed)

    def add(self, *faults: Fault) -> None:
        """Arm faults, counting matching requests from now on."""
        with self._lock:
            self._armed.extend(_Armed(fault) for fault in faults)

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def pick(self, call: Call, *, connected: bool = True) -> Fault | None:
        """Count the request for every fault it matches and return the first fault that is due. A request that is not `connected` meets none
        that only a connection can show.
        """
        chosen: Fault | None = None
        with self._lock:
            for armed in self._armed:
                fault = armed.fault
                if not connected and fault.kind in _OF_CONNECTIONS:
                    continue
                if fault.writes_only and not (call.route and call.route.write):
                    continue
                if not call.matches(fault.match):
                    continue
                armed.seen += 1
                if armed.seen >= fault.nth and not armed.spent and chosen is None:
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
