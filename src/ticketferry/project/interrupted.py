"""What a killed run left open is settled before anything is planned on top of it: what is there is adopted, nothing is written."""

from typing import Any

from ticketferry.apply.applier import Applier
from ticketferry.apply.context import ApplyContext
from ticketferry.errors import StalePlanError
from ticketferry.project.importing import imports_of
from ticketferry.project.project import Project
from ticketferry.sdk.contract import Target
from ticketferry.sdk.pacing import pause
from ticketferry.store.journal import Journal

__all__ = ["settle_interrupted"]


def settle_interrupted(project: Project, run: str, log: Any, *, offline: bool = False) -> None:
    """Look up every write whose outcome no run has noted, and wait until what was just written can be read.

    Raises StalePlanError where a write cannot be looked up any more.
    """
    for row in project.plan_rows():
        if row["state"] not in ("applying", "awaiting_import", "superseded"):
            continue
        journal = project.journal(row["id"], run)
        count = sum(1 for state in journal.open() if state.sent)
        what = f"{count} writes of {row['id']}, which was interrupted, are open"
        if offline:
            if count:
                raise StalePlanError(
                    f"{what}: only the target knows what became of them",
                    remedy="Plan again without --offline.",
                )
            continue
        with project.open_target(log) as target:
            if count:
                _settle(project, row, journal, target, what)
            newest = journal.newest()
            if newest is not None:
                settled = newest.timestamp() + target.limits.settle_seconds
                with project.clock.busy():
                    pause(
                        project.clock,
                        max(0.0, settled - project.clock.time()),
                        "the desk shows the last writes a little later",
                    )


def _settle(project: Project, row: dict[str, Any], journal: Journal, target: Target, what: str) -> None:
    id_ = str(row["id"])
    plan = project.plan(id_)
    planning = project.planning_of(plan)
    connector = project.config.target.connector
    try:
        Applier(
            ApplyContext(plan, target, connector, planning, project.workspace, journal, project.clock),
            imports=imports_of(project, id_),
        ).settle(forget_files=row["state"] == "superseded")
    except StalePlanError as error:
        raise StalePlanError(
            f"{what}, and they cannot be looked up: {error.message}",
            remedy=f"Put back what changed since, then run `ticketferry apply {id_}`.",
        ) from error
    finally:
        plan.close()
