"""The whole way on files: the promises of design §1 where no network can hide a mistake."""

from pathlib import Path

import pytest
from tests.flow.migrations import DESK, SourceDesk, by_origin, migrate, write_desk, write_project
from tests.flow.promises import Killed, Killer
from tests.rounds import boundaries

from ticketferry.errors import InterruptedRunError
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Disposition


def prepare(base: Path, name: str = "mig", workers: int = 1, tickets: int = 3) -> Path:
    source = base / "src"
    if not source.exists():
        write_desk(source, tickets)
    return write_project(base / name, source, base / f"{name}-target", workers=workers)


def test_everything_arrives_and_a_second_plan_is_empty(tmp_path):
    root = prepare(tmp_path, workers=4, tickets=6)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        assert plan.outcomes()["ticket"] == {"create": 6}
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.repeated, figures.left) == (0, 0, 0)
        assert figures.performed == sum(plan.endpoint_counts().values())
        found = stages.verify(project)
        assert found.same, found.lines
        assert found.files == 12
        again = stages.make_plan(project)
        assert again.endpoint_counts() == {}
    state = by_origin(tmp_path / "mig-target")
    ticket = state[f"{DESK}:ticket:1"]
    assert ticket["fields"]["Serial no."] == "SN-000001"
    assert ticket["status"] == "Open"
    assert "card" not in str(ticket).lower()
    assert state[f"{DESK}:comment:2"]["public"] is False
    assert state[f"{DESK}:comment:1"]["author"] == f"{DESK}:person:3"


def test_every_leaf_has_one_disposition_and_the_sums_are_those_of_the_extraction(tmp_path):
    from ticketferry.schema.refs import ROOTS

    root = prepare(tmp_path)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        counted = project.snapshots("source").leaves(ROOTS, 1)
        found = plan.dispositions()
    assert sum(found.values()) == counted > 0
    assert found[Disposition.UNSUPPORTED] == 0
    assert all(
        found[name]
        for name in (Disposition.CARRIED, Disposition.TRANSFORMED, Disposition.KEPT, Disposition.DROPPED)
    )


@pytest.mark.long
def test_a_run_killed_at_any_point_ends_as_an_unbroken_one(tmp_path):
    whole = prepare(tmp_path, "whole", tickets=2)
    with Project.load(whole) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        killer = Killer()
        stages.apply(project, plan, on_point=killer)
    expected = by_origin(tmp_path / "whole-target")
    points = len(killer.points)
    assert points > 60
    import shutil

    base = prepare(tmp_path, "base")
    with Project.load(base) as project:
        stages.extract(project)
        stages.make_plan(project)
    for at in boundaries(points, 12, "kills of a run between folders"):
        root, target = tmp_path / "kill", tmp_path / "base-target"
        shutil.rmtree(root, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(base, root)
        with pytest.raises(Killed), Project.load(root) as project:
            stages.apply(project, project.plan("p-01"), on_point=Killer(at))
        with Project.load(root) as project:
            figures = stages.apply(project, project.plan("p-01"))
            assert figures.failed == 0
        assert by_origin(target) == expected, f"killed at point {at}, {killer.points[at]}"


def test_rollback_leaves_the_desk_as_before_and_spares_what_people_edited(tmp_path):
    root = prepare(tmp_path, tickets=4)
    migrate(root)
    target = tmp_path / "mig-target"
    before = by_origin(target)
    edited = _edit(target, f"{DESK}:ticket:2")
    with Project.load(root) as project:
        undo = stages.plan_rollback(project, "p-01")
        kept = {change.root: change.because for change in undo.changes("outcome = 'skip'")}
        assert f"{DESK}:ticket:2" in kept
        assert "edited since" in kept[f"{DESK}:ticket:2"]
        assert f"{DESK}:person:1" in kept, "its assignee is still in use"
        stages.apply(project, undo)
    left = by_origin(target)
    assert left[f"{DESK}:ticket:2"]["subject"] == edited
    assert f"{DESK}:ticket:1" not in left
    assert set(left) < set(before)


def test_a_rollback_of_everything_leaves_nothing(tmp_path):
    root = prepare(tmp_path)
    migrate(root)
    with Project.load(root) as project:
        stages.apply(project, stages.plan_rollback(project, "p-01"))
        assert by_origin(tmp_path / "mig-target") == {}
        assert project.idmap.get(f"{DESK}:ticket:1") is None
        again = stages.make_plan(project)
        assert again.outcomes()["ticket"] == {"create": 3}


def test_an_update_is_taken_back_and_the_record_stays_ours(tmp_path):
    root = prepare(tmp_path, tickets=4)
    migrate(root)
    before = by_origin(tmp_path / "mig-target")
    SourceDesk(tmp_path / "src").ticket(1, 4, subject="new words", priority="low")
    with Project.load(root) as project:
        stages.extract(project)
        update = stages.make_plan(project)
        stages.apply(project, update)
        assert by_origin(tmp_path / "mig-target")[f"{DESK}:ticket:1"]["subject"] == "new words"
        stages.apply(project, stages.plan_rollback(project, update.id))
        assert by_origin(tmp_path / "mig-target") == before
        assert project.idmap.get(f"{DESK}:ticket:1") is not None
        assert stages.verify(project).same
        again = stages.make_plan(project)
        assert [change.root for change in again.changes("outcome = 'update'")] == [f"{DESK}:ticket:1"]
        stages.apply(project, again)
        stages.apply(project, stages.plan_rollback(project, again.id))
        stages.apply(project, stages.plan_rollback(project, "p-01"))
    assert by_origin(tmp_path / "mig-target") == {}


def test_a_plan_that_is_done_and_applied_once_more_leaves_the_books_to_those_that_came_after(tmp_path):
    root = prepare(tmp_path, tickets=4)
    migrate(root)
    SourceDesk(tmp_path / "src").ticket(1, 4, subject="new words", priority="low")
    ticket = f"{DESK}:ticket:1"
    with Project.load(root) as project:
        stages.extract(project)
        update = stages.make_plan(project)
        stages.apply(project, update)
        known = project.idmap.applied(ticket)
        assert known is not None
        assert known.plan == update.id
        figures = stages.apply(project, project.plan("p-01"))
        assert (figures.performed, figures.failed) == (0, 0)
        assert project.idmap.applied(ticket) == known
        assert project.idmap.applied(f"{DESK}:ticket:2").plan == "p-01"
        verified = stages.verify(project)
        assert verified.same
        assert stages.make_plan(project).endpoint_counts() == {}
        stages.apply(project, stages.plan_rollback(project, update.id))
        assert project.idmap.applied(ticket).plan == "p-01"


def _edit(folder: Path, origin: str) -> str:
    import json

    path = folder / "ticket.jsonl"
    for raw in path.read_text().splitlines():
        line = json.loads(raw)
        if line.get("record", {}).get("origin") == origin and not line.get("gone"):
            found = line
    found["record"]["subject"] = "changed by an agent"
    with path.open("a") as file:
        file.write(json.dumps(found) + "\n")
    return "changed by an agent"


def test_a_change_in_the_source_becomes_one_update_and_a_conflict_is_left_alone(tmp_path):
    root = prepare(tmp_path, tickets=4)
    migrate(root)
    desk = SourceDesk(tmp_path / "src")
    desk.ticket(1, 4, subject="new words")
    desk.ticket(2, 4, subject="other new words")
    desk.comment(900, 3, "<p>late</p>")
    edited = _edit(tmp_path / "mig-target", f"{DESK}:ticket:2")
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        outcomes = {
            change.root: change.outcome.value
            for change in plan.changes("outcome NOT IN ('unchanged', 'skip')")
        }
        assert outcomes == {
            f"{DESK}:ticket:1": "update",
            f"{DESK}:ticket:2": "conflict",
            f"{DESK}:ticket:3": "update",
        }
        stages.apply(project, plan)
        assert stages.make_plan(project).endpoint_counts() == {}
    state = by_origin(tmp_path / "mig-target")
    assert state[f"{DESK}:ticket:1"]["subject"] == "new words"
    assert state[f"{DESK}:ticket:2"]["subject"] == edited
    assert f"{DESK}:comment:900" in state


def test_phases_bring_their_people_and_links_are_mended_later(tmp_path):
    from ticketferry.plan.inputs import Scope

    root = prepare(tmp_path, tickets=6)
    with Project.load(root) as project:
        stages.extract(project)
        pilot = stages.make_plan(project, Scope(phase="pilot"))
        tickets = [change.root for change in pilot.changes("kind = 'ticket'")]
        assert tickets == [f"{DESK}:ticket:4"]
        people = [change.root for change in pilot.changes("kind = 'person' AND outcome = 'create'")]
        assert len(people) == 2
        stages.apply(project, pilot)
        state = by_origin(tmp_path / "mig-target")
        assert not state[f"{DESK}:ticket:4"].get("links"), "the linked ticket is not there yet"
        rest = stages.make_plan(project, Scope(phase="rest"))
        mended = [change.root for change in rest.changes("kind = 'ticket' AND outcome = 'update'")]
        assert mended == [f"{DESK}:ticket:4"]
        stages.apply(project, rest)
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    assert by_origin(tmp_path / "mig-target")[f"{DESK}:ticket:4"]["links"]


def test_only_and_limit_take_the_named_tickets(tmp_path):
    from ticketferry.plan.inputs import Scope

    root = prepare(tmp_path, tickets=6)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope(only=("ticket:2", "5")))
        assert [change.root.rsplit(":", 1)[1] for change in plan.changes("kind = 'ticket'")] == ["2", "5"]
        plan = stages.make_plan(project, Scope(limit=3))
        assert [change.root.rsplit(":", 1)[1] for change in plan.changes("kind = 'ticket'")] == [
            "1",
            "2",
            "3",
        ]
        stages.apply(project, plan)
        assert stages.verify(project).same


def test_a_canary_goes_first_and_the_rest_follows(tmp_path):
    root = prepare(tmp_path, tickets=6)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        told = []
        first = stages.apply(project, plan, canary=2, fail=False, progress=lambda *said: told.append(said))
        assert first.left > 0
        told = [said for said in told if said[0] == "operations"]
        _, done, due = told[-1]
        assert done == first.performed <= due < first.performed + first.left, (
            "links to others wait; the rest is not due"
        )
        assert first.failed == 0
        tickets = [name for name in by_origin(tmp_path / "mig-target") if name.startswith(f"{DESK}:ticket:")]
        assert len(tickets) == 2
        rest = stages.apply(project, plan)
        assert rest.left == rest.failed == 0
        assert stages.verify(project).same


def test_ctrl_c_keeps_what_was_acknowledged_and_the_next_run_goes_on(tmp_path):
    root = prepare(tmp_path, tickets=4)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        seen = 0

        def interrupt(name: str) -> None:
            nonlocal seen
            seen += 1
            if seen == 30:
                raise InterruptedRunError("stopped")

        with pytest.raises(InterruptedRunError):
            stages.apply(project, plan, on_point=interrupt)
        stages.apply(project, plan)
        assert stages.verify(project).same
