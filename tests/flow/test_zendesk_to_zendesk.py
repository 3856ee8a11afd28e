"""One Zendesk account into another, empty one, over loopback: the promises of the design on the sample desk."""

from itertools import pairwise

import pytest
from tests.flow.desks import confirm
from tests.flow.promises import apply_through_faults, check_kills, check_whole_way
from tests.flow.zendesk_pair import account_of, pair
from tests.rounds import drawn

from ticketferry.errors import FerryError
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, stages
from ticketferry.project.problems import problems
from ticketferry_emulators.kit.faults import Fault

KILL_PARTS = 2


@pytest.fixture(scope="module")
def desks():
    with pair(40) as found:
        yield found


def plan_all(desks, root, scope=EVERYTHING, **options):
    project = Project.load(desks.project(root, **options), clock=desks.clock)
    stages.extract(project)
    return project, stages.make_plan(project, scope)


def planned(desks, root, scope=EVERYTHING):
    """The same for a test that begins with the plan, at an empty account (`beginnings`)."""
    root = desks.beginnings.copied(root, scope, lambda kept: plan_all(desks, kept, scope)[0].close())
    project = Project.load(root, clock=desks.clock)
    return project, project.plan("p-01")


def test_the_sample_desk_arrives_is_proved_and_taken_back(desks, tmp_path):
    target = desks.new_target()
    before = target.dump()
    project, plan = plan_all(desks, tmp_path / "mig")
    with project:
        check_whole_way(project, plan, target, before)
    desks.healthy()


def test_the_tales_of_the_source_are_told_in_the_target(desks, tmp_path):
    """Threads keep authors, times and visibility; follow-ups, problems and merged tickets hang together; history is readable."""
    target = desks.new_target()
    project, plan = planned(desks, tmp_path / "mig")
    with project:
        stages.apply(project, plan)
        source, seen = desks.source.state, account_of(target)["tickets"]
        for change in plan.changes("kind = 'ticket' AND outcome = 'create'"):
            number = int(change.facts["number"])
            case = source.case(number)
            mine = seen[f"tf-acme-{number}"]
            assert mine["created"] == case.ticket["created_at"]
            assert mine["updated"] == case.ticket["updated_at"]
            assert mine["comments"][-1][3] == "ours", "each ticket ends with our own comment"
            assert mine["comments"][-1][2] is False, "which customers do not see"
            hidden = {
                event["comment_id"]
                for audit in case.audits
                for event in audit["events"]
                if event["type"] == "CommentPrivacyChange" and not event["public"]
            }
            said = [
                (
                    event.get("created_at") or audit["created_at"],
                    event["public"] and event["id"] not in hidden,
                )
                for audit in case.audits
                for event in audit["events"]
                if event["type"] in ("Comment", "VoiceComment")
            ]
            there = [(at, public) for at, _, public, *_ in mine["comments"][:-1]]
            assert there == sorted(said, key=lambda row: row[0]), number
    desks.healthy()


def test_single_users_are_made_one_a_second_and_jobs_keep_their_limit(desks, tmp_path):
    """Without bulk creation the limits of the account hold, and none is hit."""
    target = desks.new_target(plan="enterprise", bulk_users=False)
    project, plan = plan_all(desks, tmp_path / "mig", target_options="")
    with project:
        began = desks.clock.time()
        figures = stages.apply(project, plan)
        assert figures.failed == 0
        made = [
            entry.time for entry in target.ledger if entry.method == "POST" and entry.path.endswith("/users")
        ]
        assert len(made) == plan.endpoint_counts()["user.create"]
        assert all(later - earlier >= 0.99 for earlier, later in pairwise(made))
        assert desks.clock.time() - began >= len(made) - 1
        assert [entry.path for entry in target.ledger if entry.status == 429] == []
    desks.healthy()


@pytest.mark.long(part=1)
@pytest.mark.parametrize("turn", range(4))
def test_lost_answers_of_every_kind_leave_the_same_account(desks, tmp_path, turn):
    desks.new_target()
    scope = Scope(limit=12)
    project, plan = planned(desks, tmp_path / "whole", scope)
    with project:
        stages.apply(project, plan)
    expected = account_of(desks.target)
    target = desks.new_target()
    project, plan = planned(desks, tmp_path / "mig", scope)
    with project:
        for nth in range(2, 60, 3):
            kind = ("drop_after", "drop_before", "status_after", "status_before")[(nth + turn) % 4]
            target.faults.add(Fault(kind, nth=nth, writes_only=True))
        assert apply_through_faults(project, plan) > 0
        assert stages.verify(project).same
        assert stages.make_plan(project, scope).endpoint_counts() == {}
    assert account_of(target) == expected
    desks.healthy()


@pytest.mark.parametrize("delta", ["append", "reimport"])
def test_changes_of_a_living_desk_come_as_a_delta_and_are_taken_back(tmp_path, delta):
    """Only what changed is written; the plan tells how many tickets are updated or imported anew."""
    with pair(40) as desks:
        project, plan = plan_all(
            desks, tmp_path / "mig", target_options=f", bulk_users: true, delta: {delta}"
        )
        for row in desks.target.state.lists["triggers"].values():
            row["active"] = False  # a person does that before the first update, or the guard stops it
        with project:
            stages.apply(project, plan)
            first = account_of(desks.target)
            life = desks.source.state
            changes = list(plan.changes("kind = 'ticket' AND outcome = 'create'"))
            open_ = [
                int(item.facts["number"])
                for item in changes
                if item.facts["stage"] not in ("closed", "merged")
            ]
            life.add_comment(open_[0], "<p>late words</p>", public=False)
            life.touch_ticket(open_[1], subject="another subject")
            desks.clock.advance(120)
            stages.extract(project, ("source",))
            late = stages.make_plan(project)
            moved = {
                item.root: item.outcome.value
                for item in late.changes("outcome NOT IN ('unchanged', 'skip', 'match')")
            }
            assert moved == {f"acme:ticket:{open_[0]}": "update", f"acme:ticket:{open_[1]}": "update"}
            found = dict(late.rows("SELECT code, sum(count) FROM finding GROUP BY 1"))
            if delta == "append":
                assert late.endpoint_counts() == {"comment.add": 1, "ticket.update": 2}
                assert found["ZD-APPEND"] == 1
            else:
                assert late.endpoint_counts()["ticket.delete"] == found["ZD-REIMPORT"] == 2
            confirm(project, late)
            assert stages.apply(project, late).failed == 0
            assert stages.verify(project).same
            assert stages.make_plan(project).endpoint_counts() == {}
            undo = stages.plan_rollback(project, late.id)
            confirm(project, undo)
            assert stages.apply(project, undo).failed == 0
            if delta == "reimport":
                after = account_of(desks.target)["tickets"]
                assert {name: {**one, "updated": ""} for name, one in after.items()} == {
                    name: {**one, "updated": ""} for name, one in first["tickets"].items()
                }
        desks.healthy()


def test_an_update_waits_until_nobody_would_be_told(tmp_path):
    """The account's triggers notify: the plan of an import is applied, the one with updates is refused."""
    with pair(12) as desks:
        project, plan = plan_all(desks, tmp_path / "mig")
        with project:
            stages.apply(project, plan)
            number = next(
                int(item.facts["number"])
                for item in plan.changes("kind = 'ticket' AND outcome = 'create'")
                if item.facts["stage"] not in ("closed", "merged")
            )
            desks.source.state.touch_ticket(number, subject="another subject")
            desks.clock.advance(120)
            stages.extract(project, ("source",))
            late = stages.make_plan(project)
            proved = {state.guard.code: state.proved for state in stages.preflight(project, late)}
            assert proved == {"ZD-G-TRIGGERS": False, "ZD-G-AUTOMATIONS": True, "ZD-G-FOLLOWERS": False}
            confirm(project, late)
            with pytest.raises(FerryError):
                stages.apply(project, late)
        desks.healthy()


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("part", range(KILL_PARTS))
def test_a_run_killed_at_any_point_ends_as_an_unbroken_one(desks, tmp_path, part):
    scope = Scope(limit=4)
    desks.new_target()
    project, _plan = plan_all(desks, tmp_path / "base", scope)
    project.close()
    check_kills(
        tmp_path,
        desks,
        desks.new_target,
        lambda: account_of(desks.target),
        lambda count: drawn(range(part, count, KILL_PARTS), 6, "kills from Zendesk to Zendesk"),
    )


def test_a_mark_on_two_tickets_of_the_target_is_named_and_the_second_can_be_deleted(desks, tmp_path):
    """A write whose answer was lost arrived twice after all: two tickets bear the same external id."""
    target = desks.new_target()
    project, plan = plan_all(desks, tmp_path / "mig", Scope(limit=6))
    with project:
        stages.apply(project, plan)
        assert stages.verify(project).same
        state = target.state
        first = next(iter(state.heads))
        ticket = state.case(first).ticket
        second = state.create_ticket("again", "<p>again</p>", requester=ticket["requester_id"])
        state.touch_ticket(second, external_id=ticket["external_id"])
        desks.clock.advance(120)
        found = stages.verify(project)
        (line,) = found.lines
        assert (found.same, line.sign, line.target) == (False, "-", str(second))
        assert line.message.startswith(f"{second} is a copy of {first}: ")
        (cause,) = problems(project)
        assert (cause.code, cause.count, cause.plan) == ("TF-COPY", 1, plan.id)
        undo = stages.plan_copies(project, plan.id)
        assert sum(undo.endpoint_counts().values()) == 1
        stages.apply(project, undo)
        assert state.heads[first].status != "deleted"
        assert state.heads[second].status == "deleted"
        assert problems(project) == []
        desks.clock.advance(120)
        assert stages.verify(project).same
    desks.healthy()
