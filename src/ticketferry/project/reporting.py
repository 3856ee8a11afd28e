"""A plan's audit report: what the workspace knows of the plan, gathered and written as one HTML file."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ticketferry.apply.applier import ApplyResult
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Inputs
from ticketferry.project.people_rows import reviewed
from ticketferry.project.project import Project
from ticketferry.project.quarantine import quarantined
from ticketferry.project.verification import last_verified
from ticketferry.quality.profile import profile
from ticketferry.report.data import InQuarantine
from ticketferry.report.html import gather, write_report

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
    found = profile(project.snapshots("source"), snapshot, progress) if with_profile else None
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
        profile=found,
        against=against,
        golden=_golden(project),
    )
    data.quarantine = [InQuarantine(**asdict(one)) for one in quarantined(project)]
    data.accounts = lambda: (asdict(row) for row in reviewed(planning))
    return write_report(path, data)


def applied_figures(project: Project, plan: PlanFile) -> ApplyResult:
    """Read the figures of all runs of a plan out of the journal."""
    database = project.workspace.database
    states = project.journal(plan.id, "").counts()
    again = database.one(
        "SELECT coalesce(sum(attempts - 1), 0) FROM op WHERE plan = ? AND attempts > 1", (plan.id,)
    )
    adopted = database.one(
        "SELECT count(*) FROM slot WHERE plan = ? AND how = 'adopted' AND slot = 'id'", (plan.id,)
    )
    codes = database.rows("SELECT code, count(*) FROM problem WHERE plan = ? GROUP BY code", (plan.id,))
    problems = {str(code): int(count) for code, count in codes}
    total = int(plan.one("SELECT count(*) FROM operation") or 0)
    failed = sum(states.get(name, 0) for name in _FAILED)
    roots = plan.one("SELECT count(*) FROM change WHERE outcome IN ('create', 'update', 'gone')")
    return ApplyResult(
        performed=states.get("done", 0),
        repeated=int(again[0]) if again else 0,
        compensated=problems.get("TF-COMPENSATED", 0),
        failed=failed,
        left=max(0, total - states.get("done", 0) - failed),
        adopted=int(adopted[0]) if adopted else 0,
        roots=int(roots or 0),
        problems=problems,
    )


def _golden(project: Project) -> list[str]:
    """Return the tickets that the mapping wants in every sample, where it names some."""
    rules = project.mapping().rules
    named = getattr(rules, "golden", None) or []
    return [f"{project.config.source.key}:ticket:{number}" for number in named]
