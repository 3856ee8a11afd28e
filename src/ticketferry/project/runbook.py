"""The runbook of a migration: its facts gathered from mapping, plans, estimates, guards and snapshots. Talks to no desk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ticketferry.acceptance.criteria import load_acceptance
from ticketferry.errors import FerryError, UsageError
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.wording.phrases import condition_words
from ticketferry.plan.file.changes import tickets_by_stage
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.approving import covering as approval_of
from ticketferry.project.migration_status import MigrationStatus
from ticketferry.project.phase_names import refuse_phase_of
from ticketferry.project.phase_plans import BEGUN, plans_by_phase
from ticketferry.project.preflight import look
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.rehearsal import Rehearsal, last_rehearsal
from ticketferry.project.status import status
from ticketferry.project.viewing import view_plan
from ticketferry.report.html import write_page
from ticketferry.report.runbook import runbook_html
from ticketferry.report.runbook_facts import PhaseFacts, RunbookFacts, SwitchFacts
from ticketferry.report.runbook_steps import evenings
from ticketferry.schema.counting import counted
from ticketferry.schema.lifecycle import CLOSED_STAGES
from ticketferry.schema.refs import Kind
from ticketferry.sdk.features import Guard
from ticketferry.sdk.preflight import CHECKS, PreflightResult
from ticketferry.store.surveys import Surveys

__all__ = ["gather_runbook", "write_runbook"]

_CAUSES = 3
"""Causes of a plan that are told in its line."""
_AGAINST = ("blockers", "rejects", "conflicts")
_ENDED = frozenset(stage.value for stage in CLOSED_STAGES)


def write_runbook(path: Path, facts: RunbookFacts) -> int:
    """Write the page and return its size in bytes."""
    return write_page(path, runbook_html(facts))


def gather_runbook(
    project: Project,
    days: Sequence[date],
    *,
    start: str = "18:00",
    switching: str | None = None,
    people: Mapping[str, str],
    commands: frozenset[str],
    preflight: bool = False,
    progress: Progress = quiet,
) -> RunbookFacts:
    """Gather what a runbook says. `days`: the go-live day of each phase in order, the last one for all that follow; `switching`: the phase with
    which the channels are switched, else the one with most open tickets; `commands`: those that this version has; `preflight`: look at both desks,
    reading only, and tell what was found.

    Raises UsageError for a mapping without phases, more days than phases, days that go back, or a phase that is not there.
    """
    mapping = project.mapping()
    names = [rule.name for rule in mapping.rules.phases]
    _refuse(names, days, switching)
    state = status(project)
    rows = {phase.name: phase for phase in state.phases}
    found: Counter[str] = Counter()
    rehearsed = last_rehearsal(project)
    applied = {
        name: tuple(plan.id for plan in reversed(plans) if plan.state in BEGUN)
        for name, plans in plans_by_phase(project, state.plans).items()
    }
    phases: list[PhaseFacts] = []
    for number, rule in enumerate(mapping.rules.phases):
        at = days[min(number, len(days) - 1)]
        here = rows.get(rule.name)
        facts = PhaseFacts(
            rule.name, at, _where(mapping, number), state=here.state if here is not None else ""
        )
        if here is not None and here.plan:
            facts = _planned(project, facts, here.plan, here.tickets, found)
        part = next((one for one in rehearsed.phases if one.name == rule.name), None) if rehearsed else None
        step = part.step("apply") if part is not None else None
        facts = replace(
            facts, rehearsed=step.seconds if step is not None else None, applied=applied.get(rule.name, ())
        )
        phases.append(facts)
    languages, channels = _people_and_channels(project, progress)
    criteria = load_acceptance(project.home)
    source, target = state.desks
    info = project.snapshots("source").latest() if (project.root / "source.db").exists() else None
    made = RunbookFacts(
        title=f"{source.key} to {target.key}",
        source=source.title,
        target=target.title,
        source_where=source.where,
        target_where=target.where,
        made=project.now(),
        source_read=source.taken,
        mapping=state.mapping,
        digest=state.mapping_digest,
        phases=phases,
        switches=[
            _switch(project, guard) for guard in project.config.target.connector.guards if guard.switch
        ],
        switching=switching or max(phases, key=lambda phase: phase.open).name,
        tickets=state.tickets,
        unphased=state.unphased,
        lag=_lag(project),
        took=_took(project),
        languages=languages,
        channels=channels,
        addresses=_addresses(project),
        not_moved=_not_moved(project, state) if info is not None else {},
        stays=dict(found.most_common()),
        criteria=[(name, most.text) for name, most in criteria.criteria.items()]
        if criteria is not None
        else (),
        golden=tuple(mapping.rules.golden),
        people=people,
        approval=project.config.approval,
        rehearsed=_rehearsed(rehearsed),
        preflight=_looked_at(project) if preflight else (),
        start=start,
        commands=commands,
        environment=project.config.environment.name if project.config.environment is not None else "",
    )
    begins = evenings(made)
    return replace(made, phases=[_within(project, one, begins[one.name].writing) for one in phases])


def _refuse(names: Sequence[str], days: Sequence[date], switching: str | None) -> None:
    if not names:
        raise UsageError(
            "the mapping has no phases, and a runbook goes by them",
            remedy="Name at least one: `phases: [{name: all, where: always}]`.",
        )
    if len(days) > len(names):
        raise UsageError(
            f"{len(days)} days for {len(names)} phases",
            remedy=f"One day a phase, in this order: {', '.join(names)}.",
        )
    if list(days) != sorted(days):
        raise UsageError(
            "the days go back in time", remedy=f"The phases move in this order: {', '.join(names)}."
        )
    if switching is not None:
        refuse_phase_of(switching, names)


def _where(mapping: MappingFile, number: int) -> str:
    words = condition_words(mapping.rules.phases[number].where)
    return "" if words == "always" else f"Tickets where {words}"


def _planned(
    project: Project, phase: PhaseFacts, id_: str, tickets: int | None, stays: Counter[str]
) -> PhaseFacts:
    """Add what the newest plan of a phase says."""
    with closing(project.plan(id_)) as plan:
        view = view_plan(project, plan, played=True)
        shown, took = view.overview, view.estimate
        covered = approval_of(project, plan, shown)
        for row in shown.endpoints:
            if row.residue:
                stays[row.residue] += row.operations
        causes = [
            f"{cause.records:,} {kind}: {cause.message}"
            for kind, cause in shown.causes.ordered()
            if kind in _AGAINST
        ][:_CAUSES]
        return PhaseFacts(
            phase.name,
            phase.day,
            phase.where,
            tickets,
            _open_tickets(plan),
            id_,
            phase.state,
            shown.operations,
            took.requests if took is not None else 0,
            took.seconds if took is not None else None,
            took.held_by if took is not None else "",
            took.import_files if took is not None else 0,
            covered.approval.by if covered.holds and covered.approval is not None else "",
            shown.newly_visible,
            tuple(causes),
        )


def _within(project: Project, phase: PhaseFacts, writing: datetime) -> PhaseFacts:
    """Say how the apply of a phase fits into the windows of its evening."""
    windows = project.config.windows
    if windows is None or phase.seconds is None:
        return phase
    fit = windows.fit(writing.replace(tzinfo=windows.zone), phase.seconds)
    if fit.first is None or fit.end is None:
        words = "no window holds it within a year"
    elif not fit.open_now:
        words = f"no window is open then: the next opens {windows.shown(fit.first.begin)}"
    elif fit.count > 1:
        words = f"it takes {fit.count} windows and ends about {windows.shown(fit.end)}; apply stops at the end of each and goes on"
    else:
        words = f"it ends about {windows.shown(fit.end)}, the window at {windows.shown(fit.first.end)}"
    return replace(phase, window=words)


def _rehearsed(found: Rehearsal | None) -> str:
    """Say what the last rehearsal found; empty where there was none."""
    if found is None:
        return ""
    failures = counted(sum(one.count for one in found.failures), "failure")
    tickets, mails = counted(found.tickets, "ticket"), counted(found.mails, "mail")
    words = f"The last rehearsal ({found.id}, {found.began[:10]}, {tickets}): {failures}, {mails} to people, {found.newly_visible:,} newly visible."
    causes = "; ".join(f"{one.count:,} × {one.message}" for one in found.failures[:_CAUSES])
    return f"{words} {causes}".strip()


def _looked_at(project: Project) -> list[tuple[str, str, str]]:
    """Look at both desks and return (result, what, evidence), what is not well first."""
    found = look(project)
    rows = [("ok" if state.proved else "open", state.guard.title, state.evidence) for state in found.guards]
    for item in found.items:
        title = item.title or (CHECKS[item.code].title if item.code in CHECKS else item.code)
        rows.append((item.result.value, title, item.evidence))
    return sorted(rows, key=lambda row: row[0] in ("ok", PreflightResult.PROVED.value))


def _open_tickets(plan: PlanFile) -> int:
    """Count the tickets of a plan that somebody works on."""
    return sum(count for stage, count in tickets_by_stage(plan) if stage not in _ENDED)


def _people_and_channels(project: Project, progress: Progress) -> tuple[dict[str, int], dict[str, int]]:
    """Count the locales of customers, and by which channels tickets came."""
    if not (project.root / "source.db").exists():
        return {}, {}
    snapshots = project.snapshots("source")
    info = snapshots.latest()
    if info is None:
        return {}, {}
    locales: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    for kind in (Kind.PERSON, Kind.TICKET):
        for done, (root, rows) in enumerate(snapshots.roots(kind, info.number), 1):
            progress("languages" if kind is Kind.PERSON else "channels", done, None)
            own = next(
                (row.records[0] for row in rows if row.id == root.id and row.kind is kind and row.records),
                None,
            )
            if own is None:
                continue
            if kind is Kind.TICKET and own.get("channel"):
                channels[str(own["channel"])] += 1
            elif kind is Kind.PERSON and own.get("role") == "end_user" and own.get("locale"):
                locales[str(own["locale"])] += 1
    return dict(locales.most_common()), dict(channels.most_common())


def _addresses(project: Project) -> tuple[str, ...]:
    """Return the addresses at which the old desk takes mail, where its catalog names them."""
    if not (project.root / "source.db").exists():
        return ()
    snapshots = project.snapshots("source")
    info = snapshots.latest()
    catalog: Mapping[str, Any] = (
        dict(snapshots.catalog(info.catalog)) if info is not None and info.catalog else {}
    )
    return tuple(str(row["name"]) for row in catalog.get("support_addresses", ()) if row.get("active", True))


def _not_moved(project: Project, state: MigrationStatus) -> dict[str, int]:
    if not state.not_moved:
        return {}
    return {
        str(row["what"]): int(row["all"]) for row in Surveys(project.snapshots("source")).inventory_counts()
    }


def _switch(project: Project, guard: Guard) -> SwitchFacts:
    if guard.proof == "read":
        holds = "read anew by each preflight"
    else:
        begun = (project.root / "workspace.db").exists()
        confirmed = project.workspace.confirmed(guard.code) if begun else None
        holds = (
            f"confirmed by {confirmed[0]}, until {confirmed[1][:16].replace('T', ' ')}"
            if confirmed
            else "nobody has confirmed it"
        )
    return SwitchFacts(guard.code, guard.title, guard.proof == "read", guard.remedy, holds)


def _lag(project: Project) -> str:
    """Return what the old desk's lists leave out because it is too new, in its connector's words."""
    try:
        with project.open_source(offline=True) as source:
            return source.limits.lag
    except FerryError:
        return ""


def _took(project: Project) -> dict[str, float]:
    """Return the seconds that the last run of each command took that came to its end."""
    if not (project.root / "workspace.db").exists():
        return {}
    found: dict[str, float] = {}
    for _, command, _, began, ended, how in project.runs.rows():
        if how == "ended" and ended:
            found[command] = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    return found
