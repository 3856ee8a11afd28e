"""The ledger of leaves by shapes: what becomes of all leaves of a row is worked out once for all rows that are alike.

Rows are alike when they have one shape and their fates are the same but for ids. The sums are those that `dispositions.sums` gets leaf
by leaf; leaf by leaf it is done where a value decides (items of a list with fates of their own), and where a leaf is impossible, since
those are listed.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence

from ticketferry.desired.dispositions import Fates, LeafFate, Sum, settle
from ticketferry.sdk.contract import Disposition
from ticketferry.sdk.places import head_of
from ticketferry.store.accounts import NOWHERE, LeafCount
from ticketferry.store.snapshots import StoredRow

__all__ = ["ShapeLedger"]

_ID = re.compile(r"\[([^\]\"]+)\]")
_OWN = "[*]"
_MOST_KNOWN = 20_000

_Sums = tuple[tuple[Sum, int], ...]


class ShapeLedger:
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
        self._known: dict[Hashable, _Sums | None] = {}
        self._numbers: dict[Hashable, int] = {}

    def sums(self, rows: Sequence[StoredRow], fates: Fates) -> tuple[Counter[Sum], list[LeafFate]]:
        """Add up the ends of all leaves of a root; the second value lists what the target cannot hold, leaf by leaf."""
        total: Counter[Sum] = Counter()
        impossible: list[LeafFate] = []
        alike = _Alike(fates, self._number)
        for row in rows:
            counted = self._counted(row, fates, alike)
            if counted is not None:
                for key, count in counted:
                    total[key] += count
                continue
            for end in settle(row, self._trace_of(row), fates, self._bodies.get(row.kind.value, frozenset())):
                total[Sum(end.kind, end.pattern, end.disposition, end.by)] += 1
                if end.disposition is Disposition.UNSUPPORTED:
                    impossible.append(end)
        return total, impossible

    def _counted(self, row: StoredRow, fates: Fates, alike: "_Alike") -> _Sums | None:
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
            self._known[key] = _worked_out(row.kind.value, self._shape_of(row.shape), heads, fates)
        return self._known[key]

    def _number(self, what: Hashable) -> int:
        """Give equal things one small number."""
        if len(self._numbers) > _MOST_KNOWN:
            # Numbers that were given stand in the keys of what is known.
            self._numbers.clear()
            self._known.clear()
        return self._numbers.setdefault(what, len(self._numbers))


def _worked_out(kind: str, shape: Sequence[LeafCount], heads: Sequence[str], fates: Fates) -> _Sums | None:
    total: Counter[Sum] = Counter()
    for pattern, number, rest, count in shape:
        place = rest if number == NOWHERE else heads[number] + rest
        disposition, by = _end(place, number, fates)
        if disposition is Disposition.UNSUPPORTED:
            return None
        total[Sum(kind, pattern, disposition, by)] += count
    return tuple(total.items())


def _end(place: str, number: int, fates: Fates) -> tuple[Disposition, str]:
    """Return what becomes of a leaf that stands at its place, as `dispositions.settle` has it."""
    if fates.whole is not None:
        rule = fates.dropped(place, None) if fates.whole[0] is Disposition.UNSUPPORTED else None
        return fates.whole if rule is None else (Disposition.DROPPED, rule)
    if place[:1] == "=":
        return Disposition.DROPPED, place[1:]
    if number == NOWHERE:
        return Disposition.UNSUPPORTED, ""
    return fates.of(place)[1:]


class _Alike:
    """The fates of one root without its ids, so that those of another root can be the same."""

    def __init__(self, fates: Fates, number: Callable[[Hashable], int]) -> None:
        self._number = number
        self._by_value = frozenset(path[: path.find("]") + 1] for path in fates.lists)
        self._compiled: dict[str, list[tuple[str, Disposition, str]]] = {}
        general: list[Hashable] = []
        for path, fate in fates.compiled.items():
            named = _ID.search(path)
            entry = (path, fate.disposition, fate.by)
            if named is None:
                general.append(entry)
            else:
                self._compiled.setdefault(named[1], []).append(entry)
        self._groups: dict[str, list[tuple[str, str, str, bool, str]]] = {}
        for path, found in fates.mapping.items():
            cut = path.find("]") + 1
            head = path[:cut]
            entry_of = (path[cut:], found.action, found.to, found.transformed, found.by)
            if cut and head[-2:] != "[]":
                self._groups.setdefault(head, []).append(entry_of)
            else:
                general.append((head, *entry_of, *self._compiled_for(found.to)))
        self._general = number(("general", fates.whole, *general))

    def key(self, heads: Sequence[str]) -> Hashable | None:
        """Return what the ends of a row's leaves depend on beside its shape; None where they depend on values, or an id is odd."""
        parts: list[Hashable] = [self._general]
        for head in heads:
            if head in self._by_value or head.count("[") != 1 or head.count("]") != 1 or '"' in head:
                return None
            group = self._groups.get(head)
            kind = head[: head.find("[")]
            parts.append((kind, self._number(tuple(self._without(head, group)))) if group else kind)
        return tuple(parts)

    def _without(self, head: str, group: Sequence[tuple[str, str, str, bool, str]]) -> list[Hashable]:
        own = head[head.find("[") :]
        return [
            (rest, action, to.replace(own, _OWN), transformed, by, *self._compiled_for(to, own))
            for rest, action, to, transformed, by in group
        ]

    def _compiled_for(self, to: str, own: str = "") -> list[Hashable]:
        """Return the compiled fates that may be those of a desired path which names a part, without the id `own`."""
        named = _ID.search(to) if self._compiled else None
        entries = self._compiled.get(named[1], ()) if named is not None else ()
        return [
            (path.replace(own, _OWN) if own else path, disposition, by) for path, disposition, by in entries
        ]
