"""A set of issue ids as one bit each, small enough for a cursor: ids of one site lie close together."""

import base64
import zlib
from collections.abc import Iterable, Iterator

__all__ = ["IdSet"]


class IdSet:
    """Whole numbers from 0 on; 10 million of them take 1.25 MB, and packed far less where they are dense."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self.bits = bytearray()
        """One bit an id, the lowest bit of a byte first."""
        for id_ in ids:
            self.add(id_)

    @classmethod
    def unpack(cls, text: str) -> "IdSet":
        """Read what `pack` wrote; empty text is the empty set."""
        made = cls()
        made.bits = bytearray(zlib.decompress(base64.b85decode(text))) if text else bytearray()
        return made

    def pack(self) -> str:
        """Return the set as text."""
        return base64.b85encode(zlib.compress(bytes(self.bits), 9)).decode()

    def add(self, id_: int) -> None:
        """Put in one id."""
        place = id_ >> 3
        if place >= len(self.bits):
            self.bits.extend(bytes(place + 1 - len(self.bits)))
        self.bits[place] |= 1 << (id_ & 7)

    def __contains__(self, id_: int) -> bool:
        place = id_ >> 3
        return place < len(self.bits) and bool(self.bits[place] >> (id_ & 7) & 1)

    def __iter__(self) -> Iterator[int]:
        yield from self.without(IdSet())

    def without(self, other: "IdSet") -> Iterator[int]:
        """Yield in order what is here and not in `other`."""
        theirs = other.bits
        for place, bits in enumerate(self.bits):
            left = bits & ~theirs[place] if place < len(theirs) else bits
            while left:
                low = left & -left
                yield (place << 3) + low.bit_length() - 1
                left ^= low

    @property
    def lowest(self) -> int:
        """The lowest id, 0 where there is none."""
        return next(iter(self), 0)

    @property
    def highest(self) -> int:
        """The highest id, -1 where there is none."""
        for place in range(len(self.bits) - 1, -1, -1):
            if self.bits[place]:
                return (place << 3) + self.bits[place].bit_length() - 1
        return -1
