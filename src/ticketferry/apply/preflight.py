"""Guards: what must hold before anything is written, proved by reading or confirmed by a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from ticketferry.plan.file.reader import PlanFile
from ticketferry.sdk.contract import Attended, Connector, Finding, Severity, Target
from ticketferry.sdk.features import Guard
from ticketferry.store.workspace import Workspace

__all__ = ["GuardState", "guard_states"]


@dataclass(frozen=True, slots=True)
class GuardState:
    """A guard, whether it is proved, by what, and which of the plan's writes need it."""

    guard: Guard
    proved: bool
    evidence: str
    endpoints: tuple[str, ...]


def guard_states(
    target: Target,
    connector: Connector,
    workspace: Workspace,
    plan: PlanFile | None = None,
    *,
    found: Sequence[Finding] | None = None,
) -> list[GuardState]:
    """Return the state of every guard that an endpoint (of the plan, where given) needs. `found`: what `check` just gave, so that
    nothing is read twice.
    """
    used = (
        set(plan.endpoint_counts()) if plan is not None else {endpoint.name for endpoint in target.endpoints}
    )
    needed: dict[str, list[str]] = {}
    for endpoint in target.endpoints:
        if endpoint.name in used:
            for code in endpoint.guards:
                needed.setdefault(code, []).append(endpoint.name)
    if not needed:
        return []
    if found is None:
        found = target.guards() if isinstance(target, Attended) else target.check()
    readings = {finding.code: finding for finding in found}
    known = {guard.code: guard for guard in connector.guards}
    return [_state(known[code], readings, workspace, needed[code]) for code in sorted(needed)]


def _state(
    guard: Guard, findings: dict[str, Finding], workspace: Workspace, endpoints: Sequence[str]
) -> GuardState:
    if guard.proof == "person":
        confirmed = workspace.confirmed(guard.code)
        if confirmed is None:
            return GuardState(
                guard, proved=False, evidence="nobody has confirmed it", endpoints=tuple(endpoints)
            )
        by, until = confirmed
        return GuardState(
            guard,
            proved=True,
            evidence=f"confirmed by {by}, holds until {until[:16]}",
            endpoints=tuple(endpoints),
        )
    finding = findings.get(guard.code)
    if finding is None:
        return GuardState(guard, proved=False, evidence="the desk did not say", endpoints=tuple(endpoints))
    proved = finding.severity in (Severity.INFO, Severity.REPAIR)
    return GuardState(guard, proved=proved, evidence=finding.message, endpoints=tuple(endpoints))
