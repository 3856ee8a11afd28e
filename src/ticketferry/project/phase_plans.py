"""Which plans are about which phase, and what of a phase they have begun."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ticketferry.errors import FerryError
from ticketferry.plan.file.changes import tickets_by_phase
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.project.cut_over import end_cut_over
from ticketferry.project.importing import AWAITING
from ticketferry.project.project import Project
from ticketferry.store.phase_log import ROLLED_BACK

__all__ = ["BEGUN", "Covering", "PhasePlan", "covering", "live_plans", "note_rolled_back", "plans_by_phase"]

BEGUN = ("applying", AWAITING, "applied")
"""States of a plan that has written something which stands in the target."""


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """A plan that has tickets of a phase. `narrowed`: it takes some of them only; `row`: as the list of plans has it."""

    row: Mapping[str, Any]
    narrowed: bool

    @property
    def id(self) -> str:
        """Return its name."""
        return str(self.row["id"])

    @property
    def state(self) -> str:
        """Return how far it is."""
        return str(self.row["state"])


@dataclass(slots=True)
class Covering:
    """What the newest plans of whole phases say: phase -> (plan, its tickets), tickets left out by a rule, tickets in no phase."""

    by_phase: dict[str, tuple[str, int]]
    left_out: int = 0
    unphased: int = 0


def plans_by_phase(project: Project, plans: Sequence[Mapping[str, Any]]) -> dict[str, list[PhasePlan]]:
    """Return for each phase the plans that are about it and were not superseded, oldest first. One whose file is lost counts by its row."""
    found: dict[str, list[PhasePlan]] = {}
    for row in plans:
        if row["kind"] != "apply" or row["state"] == "superseded":
            continue
        try:
            with closing(project.plan(row["id"])) as plan:
                scope, names = Scope.of(plan.header), [name for name, _ in tickets_by_phase(plan) if name]
                names = [scope.phase] if scope.phase is not None and not scope.people else names
                one = PhasePlan(row, scope.narrowed)
        except FerryError:
            names, one = [row["phase"]] if row["phase"] else [], PhasePlan(row, narrowed=False)
        for name in names:
            found.setdefault(name, []).append(one)
    return found


def covering(project: Project, plans: Sequence[Mapping[str, Any]]) -> Covering:
    """Read what the newest plan of each whole phase says, and that of everything."""
    found = Covering({})
    for row in reversed(plans):
        if row["kind"] != "apply":
            continue
        try:
            plan = project.plan(row["id"])
        except FerryError:
            continue
        with closing(plan):
            if _take(found, row["id"], plan):
                break
    return found


def _take(found: Covering, id_: str, plan: PlanFile) -> bool:
    """Note what a plan says, and tell whether it is about everything: older ones say nothing new."""
    scope = Scope.of(plan.header)
    if scope.narrowed:
        return False
    for name, tickets in tickets_by_phase(plan):
        if name:
            found.by_phase.setdefault(name, (id_, tickets))
        elif scope.phase is None:
            found.left_out = tickets
    if scope.phase is None:
        found.unphased = int(plan.header.get("figures", {}).get("tickets in no phase", 0))
    return scope.phase is None


def live_plans(plans: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return plans whose problems still count: begun, and no later plan of the same phase was applied."""
    live = []
    for number, row in enumerate(plans):
        later = [item for item in plans[number + 1 :] if item["phase"] in ("", row["phase"])]
        if row["state"] in ("applying", AWAITING) and not any(item["state"] == "applied" for item in later):
            live.append(str(row["id"]))
    return live


def note_rolled_back(project: Project, undo: PlanFile) -> None:
    """Note, once a rollback has ended, the phases of which no plan stands in the target any more: with them ends their cut-over."""
    plans = project.plan_rows()
    undone = str(undo.header["undoes"])
    for name, about in plans_by_phase(project, plans).items():
        if any(one.id == undone for one in about) and not any(one.state in BEGUN for one in about):
            end_cut_over(project, name, project.phase_log.add(name, ROLLED_BACK, plan=undone).at)
