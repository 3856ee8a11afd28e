"""The way through a workflow from one status to another: planned, cheapest, always the same."""

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ticketferry.sdk import TransitionDef, WorkflowDef

__all__ = ["LONGEST", "Hop", "find_path"]

LONGEST = 10
"""Hops; a workflow that needs more is not walked."""
_HOP = 1
_ASKS = 20
_REOPENS = 100


@dataclass(frozen=True, slots=True)
class Hop:
    """One transition: the status it must start from, the one it leads to, and the fields of its screen."""

    id: str
    name: str
    source: str
    to: str
    fields: frozenset[str]
    required: frozenset[str]
    directed: bool = True
    """False: the workflow allows it from anywhere, so Jira does not refuse it from a wrong status."""
    blocked: str = ""
    """What keeps everybody from taking it."""


def find_path(
    workflow: WorkflowDef,
    start: str,
    end: str,
    *,
    done: Collection[str] = (),
    given: Collection[str] = (),
    blocked: bool = False,
) -> list[Hop] | None:
    """Return the hops from `start` to `end`, [] where they are the same, None where no way of at most LONGEST hops leads there.

    Statuses are names. The shortest way wins; one that asks for fields which are not `given`, or that leaves a status of
    `done` on its way (a reopening clears the resolution and starts clocks), only where there is no other. Equal ways are
    decided by the transitions' ids. What waits for an approval, or lets nobody through, is taken only where `blocked`.
    """
    if start == end:
        return []
    exits = workflow.get("transitions", [])
    known, finished = frozenset(given), frozenset(done)
    queue: list[tuple[int, tuple[tuple[int, str], ...], str, tuple[Hop, ...]]] = [(0, (), start, ())]
    settled: set[str] = set()
    while queue:
        cost, trail, at, hops = heapq.heappop(queue)
        if at == end:
            return list(hops)
        if at in settled or len(hops) >= LONGEST:
            continue
        settled.add(at)
        for transition in _open(exits, at, blocked):
            hop = _hop(transition, at)
            if hop.to in settled:
                continue
            price = _HOP + _ASKS * len(hop.required - known) + (_REOPENS if at in finished and hops else 0)
            heapq.heappush(queue, (cost + price, (*trail, _order(hop.id)), hop.to, (*hops, hop)))
    return None


def _open(transitions: Sequence[TransitionDef], at: str, blocked: bool) -> list[TransitionDef]:
    return [
        item
        for item in transitions
        if item["to"] != at
        and (not item.get("sources") or at in item.get("sources", []))
        and (blocked or not item.get("blocked"))
    ]


def _hop(transition: TransitionDef, at: str) -> Hop:
    return Hop(
        transition["id"],
        transition["name"],
        at,
        transition["to"],
        frozenset(transition.get("fields", [])),
        frozenset(transition.get("required", [])),
        bool(transition.get("sources")),
        transition.get("blocked", ""),
    )


def _order(id_: str) -> tuple[int, str]:
    return (int(id_), "") if id_.isdigit() else (1 << 62, id_)
