"""A list that goes on for ever is none: a page that was seen before ends it with an error."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson

from ticketferry.errors import FatalError

__all__ = ["MOST_EMPTY", "PagesSeen"]

MOST_EMPTY = 50
"""Empty pages in a row that a list may have before its end."""


class PagesSeen:
    """Remembers the pages of one reading of a list, 16 bytes each. `repeats`: how often the same page may come once more (an export
    by seconds repeats its border).
    """

    def __init__(self, where: str, *, repeats: int = 0) -> None:
        self._where = where
        self._repeats = repeats
        self._seen: dict[bytes, int] = {}
        self._empty = 0

    def see(self, rows: Sequence[Any]) -> None:
        """Note a page after which the list says that it goes on. Raises FatalError where it goes in circles."""
        if not rows:
            self._empty += 1
            if self._empty <= MOST_EMPTY:
                return
            raise FatalError(
                f"the desk gave {self._empty} empty pages and says that the list goes on", where=self._where
            )
        self._empty = 0
        key = blake2b(orjson.dumps(list(rows), option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] > 1 + self._repeats:
            raise FatalError(
                "the desk gives the same page again and again",
                where=self._where,
                remedy="Is a proxy or a cache between here and the desk? Then run the command again; it goes on.",
            )
