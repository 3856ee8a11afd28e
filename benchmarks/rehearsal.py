"""Is a rehearsal right? A generated desk is rehearsed in its three phases, then applied to served stand-ins: hours, failures and mails of both.

python benchmarks/rehearsal.py --tickets 2000
"""

import argparse
import os
import resource
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import _figures

from ticketferry.mapping.shipped import shipped
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.archive import ARCHIVE, confirm_archive
from ticketferry.project.rehearsal import Rehearsal
from ticketferry.rehearsal import rehearse
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator

LATENCY = 0.3


def confirm(project: Project, plan: Any = None) -> None:
    for state in stages.preflight(project, plan):
        if state.guard is ARCHIVE:
            confirm_archive(project, "the benchmark")
        elif not state.proved and state.guard.proof == "person":
            project.workspace.confirm(state.guard.code, "the benchmark")


def write_project(root: Path, zendesk: Any, jira: Any, workers: int) -> None:
    given = {**zendesk.credentials, **jira.credentials}
    os.environ.update(given)
    (root / "migration.yaml").write_text(
        "version: 1\n"
        f"source: {{connector: zendesk, key: acme, base_url: '{zendesk.base_url}', email: {given['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN}}\n"
        f"target: {{connector: jsm, key: jira, base_url: '{jira.base_url}', email: {given['JIRA_EMAIL']}, token: env:JIRA_TOKEN}}\n"
        f"mapping: mapping.yaml\nworkers: {workers}\n"
    )
    shutil.copyfile(shipped()["zendesk_to_jsm"], root / "mapping.yaml")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=214)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--whole", action="store_true", help="rehearse the delta and the rollback too")
    _figures.add_options(parser)
    asked = parser.parse_args()
    clock = ManualClock()
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        zendesk = stack.enter_context(ZendeskEmulator(clock=clock, tickets=asked.tickets).serve())
        jira = stack.enter_context(JsmEmulator(clock=clock).serve())
        write_project(folder, zendesk, jira, asked.workers)
        project = stack.enter_context(Project.load(folder, clock=clock))
        stages.extract(project)
        confirm(project)
        began = time.process_time()
        found = rehearse(project, latency=LATENCY, delta=asked.whole, rollback=asked.whole)
        spent = round(time.process_time() - began, 1)
        print(f"rehearsed in {spent} s of processor time", flush=True)
        began = time.process_time()
        jira.latency = LATENCY
        for part in found.phases:
            plan = stages.make_plan(project, Scope(phase=part.name))
            confirm(project, plan)
            at, mails = clock.time(), jira.notifications
            figures = stages.apply(project, plan, fail=False)
            step = part.step("apply")
            assert step is not None
            rows.append({
                "phase": part.name, "tickets": part.tickets, "writes": [part.performed, figures.performed],
                "failed": [part.failed, figures.failed], "mails": [part.mails, jira.notifications - mails],
                "estimated s": round(step.estimated or 0.0, 1), "rehearsed s": round(step.seconds, 1),
                "applied s": round(clock.time() - at, 1),
            })  # fmt: skip
            print(rows[-1], flush=True)
        costs = _costs(spent, time.process_time() - began, folder)
    heads = list(rows[0])
    table = [
        (
            f"{asked.tickets:,} tickets, answers of {LATENCY * 1000:.0f} ms, {asked.workers} workers; the rehearsal{_parts(found)} took {costs['rehearsal']} s of"
            f" processor time, plans and applies on the served stand-ins {costs['apply']} s; {costs['memory']:,} MB of memory at the most, {costs['disk']:,} MB of"
            f" disk. {_left(found)} Pairs: rehearsed, then applied."
        ),
        "",
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(_cell(row[name]) for name in heads)} |" for row in rows),
    ]
    _figures.tell("rehearsal", "\n".join(table), {"tickets": asked.tickets, **costs, "phases": rows}, asked)


def _costs(rehearsal: float, applied: float, folder: Path) -> dict[str, float]:
    """Return seconds of processor time, and MB of memory (all of this process, both desks with it) and of disk."""
    held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"rehearsal": rehearsal, "apply": round(applied, 1), "memory": most, "disk": held // 2**20}


def _parts(found: Rehearsal) -> str:
    return " with its delta and its rollback" if found.rollback is not None else ""


def _left(found: Rehearsal) -> str:
    if found.as_before is None:
        return "No rollback was rehearsed."
    return f"After the rollback the new desk {'is as before' if found.as_before else f'differs in {found.left}'}."


def _cell(value: Any) -> str:
    return " / ".join(f"{one:,}" for one in value) if isinstance(value, list) else f"{value}"


if __name__ == "__main__":
    main()
