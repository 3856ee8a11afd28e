"""What a sceptic tries on files: kills in the middle of updates and of rollbacks, work of others in between."""

import shutil

import pytest
from tests.flow.migrations import DESK, SourceDesk, by_origin, migrate
from tests.flow.promises import Killed, Killer
from tests.flow.test_neutral_way import _edit, prepare
from tests.rounds import boundaries

from ticketferry.errors import StalePlanError
from ticketferry.project import Project, stages


def _late_changes(root):
    desk = SourceDesk(root.parent / "src")
    desk.ticket(1, 3, subject="new words")
    desk.ticket(2, 3, subject="other words", links=[])
    desk.comment(900, 3, "<p>late</p>")
    desk.comment(2, 1, "<p>changed</p>", public=False)
    with Project.load(root) as project:
        stages.extract(project)
        return stages.make_plan(project).id


@pytest.mark.long
def test_an_update_killed_at_any_point_ends_as_an_unbroken_one(tmp_path):
    root, target = prepare(tmp_path, "base"), tmp_path / "base-target"
    migrate(root)
    id_ = _late_changes(root)
    shutil.copytree(target, tmp_path / "kept")
    killer = Killer()
    shutil.copytree(root, tmp_path / "whole")
    with Project.load(tmp_path / "whole") as project:
        stages.apply(project, project.plan(id_), on_point=killer)
    expected = by_origin(target)
    for at in boundaries(len(killer.points), 12, "kills of an update"):
        for folder, kept in ((target, tmp_path / "kept"), (tmp_path / "kill", root)):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(kept, folder)
        with Project.load(tmp_path / "kill") as project, pytest.raises(Killed):
            stages.apply(project, project.plan(id_), on_point=Killer(at))
        with Project.load(tmp_path / "kill") as project:
            figures = stages.apply(project, project.plan(id_), fail=False)
            assert figures.failed == 0, f"killed at point {at}, {killer.points[at]}: {figures.problems}"
        assert by_origin(target) == expected, f"killed at point {at}, {killer.points[at]}"


def test_work_of_others_between_a_killed_update_and_its_second_start_is_spared(tmp_path):
    root, target = prepare(tmp_path, "base"), tmp_path / "base-target"
    migrate(root)
    id_ = _late_changes(root)

    def dies(name: str) -> None:
        if name == "after send":
            raise Killed(name)

    with Project.load(root) as project, pytest.raises(Killed):
        stages.apply(project, project.plan(id_), workers=1, on_point=dies)
    words = _edit(target, f"{DESK}:ticket:1")
    with Project.load(root) as project:
        figures = stages.apply(project, project.plan(id_), fail=False)
        assert figures.problems["conflict"] == 1
    assert by_origin(target)[f"{DESK}:ticket:1"]["subject"] == words


def test_what_is_edited_after_a_rollback_was_planned_is_spared_with_all_that_it_needs(tmp_path):
    root, target = prepare(tmp_path, tickets=4), tmp_path / "mig-target"
    migrate(root)
    with Project.load(root) as project:
        undo = stages.plan_rollback(project, "p-01")
        assert "skip" not in undo.outcomes()["ticket"]
        words = _edit(target, f"{DESK}:ticket:2")
        figures = stages.apply(project, undo, fail=False)
        assert figures.problems["conflict"] == 1
        left = by_origin(target)
        assert left[f"{DESK}:ticket:2"]["subject"] == words
        assert left[f"{DESK}:ticket:2"]["requester"] in left, "its requester is still in use"
        again = stages.plan_rollback(project, "p-01")
        assert stages.apply(project, again).failed == 0
    left = by_origin(target)
    assert [name for name in left if name.startswith(f"{DESK}:ticket:")] == [f"{DESK}:ticket:2"]
    assert left[f"{DESK}:ticket:2"]["requester"] in left


def test_a_ticket_that_is_left_out_later_is_named_since_it_stays_in_the_target(tmp_path):
    root = prepare(tmp_path)
    migrate(root)
    SourceDesk(tmp_path / "src").ticket(2, 3, stage="deleted", status="deleted")
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        assert plan.change(f"{DESK}:ticket:2").outcome.value == "skip"
        named = list(plan.rows("SELECT subject, message FROM finding WHERE code = 'TF-STAYS'"))
        assert [subject for subject, _ in named] == [f"{DESK}:ticket:2"]
        assert "it stays in the target" in named[0][1]
        assert plan.endpoint_counts() == {}


def _killed_at(root, target, base, at):
    for folder in (root, target):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, root)
    with pytest.raises(Killed), Project.load(root) as project:
        stages.apply(project, project.plan("p-01"), on_point=Killer(at))


@pytest.mark.long
def test_a_new_plan_after_a_kill_adopts_what_is_there_and_brings_the_rest(tmp_path):
    base, target = prepare(tmp_path, "base", tickets=2), tmp_path / "base-target"
    with Project.load(base) as project:
        stages.extract(project)
        stages.make_plan(project)
    shutil.copytree(base, tmp_path / "whole")
    killer = Killer()
    with Project.load(tmp_path / "whole") as project:
        stages.apply(project, project.plan("p-01"), on_point=killer)
    expected = by_origin(target)
    for at in boundaries(len(killer.points), 6, "a new plan after a kill", first=1):
        _killed_at(tmp_path / "kill", target, base, at)
        with Project.load(tmp_path / "kill") as project:
            stages.apply(project, stages.make_plan(project))
            assert by_origin(target) == expected, f"killed at point {at}, {killer.points[at]}"
            assert stages.verify(project, contents=False).same
            assert stages.make_plan(project).endpoint_counts() == {}
            with pytest.raises(StalePlanError, match="superseded"):
                stages.apply(project, project.plan("p-01"))


@pytest.mark.long
def test_what_a_killed_run_wrote_is_taken_back_whole(tmp_path):
    base, target = prepare(tmp_path, "base", tickets=2), tmp_path / "base-target"
    with Project.load(base) as project:
        stages.extract(project)
        stages.make_plan(project)
    shutil.copytree(base, tmp_path / "whole")
    killer = Killer()
    with Project.load(tmp_path / "whole") as project:
        stages.apply(project, project.plan("p-01"), on_point=killer)
    expected = by_origin(target)
    for at in boundaries(len(killer.points), 6, "a rollback after a kill", first=4):
        _killed_at(tmp_path / "kill", target, base, at)
        with Project.load(tmp_path / "kill") as project:
            stages.apply(project, stages.plan_rollback(project, "p-01"))
            assert by_origin(target) == {}, f"killed at point {at}, {killer.points[at]}"
            stages.apply(project, stages.make_plan(project))
        assert by_origin(target) == expected, f"killed at point {at}, {killer.points[at]}"


def test_a_late_comment_brings_its_file(tmp_path):
    root = prepare(tmp_path)
    migrate(root)
    desk = SourceDesk(tmp_path / "src")
    desk.comment(900, 1, "<p>see the file</p>")
    late = {"ticket": f"{DESK}:ticket:1", "comment": f"{DESK}:comment:900", "name": "late.txt", "size": 4}
    desk.put("attachment", 901, {**late, "sha256": desk.file(b"late")}, ("ticket", 1))
    with Project.load(root) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project))
        assert stages.verify(project).same
    assert by_origin(tmp_path / "mig-target")[f"{DESK}:attachment:901"]["comment"] == f"{DESK}:comment:900"
