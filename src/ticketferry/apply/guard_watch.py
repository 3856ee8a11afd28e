"""Guards during a run: read again before each kind of write begins and every five minutes; one that has fallen stops the run."""

import threading
from collections.abc import Callable

from ticketferry.sdk.contract import Endpoint
from ticketferry.sdk.pacing import Clock, held

__all__ = ["EVERY_SECONDS", "GuardWatch"]

EVERY_SECONDS = 300.0


class GuardWatch:
    """The guards of one run. `prove` reads them all, and raises WaitingError where one has fallen. Thread-safe."""

    def __init__(self, clock: Clock, prove: Callable[[], None]) -> None:
        self._clock = clock
        self._prove = prove
        self._lock = threading.Lock()
        self._begun: set[str] = set()
        self._at = clock.time()

    def look(self, endpoint: Endpoint) -> None:
        """Read the guards where a kind of write that needs some is about to begin, or where they were read too long ago.

        Raises WaitingError, before anything of `endpoint` is sent.
        """
        if not self._due(endpoint):
            return
        with held(self._lock, self._clock):
            if not self._due(endpoint):
                return
            at = self._clock.time()  # before: what changes while they are read is seen by the next reading
            self._prove()
            self._at = at
            self._begun.add(endpoint.name)

    def _due(self, endpoint: Endpoint) -> bool:
        begins = bool(endpoint.guards) and endpoint.name not in self._begun
        return begins or self._clock.time() - self._at >= EVERY_SECONDS
