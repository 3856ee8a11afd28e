"""Where a migration stands: desks, phases that add up, plans, what failed, what to do next. Reads the workspace, never a desk."""

import json
import os
import shutil
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ticketferry.errors import ConfigError, FerryError
from ticketferry.extract.completeness import Completeness
from ticketferry.plan.file.changes import tickets_by_phase
from ticketferry.plan.inputs import Scope
from ticketferry.project.census import Census, census
from ticketferry.project.copies import known_copies
from ticketferry.project.folder import refuse_lost
from ticketferry.project.importing import AWAITING
from ticketferry.project.problems import failed_roots
from ticketferry.project.project import Project
from ticketferry.project.quarantine import quarantined
from ticketferry.schema.counting import counted
from ticketferry.schema.refs import Kind
from ticketferry.store.surveys import Surveys

__all__ = ["DeskStatus", "MigrationStatus", "NextStep", "PhaseState", "Running", "status"]

ALIVE_SECONDS = 20.0
"""A heartbeat older than this is that of a process that has died."""
_LEFT_OUT = ""


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """One desk: its newest finished snapshot, and whether an extract was interrupted."""

    role: str
    title: str
    key: str
    where: str
    snapshot: int | None
    taken: str
    records: Mapping[str, int]
    unfinished: bool


@dataclass(frozen=True, slots=True)
class PhaseState:
    """One phase: its tickets by the newest plan (None: none was made), how many are wholly in the new desk, how many failed."""

    name: str
    tickets: int | None
    state: str
    plan: str
    applied: int
    problems: int


@dataclass(frozen=True, slots=True)
class Running:
    """The command that writes to the workspace just now."""

    command: str
    process: int
    host: str
    seconds: float


@dataclass(frozen=True, slots=True)
class NextStep:
    """A command to run next, and why."""

    command: str
    why: str


@dataclass(slots=True)
class MigrationStatus:
    """All of it. `tickets` = the sum of `phases`, `left_out`, `unphased` and `unplanned`."""

    root: Path
    desks: tuple[DeskStatus, DeskStatus]
    mapping: str
    mapping_digest: str
    mapping_error: str
    phases: list[PhaseState]
    tickets: int
    left_out: int
    unphased: int
    unplanned: int
    plans: list[dict[str, Any]]
    problems: int
    waiting: int
    """References to tickets that are not in the new desk yet."""
    verified: str
    """When the newest complete verify ended; empty: never."""
    running: Running | None
    used: int
    free: int
    completeness: Completeness | None = None
    """What the old desk told about itself when it was last asked."""
    quarantined: int = 0
    """Records in quarantine that nobody waived."""
    waived: int = 0
    copies: Mapping[str, int] = field(default_factory=dict)
    """Plan -> how many of its tickets stand in the new desk once more."""
    not_moved: int = 0
    """Things of the old desk that somebody rebuilds."""
    census: Census = field(default_factory=Census)
    """The state of every ticket of the source."""
    steps: list[NextStep] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        """Tell whether nothing is left to do, and the last verify said that all is as it should be."""
        return not self.steps and self.census.settled and not self.needs_somebody

    @property
    def unexplained(self) -> int:
        """Count the ticket numbers of the old desk that nobody can explain."""
        return self.completeness.numbers.unknown if self.completeness is not None else 0

    @property
    def needs_somebody(self) -> bool:
        """Tell whether something failed or stopped half-way and nobody is at it."""
        if self.running is not None:
            return False
        begun = any(plan["state"] in ("applying", AWAITING) for plan in self.plans)
        return bool(
            self.problems
            or self.unexplained
            or self.quarantined
            or self.copies
            or self.census["conflict"]
            or self.census["differs"]
            or begun
            or self.mapping_error
            or any(desk.unfinished for desk in self.desks)
        )


def status(project: Project) -> MigrationStatus:
    """Read where the migration stands. Works while another command is writing. Raises WorkspaceError where workspace.db is lost."""
    root = project.root
    refuse_lost(root)
    begun = (root / "workspace.db").exists()
    plans = project.plan_rows() if begun else []
    digest, error, names = _mapping(project)
    desks = (_desk(project, "source"), _desk(project, "target"))
    covering, left_out, unphased = _covering(project, plans)
    applied = project.idmap.count_by_phase() if begun else {}
    live = _live(plans)
    failed = {root: phase for id_ in live for root, phase in failed_roots(project, id_).values()}
    problems = Counter(failed.values())
    counted_tickets = census(project, plans)
    phases = [
        _phase(project, name, plans, covering, applied, problems, counted_tickets)
        for name in [*names, *sorted((covering.keys() | applied.keys()) - {*names, _LEFT_OUT})]
    ]
    tickets = desks[0].records.get("ticket", 0)
    known = sum(phase.tickets or 0 for phase in phases) + left_out + unphased
    result = MigrationStatus(
        root=root,
        desks=desks,
        mapping=project.config.mapping.name,
        mapping_digest=digest,
        mapping_error=error,
        phases=phases,
        tickets=max(tickets, known),
        left_out=left_out,
        unphased=unphased,
        unplanned=max(0, tickets - known),
        plans=plans,
        problems=len(failed),
        waiting=project.idmap.count_waiting() if begun else 0,
        verified=_verified(project) if _wrote(plans) else "",
        running=_running(root),
        used=_used(root),
        free=shutil.disk_usage(root).free,
    )
    if (root / "source.db").exists():
        snapshots = project.snapshots("source")
        result.completeness = Completeness.read(snapshots)
        result.not_moved = sum(int(row["all"]) for row in Surveys(snapshots).inventory_counts())
    result.census = counted_tickets
    result.copies = Counter(copy.plan for copy in known_copies(project)) if begun else {}
    held = quarantined(project)
    result.waived = len({one.ref for one in held if one.waived})
    result.quarantined = len({one.ref for one in held if not one.waived})
    result.steps = list(_steps(project, result))
    return result


def _mapping(project: Project) -> tuple[str, str, list[str]]:
    try:
        mapping = project.mapping()
    except ConfigError as error:
        return "", error.message, []
    return mapping.digest, "", [phase.name for phase in mapping.rules.phases]


def _desk(project: Project, role: str) -> DeskStatus:
    desk = project.desk(role)
    facts: tuple[int | None, str, dict[str, int], bool] = (None, "", {}, False)
    if (project.root / f"{role}.db").exists():
        snapshots = project.snapshots(role)
        latest, unfinished = snapshots.latest(), snapshots.unfinished() is not None
        if latest is None:
            facts = (None, "", {}, unfinished)
        else:
            kinds = (Kind.TICKET, Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP)
            counts = {kind.value: snapshots.count(kind, latest.number) for kind in kinds}
            facts = (latest.number, latest.began.isoformat(), counts, unfinished)
    return DeskStatus(role, desk.connector.title, desk.key, desk.where, *facts)


def _covering(project: Project, plans: list[dict[str, Any]]) -> tuple[dict[str, tuple[str, int]], int, int]:
    """Return phase -> (newest plan of the whole phase, tickets), tickets left out by a rule, tickets in no phase."""
    found: dict[str, tuple[str, int]] = {}
    left_out = unphased = 0
    whole_seen = False
    for row in reversed(plans):
        if row["kind"] != "apply" or whole_seen:
            continue
        try:
            plan = project.plan(row["id"])
        except FerryError:
            continue
        scope = Scope.of(plan.header)
        if scope.narrowed:
            plan.close()
            continue
        for name, count in tickets_by_phase(plan):
            if name:
                found.setdefault(name, (row["id"], count))
            elif scope.phase is None:
                left_out = count
        if scope.phase is None:
            whole_seen = True
            unphased = int(plan.header.get("figures", {}).get("tickets in no phase", 0))
        plan.close()
    return found, left_out, unphased


def _live(plans: list[dict[str, Any]]) -> list[str]:
    """Return plans whose problems still count: begun, and no later plan of the same phase was applied."""
    live = []
    for number, row in enumerate(plans):
        later = [item for item in plans[number + 1 :] if item["phase"] in ("", row["phase"])]
        if row["state"] in ("applying", AWAITING) and not any(item["state"] == "applied" for item in later):
            live.append(str(row["id"]))
    return live


def _phase(
    project: Project,
    name: str,
    plans: list[dict[str, Any]],
    covering: Mapping[str, tuple[str, int]],
    applied: Mapping[str, int],
    problems: Mapping[str, int],
    tickets_now: Census,
) -> PhaseState:
    id_, tickets = covering.get(name, ("", None))
    row = next((item for item in plans if item["id"] == id_), None)
    there = applied.get(name, 0)
    state = "not planned" if row is None else str(row["state"])
    if row is not None and state == "planned" and there and not _operations(project, id_):
        state = "up to date"
    return PhaseState(name, tickets, state, id_, tickets_now.written(name), problems.get(name, 0))


def _operations(project: Project, id_: str) -> int:
    plan = project.plan(id_)
    count = plan.count()
    plan.close()
    return count


def _forbidden(project: Project, id_: str) -> bool:
    plan = project.plan(id_)
    found = bool(plan.blockers())
    plan.close()
    return found


def _why_plan(now: MigrationStatus) -> str:
    changed, unplanned = now.census["changed"], max(now.unplanned, now.census["unplanned"])
    parts = [f"{counted(unplanned, 'ticket')} in no plan yet"] if unplanned or not changed else []
    parts += [f"{changed:,} changed in the old desk since they were written"] if changed else []
    return ", ".join(parts)


def _other_mapping(project: Project, id_: str, digest: str) -> bool:
    """Tell whether an apply of a plan that was begun would be refused, since the mapping is not what it was made with."""
    plan = project.plan(id_)
    found = bool(digest) and plan.header["inputs"]["mapping"] != digest
    plan.close()
    return found


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


def _wrote(plans: Sequence[Mapping[str, Any]]) -> bool:
    return any(row["state"] not in ("planned", "superseded") for row in plans)


def _verified(project: Project) -> str:
    return project.runs.last_end("verify", ("ended",))


def _applied_at(project: Project) -> str:
    return project.runs.last_end("apply", ("ended", "InterruptedRunError", "FatalError"))


def _running(root: Path) -> Running | None:
    try:
        found = json.loads((root / "lock").read_bytes()[:512])
        age = time.time() - float(found["beat"])
        if age > ALIVE_SECONDS or _has_died(found):
            return None
        began = time.time() - float(found["began"])
        return Running(str(found["command"]), int(found["pid"]), str(found["host"]), max(0.0, began))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _has_died(found: Mapping[str, Any]) -> bool:
    """Tell whether a holder of this host was killed: it left its words in the lock and is no process any more.

    On Windows signal 0 is no question but Ctrl-C (`os.kill` in Python's library reference): there only the age of the words tells.
    """
    if found["host"] != socket.gethostname() or os.name == "nt":
        return False
    try:
        os.kill(int(found["pid"]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _used(root: Path) -> int:
    """Add up the workspace's own files; attachments by one look at their folders."""
    total = 0
    for pattern in (
        "*.db",
        "*.db-wal",
        "plans/*",
        "people/*",
        "runs/*",
        "imports/*/*",
        "blobs/*/*",
        "blobs/*/*/*",
    ):
        for path in root.glob(pattern):
            try:
                found = path.lstat()
            except OSError:
                continue
            if path.is_file():
                total += found.st_size
    return total


def _steps(project: Project, now: MigrationStatus) -> Iterator[NextStep]:
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


def _plan_steps(project: Project, now: MigrationStatus) -> Iterator[NextStep]:
    if now.problems:
        for id_ in _live(now.plans):
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
    planned = [
        row
        for number, row in enumerate(now.plans)
        if row["state"] == "planned"
        and row["kind"] == "apply"
        and _operations(project, row["id"])
        and not _replaced(project, row, now.plans[number + 1 :])
    ]
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
    if planned and _stale(project, planned[-1]["id"]):
        yield NextStep("ticketferry plan", f"a desk was read again since {planned[-1]['id']} was made")
    elif planned and _forbidden(project, planned[-1]["id"]):
        yield NextStep(
            f"ticketferry plan show {planned[-1]['id']}", "something in it forbids an apply: mend it"
        )
        yield NextStep("ticketferry plan", "again, when it is mended")
    elif planned:
        yield NextStep(f"ticketferry plan show {planned[-1]['id']}", "look at it, then apply it")
        yield NextStep(f"ticketferry apply {planned[-1]['id']}", "writes what the plan says and nothing else")
    elif not any(row["state"] in ("applying", AWAITING) for row in now.plans) and (
        not now.plans or now.unplanned or now.census["changed"] or now.census["unplanned"]
    ):
        yield NextStep("ticketferry plan", _why_plan(now))
    if now.census["applied"] or (
        any(row["state"] == "applied" for row in now.plans) and now.verified < _applied_at(project)
    ):
        yield NextStep("ticketferry verify", "applied since the last verify")
    elif now.census["verified"] and not now.census.same and not now.census["differs"]:
        yield NextStep("ticketferry verify", "the last one found differences, though none in a ticket")
    if now.unphased:
        yield NextStep("ticketferry mapping check", f"{counted(now.unphased, 'ticket')} in no phase")
