"""Files fetched later, by phase or by ticket: which tickets are meant, what they will take, and the fetching itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from ticketferry.desired.cases import assemble
from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.errors import UsageError, WorkspaceError
from ticketferry.extract.download import DownloadForecast, Fetched, Selection, fetch, forecast
from ticketferry.mapping.phases import Phases
from ticketferry.plan.workforce import START
from ticketferry.project.phase_names import refuse_phase
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.lock import hold
from ticketferry.store.request_log import RequestLog
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.ticket_records import ticket_records

__all__ = ["FilesWanted", "fetch_files", "want_files"]


@dataclass(frozen=True, slots=True)
class FilesWanted:
    """Files that were asked for, counted; nothing is fetched yet."""

    snapshot: int
    phase: str
    selection: Selection
    forecast: DownloadForecast


@dataclass(frozen=True, slots=True)
class FilesCame:
    """What came, and what asking for it cost."""

    fetched: Fetched
    ledger: RequestLog


def want_files(
    project: Project,
    *,
    phase: str | None = None,
    only: Sequence[str] = (),
    progress: Progress = quiet,
) -> FilesWanted:
    """Count the files of all tickets, of one phase of the mapping, or of the tickets named. Talks to no desk.

    Raises UsageError for a phase or ticket that is not there. Only the mapping's phases are asked: a target, and
    decisions on people, need not be there yet.
    """
    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    if latest is None:
        raise WorkspaceError(
            "the extract of the source desk was interrupted",
            remedy="Run `ticketferry extract source --no-files` again; it goes on.",
        )
    roots = _tickets(snapshots, latest.number, only) if only else None
    takes = None
    if phase is not None:
        mapping = project.mapping()
        refuse_phase(project, phase)
        lookups = SnapshotLookups(
            snapshots, latest.number, None, ours=lambda _: False, takes_part=lambda _: False
        )
        phases = Phases(mapping, lookups, latest.began)

        def takes(root: Ref) -> bool:
            # A ticket stays in the phase that it was applied in.
            planned_phase = project.idmap.phase(str(root))
            if planned_phase is None:
                record = assemble(root, snapshots.root(root, latest.number))
                planned_phase = phases.of(record) if record is not None else None
            return planned_phase == phase

    selection = Selection(roots, takes)
    counted = forecast(snapshots, latest.number, project.blobs, selection, progress)
    return FilesWanted(latest.number, phase or "", selection, counted)


def fetch_files(project: Project, wanted: FilesWanted, *, progress: Progress = quiet) -> FilesCame:
    """Fetch the files that were counted. Interrupted, the same call goes on; raises FatalError where the disk is too small."""
    wanted.forecast.refuse(project.blobs)
    with hold(project.root, "extract files"), project.run("extract files") as (_, log):
        if not wanted.forecast.wanted:
            return FilesCame(Fetched(), log.ledger(project.config.source.key))
        with project.open_source(log) as source, log.purpose("files"):
            came = fetch(
                source,
                project.snapshots("source"),
                wanted.snapshot,
                project.blobs,
                project.clock,
                wanted.selection,
                expected=wanted.forecast,
                workers=project.config.workers or START,
                progress=progress,
            )
        return FilesCame(came, log.ledger(project.config.source.key))


def _tickets(snapshots: Snapshots, snapshot: int, only: Sequence[str]) -> tuple[Ref, ...]:
    """Find the tickets that are named by id, by `ticket:ID`, or by the number that people know them by."""
    tickets: dict[str, Ref] = {}
    left: dict[str, str] = {}
    for text in only:
        desk, _, id_ = text.rpartition("ticket:")
        if desk not in ("", f"{snapshots.desk}:") or (not desk and ":" in id_):
            raise UsageError(
                f"{text!r} does not name a ticket", where="--only", remedy="Write --only 1042,20177."
            )
        if snapshots.row(Kind.TICKET, id_, snapshot) is not None:
            tickets[text] = Ref(snapshots.desk, Kind.TICKET, id_)
        else:
            left[id_] = text
    if left:
        for ticket in ticket_records(snapshots, snapshot):
            number = str(ticket.record.get("number", ""))
            if number in left:
                tickets[left.pop(number)] = Ref(snapshots.desk, Kind.TICKET, ticket.id)
            if not left:
                break
    if left:
        missing = ", ".join(sorted(left.values()))
        raise UsageError(
            f"the source snapshot has no ticket {missing}",
            where="--only",
            remedy="`ticketferry extract source` reads what is new.",
        )
    return tuple(dict.fromkeys(tickets[text] for text in only))
