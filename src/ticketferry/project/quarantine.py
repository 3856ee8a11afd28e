"""What is in quarantine, of the desks and of the plans, and who waived it: what `status`, `errors` and `quarantine` show."""

from dataclasses import dataclass

from ticketferry.errors import UsageError, WaitingError
from ticketferry.plan.file.changes import has
from ticketferry.plan.file.findings import quarantined_in
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.guarding import QUARANTINE
from ticketferry.plan.inputs import Scope
from ticketferry.project.project import Project
from ticketferry.store.quarantine import Quarantine, Waiver, Waivers

__all__ = ["Quarantined", "is_last", "quarantined", "refuse_quarantine", "unwaive", "waive"]

NAMED = 10
"""Records that a refusal names; the command lists all."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One record for which nothing is planned. `where`: `source`, `target`, or the plan in which it failed."""

    ref: str
    where: str
    stage: str
    """What failed: reading, translating, planning."""
    part: str
    cause: str
    remedy: str
    first: str
    tries: int
    waived: str
    """Why somebody leaves it out knowingly; empty: nobody does."""
    by: str


def quarantined(project: Project) -> list[Quarantined]:
    """List all of it: what the newest extracts hold, then what the newest plan of each record holds."""
    waivers = Waivers(project.workspace).all() if (project.root / "workspace.db").exists() else {}
    listed: list[Quarantined] = []
    for role in ("source", "target"):
        if not (project.root / f"{role}.db").exists():
            continue
        snapshots = project.snapshots(role)
        latest = snapshots.latest()
        listed += [
            Quarantined(
                str(one.root), role, one.stage, one.part, one.cause, one.remedy, one.first, one.tries,
                *_waived(waivers.get(str(one.root))),
            )
            for one in (Quarantine(snapshots).held(latest.number) if latest is not None else ())
        ]  # fmt: skip
    held = {one.ref for one in listed}
    for plan, ref, message, remedy in _planned(project):
        if ref not in held:
            listed.append(
                Quarantined(ref, plan, "planning", "", message, remedy, "", 1, *_waived(waivers.get(ref)))
            )
    return listed


def _waived(waiver: Waiver | None) -> tuple[str, str]:
    return (waiver.because, waiver.by) if waiver is not None else ("", "")


def _planned(project: Project) -> list[tuple[str, str, str, str]]:
    """Return (plan, ref, cause, remedy) of the records that the newest plan about them could not plan."""
    unplanned: list[tuple[str, str, str, str]] = []
    newer: list[PlanFile] = []
    rows = project.plan_rows() if (project.root / "workspace.db").exists() else []
    try:
        for row in reversed(rows):
            if row["kind"] != "apply" or not project.plan_path(row["id"]).exists():
                continue
            plan = project.plan(row["id"])
            if plan.header.get("quarantine"):
                listed = quarantined_in(plan, QUARANTINE)
                for ref, message, remedy in listed:
                    if not any(has(one, ref) for one in newer):
                        unplanned.append((row["id"], ref, message.split(": ", 1)[1], remedy))
            newer.append(plan)
    finally:
        for plan in newer:
            plan.close()
    return unplanned


def waive(project: Project, record: str, because: str, by: str = "") -> list[Quarantined]:
    """Keep that a record is left out knowingly; return what held it. Raises UsageError where it is not in quarantine."""
    if not because.strip():
        raise UsageError("a waiver needs a reason", remedy="Say why: --because WHY.")
    ref = _ref(project, record)
    waived = [one for one in quarantined(project) if one.ref == ref]
    if not waived:
        raise UsageError(f"{record} is not in quarantine", remedy="`ticketferry quarantine` lists what is.")
    Waivers(project.workspace).add(ref, because.strip(), by.strip())
    return waived


def unwaive(project: Project, record: str) -> str:
    """Take a waiver back; return the record's reference."""
    ref = _ref(project, record)
    waivers = Waivers(project.workspace)
    if ref not in waivers.all():
        raise UsageError(f"nobody waived {record}", remedy="`ticketferry quarantine` lists what is.")
    waivers.remove(ref)
    return ref


def _ref(project: Project, record: str) -> str:
    parts = record.split(":")
    if len(parts) == 1:
        parts = ["ticket", record]
    return ":".join(parts if len(parts) > 2 else [project.config.source.key, *parts])


def is_last(project: Project, plan: PlanFile) -> bool:
    """Tell whether a plan is the last step of a migration: about everything, or about the last phase."""
    scope = Scope.of(plan.header)
    if scope.narrowed:
        return False
    phases = [one.name for one in project.mapping().rules.phases]
    return scope.phase is None or not phases or scope.phase == phases[-1]


def refuse_quarantine(project: Project, plan: PlanFile) -> None:
    """Raise WaitingError before the last step of a migration while a record is in quarantine that nobody waived.

    The last step is a plan of everything, or of the last phase; earlier phases and chosen tickets may go ahead.
    """
    held = [str(ref) for ref in plan.header.get("quarantine", [])]
    if plan.header.get("kind") != "apply" or not held:
        return
    if not is_last(project, plan):
        return
    phase = Scope.of(plan.header).phase
    waivers = Waivers(project.workspace).all()
    open_ = [ref for ref in held if ref not in waivers]
    if not open_:
        return
    shown = ", ".join(ref.split(":", 1)[1] for ref in open_[:NAMED])
    more = f" and {len(open_) - NAMED:,} more" if len(open_) > NAMED else ""
    what = "the last phase" if phase is not None else "everything"
    raise WaitingError(
        f"{len(open_):,} record{'s are' if len(open_) != 1 else ' is'} in quarantine and would be left behind: {shown}{more};"
        f" {plan.id} is about {what}",
        where=plan.id,
        remedy="`ticketferry quarantine` names each with cause and remedy. Mend them and plan again, or leave one out knowingly:"
        " `ticketferry quarantine waive REF --because WHY`.",
    )
