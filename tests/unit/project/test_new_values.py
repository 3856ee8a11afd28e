"""A value that the old desk gets after an approval stops the plan, or lets its tickets wait, as the mapping says."""

import json
from pathlib import Path

import pytest
from tests.flow.migrations import MAPPING, SourceDesk, write_desk, write_project

from ticketferry.errors import MappingError
from ticketferry.plan.file.changes import count_changes
from ticketferry.project import Project, stages
from ticketferry.project.approving import approve_plan
from ticketferry.project.mapping_files import check_mapping
from ticketferry.sdk.contract import Severity

STATUSES = [
    ("new", "new"),
    ("open", "assigned"),
    ("pending", "pending_customer"),
    ("solved", "resolved"),
    ("closed", "closed"),
]
OPEN_TABLE = MAPPING.replace('"*": fail}', '"*": Open}')


def statuses(folder: Path, *more: tuple[str, str]) -> None:
    path = folder / "desk.json"
    desk = json.loads(path.read_text())
    desk["catalog"]["statuses"] = [
        {"id": name, "name": name, "stage": stage} for name, stage in (*STATUSES, *more)
    ]
    path.write_text(json.dumps(desk))


@pytest.fixture
def approved(tmp_path: Path) -> tuple[Path, SourceDesk]:
    """A migration with an approved plan; then the old desk gets a status, and a ticket in it."""
    desk = write_desk(tmp_path / "source", 4)
    statuses(tmp_path / "source")
    write_project(tmp_path / "p", tmp_path / "source", tmp_path / "target", mapping=OPEN_TABLE)
    with Project.load(tmp_path / "p") as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        approve_plan(project, plan, by="m.ito")
        plan.close()
    statuses(tmp_path / "source", ("lab", "on_hold"))
    desk.ticket(5, 6, status="lab", stage="on_hold")
    return tmp_path / "p", desk


def say(root: Path, word: str) -> None:
    (root / "mapping.yaml").write_text(OPEN_TABLE + (f"new_values: {word}\n" if word else ""))


def test_stop_makes_no_plan_until_a_rule_names_the_value(approved: tuple[Path, SourceDesk]) -> None:
    root, _ = approved
    say(root, "stop")
    with Project.load(root) as project:
        stages.extract(project)
        told = [row for row in check_mapping(project).findings if row.code == "S236"]
        assert [(row.severity, row.where) for row in told] == [(Severity.BLOCKER, "mapping.yaml:5:1")]
        assert "status `lab` is new in the old desk" in told[0].message
        with pytest.raises(MappingError, match="status `lab` is new"):
            stages.make_plan(project)
        (root / "mapping.yaml").write_text(
            OPEN_TABLE.replace("{new:", "{lab: Waiting, new:") + "new_values: stop\n"
        )
    with Project.load(root) as project:
        stages.make_plan(project).close()


def test_hold_lets_its_tickets_wait_also_after_the_next_approval(approved: tuple[Path, SourceDesk]) -> None:
    root, _ = approved
    say(root, "hold")
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        rejected = count_changes(plan, "kind = 'ticket' AND outcome = 'reject'")
        moved = count_changes(plan, "kind = 'ticket' AND outcome = 'create'")
        assert rejected >= 1
        assert moved >= 3
        mapping = plan.header["inputs"]["mapping"]
        approve_plan(project, plan, by="m.ito")
        assert project.planning().inputs.mapping == mapping, "an approval changes nothing in its own plan"
        plan.close()
        stages.extract(project)
        again = stages.make_plan(project)
        assert count_changes(again, "kind = 'ticket' AND outcome = 'reject'") == rejected
        again.close()


def test_default_lets_the_others_rule_decide(approved: tuple[Path, SourceDesk]) -> None:
    root, _ = approved
    for word in ("default", ""):
        say(root, word)
        with Project.load(root) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            assert count_changes(plan, "kind = 'ticket' AND outcome = 'reject'") == 0
            plan.close()
            assert not [row for row in check_mapping(project).findings if row.code == "S236"]


def test_before_anything_was_approved_or_applied_everything_is_known(tmp_path: Path) -> None:
    write_desk(tmp_path / "source", 2)
    statuses(tmp_path / "source")
    write_project(
        tmp_path / "p", tmp_path / "source", tmp_path / "target", mapping=OPEN_TABLE + "new_values: stop\n"
    )
    with Project.load(tmp_path / "p") as project:
        stages.extract(project)
        stages.make_plan(project).close()
        statuses(tmp_path / "source", ("lab", "on_hold"))
        stages.extract(project)
        stages.make_plan(project).close()


def test_the_tickets_are_asked_where_a_mapping_has_tables_by_a_value_and_no_condition(tmp_path: Path) -> None:
    write_desk(tmp_path / "source", 4)
    table = 'type: {none: {by: channel, values: {emial: Case, "*": Case}}}\n'
    text = MAPPING.partition("phases:")[0] + table
    write_project(tmp_path / "p", tmp_path / "source", tmp_path / "target", mapping=text)
    with Project.load(tmp_path / "p") as project:
        stages.extract(project)
        told = [row.message for row in check_mapping(project).findings if "`emial`" in row.message]
    assert len(told) == 1, told
    assert told[0].startswith("no ticket of the source has the channel `emial`")
