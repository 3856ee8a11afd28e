"""Both desks read into their snapshots: what `ticketferry extract` does, and planning for the target."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.extract import snapshot as extracting
from ticketferry.extract.completeness import refuse_gaps
from ticketferry.extract.snapshot import Extracted, ExtractEstimate
from ticketferry.plan.workforce import START
from ticketferry.project.held_back import held_back_of, note_met
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.store.lock import hold

__all__ = ["estimate", "extract", "extract_target", "refuse_incomplete"]


def estimate(project: Project) -> list[ExtractEstimate]:
    """Ask the source desk for its own counts and say what an extract will take."""
    with project.open_source() as source:
        return extracting.estimate(source)


def extract(
    project: Project,
    roles: Sequence[str] = ("source", "target"),
    *,
    files: bool = True,
    totals: bool = True,
    retry: bool = False,
    without: Sequence[str] = (),
    progress: Progress = quiet,
    fail: bool = True,
) -> dict[str, Extracted]:
    """Read desks into new snapshots; what an earlier extract read is not read again.

    `retry`: read only what is in quarantine. `without`: lists of the source's set-up that are gone for good.
    `totals`: hold the source's own counts and numbers against its snapshot. With `fail`, FatalError names the ticket
    numbers that nobody can explain, after everything was read and kept.
    """
    result: dict[str, Extracted] = {}
    with hold(project.root, "extract"), project.run("extract") as (_, log):
        for role in roles:
            if role == "source":
                with project.open_source(log) as source:
                    result[role] = extracting.extract(
                        source,
                        project.config.source.connector,
                        project.snapshots("source", make=True),
                        project.clock,
                        url=project.config.source.where,
                        blobs=project.blobs if files else None,
                        workers=project.config.workers or START,
                        crosscheck=True,
                        totals=totals,
                        inventory=True,
                        retry=retry,
                        without=without,
                        held_back=(held := held_back_of(project)),
                        purpose=log.purpose,
                        progress=progress,
                    )
                note_met(project, held)
            else:
                result[role] = extract_target(project, log, progress, retry=retry)
            result[role].ledger = log.ledger(project.desk(role).key)
    if fail:
        refuse_incomplete(result)
    return result


def refuse_incomplete(extracted: Mapping[str, Extracted]) -> None:
    """Raise FatalError where ticket numbers of the source are unexplained."""
    for item in extracted.values():
        if item.completeness is not None:
            refuse_gaps(item.completeness.numbers)


def extract_target(
    project: Project, log: Any, progress: Progress = quiet, *, retry: bool = False
) -> Extracted:
    """Read the target: catalog, people, organizations, tickets with our mark, and by id what the id map knows and no list showed: a
    search may leave out what was made a moment ago.
    """

    def told(name: str, done: int, total: int | None) -> None:
        progress(f"new desk: {name}", done, total)

    with project.open_target(log) as target:
        key = project.config.target.key
        kinds = (Kind.ORGANIZATION, Kind.PERSON, Kind.TICKET)
        known = [
            Ref(key, kind, slot.value)
            for kind in kinds
            for slot in project.idmap.all(kind.value)
            if slot.slot == "id"
        ]
        before = project.snapshots("target", make=True).latest()
        taken = project.idmap.taken_back(before.began) if before is not None else ()
        roots = {(parse_ref(slot.ref).kind, slot.value) for slot in taken if slot.slot == "id"}
        ended = [Ref(key, kind, id_) for kind, id_ in sorted(roots) if kind in kinds]
        done = extracting.extract(
            target,
            project.config.target.connector,
            project.snapshots("target", make=True),
            project.clock,
            url=project.config.target.where,
            extra=known,
            taken_back=ended,
            retry=retry,
            without=None,
            held_back=(held := held_back_of(project)),
            purpose=log.purpose,
            progress=told,
        )
        note_met(project, held)
        project.workspace.note("reads:set-up", str(log.count_for("set-up", key)))
        for budget in target.limits.budgets:
            project.workspace.note(f"budget:{budget.name}", str(budget.units))
        return done
