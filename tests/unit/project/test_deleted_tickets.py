"""A ticket that the old desk deleted for good after it was moved is told by every plan until nobody finds it in the new desk."""

import json

from tests.flow.migrations import DESK, write_desk, write_project

from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.accepting import judge_plan
from ticketferry_emulators.kit.clock import ManualClock


def stays(project: Project, scope: Scope) -> set[str]:
    plan = stages.make_plan(project, scope)
    return {subject for (subject,) in plan.rows("SELECT subject FROM finding WHERE code = 'TF-STAYS'")}


def test_what_was_deleted_and_stands_in_the_new_desk_is_told_in_its_phase(tmp_path):
    desk = write_desk(tmp_path / "src", 5)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    clock = ManualClock()
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project))
        assert stays(project, Scope()) == set()
    with (desk.folder / "ticket.jsonl").open("a") as file:
        file.write(json.dumps({"id": "4", "gone": True}) + "\n")
    clock.advance(60)
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        gone = f"{DESK}:ticket:4"
        assert stays(project, Scope()) == {gone}
        assert stays(project, Scope(phase="pilot")) == {gone}
        assert stays(project, Scope(phase="rest")) == set()
        (root / "acceptance.yaml").write_text("criteria: {stays: 0, gone: 0}\n")
        judged = judge_plan(project, stages.make_plan(project))
        assert [(item.name, item.found, item.state.value) for item in judged or ()] == [
            ("stays", 1, "unmet"),
            ("gone", 0, "met"),
        ]
        assert stays(project, Scope(only=(f"{DESK}:ticket:1",))) == set()
    target = tmp_path / "target" / "ticket.jsonl"
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    there = next(line["id"] for line in lines if line["record"]["origin"] == gone)
    with target.open("a") as file:
        file.write(json.dumps({"id": there, "gone": True}) + "\n")
    with Project.load(root, clock=clock) as project:
        assert stays(project, Scope()) == set(), "somebody deleted it by hand"
