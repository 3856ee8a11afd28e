"""Is a rehearsal right? A generated desk is rehearsed in its three phases, then applied to served stand-ins: hours, failures and mails of both.

python benchmarks/rehearsal.py --tickets 2000
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ticketferry.mapping.shipped import shipped
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.archive import ARCHIVE, confirm_archive
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
    parser.add_argument("--tickets", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=8)
    asked = parser.parse_args()
    clock = ManualClock()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        zendesk = stack.enter_context(ZendeskEmulator(clock=clock, tickets=asked.tickets).serve())
        jira = stack.enter_context(JsmEmulator(clock=clock).serve())
        write_project(folder, zendesk, jira, asked.workers)
        project = stack.enter_context(Project.load(folder, clock=clock))
        stages.extract(project)
        confirm(project)
        began = time.process_time()
        found = rehearse(project, latency=LATENCY, delta=False, rollback=False)
        print(
            json.dumps(
                {"rehearsed_cpu_seconds": round(time.process_time() - began), "failures": len(found.failures)}
            ),
            flush=True,
        )
        jira.latency = LATENCY
        for part in found.phases:
            plan = stages.make_plan(project, Scope(phase=part.name))
            confirm(project, plan)
            at, mails = clock.time(), jira.notifications
            figures = stages.apply(project, plan, fail=False)
            step = part.step("apply")
            row = {
                "phase": part.name, "tickets": part.tickets, "writes": [part.performed, figures.performed],
                "failed": [part.failed, figures.failed], "mails": [part.mails, jira.notifications - mails],
                "estimated_s": round(step.estimated, 1), "rehearsed_s": step.seconds, "applied_s": round(clock.time() - at, 1),
            }  # fmt: skip
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
