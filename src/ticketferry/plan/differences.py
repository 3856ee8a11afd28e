"""What two plans of the same purpose do differently, record by record."""

from dataclasses import dataclass
from typing import NamedTuple

from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.writes import operation_digests
from ticketferry.sdk.contract import Outcome

__all__ = ["Differing", "PlanDifference", "difference"]


class Differing(NamedTuple):
    """A record, what the earlier plan did with it and what the later one does."""

    root: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """The records that two plans treat differently, in order of their names."""

    records: tuple[Differing, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.records)


def difference(before: PlanFile, now: PlanFile) -> PlanDifference:
    """Compare two plans by what becomes of each record and by every single write."""
    old, new = _deeds(before), _deeds(now)
    differing = []
    for root in sorted(old.keys() | new.keys()):
        one, other = old.get(root, _NOTHING), new.get(root, _NOTHING)
        if one == other:
            continue
        same = one[0] == other[0]
        differing.append(Differing(root, one[0], f"{other[0]}, by other writes" if same else other[0]))
    return PlanDifference(tuple(differing))


_NOTHING: tuple[str, tuple[tuple[str, str], ...]] = ("not in the plan", ())


def _deeds(plan: PlanFile) -> dict[str, tuple[str, tuple[tuple[str, str], ...]]]:
    """Return root -> (what becomes of it in words, its operations by key and digest)."""
    writes: dict[str, list[tuple[str, str]]] = {}
    for root, key, digest in operation_digests(plan):
        writes.setdefault(root, []).append((key, digest))
    return {
        change.root: (
            f"kept: {change.because}"
            if change.outcome is Outcome.SKIP
            else change.because or change.outcome.value,
            tuple(writes.get(change.root, ())),
        )
        for change in plan.changes()
    }
