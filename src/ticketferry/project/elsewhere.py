"""What became of the same mapping in the other environments of a migration: read from their workspaces, never from a desk."""

from collections.abc import Iterator
from contextlib import closing

import orjson

from ticketferry.errors import FerryError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.project.environments import environment_folders
from ticketferry.project.phase_plans import BEGUN
from ticketferry.project.problems import problems
from ticketferry.project.project import Project
from ticketferry.project.verification import verifications
from ticketferry.project.watching import WATCHED
from ticketferry.report.data import RunElsewhere

__all__ = ["runs_elsewhere"]


def runs_elsewhere(project: Project, plan: PlanFile) -> list[RunElsewhere]:
    """Return for each other environment the newest plan of the same phase by the same mapping that was written there, taken back since or not.

    An environment that cannot be read is left out: it forbids nothing here.
    """
    here = project.config.environment
    if here is None:
        return []
    found: list[RunElsewhere] = []
    for name in environment_folders(project.home):
        if name != here.name:
            try:
                with Project.load(project.home, environment=name, clock=project.clock) as other:
                    found.extend(_newest(other, name, plan))
            except FerryError:
                continue
    return found


def _newest(other: Project, name: str, plan: PlanFile) -> Iterator[RunElsewhere]:
    for row in reversed(other.plan_rows()):
        if row["kind"] != "apply" or row["state"] not in (*BEGUN, "undone"):
            continue
        with closing(other.plan(row["id"])) as tried:
            alike = Scope.of(tried.header).phase == Scope.of(plan.header).phase
            if alike and tried.header["inputs"]["mapping"] == plan.header["inputs"]["mapping"]:
                yield _told(other, name, tried, row["state"])
                return


def _told(other: Project, name: str, tried: PlanFile, state: str) -> RunElsewhere:
    counts = other.journal(tried.id, "").counts()
    applied = other.runs.last_well("apply", tried.id)
    about = (one for one in verifications(other) if not one.plans or tried.id in one.plans)
    verified = next((one for one in about if one.ended >= applied), None)
    watched = other.workspace.notes(WATCHED).get(tried.id)
    seen = verified.found.witnessed if verified is not None else None
    return RunElsewhere(
        name,
        tried.id,
        state,
        other.runs.last_of("apply", tried.id),
        tried.count(),
        counts.get("done", 0),
        tuple((cause.count, cause.code, cause.message, cause.place) for cause in problems(other, tried.id)),
        verified.ended if verified is not None else "",
        dict(verified.found.counts) if verified is not None else {},
        len(seen.errors) if seen is not None else None,
        orjson.loads(watched) if watched else None,
    )
