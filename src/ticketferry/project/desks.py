"""Both desks looked at before anything is read: check, counts, room on the disk."""

import shutil
from dataclasses import dataclass, field

from ticketferry.errors import FerryError
from ticketferry.extract import snapshot as extracting
from ticketferry.extract.forecast import Taken, forecast
from ticketferry.extract.snapshot import ExtractEstimate
from ticketferry.plan.workforce import START
from ticketferry.project import stages
from ticketferry.project.identity import known_desk
from ticketferry.project.measuring import READS, MeasuredAnswers, measure
from ticketferry.project.project import Project
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.features import Feature, Limits
from ticketferry.sdk.forecast import Meter
from ticketferry.sdk.identity import DeskIdentity

__all__ = ["DeskCheck", "DeskEstimate", "check_desks", "estimate_desk"]


@dataclass(slots=True)
class DeskCheck:
    """One desk as `check` found it. `error`: nothing could be read; the findings are empty then."""

    role: str
    connector: str
    title: str
    key: str
    where: str
    findings: list[Finding] = field(default_factory=list)
    limits: Limits | None = None
    requests: int = 0
    writes: int = 0
    error: FerryError | None = None
    guards: frozenset[str] = frozenset()
    """Codes of the guards: what does not hold stops a plan that needs it (`preflight`), and neither reading nor other plans."""
    answers: MeasuredAnswers | None = None
    """How long its answers take; None where they were not measured, or nothing goes over a line."""
    measured: bool = False
    identity: DeskIdentity | None = None
    """Which desk it is by its own word; None where it is not known, or another one answers."""

    def is_open(self, finding: Finding) -> bool:
        """Tell whether a finding is of a guard that does not hold."""
        return finding.code in self.guards and finding.severity is Severity.BLOCKER

    @property
    def open_guards(self) -> int:
        """Count guards that do not hold."""
        return sum(self.is_open(item) for item in self.findings)

    @property
    def blockers(self) -> int:
        """Count what must be mended before anything goes on."""
        count = sum(item.severity is Severity.BLOCKER for item in self.findings)
        return count - self.open_guards + (self.error is not None)


@dataclass(frozen=True, slots=True)
class DeskEstimate:
    """What an extract of a desk will take, by the desk's own counts, at the share of its limits that may be used."""

    role: str
    streams: tuple[ExtractEstimate, ...]
    share: float
    free: int
    """Bytes left on the disk of the workspace."""
    first: bool
    """Whether the desk was never extracted; later on only what changed is read."""
    taken: Taken | None = None
    """What a whole extract takes, from a sample; None: the desk was only asked for its counts."""

    @property
    def records(self) -> int:
        """Add up what the desk counted."""
        if self.taken is not None:
            return self.taken.records
        return sum(item.records or 0 for item in self.streams)

    @property
    def requests(self) -> int:
        """Add up requests."""
        if self.taken is not None:
            return self.taken.requests
        return sum(item.requests or 0 for item in self.streams)

    @property
    def seconds(self) -> float:
        """Add up the time at the allowed share."""
        if self.taken is not None:
            return self.taken.seconds
        return sum(item.seconds or 0.0 for item in self.streams) / self.share

    @property
    def disk(self) -> int:
        """Add up bytes of the workspace; attachments come on top where the desk was only asked for its counts."""
        if self.taken is not None:
            return self.taken.disk
        return sum(item.disk or 0 for item in self.streams)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the streams that the desk cannot count."""
        if self.taken is not None:
            return ()
        return tuple(item.stream for item in self.streams if item.records is None)


def check_desks(
    project: Project, roles: tuple[str, ...] = ("source", "target"), *, measured: bool = False
) -> list[DeskCheck]:
    """Check each desk for itself: what is wrong with one does not hide the other. `measured`: see how long its answers take too."""
    return [_check(project, role, measured=measured) for role in roles]


def _check(project: Project, role: str, *, measured: bool) -> DeskCheck:
    desk = project.desk(role)
    guards = frozenset(guard.code for guard in desk.connector.guards)
    result = DeskCheck(role, desk.connector.name, desk.connector.title, desk.key, desk.where, guards=guards)
    try:
        checked = stages.check(project, (role,))
        result.findings = checked.findings[role]
        result.requests, result.writes = checked.requests, checked.writes
        result.identity = known_desk(project, role)
        opener = project.open_source if role == "source" else project.open_target
        with opener(offline=True) as opened:
            result.limits = opened.limits
        if measured:
            result.measured, result.answers = True, measure(project, role)
            result.requests += READS + 1 if result.answers is not None else 0
    except FerryError as error:
        result.error = error
    return result


def estimate_desk(
    project: Project, role: str, *, sample: bool = False, files: bool = True, totals: bool = True
) -> DeskEstimate:
    """Say what an extract of a desk takes. Writes nothing.

    By its counts alone this costs one request a stream or so. `sample`: a source that can (`Feature.FORECAST`) is asked for its set-up
    and a sample, at most some hundred requests: then it is what a whole extract takes, with everything that it asks; `files` and
    `totals` as the extract is given them.
    """
    desk = project.desk(role)
    opener = project.open_source if role == "source" else project.open_target
    meter = Meter()
    taken: Taken | None = None
    streams: tuple[ExtractEstimate, ...] = ()
    with opener(meter) as opened:
        if sample and role == "source" and Feature.FORECAST in desk.connector.features:
            taken = forecast(
                opened,
                meter,
                project.clock,
                files=files,
                totals=totals and Feature.TOTALS in desk.connector.features,
                inventory=Feature.INVENTORY in desk.connector.features,
                workers=project.config.workers or START,
            )
        else:
            streams = tuple(extracting.estimate(opened))
    path = project.root / f"{role}.db"
    first = not path.exists() or project.snapshots(role).latest() is None
    free = shutil.disk_usage(project.root).free
    return DeskEstimate(role, streams, project.config.share, free, first, taken)
