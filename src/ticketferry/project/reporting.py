"""A plan's audit report: what the workspace knows of the plan, gathered and written as one HTML file."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ticketferry.apply.applier import ApplyResult
from ticketferry.plan.file.changes import count_changes, has
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Inputs
from ticketferry.project.accepting import judge_plan
from ticketferry.project.elsewhere import runs_elsewhere
from ticketferry.project.golden import golden_tickets
from ticketferry.project.kpi import compare_figures, desk_figures
from ticketferry.project.people_rows import reviewed
from ticketferry.project.project import Project
from ticketferry.project.quarantine import quarantined
from ticketferry.project.rehearsal_report import rehearsed_report
from ticketferry.project.report_data import gather
from ticketferry.project.skipping import skipped_of
from ticketferry.project.verification import last_verified
from ticketferry.quality.moved import MovedView
from ticketferry.quality.profile import profile
from ticketferry.report.data import InQuarantine
from ticketferry.report.html import write_report

__all__ = ["applied_figures", "report_plan"]

_FAILED = ("rejected", "blocked", "conflict", "stopped")


def report_plan(
    project: Project,
    plan: PlanFile,
    path: Path,
    *,
    against: PlanFile | None = None,
    with_profile: bool = True,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> int:
    """Write the report of a plan and return its size in bytes. Talks to no desk."""
    rows = project.plan_rows()
    state = next((str(row["state"]) for row in rows if row["id"] == plan.id), "")
    back = [row["id"] for row in rows if row["undoes"] == plan.id]
    snapshot = int(plan.header["inputs"]["source_snapshot"])
    planning = project.planning(inputs=Inputs.of(plan.header))
    view = MovedView(planning.engine, planning.source_catalog, whole=True)
    profiled = profile(project.snapshots("source"), snapshot, progress, view) if with_profile else None
    data = gather(
        project,
        plan,
        applied=applied_figures(project, plan)
        if state in ("applying", "awaiting_import", "applied", "undone")
        else None,
        verified=last_verified(project, plan.id)
        if state in ("applying", "awaiting_import", "applied")
        else None,
        rollback=project.plan(back[-1]) if back else None,
        profile=profiled,
        against=against,
        golden=_golden(project, plan),
    )
    if with_profile:
        data.figures = desk_figures(project, snapshot=snapshot, progress=progress)
        data.parity = compare_figures(project, planning=planning, progress=progress)
    data.quarantine = [InQuarantine(**asdict(one)) for one in quarantined(project)]
    data.acceptance = judge_plan(project, plan, data.overview, data.verified) or ()
    data.rehearsal = rehearsed_report(project, plan)
    data.skipped = skipped_of(project, plan.id)
    data.elsewhere = runs_elsewhere(project, plan)
    data.accounts = lambda: (asdict(row) for row in reviewed(planning))
    return write_report(path, data)


def applied_figures(project: Project, plan: PlanFile) -> ApplyResult:
    """Read the figures of all runs of a plan out of the journal."""
    journal = project.journal(plan.id, "")
    states, problems = journal.counts(), journal.problem_counts()
    failed = sum(states.get(name, 0) for name in _FAILED)
    return ApplyResult(
        performed=states.get("done", 0),
        repeated=journal.repeated(),
        compensated=problems.get("TF-COMPENSATED", 0),
        failed=failed,
        left=max(0, plan.count() - states.get("done", 0) - states.get("skipped", 0) - failed),
        adopted=project.idmap.count_adopted(plan.id),
        roots=count_changes(plan, "outcome IN ('create', 'update', 'gone')"),
        problems=problems,
    )


def _golden(project: Project, plan: PlanFile) -> list[str]:
    """Return the tickets that the mapping wants in every sample, as far as the plan is about them."""
    return [ref for ref in golden_tickets(project, project.mapping())[0] if has(plan, ref)]
