"""The search index: what searches and lists know of records, some time after the records themselves."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Mapping
from typing import Any, TypeAlias

__all__ = ["SearchIndex", "SearchValues"]

SearchValues: TypeAlias = Mapping[str, Any]
"""The searchable fields of a record by their documented name; lists for what a record has many of."""


class SearchIndex:
    """One index: records by id as they were when they were indexed. What is deleted leaves it at once."""

    def __init__(self) -> None:
        self.rows: dict[str, SearchValues] = {}
        self._pending: list[tuple[float, int, str, SearchValues]] = []
        self._ticket = itertools.count()
        self._gone: set[str] = set()

    def put(self, identifier: str, values: SearchValues, due: float) -> None:
        """Show these values of a record from `due` on."""
        self._gone.discard(identifier)
        heapq.heappush(self._pending, (due, next(self._ticket), identifier, values))

    def drop(self, identifier: str) -> None:
        """Take a record out."""
        self.rows.pop(identifier, None)
        self._gone.add(identifier)

    def catch_up(self, now: float) -> None:
        """Show what is due."""
        while self._pending and self._pending[0][0] <= now:
            _, _, identifier, values = heapq.heappop(self._pending)
            if identifier not in self._gone:
                self.rows[identifier] = values
