"""A write that left long after it was meant: its absence is settled from when it could last have left."""

import random
import string

import pytest
from tests.flow.migrations import DESK, by_origin, migrate, write_desk, write_project

from ticketferry.demo.proof import prove_writes
from ticketferry.errors import UnknownOutcomeError
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import WriteResult
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_neutral.target import NeutralTarget

HELD, LAG = 200.0, 30.0


class Killed(BaseException):
    pass


@pytest.mark.parametrize("death", [Killed, UnknownOutcomeError])
def test_what_was_held_back_before_it_left_is_not_written_twice(tmp_path, monkeypatch, death):
    write_desk(tmp_path / "src", 2)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target", extra=", settle: 60")
    clock = ManualClock()
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        stages.make_plan(project)
    write, find = NeutralTarget.write, NeutralTarget.find
    lost: dict[str, float] = {}

    def late(self, endpoint, batch):
        """Hold the request back (a rate limit), do it, and lose the answer."""
        if endpoint.name == "ticket.create" and not lost:
            clock.sleep(HELD)
            lost.update((operation.key, clock.time()) for operation in batch)
            write(self, endpoint, batch)
            raise death("lost")
        return write(self, endpoint, batch)

    def lagging(self, operations, last):
        answers = find(self, operations, last)
        hidden = [key for key, at in lost.items() if clock.time() < at + LAG]
        return [WriteResult(item.key, "absent") if item.key in hidden else item for item in answers]

    monkeypatch.setattr(NeutralTarget, "write", late)
    monkeypatch.setattr(NeutralTarget, "find", lagging)
    with Project.load(root, clock=clock) as project:
        if death is Killed:
            with pytest.raises(Killed):
                stages.apply(project, project.plan("p-01"))
        figures = stages.apply(project, project.plan("p-01"))
        assert (figures.failed, figures.left) == (0, 0)
        assert figures.adopted == len(lost) > 0
        assert stages.verify(project).same
    by_origin(tmp_path / "target")  # complains of a record that is there twice


def test_an_update_with_a_large_body_can_be_proved_and_taken_back(tmp_path):
    desk = write_desk(tmp_path / "src", 2)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    migrate(root)
    before = by_origin(tmp_path / "target")
    draw = random.Random(1)
    text = "".join(draw.choice(string.ascii_letters + "שלום😀") for _ in range(16_000))
    desk.comment(900, 1, f"<p>{text}</p>")
    desk.ticket(2, 2, subject="new words", body={"html": f"<p>{text}</p>"})
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        large = [row.key for row in plan.operations() if row.body is None]
        assert any(key.startswith(f"{DESK}:ticket:2/edit@") for key in large), (
            "the plan must leave a body out"
        )
        stages.apply(project, plan)
        planning = project.planning(inputs=Inputs.of(plan.header))
        with project.open_target(offline=True) as target:
            proof = prove_writes(plan, target.endpoints, project.idmap, [], Planner(planning, plan.id).render)
        assert set(proof.unseen) >= set(large)
        stages.apply(project, stages.plan_rollback(project, plan.id))
    assert by_origin(tmp_path / "target") == before
