"""What becomes of every leaf: the trace of extraction, the mapping's fates and the connector's fates put in a row."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ticketferry.mapping.result import MapFate
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Disposition, Fate
from ticketferry.sdk.places import Places
from ticketferry.sdk.trace import derivation, located, lookup, pattern_of
from ticketferry.store.snapshots import StoredRow

__all__ = ["Fates", "LeafFate", "Sum", "settle", "sums"]


class Sum(NamedTuple):
    """Key of the totals."""

    kind: str
    pattern: str
    disposition: Disposition
    by: str


class LeafFate(NamedTuple):
    """One leaf of one wire record and its end."""

    kind: str
    id: str
    path: str
    pattern: str
    value: Json
    neutral: str
    desired: str
    disposition: Disposition
    by: str


class _Items:
    """The items of a list, found by what they hold: as it is first, else as the id of a reference."""

    def __init__(self, items: Sequence[Json]) -> None:
        self._whole: dict[tuple[bool, Json], int] = {}
        self._ids: dict[str, int] = {}
        for index, item in enumerate(items):
            for one in [item, *item.values()] if isinstance(item, dict) else [item]:
                if isinstance(one, dict | list):
                    continue
                self._whole.setdefault((isinstance(one, bool), one), index)
                if isinstance(one, str):
                    # An id may have colons of its own: every end of a reference may be meant.
                    rest = one
                    while ":" in rest:
                        rest = rest.partition(":")[2]
                        self._ids.setdefault(rest, index)

    def find(self, value: Json) -> int | None:
        """Return where a value stands."""
        if isinstance(value, dict | list):
            return None
        id_ = self._whole.get((isinstance(value, bool), value))
        return self._ids.get(str(value)) if id_ is None else id_


class Fates:
    """The fates of one root, looked up as traces are: concrete path, pattern, then everything above."""

    def __init__(
        self,
        mapping: Mapping[str, MapFate],
        compiled: Sequence[Fate],
        whole: tuple[Disposition, str] | None = None,
        lists: Mapping[str, Sequence[Json]] | None = None,
    ) -> None:
        self.mapping = mapping
        self.lists = {path: _Items(items) for path, items in (lists or {}).items()}
        self.compiled = {fate.path: fate for fate in compiled}
        self.whole = whole
        """Set where the record as a whole has one fate (skipped, rejected, not needed)."""

    def dropped(self, neutral: str, value: Json) -> str | None:
        """Return the rule of the mapping that drops a leaf, also where its record as a whole goes nowhere; None where none does."""
        fate = lookup(self.mapping, self._item(neutral, value))
        return fate.by if fate is not None and fate.action == "drop" else None

    def _item(self, neutral: str, value: Json) -> str:
        """Name the item of a list that a leaf is, where items have fates of their own and the trace names the list only."""
        items = self.lists.get(neutral)
        if items is None:
            return neutral
        index = items.find(value)
        return neutral if index is None else f"{neutral}[{index}]"

    def of(self, neutral: str, value: Json = None) -> tuple[str, Disposition, str]:
        """Return (desired path, disposition, by) of a neutral path `kind[id].path`; `value` tells items of a list apart."""
        mapped = lookup(self.mapping, self._item(neutral, value))
        if mapped is None:
            return "", Disposition.UNSUPPORTED, "no rule of the mapping covers it"
        if mapped.action == "drop":
            return "", Disposition.DROPPED, mapped.by
        path = mapped.to if mapped.action == "to" else (mapped.to or "provenance")
        fate = lookup(self.compiled, path)
        if fate is None:
            return (
                path,
                Disposition.UNSUPPORTED,
                f"the target connector writes nothing for {pattern_of(path)}",
            )
        if fate.disposition is Disposition.CARRIED and mapped.transformed:
            return path, Disposition.TRANSFORMED, mapped.by
        if fate.disposition is Disposition.KEPT and mapped.action == "keep" and mapped.transformed:
            return path, Disposition.TRANSFORMED, mapped.by
        if fate.disposition is Disposition.CARRIED and mapped.action == "keep":
            return path, Disposition.KEPT, mapped.by
        return path, fate.disposition, fate.by


def settle(
    row: StoredRow, trace: Mapping[str, str], fates: Fates, bodies: frozenset[str]
) -> Iterator[LeafFate]:
    """Yield the end of every leaf of one wire record; exactly one each.

    A leaf that does not stand at the place of its trace is unsupported, whatever becomes of the place.
    """
    kind = row.kind.value
    places = Places(row.records)
    for leaf, neutral in located(row.body(), trace, bodies):
        if fates.whole is not None:
            disposition, by = fates.whole
            if disposition is Disposition.UNSUPPORTED:
                rule = fates.dropped(neutral, leaf.value) if neutral is not None else None
                disposition, by = (Disposition.DROPPED, rule) if rule is not None else fates.whole
            yield LeafFate(kind, row.id, leaf.path, leaf.pattern, leaf.value, "", "", disposition, by)
            continue
        if neutral is None:
            yield LeafFate(
                kind,
                row.id,
                leaf.path,
                leaf.pattern,
                leaf.value,
                "",
                "",
                Disposition.UNSUPPORTED,
                "not translated",
            )
        elif neutral.startswith("="):
            yield LeafFate(
                kind, row.id, leaf.path, leaf.pattern, leaf.value, "", "", Disposition.DROPPED, neutral[1:]
            )
        elif not places.stands(
            leaf.value, neutral, derived=leaf.pattern in bodies or derivation(trace, leaf) is not None
        ):
            yield LeafFate(
                kind,
                row.id,
                leaf.path,
                leaf.pattern,
                leaf.value,
                neutral,
                "",
                Disposition.UNSUPPORTED,
                f"it does not stand at {pattern_of(neutral)}, where extraction says it is",
            )
        else:
            desired, disposition, by = fates.of(neutral, leaf.value)
            yield LeafFate(
                kind, row.id, leaf.path, leaf.pattern, leaf.value, neutral, desired, disposition, by
            )


def sums(
    rows: Sequence[StoredRow],
    trace_of: Callable[[StoredRow], Mapping[str, str]],
    fates: Fates,
    bodies: Mapping[str, frozenset[str]],
) -> tuple[Counter[Sum], list[LeafFate]]:
    """Add up the ends of all leaves of a root; the second value lists what the target cannot hold, leaf by leaf."""
    total: Counter[Sum] = Counter()
    impossible: list[LeafFate] = []
    for row in rows:
        for end in settle(row, trace_of(row), fates, bodies.get(row.kind.value, frozenset())):
            total[Sum(end.kind, end.pattern, end.disposition, end.by)] += 1
            if end.disposition is Disposition.UNSUPPORTED:
                impossible.append(end)
    return total, impossible
