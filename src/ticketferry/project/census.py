"""The state of every ticket of the source, each in exactly one: counted from journal, id map and verify, not from what plans touch."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ticketferry.errors import FerryError
from ticketferry.plan.file.changes import tickets_planned
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.writes import operations_by_root
from ticketferry.plan.inputs import Scope
from ticketferry.project.importing import AWAITING
from ticketferry.project.project import Project
from ticketferry.project.quarantine import quarantined
from ticketferry.project.verification import verifications
from ticketferry.schema.refs import Kind
from ticketferry.verify.verifier import Verified

__all__ = ["STATES", "Census", "census"]

STATES = {
    "verified": "applied, verified the same",
    "differs": "applied, verify found a difference",
    "applied": "applied, not verified since",
    "changed": "applied, changed in the old desk since",
    "partly": "partly written",
    "failed": "failed",
    "conflict": "in conflict",
    "importing": "waiting for an import",
    "planned": "planned",
    "rejected": "rejected by the plan",
    "quarantined": "in quarantine",
    "deleted": "left out: deleted",
    "merged": "left out: merged",
    "spam": "left out: spam",
    "left_out": "left out by rule",
    "no_phase": "in no phase",
    "unplanned": "not planned yet",
}
"""State -> words, in the order of the screen; a ticket has one of them."""
WRITTEN = ("verified", "differs", "applied", "changed")
"""States of tickets that are wholly in the new desk."""
_FAILED = ("rejected", "blocked", "stopped")
_OPEN = ("intent", "job", "unknown")


@dataclass(slots=True)
class Census:
    """How many tickets are in which state, by phase (empty: in none). The sum over all is the number of tickets."""

    by_phase: dict[str, Counter[str]] = field(default_factory=dict)
    verified: str = ""
    """When the last verify ended; empty: never."""
    same: bool = False
    """Whether the last verify of everything and those of single plans after it found nothing."""

    def __getitem__(self, state: str) -> int:
        """Return how many tickets are in a state."""
        return sum(counts[state] for counts in self.by_phase.values())

    def written(self, phase: str) -> int:
        """Return how many tickets of a phase are wholly in the new desk: the states that begin with "applied"."""
        return sum(self.by_phase.get(phase, Counter())[state] for state in WRITTEN)

    @property
    def tickets(self) -> int:
        """Return how many tickets there are."""
        return sum(sum(counts.values()) for counts in self.by_phase.values())

    @property
    def settled(self) -> bool:
        """Tell whether nothing is left to do: all that takes part is there, and the last verify found nothing."""
        open_ = (
            "differs", "applied", "changed", "partly", "failed", "conflict", "importing", "planned", "rejected",
            "quarantined", "no_phase", "unplanned",
        )  # fmt: skip
        return not any(self[state] for state in open_) and (self.same or not self["verified"])


@dataclass(slots=True)
class _Planned:
    """What the newest plan that is about a ticket says of it."""

    plan: str
    state: str
    outcome: str
    phase: str
    stage: str


def census(project: Project, plans: Sequence[Mapping[str, Any]]) -> Census:
    """Put every ticket of the newest source snapshot into its state."""
    result = Census()
    if not (project.root / "source.db").exists():
        return result
    source = project.snapshots("source")
    info = source.latest()
    if info is None:
        return result
    prefix = f"{source.desk}:ticket:"
    look = _Look(project, plans, prefix, info.number)
    result.verified, result.same = look.verified_at, look.same
    for id_ in source.ids(Kind.TICKET, info.number):
        phase, state = look.state(f"{prefix}{id_}")
        result.by_phase.setdefault(phase, Counter())[state] += 1
    return result


class _Look:
    def __init__(
        self, project: Project, plans: Sequence[Mapping[str, Any]], prefix: str, snapshot: int
    ) -> None:
        begun = (project.root / "workspace.db").exists()
        self.there = project.idmap.refs(prefix) if begun else set()
        self.applied = project.idmap.last_writes(prefix) if begun else {}
        self.phases = project.idmap.phases(prefix) if begun else {}
        self.held = {str(one.ref) for one in quarantined(project)}
        self.planned: dict[str, _Planned] = {}
        self.whole: int | None = None
        self.journal: dict[str, str] = {}
        self.read: dict[str, int] = {}
        for row, plan in _opened(project, plans):
            self._take_plan(project, row, plan)
        self.changed = self._changed(project, snapshot)
        self.new = set[str]()
        after = self._whole_plan()
        if after is not None and after < snapshot:
            roots = project.snapshots("source").changed_roots(Kind.TICKET, after, snapshot)
            self.new = {str(ref) for ref in roots}
        verified = verifications(project) if begun else []
        self.verified_at = verified[0].ended if verified else ""
        self.same = bool(verified) and all(one.found.same for one in verified)
        self.told = [(one.ended, one.plans, _differing(one.found)) for one in verified]

    def _whole_plan(self) -> int | None:
        """Return the source snapshot of the newest plan of everything."""
        return self.whole

    def _take_plan(self, project: Project, row: Mapping[str, Any], plan: PlanFile) -> None:
        self.read[row["id"]] = int(plan.header["inputs"]["source_snapshot"])
        if row["state"] in ("applying", AWAITING):
            self._take_journal(project, row, plan)
        if self.whole is None and Scope.of(plan.header).whole:
            self.whole = self.read[row["id"]]
        if row["state"] == "undone":
            return
        for root, outcome, name, facts in tickets_planned(plan):
            if root not in self.planned:
                stage = str(facts.get("stage", ""))
                self.planned[root] = _Planned(row["id"], row["state"], outcome, name, stage)

    def _take_journal(self, project: Project, row: Mapping[str, Any], plan: PlanFile) -> None:
        """Note what the journal holds against the tickets of a plan that is not finished."""
        states = project.journal(row["id"], "").all_states()
        by_root: dict[str, Counter[str]] = {}
        for seq, root in operations_by_root(plan):
            by_root.setdefault(root, Counter())[states.get(seq, "")] += 1
        for root, counts in by_root.items():
            if any(counts[state] for state in _FAILED):
                verdict = "failed"
            elif counts["conflict"]:
                verdict = "conflict"
            elif row["state"] == AWAITING and (counts["job"] or counts["intent"]):
                verdict = "importing"
            elif any(counts[state] for state in _OPEN) or (counts["done"] and counts[""]):
                verdict = "partly"
            else:
                continue
            self.journal.setdefault(root, verdict)

    def _changed(self, project: Project, snapshot: int) -> set[str]:
        """Return the tickets that changed in the source after the snapshot that their last write was planned from."""
        source = project.snapshots("source")
        since: dict[int, set[str]] = {}
        for number in {self.read[plan] for _, plan in self.applied.values() if plan in self.read}:
            if number < snapshot:
                since[number] = {str(ref) for ref in source.changed_roots(Kind.TICKET, number, snapshot)}
        return {
            ref
            for ref, (_, plan) in self.applied.items()
            if plan in self.read and ref in since.get(self.read[plan], ())
        }

    def state(self, ref: str) -> tuple[str, str]:
        """Return the phase of a ticket and its state."""
        planned = self.planned.get(ref)
        phase = self.phases.get(ref) or (planned.phase if planned is not None else "")
        if ref in self.held:
            return phase, "quarantined"
        if ref in self.journal:
            return phase, self.journal[ref]
        if ref in self.there:
            return phase, self._written(ref, planned)
        return phase, self._unwritten(ref, planned)

    def _written(self, ref: str, planned: _Planned | None) -> str:
        if planned is not None and planned.state == "planned" and planned.outcome == "conflict":
            return "conflict"
        if ref not in self.applied:
            return "partly"
        verdict = self._verdict(*self.applied[ref], ref)
        if verdict == "differs":
            return verdict
        if ref in self.changed and not (planned is not None and planned.outcome == "unchanged"):
            return "changed"
        return verdict

    def _verdict(self, at: str, plan: str, ref: str) -> str:
        """Tell what the newest verify said that looked at a ticket after it was written."""
        for ended, plans, differing in self.told:
            if at <= ended and (not plans or plan in plans):
                return "differs" if ref in differing else "verified"
        return "applied"

    def _unwritten(self, ref: str, planned: _Planned | None) -> str:
        if planned is None:
            return "unplanned" if self.whole is None or ref in self.new else "no_phase"
        if planned.outcome == "skip":
            stage = planned.stage
            return stage if stage in ("deleted", "merged", "spam") else "left_out"
        if planned.outcome == "reject":
            return "rejected"
        return "planned" if planned.state in ("planned", "applying", AWAITING) else "unplanned"


def _differing(verified: Verified) -> set[str]:
    """Return the records of which the comparison or the witness told something."""
    seen = verified.witnessed.errors if verified.witnessed is not None else ()
    return {line.ref for line in verified.lines} | {difference.ref for difference in seen}


def _opened(
    project: Project, plans: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], PlanFile]]:
    """Open the plans that write, newest first; one whose file is lost is left out."""
    for row in reversed(plans):
        if row["kind"] != "apply":
            continue
        try:
            plan = project.plan(row["id"])
        except FerryError:
            continue
        try:
            yield row, plan
        finally:
            plan.close()
