"""The worked mapping of two projects, between the sample desks: it is checked, tested, planned and explained with the lines of its rules."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.desks import desks
from tests.unit.cli.terminal import Terminal

from ticketferry.plan.file.reader import PlanFile
from ticketferry.project import Project, stages
from ticketferry.project.explain import explain
from ticketferry.schema.refs import ROOTS, Kind, parse_ref

EXAMPLE = Path(__file__).resolve().parents[2] / "samples" / "mapping_examples" / "two-projects"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with desks(24) as pair, pytest.MonkeyPatch.context() as environment:
        environment.setenv("ACME_VIP_ORG", "Umbrella Shop")
        root = pair.project(tmp_path_factory.mktemp("worked") / "mig")
        shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
        with Project.load(root, clock=pair.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            shutil.copyfile(plan.path, root / "made.plan")
        yield root


@pytest.fixture
def plan(folder: Path) -> Iterator[PlanFile]:
    found = PlanFile(folder / "made.plan")
    yield found
    found.close()


def test_the_worked_mapping_is_checked_and_tested_where_the_desks_were_read(folder: Path) -> None:
    terminal = Terminal(folder)
    checked = json.loads(terminal("mapping", "check", "--json").stdout)
    assert checked["good"]
    assert checked["compared_with_desks"]
    # A desk of 24 tickets has none for some conditions and entries; nothing else is in doubt.
    doubts = [row for row in checked["findings"] if row["severity"] == "doubt"]
    unused = [row["message"] for row in doubts if row["code"] == "S206"]
    assert all(message.startswith("no ticket of the source has the ") for message in unused), unused
    assert {row["code"] for row in doubts} <= {"S206", "S214", "S215", "S216"}
    assert json.loads(terminal("mapping", "test", "--json").stdout)["failed"] == 0


def test_the_worked_mapping_is_planned_without_a_blocker(plan: PlanFile) -> None:
    rows = Counter(dict(plan.rows("SELECT severity, sum(count) FROM finding GROUP BY severity")))
    assert rows["blocker"] == 0, list(plan.rows("SELECT * FROM finding WHERE severity = 'blocker'"))
    assert plan.outcomes()["ticket"] == {"create": 24}
    made = {change.title for change in plan.changes("kind = 'definition'")}
    assert {"Address", "Old SLA result", "Migrated", "Language"} <= made


def test_explain_names_the_line_of_each_rule_and_agrees_with_the_plan(folder: Path, plan: PlanFile) -> None:
    text = {
        path.name: path.read_text("utf-8").splitlines()
        for path in (folder / "mapping.yaml", folder / "house" / "zendesk_to_jsm.yaml")
    }
    told, lines = Counter[str](), set()
    with Project.load(folder) as project:
        planning = project.planning()
        for change in plan.changes():
            kind = parse_ref(change.root).kind
            if kind not in ROOTS or kind is Kind.DEFINITION:
                continue
            explained = explain(project, change.root, planning)
            told.update(explained.dispositions)
            assert (explained.outcome, explained.because) == (change.outcome.value, change.because)
            assert set(explained.fields) == set(change.fields)
            lines |= {
                found
                for leaf in explained.leaves
                for found in re.findall(r"([\w/.]+\.yaml):(\d+):\d+", leaf.rule)
            }
        planning.close()
    assert +told == +Counter(dict(plan.rows("SELECT disposition, sum(count) FROM sum GROUP BY disposition")))
    assert len(lines) >= 15
    said = [text[Path(file).name][int(number) - 1] for file, number in lines]
    for rule in (
        "closed: {to: Closed",
        "Acme: {label",
        "keep_if_used",
        "from: handled_by",
        "metadata.system",
    ):
        assert any(rule in line for line in said), (rule, said)
