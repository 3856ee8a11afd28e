"""Where a migration stands: desks, phases that add up, plans, what failed, what to do next. Reads the workspace, never a desk."""

import json
import os
import shutil
import socket
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ticketferry.errors import ConfigError
from ticketferry.extract.completeness import Completeness
from ticketferry.project.copies import known_copies
from ticketferry.project.counted import Counts, count
from ticketferry.project.desk_drift import DeskDrift, desk_drift
from ticketferry.project.folder import refuse_lost
from ticketferry.project.migration_status import DeskStatus, MigrationStatus, NextStep, RehearsalMark, Running
from ticketferry.project.next_steps import has_begun, next_steps
from ticketferry.project.phase_plans import covering, live_plans
from ticketferry.project.phase_states import phase_states
from ticketferry.project.problems import failed_roots
from ticketferry.project.project import Project
from ticketferry.project.quarantine import quarantined
from ticketferry.project.rehearsal import last_rehearsal
from ticketferry.project.skipping import skipped_of
from ticketferry.project.verification import last_verify_end
from ticketferry.schema.counting import counted
from ticketferry.store.surveys import Surveys

__all__ = [
    "status",
]

ALIVE_SECONDS = 20.0
"""A heartbeat older than this is that of a process that has died."""


def status(project: Project) -> MigrationStatus:
    """Read where the migration stands. Works while another command is writing. Raises WorkspaceError where workspace.db is lost."""
    root = project.root
    refuse_lost(root)
    begun = (root / "workspace.db").exists()
    plans = project.plan_rows() if begun else []
    digest, error = _mapping(project)
    counts = count(project, plans)
    desks = (_desk(project, "source", counts), _desk(project, "target", counts))
    covered = covering(project, plans)
    left_out, unphased = covered.left_out, covered.unphased
    failed = {root for id_ in live_plans(plans) for root, _ in failed_roots(project, id_).values()}
    phases = phase_states(project, counts=counts, covered=covered)
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
        waiting=counts.waiting,
        verified=_verified(project) if has_begun(plans) else "",
        running=_running(root),
        used=_used(root),
        free=shutil.disk_usage(root).free,
    )
    result.skipped = len({one.ref for one in skipped_of(project)})
    result.name = project.home.name
    result.window = project.config.windows.told(project.now()) if project.config.windows else ""
    result.environment = project.config.environment.banner if project.config.environment else ""
    if (root / "source.db").exists():
        snapshots = project.snapshots("source")
        result.completeness = Completeness.read(snapshots)
        result.not_moved = sum(int(row["all"]) for row in Surveys(snapshots).inventory_counts())
    result.census = counts.census
    result.copies = Counter(copy.plan for copy in known_copies(project)) if begun else {}
    held = quarantined(project)
    result.waived = len({one.ref for one in held if one.waived})
    result.quarantined = len({one.ref for one in held if not one.waived})
    result.drift = desk_drift(project) if begun else DeskDrift()
    result.rehearsed = _rehearsed(project, digest)
    result.steps = list(next_steps(project, result))
    if result.drift:
        changed = len(result.drift.source) + len(result.drift.target)
        words = (
            f"{counted(changed, 'name')} of the desks changed since {result.drift.plan}; then mapping check"
        )
        result.steps.insert(0, NextStep(f"ticketferry mapping draft --into {result.mapping}", words))
    if project.config.environment is not None:
        tail = f" --env {project.config.environment.name}"
        result.steps = [replace(step, command=step.command + tail) for step in result.steps]
    return result


def _rehearsed(project: Project, mapping: str) -> RehearsalMark | None:
    found = last_rehearsal(project)
    if found is None:
        return None
    latest = project.snapshots("source").latest() if (project.root / "source.db").exists() else None
    current = (
        found.inputs.get("mapping") == mapping
        and latest is not None
        and found.inputs.get("source") == latest.digest
    )
    return RehearsalMark(
        found.id,
        found.ended,
        found.tickets,
        round(found.seconds / 3600, 3),
        sum(one.count for one in found.failures),
        found.mails,
        found.newly_visible,
        good=found.good,
        current=current,
    )


def _mapping(project: Project) -> tuple[str, str]:
    try:
        return project.mapping().digest, ""
    except ConfigError as error:
        return "", error.message


def _desk(project: Project, role: str, counted: Counts) -> DeskStatus:
    desk = project.desk(role)
    facts: tuple[int | None, str, dict[str, int], bool] = (None, "", {}, False)
    if (project.root / f"{role}.db").exists():
        snapshots = project.snapshots(role)
        latest, unfinished = snapshots.latest(), snapshots.unfinished() is not None
        if latest is None:
            facts = (None, "", {}, unfinished)
        else:
            facts = (latest.number, latest.began.isoformat(), counted.records.get(role, {}), unfinished)
    return DeskStatus(role, desk.connector.title, desk.key, desk.where, *facts)


def _verified(project: Project) -> str:
    return last_verify_end(project)


def _running(root: Path) -> Running | None:
    try:
        holder = json.loads((root / "lock").read_bytes()[:512])
        age = time.time() - float(holder["beat"])
        if age > ALIVE_SECONDS or _has_died(holder):
            return None
        began = time.time() - float(holder["began"])
        return Running(str(holder["command"]), int(holder["pid"]), str(holder["host"]), max(0.0, began))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _has_died(holder: Mapping[str, Any]) -> bool:
    """Tell whether a holder of this host was killed: it left its words in the lock and is no process any more.

    On Windows signal 0 is no question but Ctrl-C (`os.kill` in Python's library reference): there only the age of the words tells.
    """
    if holder["host"] != socket.gethostname() or os.name == "nt":
        return False
    try:
        os.kill(int(holder["pid"]), 0)
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
                entry = path.lstat()
            except OSError:
                continue
            if path.is_file():
                total += entry.st_size
    return total
