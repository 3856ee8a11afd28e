"""What both desks define otherwise than in the plan that was approved last, or made last where nobody approves."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ticketferry.errors import FerryError
from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.drift import Drift, drift, named_tickets
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup
from ticketferry.plan.inputs import Inputs
from ticketferry.project.approving import approvals
from ticketferry.project.definitions_file import DeskDefinitions, definitions_of
from ticketferry.project.project import Project
from ticketferry.schema.catalog import Catalog

__all__ = ["DeskDrift", "desk_drift"]


@dataclass(frozen=True, slots=True)
class DeskDrift:
    """`plan`: with what it is compared; `source`: everything that changed there; `target`: what the mapping names and the desk calls otherwise, or has no more."""

    plan: str = ""
    approved: bool = False
    source: tuple[Drift, ...] = ()
    target: tuple[Drift, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.source or self.target)


def desk_drift(project: Project) -> DeskDrift:
    """Compare the set-ups of the newest snapshots with those of the plan that was agreed on last. Tickets are counted only where something changed."""
    plan, approved = _agreed(project)
    if not plan:
        return DeskDrift()
    try:
        opened = project.plan(plan)
    except FerryError:
        return DeskDrift()
    inputs = Inputs.of(opened.header)
    opened.close()
    try:
        source = _both(project, "source", inputs.source_snapshot)
        target = _both(project, "target", inputs.target_snapshot)
    except FerryError:
        return DeskDrift()  # a snapshot of then is gone: nothing to compare with
    if not (source and drift(*source)) and not (target and drift(*target)):
        return DeskDrift()
    definitions = definitions_of(project)
    here = drift(*source, definitions.use) if source else []
    return DeskDrift(plan, approved, tuple(here), tuple(_named(project, definitions, target)))


def _agreed(project: Project) -> tuple[str, bool]:
    """Return the plan of the newest approval that holds, else the newest plan that writes."""
    held = [row for row in approvals(project) if not row.revoked]
    if held:
        return held[-1].plan, True
    return next(
        (str(row["id"]) for row in reversed(project.plan_rows()) if row["kind"] == "apply"), ""
    ), False


def _both(project: Project, role: str, number: int) -> tuple[Catalog, Catalog] | None:
    """Return what a desk defined then and what it defines now; None where that is the same."""
    snapshots = project.snapshots(role)
    latest = snapshots.latest()
    then = snapshots.info(number)
    if latest is None or not then.catalog or then.catalog == latest.catalog:
        return None
    return snapshots.catalog(then.catalog), snapshots.catalog(latest.catalog)


def _named(
    project: Project, definitions: DeskDefinitions, target: tuple[Catalog, Catalog] | None
) -> list[Drift]:
    """Return what the mapping names and the target lacks by that name since: what is new there concerns no rule."""
    if target is None:
        return []
    try:
        mapping = project.mapping()
    except FerryError:
        return []
    affected = None
    if definitions.use is not None:
        now = datetime(2000, 1, 1, tzinfo=UTC)
        setup = Setup(mapping, definitions.source, definitions.target, definitions.features, NoLookups(), now)
        affected = AffectedTickets(setup, definitions.use)
    rows = []
    for row in drift(*target):
        named, tickets = named_tickets(mapping, row.before, affected) if row.before else (False, None)
        if named:
            rows.append(row._replace(tickets=tickets))
    return rows
