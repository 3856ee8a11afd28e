"""Records in order of a moment and an id, so that a cursor is one search and never a scan."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

__all__ = ["Timeline"]

_SHIFT = 50
_MASK = (1 << _SHIFT) - 1


class Timeline:
    """Pairs (unix seconds, id below 2**50), each held as one integer: 100,000 of them take some 5 MB."""

    def __init__(self, entries: Iterable[tuple[int, int]] = ()) -> None:
        self._keys = sorted(moment << _SHIFT | identifier for moment, identifier in entries)

    def add(self, moment: int, identifier: int) -> None:
        """Enter a record; cheap at the end, where new moments are."""
        insort(self._keys, moment << _SHIFT | identifier)

    def move(self, identifier: int, before: int, after: int) -> None:
        """Move a record from one moment to another; KeyError when it was not there."""
        key = before << _SHIFT | identifier
        index = bisect_left(self._keys, key)
        if index == len(self._keys) or self._keys[index] != key:
            raise KeyError((before, identifier))
        del self._keys[index]
        self.add(after, identifier)

    def after(self, moment: int, identifier: int, until: int) -> Iterator[tuple[int, int]]:
        """Yield what follows (moment, identifier) strictly, up to and including the second `until`."""
        return self._between(bisect_right(self._keys, moment << _SHIFT | identifier), until)

    def since(self, moment: int, until: int) -> Iterator[tuple[int, int]]:
        """Yield what is at `moment` or later, up to and including the second `until`."""
        return self._between(bisect_left(self._keys, moment << _SHIFT), until)

    def before(self, moment: int, identifier: int) -> tuple[int, int] | None:
        """Return the record just before or at (moment, identifier)."""
        index = bisect_right(self._keys, moment << _SHIFT | identifier)
        return _split(self._keys[index - 1]) if index else None

    def _between(self, index: int, until: int) -> Iterator[tuple[int, int]]:
        end = bisect_left(self._keys, until + 1 << _SHIFT)
        while index < end:
            yield _split(self._keys[index])
            index += 1


def _split(key: int) -> tuple[int, int]:
    return key >> _SHIFT, key & _MASK
