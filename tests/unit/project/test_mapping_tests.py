"""The check of a mapping tells of its tests that cannot run, and does not run them."""

import json
from pathlib import Path

import pytest
from tests.flow.migrations import MAPPING, write_desk, write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.project import Project, stages

TESTS = """tests:
  - {name: solved, given: {stage: STAGE}, expect: {outcome: moved}}
  - {name: wrong, given: {status: open}, expect: {outcome: rejected}}
  - {name: unknown, given: {status: open}, expect: {phase: PHASE}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_desk(tmp_path / "source", 3)
    desk = json.loads((tmp_path / "source" / "desk.json").read_text())
    desk["catalog"]["statuses"] = [{"id": "open", "name": "open", "stage": "assigned"}]
    (tmp_path / "source" / "desk.json").write_text(json.dumps(desk))
    write_project(tmp_path / "p", tmp_path / "source", tmp_path / "target", mapping=MAPPING)
    with Project.load(tmp_path / "p") as project:
        stages.extract(project)
    return tmp_path / "p"


def write(root: Path, stage: str, phase: str) -> None:
    (root / "mapping.yaml").write_text(MAPPING + TESTS.replace("STAGE", stage).replace("PHASE", phase))


def test_the_check_ends_with_the_tests_that_cannot_run(root: Path) -> None:
    """A consultant: the check held, and a week later `mapping test` could run none."""
    terminal = Terminal(root)
    write(root, "slved", "pilto")
    shown = terminal("mapping", "check").stdout
    assert shown.rstrip().endswith("2 tests of it cannot run: `ticketferry mapping test` says why."), shown
    assert json.loads(terminal("mapping", "check", "--json").stdout)["tests_unable"] == ["solved", "unknown"]
    told = " ".join(terminal("mapping", "test", code=1).stderr.split())
    assert "there is no stage `slved`" in told
    assert "no phase `pilto`: did you mean `pilot`?" in told
    write(root, "slved", "pilot")
    assert "1 test of it cannot run" in terminal("mapping", "check").stdout


def test_a_test_that_can_run_and_would_fail_is_not_the_business_of_the_check(root: Path) -> None:
    write(root, "resolved", "pilot")
    terminal = Terminal(root)
    assert "cannot run" not in terminal("mapping", "check").stdout
    assert json.loads(terminal("mapping", "check", "--json").stdout)["tests_unable"] == []


def test_they_are_told_of_a_mapping_that_does_not_hold_as_well(root: Path) -> None:
    write(root, "slved", "pilot")
    text = (root / "mapping.yaml").read_text()
    (root / "mapping.yaml").write_text(text.replace("where: {priority: urgent}", "where: {stage: nwe}"))
    shown = Terminal(root)("mapping", "check", code=1).stdout
    assert "did you mean `new`?" in shown
    assert "1 test of it cannot run" in shown
