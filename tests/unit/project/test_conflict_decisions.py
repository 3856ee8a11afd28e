"""`conflicts: {default: ask}`: a person decides in a table, whose lines no plan touches, and the next plan does as it says."""

import csv
import json

import pytest
from tests.flow.migrations import DESK, MAPPING, write_desk, write_project

from ticketferry.errors import MappingError, StalePlanError
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Outcome
from ticketferry_emulators.kit.clock import ManualClock

TICKET = f"{DESK}:ticket:1"


class Migrated:
    """Two tickets that were moved, and what people change of the first one in either desk."""

    def __init__(self, base, conflicts: str = "conflicts: {default: ask}\n") -> None:
        self.desk = write_desk(base / "src", 2)
        self.target = base / "target"
        self.root = write_project(base / "mig", base / "src", self.target, mapping=MAPPING + conflicts)
        self.clock = ManualClock()
        self.file = self.root / "decisions" / "conflicts.csv"
        self.apply(self.plan())

    def plan(self) -> str:
        self.clock.advance(60)
        with Project.load(self.root, clock=self.clock) as project:
            stages.extract(project)
            return stages.make_plan(project).id

    def change(self, plan: str):
        with Project.load(self.root, clock=self.clock) as project:
            return project.plan(plan).change(TICKET)

    def apply(self, plan: str) -> None:
        with Project.load(self.root, clock=self.clock) as project:
            assert stages.apply(project, project.plan(plan)).failed == 0

    def now(self) -> dict:
        lines = [json.loads(line) for line in (self.target / "ticket.jsonl").read_text().splitlines()]
        return [line for line in lines if line["record"].get("origin") == TICKET][-1]

    def agent(self, **values) -> None:
        """An agent of the new desk changes the ticket."""
        line = self.now()
        line["record"].update(values)
        with (self.target / "ticket.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def lines(self) -> list[dict]:
        with self.file.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def decide(self, decision: str, **more) -> None:
        rows = self.lines()
        rows[-1].update(decision=decision, **more)
        with self.file.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture
def migrated(tmp_path):
    found = Migrated(tmp_path)
    found.desk.ticket(1, 2, priority="urgent")
    found.agent(priority="Low")
    return found


def test_nobody_is_asked_without_a_conflict(tmp_path):
    found = Migrated(tmp_path)
    found.desk.ticket(1, 2, priority="urgent")
    assert found.change(found.plan()).outcome is Outcome.UPDATE
    assert not found.file.exists()


def test_a_conflict_is_told_with_all_three_values_and_the_record_left_alone(migrated):
    plan = migrated.plan()
    assert migrated.change(plan).outcome is Outcome.CONFLICT
    (line,) = migrated.lines()
    assert (line["ref"], line["field"], line["decision"]) == (TICKET, "priority", "")
    assert (line["we_wrote"], line["old_desk"], line["new_desk"]) == ("High", "Highest", "Low")
    migrated.apply(plan)
    assert migrated.now()["record"]["priority"] == "Low"


@pytest.mark.parametrize(("decision", "priority"), [("source", "Highest"), ("Target", "Low")])
def test_the_next_plan_does_as_was_decided_and_asks_no_more(migrated, decision, priority):
    migrated.plan()
    migrated.decide(decision, by="Ann", why="called the customer; it waits")
    plan = migrated.plan()
    assert migrated.change(plan).outcome is (Outcome.UPDATE if priority == "Highest" else Outcome.UNCHANGED)
    migrated.apply(plan)
    assert migrated.now()["record"]["priority"] == priority
    with Project.load(migrated.root, clock=migrated.clock) as project:
        assert stages.verify(project).same
    before = migrated.file.read_bytes()
    assert migrated.change(migrated.plan()).outcome is Outcome.UNCHANGED
    assert migrated.file.read_bytes() == before


def test_lines_of_people_stay_as_they_are_when_another_conflict_is_added(migrated):
    migrated.plan()
    migrated.decide("target", by="Ann", why='=1+1; "so"')
    migrated.apply(migrated.plan())
    kept = migrated.file.read_bytes()
    migrated.desk.ticket(1, 2, priority="normal")
    migrated.agent(priority="Lowest")
    assert migrated.change(migrated.plan()).outcome is Outcome.CONFLICT
    assert migrated.file.read_bytes().startswith(kept)
    _, second = migrated.lines()
    assert (second["old_desk"], second["new_desk"], second["decision"]) == ("Medium", "Lowest", "")


def test_a_plan_is_stale_once_something_else_is_decided(migrated):
    plan = migrated.plan()
    migrated.decide("source")
    with pytest.raises(StalePlanError, match="the decisions changed"):
        migrated.apply(plan)


def test_a_decision_that_is_none_stops_with_its_place(migrated):
    migrated.plan()
    migrated.decide("both")
    with pytest.raises(MappingError) as caught:
        migrated.plan()
    assert "conflicts.csv:2:1: `both` is no decision" in str(caught.value)
