"""One folder worked on in one way: what its plan, report, comparison and rollback say, byte by byte. A program, so that each way has
a process of its own, with another hash seed and other processes beside it.

python -m tests.flow.same_everywhere FOLDER EXECUTOR WHOLE, which prints JSON
"""

import hashlib
import json
import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.rounds import WHOLE

from ticketferry.kpi import compute
from ticketferry.plan import builder
from ticketferry.project import Project, stages
from ticketferry.project.executors import open_executor
from ticketferry.project.kpi import compare_figures, desk_figures
from ticketferry.project.reporting import report_plan
from ticketferry.ranges import Executor, Processes, processes
from ticketferry.rollback import planner as rolling_back
from ticketferry.verify import verifier
from ticketferry_emulators.kit.clock import ManualClock

ROOTS = 3
"""Records of a range: many ranges of a small desk."""


@contextmanager
def small_ranges() -> Iterator[None]:
    """Inside, ranges are small."""
    build = builder.build
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(compute, "RANGE_TICKETS", ROOTS))
        stack.enter_context(mock.patch.object(verifier, "RANGE_ROOTS", ROOTS))
        stack.enter_context(mock.patch.object(rolling_back, "RANGE_ROOTS", ROOTS))
        stack.enter_context(
            mock.patch.object(
                builder, "build", lambda *args, **more: build(*args, **{"range_roots": ROOTS, **more})
            )
        )
        yield


def executor_of(words: str, project: Project) -> Executor:
    """As a person says it, but also for few records."""
    executor = open_executor(words, project)
    return Processes(executor.workers, least=0) if isinstance(executor, Processes) else executor


def _forked(_: str) -> Any:
    """Processes that come with all modules imported, by a fork of one that did nothing else: six stages begin as many of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([name for name in sys.modules if name.startswith("ticketferry")])
    return context


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def said(root: Path, words: str, *, whole: bool) -> dict[str, Any]:
    """Plan, report, compare and plan to take back; return what came out."""
    context = processes.get_context if WHOLE else _forked
    with (
        small_ranges(),
        mock.patch.object(processes, "get_context", context),
        Project.load(root, clock=ManualClock()) as project,
    ):
        executor = executor_of(words, project)
        plan = stages.make_plan(project, whole=whole, executor=executor)
        report = root / "report.html"
        report_plan(project, plan, report)
        figures = desk_figures(project, executor=executor)
        compared = compare_figures(project, executor=executor)
        found = stages.verify(project, executor=executor)
        undo = stages.plan_rollback(project, "p-01", executor=executor)
        return {
            "plan": _digest(plan.path.read_bytes()),
            "digest": plan.digest,
            "report": _digest(report.read_bytes()),
            "figures": _digest(
                repr([*figures.figures.rows("group"), [*figures.backlog()], compared]).encode()
            ),
            "compared": [dict(sorted(found.counts.items())), found.values, found.files, found.lines],
            "rollback": _digest(undo.path.read_bytes()),
            "rollback digest": undo.digest,
            "operations": [plan.count(), undo.count()],
            "because": [(change.root, change.because) for change in undo.changes()],
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(said(Path(sys.argv[1]), sys.argv[2], whole=sys.argv[3] == "whole")) + "\n")
