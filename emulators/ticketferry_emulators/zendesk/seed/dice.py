"""What all parts of the sample desk agree on: repeatable chance, times, ids and addresses."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

__all__ = [
    "BEGINS", "BLOCK", "ENDS", "HOST", "Dice", "WireRecord", "api_url", "attachment_id", "audit_id", "stamp",
    "ticket_of", "unix",
]  # fmt: skip

WireRecord: TypeAlias = dict[str, Any]
"""A record in the vendor's own form; its shape is open by nature."""

T = TypeVar("T")

HOST = "https://acme.zendesk.example"
"""What URLs in bodies begin with: never the host that serves them, as in recorded answers [REC]."""

BEGINS = 1_682_899_200  # 2023-05-01
ENDS = 1_793_404_800  # 2026-10-31
BLOCK = 214
"""Stories repeat every so many tickets, so that any size of desk has all of them."""


class Dice:
    """Repeatable chance from text parts; built on `Random.random` alone, the one sequence Python promises to keep."""

    __slots__ = ("_next",)

    def __init__(self, *parts: object) -> None:
        self._next = random.Random(":".join(map(str, parts))).random

    def below(self, limit: int) -> int:
        """Return an integer from 0 to limit-1."""
        return int(self._next() * limit)

    def between(self, least: int, most: int) -> int:
        """Return an integer from least to most, both included."""
        return least + self.below(most - least + 1)

    def chance(self, share: float) -> bool:
        """Return True in `share` of the cases."""
        return self._next() < share

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Return up to `count` different choices, in the order drawn."""
        rest = list(choices)
        return [rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest)))]


def stamp(seconds: int) -> str:
    """Write unix seconds as the API does: UTC, ISO 8601, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unix(text: str) -> int:
    """Read what :func:`stamp` wrote."""
    return int(datetime.fromisoformat(text).timestamp())


def api_url(path: str) -> str:
    """Return the `url` of a record, e.g. ``api_url("users/7")``."""
    return f"{HOST}/api/v2/{path}.json"


_AUDITS = 30_000_000_000_000
_MORE_AUDITS = 60_000_000_000_000


def audit_id(number: int, index: int) -> int:
    """Return the id of the index-th audit or event of a ticket; below 2**50, so that a timeline can hold it.

    A ticket has room for 10,000; the rest, of imported tickets with thousands of comments, lies in a second range.
    """
    if index < 10_000:
        return _AUDITS + number * 10_000 + index
    return _MORE_AUDITS + number * 100_000 + index


def ticket_of(identifier: int) -> int:
    """Return the ticket that an id of :func:`audit_id` belongs to."""
    if identifier >= _MORE_AUDITS:
        return (identifier - _MORE_AUDITS) // 100_000
    return (identifier - _AUDITS) // 10_000


def attachment_id(number: int, index: int) -> int:
    """Return the id of the index-th attachment of a ticket."""
    return 12_000_000_000_000 + number * 1_000 + index
