"""The target read again and compared with what the applied plans say."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from functools import partial

from ticketferry.errors import ConfigError
from ticketferry.project.copies import keep_copies, look_for_copies, remedy_of
from ticketferry.project.cut_over import writes_back
from ticketferry.project.extraction import extract_target
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.skipping import skipped_of
from ticketferry.project.verification import keep_verified
from ticketferry.project.wanted import WantedValues
from ticketferry.project.witnessing import bear_witness
from ticketferry.ranges import HERE, Executor
from ticketferry.schema.catalog import Catalog
from ticketferry.sdk.features import Feature
from ticketferry.store.lock import hold
from ticketferry.store.run_log import RunLog
from ticketferry.verify.comparing import Comparing
from ticketferry.verify.unfinished import Begun, Unfinished
from ticketferry.verify.verifier import Verified, VerifyLine
from ticketferry.verify.verifier import verify as verifying
from ticketferry.verify.witnessing import SAMPLE, Witnessed

__all__ = [
    "open_comparing",
    "verify",
]


def verify(
    project: Project,
    plans: Sequence[str] = (),
    *,
    contents: bool = True,
    witness: bool = False,
    sample: int | None = SAMPLE,
    seed: int = 0,
    executor: Executor = HERE,
    every_line: Callable[[VerifyLine], None] = lambda _: None,
    keep: bool = True,
    command: str = "verify",
    progress: Progress = quiet,
) -> Verified:
    """Read the target again and compare it, field by field, with what the applied plans say should be there.

    `keep`: note the result for the report and `status`; `command`: what the list of runs calls it. `witness`: also let the independent witness look at `sample` tickets chosen by chance (None: all) and at every one with an anomaly.
    The desk is asked by this process alone; the `executor` compares.
    """
    with _held(project, command), _run(project, command, plans) as (run, log):
        unknown = set(plans) - {row["id"] for row in project.plan_rows()}
        if unknown:
            raise ConfigError(f"there is no plan {min(unknown)}", remedy="See `ticketferry status`.")
        if not plans and not project.readonly:
            extract_target(project, log, progress)
        # What both desks held at a cut-over counts as written, and no plan of ours says what it should be.
        asked = list(plans) or (project.applied_plans() if writes_back(project) else None)
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
            verified = verifying(
                target,
                project.config.target.connector,
                planning,
                project.clock,
                plans=asked,
                contents=contents,
                unfinished=unfinished,
                skipped={
                    one.ref: f"skipped by {one.by}: {one.because} [{one.code}]" for one in skipped_of(project)
                },
                copies={
                    copy.id: VerifyLine("-", copy.root, copy.key, (), f"{copy}: {remedy_of(copy)}")
                    for copy in copies
                    if not plans or copy.plan in plans
                },
                wanted=WantedValues(project),
                executor=executor,
                open_apart=partial(
                    open_comparing, project.loader(executor), planning.read_catalog, files=contents
                ),
                every_line=every_line,
                progress=progress,
            )
        if witness and writes_back(project):
            why = "most of what stands in a ticket that is written back was there before"
            verified.witnessed = Witnessed(why_not=why)
        elif witness:
            verified.witnessed = bear_witness(
                project,
                log,
                verified,
                plans=plans,
                sample=sample,
                seed=seed,
                contents=contents,
                progress=progress,
            )
        if keep and not project.readonly:
            keep_verified(project, run, plans, verified)
            if not verified.same:
                project.tell(
                    "differs",
                    f"{run}:differs",
                    "verify found records that are not as planned",
                    run=run,
                    command=command,
                )
        return verified


def open_comparing(load: Callable[[], Project], catalog: Catalog, *, files: bool) -> Comparing:
    """Open what a comparison reads in a process of its own. `catalog`: the target's as the first process read it."""
    project = load()
    planning = project.planning()
    planning.read_catalog = catalog
    connector = project.config.target.connector
    return Comparing(
        connector, planning, WantedValues(project), files and Feature.CONTENT in connector.features
    )


def _held(project: Project, command: str) -> AbstractContextManager[None]:
    """Hold the folder; one that can only be read needs no holding."""
    return nullcontext() if project.readonly else hold(project.root, command)


def _run(project: Project, command: str, plans: Sequence[str]) -> AbstractContextManager[tuple[str, RunLog]]:
    """Open a run; in a folder that can only be read it leaves no trace."""
    return (
        nullcontext(("", RunLog(None, project.now)))
        if project.readonly
        else project.run(command, plans[0] if len(plans) == 1 else "")
    )
