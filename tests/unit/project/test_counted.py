"""What `status` keeps of its counts is what it would count now, whatever happened to the folder since."""

import shutil
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict
from unittest import mock

import pytest
from tests.flow.migrations import write_desk, write_project

from ticketferry.project import Project, counted, stages
from ticketferry.project.counted import count, keep_counts

TABLES = {
    "slot": lambda c, project: project.idmap.put(c, "acme:ticket:9", {"id": "5"}, how="created", plan="p", run="r"),
    "applied": lambda c, project: project.idmap.set_applied(
        c, "acme:ticket:9", wanted={}, seen={}, inputs="", how="created", plan="p", run="r"
    ),
    "membership": lambda c, project: project.idmap.stick(c, "acme:ticket:9", "pilot"),
    "waiting": lambda c, project: project.idmap.set_waiting(c, "acme:ticket:9", ["acme:ticket:8"]),
    "op": lambda c, _: c.execute("INSERT INTO op(plan, seq, state, run, at, attempts) VALUES ('p', 1, 'intent', 'r', '', 1)"),
}  # fmt: skip


@pytest.fixture
def root(tmp_path):
    write_desk(tmp_path / "src")
    return write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "dst")


@contextmanager
def counting():
    """Tell how often everything was counted."""
    with mock.patch.object(counted, "_counted", wraps=counted._counted) as really:
        yield really


def held(root):
    """Return the counts that hold now; they are those of a count from nothing."""
    with Project.load(root) as project:
        plans = project.plan_rows() if (root / "workspace.db").exists() else []
        told = count(project, plans)
        assert asdict(told) == asdict(counted._counted(project, plans))
    return told


def test_nothing_is_counted_twice_and_nothing_is_missed(root, tmp_path):
    held(root)
    seen = []
    with Project.load(root) as project:
        stages.extract(project)
    seen.append(held(root))
    with Project.load(root) as project:
        stages.make_plan(project)
    seen.append(held(root))
    with Project.load(root) as project:
        stages.apply(project, project.plan("p-01"))
    seen.append(held(root))
    with Project.load(root) as project:
        stages.verify(project)
    seen.append(held(root))
    desk = write_desk(tmp_path / "src", tickets=8)
    assert desk
    with Project.load(root) as project:
        stages.extract(project)
    seen.append(held(root))
    (root / "plans" / "p-01.plan").unlink()
    seen.append(held(root))
    states = [str(sum(one.census.by_phase.values(), start=Counter())) for one in seen]
    assert len(set(states[:5])) == 5, states
    with Project.load(root) as project, counting() as really:
        assert count(project, project.plan_rows()) == seen[-1]
    really.assert_not_called()


@pytest.mark.parametrize("table", TABLES)
def test_a_change_of_the_workspace_makes_the_counts_anew(root, table):
    with Project.load(root) as project:
        stages.extract(project)
        keep_counts(project)
        with counting() as really:
            count(project, [])
            really.assert_not_called()
            project.workspace.commit(lambda c: TABLES[table](c, project))
            count(project, [])
            really.assert_called_once()


def test_a_copy_of_the_workspace_that_is_put_back_has_its_own_counts(root):
    with Project.load(root) as project:
        stages.extract(project)
        stages.make_plan(project)
    shutil.copy(root / "workspace.db", root / "kept")
    before = held(root)
    with Project.load(root) as project:
        stages.apply(project, project.plan("p-01"))
    assert held(root) != before
    for path in root.glob("workspace.db*"):
        path.unlink()
    shutil.copy(root / "kept", root / "workspace.db")
    assert held(root) == before


def test_counts_that_are_torn_or_cannot_be_kept_are_made_anew(root):
    with Project.load(root) as project:
        stages.extract(project)
    whole = held(root)
    path = root / "answers" / "counts.json"
    assert path.stat().st_mode & 0o777 == 0o600
    for torn in (
        b"",
        b"{",
        b"[]",
        b'{"made from": 1}',
        path.read_bytes()[:-9],
        b'{"made from":"x","counts":{}}',
    ):
        path.write_bytes(torn)
        assert held(root) == whole
    path.unlink()
    path.parent.rename(root / "elsewhere")
    path.parent.write_text("no folder")
    assert held(root) == whole
