"""Counts of distinct values, exact up to a bound, without keeping the values themselves."""

from collections import Counter
from hashlib import blake2b
from typing import Any

from ticketferry.schema.records import canonical

__all__ = ["DISTINCT", "LISTED", "Values"]

DISTINCT = 1_000
"""Distinct values that are counted exactly; beyond it a list is marked as over it."""
LISTED = 100
"""Most frequent values that a finished profile shows."""
_LONGEST = 120


class Values:
    """Counts of values, exact up to `most` distinct ones; what comes later is added to `others`."""

    __slots__ = ("_counts", "_keys", "_most", "others", "over", "total")

    def __init__(self, most: int = DISTINCT) -> None:
        self._most = most
        self._counts: Counter[bytes] = Counter()
        self._keys: dict[bytes, str] = {}
        self.total = 0
        self.others = 0
        self.over = False

    def add(self, value: Any, count: int = 1) -> None:
        """Count a value; only its hash and its beginning are kept."""
        self.total += count
        text = value if isinstance(value, str) else canonical(value).decode()
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        if key not in self._counts:
            if len(self._counts) >= self._most:
                self.over = True
                self.others += count
                return
            self._keys[key] = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        self._counts[key] += count

    @property
    def distinct(self) -> int:
        """Return how many distinct values were counted; where `over`, there are more."""
        return len(self._counts)

    def top(self, most: int = LISTED) -> list[tuple[str, int]]:
        """Return the most frequent values, by count and then by text."""
        rows = [(self._keys[key], count) for key, count in self._counts.items()]
        return sorted(rows, key=lambda row: (-row[1], row[0]))[:most]

    def view(self, most: int = LISTED) -> dict[str, Any]:
        """Return plain data: the listed values with counts, the rest as a number."""
        rows = self.top(most)
        return {
            "total": self.total,
            "distinct": self.distinct,
            "over": f"over {self._most:,}" if self.over else "",
            "values": dict(rows),
            "others": self.total - sum(count for _, count in rows),
        }
