"""Where the leaves of a row went, kept once for all rows that are alike: traces, and shapes, which only count.

In both a place names its record by its number in the row (`#1:.body`), not by its id: so most rows of a desk share a few.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

import orjson

from ticketferry.schema.records import Record
from ticketferry.sdk.places import head_of
from ticketferry.store.database import Database
from ticketferry.store.packing import Packing

__all__ = ["LeafCount", "TraceTables"]

T = TypeVar("T")
_MOST_KNOWN = 50_000
_MOST_HELD = 4_000
NOWHERE = -1
"""Number of the record of a leaf that is no record's: its place is a reason, or a place that the row has not."""


class LeafCount(NamedTuple):
    """Leaves of a pattern that went to one place: `rest` of the row's record `number`, or, without one, a reason (`=…`)."""

    pattern: str
    number: int
    rest: str
    leaves: int


class TraceTables:
    """The traces and shapes of one database."""

    def __init__(self, database: Database, packing: Packing) -> None:
        self._database = database
        self._packing = packing
        self._known: dict[bytes, int] = {}
        self._traces: dict[int, dict[str, str]] = {}
        self._shapes: dict[int, tuple[LeafCount, ...]] = {}

    def forget(self) -> None:
        """Forget the numbers of what a transaction stored that was taken back: they will be given to others."""
        self._known.clear()
        self._traces.clear()
        self._shapes.clear()

    def keep(
        self,
        connection: Any,
        records: Sequence[Record],
        trace: Mapping[str, str],
        shape: Mapping[tuple[str, str], int] | None,
    ) -> tuple[int, int | None]:
        """Return the numbers of a trace and of a shape (None: its leaves were not counted by place), inside a transaction."""
        kept_as = _WithoutIds([head_of(record) for record in records])
        places = {path: kept_as[place] for path, place in trace.items()}
        kept = self._number(connection, "trace", orjson.dumps(places, option=orjson.OPT_SORT_KEYS))
        if shape is None:
            return kept, None
        # In the order of the walk, which is that of the vendor's keys: the same for records that are alike.
        body = orjson.dumps([(pattern, kept_as[place], leaves) for (pattern, place), leaves in shape.items()])
        return kept, self._number(connection, "shape", body)

    def trace(self, number: int | None, records: Sequence[Record]) -> dict[str, str]:
        """Return the trace of a row by its number; empty where there is none."""
        if number is None:
            return {}
        known = self._held(self._traces, "trace", number, dict)
        heads = [head_of(record) for record in records]
        return {path: _with_id(place, heads) for path, place in known.items()}

    def shape(self, number: int) -> tuple[LeafCount, ...]:
        """Return a shape by its number."""
        return self._held(
            self._shapes,
            "shape",
            number,
            lambda rows: tuple(LeafCount(row[0], *_apart(row[1]), row[2]) for row in rows),
        )

    def _held(self, held: dict[int, T], table: str, number: int, made: Callable[[Any], T]) -> T:
        known = held.get(number)
        if known is None:
            row = self._database.one(f"SELECT body FROM {table} WHERE id = ?", (number,))
            known = made(orjson.loads(self._packing.unpack(row[0])) if row else ())
            if len(held) > _MOST_HELD:
                held.clear()
            held[number] = known
        return known

    def _number(self, connection: Any, table: str, body: bytes) -> int:
        key = blake2b(body, digest_size=16, person=table.encode()).digest()
        known = self._known.get(key)
        if known is not None:
            return known
        row = connection.execute(f"SELECT id FROM {table} WHERE digest = ?", (key,)).fetchone()
        if row is None:
            sql = f"INSERT INTO {table}(digest, body) VALUES (?, ?)"
            number = int(connection.execute(sql, (key, self._packing.pack(table, body))).lastrowid)
        else:
            number = int(row[0])
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known[key] = number
        return number


class _WithoutIds(dict[str, str]):
    """Place -> the place as it is kept: `#NUMBER:` for the head of a record of the row, `##` for a `#` at which a place begins."""

    def __init__(self, heads: Sequence[str]) -> None:
        self._numbers = {head: f"#{number}:" for number, head in reversed(list(enumerate(heads)))}
        self._odd = any("]" in head[:-1] for head in heads)

    def __missing__(self, place: str) -> str:
        kept = self[place] = self._kept(place)
        return kept

    def _kept(self, place: str) -> str:
        if place[:1] == "#":
            return "#" + place
        cut = place.find("]") + 1
        number = self._numbers.get(place[:cut])
        if number is not None:
            return number + place[cut:]
        # An id may have a bracket of its own.
        heads = self._numbers.items() if self._odd else ()
        return next((number + place[len(head) :] for head, number in heads if place.startswith(head)), place)


def _apart(place: str) -> tuple[int, str]:
    """Part a place, as it is kept, into the number of its record and the rest."""
    if place[:1] != "#":
        return NOWHERE, place
    if place[1:2] == "#":
        return NOWHERE, place[1:]
    number, _, rest = place[1:].partition(":")
    return int(number), rest


def _with_id(place: str, heads: Sequence[str]) -> str:
    number, rest = _apart(place)
    if number == NOWHERE:
        return rest
    return heads[number] + rest if number < len(heads) else place
