"""A programmable, deterministic list of faults: which request suffers what."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from ticketferry_emulators.kit.messages import Call

__all__ = ["Fault", "FaultKind", "Faults"]

FaultKind: TypeAlias = Literal[
    "drop_before",
    "drop_after",
    "status_before",
    "status_after",
    "rate_limited",
    "slow",
    "truncate_body",
    "repeat_page_border",
    "lag",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    `drop_before`/`drop_after`: the connection is closed without an answer, before or after the commit ·
    `status_before`/`status_after`: `status` (500, 502, 503) instead of the answer, with `retry_after` where given ·
    `rate_limited`: 429 in the vendor's form · `slow`: the answer takes `seconds` · `truncate_body`: headers and a part of
    the body, then closed · `repeat_page_border`: a page begins with the last record of the page before · `lag`: what this
    write changed shows in the search index `seconds` later than usual (the last two are played by the connector's
    handlers).

    `match` is a shell pattern over operation, group, path or `METHOD path`. The fault begins at the `nth` matching
    request (from 1, counted from when the fault was added) and hits `times` of them; None: all from there on.
    """

    kind: FaultKind
    match: str = "*"
    nth: int = 1
    times: int | None = 1
    status: int = 503
    seconds: float = 0.0
    retry_after: float | None = None
    writes_only: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"no fault of kind {self.kind!r}; there are {', '.join(get_args(FaultKind))}")
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth and times count from 1")


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
