"""Everything that is looked at before a plan is applied, as items with results: for the screen, a runbook, a cut-over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ticketferry.apply.preflight import GuardState, guard_states
from ticketferry.errors import FerryError, MappingError, WorkspaceError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.planned_lanes import PlanLanes
from ticketferry.project.archive import archive_state
from ticketferry.project.definitions_file import newest_catalog
from ticketferry.project.guard_notes import note_guards
from ticketferry.project.mapping_files import left_by_hand
from ticketferry.project.preflight_items import (
    access_item,
    channel_items,
    check_item,
    name_items,
    screen_item,
)
from ticketferry.project.preflight_readers import TeamReaders, team_readers
from ticketferry.project.project import Project
from ticketferry.project.quarantine import is_last
from ticketferry.project.viewing import view_plan
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.counting import counted, duration
from ticketferry.sdk.contract import Finding, Source, Target
from ticketferry.sdk.preflight import (
    CHECKS,
    Inspecting,
    PreflightItem,
    PreflightResult,
    SignedIn,
)
from ticketferry.store.run_log import RunLog

__all__ = ["Preflight", "Reader", "look"]

Reader = Callable[[Sequence[Catalog]], Sequence[PreflightItem]]
"""Reads something beside the desks (DNS) for the catalogs of both, source first."""
_SOON = 86_400.0
"""Seconds within which credentials count as ending, where no plan says how long it takes."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found. `by_hand`: what somebody has to make in the target before a plan can be made; `requests` and `writes`: its cost."""

    plan: str
    items: tuple[PreflightItem, ...]
    guards: tuple[GuardState, ...]
    by_hand: tuple[Finding, ...]
    requests: int
    writes: int

    @property
    def failed(self) -> tuple[PreflightItem, ...]:
        """Return what an apply should wait for, beside the guards."""
        return tuple(item for item in self.items if item.result is PreflightResult.FAILED and _of_apply(item))

    @property
    def open_guards(self) -> tuple[GuardState, ...]:
        """Return the guards that are not proved."""
        return tuple(state for state in self.guards if not state.proved)

    @property
    def good(self) -> bool:
        """Tell whether nothing has to be waited for."""
        return not (self.failed or self.open_guards or self.by_hand)


def _of_apply(item: PreflightItem) -> bool:
    return item.code in CHECKS and CHECKS[item.code].stage == "apply"


def look(project: Project, plan: PlanFile | None = None, *, beside: Reader | None = None) -> Preflight:
    """Look at everything: guards first, then each item of `CHECKS`. Reads only; what a desk refuses becomes an item that is not known.

    Raises AuthError where credentials are not accepted, WorkspaceError where another desk answers. `beside` reads what is no desk's.
    """
    with project.run("preflight", plan.id if plan else "") as (_, log):
        with project.open_target(log) as target:
            before = log.count()
            found = list(target.check())
            states = guard_states(
                target, project.config.target.connector, project.workspace, plan, found=found
            )
            guards = frozenset(guard.code for guard in project.config.target.connector.guards)
            items = [check_item(found, guards, log.count() - before)]
            items += _inspected(project, target, plan)
            items.append(_credentials(project, target, "target", plan))
        items.append(_source_credentials(project, log, plan))
        requests, writes = log.count(), log.count(write=True)
    note_guards(project, states)
    archive = archive_state(project) if plan is None or is_last(project, plan) else None
    if archive is not None:
        states.append(archive)
    # A plan is made only once its names are there.
    lacking = [] if plan is not None else left_by_hand(project)
    items += name_items(lacking, compared=_compared(project))
    readers = team_readers(project, plan) if plan is not None else TeamReaders()
    items += [screen_item(plan), access_item(plan, readers)]
    catalogs = [_catalog(project, role) for role in ("source", "target")]
    for role, catalog in zip(("source", "target"), catalogs, strict=True):
        items += channel_items(catalog, role, project.desk(role).connector.title)
    if beside is not None:
        items += beside([catalog for catalog in catalogs if catalog is not None])
    order = {code: number for number, code in enumerate(CHECKS)}
    items.sort(key=lambda item: order.get(item.code, len(order)))
    return Preflight(plan.id if plan else "", tuple(items), tuple(states), tuple(lacking), requests, writes)


def _inspected(project: Project, target: Target, plan: PlanFile | None) -> Iterator[PreflightItem]:
    if not isinstance(target, Inspecting):
        return
    if plan is None:
        yield from target.inspect(None)
        return
    try:
        planning = project.planning_of(plan)
    except (WorkspaceError, MappingError) as error:
        yield PreflightItem(
            "PF-RULES", PreflightResult.UNKNOWN, f"the plan cannot be worked out any more: {error.message}",
            "Make a new plan: `ticketferry plan`.",
        )  # fmt: skip
        return
    yield from target.inspect(PlanLanes(plan, planning, project.clock.time))


def _compared(project: Project) -> str:
    """Return of when the target's catalog is; empty where the mapping cannot be held against it."""
    try:
        project.mapping()
        newest_catalog(project, "source")
        newest_catalog(project, "target")
    except FerryError:
        return ""
    latest = project.snapshots("target").latest()
    return f"{latest.began:%Y-%m-%d %H:%M}" if latest is not None else ""


def _catalog(project: Project, role: str) -> Catalog | None:
    try:
        return newest_catalog(project, role)
    except WorkspaceError:
        return None


# ---- credentials


def _source_credentials(project: Project, log: RunLog, plan: PlanFile | None) -> PreflightItem:
    try:
        with project.open_source(log) as source:
            return _credentials(project, source, "source", plan)
    except FerryError as error:
        return PreflightItem(
            "PF-CREDENTIALS", PreflightResult.FAILED, f"source: {error.message}", error.remedy
        )


def _credentials(project: Project, desk: Source, role: str, plan: PlanFile | None) -> PreflightItem:
    if not isinstance(desk, SignedIn):
        return PreflightItem("PF-CREDENTIALS", PreflightResult.PROVED, f"{role}: nothing to sign in to")
    end = desk.credential_end()
    now = project.clock.time()
    needed, why = _needed(project, plan)
    name = f"{role}: {end.kind}"
    note = f"; {end.note}" if end.note else ""
    if end.renewed:
        held = f", holds until {_at(end.until)}" if end.until else ""
        return PreflightItem(
            "PF-CREDENTIALS", PreflightResult.PROVED, f"{name}{held}, renewed by itself{note}"
        )
    if end.until is None:
        if not end.page:
            return PreflightItem("PF-CREDENTIALS", PreflightResult.PROVED, f"{name}{note}")
        return PreflightItem(
            "PF-CREDENTIALS", PreflightResult.PERSON, f"{name}: no API tells when it ends{note}",
            "Look it up before the first window, and note the day.", end.page,
        )  # fmt: skip
    left = end.until.timestamp() - now
    told = (
        f"{name} ends {_at(end.until)}, in {duration(left)}{note}"
        if left > 0
        else f"{name} ended {_at(end.until)}{note}"
    )
    figures = {"seconds left": int(left)}
    if left < needed:
        remedy = f"Make new credentials before: {why}."
        return PreflightItem(
            "PF-CREDENTIALS", PreflightResult.FAILED, told, remedy, end.page, figures=figures
        )
    return PreflightItem("PF-CREDENTIALS", PreflightResult.PROVED, told, page=end.page, figures=figures)


def _needed(project: Project, plan: PlanFile | None) -> tuple[float, str]:
    """Return for how many seconds credentials must hold, and why."""
    if plan is None:
        return _SOON, "they end within a day"
    took = view_plan(project, plan, played=True).estimate
    seconds = took.seconds if took is not None else 0.0
    return max(
        seconds, 3600.0
    ), f"the apply of {plan.id} takes about {duration(seconds)}, with {counted(plan.count(), 'write')}"


def _at(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment is not None else ""
