"""A plan, and what was read back, held against the criteria. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ticketferry.acceptance.criteria import CRITERIA, FINDING, Acceptance, CriterionWaiver, Most
from ticketferry.audit.result import AuditResult
from ticketferry.plan.show import Overview
from ticketferry.sdk.contract import Disposition, Outcome
from ticketferry.verify.verifier import Verified

__all__ = [
    "AcceptanceState",
    "CountOf",
    "JudgedCriterion",
    "accepted",
    "covers",
    "judge",
    "of_audit",
    "of_plan",
    "of_verify",
]


class AcceptanceState(StrEnum):
    """What became of a criterion."""

    MET = "met"
    WAIVED = "waived"
    UNMET = "unmet"
    OPEN = "not known yet"
    """Only reading the new desk back can tell, or an audit."""


@dataclass(frozen=True, slots=True)
class CountOf:
    """So many of so many."""

    number: int
    whole: int


@dataclass(frozen=True, slots=True)
class JudgedCriterion:
    """One criterion. `found` None: not known yet. `waiver`: the one that covers it, or one that would but is over."""

    name: str
    words: str
    found: int | None
    most: Most
    state: AcceptanceState
    where: str
    waiver: CriterionWaiver | None = None
    expired: bool = False


def of_plan(view: Overview, waived: int = 0) -> dict[str, CountOf]:
    """Count what the criteria of a plan ask for. `waived`: records in quarantine that somebody left out knowingly."""
    causes = view.causes
    records = sum(sum(outcomes.values()) for outcomes in view.outcomes.values())
    tickets = sum(view.outcomes.get("ticket", {}).values())
    lost = view.dispositions.get(Disposition.UNSUPPORTED.value, 0) - view.leaves_of_rejects
    counts = {
        "blocked": CountOf(sum(cause.records for cause in causes.blockers), records),
        "rejected": CountOf(sum(cause.records for cause in causes.rejects), records),
        "quarantine": CountOf(max(0, len(view.quarantine) - waived), records),
        "conflicts": CountOf(sum(cause.records for cause in causes.conflicts), records),
        "gone": CountOf(sum(cause.records for cause in causes.gone), records),
        "no_phase": CountOf(view.figures.get("tickets in no phase", 0), tickets),
        "left_behind": CountOf(
            sum(outcomes.get(Outcome.SKIP.value, 0) for outcomes in view.outcomes.values()), records
        ),
        "newly_visible": CountOf(view.newly_visible, tickets),
        "merged_meaning": CountOf(sum(item.count for item in view.collapses), tickets),
        "impossible": CountOf(lost, view.leaves),
        "dropped": CountOf(view.dispositions.get(Disposition.DROPPED.value, 0), view.leaves),
        "kept_beside": CountOf(view.dispositions.get(Disposition.KEPT.value, 0), view.leaves),
    }
    found: Counter[str] = Counter()
    for _, cause in causes.ordered():
        found[cause.code] += cause.records
    counts["stays"] = CountOf(found["TF-STAYS"], tickets)
    return counts | {f"{FINDING}{code}": CountOf(number, records) for code, number in found.items()}


def of_verify(verified: Verified) -> dict[str, CountOf]:
    """Count what the criteria of a read-back ask for; the witness only where it looked."""
    records = sum(verified.counts.values())
    counts = {"differing": CountOf(records - verified.counts["="], records)}
    seen = verified.witnessed
    if seen is not None and not seen.why_not:
        counts["witness"] = CountOf(len(seen.errors), seen.tickets)
    return counts


def of_audit(found: AuditResult) -> dict[str, CountOf]:
    """Count what the criteria of an audited sample ask for."""
    return {
        "sample_defects": CountOf(len(found.defects), found.looked_at),
        "sample_bound": CountOf(found.bound, found.population),
    }


_AFTERWARDS = frozenset({"differing", "witness", "sample_defects", "sample_bound"})


def judge(acceptance: Acceptance, counts: Mapping[str, CountOf], today: date) -> list[JudgedCriterion]:
    """Hold counts against the criteria, in the order of the file. A code that was not found counts as none."""
    return [_judge(acceptance, name, most, counts, today) for name, most in acceptance.criteria.items()]


def _judge(
    acceptance: Acceptance, name: str, most: Most, counts: Mapping[str, CountOf], today: date
) -> JudgedCriterion:
    words = CRITERIA.get(name, f"records with a finding {name.removeprefix(FINDING)}")
    where = acceptance.places.get(name, "")
    counted = counts.get(name)
    if counted is None:
        if name in _AFTERWARDS:
            return JudgedCriterion(name, words, None, most, AcceptanceState.OPEN, where)
        counted = CountOf(0, 0)
    if counted.number <= most.of(counted.whole):
        return JudgedCriterion(name, words, counted.number, most, AcceptanceState.MET, where)
    covering = [
        waiver
        for waiver in acceptance.waivers
        if waiver.criterion == name and counted.number <= waiver.most.of(counted.whole)
    ]
    valid = next((waiver for waiver in covering if waiver.until >= today), None)
    state = AcceptanceState.WAIVED if valid is not None else AcceptanceState.UNMET
    over = valid is None and bool(covering)
    return JudgedCriterion(
        name, words, counted.number, most, state, where, valid or (covering[-1] if covering else None), over
    )


def accepted(judged: Iterable[JudgedCriterion]) -> bool:
    """Tell whether nothing is unmet."""
    return not any(item.state is AcceptanceState.UNMET for item in judged)


def covers(verified: Verified, judged: Iterable[JudgedCriterion]) -> bool:
    """Tell whether the criteria say something of all that a read-back found."""
    named = {item.name for item in judged}
    found = {name for name, counted in of_verify(verified).items() if counted.number}
    return found <= named
