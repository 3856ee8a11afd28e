"""What `status` counts over all tickets, kept beside the workspace until anything that it was counted from says something else."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from ticketferry import __version__
from ticketferry.project.census import Census, census
from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind
from ticketferry.store.quarantine import Quarantine

__all__ = ["COUNTED_KINDS", "Counts", "count", "keep_counts"]

FORMAT = 2
"""Raised where the same folder would be counted otherwise."""
COUNTED_KINDS = (Kind.TICKET, Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP)


@dataclass(slots=True)
class Counts:
    """Numbers of a folder that take a look at each ticket."""

    census: Census = field(default_factory=Census)
    applied: dict[str, int] = field(default_factory=dict)
    """Phase -> tickets that are in the target."""
    waiting: int = 0
    """References that wait for a record."""
    records: dict[str, dict[str, int]] = field(default_factory=dict)
    """`source` and `target` -> kind -> records of the newest snapshot; a desk that was never read to the end is not there."""


def count(project: Project, plans: Sequence[Mapping[str, Any]]) -> Counts:
    """Return the counts of now: those that were kept where they still hold, else made anew and kept where the folder can be written.

    `plans`: all of the folder. What was kept holds while it was counted from the same state of workspace.db (its token), the same snapshots,
    the same quarantine, the same plans in the same states and the same verifications.
    """
    path = project.root / "answers" / "counts.json"
    made_from = _made_from(project, plans)
    with suppress(OSError, ValueError, KeyError, TypeError):  # none there, or torn: it is made anew
        told = orjson.loads(path.read_bytes())
        if made_from and told["made from"] == made_from:
            return _restored(told["counts"])
    counts = _counted(project, plans)
    if made_from and (project.root / "workspace.db").exists() and not project.readonly:
        part = path.with_suffix(f".part{os.getpid()}")
        with suppress(OSError):  # a full disk or a medium for reading: the next call counts again
            path.parent.mkdir(exist_ok=True, mode=0o700)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(orjson.dumps({"made from": made_from, "counts": counts}))
            part.replace(path)
    return counts


def keep_counts(project: Project) -> None:
    """Count again at the end of a command that changed much, so that the next `status` has to look at no ticket."""
    if (project.root / "workspace.db").exists():
        count(project, project.plan_rows())


def _made_from(project: Project, plans: Sequence[Mapping[str, Any]]) -> str:
    """Return a digest of all that the counts depend on; empty where the folder cannot tell."""
    begun = (project.root / "workspace.db").exists()
    token = project.workspace.token if begun else "none"
    if not token:
        return ""
    desks: list[Any] = []
    for role in ("source", "target"):
        if (project.root / f"{role}.db").exists():
            snapshots = project.snapshots(role)
            latest = snapshots.latest()
            if latest is not None:
                held = [str(one.root) for one in Quarantine(snapshots).held(latest.number)]
                desks.append((role, snapshots.desk, latest.number, latest.began, latest.digest, held))
    files = {path.name for path in (project.root / "plans").glob("*.plan")}
    rows = [
        (row["id"], row["kind"], row["state"], row["digest"], f"{row['id']}.plan" in files) for row in plans
    ]
    verified = [
        (run, (project.root / "runs" / f"{run}.verify.json").exists())
        for run in (project.runs.ended_well("verify") if begun else ())
    ]
    parts = [FORMAT, __version__, project.workspace.id if begun else "", token, desks, rows, verified]
    return blake2b(orjson.dumps(parts), digest_size=16).hexdigest()


def _counted(project: Project, plans: Sequence[Mapping[str, Any]]) -> Counts:
    begun = (project.root / "workspace.db").exists()
    counts = Counts(census(project, plans))
    if begun:
        counts.applied = project.idmap.count_by_phase()
        counts.waiting = project.idmap.count_waiting()
    for role in ("source", "target"):
        if (project.root / f"{role}.db").exists():
            snapshots = project.snapshots(role)
            latest = snapshots.latest()
            if latest is not None:
                counts.records[role] = {
                    kind.value: snapshots.count(kind, latest.number) for kind in COUNTED_KINDS
                }
    return counts


def _restored(told: Mapping[str, Any]) -> Counts:
    seen = told["census"]
    by_phase = {phase: Counter(states) for phase, states in seen["by_phase"].items()}
    return Counts(
        Census(by_phase, seen["verified"], seen["same"]), told["applied"], told["waiting"], told["records"]
    )
