"""Killed right after each single write that Jira took, while its search and fresh issues lag behind the first look: the same end."""

import shutil

import pytest
from tests.flow.desks import Desks, confirm, desks, site_of
from tests.flow.promises import Killed
from tests.rounds import drawn

from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages

PARTS = 2
LAG, FRESH = 90.0, 25.0
"""Seconds: the search knows nothing of an issue for longer than a look-up waits (60), and reading it by id misses it at first."""


class AfterWrite:
    """Dies at the first point after Jira has taken so many writes, and at every later one."""

    def __init__(self, pair: Desks, writes: int) -> None:
        self.pair, self.writes = pair, writes
        self.dead = False

    def __call__(self, name: str) -> None:
        if self.dead or sum(entry.committed for entry in self.pair.jira.ledger.writes()) >= self.writes:
            self.dead = True
            raise Killed(name)


def _late(pair: Desks) -> None:
    jira = pair.new_jira()
    jira.state.index_lag, jira.state.fresh_seconds = LAG, FRESH


def _scope(pair: Desks, root) -> Scope:
    """Two tickets: one with an internal note, one with a file."""
    pair.new_jira()
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        short = [
            change
            for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
            if sum(change.facts["comments"]) < 6
        ]
        noted = next(change.root for change in short if change.facts["internal"])
        filed = next(
            change.root for change in short if change.facts["attachments"][0] and change.root != noted
        )
    return Scope(only=(noted, filed))


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_run_killed_after_any_write_ends_the_same_while_jira_lags(tmp_path, part):
    with desks(30) as pair:
        scope = _scope(pair, tmp_path / "look")
        _late(pair)
        with Project.load(pair.project(tmp_path / "base"), clock=pair.clock) as project:
            stages.extract(project)
            confirm(project, stages.make_plan(project, scope))
        shutil.copytree(tmp_path / "base", tmp_path / "whole")
        with Project.load(tmp_path / "whole", clock=pair.clock) as project:
            assert stages.apply(project, project.plan("p-01"), workers=1).failed == 0
        expected = site_of(pair.jira)
        writes = sum(entry.committed for entry in pair.jira.ledger.writes())
        assert writes > 20
        for at in drawn(range(1 + part, writes, PARTS), 5, "kills after a write of Jira"):
            _late(pair)
            root = tmp_path / f"kill-{at}"
            shutil.copytree(tmp_path / "base", root)
            with Project.load(root, clock=pair.clock) as project, pytest.raises(Killed):
                stages.apply(project, project.plan("p-01"), workers=1, on_point=AfterWrite(pair, at))
            with Project.load(root, clock=pair.clock) as project:
                assert stages.apply(project, project.plan("p-01"), workers=1).failed == 0
            assert site_of(pair.jira) == expected, f"killed after write {at}"
            pair.healthy()
            shutil.rmtree(root)
