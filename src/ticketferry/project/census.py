"""The state of every ticket of the source, each in exactly one: counted from journal, id map and verify, not from what plans touch."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ticketferry.errors import FerryError
from ticketferry.plan.file.changes import tickets_planned
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.writes import operations_of_roots
from ticketferry.plan.inputs import Scope
from ticketferry.project.importing import AWAITING
from ticketferry.project.project import Project
from ticketferry.project.quarantine import quarantined
from ticketferry.project.skipping import skipped_of
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
    "skipped": "skipped by a person after it failed",
    "deleted": "left out: deleted",
    "merged": "left out: merged",
    "spam": "left out: spam",
    "left_out": "left out by rule",
    "no_phase": "in no phase",
    "unplanned": "not planned yet",
}
"""State -> words, in the order of the screen; a ticket has one of them."""
AT_ONCE = 500
"""Tickets that are looked up at once."""
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
    """Put every ticket of the newest source snapshot into its state, some at a time: what is held in memory does not grow with them."""
    result = Census()
    if not (project.root / "source.db").exists():
        return result
    source = project.snapshots("source")
    info = source.latest()
    if info is None:
        return result
    prefix = f"{source.desk}:ticket:"
    with ExitStack() as stack:
        look = _Look(project, [*_opened(project, plans, stack)], info.number)
        result.verified, result.same = look.verified_at, look.same
        ids = source.ids(Kind.TICKET, info.number)
        while some := [f"{prefix}{id_}" for id_ in islice(ids, AT_ONCE)]:
            look.at(some)
            for ref in some:
                phase, state = look.state(ref)
                result.by_phase.setdefault(phase, Counter())[state] += 1
    return result


class _Look:
    """What is known of some tickets (`at`). `plans`: those that write, newest first."""

    def __init__(
        self, project: Project, plans: Sequence[tuple[Mapping[str, Any], PlanFile]], snapshot: int
    ) -> None:
        self._project, self._plans, self._snapshot = project, plans, snapshot
        self._begun = (project.root / "workspace.db").exists()
        self._skipped = {(one.plan, one.ref) for one in skipped_of(project)}
        self.held = {str(one.ref) for one in quarantined(project)}
        self.read = {row["id"]: int(plan.header["inputs"]["source_snapshot"]) for row, plan in plans}
        whole = [self.read[row["id"]] for row, plan in plans if Scope.of(plan.header).whole]
        self.whole = whole[0] if whole else None
        self._since: dict[int, set[str]] = {}
        verified = verifications(project) if self._begun else []
        self.verified_at = verified[0].ended if verified else ""
        self.same = bool(verified) and all(one.found.same for one in verified)
        self.told = [(one.ended, one.plans, _differing(one.found)) for one in verified]

    def at(self, refs: Sequence[str]) -> None:
        """Look up some tickets."""
        idmap = self._project.idmap if self._begun else None
        self.there = idmap.there(refs) if idmap is not None else set()
        self.applied = idmap.last_writes(refs) if idmap is not None else {}
        self.phases = idmap.phases(refs) if idmap is not None else {}
        self.planned: dict[str, _Planned] = {}
        self.journal: dict[str, str] = {}
        left = list(refs)
        for row, plan in self._plans:
            if row["state"] in ("applying", AWAITING):
                self._take_journal(row, plan, refs)
            if row["state"] == "undone" or not left:
                continue
            for root, outcome, name, stage in tickets_planned(plan, left):
                self.planned[root] = _Planned(row["id"], row["state"], outcome, name, stage)
            left = [ref for ref in left if ref not in self.planned]

    def _take_journal(self, row: Mapping[str, Any], plan: PlanFile, refs: Sequence[str]) -> None:
        """Note what the journal holds against tickets of a plan that is not finished."""
        operations = list(operations_of_roots(plan, refs))
        states = self._project.journal(row["id"], "").states_alone([seq for seq, _ in operations])
        by_root: dict[str, Counter[str]] = {}
        for seq, root in operations:
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

    def _changed_since(self, ref: str, number: int) -> bool:
        """Tell whether a ticket changed in the source after a snapshot."""
        if number >= self._snapshot:
            return False
        if number not in self._since:
            source = self._project.snapshots("source")
            self._since[number] = {
                f"{source.desk}:{kind}:{id_}"
                for kind, id_ in source.touched_roots(number, self._snapshot)
                if kind == Kind.TICKET.value
            }
        return ref in self._since[number]

    def state(self, ref: str) -> tuple[str, str]:
        """Return the phase of a ticket and its state."""
        planned = self.planned.get(ref)
        phase = self.phases.get(ref) or (planned.phase if planned is not None else "")
        if ref in self.held:
            return phase, "quarantined"
        if ref in self.journal:
            return phase, self.journal[ref]
        if planned is not None and (planned.plan, ref) in self._skipped:
            return phase, "skipped"
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
        number = self.read.get(self.applied[ref][1])
        if number is not None and self._changed_since(ref, number):
            return verdict if planned is not None and planned.outcome == "unchanged" else "changed"
        return verdict

    def _verdict(self, at: str, plan: str, ref: str) -> str:
        """Tell what the newest verify said that looked at a ticket after it was written."""
        for ended, plans, differing in self.told:
            if at <= ended and (not plans or plan in plans):
                return "differs" if ref in differing else "verified"
        return "applied"

    def _unwritten(self, ref: str, planned: _Planned | None) -> str:
        if planned is None:
            new = self.whole is None or self._changed_since(ref, self.whole)
            return "unplanned" if new else "no_phase"
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
    project: Project, plans: Sequence[Mapping[str, Any]], stack: ExitStack
) -> Iterator[tuple[Mapping[str, Any], PlanFile]]:
    """Open the plans that write, newest first, until `stack` closes them; one whose file is lost is left out."""
    for row in reversed(plans):
        if row["kind"] != "apply":
            continue
        try:
            yield row, stack.enter_context(closing(project.plan(row["id"])))
        except FerryError:
            continue
