"""Totals of leaves by shapes: what becomes of all leaves of a row is worked out once for all rows that are alike.

Rows are alike when they have one shape and their fates are the same but for ids. The sums are those that `dispositions.sums` gets leaf
by leaf. Of lists whose items have fates of their own the items are looked at, since their values decide; leaf by leaf it is done where a
leaf is impossible, since those are listed.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ticketferry.desired.dispositions import Fates, LeafFate, Sum, settle
from ticketferry.mapping.result import MapFate
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Disposition
from ticketferry.sdk.places import head_of
from ticketferry.sdk.trace import located, parents
from ticketferry.store.snapshots import StoredRow
from ticketferry.store.traces import NOWHERE, LeafCount

__all__ = ["LeafTotals"]

_ID = re.compile(r"\[([^\]\"]+)\]")
_OWN = "[*]"
_MOST_KNOWN = 20_000

_Counts = tuple[tuple[int, int], ...]
"""Number of a key of the leaves' totals, and leaves."""


class _Ends(NamedTuple):
    """What becomes of the leaves of rows that are alike. `by_value`: those whose values decide, pattern and place but for the head;
    `alone`: all leaves of these patterns are at one place each, so that no trace is needed to tell them from others.
    """

    counts: _Counts
    by_value: tuple[LeafCount, ...]
    alone: bool


class LeafTotals:
    """Adds up roots of one snapshot. `trace_of`, `shape_of`: as the snapshot has them; `bodies`: patterns that count as one leaf, by kind."""

    def __init__(
        self,
        trace_of: Callable[[StoredRow], Mapping[str, str]],
        shape_of: Callable[[int], Sequence[LeafCount]],
        bodies: Mapping[str, frozenset[str]],
    ) -> None:
        self._trace_of = trace_of
        self._shape_of = shape_of
        self._bodies = bodies
        self._known: dict[Hashable, _Ends | None] = {}
        self._numbers: dict[Hashable, int] = {}
        self._sums: list[Sum] = []
        self._sum_numbers: dict[Sum, int] = {}

    def sums(self, rows: Sequence[StoredRow], fates: Fates) -> tuple[Counter[Sum], list[LeafFate]]:
        """Add up the ends of all leaves of a root; the second value lists what the target cannot hold, leaf by leaf."""
        counts: dict[int, int] = {}
        impossible: list[LeafFate] = []
        alike = _Alike(fates, self._number)
        for row in rows:
            counted = self._counted(row, fates, alike)
            if counted is None:
                counted = self._by_leaf(row, fates, impossible)
            for number, leaves in counted:
                counts[number] = counts.get(number, 0) + leaves
        keys = self._sums
        return Counter({keys[number]: leaves for number, leaves in counts.items()}), impossible

    def _by_leaf(self, row: StoredRow, fates: Fates, impossible: list[LeafFate]) -> _Counts:
        """Go through every leaf of a row; those that the target cannot hold are added to `impossible`."""
        total: Counter[int] = Counter()
        for end in settle(row, self._trace_of(row), fates, self._bodies.get(row.kind.value, frozenset())):
            total[self._number_of(Sum(end.kind, end.pattern, end.disposition, end.by))] += 1
            if end.disposition is Disposition.UNSUPPORTED:
                impossible.append(end)
        return tuple(total.items())

    def _counted(self, row: StoredRow, fates: Fates, alike: "_Alike") -> _Counts | None:
        """Return the sums of a row by its shape; None where it has to be gone through leaf by leaf."""
        if row.shape is None:
            return None
        heads = [head_of(record) for record in row.records]
        key = alike.key(heads)
        if key is None:
            return None
        key = (row.shape, row.kind, key)
        if key not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._worked_out(row.kind.value, self._shape_of(row.shape), heads, fates)
        ends = self._known[key]
        if ends is None or not ends.by_value:
            return ends.counts if ends is not None else None
        decided = self._of_values(row, ends, heads, fates)
        return None if decided is None else ends.counts + decided

    def _worked_out(
        self, kind: str, shape: Sequence[LeafCount], heads: Sequence[str], fates: Fates
    ) -> _Ends | None:
        total: Counter[int] = Counter()
        by_value: list[LeafCount] = []
        for count in shape:
            pattern, number, rest, leaves = count
            place = rest if number == NOWHERE else heads[number] + rest
            if number != NOWHERE and place in fates.lists:
                by_value.append(count)
                continue
            disposition, by = _end(place, number, fates)
            if disposition is Disposition.UNSUPPORTED:
                return None
            total[self._number_of(Sum(kind, pattern, disposition, by))] += leaves
        named = Counter(count.pattern for count in shape) if by_value else Counter[str]()
        alone = all(named[count.pattern] == 1 for count in by_value)
        return _Ends(tuple(total.items()), tuple(by_value), alone)

    def _of_values(self, row: StoredRow, ends: _Ends, heads: Sequence[str], fates: Fates) -> _Counts | None:
        """Return the sums of the leaves whose values decide; None where one is impossible, or they are not those of the shape."""
        left = {(pattern, heads[number] + rest): leaves for pattern, number, rest, leaves in ends.by_value}
        total: Counter[int] = Counter()
        bodies = self._bodies.get(row.kind.value, frozenset())
        within = _with_all_above(frozenset(count.pattern for count in ends.by_value))
        # A pattern is as good as a trace where it names one place.
        trace = dict(left.keys()) if ends.alone else self._trace_of(row)
        for leaf, place in located(row.body(), trace, bodies, within):
            key = (leaf.pattern, place or "")
            if key not in left:
                continue
            left[key] -= 1
            disposition, by = _end(key[1], 0, fates, leaf.value)
            if disposition is Disposition.UNSUPPORTED:
                return None
            total[self._number_of(Sum(row.kind.value, leaf.pattern, disposition, by))] += 1
        return None if any(left.values()) else tuple(total.items())

    def _number(self, what: Hashable) -> int:
        """Give equal things one small number."""
        if len(self._numbers) > _MOST_KNOWN:
            # Numbers that were given stand in the keys of what is known.
            self._numbers.clear()
            self._known.clear()
        return self._numbers.setdefault(what, len(self._numbers))

    def _number_of(self, key: Sum) -> int:
        """Return the number by which these totals add up under a key."""
        number = self._sum_numbers.setdefault(key, len(self._sums))
        if number == len(self._sums):
            self._sums.append(key)
        return number


@lru_cache(maxsize=1_024)
def _with_all_above(patterns: frozenset[str]) -> frozenset[str]:
    return patterns.union(*(parents(pattern) for pattern in patterns))


def _end(place: str, number: int, fates: Fates, value: Json = None) -> tuple[Disposition, str]:
    """Return what becomes of a leaf that stands at its place, as `dispositions.settle` has it."""
    if fates.whole is not None:
        rule = fates.dropped(place, value) if fates.whole[0] is Disposition.UNSUPPORTED else None
        return fates.whole if rule is None else (Disposition.DROPPED, rule)
    if place[:1] == "=":
        return Disposition.DROPPED, place[1:]
    if number == NOWHERE:
        return Disposition.UNSUPPORTED, ""
    return fates.of(place, value)[1:]


def _id_in(path: str) -> str | None:
    """Return the first id in brackets that a path names."""
    start = path.find("[")
    if start < 0:
        return None
    end = path.find("]", start)
    id_ = path[start + 1 : end]
    if end > 0 and id_ and '"' not in id_:
        return id_
    named = _ID.search(path)
    return named[1] if named is not None else None


class _Alike:
    """The fates of one root without its ids, so that those of another root can be the same."""

    def __init__(self, fates: Fates, number: Callable[[Hashable], int]) -> None:
        self._number = number
        self._lists: dict[str, list[str]] = {}
        for path in fates.lists:
            cut = path.find("]") + 1
            self._lists.setdefault(path[:cut], []).append(path[cut:])
        self._compiled: dict[str, list[tuple[str, Disposition, str]]] = {}
        general: list[Hashable] = []
        for path, fate in fates.compiled.items():
            named = _id_in(path)
            entry = (path, fate.disposition, fate.by)
            if named is None:
                general.append(entry)
            else:
                self._compiled.setdefault(named, []).append(entry)
        self._groups: dict[str, list[tuple[str, MapFate]]] = {}
        for path, found in fates.mapping.items():
            cut = path.find("]") + 1
            if cut and path[cut - 2] != "[":
                self._groups.setdefault(path[:cut], []).append((path[cut:], found))
            elif ends := self._compiled_for(found.to):
                general.append((path, found, *ends))
            else:
                general.append((path, found))
        self._general = number(("general", fates.whole, *general))

    def key(self, heads: Sequence[str]) -> Hashable | None:
        """Return what the ends of a row's leaves depend on beside its shape and values of lists; None where an id is odd."""
        parts: list[Hashable] = [self._general]
        for head in heads:
            if head.count("[") != 1 or head.count("]") != 1 or '"' in head:
                return None
            group = self._groups.get(head)
            kind = head[: head.find("[")]
            parts.append((kind, self._number(tuple(self._without(head, group)))) if group else kind)
            if head in self._lists:
                parts.append(tuple(self._lists[head]))
        return tuple(parts)

    def _without(self, head: str, group: Sequence[tuple[str, MapFate]]) -> list[Hashable]:
        own = head[head.find("[") :]
        return [
            (rest, action, to.replace(own, _OWN), transformed, by, *self._compiled_for(to, own))
            for rest, (action, to, transformed, by) in group
        ]

    def _compiled_for(self, to: str, own: str = "") -> list[Hashable]:
        """Return the compiled fates that may be those of a desired path which names a part, without the id `own`."""
        named = _id_in(to) if self._compiled else None
        entries = self._compiled.get(named) if named is not None else None
        if not entries:
            return []
        return [
            (path.replace(own, _OWN) if own else path, disposition, by) for path, disposition, by in entries
        ]
