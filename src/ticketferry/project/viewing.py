"""A saved plan opened for looking: its overview with the target's words, one record, what it was made from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ticketferry.errors import ConfigError
from ticketferry.plan.estimate import ApplyEstimate, estimate
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.planner import Planner
from ticketferry.plan.show import Overview, overview
from ticketferry.project.measuring import latency_of
from ticketferry.project.project import Project
from ticketferry.sdk.sighting import Sighted

__all__ = ["PlanView", "latest_plan", "open_plan", "planner_of", "view_plan"]

_ID = re.compile(r"p-\d+\Z")


@dataclass(frozen=True, slots=True)
class PlanView:
    """What one screen shows."""

    overview: Overview
    estimate: ApplyEstimate | None
    state: str


def latest_plan(project: Project) -> str:
    """Return the newest plan's name. Raises ConfigError where there is none."""
    rows = project.plan_rows()
    if not rows:
        raise ConfigError("no plan was made yet", remedy="Make one: `ticketferry plan`.")
    return str(rows[-1]["id"])


def open_plan(project: Project, id_: str | None) -> PlanFile:
    """Open a plan by its name, the newest where None. Raises ConfigError naming the plans there are."""
    name = id_ or latest_plan(project)
    known = [row["id"] for row in project.plan_rows()]
    if name not in known:
        listed = ", ".join(known[-8:]) or "none yet"
        exists = project.plan_path(name).exists() if _ID.match(name) else False
        raise ConfigError(
            f"{name} was not made in this folder" if exists else f"there is no plan {name}",
            where=str(project.root),
            remedy=f"Plans here: {listed}. Make a new one: `ticketferry plan`."
            if exists
            else f"Plans here: {listed}. `ticketferry plan list` says what they are.",
        )
    return project.plan(name)


def view_plan(
    project: Project, plan: PlanFile, *, workers: int | None = None, played: bool = False
) -> PlanView:
    """Read a plan's overview, with what the target's connector says of its writes. Opens no socket. `played`: the time of its batches in
    their order too, for which the plan is gone through.
    """
    row = next((item for item in project.plan_rows() if item["id"] == plan.id), None)
    connector = project.config.target.connector
    known = latency_of(project)
    with project.open_target(offline=True) as target:
        view = overview(plan, target.endpoints, connector.guards)
        took = estimate(
            plan,
            target.limits,
            latency=known.seconds if known is not None else None,
            latency_words=known.words if known is not None else "",
            workers=workers or project.config.workers,
            share=project.config.share,
            endpoints=target.endpoints,
            told=project.budgets_told(),
            set_up_reads=project.reads_told("set-up"),
            guard_reads=project.reads_told("guards"),
            sighted=target.sighted if isinstance(target, Sighted) else (),
            played=played,
            imports_per_hour=max((way.per_hour for way in connector.ways), default=0),
        )
    return PlanView(view, took if view.operations else None, str(row["state"]) if row else "")


@contextmanager
def planner_of(project: Project, plan: PlanFile) -> Iterator[Planner]:
    """Open what a plan was made from: snapshots and id map as of then, the mapping as it is now."""
    yield Planner(project.planning_of(plan), plan.id)
