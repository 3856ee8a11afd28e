"""Takes away what a migration's folder no longer needs (prune), or all but what is kept at its end (purge). Talks to no desk."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ticketferry.errors import UsageError, WaitingError
from ticketferry.project.approving import approvals
from ticketferry.project.folder_parts import PARTS, WITHIN, Held, held_parts, part_files
from ticketferry.project.phase_states import phase_states
from ticketferry.project.project import Project
from ticketferry.project.purged import Purged, note_purge
from ticketferry.store.database import disk_errors
from ticketferry.store.emptying import TABLES_OF, empty_tables
from ticketferry.store.lock import hold

__all__ = ["Pruned", "prunable", "prune", "purge", "what_purge_takes"]

_UNFINISHED = ("applying", "awaiting_import")
_ENDED = ("done", "rolled-back")
_BEFORE = ("drafted", "planned", "approved", *_ENDED)
"""States of a phase of which nothing waits in the target."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """Plans that nobody can apply, resume or take back: names, and the bytes of their files."""

    plans: tuple[str, ...]
    bytes: int


def prunable(project: Project) -> Pruned:
    """Return the plans that a later one took the place of before they were begun, and that nobody approved."""
    approved = {approval.plan for approval in approvals(project)}
    plans, size = [], 0
    for row in project.plan_rows():
        path = project.plan_path(row["id"])
        if row["state"] != "superseded" or row["id"] in approved or not path.exists():
            continue
        if not project.journal(row["id"], "").counts():
            plans.append(row["id"])
            size += path.stat().st_size
    return Pruned(tuple(plans), size)


def prune(project: Project) -> Pruned:
    """Take the files of such plans away; that they were made stays in the list. Raises WorkspaceError while a command writes."""
    with hold(project.root, "workspace prune"):
        pruned = prunable(project)
        with disk_errors(project.root / "plans"):
            for plan in pruned.plans:
                project.plan_path(plan).unlink()
    return pruned


def what_purge_takes(project: Project, keep: Collection[str]) -> list[Held]:
    """Return the parts that would go, where `keep` stays. Raises UsageError for a name that is no part's."""
    names = [part.name for part in PARTS]
    wrong = sorted(set(keep) - set(names))
    if wrong:
        raise UsageError(
            f"{', '.join(wrong)}: no part of a folder", where="--keep", remedy=f"Parts: {', '.join(names)}."
        )
    return [held for held in held_parts(project.root) if held.part.name not in keep]


def purge(project: Project, keep: Collection[str], by: str, *, unfinished: bool = False) -> Purged:
    """Take all parts away but those of `keep`; noted first, so that a purge that was killed is known, and the same call ends it.

    Afterwards nothing can be resumed, verified or taken back of which a part is gone. Raises WaitingError while a plan is unfinished, and
    while a phase is, but for `unfinished`; UsageError without a name or for a part that is not there.
    """
    if not by.strip():
        raise UsageError("a purge needs a name", remedy="Say who decides it: --by NAME.")
    names = [held.part.name for held in what_purge_takes(project, keep)]
    with hold(project.root, "workspace purge"):
        begun = [row["id"] for row in project.plan_rows() if row["state"] in _UNFINISHED]
        if begun:
            raise WaitingError(
                f"{', '.join(begun)} is not finished: a purge would lose what is known of its writes",
                remedy=f"Finish it (`ticketferry apply {begun[0]}`) or take it back, then purge.",
            )
        if not unfinished:
            _refuse_unfinished(project)
        entry = Purged(project.now().isoformat(), by.strip(), tuple(names), tuple(sorted(keep)))
        note_purge(project.workspace, entry)
        project.close_snapshots()
        for part in PARTS:
            if part.name in names:
                _take_away(project.root, part_files(project.root, part))
        tables = [table for name in WITHIN if name in names for table in TABLES_OF[name]]
        empty_tables(project.workspace.database, tables)
    return entry


def _refuse_unfinished(project: Project) -> None:
    """Raise WaitingError where something was written and a phase is not done: what is left would have to be told from what is there."""
    phases = phase_states(project)
    open_ = [phase for phase in phases if phase.state not in _ENDED and (phase.tickets or phase.applied)]
    if open_ and any(phase.state not in _BEFORE for phase in phases):
        told = ", ".join(f"{phase.name} is {phase.state}" for phase in open_)
        raise WaitingError(
            f"the migration is not over: {told}",
            remedy=f"Say of each phase that it is over, as in `ticketferry phase {open_[0].name} done --by NAME`, or purge with --unfinished:"
            " then nothing can be verified, gone on with or taken back.",
        )


def _take_away(root: Path, files: list[Path]) -> None:
    """Delete files, and folders of theirs that are empty then."""
    with disk_errors(root):
        for path in files:
            path.unlink(missing_ok=True)
    for folder in sorted(
        {parent for path in files for parent in path.parents if root in parent.parents}, reverse=True
    ):
        with suppress(OSError):  # a person's file stands in it
            folder.rmdir()
