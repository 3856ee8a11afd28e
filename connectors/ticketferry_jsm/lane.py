"""What several compilations for Jira say the same way: the lane's issue, an organization's place on a desk, losses of ADF."""

from collections.abc import Iterable

from ticketferry.sdk import From, Lane, Ref, Severity, Template, parse_ref

from .body import DocumentDraft

__all__ = ["QUIET", "issue_of", "on_desk", "told"]

QUIET = {"notifyUsers": "false"}
"""Parameters of an edit of which nobody is told."""


def on_desk(organization: str, desk: str) -> Ref:
    """Return the ref under which an organization's place on a desk is filed.

    A ticket may name an organization only once its desk has it: the slot `on_desk` of this ref makes it wait for that.
    """
    ref = parse_ref(organization)
    return Ref(ref.desk, ref.kind, f"{ref.id}@{desk}")


def issue_of(lane: Lane) -> dict[str, Template]:
    """Return the parameters that name the lane's issue."""
    return {"issue": From(lane.root)}


def told(lane: Lane, where: str, drafts: Iterable[DocumentDraft]) -> None:
    """Make findings of what ADF could not hold, one for each kind of loss."""
    sums: dict[str, tuple[str, int]] = {}
    for draft in drafts:
        for loss in draft.losses:
            message, count = sums.get(loss.code, (loss.message, 0))
            sums[loss.code] = (message, count + loss.count)
    for code, (message, count) in sums.items():
        lane.find(f"JSM-{code}", Severity.LOSS, where, message, count=count)
