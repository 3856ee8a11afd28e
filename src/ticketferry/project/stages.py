"""The stages of a migration as functions: what the command line prints is what these return."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ticketferry.apply.preflight import GuardState, guard_states
from ticketferry.errors import MappingError, StalePlanError
from ticketferry.mapping.holding import BY_HAND, held_against
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.made_names import made_names, twin_names
from ticketferry.plan import builder
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.plan.keeping import AnswerKeeper
from ticketferry.project.applying import apply, refuse
from ticketferry.project.archive import archive_state
from ticketferry.project.conflict_decisions import ask_about_conflicts
from ticketferry.project.copies import Copied, finding_of, keep_copies, look_for_copies
from ticketferry.project.cut_over import owned_phases
from ticketferry.project.definitions_file import definitions_of
from ticketferry.project.deleted_tickets import deleted_tickets
from ticketferry.project.extraction import estimate, extract, extract_target, refuse_incomplete
from ticketferry.project.guard_notes import note_guards
from ticketferry.project.identity import desk_header
from ticketferry.project.interrupted import settle_interrupted
from ticketferry.project.mapping_files import check_here
from ticketferry.project.marks import match_all, take_over
from ticketferry.project.phase_names import refuse_phase
from ticketferry.project.planning import doubtful_accounts
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.quarantine import is_last
from ticketferry.project.undoing import plan_copies, plan_rollback
from ticketferry.project.verifying import verify
from ticketferry.project.ways import ways_of
from ticketferry.ranges import HERE, Executor
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.naming import Naming
from ticketferry.store.lock import hold
from ticketferry.store.run_log import RunLog
from ticketferry.store.touched import Touched

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
            item.severity is Severity.BLOCKER for findings in self.findings.values() for item in findings
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
        before = log.count()
        states = guard_states(target, project.config.target.connector, project.workspace, plan)
        note_guards(project, states, log.count() - before)
    archive = archive_state(project) if plan is None or is_last(project, plan) else None
    return [*states, *([archive] if archive is not None else [])]


def make_plan(
    project: Project,
    scope: Scope = EVERYTHING,
    *,
    offline: bool = False,
    whole: bool = False,
    executor: Executor = HERE,
    progress: Progress = quiet,
) -> PlanFile:
    """Refresh the target's snapshot (unless `offline`), plan, save and register the plan. Writes to no desk.

    Only what changed since the last plan of the scope is planned again, which gives the same plan; `whole` plans everything anew.
    """
    with hold(project.root, "plan"), project.run("plan") as (run, log):
        # What needs no desk comes before all that talks to one, which can take long.
        mapping = project.mapping()
        if scope.phase is not None:
            refuse_phase(project, scope.phase)
            rule = next(phase for phase in mapping.rules.phases if phase.name == scope.phase)
            if rule.limit is not None and not scope.chosen:
                scope = replace(scope, limit=rule.limit)
        project.refuse_unread("source")
        conditions = check_here(project, mapping)
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
        findings = [
            # A plan that moves the tickets of some says nothing of others who stand as they were written.
            *(
                item
                for item in lint_mapping(project, mapping)
                if not (scope.reassign and item.code in ("P330", "P331"))
            ),
            *conditions,
            *project.desk_blockers(),
            *map(finding_of, copies),
            *deleted_tickets(project, scope),
        ]
        id_ = project.next_plan_id()
        path = project.plan_path(id_)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        plan = builder.build(
            path,
            project.opener(scope, executor),
            open_here=lambda: project.planning(scope),
            scope=scope,
            findings=findings,
            header={
                "kind": "apply",
                "phase": "" if scope.people else scope.phase or "",
                **scope.header(),
                "ways": ways_of(project, mapping, scope.phase),
                **({"owned": sorted(owned)} if (owned := owned_phases(project)) else {}),
                "source": desk_header(project, "source"),
                "target": desk_header(project, "target"),
            },
            executor=executor,
            keeper=None if whole else keeper_of(project),
            progress=progress,
        )
        writes = log.count(write=True)
        if writes:
            raise StalePlanError(f"planning sent {writes} writes; this is a fault of the connector")
        project.register(plan)
        ask_about_conflicts(project, plan)
        return plan


def keeper_of(project: Project) -> AnswerKeeper:
    """Return where a migration keeps the answers of its plans."""
    return AnswerKeeper(project.root / "answers", Touched(project.workspace), project.root / "plans")


def lint_mapping(project: Project, mapping: MappingFile) -> list[Finding]:
    """Hold the mapping against both catalogs; doubts about accounts come along.

    Raises MappingError naming every place where the target lacks what the mapping says, or a source value is undecided.
    """
    planning = project.planning()
    findings = lint(mapping, planning.source_catalog, planning.target_catalog, planning.features)
    if any(item.severity is Severity.BLOCKER for item in findings):
        # Told in tickets and with the pages of the target, as `mapping check` tells it.
        findings = held_against(
            mapping, planning.source_catalog, planning.read_catalog, planning.features, lambda: definitions_of(project).use
        )  # fmt: skip
        blockers = [item for item in findings if item.severity is Severity.BLOCKER]
        raise MappingError(
            [
                f"{item.where}: {item.message}{f' {item.remedy}' if item.code in BY_HAND else ''}"
                for item in blockers
            ]
        )
    twins: list[Finding] = []
    if isinstance(planning.compiler, Naming):
        key = planning.compiler.name_key
        twins.extend(twin_names(mapping, planning.source_catalog, key))
        twins.extend(made_names([*planning.definitions.values()], planning.read_catalog, key))
    return [*findings, *twins, *doubtful_accounts(project)]


def _recount(project: Project, run: str, log: RunLog) -> list[Copied]:
    """Ask the target what stands there twice, and keep it."""
    with project.open_target(log) as target:
        copies = look_for_copies(project, target)
    keep_copies(project, copies, run)
    return copies
