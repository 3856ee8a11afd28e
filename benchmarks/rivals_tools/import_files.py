"""Jira's import JSON out of one desk: as a consultant writes it by hand with pandas, and as a plan and its apply write it."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rivals_tools.environments import HERE, python_of
from rivals_tools.extraction import NOW, by_tap, measured, served

__all__ = ["import_files", "import_files_table", "write_files"]


def _spent() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def write_files(zendesk: str, folder: str) -> None:
    """Extract a served desk and a Jira stand-in (of this process, without a socket), plan and apply until the files are there; print as JSON
    what the plan and the apply took.
    """
    from ticketferry.errors import WaitingError
    from ticketferry.mapping.shipped import shipped
    from ticketferry.project import Project, stages
    from ticketferry.project.archive import ARCHIVE, confirm_archive
    from ticketferry.sdk.pacing import SystemClock
    from ticketferry_emulators.jsm import JsmEmulator

    class Ahead(SystemClock):
        """The machine's clock, moved to the desk's present."""

        ahead = NOW - time.time()

        def time(self) -> float:
            return super().time() + self.ahead

    clock, root = Ahead(), Path(folder)
    with ExitStack() as stack:
        jira = stack.enter_context(JsmEmulator(clock=clock).serve())
        os.environ.update(jira.credentials)
        (root / "mapping.yaml").write_text(shipped()["zendesk_to_jsm"].read_text() + "\nway: import-file\n")
        (root / "migration.yaml").write_text(
            f"version: 1\nsource: {{connector: zendesk, key: acme, base_url: '{zendesk}', client_id: ticketferry_sample,"
            " client_secret: 'env:ZENDESK_CLIENT_SECRET'}\n"
            f"target: {{connector: jsm, key: jira, base_url: '{jira.base_url}', email: {jira.credentials['JIRA_EMAIL']},"
            " token: 'env:JIRA_TOKEN', import_issues: 1000}\nmapping: mapping.yaml\n"
        )
        with Project.load(root, clock=clock) as project:
            stages.extract(project)
            began = _spent()
            plan = stages.make_plan(project)
            planned = _spent()
            for state in stages.preflight(project, plan):
                if state.guard is ARCHIVE:
                    confirm_archive(project, "a benchmark")
                elif not state.proved and state.guard.proof == "person":
                    project.workspace.confirm(state.guard.code, "a benchmark")
            before = _spent()
            try:
                stages.apply(project, plan)
            except WaitingError:
                pass
            else:
                sys.exit("the apply wrote no file that waits")
            written = _spent()
            files = sorted(map(str, (root / "imports" / plan.id).glob("import-*.json")))
    print(json.dumps({"plan": planned - began, "apply": written - before, "files": files}))


def _issues(files: Iterable[Path]) -> list[dict[str, Any]]:
    return [
        issue
        for path in files
        for project in json.loads(path.read_bytes())["projects"]
        for issue in project["issues"]
    ]


def _arrived(files: list[Path]) -> dict[str, int]:
    """Count what stands in import files."""
    issues = _issues(files)
    comments = [comment for issue in issues for comment in issue.get("comments") or ()]
    return {
        "tickets": len(issues), "comments": len(comments),
        "marked": sum(any(mark in str(comment.get("body")) for mark in ("*", "[", "{")) for comment in comments),
        "fields": sum(len(issue.get("customFieldValues") or ()) for issue in issues),
        "changes": sum(len(issue.get("history") or ()) for issue in issues),
    }  # fmt: skip


def import_files(tickets: int) -> list[dict[str, Any]]:
    """Write the file of one desk both ways; return their figures."""
    rows = []
    with served(tickets) as (desk, _), tempfile.TemporaryDirectory() as folder:
        for name in ("ours", "tap", "hand"):
            Path(folder, name).mkdir()
        done = subprocess.run(
            [sys.executable, str(HERE.parent / "rivals.py"), "--files", desk["url"], str(Path(folder, "ours"))],
            stdout=subprocess.PIPE, text=True, check=True,
            env={**os.environ, "ZENDESK_CLIENT_SECRET": desk["ZENDESK_CLIENT_SECRET"]},
        )  # fmt: skip
        told = json.loads(done.stdout.splitlines()[-1])
        figures = {"cpu": told["plan"] + told["apply"], "plan": told["plan"], "apply": told["apply"]}
        rows.append(
            {
                "tool": "ticketferry, plan and apply",
                **figures,
                **_arrived([Path(each) for each in told["files"]]),
            }
        )
        print(rows[-1], flush=True)
        if python_of("tap-zendesk") is None or python_of("pandas") is None:
            print("conversion by hand: tap-zendesk or pandas is not installed (--install)", flush=True)
            return rows
        by_tap(desk, Path(folder, "tap"))
        hand = Path(folder, "hand")
        shutil.copy(Path(folder, "tap", "out"), hand / "desk.ndjson")
        script = [
            python_of("pandas") or "",
            str(HERE / "hand_written.py"),
            str(hand / "desk.ndjson"),
            str(hand / "import.json"),
        ]
        figures = measured(script, hand, {})
        rows.append({"tool": "by hand with pandas", **figures, **_arrived([hand / "import.json"])})
        print(rows[-1], flush=True)
    return rows


def import_files_table(rows: list[dict[str, Any]]) -> str:
    """Return the figures as a table."""
    lines = [
        "| Jira import JSON | tickets | comments | with markup | field values | changes of the history | CPU s | tickets a CPU second |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['tool']} | {row['tickets']:,} | {row['comments']:,} | {row['marked']:,} | {row['fields']:,} | {row['changes']:,} |"
        f" {row['cpu']:.1f} | {row['tickets'] / row['cpu']:,.0f} |"
        for row in rows
    ]
    return "\n".join(lines)
