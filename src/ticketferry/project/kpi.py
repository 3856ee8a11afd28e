"""Key figures of a migration's desks: before, as the mapping makes them, as the new desk holds them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TypeVar

from ticketferry.desired.cases import assemble
from ticketferry.errors import WorkspaceError
from ticketferry.kpi.compute import Bounds, cases, compute, histories, terms_of, ticket_ranges
from ticketferry.kpi.desks import ComparedFigures, DeskFigures
from ticketferry.kpi.histories import History, Terms, history_of
from ticketferry.kpi.measures import DEFINITIONS, KpiDefinition
from ticketferry.kpi.parity import (
    ChangedFigure,
    Merged,
    Parity,
    compare,
    kept_case,
    merged_statuses,
    seen_terms,
    told_stages,
)
from ticketferry.plan.context import PlanContext
from ticketferry.plan.inputs import Inputs
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.ranges import HERE, Executor, RangeWork
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.snapshots import SnapshotInfo, Snapshots

__all__ = ["compare_figures", "desk_figures"]

Opened = TypeVar("Opened")
Found = TypeVar("Found")


def desk_figures(
    project: Project,
    definition: str | None = None,
    *,
    snapshot: int | None = None,
    executor: Executor = HERE,
    progress: Progress = quiet,
) -> DeskFigures:
    """Work out the figures of a snapshot of the source, the newest where none is named. Talks to no desk.

    The `executor` reads the histories, range by range; the figures come of them in one order.
    """
    snapshots, info = _snapshot(project, "source", snapshot)
    config = project.config.kpi
    named = DEFINITIONS[definition or config.definition]
    as_of = int(info.began.timestamp())
    work = RangeWork(partial(_open_lives, project.loader(executor), info.number), _lives_of)
    ranges = _run(executor, work, snapshots, info.number, lambda: _lives(snapshots, info.number), progress)
    lives = chain.from_iterable(ranges)
    return DeskFigures(snapshots.desk, info.number, as_of, named, compute(lives, named, as_of, config.hours))


def compare_figures(
    project: Project,
    definition: str | None = None,
    *,
    planning: PlanContext | None = None,
    executor: Executor = HERE,
    progress: Progress = quiet,
) -> ComparedFigures:
    """Compare the figures of each ticket with those that its statuses in the target allow and, where the target was read after
    an apply, with those that it holds. `planning`: as a plan was made, else of today. Talks to no desk.
    """
    both = _both(project, definition, planning)
    inputs = both.planning.inputs
    work = RangeWork(partial(_open_both, project.loader(executor), definition, inputs), _compared_of)
    mapped, read = Parity(), Parity() if both.target is not None else None
    ranges = _run(executor, work, both.snapshots, both.snapshot, lambda: both, progress)
    for as_mapped, as_read in chain.from_iterable(ranges):
        mapped.add(*as_mapped)
        if read is None:
            continue
        if as_read is None:
            read.missing += 1
        else:
            read.add(*as_read)
    undecided = sorted(status for status, becomes in both.status_of.items() if becomes is None)
    return ComparedFigures(both.named, both.merged, undecided, mapped, read)


def _run(
    executor: Executor,
    work: RangeWork[Opened, Bounds, list[Found]],
    snapshots: Snapshots,
    snapshot: int,
    here: Callable[[], Opened],
    progress: Progress,
) -> Iterator[list[Found]]:
    """Let the executor go through all tickets; yield what comes of each range."""
    count = snapshots.count(Kind.TICKET, snapshot)
    ranges = ticket_ranges(snapshots, snapshot)
    for done, found in enumerate(executor.run(work, ranges, here, count), 1):
        yield found
        progress("tickets", count * done // len(ranges), count)


# ---- the source alone


@dataclass(frozen=True, slots=True)
class _Lives:
    """What reading histories needs, opened in one process."""

    snapshots: Snapshots
    snapshot: int
    terms: Terms


def _lives(snapshots: Snapshots, snapshot: int) -> _Lives:
    return _Lives(snapshots, snapshot, terms_of(snapshots, snapshot))


def _open_lives(load: Callable[[], Project], snapshot: int) -> _Lives:
    return _lives(load().snapshots("source"), snapshot)


def _lives_of(lives: _Lives, bounds: Bounds) -> list[History]:
    return list(histories(lives.snapshots, lives.snapshot, lives.terms, bounds))


# ---- both desks


@dataclass(frozen=True, slots=True)
class _Both:
    """What comparing a ticket's figures before and after needs, opened in one process. `status_of`: status -> what the mapping makes of it."""

    snapshots: Snapshots
    snapshot: int
    planning: PlanContext
    named: KpiDefinition
    as_of: int
    terms: Terms
    seen: Terms
    merged: list[Merged]
    status_of: Mapping[str, str | None]
    target: "_Target | None"


def _both(project: Project, definition: str | None, planning: PlanContext | None) -> _Both:
    snapshots, info = _snapshot(project, "source", planning.inputs.source_snapshot if planning else None)
    planning = planning or project.planning()
    terms = terms_of(snapshots, info.number)
    statuses = [str(row["name"]) for row in planning.source_catalog.get("statuses", ())]
    status_of = {status: planning.engine.status_of(status) for status in statuses}
    target_stages = {
        str(row["name"]).casefold(): str(row["stage"]) for row in planning.target_catalog.get("statuses", ())
    }
    decided = {status: target for status, target in status_of.items() if target is not None}
    merged = merged_statuses(decided, terms.stages, target_stages)
    applied = any(
        row["kind"] == "apply" and row["state"] not in ("planned", "undone") for row in project.plan_rows()
    )
    read = applied and project.snapshots("target").latest() is not None
    return _Both(
        snapshots,
        info.number,
        planning,
        DEFINITIONS[definition or project.config.kpi.definition],
        int(info.began.timestamp()),
        terms,
        seen_terms(terms, merged),
        merged,
        status_of,
        _Target(project, terms, told_stages(decided, terms.stages, merged)) if read else None,
    )


def _open_both(load: Callable[[], Project], definition: str | None, inputs: Inputs) -> _Both:
    project = load()
    return _both(project, definition, project.planning(inputs=inputs))


_Differing = tuple[list[ChangedFigure], int]


def _compared_of(both: _Both, bounds: Bounds) -> list[tuple[_Differing, _Differing | None]]:
    """Return for each ticket how its figures differ as mapped and as read; None where the target has it not, or was not read."""
    found: list[tuple[_Differing, _Differing | None]] = []
    for case in cases(both.snapshots, both.snapshot, bounds=bounds):
        before = history_of(case, both.terms)
        stage = (
            both.seen.stage(case.get("status"))
            if case.get("stage") == both.terms.stage(case.get("status"))
            else None
        )
        mapping_gives = history_of(case if stage is None else {**case, "stage": stage}, both.seen)
        if before is None or mapping_gives is None:
            continue
        as_mapped = compare(before, mapping_gives, both.named, both.as_of, both.merged)
        after = None
        if both.target is not None:
            becomes = both.planning.engine.status_of(str(case.get("status", "")))
            after = both.target.history(before.ref, {becomes.casefold(): before.stage} if becomes else {})
        as_read = compare(before, after, both.named, both.as_of) if after is not None else None
        found.append((as_mapped, as_read))
    return found


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
