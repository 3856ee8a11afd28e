"""What comes next in a migration, by where it stands."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from ticketferry.errors import StalePlanError, WaitingError
from ticketferry.plan.inputs import Inputs, Scope
from ticketferry.project.approving import refuse_unapproved
from ticketferry.project.cut_over import cut_overs
from ticketferry.project.importing import AWAITING
from ticketferry.project.migration_status import MigrationStatus, NextStep
from ticketferry.project.phase_plans import live_plans
from ticketferry.project.project import Project
from ticketferry.project.refusals import refuse_cut_over, refuse_written
from ticketferry.schema.counting import counted
from ticketferry.store.phase_log import DONE, ROLLED_BACK

__all__ = [
    "has_begun",
    "next_steps",
    "operations_of",
]


_TO_PLAN = ("drafted", ROLLED_BACK)


def operations_of(project: Project, id_: str) -> int:
    """Count the operations of a plan."""
    plan = project.plan(id_)
    count = plan.count()
    plan.close()
    return count


def _why_plan(now: MigrationStatus) -> str:
    changed, unplanned = now.census["changed"], max(now.unplanned, now.census["unplanned"])
    parts = [f"{counted(unplanned, 'ticket')} in no plan yet"] if unplanned or not changed else []
    parts += [f"{changed:,} changed in the old desk since they were written"] if changed else []
    return ", ".join(parts)


def _other_mapping(project: Project, id_: str, digest: str) -> bool:
    """Tell whether an apply of a plan that was begun would be refused, since the mapping is not what it was made with."""
    plan = project.plan(id_)
    differs = bool(digest) and plan.header["inputs"]["mapping"] != digest
    plan.close()
    return differs


def _replaced(project: Project, row: Mapping[str, Any], later: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a later plan of the same tickets, or of all, says what is to be done: one without writes says that nothing is."""
    for other in later:
        if other["kind"] == "apply" and other["state"] in ("planned", "applied"):
            plan = project.plan(other["id"])
            scope = Scope.of(plan.header)
            plan.close()
            if not scope.narrowed and scope.phase in (None, row["phase"]):
                return True
    return False


def _stale(project: Project, id_: str) -> bool:
    """Tell whether an apply of a plan that was never begun would be refused, since a desk was read again and had changed."""
    plan = project.plan(id_)
    inputs = plan.header["inputs"]
    plan.close()
    for role in ("source", "target"):
        latest = project.snapshots(role).latest()
        if (
            latest is not None
            and latest.number != inputs[f"{role}_snapshot"]
            and latest.digest != inputs[role]
        ):
            return True
    return False


def has_begun(plans: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether any plan has written anything."""
    return any(row["state"] not in ("planned", "superseded") for row in plans)


def _applied_at(project: Project) -> str:
    return project.runs.last_end("apply", ("ended", "InterruptedRunError", "FatalError"))


def next_steps(project: Project, now: MigrationStatus) -> Iterator[NextStep]:
    """Yield what a person does next, the most urgent first."""
    if now.running is not None:
        yield NextStep("ticketferry status", f"`{now.running.command}` is at work")
        return
    source, target = now.desks
    if source.snapshot is None and not source.unfinished:
        yield NextStep("ticketferry check", "rights, limits, what is missing; reads only")
        yield NextStep("ticketferry extract", "both desks into the workspace")
        return
    if source.unfinished or target.unfinished or target.snapshot is None:
        which = [desk.role for desk in now.desks if desk.unfinished or desk.snapshot is None]
        yield NextStep("ticketferry extract", f"{' and '.join(which)}: interrupted or not read; it goes on")
        return
    if now.unexplained:
        words = f"unexplained ticket numbers of the old desk: {now.unexplained:,}"
        yield NextStep("ticketferry extract source", words)
    totals = now.completeness.totals if now.completeness is not None else None
    if totals is not None and totals.fresh:
        yield NextStep(
            "ticketferry extract",
            f"the old desk knows more than came: {counted(totals.fresh, 'count')} of it differ",
        )
    elif totals is not None and totals.stays:
        words = f"{counted(totals.stays, 'count')} of the old desk still differ{'s' if totals.stays == 1 else ''} after another extract: both figures of each"
        yield NextStep("ticketferry profile", words)
    if now.mapping_error:
        missing = not project.config.mapping.exists()
        yield NextStep(
            "ticketferry mapping draft" if missing else "ticketferry mapping check",
            "there is no mapping yet" if missing else now.mapping_error.splitlines()[0].rstrip(":"),
        )
        return
    if now.quarantined:
        yield NextStep(
            "ticketferry quarantine", f"{counted(now.quarantined, 'record')} could not be read or planned"
        )
    for plan, count in sorted(now.copies.items()):
        words = (
            f"{counted(count, 'ticket')} of {plan} stand{'s' if count == 1 else ''} in the new desk once more"
        )
        yield NextStep(f"ticketferry rollback {plan} --copies", words)
    yield from _plan_steps(project, now)


def _to_apply(project: Project, plans: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the plans that may come next, in the order of their phases. Of plans that share tickets the one that has begun goes on, else the
    newest counts.
    """
    order = {rule.name: number for number, rule in enumerate(project.mapping().rules.phases)}
    taken = [row for row in plans if row["state"] in ("applying", AWAITING)]
    found: list[Mapping[str, Any]] = []
    for number, row in reversed(list(enumerate(plans))):
        if (
            row["state"] == "planned"
            and row["kind"] == "apply"
            and not any(_overlap(row, other) for other in (*taken, *found))
            and not _replaced(project, row, plans[number + 1 :])
            and operations_of(project, row["id"])
        ):
            found.append(row)
    return sorted(found, key=lambda row: order.get(row["phase"], len(order)))


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one["phase"] == other["phase"] or "" in (one["phase"], other["phase"])


def _planned_steps(project: Project, row: Mapping[str, Any]) -> Iterator[NextStep]:
    """Yield what comes before an apply would not be refused, else the apply."""
    id_ = row["id"]
    again = "ticketferry plan" + (f" --phase {row['phase']}" if row["phase"] else "")
    if _stale(project, id_):
        yield NextStep(again, f"a desk was read again since {id_} was made")
        return
    with closing(project.plan(id_)) as plan:
        try:
            refuse_written(project, plan, Inputs.of(plan.header))
            refuse_cut_over(project, plan)
        except StalePlanError as error:
            yield NextStep(again, error.message)
            return
        if plan.blockers():
            yield NextStep(f"ticketferry plan show {id_}", "something in it forbids an apply: mend it")
            yield NextStep(again, "again, when it is mended")
            return
        try:
            refuse_unapproved(project, plan)
        except WaitingError:
            yield NextStep(f"ticketferry plan show {id_}", "look at it; nobody has approved it")
            yield NextStep(f"ticketferry approve {id_} --by NAME", "apply refuses it until somebody does")
            return
    yield NextStep(f"ticketferry plan show {id_}", "look at it, then apply it")
    yield NextStep(f"ticketferry apply {id_}", "writes what the plan says and nothing else")


def _plan_steps(project: Project, now: MigrationStatus) -> Iterator[NextStep]:
    if now.problems:
        for id_ in live_plans(now.plans):
            yield NextStep(
                f"ticketferry errors {id_}",
                f"{counted(now.problems, 'record')} failed",
            )
    for row in now.plans:
        if row["state"] in ("applying", AWAITING) and _other_mapping(project, row["id"], now.mapping_digest):
            words = f"{now.mapping} changed since {row['id']} was begun: put it back and go on, or make a new plan"
            yield NextStep("ticketferry plan", words)
        elif row["state"] == "applying":
            yield NextStep(f"ticketferry apply {row['id']}", "begun and not finished; it goes on")
        elif row["state"] == AWAITING:
            folder = f"imports/{row['id']}"
            yield NextStep(
                f"ticketferry apply {row['id']}",
                f"once the files in {folder} are imported, as its manifest says",
            )
    planned = _to_apply(project, now.plans)
    for state, words in (
        ("conflict", "in conflict: both desks changed them, and the mapping does not say who wins"),
        ("differs", "unlike what was written: the last verify says where"),
    ):
        if now.census[state]:
            newest = [row["id"] for row in now.plans if row["kind"] == "apply"][-1:]
            command = (
                "ticketferry verify"
                if state == "differs" or not newest
                else f"ticketferry plan show {newest[0]} --findings"
            )
            yield NextStep(command, f"{counted(now.census[state], 'ticket')} {words}")
    if planned:
        yield from _planned_steps(project, planned[0])
    elif not any(row["state"] in ("applying", AWAITING) for row in now.plans) and (
        not now.plans or now.unplanned or now.census["changed"] or now.census["unplanned"]
    ):
        first = next((one.name for one in now.phases if one.name and one.state in _TO_PLAN), "")
        alone = f"; --phase {first}: that phase alone" if first and len(now.phases) > 1 else ""
        yield NextStep("ticketferry plan", _why_plan(now) + alone)
    if now.census["applied"] or (
        any(row["state"] == "applied" for row in now.plans) and now.verified < _applied_at(project)
    ):
        yield NextStep("ticketferry verify", "applied since the last verify")
    elif now.census["verified"] and not now.census.same and not now.census["differs"]:
        yield NextStep("ticketferry verify", "the last one found differences, though none in a ticket")
    if now.unphased:
        yield NextStep("ticketferry mapping check", f"{counted(now.unphased, 'ticket')} in no phase")
    yield from _cut_over_steps(project)


def _cut_over_steps(project: Project) -> Iterator[NextStep]:
    """Yield what a cut-over that was begun waits for, and where late changes of a phase are looked for that is cut over."""
    done = {entry.phase: entry.state for entry in project.phase_log.rows()}
    for phase, kept in cut_overs(project).items():
        if not kept.ended:
            words = f"the last hour was begun, {counted(len(kept.steps), 'step')} taken; it goes on"
            yield NextStep(f"ticketferry cutover {phase}", words)
        elif kept.owns and done.get(phase) != DONE:
            yield NextStep(f"ticketferry stragglers {phase}", "what still arrives in the old desk")
