"""Runs that die while they write import files or bind what was imported: the same files, the same site."""

import json
import shutil
from pathlib import Path

import pytest
from tests.flow.desks import Desks, desks, site_of
from tests.flow.importing import administer, files_of, plan_all, until_files
from tests.flow.promises import Killed, Killer, telling_tickets
from tests.rounds import boundaries, drawn

from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages

PARTS = 6

pytestmark = [pytest.mark.slow, pytest.mark.long(part=1)]


def _to_be_killed(own: Desks, tmp_path: Path):
    """A plan to copy and kill, and how it ends unbroken."""
    project, plan = plan_all(own, tmp_path / "look")
    with project:
        scope = Scope(only=telling_tickets(plan))
    own.new_jira()
    project, _plan = plan_all(own, tmp_path / "base", scope)
    project.close()
    return _unbroken(own, tmp_path)


def test_a_run_killed_while_it_writes_files_writes_the_same_files(tmp_path):
    with desks(30) as own:
        _, handed_out, _, bytes_ = _to_be_killed(own, tmp_path)
        assert handed_out > 20
        for at in boundaries(handed_out, 5, "kills while files are written"):
            own.new_jira()
            root = _copy(tmp_path, f"a{at}")
            with Project.load(root, clock=own.clock) as project, pytest.raises(Killed):
                stages.apply(project, project.plan("p-01"), workers=1, on_point=Killer(at))
            with Project.load(root, clock=own.clock) as project:
                plan = project.plan("p-01")
                until_files(project, plan, workers=1)
                found = [path.read_bytes() for path in files_of(project, plan)]
            assert [_by_email(own, data) for data in found] == bytes_, at
            shutil.rmtree(root)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_run_killed_while_it_binds_ends_as_an_unbroken_one(tmp_path, part):
    with desks(30) as own:
        expected, _, binding, _ = _to_be_killed(own, tmp_path)
        assert binding > 60
        for at in drawn(range(part, binding, PARTS), 4, "kills while what was imported is bound"):
            own.new_jira()
            root = _copy(tmp_path, f"b{at}")
            with Project.load(root, clock=own.clock) as project:
                plan = project.plan("p-01")
                until_files(project, plan, workers=1)
                administer(own, files_of(project, plan))
                with pytest.raises(Killed):
                    stages.apply(project, plan, workers=1, on_point=Killer(at))
            with Project.load(root, clock=own.clock) as project:
                assert stages.apply(project, project.plan("p-01")).failed == 0
            assert site_of(own.jira) == expected, at
            own.healthy()
            shutil.rmtree(root)


def _copy(tmp_path: Path, name: str) -> Path:
    root = tmp_path / name
    shutil.copytree(tmp_path / "base", root)
    return root


def _unbroken(own: Desks, tmp_path: Path):
    root = _copy(tmp_path, "whole")
    with Project.load(root, clock=own.clock) as project:
        plan = project.plan("p-01")
        first, second = Killer(), Killer()
        until_files(project, plan, workers=1, on_point=first)
        bytes_ = [_by_email(own, path.read_bytes()) for path in files_of(project, plan)]
        administer(own, files_of(project, plan))
        assert stages.apply(project, plan, workers=1, on_point=second).failed == 0
    return site_of(own.jira), len(first.points), len(second.points), bytes_


def _by_email(own: Desks, data: bytes) -> object:
    """A file's content with e-mails instead of account ids, which a site gives in the order in which accounts are made."""
    text = data.decode()
    for account in own.jira.state.accounts.values():
        text = text.replace(account.id, account.email)
    content = json.loads(text)
    content["users"].sort(key=lambda user: user["name"])
    return content
