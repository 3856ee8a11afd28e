"""What a report tells, gathered from a migration's folder; talks to no desk."""

from collections.abc import Sequence

from ticketferry import __version__
from ticketferry.apply.applier import ApplyResult
from ticketferry.apply.preflight import GuardState
from ticketferry.errors import FerryError
from ticketferry.people.match import describe
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.near_people import near_pairs_file
from ticketferry.project.project import Project
from ticketferry.quality.profile import Profile
from ticketferry.report.data import DeskCount, DeskSurvey, NearReport, ReportData, RequestCounts, collect
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.features import Limits
from ticketferry.store.near_pairs import NearPairs
from ticketferry.verify.verifier import Verified

__all__ = ["gather"]

_NEAR = 10
"""Near matches of each band that a report shows."""


def gather(
    project: Project,
    plan: PlanFile,
    *,
    applied: ApplyResult | None = None,
    verified: Verified | None = None,
    rollback: PlanFile | None = None,
    guards: Sequence[GuardState] | None = None,
    ledger: RequestCounts | None = None,
    counts: Sequence[DeskCount] = (),
    profile: Profile | None = None,
    against: PlanFile | None = None,
    latency: float | None = None,
    golden: Sequence[str] = (),
) -> ReportData:
    """Gather from a project's folder; talks to no desk. What later stages found is handed in and becomes sections."""
    row = next((item for item in project.plan_rows() if item["id"] == plan.id), {})
    planning = project.planning_of(plan)
    connector = project.config.target.connector
    data = collect(
        plan,
        planning=planning,
        connector=connector,
        limits=_limits(planning),
        units=project.budgets_told(),
        latency=latency,
        workers=project.config.workers,
        share=project.config.share,
        golden=golden,
        against=against,
        made=str(row.get("made", "")),
        state=str(row.get("state", "")),
        version=__version__,
        applied=applied,
        verified=verified,
        rollback=rollback,
        guards=guards,
        ledger=ledger,
        counts=counts,
        profile=profile,
    )
    data.survey = DeskSurvey.read(planning.source)
    data.snapshots = {
        role: (info.number, info.began.isoformat(), info.digest)
        for role, info in (
            ("source", planning.source.info(planning.inputs.source_snapshot)),
            ("target", planning.target.info(planning.inputs.target_snapshot)),
        )
    }
    data.near = _near(project, planning)
    here = project.config.environment
    data.environment = here.name if here is not None else ""
    return data


def _near(project: Project, planning: PlanContext) -> NearReport | None:
    """Return the first near matches of each band, where `people --write` compared them."""
    path = near_pairs_file(project.root)
    if not path.exists():
        return None

    def told(ref: str) -> str:
        row = planning.source.row(Kind.PERSON, parse_ref(ref).id, planning.inputs.source_snapshot)
        return describe(row.records[0]) if row is not None and row.records else ref

    pairs = NearPairs(path)
    try:
        shown = [pair for band in ("automatic", "review") for pair in pairs.first(band, _NEAR)]
        return NearReport(pairs.counts(), [(told(pair.one), told(pair.other), pair) for pair in shown])
    finally:
        pairs.close()


def _limits(planning: PlanContext) -> Limits | None:
    """Return the target's figures; None where it tells them only when it is asked."""
    try:
        limits = getattr(planning.compiler, "limits", None)
    except FerryError:
        return None
    return limits if isinstance(limits, Limits) else None
