"""All that a report is made of, gathered once; parts that a stage has not given yet stay None and are left out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ticketferry.acceptance.judge import JudgedCriterion
from ticketferry.apply.applier import ApplyResult
from ticketferry.apply.preflight import GuardState
from ticketferry.extract.completeness import Completeness
from ticketferry.kpi.desks import ComparedFigures, DeskFigures
from ticketferry.plan.context import PlanContext
from ticketferry.plan.estimate import ApplyEstimate, estimate
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planner
from ticketferry.plan.show import Comparison, Overview, compare, overview
from ticketferry.quality.profile import Profile
from ticketferry.report.samples import Sample, choose, sample
from ticketferry.schema.refs import ROOTS
from ticketferry.sdk.contract import Connector
from ticketferry.sdk.features import Limits
from ticketferry.sdk.survey import NotMoved
from ticketferry.store.near_pairs import KeptPair
from ticketferry.store.skip_list import SkippedRecord
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.surveys import Cell, Surveys
from ticketferry.verify.verifier import Verified

MOST_THINGS = 1_000
__all__ = [
    "DeskCount",
    "DeskSurvey",
    "InQuarantine",
    "NearReport",
    "ReportData",
    "RequestCounts",
    "RunElsewhere",
    "collect",
]


@dataclass(frozen=True, slots=True)
class DeskCount:
    """A control total: what the desk itself counts (None: it cannot say) and what the snapshot holds."""

    name: str
    desk: int | None
    snapshot: int


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests that were sent for what the report shows."""

    reads: int
    writes: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class InQuarantine:
    """A record of which nothing is planned. `where`: `source`, `target` or a plan; `stage`: what failed there; `waived`: why it is left out."""

    ref: str
    where: str
    stage: str
    part: str
    cause: str
    remedy: str
    first: str = ""
    tries: int = 1
    waived: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class RehearsedReport:
    """The last rehearsal as a report shows it. `steps`: phase, step, time, estimate, requests, writes, failed, mails; `failures`: stage, code,
    how often, what, where to mend it; `mails`: what people would have been told, how often.
    """

    facts: Sequence[tuple[str, str]]
    steps: Sequence[tuple[str, ...]]
    failures: Sequence[tuple[str, ...]]
    mails: Sequence[tuple[str, str]]
    assumed: Sequence[str]


@dataclass(frozen=True, slots=True)
class NearReport:
    """Near matches of people: how many pairs each band has, and the first of each, with who the older and the younger record is."""

    counts: Mapping[str, int]
    pairs: Sequence[tuple[str, str, KeptPair]]


@dataclass(frozen=True, slots=True)
class DeskSurvey:
    """What the old desk told about itself when it was read last. `things`: the first of what is not moved."""

    completeness: Completeness | None = None
    cells: Sequence[Cell] = ()
    kinds: Sequence[Mapping[str, Any]] = ()
    things: Sequence[NotMoved] = ()

    @classmethod
    def read(cls, snapshots: Snapshots) -> "DeskSurvey":
        """Read it out of a workspace."""
        surveys = Surveys(snapshots)
        return cls(
            Completeness.read(snapshots),
            surveys.cells(),
            surveys.inventory_counts(),
            list(islice(surveys.inventory(), MOST_THINGS)),
        )


@dataclass(frozen=True, slots=True)
class RunElsewhere:
    """A plan of the same phase by the same mapping that was written in another environment. `causes`: (count, code, message, place) of what
    failed; `counts`: records by sign as the newest verify of it told; `witness`: differences that the witness saw, None where it did not look;
    `watched`: looks, records, changes and fallen guards after the canary, None where nobody watched.
    """

    environment: str
    plan: str
    state: str
    applied: str
    operations: int
    done: int
    causes: Sequence[tuple[int, str, str, str]] = ()
    verified: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    witness: int | None = None
    watched: Mapping[str, int] | None = None

    @property
    def failed(self) -> int:
        """Return how many writes failed for a cause of their own."""
        return sum(count for count, *_ in self.causes)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Return what happened there, as (what, words)."""
        told = [("written", f"{self.done:,} of {self.operations:,} writes, {self.state}")]
        told.append(("failed", f"{self.failed:,}" if self.failed else "nothing"))
        signs = " ".join(f"{sign} {self.counts.get(sign, 0):,}" for sign in "=+-*!")
        told.append(("verify", signs if self.verified else "never looked"))
        if self.witness is not None:
            told.append(("witness", f"{self.witness:,} differences"))
        if self.watched is not None:
            looks = f"{self.watched['looks']:,} looks at {self.watched['records']:,} records"
            changed = f"{self.watched['changes']:,} changed by others"
            fallen = f"{self.watched['fallen']:,} guards against notifications fell"
            told.append(("watched", f"{looks}: {changed}, {fallen}"))
        else:
            told.append(
                ("watched", "nobody watched it: apply --canary N --watch 10m there tells who is notified")
            )
        return told


@dataclass(slots=True)
class ReportData:
    """What `write_report` lays out. The plan stays open until the report is written: long tables are streamed from it."""

    plan: PlanFile
    overview: Overview
    made: str = ""
    """When the plan was made, ISO 8601."""
    state: str = ""
    version: str = ""
    snapshots: Mapping[str, tuple[int, str, str]] = field(default_factory=dict)
    """Role -> (number, when it was begun, digest)."""
    stale: tuple[str, ...] = ()
    """Inputs that changed since the plan was made; samples are then left out."""
    leaves: int | None = None
    """Leaves counted at extraction, where the plan is about all of them."""
    samples: Sequence[Sample] = ()
    estimate: ApplyEstimate | None = None
    rehearsal: RehearsedReport | None = None
    guards: Sequence[GuardState] | None = None
    counts: Sequence[DeskCount] = ()
    profile: Profile | None = None
    figures: DeskFigures | None = None
    """Key figures of the old desk."""
    parity: ComparedFigures | None = None
    """Which of them survive."""
    comparison: Comparison | None = None
    applied: ApplyResult | None = None
    verified: Verified | None = None
    rollback: PlanFile | None = None
    ledger: RequestCounts | None = None
    survey: DeskSurvey | None = None
    quarantine: Sequence[InQuarantine] = ()
    """What is in quarantine now."""
    acceptance: Sequence[JudgedCriterion] = ()
    """The criteria of acceptance.yaml, in the order of the file."""
    accounts: Callable[[], Iterable[Mapping[str, Any]]] | None = None
    """Every person and organization of the source beside the account that stands for it, read when the report is written."""
    skipped: Sequence[SkippedRecord] = ()
    """What failed and a person gave up."""
    elsewhere: Sequence[RunElsewhere] = ()
    """What became of the same mapping in other environments."""
    near: NearReport | None = None
    """People who may be one although no key says so, as they were compared last."""
    environment: str = ""
    """The one that every printed command names; empty where the migration has none."""


def collect(
    plan: PlanFile,
    *,
    planning: PlanContext | None = None,
    connector: Connector | None = None,
    limits: Limits | None = None,
    latency: float | None = None,
    workers: int = 8,
    share: float = 1.0,
    golden: Sequence[str] = (),
    against: PlanFile | None = None,
    units: Mapping[str, float] | None = None,
    **later: Any,
) -> ReportData:
    """Gather from a plan file and, where given, what it was planned with (samples, endpoints). `later`: fields of ReportData."""
    endpoints = planning.endpoints if planning is not None else {}
    guards = connector.guards if connector is not None else ()
    data = ReportData(plan, overview(plan, endpoints.values(), guards), **later)
    if limits is not None:
        per_hour = max((way.per_hour for way in connector.ways), default=0) if connector is not None else 0
        data.estimate = estimate(
            plan,
            limits,
            latency=latency,
            workers=workers,
            share=share,
            endpoints=list(endpoints.values()),
            imports_per_hour=per_hour,
            told=units,
        )
    if against is not None:
        data.comparison = compare(against, plan)
    if planning is not None:
        planned = Inputs.of(plan.header).names()
        now = planning.inputs.names()
        data.stale = tuple(name for name, value in planned.items() if now[name] != value)
        data.leaves = _leaves(plan, planning)
        if not data.stale and plan.header.get("kind") != "rollback":
            planner = Planner(planning, plan.id)
            data.samples = [
                sample(plan, planner, root, members, number)
                for number, (root, members) in enumerate(choose(plan, golden), 1)
            ]
    return data


def _leaves(plan: PlanFile, planning: PlanContext) -> int | None:
    """Return the independent count, where nothing of the snapshot lies outside of the plan."""
    scope = plan.header.get("scope", [None, [], None])
    figures = plan.header.get("figures", {})
    outside = ("tickets in no phase", "tickets in other phases", "rows without a root")
    if scope != [None, [], None] or any(figures.get(name) for name in outside):
        return None
    return planning.source.leaves(ROOTS, planning.inputs.source_snapshot)
