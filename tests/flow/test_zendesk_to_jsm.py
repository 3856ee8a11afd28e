"""Zendesk to Jira Service Management over loopback: the promises of design §1 on the sample desk."""

from collections import Counter
from pathlib import Path

import pytest
from tests.flow.desks import Desks, confirm, desks, site_of
from tests.flow.promises import apply_through_faults, check_kills, check_whole_way, telling_tickets
from tests.rounds import drawn

from ticketferry.plan.inputs import EVERYTHING, Inputs, Scope
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.project.status import status
from ticketferry.schema.refs import ROOTS
from ticketferry_emulators.kit.faults import Fault

KILL_PARTS = 2
"""The kill points are shared out over so many tests, which can run side by side."""


@pytest.fixture(scope="module")
def pair():
    with desks(60) as found:
        yield found


def plan_all(pair: Desks, root: Path, scope: Scope = EVERYTHING):
    project = Project.load(pair.project(root), clock=pair.clock)
    stages.extract(project)
    plan = stages.make_plan(project, scope)
    confirm(project, plan)
    return project, plan


def planned(pair, root, scope=EVERYTHING):
    """The same for a test that begins with the plan, at an empty site (`beginnings`)."""
    root = pair.beginnings.copied(root, scope, lambda kept: plan_all(pair, kept, scope)[0].close())
    project = Project.load(root, clock=pair.clock)
    return project, project.plan("p-01")


def test_the_sample_desk_arrives_is_proved_and_taken_back(pair, tmp_path):
    jira = pair.new_jira()
    before = jira.dump()
    project, plan = plan_all(pair, tmp_path / "mig")
    with project:
        check_whole_way(project, plan, jira, before, afresh=("ticket", "organization"))
    pair.healthy()


def test_every_leaf_of_a_record_adds_up_to_the_sums_of_the_plan(pair, tmp_path):
    pair.new_jira()
    project, plan = plan_all(pair, tmp_path / "mig")
    with project:
        planning = project.planning(inputs=Inputs.of(plan.header))
        planner = Planner(planning)
        total: Counter = Counter()
        for kind in ROOTS:
            for root, rows in planning.source.roots(kind, 1):
                planned = planner.plan(root, rows)
                if planned is None or plan.change(str(root)) is None:
                    continue
                found, _ = planner.leaf_totals(planned, rows)
                assert sum(found.values()) == sum(row.leaves for row in rows), root
                if plan.change(str(root)).outcome.value == planned.outcome.value:
                    for key, count in found.items():
                        total[key.kind, key.disposition.value] += count
        said: Counter = Counter()
        for kind, disposition, count in plan.rows(
            "SELECT kind, disposition, sum(count) FROM sum GROUP BY 1, 2"
        ):
            said[kind, disposition] = count
        for key in total:
            if key[0] in ("ticket", "event"):
                assert total[key] == said[key], key


@pytest.mark.long(part=1)
@pytest.mark.parametrize("turn", range(4))
def test_lost_answers_of_every_kind_leave_the_same_site(pair, tmp_path, turn):
    pair.new_jira()
    scope = Scope(limit=12)
    project, plan = planned(pair, tmp_path / "whole", scope)
    with project:
        stages.apply(project, plan)
    expected = site_of(pair.jira)
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig", scope)
    with project:
        for nth in range(3, 400, 9):
            kind = ("drop_after", "drop_before", "status_after", "status_before")[(nth + turn) % 4]
            jira.faults.add(Fault(kind, nth=nth, writes_only=True))
        assert apply_through_faults(project, plan) > 10
        assert stages.verify(project).same
        assert stages.make_plan(project, scope).endpoint_counts() == {}
    assert site_of(jira) == expected
    pair.healthy()


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("part", range(KILL_PARTS))
def test_a_run_killed_at_any_point_ends_as_an_unbroken_one(tmp_path, part):
    with desks(30) as pair:
        project, plan = plan_all(pair, tmp_path / "look")
        with project:
            scope = Scope(only=telling_tickets(plan, closed=True))
        pair.new_jira()
        project, _plan = plan_all(pair, tmp_path / "base", scope)
        project.close()
        check_kills(
            tmp_path,
            pair,
            pair.new_jira,
            lambda: site_of(pair.jira),
            lambda count: drawn(range(part, count, KILL_PARTS), 6, "kills from Zendesk to Jira"),
        )


def test_changes_of_a_living_desk_come_as_a_delta(tmp_path):
    with desks(30) as pair:
        project, plan = plan_all(pair, tmp_path / "mig")
        with project:
            stages.apply(project, plan)
            life = pair.zendesk.state
            numbers = [
                change.facts["number"] for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
            ]
            open_ = [
                int(change.facts["number"])
                for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
                if change.facts["stage"] not in ("closed", "merged")
            ]
            assert len(numbers) > 20
            life.add_comment(open_[0], "<p>late words</p>", public=False)
            life.touch_ticket(open_[1], subject="another subject")
            pair.clock.advance(120)
            found = stages.extract(project, ("source",))["source"]
            asked = found.ledger.purposes
            assert sum(asked[name] for name in asked if name not in ("totals", "inventory")) < 40, (
                "only what changed is read"
            )
            late = stages.make_plan(project)
            moved = {
                change.root: change.outcome.value
                for change in late.changes("outcome NOT IN ('unchanged', 'skip', 'match')")
            }
            assert moved == {f"acme:ticket:{open_[0]}": "update", f"acme:ticket:{open_[1]}": "update"}
            stages.apply(project, late)
            assert stages.verify(project).same
            assert stages.make_plan(project).endpoint_counts() == {}
        pair.healthy()


def test_what_changed_in_the_newest_minute_is_named_until_an_extract_brings_it(tmp_path):
    """Zendesk's exports leave out what is newer than a minute: its own counts tell of it, and nobody may hear that nothing is to be done."""
    with desks(30) as pair:
        project, plan = plan_all(pair, tmp_path / "mig")
        with project:
            stages.apply(project, plan)
            assert stages.verify(project).same
            assert status(project).settled
            life = pair.zendesk.state
            open_ = [
                int(change.facts["number"])
                for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
                if change.facts["stage"] not in ("closed", "merged", "resolved")
            ]
            life.touch_ticket(open_[0], status="solved")
            life.delete_ticket(open_[1])
            late = stages.extract(project, ("source",))["source"]
            assert sum(late.changed.values()) == 0
            totals = late.completeness.totals
            assert totals.fresh == totals.differs > 0
            assert "the desk knows more than came" in totals.behind
            assert "leave the newest minute out" in totals.behind
            assert stages.make_plan(project).endpoint_counts() == {}
            now = status(project)
            assert not now.settled
            assert now.steps[0].command == "ticketferry extract"
            pair.clock.advance(120)
            found = stages.extract(project, ("source",))["source"]
            assert found.changed["tickets"] > 0
            totals = found.completeness.totals
            assert (totals.differs, totals.behind) == (0, "")
            assert "ticketferry extract" not in [step.command for step in status(project).steps]
            assert stages.make_plan(project).endpoint_counts() != {}
        pair.healthy()
