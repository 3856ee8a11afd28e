"""A person says that this folder is the one that goes on: what carries the mark in the target is taken over, whoever wrote it."""

from ticketferry.errors import WorkspaceError
from ticketferry.project.extraction import extract_target
from ticketferry.project.marks import TakenOver, match_all, take_over
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.sdk.pacing import pause
from ticketferry.store.journal import has_written
from ticketferry.store.lock import hold

__all__ = ["adopt"]


def adopt(project: Project, by: str, workspace: str = "", *, progress: Progress = quiet) -> TakenOver:
    """Take over all that carries our mark and that the id map does not know. The target is read, never written.

    `workspace`: the id of a lost workspace, as the finding names it: this folder goes on under it. Raises WorkspaceError where
    this one has written something itself: two journals cannot be put together.
    """
    with hold(project.root, "adopt"), project.run("adopt") as (run, log):
        if workspace and workspace != project.workspace.id:
            if has_written(project.workspace):
                raise WorkspaceError(
                    f"this folder has written to the target itself, as workspace {project.workspace.id}",
                    where=str(project.workspace.database.path),
                    remedy=f"Take {workspace} over in a new folder: `ticketferry init NAME`, with the mapping and decisions of this one.",
                )
            project.workspace.take_id(workspace)
            project.forget_snapshots("target")  # what it says of marks was read under the other name
        log.event("adopt", by=by, workspace=project.workspace.id)
        with project.open_target(log) as target:
            settle = target.limits.settle_seconds
        with project.clock.busy():
            pause(project.clock, settle, "the desk shows the last writes a little later")
        extract_target(project, log, progress)
        taken = take_over(project, run, log, everything=True)
        match_all(project, run)
        return taken
