"""The log of one run: redacted events and a ledger of requests, as JSON Lines."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from ticketferry.sdk.secrets import redact_bytes
from ticketferry.sdk.session import RequestNote
from ticketferry.store.request_log import RequestLog, ledger

__all__ = ["RunLog"]

FEW = 10
"""So many writes are measured at least before a plan's duration is estimated by them."""


class RunLog:
    """Counts every request by desk, method, endpoint and status; keeps no body, no header, no secret."""

    def __init__(self, path: Path | None, now: Callable[[], datetime]) -> None:
        self.requests: Counter[tuple[str, str, str, int, bool]] = Counter()
        self._now = now
        self._written = self._writing = 0.0
        self._doing = ""
        self._purposes: Counter[tuple[str, str, str, int]] = Counter()
        self._lock = threading.Lock()
        self._file = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = os.fdopen(descriptor, "ab")

    def note(self, note: RequestNote) -> None:
        """Count one request."""
        with self._lock:
            self.requests[note.desk, note.method, note.endpoint, note.status, note.write] += 1
            self._purposes[note.desk, note.endpoint, self._doing, note.status] += 1
            if note.write and note.status and note.status != 429:
                self._written += 1
                self._writing += note.seconds

    def latency(self) -> float | None:
        """Return the seconds that an answer to a write took, on average; None where too few were sent to tell."""
        with self._lock:
            return self._writing / self._written if self._written >= FEW else None

    @contextmanager
    def purpose(self, name: str) -> Iterator[None]:
        """Say what the requests of all threads are for meanwhile (`ledger.PURPOSES`)."""
        before, self._doing = self._doing, name
        try:
            yield
        finally:
            self._doing = before

    def ledger(self, desk: str) -> RequestLog:
        """Return the requests to a desk, by purpose and endpoint."""
        with self._lock:
            rows = [
                (endpoint, doing, status, count)
                for (where, endpoint, doing, status), count in self._purposes.items()
                if where == desk
            ]
        return ledger(rows)

    def count_for(self, purpose: str, desk: str) -> int:
        """Count the requests to a desk that were for one purpose."""
        with self._lock:
            return sum(
                count
                for (where, _, doing, _), count in self._purposes.items()
                if where == desk and doing == purpose
            )

    def event(self, name: str, **facts: Any) -> None:
        """Write one event."""
        if self._file is None:
            return
        line = orjson.dumps({"at": self._now().isoformat(), "event": name, **facts}, default=str)
        with self._lock:
            self._file.write(redact_bytes(line) + b"\n")
            self._file.flush()

    def count(self, *, write: bool | None = None, desk: str | None = None) -> int:
        """Count requests, of one desk or of writes only."""
        with self._lock:
            return sum(
                count
                for (where, _, _, _, is_write), count in self.requests.items()
                if (write is None or is_write is write) and (desk is None or where == desk)
            )

    def close(self) -> None:
        """Write the ledger of requests and close."""
        with self._lock:
            rows = [
                {
                    "desk": desk,
                    "method": method,
                    "endpoint": endpoint,
                    "status": status,
                    "write": write,
                    "count": count,
                }
                for (desk, method, endpoint, status, write), count in sorted(self.requests.items())
            ]
        self.event("requests", requests=rows)
        if self._file is not None:
            self._file.close()
            self._file = None
