"""Tickets get their new numbers in the order that the mapping asks for: in batches, one by one, a part of them, again and again."""

import json

import pytest
from tests.flow.migrations import MAPPING, by_origin, write_desk, write_project
from tests.flow.plans_twice import compared

from ticketferry.plan.file.changes import looking_first
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.viewing import view_plan

TICKETS = 6
MADE = {1: "2024-03-01", 2: "2024-01-05", 3: "2024-02-01", 4: "2024-01-05", 5: "2023-12-31", 6: "2024-02-15"}
"""Ticket -> when it was made; two at the same time."""
BY_TIME = ["5", "2", "4", "3", "6", "1"]


def desk_of(tmp_path, order, workers=1):
    desk = write_desk(tmp_path / "src", TICKETS)
    for number, day in MADE.items():
        desk.ticket(number, TICKETS, created=f"{day}T00:00:00Z", number=f"{'AB'[number % 2]}-{7 - number}")
    mapping = MAPPING + (f"order: {order}\n" if order else "")
    return desk, write_project(
        tmp_path / "mig", tmp_path / "src", tmp_path / "target", mapping=mapping, workers=workers
    )


def new_order(tmp_path):
    """Return the old ids of the tickets in the order of their new ids."""
    lines = [json.loads(line) for line in (tmp_path / "target" / "ticket.jsonl").read_text().splitlines()]
    made = {int(line["id"]): line["record"]["origin"] for line in lines if line["record"].get("origin")}
    return [made[id_].rpartition(":")[2] for id_ in sorted(made)]


@pytest.mark.parametrize(
    ("order", "workers", "wanted"),
    [
        ("", 1, ["1", "2", "3", "4", "5", "6"]),
        ("{by: created}", 1, BY_TIME),
        ("{by: number}", 1, ["6", "4", "2", "5", "3", "1"]),
        ("{by: created, serial_keys: true}", 4, BY_TIME),
        ("{serial_keys: true}", 4, ["1", "2", "3", "4", "5", "6"]),
    ],
)
def test_new_numbers_rise_in_the_order_of_the_mapping(tmp_path, order, workers, wanted):
    _, root = desk_of(tmp_path, order, workers)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        shown = view_plan(project, plan)
        stages.apply(project, plan)
        assert new_order(tmp_path) == wanted
        assert not stages.make_plan(project).count(), "and a plan made after it is empty"
    serial = "serial_keys" in order
    assert (shown.overview.order is not None) == bool(order)
    assert {way.name for way in shown.estimate.ways} >= ({"creations one by one"} if serial else set())
    assert shown.overview.requests - shown.overview.operations == (0 if serial else 1 - TICKETS)


def test_what_comes_first_is_the_first_in_that_order(tmp_path):
    _desk, root = desk_of(tmp_path, "{by: created}")
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope(limit=3))
        assert plan.tickets() == {f"acme:ticket:{number}" for number in BY_TIME[:3]}
        whole = stages.make_plan(project)
        assert list(looking_first(whole, 2)) == ["acme:ticket:5", "acme:ticket:2"]
        stages.apply(project, whole, canary=2)
        assert new_order(tmp_path) == BY_TIME[:2]
        stages.apply(project, whole)
        assert new_order(tmp_path) == BY_TIME


def test_a_plan_from_the_last_is_that_from_nothing_when_the_order_changes(tmp_path):
    desk, root = desk_of(tmp_path, "{by: created, serial_keys: true}")
    with Project.load(root) as project, compared() as told:
        stages.extract(project)
        stages.make_plan(project)
        desk.ticket(3, TICKETS, created="2022-01-01T00:00:00Z")
        desk.ticket(7, TICKETS, created="2023-01-01T00:00:00Z")
        stages.extract(project)
        plan = stages.make_plan(project)
        assert list(looking_first(plan, 3)) == ["acme:ticket:3", "acme:ticket:7", "acme:ticket:5"]
        assert told["from the last"] == 1
        stages.apply(project, plan)
    assert new_order(tmp_path) == ["3", "7", "5", "2", "4", "6", "1"]
    assert len(by_origin(tmp_path / "target")) > 7
