"""A plan's writes lane by lane, with what is known filled in, and what is asked of all of them at once."""

import pytest
from tests.flow.migrations import write_desk, write_project

from ticketferry.plan.file.lanes import (
    count_lanes,
    findings_by_words,
    largest_tickets,
    operations_by_project,
    visible_by_route,
)
from ticketferry.plan.planned_lanes import PlanLanes
from ticketferry.project import Project, stages
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import From


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    root = tmp_path_factory.mktemp("lanes")
    write_desk(root / "src", 5)
    with Project.load(write_project(root / "mig", root / "src", root / "target")) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        yield plan, PlanLanes(plan, project.planning_of(plan), lambda: 7.0)


def test_every_ticket_comes_with_its_writes_in_their_order(planned):
    plan, lanes = planned
    names = sorted(lanes.endpoints)
    found = list(lanes.lanes(names))
    assert len(found) == lanes.count(names) == count_lanes(plan, names) == 5
    for lane in found:
        there = [row.endpoint for row in plan.operations("root = ?", (str(lane.root),))]
        assert [operation.endpoint for operation in lane.operations] == there
        assert lane.wires == (), "the target has nothing of it yet"
        assert lane.title


def test_of_many_an_even_part_comes(planned):
    _, lanes = planned
    names = sorted(lanes.endpoints)
    assert [lane.root.id for lane in lanes.lanes(names, most=2)] == [
        lane.root.id for lane in lanes.lanes(names)
    ][::3]
    assert list(lanes.lanes({"no.such"})) == []


def test_what_only_the_apply_will_tell_stays_symbolic(planned):
    _, lanes = planned
    unknown = From(Ref("acme", Kind.TICKET, "no such"), "number", as_int=True)
    assert lanes._filled({"a": [unknown], "b": 1}) == {"a": [unknown], "b": 1}
    assert lanes.clock() == 7.0
    assert lanes.wire(Ref("new", Kind.PERSON, "1")) is None


def test_what_is_asked_of_all_adds_up(planned):
    plan, lanes = planned
    tickets = {row.endpoint for row in plan.operations() if ":ticket:" in row.root}
    assert {endpoint for endpoint, _ in operations_by_project(plan)} == tickets
    assert sum(count for _, _, count in visible_by_route(plan)) == 5
    assert set(largest_tickets(plan)) == {"comments", "attachments", "links"}
    assert lanes.largest()["comments"] >= 0
    assert all(count > 0 for *_, count in findings_by_words(plan))
    assert lanes.made("ticket") == 5
    assert list(lanes.agents()) == [] or all(account.kind is Kind.PERSON for _, account in lanes.agents())
