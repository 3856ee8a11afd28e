"""What an apply notes before its first write: who is one with whom by its plan, and whom it puts in somebody's place."""

from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.project.folder import MigrationFolder

__all__ = ["begin_standing"]


def begin_standing(folder: MigrationFolder, plan: PlanFile, planning: PlanContext) -> None:
    """Note it; a rollback changes nobody's place before it has ended."""
    if plan.header["kind"] != "apply" or planning.directory is None:
        return
    joined = ((ref, survivor) for survivor, ref in planning.directory.tables.all_joined())
    folder.standing_log.begin(plan.id, joined, dict(Scope.of(plan.header).reassign))
