"""Plan, digest, report, comparison and rollback are the same bytes: with one process and with several, with another hash seed, from the last
plan or from nothing, on this machine or on a cluster.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import orjson
import pytest
from tests.flow.promises import Killed, Killer
from tests.flow.random_ways import WAYS, Way
from tests.rounds import WHOLE

from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry_emulators.kit.limits import RateLimits

SEVERAL = 4 if WHOLE else 2
"""Processes beside each other: each of them imports all that plans, for each of six stages. `make test-long` takes four."""
HOW = {
    "one process, from nothing": ("local:1", "whole", "0"),
    "several processes, from the last plan": (f"local:{SEVERAL}", "again", "77"),
    "a cluster, of which one dies": ("dask", "whole", "21"),
}
"""Executor, whether all is planned anew, and the hash seed."""
REST = [way for way in WAYS if not way.name.endswith("-by-file")]


def half_way(project: Project, way: Way) -> None:
    """Migrate some tickets, and begin with the others: some records are there, most were never begun, of one nobody knows."""
    project.config.mapping.write_text(way.mapping(), encoding="utf-8")
    stages.extract(project)
    first = stages.make_plan(project, Scope(limit=3))
    with project.open_target(offline=True) as target:
        bold = {"allow_visible": True, "allow_notify": [endpoint.name for endpoint in target.endpoints]}
    assert stages.apply(project, first, **bold).failed == 0
    others = stages.make_plan(project)
    with pytest.raises(Killed):
        stages.apply(project, others, workers=1, on_point=Killer(20), **bold)


def edit(root: Path) -> None:
    """Note of every fourth record that something else was seen than stands there: as if people had edited it since."""
    with closing(sqlite3.connect(root / "workspace.db")) as connection, connection:
        rows = connection.execute("SELECT ref, wanted, seen FROM applied ORDER BY ref").fetchall()
        for ref, wanted, seen in rows[::4]:
            texts = []
            for text in (wanted, seen):
                vector = orjson.loads(text) if text else {}
                for key in sorted(vector)[:2]:
                    vector[key] = "0" * len(vector[key])
                texts.append(orjson.dumps(vector).decode() if vector else text)
            connection.execute("UPDATE applied SET wanted = ?, seen = ? WHERE ref = ?", (*texts, ref))


@contextmanager
def cluster(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A cluster in a process of its own, which knows no secret of the desks and has another hash seed than whoever asks."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("JIRA_", "ZENDESK_"))}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.flow.dask_cluster", *words], text=True, cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**plain, "PYTHONHASHSEED": "3"},
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.communicate()


def run(root: Path, executor: str, whole: str, seed: str, **more: str) -> Mapping[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.flow.same_everywhere", str(root), executor, whole],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONHASHSEED": seed, **more},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.long(part=2)
@pytest.mark.parametrize("way", REST, ids=lambda way: way.name)
def test_the_bytes_do_not_tell_who_worked_on_them(way, tmp_path):
    # Each process has a clock of its own, which the desks' limits know nothing of.
    with (
        mock.patch.object(RateLimits, "check", return_value=[]),
        way.open(tmp_path) as project,
        cluster(f"{SEVERAL}", "mortal") as workers,
    ):
        assert workers.stdout is not None
        assert workers.stdin is not None
        address = workers.stdout.readline().strip().removeprefix("tcp://")
        half_way(project, way)
        root, clock = project.root, project.clock
        project.close()
        with Project.load(root, clock=clock) as again:
            # What becomes of the write in doubt is settled with the desk's own clock: a job is done some time later.
            stages.make_plan(again).close()
        edit(root)
        said = {}
        for name, (executor, whole, seed) in HOW.items():
            copy = root.with_name(f"{root.name}-{len(said)}")
            shutil.copytree(root, copy)
            said[name] = run(copy, executor.replace("dask", f"dask://{address}"), whole, seed)
            shutil.rmtree(copy)
        workers.stdin.write("lost?\n")
        workers.stdin.flush()
        assert int(workers.stdout.readline()) >= 1, "a worker died on the way"
    first = said["one process, from nothing"]
    for name, other in said.items():
        assert other == first, name
    planned, undone = first["operations"]
    signs = first["compared"][0]
    assert planned, "something is left to do"
    assert undone, "something can be taken back"
    assert signs["="], "something is the same"
    assert signs["*"], "something differs"
    assert signs["!"], "something was never done"
