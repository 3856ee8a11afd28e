"""The new desk in its first weeks: read as a desk of its own, and held against what the old one was like."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, time
from types import MappingProxyType

import orjson

from ticketferry.errors import UsageError, WorkspaceError
from ticketferry.extract import snapshot as extracting
from ticketferry.kpi.compute import cases, terms_of
from ticketferry.kpi.health import FIRST_RESPONSE, Baseline, Health, judge, shares
from ticketferry.kpi.histories import Terms, history_of
from ticketferry.kpi.parity import merged_statuses, told_stages
from ticketferry.kpi.signs import DAY, DeskSigns, goals_of
from ticketferry.project.held_back import held_back_of, note_met
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.schema.lifecycle import CLOSED_STAGES
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.idmap import COPIES
from ticketferry.store.lock import hold
from ticketferry.store.snapshots import Snapshots

__all__ = ["NEW_DESK", "baseline_of", "desk_health", "keep_baseline", "read_new_desk"]

NEW_DESK = "new-desk"
"""The target read as a source: new-desk.db, with the tickets that were born there too."""
_NOTE = "kpi:baseline"
_WEEKS = 12
_ENDED = frozenset(stage.value for stage in CLOSED_STAGES)


def baseline_of(project: Project) -> Baseline | None:
    """Return the baseline that the workspace keeps; None where none was kept."""
    kept = project.workspace.notes(_NOTE).get("")
    return Baseline(**orjson.loads(kept)) if kept else None


def keep_baseline(
    project: Project, weeks: int = _WEEKS, *, replace: bool = False, progress: Progress = quiet
) -> Baseline:
    """Work out the signs of the old desk in the weeks before its newest snapshot, and keep them. Talks to no desk.

    Raises UsageError where a baseline is kept already and `replace` is not set, WorkspaceError where there is nothing to keep.
    """
    known = baseline_of(project)
    if known is not None and not replace:
        raise UsageError(
            f"a baseline of {known.weeks} weeks up to {known.as_of[:10]} is kept already, from snapshot s-{known.snapshot}",
            remedy="It is what `health` compares with, and stays. To make it anew from the newest extract: --replace.",
        )
    snapshots = project.snapshots("source")
    info = snapshots.latest()
    if info is None:
        raise project.unread("source")
    as_of = int(info.began.timestamp())
    signs = _signs(snapshots, info.number, (as_of - weeks * 7 * DAY, as_of), {}, progress)
    days = list(signs.days())
    if not any(day.open or day.created or day.resolved for day in days):
        raise WorkspaceError(
            f"nothing happened in the old desk in the {weeks} weeks before {info.began:%Y-%m-%d}",
            remedy="Take more weeks: ticketferry kpi baseline --weeks N.",
        )
    values = {name: share.value for name, share in shares(days).items() if share.value is not None}
    response, _ = signs.first_response()
    if response is not None:
        values[FIRST_RESPONSE] = response
    baseline = Baseline(snapshots.desk, info.number, info.began.isoformat(), weeks, values)
    project.workspace.note(_NOTE, orjson.dumps(asdict(baseline)).decode())
    return baseline


def read_new_desk(project: Project, *, moved: bool = False, progress: Progress = quiet) -> None:
    """Read the new desk whole, or what changed in it since, into new-desk.db. Nothing is written to it.

    `moved`: every ticket that we brought is in it afterwards, though the desk's search does not show yet what was just written.
    """
    desk = project.config.target
    with (
        hold(project.root, "extract"),
        project.run("health") as (_, log),
        project.open_source(log, role="target") as source,
    ):
        extracting.extract(
            source,
            desk.connector,
            project.snapshots(NEW_DESK, make=True),
            project.clock,
            url=desk.where,
            extra=[
                Ref(desk.key, Kind.TICKET, slot.value)
                for slot in project.idmap.all(Kind.TICKET.value)
                if slot.slot == "id"
            ]
            if moved
            else (),
            without=None,
            held_back=(held := held_back_of(project)),
            purpose=log.purpose,
            progress=progress,
        )
        note_met(project, held)


def desk_health(
    project: Project, *, since: datetime | None = None, window: int = 7, progress: Progress = quiet
) -> Health:
    """Work out the signs of the new desk from its newest reading. `since`: the cut-over, else as migration.yaml says, else the end of
    the last apply. `window`: so many days are judged. Talks to no desk.

    Raises WorkspaceError where the new desk was never read, UsageError where nobody says since when.
    """
    snapshots = project.snapshots(NEW_DESK)
    info = snapshots.latest()
    if info is None:
        raise WorkspaceError(
            "the new desk was not read to its end", remedy="Run `ticketferry health` again; it goes on."
        )
    begun = since or _cut_over(project)
    moved = dict(_moved(project))
    as_of = int(info.began.timestamp())
    start = int(begun.timestamp())
    if start > as_of:
        raise UsageError(
            f"{begun:%Y-%m-%d %H:%M} is later than the last reading of the new desk ({info.began:%Y-%m-%d %H:%M})",
            remedy="Name the moment of the cut-over: --since 2026-11-30.",
        )
    stages = _mapped_stages(project)
    signs = _signs(snapshots, info.number, (start, as_of), moved, progress, stages)
    days = list(signs.days())
    judged = days[-window:]
    baseline = baseline_of(project)
    return Health(
        snapshots.desk,
        begun.isoformat(),
        info.began.isoformat(),
        len(judged),
        days,
        judge(judged, signs.first_response(judged[0].day), baseline, project.config.health.bounds),
        baseline,
        len(moved),
        sum(day.created for day in days),
    )


def _signs(
    snapshots: Snapshots,
    snapshot: int,
    span: tuple[int, int],
    moved: Mapping[str, int],
    progress: Progress,
    stages: Mapping[str, str] = MappingProxyType({}),
) -> DeskSigns:
    known = terms_of(snapshots, snapshot)
    # A status is resolved or not by the desk's own word; which open stage it means is the mapping's.
    finer = {
        status: stage
        for status, stage in stages.items()
        if status in known.stages and not {stage, known.stages[status]} & _ENDED
    }
    terms = Terms({**known.stages, **finer}, known.roles, known.groups)
    signs = DeskSigns(*span)
    for case in cases(snapshots, snapshot, progress):
        stage = finer.get(str(case.get("status", "")).casefold())
        history = history_of(case if stage is None else {**case, "stage": stage}, terms)
        if history is not None:
            signs.add(history, goals_of(case), moved=moved.get(history.ref))
    return signs


def _mapped_stages(project: Project) -> dict[str, str]:
    """Return the stage that each status of the new desk stands for by the mapping: desks that know categories only (Jira) cannot tell
    that a status waits for the customer.
    """
    if not project.config.mapping.exists():
        return {}
    planning = project.planning()
    snapshots, inputs = project.snapshots("source"), planning.inputs
    source = terms_of(snapshots, inputs.source_snapshot)
    becomes = {
        str(row["name"]): planning.engine.status_of(str(row["name"]))
        for row in planning.source_catalog.get("statuses", ())
    }
    decided = {status: target for status, target in becomes.items() if target is not None}
    own = {
        str(row["name"]).casefold(): str(row["stage"]) for row in planning.target_catalog.get("statuses", ())
    }
    return told_stages(decided, source.stages, merged_statuses(decided, source.stages, own))


def _cut_over(project: Project) -> datetime:
    config = project.config.health
    if config.since is not None:
        return datetime.combine(config.since, time(), UTC)
    ended = project.runs.last_end("apply", ("ended",))
    if not ended:
        raise UsageError(
            "nothing was applied from this folder yet, so that nobody says since when the new desk is in use",
            remedy="Name the day: --since 2026-11-30, or `health: {since: 2026-11-30}` in migration.yaml.",
        )
    return datetime.fromisoformat(ended)


def _moved(project: Project) -> Iterator[tuple[str, int]]:
    """Yield the target's ref of each ticket that we made, changed or found there, and when the run ended that wrote it last."""
    writes = project.idmap.last_writes(f"{project.config.source.key}:{Kind.TICKET.value}:")
    ended: dict[str, int] = {}
    for slot in project.idmap.all(Kind.TICKET.value):
        if slot.slot not in ("id", COPIES):
            continue
        at, plan = writes.get(slot.ref, ("", slot.plan))
        if plan not in ended:
            done = project.runs.last_of("apply", plan)
            ended[plan] = int(datetime.fromisoformat(done).timestamp()) if done else 0
        own = int(datetime.fromisoformat(at).timestamp()) if at else 0
        for id_ in slot.value.split():
            yield f"{project.config.target.key}:{Kind.TICKET.value}:{id_}", max(own, ended[plan])
