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

__all__ = ["Accounts", "LeafCount"]

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


class Accounts:
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
        heads = [head_of(record) for record in records]
        body = orjson.dumps(trace if isinstance(trace, dict) else dict(trace), option=orjson.OPT_SORT_KEYS)
        kept = self._number(connection, "trace", _without_ids(body, b':"', heads))
        if shape is None:
            return kept, None
        # In the order of the walk, which is that of the vendor's keys: the same for records that are alike.
        body = orjson.dumps([(pattern, place, leaves) for (pattern, place), leaves in shape.items()])
        return kept, self._number(connection, "shape", _without_ids(body, b',"', heads))

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


def _without_ids(body: bytes, before: bytes, heads: Sequence[str]) -> bytes:
    """Write `#NUMBER:` for the heads at which values begin; `before` stands in JSON before a value, and before nothing else that
    begins as a head does: a quote within a text is escaped. `##` stands for a `#` at which a value begins.
    """
    body = body.replace(before + b"#", before + b"##")
    for number, head in enumerate(heads):
        body = body.replace(before + orjson.dumps(head)[1:-1], b"%b#%d:" % (before, number))
    return body


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
