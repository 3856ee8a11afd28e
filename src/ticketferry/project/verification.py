"""The results of `verify` kept beside the run's log, so that the report and `status` tell what was found without reading the desk again."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ticketferry.project.project import Project
from ticketferry.store.database import disk_errors
from ticketferry.verify.differences import Value
from ticketferry.verify.verifier import Verified, VerifyLine
from ticketferry.verify.witnessing import Witnessed, WitnessedDifference

__all__ = ["Verification", "keep_verified", "last_verified", "last_verify_end", "verifications"]

KEPT = 20_000
"""So many lines are kept of a result; the counts are of all."""


def keep_verified(project: Project, run: str, plans: Sequence[str], verified: Verified) -> None:
    """Keep a result; one that compared nothing is none. `plans`: those that were asked for; none means all."""
    if not verified.counts.total():
        return
    seen = verified.witnessed
    body = {
        "plans": list(plans),
        "same": verified.same,
        "counts": dict(verified.counts),
        "kinds": dict(verified.kinds),
        "values": verified.values,
        "files": verified.files,
        "lines": _plain(verified.lines),
        "left": _plain(verified.left),
        "witness": None
        if seen is None
        else {**asdict(seen), "errors": _rows(seen.errors), "explained": _rows(seen.explained)},
    }
    path = _path(project, run)
    part = path.with_suffix(".part")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(orjson.dumps(body))
        part.replace(path)


def last_verified(project: Project, plan: str | None = None) -> Verified | None:
    """Return the newest result that is about everything, or about a plan; None where there is none, or the plan was applied since."""
    applied = project.runs.last_well("apply", plan) if plan is not None else ""
    for run in project.runs.ended_well("verify"):
        path = _path(project, run)
        if not path.exists() or project.runs.ended(run) < applied:
            continue
        body = orjson.loads(path.read_bytes())
        if not body["plans"] or plan in body["plans"]:
            return _verified(body)
    return None


def last_verify_end(project: Project) -> str:
    """Return when the last verify ended that compared anything, "" where none did."""
    kept = (run for run in project.runs.ended_well("verify") if _path(project, run).exists())
    return next((project.runs.ended(run) for run in kept), "")


class Verification(NamedTuple):
    """A verify that came to its end. `plans`: those that it was about; none means all."""

    ended: str
    plans: frozenset[str]
    found: Verified


def verifications(project: Project) -> list[Verification]:
    """Return what still counts, newest first: the newest verify of everything, and those of single plans after it, each plan's newest."""
    counting: list[Verification] = []
    told: set[str] = set()
    for run in project.runs.ended_well("verify"):
        path = _path(project, run)
        if not path.exists():
            continue
        body = orjson.loads(path.read_bytes())
        plans = frozenset(body["plans"])
        if not plans or not plans <= told:
            counting.append(Verification(project.runs.ended(run), plans, _verified(body)))
        told |= plans
        if not plans:
            break
    return counting


def _path(project: Project, run: str) -> Path:
    return project.root / "runs" / f"{run}.verify.json"


def _rows(differences: Sequence[WitnessedDifference]) -> list[dict[str, Any]]:
    return [one._asdict() for one in differences[:KEPT]]


def _verified(body: dict[str, Any]) -> Verified:
    lines, left = _lines(body["lines"]), _lines(body.get("left", ()))
    seen = body["witness"]
    witnessed = None
    if seen is not None:
        errors, explained = (
            [WitnessedDifference(**one) for one in seen.pop(name)] for name in ("errors", "explained")
        )
        witnessed = Witnessed(**seen, errors=errors, explained=explained)
    counts, kinds = Counter(body["counts"]), Counter(body.get("kinds", {}))
    return Verified(counts, body["values"], body["files"], lines, witnessed, kinds, left)


def _plain(lines: Sequence[VerifyLine]) -> list[dict[str, Any]]:
    return [{**line._asdict(), "values": [value._asdict() for value in line.values]} for line in lines[:KEPT]]


def _lines(rows: Sequence[dict[str, Any]]) -> list[VerifyLine]:
    return [
        VerifyLine(
            row["sign"],
            row["ref"],
            row["target"],
            tuple(row["fields"]),
            row["message"],
            tuple(Value(**value) for value in row["values"]),
        )
        for row in rows
    ]
