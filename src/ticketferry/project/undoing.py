"""Plans that take another one back, and that delete what came more than once."""

from collections.abc import Callable
from functools import partial

from ticketferry.apply.context import ApplyContext
from ticketferry.errors import UsageError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import EVERYTHING
from ticketferry.project.copies import keep_copies, look_for_copies
from ticketferry.project.extraction import extract_target
from ticketferry.project.interrupted import settle_interrupted
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.ranges import HERE, Executor
from ticketferry.registry import open_target
from ticketferry.rollback.dependents import Elsewhere, MadeByPlan
from ticketferry.rollback.duplicates import build_copies
from ticketferry.rollback.looking import Looking
from ticketferry.rollback.planner import Apart, build_rollback
from ticketferry.schema.catalog import Catalog
from ticketferry.store.lock import hold

__all__ = [
    "plan_copies",
    "plan_rollback",
]


def plan_rollback(
    project: Project, id_: str, *, executor: Executor = HERE, progress: Progress = quiet
) -> PlanFile:
    """Make the plan that takes `id_` back. The target is read, never written: by this process; the `executor` looks at what it gave."""
    with hold(project.root, f"rollback {id_}"), project.run("rollback", id_) as (run, log):
        plan = project.plan(id_)
        if plan.header["kind"] != "apply":
            raise UsageError(
                f"{id_} is itself a rollback and cannot be taken back",
                remedy="Make a new plan: `ticketferry plan`.",
            )
        project.hold_readdressed(log)
        settle_interrupted(project, run, log)
        extract_target(project, log, progress)
        planned = project.planning_of(plan)
        now = project.planning()
        planned.read_catalog = now.read_catalog
        load = project.loader(executor)
        new = project.next_plan_id()
        with project.open_target(log) as target:
            undo = build_rollback(
                project.plan_path(new),
                ApplyContext(
                    plan,
                    target,
                    project.config.target.connector,
                    planned,
                    project.workspace,
                    project.journal(plan.id, run),
                    project.clock,
                ),
                header={
                    "phase": plan.header.get("phase", ""),
                    **EVERYTHING.header(),
                    "source": plan.header["source"],
                    "target": plan.header["target"],
                },
                now=now,
                executor=executor,
                apart=Apart(
                    partial(_open_looking, load, plan.id, now.read_catalog),
                    partial(_open_elsewhere, load, plan.id),
                ),
                progress=progress,
            )
        plan.close()
        project.register(undo)
        return undo


def _open_looking(
    load: Callable[[], Project], id_: str, catalog: Catalog, made: MadeByPlan, begun: frozenset[int]
) -> Looking:
    """Open what looking at a plan's roots reads. `catalog`: the target's as the first process read it."""
    project = load()
    plan = project.plan(id_)
    planned = project.planning_of(plan)
    planned.read_catalog = catalog
    desk = project.config.target
    context = ApplyContext(
        plan,
        open_target(desk.connector, desk.options(offline=True), project.session("target")),
        desk.connector,
        planned,
        project.workspace,
        project.journal(plan.id, ""),
        project.clock,
    )
    return Looking(context, made, begun)


def _open_elsewhere(load: Callable[[], Project], id_: str, made: MadeByPlan) -> Elsewhere:
    return Elsewhere(id_, made, load().planning())


def plan_copies(project: Project, id_: str) -> PlanFile:
    """Make the plan that deletes what was imported more than once of `id_`. The target is read, never written."""
    with hold(project.root, f"rollback {id_}"), project.run("rollback", id_) as (run, log):
        plan = project.plan(id_)
        project.hold_readdressed(log)
        with project.open_target(log) as target:
            keep_copies(project, look_for_copies(project, target), run)
            made = build_copies(
                project.plan_path(project.next_plan_id()),
                plan,
                target,
                project.idmap,
                header={
                    "phase": plan.header.get("phase", ""),
                    **EVERYTHING.header(),
                    "source": plan.header["source"],
                    "target": plan.header["target"],
                    "copies": plan.id,
                },
                inputs=project.planning().inputs,
            )
        plan.close()
        project.register(made)
        return made
