"""Which tickets a person looks at: so many at random, and besides them some of every kind of change and of every finding."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from ticketferry.plan.file.changes import classes_of_change, members_of_class, newly_visible, tickets_written
from ticketferry.plan.file.findings import tickets_of_findings
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.show import find_root

__all__ = ["RANDOM", "DrawnTicket", "draw"]

RANDOM = "at random"
_WRITTEN = ("create", "update")
_KINDS = 60


@dataclass(frozen=True, slots=True)
class DrawnTicket:
    """A ticket to look at. `why`: `at random`, or the kind of which it is an example; only those at random count for all tickets."""

    root: str
    why: str


def draw(plan: PlanFile, seed: str, size: int, each: int, golden: Sequence[str] = ()) -> list[DrawnTicket]:
    """Draw `size` tickets at random, then `each` of every kind that has not so many among them, and the golden ones.

    The order is that of a keyed hash: the same seed draws the same tickets, and nobody knows them before the seed is named. Raises UsageError
    for a golden ticket that the plan does not know.
    """
    key = blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    chosen = dict.fromkeys(_first(tickets_written(plan), key, size), RANDOM)
    for text in golden:
        chosen.setdefault(find_root(plan, text), "golden")
    for why, members in _kinds(plan):
        best = _first(members, key, each)
        for root in best:
            chosen.setdefault(root, why)
    return [DrawnTicket(root, why) for root, why in chosen.items()]


def _first(roots: Iterable[str], key: bytes, most: int) -> list[str]:
    """Return the first `most` in the order of the keyed hash. An example of a kind is drawn in the same order, so that it is often there already."""
    ranked = heapq.nsmallest(
        most, ((blake2b(root.encode(), key=key, digest_size=16).digest(), root) for root in roots)
    )
    return [root for _, root in ranked]


def _kinds(plan: PlanFile) -> Iterator[tuple[str, Iterable[str]]]:
    yield "newly visible", [root for root, _, _ in newly_visible(plan)]
    for code, roots in tickets_of_findings(plan, _WRITTEN):
        yield f"finding {code}", roots
    kinds = 0
    for kind, outcome, name, _, _ in classes_of_change(plan, -1):
        if kind == "ticket" and outcome in _WRITTEN and kinds < _KINDS:
            kinds += 1
            yield f"{outcome}: {name}" if name else outcome, members_of_class(plan, kind, outcome, name)
