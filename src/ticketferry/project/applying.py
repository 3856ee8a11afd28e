"""A plan performed: what forbids it is refused first, how it ended is kept."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial

from ticketferry.apply.applier import Applier, ApplyResult
from ticketferry.apply.context import ApplyContext
from ticketferry.apply.import_files import withdraw
from ticketferry.apply.outage import GIVE_UP_SECONDS, when_served
from ticketferry.apply.preflight import guard_states
from ticketferry.errors import RunFailed, StalePlanError, WindowOverError
from ticketferry.plan.estimate import ASSUMED_LATENCY
from ticketferry.plan.file.changes import looking_first, of_each_class
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.sums import verify_sums
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.workforce import workforce
from ticketferry.project.ages import refuse_old
from ticketferry.project.approving import refuse_unapproved
from ticketferry.project.archive import refuse_archive
from ticketferry.project.clean_archive import write_archives
from ticketferry.project.copies import keep_copies, look_for_copies
from ticketferry.project.environment_workspace import refuse_untyped
from ticketferry.project.golden import golden_tickets
from ticketferry.project.guard_notes import note_guards
from ticketferry.project.identity import refuse_other_desk
from ticketferry.project.importing import AWAITING, imports_of, steps_of, waiting_for_import
from ticketferry.project.made_elsewhere import refuse_made
from ticketferry.project.measuring import latency_of
from ticketferry.project.phase_plans import note_rolled_back
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.quarantine import refuse_quarantine
from ticketferry.project.refusals import (
    refuse_blockers,
    refuse_caps,
    refuse_catalog,
    refuse_cut_over,
    refuse_guards,
    refuse_stale,
    refuse_visible,
    refuse_written,
)
from ticketferry.project.run_events import ApplyEvents
from ticketferry.project.skipping import Retried
from ticketferry.project.standing import begin_standing
from ticketferry.project.window_gate import close_at
from ticketferry.sdk.contract import Target
from ticketferry.sdk.pacing import LimitShare
from ticketferry.store.lock import hold
from ticketferry.store.run_log import RunLog

__all__ = [
    "apply",
    "refuse",
    "share_of",
]


def apply(
    project: Project,
    plan: PlanFile,
    *,
    workers: int | None = None,
    canary: int | None = None,
    retry: Retried | None = None,
    caps: dict[str, int] | None = None,
    allow_notify: Sequence[str] = (),
    allow_visible: bool = False,
    allow_old: bool = False,
    imported: bool = False,
    give_up_after: float = GIVE_UP_SECONDS,
    until: datetime | None = None,
    progress: Progress = quiet,
    on_point: Callable[[str], None] | None = None,
    fail: bool = True,
) -> ApplyResult:
    """Perform a plan, or go on with it. Raises StalePlanError, WaitingError (guards, a plan older than a day), UsageError (caps)
    before any write.

    With `fail`, RunFailed is raised at the end where records failed, WaitingError where a person has to import files first.
    `retry`: only these records that failed, and what they need. `imported`: the importer is through with every file, so that what is missing of one is written into a new one. `give_up_after`:
    seconds that a desk which does not answer, or takes no write, is waited for; then FatalError. WaitingError too where a guard falls during the run.
    `until`: from then on, or a minute before the end of the window in `windows:`, no write is begun, and WindowOverError is raised once those under way have ended; the same call goes on.
    """
    refuse_untyped(project.config, typed=project.typed, command=f"apply {plan.id}")
    until = close_at(project, plan, until)
    with hold(project.root, f"apply {plan.id}"), project.run("apply", plan.id) as (run, log):
        row = next((item for item in project.plan_rows() if item["id"] == plan.id), None)
        if row is None or row["digest"] != plan.digest:
            raise StalePlanError(
                f"plan {plan.id} is not the one that was made here", remedy="Make a new plan."
            )
        if row["state"] in ("superseded", "undone"):
            raise StalePlanError(
                f"plan {plan.id} is {row['state']}", remedy="Make a new plan: `ticketferry plan`."
            )
        plan.verify_digest()
        verify_sums(plan)
        project.hold_readdressed(log)
        begun = row["state"] in ("applying", AWAITING, "applied")
        inputs = Inputs.of(plan.header)
        planning = project.planning_of(plan)
        _refuse(
            project,
            plan,
            inputs,
            planning.inputs,
            begun=begun,
            caps=caps or {},
            allow_visible=allow_visible,
        )
        if not allow_old:
            refuse_old(project, plan)
        with _reached(project, log, give_up_after, share_of(project, plan)) as target:
            served = partial(when_served, project.clock, give_up_after)
            refuse_other_desk(project, plan)
            served(lambda: refuse_catalog(target, plan, planning, begun=begun))
            served(lambda: _prove(project, target, plan, allow_notify))
            journal = project.journal(plan.id, run)
            if on_point is not None:
                journal.on_point = on_point
            served(lambda: refuse_made(project, plan, target, planning))
            project.plans.set_state(plan.id, "applying")
            begin_standing(project, plan, planning)
            _supersede(project, plan)
            # From here on the plan counts as begun: a workspace that is put back takes over what it made.
            project.workspace.back_up(f"{run}-{plan.id}")
            # Before any write: what cannot be archived must not be left behind.
            write_archives(project, plan, planning)
            connector = project.config.target.connector
            events = ApplyEvents(project, run, plan.id, plan.header.get("phase") or "")
            windows = project.config.windows if plan.header["kind"] == "apply" else None
            events.began(windows.current(project.now()) if windows is not None else None)
            applier = Applier(
                ApplyContext(plan, target, connector, planning, project.workspace, journal, project.clock),
                workers=workforce(
                    workers or project.config.workers,
                    target.limits,
                    known.seconds if (known := latency_of(project)) is not None else ASSUMED_LATENCY,
                ),
                canary=retry.roots if retry is not None else _canary(project, plan, canary, target),
                without=retry.others if retry is not None else frozenset(),
                imports=imports_of(project, plan.id),
                imported=imported,
                prove=partial(_prove, project, target, plan, allow_notify, written=True),
                give_up_after=give_up_after,
                until=until.timestamp() if until is not None else None,
                paused=events.paused,
                progress=progress,
            )
            try:
                figures = applier.run()
            except WindowOverError:
                if until is not None:
                    events.window_over(until)
                raise
            figures.steps = steps_of(target, figures)
            copies = served(lambda: look_for_copies(project, target))
            keep_copies(project, copies, run)
            figures.copies = len(copies)
        if figures.waiting:
            project.plans.set_state(plan.id, AWAITING)
        elif figures.left == 0 and figures.failed == 0:
            project.plans.set_state(plan.id, "applied")
            if plan.header.get("undoes"):
                project.plans.set_state(plan.header["undoes"], "undone")
                note_rolled_back(project, plan)
                project.standing_log.undone(plan.header["undoes"])
        latency = log.latency()
        if latency:
            project.workspace.note("latency", f"{latency:.4f}")
            project.workspace.note("latency-at", project.now().isoformat())
        if not (figures.performed or figures.repeated or figures.failed or figures.waiting):
            project.runs.note_idle(run)
        log.event("figures", performed=figures.performed, repeated=figures.repeated, failed=figures.failed)
        events.went_through(figures.failed, len(figures.waiting))
    if figures.waiting and fail:
        raise waiting_for_import(project, plan.id, figures, imported=imported)
    if figures.failed and fail:
        raise RunFailed(
            f"{figures.failed} operations of {plan.id} failed; everything else was done",
            failed=figures.failed,
            remedy=f"`ticketferry errors {plan.id}` names them and the cause; mend it, then run `ticketferry apply {plan.id}` again.",
        )
    return figures


def refuse(
    project: Project,
    plan: PlanFile,
    *,
    caps: dict[str, int] | None = None,
    allow_notify: Sequence[str] = (),
    allow_visible: bool = False,
    give_up_after: float = GIVE_UP_SECONDS,
) -> None:
    """Raise what `apply` would raise before its first write, but for the age of the plan: nobody is shown a plan, and asked, in vain."""
    refuse_untyped(project.config, typed=project.typed, command=f"apply {plan.id}")
    close_at(project, plan)
    row = next((item for item in project.plan_rows() if item["id"] == plan.id), None)
    begun = row is not None and row["state"] in ("applying", AWAITING, "applied")
    inputs = Inputs.of(plan.header)
    planning = project.planning_of(plan)
    _refuse(project, plan, inputs, planning.inputs, begun=begun, caps=caps or {}, allow_visible=allow_visible)
    with project.run("preflight", plan.id) as (_, log), _reached(project, log, give_up_after) as target:
        when_served(project.clock, give_up_after, lambda: _prove(project, target, plan, allow_notify))


@contextmanager
def _reached(
    project: Project, log: RunLog, give_up_after: float, share: float | LimitShare | None = None
) -> Iterator[Target]:
    """Open the target; where it does not answer at the first contact, it is waited for as later on."""
    with ExitStack() as stack:
        yield when_served(
            project.clock,
            give_up_after,
            lambda: stack.enter_context(project.open_target(log, share=share)),
        )


def share_of(project: Project, plan: PlanFile) -> float | LimitShare | None:
    """Return the part of the target's limits that an apply of a plan may use, where its phase says one."""
    phase = plan.header.get("phase")
    rules = project.mapping().rules.phases if phase else ()
    pace = next((rule.pace for rule in rules if rule.name == phase), None)
    if pace is None or pace.nights is None:
        return pace.share if pace is not None else None
    return LimitShare(pace.share, pace.nights)


def _refuse(
    project: Project,
    plan: PlanFile,
    planned: Inputs,
    now: Inputs,
    *,
    begun: bool,
    caps: dict[str, int],
    allow_visible: bool,
) -> None:
    """Refuse what can be refused without asking a desk."""
    refuse_stale(project, plan, planned, now, begun=begun)
    if not begun and plan.header["kind"] == "apply":
        refuse_written(project, plan, planned)
        refuse_cut_over(project, plan)
    refuse_blockers(plan)
    refuse_quarantine(project, plan)
    refuse_archive(project, plan)
    refuse_caps(plan, caps)
    if not begun:
        refuse_unapproved(project, plan)
    if not allow_visible:
        refuse_visible(plan)


def _prove(
    project: Project, target: Target, plan: PlanFile, allow_notify: Sequence[str], *, written: bool = False
) -> None:
    """Read the guards of a plan. Raises WaitingError where one does not hold."""
    states = guard_states(target, project.config.target.connector, project.workspace, plan)
    if not written:
        note_guards(project, states)
    refuse_guards(states, allow_notify, written=written)


def _canary(project: Project, plan: PlanFile, count: int | None, target: Target) -> frozenset[str] | None:
    """Return the tickets of a canary: golden ones and some of each class; the first ones where the mapping says in which order tickets go, or where
    a person imports them: those stand in one file.
    """
    if count is None:
        return None
    by_file = any(endpoint.file and endpoint.name in plan.endpoint_counts() for endpoint in target.endpoints)
    if by_file or plan.header.get("order"):
        return frozenset(looking_first(plan, count))
    return frozenset(of_each_class(plan, count, golden_tickets(project, project.mapping())[0]))


def _supersede(project: Project, plan: PlanFile) -> None:
    """Note that a plan is begun: the files of those that it supersedes are withdrawn."""
    about = plan.header
    for id_ in project.plans.supersede(
        plan.id, about["kind"], about.get("phase", ""), about.get("undoes", "")
    ):
        withdraw(imports_of(project, id_))
