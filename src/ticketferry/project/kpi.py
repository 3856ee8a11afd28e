"""Key figures of a migration's desks: before, as the mapping makes them, as the new desk holds them."""

from collections.abc import Mapping

from ticketferry.desired.cases import assemble
from ticketferry.errors import WorkspaceError
from ticketferry.kpi.compute import cases, compute, histories, terms_of
from ticketferry.kpi.desks import ComparedFigures, DeskFigures
from ticketferry.kpi.histories import History, Terms, history_of
from ticketferry.kpi.measures import DEFINITIONS
from ticketferry.kpi.parity import (
    Parity,
    compare,
    kept_case,
    merged_statuses,
    seen_terms,
    told_stages,
)
from ticketferry.plan.context import PlanContext
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.snapshots import SnapshotInfo, Snapshots

__all__ = ["compare_figures", "desk_figures"]


def desk_figures(
    project: Project,
    definition: str | None = None,
    *,
    snapshot: int | None = None,
    progress: Progress = quiet,
) -> DeskFigures:
    """Work out the figures of a snapshot of the source, the newest where none is named. Talks to no desk."""
    snapshots, info = _snapshot(project, "source", snapshot)
    config = project.config.kpi
    named = DEFINITIONS[definition or config.definition]
    as_of = int(info.began.timestamp())
    lives = histories(snapshots, info.number, terms_of(snapshots, info.number), progress)
    return DeskFigures(snapshots.desk, info.number, as_of, named, compute(lives, named, as_of, config.hours))


def compare_figures(
    project: Project,
    definition: str | None = None,
    *,
    planning: PlanContext | None = None,
    progress: Progress = quiet,
) -> ComparedFigures:
    """Compare the figures of each ticket with those that its statuses in the target allow and, where the target was read after
    an apply, with those that it holds. `planning`: as a plan was made, else of today. Talks to no desk.
    """
    snapshots, info = _snapshot(project, "source", planning.inputs.source_snapshot if planning else None)
    named = DEFINITIONS[definition or project.config.kpi.definition]
    as_of = int(info.began.timestamp())
    planning = planning or project.planning()
    terms = terms_of(snapshots, info.number)
    statuses = [str(row["name"]) for row in planning.source_catalog.get("statuses", ())]
    status_of = {status: planning.engine.status_of(status) for status in statuses}
    target_stages = {
        str(row["name"]).casefold(): str(row["stage"]) for row in planning.target_catalog.get("statuses", ())
    }
    decided = {status: target for status, target in status_of.items() if target is not None}
    merged = merged_statuses(decided, terms.stages, target_stages)
    seen = seen_terms(terms, merged)
    applied = any(
        row["kind"] == "apply" and row["state"] not in ("planned", "undone") for row in project.plan_rows()
    )
    mapped = Parity()
    read = Parity() if applied and project.snapshots("target").latest() is not None else None
    stages = told_stages(decided, terms.stages, merged)
    target = _Target(project, terms, stages) if read is not None else None
    for case in cases(snapshots, info.number, progress):
        before = history_of(case, terms)
        stage = (
            seen.stage(case.get("status")) if case.get("stage") == terms.stage(case.get("status")) else None
        )
        mapping_gives = history_of(case if stage is None else {**case, "stage": stage}, seen)
        if before is None or mapping_gives is None:
            continue
        mapped.add(*compare(before, mapping_gives, named, as_of, merged))
        if read is None or target is None:
            continue
        becomes = planning.engine.status_of(str(case.get("status", "")))
        after = target.history(before.ref, {becomes.casefold(): before.stage} if becomes else {})
        if after is None:
            read.missing += 1
        else:
            read.add(*compare(before, after, named, as_of))
    undecided = sorted(status for status, target_status in status_of.items() if target_status is None)
    return ComparedFigures(named, merged, undecided, mapped, read)


class _Target:
    """Histories of the target's records by the source's ref, worked out of what they hold and what is kept beside them."""

    def __init__(self, project: Project, terms: Terms, stages: Mapping[str, str]) -> None:
        self._snapshots, self._info = _snapshot(project, "target")
        self._idmap = project.idmap
        self._told = stages
        own = terms_of(self._snapshots, self._info.number)
        # History is kept in the source's words; authors are either desk's refs, which differ by their desk.
        self._terms = Terms(terms.stages, {**own.roles, **terms.roles}, terms.groups)

    def history(self, ref: str, stages: Mapping[str, str]) -> History | None:
        """Return the history of a source ticket as the target tells it; None where it is not there, or not ours.

        `told`: the stage for which the status stands that the ticket becomes: its history beside is in the source's words.
        """
        id_ = self._idmap.get(ref)
        if id_ is None:
            return None
        root = Ref(self._snapshots.desk, Kind.TICKET, id_)
        record = assemble(root, self._snapshots.root(root, self._info.number))
        return (
            None if record is None else history_of(kept_case(record, {**self._told, **stages}), self._terms)
        )


def _snapshot(project: Project, role: str, number: int | None = None) -> tuple[Snapshots, SnapshotInfo]:
    snapshots = project.snapshots(role)
    info = snapshots.info(number) if number is not None else snapshots.latest()
    if info is None:
        raise WorkspaceError(
            f"the extract of the {role} desk was interrupted",
            remedy="Run `ticketferry extract` again; it goes on.",
        )
    return snapshots, info
