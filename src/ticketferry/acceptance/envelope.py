"""A person's approval of a plan, and how far later plans may be from it and still be covered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ticketferry.plan.show import Overview
from ticketferry.sdk.contract import Disposition, Outcome

__all__ = ["Approval", "approve", "lapses"]

_WEIGHTY = ("blockers", "rejects", "conflicts", "gone", "losses", "doubts")
"""Causes of which a new code takes the approval away; repairs and infos do not."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What somebody approved. `growth`: the share by which numbers may differ, 0 to 1; `revoked`: when, empty: it holds."""

    plan: str
    digest: str
    by: str
    at: str
    because: str
    growth: float
    scope: str
    mapping: str
    connectors: str
    tickets: int
    records: int
    gone: int
    rejected: int
    newly_visible: int
    impossible: int
    codes: tuple[str, ...]
    revoked: str = ""
    revoked_by: str = ""


def approve(
    view: Overview, header: Mapping[str, Any], *, by: str, at: str, growth: float, because: str = ""
) -> Approval:
    """Return the approval of a plan as it is."""
    inputs = header["inputs"]
    return Approval(
        view.id,
        view.digest,
        by,
        at,
        because,
        growth,
        _scope(header),
        str(inputs["mapping"]),
        str(inputs["connectors"]),
        _tickets(view),
        _records(view),
        _outcome(view, Outcome.GONE),
        _outcome(view, Outcome.REJECT),
        view.newly_visible,
        _impossible(view),
        tuple(sorted(_codes(view))),
    )


def lapses(approval: Approval, view: Overview, header: Mapping[str, Any]) -> list[str]:
    """Return why an approval does not cover a plan; nothing where it does."""
    if approval.digest == view.digest:
        return []
    inputs = header["inputs"]
    reasons = []
    if approval.scope != _scope(header):
        reasons.append("it is about other tickets: another phase, or other ones that were named")
    if approval.mapping != inputs["mapping"]:
        reasons.append("the mapping is another one")
    if approval.connectors != inputs["connectors"]:
        reasons.append("a connector, or the way in which its desk is described, is another one")
    for what, before, now in (
        ("tickets", approval.tickets, _tickets(view)),
        ("records", approval.records, _records(view)),
    ):
        if abs(now - before) > approval.growth * before:
            reasons.append(
                f"{now:,} {what} instead of {before:,}, and {approval.growth:.1%} more or fewer were approved"
            )
    impossible = _impossible(view)
    if impossible > approval.impossible * (1 + approval.growth):
        reasons.append(
            f"{impossible:,} values that the new desk cannot hold instead of {approval.impossible:,}"
        )
    for what, before, now in (
        ("records rejected", approval.rejected, _outcome(view, Outcome.REJECT)),
        ("records taken away", approval.gone, _outcome(view, Outcome.GONE)),
        ("tickets that more people see", approval.newly_visible, view.newly_visible),
    ):
        if now > before:
            reasons.append(f"{now:,} {what} instead of {before:,}")
    new = sorted(_codes(view) - set(approval.codes))
    if new:
        reasons.append(f"findings of a new kind: {', '.join(new)}")
    return reasons


def _scope(header: Mapping[str, Any]) -> str:
    return repr((header.get("kind"), header.get("scope") or (None, [], None)))


def _tickets(view: Overview) -> int:
    return sum(view.outcomes.get("ticket", {}).values())


def _records(view: Overview) -> int:
    return sum(sum(outcomes.values()) for outcomes in view.outcomes.values())


def _outcome(view: Overview, outcome: Outcome) -> int:
    return sum(outcomes.get(outcome.value, 0) for outcomes in view.outcomes.values())


def _impossible(view: Overview) -> int:
    return view.dispositions.get(Disposition.UNSUPPORTED.value, 0) - view.leaves_of_rejects


def _codes(view: Overview) -> set[str]:
    # What is gone, and some rejects and conflicts, have a reason and no code.
    return {cause.code or heading for heading, cause in view.causes.ordered() if heading in _WEIGHTY}
