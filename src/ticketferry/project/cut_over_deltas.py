"""The last deltas of a phase: read, plan, apply, until two in a row have nothing to write, while no agent of the old desk changes anything."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ticketferry.acceptance.judge import AcceptanceState
from ticketferry.plan.file.changes import count_changes
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.project.accepting import judge_plan
from ticketferry.project.applying import apply
from ticketferry.project.cut_over import CutOver
from ticketferry.project.cut_over_steps import DELTAS, FREEZE, CutOverWaits
from ticketferry.project.extraction import extract
from ticketferry.project.frozen import stillness
from ticketferry.project.progress import Progress
from ticketferry.project.project import Project
from ticketferry.project.stages import make_plan
from ticketferry.schema.counting import counted
from ticketferry.sdk.pacing import pause

__all__ = ["EXPORT_SECONDS", "MOST_ROUNDS", "Deltas", "applied_of", "seen_until", "still_frozen"]

EXPORT_SECONDS = 120.0
"""How long what a desk's lists leave out because it is too new is waited for: twice Zendesk's minute [DOC incremental_exports: `end_time`
is never within the last minute]; desks that leave nothing out are not waited for.
"""
EMPTY = 2
"""So many deltas in a row have to be empty."""
MOST_ROUNDS = 12
"""Deltas of one call; a desk in which customers write all the time may need another call."""


def applied_of(project: Project, phase: str) -> list[str]:
    """Return the plans that brought the tickets of a phase."""
    rows = {row["id"]: row for row in project.plan_rows()}
    return [
        id_
        for id_ in project.applied_plans()
        if rows[id_]["kind"] == "apply" and rows[id_]["phase"] in ("", phase)
    ]


def seen_until(project: Project) -> tuple[datetime, str]:
    """Return up to when the newest reading of the old desk tells all, and why not up to its begin, in the desk's words ("": up to then)."""
    latest = project.snapshots("source").latest()
    assert latest is not None
    with project.open_source(offline=True) as source:
        lag = source.limits.lag
    return latest.began - timedelta(seconds=EXPORT_SECONDS if lag else 0), lag


def still_frozen(project: Project, cut_over: CutOver, command: str) -> CutOverWaits | None:
    """Return why the old desk is not frozen, by its newest reading; None where no agent changed a ticket of the phase since it was."""
    since = datetime.fromisoformat(cut_over.steps[FREEZE].at)
    found = stillness(project, cut_over.phase, int(cut_over.facts.get("before", 0)), since)
    if not found.agents:
        return None
    told = tuple(
        f"{one.number}  {one.who}: {one.what}, {one.at[:16].replace('T', ' ')}" for one in found.agents[:8]
    )
    tickets = len({one.number for one in found.agents})
    return CutOverWaits(
        FREEZE,
        f"agents changed {counted(tickets, 'ticket')} in the old desk since it was frozen at {since:%Y-%m-%d %H:%M} UTC",
        f"{command} --confirm freeze --by NAME (when they are out of it; the deltas begin again)",
        details=told,
    )


@dataclass
class Deltas:
    """`keep` is called with each round, so that a killed run knows what was done."""

    project: Project
    cut_over: CutOver
    keep: Callable[[CutOver], None]
    progress: Progress

    @property
    def _command(self) -> str:
        return f"ticketferry cutover {self.cut_over.phase}"

    def run(self) -> str | CutOverWaits:
        """Return what was done in words, or why it stops. Raises what apply raises: guards, approval, failed records."""
        for _ in range(MOST_ROUNDS):
            rounds = self._rounds()
            if len(rounds) >= EMPTY and not any(one["writes"] for one in rounds[-EMPTY:]):
                written = sum(one["writes"] for one in rounds)
                return f"{counted(len(rounds), 'delta')}, {counted(written, 'write')}; the last two were empty ({rounds[-1]['plan']})"
            self._wait(rounds)
            stopped = self._round(rounds)
            if stopped is not None:
                return stopped
        return CutOverWaits(
            DELTAS, f"after {MOST_ROUNDS} deltas there was still something to write", self._command
        )

    def _rounds(self) -> list[dict[str, Any]]:
        return list(self.cut_over.facts.get("rounds", ()))

    def _wait(self, rounds: list[dict[str, Any]]) -> None:
        """Wait until the old desk tells what happened before the last look, or before it was frozen."""
        with self.project.open_source(offline=True) as source:
            lag = source.limits.lag
        last = datetime.fromisoformat(rounds[-1]["at"] if rounds else self.cut_over.steps[FREEZE].at)
        left = EXPORT_SECONDS - (self.project.now() - last).total_seconds()
        if lag and left > 0:
            pause(self.project.clock, left, lag)

    def _round(self, rounds: list[dict[str, Any]]) -> CutOverWaits | None:
        at = self.project.now().isoformat()
        extract(self.project, ("source",), totals=False, progress=self.progress)
        moving = still_frozen(self.project, self.cut_over, self._command)
        if moving is not None:
            return moving
        with closing(make_plan(self.project, Scope(self.cut_over.phase), progress=self.progress)) as plan:
            refused = self._refused(plan)
            if refused is not None:
                return refused
            writes = plan.count()
            if writes:
                apply(self.project, plan, progress=self.progress)
            snapshot = int(plan.header["inputs"]["source_snapshot"])
            done = {"plan": plan.id, "writes": writes, "at": at}
        self.cut_over = replace(self.cut_over.knows(rounds=[*rounds, done]), source_snapshot=snapshot)
        self.keep(self.cut_over)
        return None

    def _refused(self, plan: PlanFile) -> CutOverWaits | None:
        """Return why a delta is not written; what apply itself refuses it refuses with a reason of its own."""
        if plan.blockers():
            return CutOverWaits(
                DELTAS,
                f"findings forbid an apply of {plan.id}",
                f"ticketferry plan show {plan.id} --findings",
            )
        judged = judge_plan(self.project, plan) or []
        unmet = [
            item for item in judged if item.state is AcceptanceState.UNMET and item.name not in _READ_BACK
        ]
        if unmet:
            told = tuple(
                f"{item.name}: {item.found} {item.words}, at most {item.most.text}" for item in unmet
            )
            return CutOverWaits(
                DELTAS,
                f"{plan.id} does not hold what acceptance.yaml asks for",
                f"ticketferry accept {plan.id}",
                details=told,
            )
        conflicts = count_changes(plan, "outcome = 'conflict'")
        if conflicts and not judged:
            return CutOverWaits(
                DELTAS,
                f"{counted(conflicts, 'record')} in conflict: both desks changed them, and the mapping does not say who wins",
                f"ticketferry plan show {plan.id} --findings",
            )
        return None


_READ_BACK = frozenset({"differing", "witness"})
"""Criteria that later steps judge."""
