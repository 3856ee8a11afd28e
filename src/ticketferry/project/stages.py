"""The stages of a migration as functions: what the command line prints is what these return."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ticketferry.apply.applier import Applier, ApplyResult
from ticketferry.apply.context import ApplyContext
from ticketferry.apply.import_files import withdraw
from ticketferry.apply.outage import GIVE_UP_SECONDS
from ticketferry.apply.preflight import GuardState, guard_states
from ticketferry.errors import ConfigError, MappingError, RunFailed, StalePlanError, UsageError
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.made_names import made_names
from ticketferry.mapping.name_twins import twin_names
from ticketferry.plan import builder
from ticketferry.plan.file.changes import looking_first
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import EVERYTHING, Inputs, Scope
from ticketferry.project.ages import refuse_old
from ticketferry.project.archive import archive_state, refuse_archive
from ticketferry.project.copies import Copied, finding_of, keep_copies, look_for_copies, remedy_of
from ticketferry.project.extraction import estimate, extract, extract_target, refuse_incomplete
from ticketferry.project.identity import desk_header, refuse_other_desk
from ticketferry.project.importing import AWAITING, imports_of, steps_of, waiting_for_import
from ticketferry.project.interrupted import settle_interrupted
from ticketferry.project.mapping_files import check_here
from ticketferry.project.marks import match_all, refuse_made, take_over
from ticketferry.project.planning import doubtful_accounts
from ticketferry.project.project import Project
from ticketferry.project.quarantine import is_last, refuse_quarantine
from ticketferry.project.refusals import (
    refuse_blockers,
    refuse_caps,
    refuse_catalog,
    refuse_guards,
    refuse_stale,
    refuse_visible,
    refuse_written,
)
from ticketferry.project.verification import keep_verified
from ticketferry.project.wanted import WantedValues
from ticketferry.project.ways import ways_of
from ticketferry.project.witnessing import bear_witness
from ticketferry.rollback.duplicates import build_copies
from ticketferry.rollback.planner import build_rollback
from ticketferry.sdk.contract import Finding, Severity, Target
from ticketferry.sdk.naming import Naming
from ticketferry.store.lock import hold
from ticketferry.store.run_log import RunLog
from ticketferry.verify.unfinished import Begun, Unfinished
from ticketferry.verify.verifier import Verified, VerifyLine
from ticketferry.verify.verifier import verify as verifying
from ticketferry.verify.witnessing import SAMPLE

__all__ = [
    "Check",
    "apply",
    "check",
    "estimate",
    "extract",
    "extract_target",
    "lint_mapping",
    "make_plan",
    "plan_copies",
    "plan_rollback",
    "preflight",
    "refuse",
    "refuse_incomplete",
    "verify",
]


Progress = Callable[[str, int, int | None], None]


def _quiet(*_: Any) -> None:
    return None


@dataclass(slots=True)
class Check:
    """What a check of both desks found; `requests` is what it cost, `writes` is 0."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)
    requests: int = 0
    writes: int = 0

    @property
    def good(self) -> bool:
        """Tell whether nothing blocks."""
        return not any(
            item.severity is Severity.BLOCKER for found in self.findings.values() for item in found
        )


def check(project: Project, roles: Sequence[str] = ("source", "target")) -> Check:
    """Read identity, rights, guards and limits of the desks. Raises AuthError for credentials that do not work."""
    result = Check()
    with project.run("check") as (_, log):
        for role in roles:
            opener = project.open_source if role == "source" else project.open_target
            with opener(log) as desk:
                result.findings[role] = list(desk.check())
        result.requests = log.count()
        result.writes = log.count(write=True)
    return result


def preflight(project: Project, plan: PlanFile | None = None) -> list[GuardState]:
    """Prove by reading, or look up by confirmation, every guard of the target (of a plan's endpoints where given).

    With them, for the last step of a migration, whether somebody has looked into the old desk's archive.
    """
    with project.run("preflight", plan.id if plan else "") as (_, log), project.open_target(log) as target:
        states = guard_states(target, project.config.target.connector, project.workspace, plan)
    archive = archive_state(project) if plan is None or is_last(project, plan) else None
    return [*states, *([archive] if archive is not None else [])]


def make_plan(
    project: Project,
    scope: Scope = EVERYTHING,
    *,
    offline: bool = False,
    workers: int | None = None,
    progress: Progress = _quiet,
) -> PlanFile:
    """Refresh the target's snapshot (unless `offline`), plan, save and register the plan. Writes to no desk."""
    with hold(project.root, "plan"), project.run("plan") as (run, log):
        # What needs no desk comes before all that talks to one, which can take long.
        mapping = project.mapping()
        if scope.phase is not None:
            names = [phase.name for phase in mapping.rules.phases]
            if scope.phase not in names:
                raise UsageError(
                    f"the mapping has no phase {scope.phase!r}",
                    remedy=f"Its phases: {', '.join(names) or 'none'}.",
                )
        project.refuse_unread("source")
        told = check_here(project, mapping)
        if not offline:
            project.hold_readdressed(log)
        settle_interrupted(project, run, log, offline=offline)
        if not offline:
            extract_target(project, log, progress)
        taken = take_over(project, run, log, offline=offline)
        if taken.adopted:
            log.event("taken over", records=taken.adopted)
            match_all(project, run)
        copies = [] if offline else _recount(project, run, log)
        found = [*lint_mapping(project, mapping), *told, *project.desk_blockers(), *map(finding_of, copies)]
        id_ = project.next_plan_id()
        path = project.plan_path(id_)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        plan = builder.build(
            path,
            project.opener(scope),
            open_here=lambda: project.planning(scope),
            scope=scope,
            findings=found,
            header={
                "kind": "apply",
                "phase": scope.phase or "",
                **scope.header(),
                "ways": ways_of(project, mapping, scope.phase),
                "source": desk_header(project, "source"),
                "target": desk_header(project, "target"),
            },
            workers=workers or 1,
            progress=progress,
        )
        writes = log.count(write=True)
        if writes:
            raise StalePlanError(f"planning sent {writes} writes; this is a fault of the connector")
        _register(project, plan)
        return plan


def lint_mapping(project: Project, mapping: MappingFile) -> list[Finding]:
    """Hold the mapping against both catalogs; doubts about accounts come along.

    Raises MappingError naming every place where the target lacks what the mapping says, or a source value is undecided.
    """
    planning = project.planning()
    found = lint(mapping, planning.source_catalog, planning.target_catalog, planning.features)
    blockers = [item for item in found if item.severity is Severity.BLOCKER]
    if blockers:
        raise MappingError([f"{item.where}: {item.message}" for item in blockers])
    twins: list[Finding] = []
    if isinstance(planning.compiler, Naming):
        key = planning.compiler.name_key
        twins.extend(twin_names(mapping, planning.source_catalog, key))
        twins.extend(made_names([*planning.definitions.values()], planning.read_catalog, key))
    return [*found, *twins, *doubtful_accounts(project)]


def _recount(project: Project, run: str, log: RunLog) -> list[Copied]:
    """Ask the target what stands there twice, and keep it."""
    with project.open_target(log) as target:
        found = look_for_copies(project, target)
    keep_copies(project, found, run)
    return found


def _register(project: Project, plan: PlanFile) -> None:
    about = plan.header
    project.plans.add(
        plan.id,
        about["kind"],
        about.get("phase", ""),
        plan.digest,
        project.now().isoformat(),
        about.get("undoes", ""),
    )


def apply(
    project: Project,
    plan: PlanFile,
    *,
    workers: int | None = None,
    canary: int | None = None,
    caps: dict[str, int] | None = None,
    allow_notify: Sequence[str] = (),
    allow_visible: bool = False,
    allow_old: bool = False,
    imported: bool = False,
    give_up_after: float = GIVE_UP_SECONDS,
    progress: Progress = _quiet,
    on_point: Callable[[str], None] | None = None,
    fail: bool = True,
) -> ApplyResult:
    """Perform a plan, or go on with it. Raises StalePlanError, WaitingError (guards, a plan older than a day), UsageError (caps)
    before any write.

    With `fail`, RunFailed is raised at the end where records failed, WaitingError where a person has to import files first.
    `imported`: the importer is through with every file, so that what is missing of one is written into a new one. `give_up_after`:
    seconds that a desk which takes no write is waited for; then FatalError. WaitingError too where a guard falls during the run.
    """
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
        with project.open_target(log) as target:
            refuse_other_desk(project, plan)
            refuse_catalog(target, plan, planning, begun=begun)
            _prove(project, target, plan, allow_notify)
            journal = project.journal(plan.id, run)
            if on_point is not None:
                journal.on_point = on_point
            refuse_made(project, plan, target, planning)
            project.plans.set_state(plan.id, "applying")
            _supersede(project, plan)
            # From here on the plan counts as begun: a workspace that is put back takes over what it made.
            project.workspace.back_up(f"{run}-{plan.id}")
            connector = project.config.target.connector
            figures = Applier(
                ApplyContext(plan, target, connector, planning, project.workspace, journal, project.clock),
                workers=workers or project.config.workers,
                canary=_canary(plan, canary),
                imports=imports_of(project, plan.id),
                imported=imported,
                prove=partial(_prove, project, target, plan, allow_notify, written=True),
                give_up_after=give_up_after,
                progress=progress,
            ).run()
            figures.steps = steps_of(target, figures)
            copies = look_for_copies(project, target)
            keep_copies(project, copies, run)
            figures.copies = len(copies)
        if figures.waiting:
            project.plans.set_state(plan.id, AWAITING)
        elif figures.left == 0 and figures.failed == 0:
            project.plans.set_state(plan.id, "applied")
            if plan.header.get("undoes"):
                project.plans.set_state(plan.header["undoes"], "undone")
        latency = log.latency()
        if latency:
            project.workspace.note("latency", f"{latency:.4f}")
        log.event("figures", performed=figures.performed, repeated=figures.repeated, failed=figures.failed)
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
) -> None:
    """Raise what `apply` would raise before its first write, but for the age of the plan: nobody is shown a plan, and asked, in vain."""
    row = next((item for item in project.plan_rows() if item["id"] == plan.id), None)
    begun = row is not None and row["state"] in ("applying", AWAITING, "applied")
    inputs = Inputs.of(plan.header)
    planning = project.planning_of(plan)
    _refuse(project, plan, inputs, planning.inputs, begun=begun, caps=caps or {}, allow_visible=allow_visible)
    with project.run("preflight", plan.id) as (_, log), project.open_target(log) as target:
        _prove(project, target, plan, allow_notify)


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
    refuse_blockers(plan)
    refuse_quarantine(project, plan)
    refuse_archive(project, plan)
    refuse_caps(plan, caps)
    if not allow_visible:
        refuse_visible(plan)


def _prove(
    project: Project, target: Target, plan: PlanFile, allow_notify: Sequence[str], *, written: bool = False
) -> None:
    """Read the guards of a plan. Raises WaitingError where one does not hold."""
    states = guard_states(target, project.config.target.connector, project.workspace, plan)
    refuse_guards(states, allow_notify, written=written)


def _canary(plan: PlanFile, count: int | None) -> frozenset[str] | None:
    if count is None:
        return None
    return frozenset(looking_first(plan, count))


def _supersede(project: Project, plan: PlanFile) -> None:
    """Note that a plan is begun: the files of those that it supersedes are withdrawn."""
    about = plan.header
    for id_ in project.plans.supersede(
        plan.id, about["kind"], about.get("phase", ""), about.get("undoes", "")
    ):
        withdraw(imports_of(project, id_))


def verify(
    project: Project,
    plans: Sequence[str] = (),
    *,
    contents: bool = True,
    witness: bool = False,
    sample: int | None = SAMPLE,
    seed: int = 0,
    every_line: Callable[[VerifyLine], None] = lambda _: None,
    progress: Progress = _quiet,
) -> Verified:
    """Read the target again and compare it, field by field, with what the applied plans say should be there.

    `witness`: also let the independent witness look at `sample` tickets chosen by chance (None: all) and at every one with an anomaly.
    """
    with _held(project, "verify"), _run(project, "verify") as (run, log):
        unknown = set(plans) - {row["id"] for row in project.plan_rows()}
        if unknown:
            raise ConfigError(f"there is no plan {min(unknown)}", remedy="See `ticketferry status`.")
        if not plans and not project.readonly:
            extract_target(project, log, progress)
        project.hold_readdressed(log)
        planning = project.planning()
        with ExitStack() as stack:
            target = stack.enter_context(project.open_target(log))
            if plans:
                planning.read_catalog = target.catalog()
            begun = [
                Begun(row["id"], row["state"])
                for row in project.plan_rows()
                if row["kind"] == "apply" and row["state"] not in ("planned", "undone")
            ]
            unfinished = stack.enter_context(
                closing(Unfinished(begun, project.plan, project.workspace, project.idmap, plans))
            )
            copies = look_for_copies(project, target)
            if not project.readonly:
                keep_copies(project, copies, run)
            found = verifying(
                target,
                project.config.target.connector,
                planning,
                project.clock,
                plans=list(plans) or None,
                contents=contents,
                unfinished=unfinished,
                copies={
                    copy.id: VerifyLine("-", copy.root, copy.key, (), f"{copy}: {remedy_of(copy)}")
                    for copy in copies
                    if not plans or copy.plan in plans
                },
                wanted=WantedValues(project),
                every_line=every_line,
                progress=progress,
            )
        if witness:
            found.witnessed = bear_witness(
                project,
                log,
                found,
                plans=plans,
                sample=sample,
                seed=seed,
                contents=contents,
                progress=progress,
            )
        if not project.readonly:
            keep_verified(project, run, plans, found)
        return found


def _held(project: Project, command: str) -> AbstractContextManager[None]:
    """Hold the folder; one that can only be read needs no holding."""
    return nullcontext() if project.readonly else hold(project.root, command)


def _run(project: Project, command: str) -> AbstractContextManager[tuple[str, RunLog]]:
    """Open a run; in a folder that can only be read it leaves no trace."""
    return nullcontext(("", RunLog(None, project.now))) if project.readonly else project.run(command)


def plan_rollback(project: Project, id_: str, *, progress: Progress = _quiet) -> PlanFile:
    """Make the plan that takes `id_` back. The target is read, never written."""
    with hold(project.root, f"rollback {id_}"), project.run("rollback", id_) as (run, log):
        plan = project.plan(id_)
        if plan.header["kind"] != "apply":
            raise UsageError(
                f"{id_} is itself a rollback and cannot be taken back",
                remedy="Make a new plan: `ticketferry plan`.",
            )
        project.hold_readdressed(log)
        settle_interrupted(project, run, log)
        extract_target(project, log, progress)
        planned = project.planning_of(plan)
        now = project.planning()
        planned.read_catalog = now.read_catalog
        new = project.next_plan_id()
        with project.open_target(log) as target:
            undo = build_rollback(
                project.plan_path(new),
                ApplyContext(
                    plan,
                    target,
                    project.config.target.connector,
                    planned,
                    project.workspace,
                    project.journal(plan.id, run),
                    project.clock,
                ),
                header={
                    "phase": plan.header.get("phase", ""),
                    **EVERYTHING.header(),
                    "source": plan.header["source"],
                    "target": plan.header["target"],
                },
                now=now,
                progress=progress,
            )
        plan.close()
        _register(project, undo)
        return undo


def plan_copies(project: Project, id_: str) -> PlanFile:
    """Make the plan that deletes what was imported more than once of `id_`. The target is read, never written."""
    with hold(project.root, f"rollback {id_}"), project.run("rollback", id_) as (run, log):
        plan = project.plan(id_)
        project.hold_readdressed(log)
        with project.open_target(log) as target:
            keep_copies(project, look_for_copies(project, target), run)
            made = build_copies(
                project.plan_path(project.next_plan_id()),
                plan,
                target,
                project.idmap,
                header={
                    "phase": plan.header.get("phase", ""),
                    **EVERYTHING.header(),
                    "source": plan.header["source"],
                    "target": plan.header["target"],
                    "copies": plan.id,
                },
                inputs=project.planning().inputs,
            )
        plan.close()
        _register(project, made)
        return made
