"""What may lie in the old desk's archive: a person looks, says so, and until then the last step of a migration waits."""

from datetime import datetime

from ticketferry.apply.preflight import GuardState
from ticketferry.errors import WaitingError
from ticketferry.extract.completeness import Completeness
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.project import Project
from ticketferry.project.quarantine import is_last
from ticketferry.sdk.features import Guard
from ticketferry.sdk.survey import Absence

__all__ = ["ARCHIVE", "archive_state", "confirm_archive", "refuse_archive"]

ARCHIVE = Guard(
    "TF-ARCHIVE",
    "the old desk's archive was looked into, and what shall move was put back from it",
    "person",
    "An administrator looks into the archive of the old desk, puts back what shall move, and runs `ticketferry extract source` again.",
)


def archive_state(project: Project) -> GuardState | None:
    """Return whether somebody has looked; None where the desk leaves nothing open."""
    count = _count(project)
    if not count:
        return None
    confirmation = project.workspace.confirmed(ARCHIVE.code, _about(project, count))
    if confirmation is None:
        one = count == 1
        evidence = f"{count:,} ticket number{'' if one else 's'} {'answers' if one else 'answer'} nothing: deleted for good, or archived"
        return GuardState(
            ARCHIVE, proved=False, evidence=f"{evidence}; nobody has confirmed it", endpoints=()
        )
    by, until = confirmation
    evidence = f"confirmed by {by} for {count:,} numbers, holds until {until[:16]}"
    return GuardState(ARCHIVE, proved=True, evidence=evidence, endpoints=())


def confirm_archive(project: Project, by: str) -> datetime:
    """Keep that somebody has looked; return until when it holds. It ends as soon as more or fewer numbers are open."""
    return project.workspace.confirm(ARCHIVE.code, by, _about(project, _count(project)))


def refuse_archive(project: Project, plan: PlanFile) -> None:
    """Raise WaitingError before the last step of a migration while nobody has looked."""
    if plan.header.get("kind") != "apply" or not is_last(project, plan):
        return
    state = archive_state(project)
    if state is None or state.proved:
        return
    raise WaitingError(
        f"{state.guard.title}: {state.evidence}",
        where=plan.id,
        remedy=f"{state.guard.remedy}\n  ticketferry preflight confirm {ARCHIVE.code} --by NAME",
    )


def _count(project: Project) -> int:
    if not (project.root / "source.db").exists():
        return 0
    completeness = Completeness.read(project.snapshots("source"))
    return (
        completeness.numbers.classes.get(Absence.PURGED_OR_ARCHIVED.value, 0)
        if completeness is not None
        else 0
    )


def _about(project: Project, count: int) -> str:
    identity = project.workspace.identity("source")
    return f"{(identity.id or identity.place) if identity else ''} {count}"
