"""The state of each phase: found out from plans, journal and verify, and above them what a person has said of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from ticketferry.errors import FerryError, UsageError, WaitingError
from ticketferry.project.approving import covering as approval_of
from ticketferry.project.census import Census
from ticketferry.project.counted import Counts, count
from ticketferry.project.cut_over import CutOver, begin_owning, cut_overs, end_cut_over
from ticketferry.project.environment_workspace import refuse_untyped
from ticketferry.project.importing import AWAITING
from ticketferry.project.phase_names import refuse_phase_of
from ticketferry.project.phase_plans import BEGUN, Covering, PhasePlan, covering, live_plans, plans_by_phase
from ticketferry.project.problems import failed_roots
from ticketferry.project.project import Project
from ticketferry.project.run_events import tell_phases
from ticketferry.project.verification import Verification, verifications
from ticketferry.store.phase_log import CUT_OVER, DONE, ROLLED_BACK, PhaseEntry

__all__ = ["DECIDED", "STATES", "PhaseState", "note_states", "phase_states", "record_transition"]

STATES = (
    "drafted", "planned", "approved", "applying", "awaiting_import", "applied", "verified", CUT_OVER, DONE, ROLLED_BACK,
    "degraded",
)  # fmt: skip
"""In the order in which a phase goes through them; `rolled-back` and `degraded` can come at any time after `applying`."""
DECIDED = (CUT_OVER, DONE, ROLLED_BACK)
"""States that a person says; `rolled-back` also comes about by itself, where a rollback has taken back all plans of a phase."""
_FROM = {
    CUT_OVER: {"verified": False, "applied": True, "degraded": True},
    DONE: {CUT_OVER: False, "degraded": True},
    ROLLED_BACK: {CUT_OVER: False, DONE: True, "degraded": False},
}
"""State that a person says -> the states from which it may be said, and whether it then needs a reason."""
_NOTHING_THERE = ("drafted", "planned", "approved", ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class PhaseState:
    """One phase: its tickets by the newest plan of all of it (None: none was made), and how far it is.

    `plan`: the plan that the state is about, "" for none; `since`: when it came into the state, "" where nobody noted it; `by`: who said so,
    "" where it came about; `applied`, `verified`: its tickets that are wholly in the target, and those of which verify said the same since;
    `problems`: its records that failed; `missing`: its tickets or parts that verify did not find there; `cut_over`: when, "" where it was not.
    """

    name: str
    tickets: int | None
    state: str
    plan: str
    applied: int
    problems: int
    verified: int = 0
    differs: int = 0
    missing: int = 0
    since: str = ""
    by: str = ""
    because: str = ""
    cut_over: str = ""


def phase_states(
    project: Project, *, counts: Counts | None = None, covered: Covering | None = None
) -> list[PhaseState]:
    """Return the state of every phase: those of the mapping in its order, then others that plans or the id map know. Talks to no desk.

    `counts`, `covered`: where the caller has read them already. Works while another command writes.
    """
    begun = (project.root / "workspace.db").exists()
    plans = project.plan_rows() if begun else []
    try:
        names = [phase.name for phase in project.mapping().rules.phases]
    except FerryError:
        names = []
    look = _Look(project, plans, counts or count(project, plans), covered or covering(project, plans))
    return [look.state(name) for name in [*names, *sorted(look.known - set(names))]]


def record_transition(
    project: Project, phase: str, state: str, *, by: str, because: str = "", plan: str = ""
) -> PhaseState:
    """Keep that a person brought a phase into a state: `cut-over` (from then on the target owns its tickets), `done`, or `rolled-back` (the
    cut-over was called off: people work in the source again, which owns them).

    Raises UsageError without a name, for an unknown phase or a state that nobody says, and where a reason is wanted and none is given (a
    cut-over of what is not verified, for one); WaitingError where the phase cannot come into it from where it is.
    """
    if not by.strip():
        raise UsageError(f"who brings {phase} into {state} says their name", remedy="Say who: --by NAME.")
    if state not in DECIDED:
        raise UsageError(
            f"nobody says that a phase is {state!r}: it is found out"
            if state in STATES
            else f"there is no state {state!r} of a phase",
            remedy=f"A person says {', '.join(DECIDED)}.",
        )
    refuse_untyped(project.config, typed=project.typed, command=f"phase {phase} {state}")
    now = {one.name: one for one in phase_states(project)}
    refuse_phase_of(phase, now)
    here = now[phase]
    allowed = _FROM[state]
    if (
        here.state not in allowed
        or (state != CUT_OVER and not here.cut_over)
        or (state == CUT_OVER and here.cut_over)
    ):
        raise WaitingError(
            f"{phase} is {here.state}, and cannot become {state} from there",
            where=phase,
            remedy=f"It can from {', '.join(allowed)}"
            + (", once it was cut over" if state != CUT_OVER else "")
            + ": see `ticketferry status`.",
        )
    if allowed[here.state] and not because.strip():
        raise UsageError(
            f"{phase} is {here.state}: to make it {state} all the same takes a reason",
            remedy='Say why: --because "…".',
        )
    entry = project.phase_log.add(
        phase, state, by=by.strip(), because=because.strip(), plan=plan or here.plan
    )
    if state == CUT_OVER:
        begin_owning(project, phase, entry.at)
    elif state == ROLLED_BACK:
        end_cut_over(project, phase, entry.at)
    tell_phases(project, [entry])
    return next(one for one in phase_states(project) if one.name == phase)


def note_states(project: Project) -> None:
    """Note in the workspace which phases have come into another state since it was noted last."""
    if project.readonly or not (project.root / "workspace.db").exists():
        return
    noted = {entry.phase: entry for entry in project.phase_log.rows()}
    for one in phase_states(project):
        last = noted.get(one.name)
        if one.state in DECIDED:
            continue  # said by a person, or noted by the rollback that ended
        if (last.state, last.plan) != (one.state, one.plan) if last is not None else one.state != "drafted":
            project.phase_log.add(one.name, one.state, by=one.by, plan=one.plan)
    if project.config.hooks:
        tell_phases(project, project.phase_log.rows())


class _Look:
    """All that the states are found out from, read once."""

    def __init__(
        self, project: Project, plans: Sequence[Mapping[str, Any]], counts: Counts, covered: Covering
    ) -> None:
        self._project, self._plans = project, plans
        self._census: Census = counts.census
        self._there = counts.applied
        self._covered = covered.by_phase
        self._about = plans_by_phase(project, plans)
        begun = bool(plans)
        self._log = project.phase_log.rows() if begun else []
        self._cut_overs = cut_overs(project)
        self._verified: list[Verification] = verifications(project) if begun else []
        self._runs = project.runs.rows() if begun else []
        failed: dict[str, str] = {}
        for id_ in live_plans(plans):
            failed |= dict(failed_roots(project, id_).values())
        self._problems = Counter(failed.values())
        self._missing = self._gone()
        self.known = {*self._covered, *self._there, *self._about, *(entry.phase for entry in self._log)} - {
            ""
        }

    def _gone(self) -> Counter[str]:
        """Count, by phase, tickets that verify did not find, or of which it missed a part."""
        refs = {
            line.ref
            for one in self._verified
            for line in one.found.lines
            if line.sign in "+!" or any(field.partition("[")[0] in _PARTS for field in line.fields)
        }
        if not refs:
            return Counter()
        return Counter(self._project.idmap.phases(sorted(refs)).values())

    def state(self, name: str) -> PhaseState:
        """Put together what is known of a phase."""
        plan, tickets = self._covered.get(name, ("", None))
        counts = self._census.by_phase.get(name, Counter())
        found = PhaseState(
            name,
            tickets,
            "drafted",
            plan,
            self._census.written(name),
            self._problems.get(name, 0),
            counts["verified"],
            counts["differs"],
            self._missing[name],
        )
        return self._decided(self._found_out(found))

    def _found_out(self, phase: PhaseState) -> PhaseState:
        """Find out how far a phase is, but for what a person said of it."""
        about = self._about.get(phase.name, [])
        mine = {one.id for one in about}
        undoing = [
            str(row["id"])
            for row in self._plans
            if row["undoes"] in mine and row["state"] in ("applying", AWAITING)
        ]
        if undoing:
            return replace(phase, state="applying", plan=undoing[-1], since=self._began(undoing[-1]))
        begun = [one for one in about if one.state in BEGUN]
        if begun:
            return self._begun(phase, begun)
        return self._not_begun(phase, about)

    def _begun(self, phase: PhaseState, begun: Sequence[PhasePlan]) -> PhaseState:
        newest = begun[-1]
        here = replace(phase, plan=newest.id)
        open_ = next((one for one in reversed(begun) if one.state != "applied"), None)
        if open_ is not None:
            state = open_.state if open_.state == AWAITING or not self._only_failed(open_.id) else "degraded"
            return replace(here, state=state, plan=open_.id, since=self._began(open_.id))
        counts = self._census.by_phase.get(phase.name, Counter())
        if newest.narrowed and counts["planned"] + counts["unplanned"]:
            return replace(here, state="applying", since=self._began(newest.id))
        ended = self._project.runs.last_writing(newest.id)
        verified = self._verified_since(begun)
        if phase.differs or (verified and phase.missing):
            return replace(here, state="degraded", since=verified or ended)
        if not verified or counts["partly"]:
            return replace(here, state="applied", since=ended)
        return replace(here, state="verified", since=verified)

    def _not_begun(self, phase: PhaseState, about: Sequence[PhasePlan]) -> PhaseState:
        """A phase of which nothing stands in the target: planned, or taken back."""
        planned = next((one for one in reversed(about) if one.state == "planned"), None)
        undone = next((one for one in reversed(about) if one.state == "undone"), None)
        if planned is not None and (undone is None or about.index(planned) > about.index(undone)):
            approval = self._approved(planned.id)
            if approval is not None:
                return replace(phase, state="approved", plan=planned.id, since=approval[0], by=approval[1])
            return replace(phase, state="planned", plan=planned.id, since=str(planned.row["made"]))
        if undone is not None:
            rollback = [str(row["id"]) for row in self._plans if row["undoes"] == undone.id]
            ended = self._project.runs.last_of("apply", rollback[-1]) if rollback else ""
            return replace(phase, state=ROLLED_BACK, plan=undone.id, since=ended)
        return replace(phase, plan="")

    def _decided(self, found: PhaseState) -> PhaseState:
        """Put what a person said of a phase above what is found out, as long as it holds."""
        mine = [entry for entry in self._log if entry.phase == found.name and entry.state in DECIDED]
        kept = self._cut_overs.get(found.name)
        if kept is not None:
            mine = sorted([*mine, *_entries_of(kept, mine)], key=lambda entry: entry.at)
        if not mine:
            return found
        last = mine[-1]
        if last.state == ROLLED_BACK:
            return self._called_off(found, last)
        since = next((entry.at for entry in reversed(mine) if entry.state == CUT_OVER), last.at)
        here = replace(found, cut_over=since)
        if found.state in _NOTHING_THERE:
            return here
        if found.problems or (found.missing and found.state != "verified"):
            return replace(here, state="degraded", by="", because="")
        return replace(here, state=last.state, since=last.at, by=last.by, because=last.because)

    def _called_off(self, found: PhaseState, entry: PhaseEntry) -> PhaseState:
        """A cut-over that a person called off is told until something of the phase is planned or written after it."""
        later = found.since > entry.at or not entry.by
        return (
            found
            if later
            else replace(found, state=ROLLED_BACK, since=entry.at, by=entry.by, because=entry.because)
        )

    def _only_failed(self, plan: str) -> bool:
        """Tell whether all of a plan was tried and some of it failed: it goes on only when somebody has mended the cause."""
        counts = Counter(self._project.journal(plan, "").counts())
        if not sum(counts[state] for state in _FAILED):
            return False
        with closing(self._project.plan(plan)) as opened:
            return sum(counts[state] for state in (*_FAILED, "skipped", "done")) >= opened.count()

    def _began(self, plan: str) -> str:
        return next(
            (began for _, command, about, began, *_ in self._runs if command == "apply" and about == plan), ""
        )

    def _verified_since(self, begun: Sequence[PhasePlan]) -> str:
        """Return when every plan was verified after its last apply; "" where one was not."""
        oldest = ""
        for one in begun:
            ended = self._project.runs.last_writing(one.id)
            told = next(
                (
                    found.ended
                    for found in self._verified
                    if found.ended >= ended and (not found.plans or one.id in found.plans)
                ),
                "",
            )
            if not told:
                return ""
            oldest = max(oldest, told)
        return oldest

    def _approved(self, id_: str) -> tuple[str, str] | None:
        """Return when and by whom a plan was approved, itself or by the envelope of another; None where it was not."""
        try:
            with closing(self._project.plan(id_)) as plan:
                covered = approval_of(self._project, plan)
        except FerryError:
            return None
        if not covered.holds or covered.approval is None:
            return None
        return covered.approval.at, covered.approval.by


def _entries_of(kept: CutOver, noted: Sequence[PhaseEntry]) -> Iterator[PhaseEntry]:
    """Yield what the cut-over of a phase, as its steps were taken, says beside the list of states."""
    last = max(kept.steps.values(), key=lambda step: step.at, default=None)
    by = last.by if last is not None else ""
    for at, state in ((kept.ended, CUT_OVER), (kept.fallen_back, ROLLED_BACK)):
        if at and not any(entry.state == state and entry.at == at for entry in noted):
            yield PhaseEntry(kept.phase, state, at, by, "", "")


_FAILED = ("rejected", "blocked", "stopped", "conflict")
_PARTS = ("comments", "attachments", "worklogs")
