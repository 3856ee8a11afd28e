"""How often a record's write was tried, and how many records a request may still hold after it failed."""

import threading
from collections.abc import Iterator, Sequence

from ticketferry.plan.file.rows import OpRow
from ticketferry.sdk.contract import Operation

__all__ = ["MOST_TRIES", "Attempts"]

MOST_TRIES = 4
"""Failures of a request that holds one record alone, after which the record fails."""
_WHOLE_TRIES = 2
"""Failures of a request with several records, after which it is halved."""
_UNCLEAR_TRIES = 5
"""The same where the desk may be out: then a smaller request tells whether one record makes it look so."""

Item = tuple[OpRow, Operation]


class Attempts:
    """The attempts of one run. Memory is that of the operations in trouble. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[int, int] = {}
        self._unclear: dict[int, int] = {}
        self._sizes: dict[int, int] = {}

    def failed(self, items: Sequence[Item], *, counts: bool) -> None:
        """Note a failure of a request, which is halved in the end until a record is alone. `counts`: against its records."""
        failures, most = (self._failures, _WHOLE_TRIES) if counts else (self._unclear, _UNCLEAR_TRIES)
        with self._lock:
            for row, _ in items:
                failures[row.seq] = failures.get(row.seq, 0) + 1
            if len(items) > 1 and any(failures[row.seq] >= most for row, _ in items):
                half = (len(items) + 1) // 2
                for row, _ in items:
                    self._sizes[row.seq] = half
                    # The smaller request is in trouble until it is shown not to be.
                    failures[row.seq] = most - 1

    def count(self, row: OpRow) -> int:
        """Return how often a record's write failed, for whichever reason."""
        with self._lock:
            return self._failures.get(row.seq, 0) + self._unclear.get(row.seq, 0)

    def over(self, row: OpRow) -> bool:
        """Tell whether a record has failed by itself as often as it may."""
        with self._lock:
            return self._failures.get(row.seq, 0) >= MOST_TRIES

    def done(self, rows: Sequence[OpRow]) -> None:
        """Forget what came to an end."""
        with self._lock:
            for row in rows:
                self._failures.pop(row.seq, None)
                self._unclear.pop(row.seq, None)
                self._sizes.pop(row.seq, None)

    def requests(self, items: Sequence[Item]) -> Iterator[list[Item]]:
        """Yield what may be sent together, in order."""
        with self._lock:
            sizes = [self._sizes.get(row.seq, len(items)) for row, _ in items]
        together: list[Item] = []
        most = len(items)
        for item, size in zip(items, sizes, strict=True):
            if together and len(together) >= min(most, size):
                yield together
                together, most = [], len(items)
            together.append(item)
            most = min(most, size)
        if together:
            yield together
