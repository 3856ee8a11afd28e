"""The life of a ticket in product-free terms: stages and the legal steps between them."""

from enum import StrEnum

__all__ = ["CLOSED_STAGES", "EXITS", "STEPS", "Stage", "is_legal_step"]


class Stage(StrEnum):
    """Where a ticket stands; every native status maps onto one."""

    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    PENDING_CUSTOMER = "pending_customer"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DELETED = "deleted"
    MERGED = "merged"
    SPAM = "spam"
    SUSPENDED = "suspended"


EXITS = frozenset({Stage.DELETED, Stage.MERGED, Stage.SPAM, Stage.SUSPENDED})
CLOSED_STAGES = frozenset({Stage.RESOLVED, Stage.CLOSED}) | EXITS

_OPEN = frozenset({Stage.NEW, Stage.ASSIGNED, Stage.IN_PROGRESS, Stage.PENDING_CUSTOMER, Stage.ON_HOLD})

STEPS: dict[Stage, frozenset[Stage]] = {
    Stage.NEW: (_OPEN | {Stage.RESOLVED, Stage.CLOSED} | EXITS) - {Stage.NEW},
    **{
        stage: (_OPEN | {Stage.RESOLVED, Stage.CLOSED} | EXITS) - {stage, Stage.NEW}
        for stage in _OPEN - {Stage.NEW}
    },
    Stage.RESOLVED: (_OPEN | {Stage.CLOSED} | EXITS) - {Stage.NEW},
    Stage.CLOSED: frozenset({Stage.DELETED, Stage.MERGED}),
    Stage.DELETED: _OPEN | {Stage.RESOLVED},
    Stage.SPAM: frozenset({Stage.NEW, Stage.DELETED}),
    Stage.SUSPENDED: frozenset({Stage.NEW, Stage.DELETED, Stage.SPAM}),
    Stage.MERGED: frozenset(),
}
"""Legal steps. Nobody goes back to `new`; a closed ticket stays closed; a merge is final."""


def is_legal_step(before: Stage, after: Stage) -> bool:
    """Tell whether a history may go from `before` to `after`; staying is always legal."""
    return before == after or after in STEPS[before]
