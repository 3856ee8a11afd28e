"""A plan that is made from the last one is the plan that is made from nothing: whatever changed, whoever changed it, whatever broke."""

import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.flow.changing_desks import Changing
from tests.flow.migrations import write_desk, write_project
from tests.flow.plans_twice import compared

from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock

SEEDS = range(200)
STEPS = 9


def change(seed: int, folder: Path, jira: Any = None) -> None:
    changing = Changing(folder, seed, jira)
    with compared() as told:
        try:
            changing.run(STEPS)
        except BaseException as error:
            error.add_note(f"seed {seed}: {', '.join(changing.done)}")
            raise
    assert told["from the last"] >= 2, (told, changing.done)


@pytest.mark.long(part=4)
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_changes_a_plan_from_the_last_one_is_that_from_nothing(seed, tmp_path):
    change(seed, tmp_path)


@pytest.mark.long(part=1)
@pytest.mark.parametrize("seed", SEEDS)
def test_so_it_is_where_people_get_accounts_and_texts_name_other_tickets(seed, tmp_path):
    with (
        JsmEmulator(clock=ManualClock()).serve() as jira,
        mock.patch.dict(os.environ, jira.credentials),
    ):
        change(seed, tmp_path, jira)


def test_one_changed_ticket_is_the_only_one_that_is_planned(tmp_path, monkeypatch):
    desk = write_desk(tmp_path / "src", 8)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    planned: list[str] = []
    plan = Planner.plan

    def noted(planner: Planner, root: Any, *args: Any, **more: Any) -> Any:
        planned.append(root.id if root.kind.value == "ticket" else str(root))
        return plan(planner, root, *args, **more)

    monkeypatch.setattr(Planner, "plan", noted)
    with Project.load(root) as project:
        for changes, again in (({}, 8), ({}, 0), ({"subject": "other"}, 1)):
            if changes:
                desk.ticket(3, 8, **changes)
            stages.extract(project)
            planned.clear()
            stages.make_plan(project)
            assert len([one for one in planned if one.isdigit()]) == again
        assert planned == ["3"]
        desk.put(
            "person", 3, {"name": "Renamed", "role": "end_user", "state": "active", "email": "P3@X.example"}
        )
        stages.extract(project)
        planned.clear()
        stages.make_plan(project)
        # Person 3 asks in tickets 1 and 5, and their comments are theirs; nobody else names them.
        assert sorted(planned) == ["1", "5", "acme:person:3"]


def test_bytes_that_came_later_are_in_the_plan_of_their_ticket(tmp_path):
    write_desk(tmp_path / "src", 8)
    with Project.load(write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")) as project:
        stages.extract(project, files=False)
        without = stages.make_plan(project).digest
        stages.extract(project, files=True)
        with compared() as told:
            plan = stages.make_plan(project)
        assert told["from the last"] == 1
        assert plan.digest != without


def test_a_number_in_a_text_is_asked_again_when_a_ticket_gets_it(tmp_path):
    with (
        JsmEmulator(clock=ManualClock()).serve() as jira,
        mock.patch.dict(os.environ, jira.credentials),
    ):
        changing = Changing(tmp_path, 0, jira)
        changing.desk.comment(changing.comments, 1, "<p>see #4711</p>", public=True, author="acme:person:1")
        with compared() as told:
            changing.plan()
            changing.desk.ticket(2, changing.tickets, number="4711")
            changing.plan()
        assert told["from the last"] == 1
        with changing.project() as project:
            plan = project.plan(project.plan_rows()[-1]["id"])
            (named,) = [
                row for row in plan.operations("root = 'acme:ticket:1'") if "acme:ticket:2" in row.params
            ]
            plan.close()
        assert named
