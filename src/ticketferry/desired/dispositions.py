"""What becomes of every leaf: the trace of extraction, the mapping's fates and the connector's fates put in a row."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ticketferry.mapping.result import MapFate
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Disposition, Fate
from ticketferry.sdk.trace import leaves, lookup, pattern_of
from ticketferry.store.snapshots import Row

__all__ = ["Fates", "LeafFate", "Sum", "settle", "sums"]


class Sum(NamedTuple):
    """Key of the ledger."""

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


class Fates:
    """The fates of one root, looked up as traces are: concrete path, pattern, then everything above."""

    def __init__(
        self,
        mapping: Mapping[str, MapFate],
        compiled: Sequence[Fate],
        whole: tuple[Disposition, str] | None = None,
    ) -> None:
        self._mapping = mapping
        self._compiled = {fate.path: fate for fate in compiled}
        self.whole = whole
        """Set where the record as a whole has one fate (skipped, rejected, not needed)."""

    def of(self, neutral: str) -> tuple[str, Disposition, str]:
        """Return (desired path, disposition, by) of a neutral path `kind[id].path`."""
        found = lookup(self._mapping, neutral)
        if found is None:
            return "", Disposition.UNSUPPORTED, "no rule of the mapping covers it"
        if found.action == "drop":
            return "", Disposition.DROPPED, found.by
        path = found.to if found.action == "to" else (found.to or "provenance")
        fate = lookup(self._compiled, path)
        if fate is None:
            return (
                path,
                Disposition.UNSUPPORTED,
                f"the target connector writes nothing for {pattern_of(path)}",
            )
        if fate.disposition is Disposition.CARRIED and found.transformed:
            return path, Disposition.TRANSFORMED, found.by
        if fate.disposition is Disposition.CARRIED and found.action == "keep":
            return path, Disposition.KEPT, found.by
        return path, fate.disposition, fate.by


def settle(row: Row, trace: Mapping[str, str], fates: Fates, bodies: frozenset[str]) -> Iterator[LeafFate]:
    """Yield the end of every leaf of one wire record; exactly one each."""
    kind = row.kind.value
    for leaf in leaves(row.body(), bodies):
        if fates.whole is not None:
            disposition, by = fates.whole
            yield LeafFate(kind, row.id, leaf.path, leaf.pattern, leaf.value, "", "", disposition, by)
            continue
        neutral = lookup(trace, leaf.path, leaf.pattern)
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
        else:
            desired, disposition, by = fates.of(neutral)
            yield LeafFate(
                kind, row.id, leaf.path, leaf.pattern, leaf.value, neutral, desired, disposition, by
            )


def sums(
    rows: Sequence[Row],
    traces: Mapping[int, Mapping[str, str]],
    fates: Fates,
    bodies: Mapping[str, frozenset[str]],
) -> tuple[Counter[Sum], list[LeafFate]]:
    """Add up the ends of all leaves of a root; the second value lists what the target cannot hold, leaf by leaf."""
    total: Counter[Sum] = Counter()
    impossible: list[LeafFate] = []
    for row in rows:
        trace = traces.get(row.trace, {}) if row.trace is not None else {}
        for end in settle(row, trace, fates, bodies.get(row.kind.value, frozenset())):
            total[Sum(end.kind, end.pattern, end.disposition, end.by)] += 1
            if end.disposition is Disposition.UNSUPPORTED:
                impossible.append(end)
    return total, impossible
