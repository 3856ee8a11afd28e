"""A process that really dies, anywhere in its code: the next one ends with the same target, no record twice and none missing."""

import random
import shutil
import signal
import subprocess
import sys

import pytest
from tests.flow.migrations import by_origin, write_desk, write_project

from ticketferry.project import Project, stages

APPLY = """
import os, signal, sys, threading
from ticketferry.project import Project, stages
root, at, how = sys.argv[1], int(sys.argv[2]), sys.argv[3]
count = 0

def tick(*_):
    global count
    count += 1
    if count == at:
        os._exit(9) if how == "exit" else os.kill(os.getpid(), signal.SIGKILL)

with Project.load(root) as project:
    plan = project.plan("p-01")
    threading.setprofile(tick)
    sys.setprofile(tick)
    figures = stages.apply(project, plan)
    sys.setprofile(None)
    threading.setprofile(None)
    print(count, figures.failed, figures.left)
"""


def apply(root, at=0, how="kill"):
    """Apply p-01 in a process of its own that dies at the `at`-th call or return of any function (0: never)."""
    return subprocess.run(
        [sys.executable, "-c", APPLY, str(root), str(at), how],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return a planned migration to copy, how many steps its apply has, and the state it ends with."""
    base = tmp_path_factory.mktemp("kill")
    write_desk(base / "src", 3)
    root = write_project(base / "planned", base / "src", base / "target", workers=3)
    with Project.load(root) as project:
        stages.extract(project)
        stages.make_plan(project)
    whole = base / "whole"
    shutil.copytree(root, whole)
    done = apply(whole)
    assert done.returncode == 0, done.stderr
    steps, failed, left = map(int, done.stdout.split())
    assert (failed, left) == (0, 0)
    state = by_origin(base / "target")
    shutil.rmtree(base / "target")
    return base, steps, state


@pytest.mark.long(part=2)
@pytest.mark.parametrize("seed", range(30))
def test_a_killed_run_and_a_killed_second_run_end_as_an_unbroken_one(world, seed):
    base, steps, expected = world
    root, target = base / f"mig-{seed}", base / "target"
    shutil.copytree(base / "planned", root)
    draw = random.Random(seed)
    try:
        for share in (1.0, 0.6):
            dead = apply(root, draw.randrange(1, int(steps * share * 0.95)), draw.choice(["kill", "exit"]))
            assert dead.returncode in (-signal.SIGKILL, 9, 0), dead.stderr
        with Project.load(root) as project:
            figures = stages.apply(project, project.plan("p-01"))
            assert (figures.failed, figures.left) == (0, 0)
            assert stages.verify(project, contents=False).same
            assert stages.make_plan(project).endpoint_counts() == {}
        assert by_origin(target) == expected
    finally:
        shutil.rmtree(target, ignore_errors=True)


AFTER_RESULT = """
import os, sys
from ticketferry.project import Project, stages
from ticketferry.store import workspace
workspace.SOON_SECONDS = 60.0
left = int(sys.argv[2])

def dies(name):
    global left
    left -= name == "after result"
    if left == 0:
        os._exit(9)

with Project.load(sys.argv[1]) as project:
    stages.apply(project, project.plan("p-01"), workers=1, on_point=dies)
"""


@pytest.mark.parametrize("results", [1, 4, 11])
def test_a_result_that_died_with_the_process_is_found_out_by_the_next_one(world, results):
    base, _, expected = world
    root, target = base / f"result-{results}", base / "target"
    shutil.copytree(base / "planned", root)
    try:
        done = subprocess.run(
            [sys.executable, "-c", AFTER_RESULT, str(root), str(results)], check=False, timeout=100
        )
        assert done.returncode == 9
        written = sum(len(path.read_bytes().splitlines()) for path in target.glob("*.jsonl"))
        with Project.load(root) as project:
            states = project.journal("p-01", "").all_states()
            assert list(states.values()).count("intent") == 1, "written, answered, and not on the disk here"
            assert written
            figures = stages.apply(project, project.plan("p-01"))
            assert figures.failed == 0
        assert by_origin(target) == expected
    finally:
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(root)
