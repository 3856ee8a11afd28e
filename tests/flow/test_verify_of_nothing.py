"""A verify from before anything was applied says nothing of what is applied later."""

from tests.flow.migrations import write_desk, write_project

from ticketferry.project import Project, stages
from ticketferry.project.accepting import judge_verify
from ticketferry.project.status import status
from ticketferry.project.verification import last_verified, verifications


def test_a_verify_before_the_apply_counts_for_nothing(tmp_path):
    write_desk(tmp_path / "src", 1)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    (root / "acceptance.yaml").write_text("criteria: {differing: 0}\n")
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        empty = stages.verify(project)
        assert not empty.counts.total()
        assert not judge_verify(project, empty), "nothing was compared: nothing is met"
        assert (last_verified(project, plan.id), verifications(project)) == (None, [])
        assert not status(project).verified
        stages.apply(project, plan)
        assert last_verified(project, plan.id) is None
        assert judge_verify(project, stages.verify(project))
        assert last_verified(project, plan.id).same
        assert status(project).verified
