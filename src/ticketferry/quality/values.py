"""Counts of distinct values, exact up to a bound, without keeping the values themselves."""

from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from ticketferry.schema.records import canonical

__all__ = ["DISTINCT", "LISTED", "Values"]

DISTINCT = 1_000
"""Distinct values that are counted exactly; beyond it a list is marked as over it."""
LISTED = 100
"""Most frequent values that a finished profile shows."""
_LONGEST = 120


@lru_cache(maxsize=8_192)
def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class Values:
    """Counts of values, exact up to `most` distinct ones; what comes later is added to `others`."""

    __slots__ = ("_most", "counts", "keys", "others", "over", "total")

    def __init__(self, most: int = DISTINCT) -> None:
        self._most = most
        self.counts: Counter[bytes] = Counter()
        self.keys: dict[bytes, str] = {}
        self.total = 0
        self.others = 0
        self.over = False

    def add(self, value: Any, count: int = 1) -> None:
        """Count a value; only its hash and its beginning are kept."""
        self.total += count
        text = value if isinstance(value, str) else canonical(value).decode()
        key = _key(text)
        if key not in self.counts:
            if len(self.counts) >= self._most:
                self.over = True
                self.others += count
                return
            self.keys[key] = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        self.counts[key] += count

    def absorb(self, other: "Values") -> None:
        """Add the counts of another part: values in the order of the parts, up to the bound."""
        self.total += other.total
        self.others += other.others
        self.over = self.over or other.over
        for key, count in other.counts.items():
            if key not in self.counts:
                if len(self.counts) >= self._most:
                    self.over = True
                    self.others += count
                    continue
                self.keys[key] = other.keys[key]
            self.counts[key] += count

    @property
    def distinct(self) -> int:
        """Return how many distinct values were counted; where `over`, there are more."""
        return len(self.counts)

    def top(self, most: int = LISTED) -> list[tuple[str, int]]:
        """Return the most frequent values, by count and then by text."""
        rows = [(self.keys[key], count) for key, count in self.counts.items()]
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
