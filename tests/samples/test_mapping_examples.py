"""The worked mappings of samples/mapping_examples: they load, hold against their desks, pass their own tests, and are told in words."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.cli.terminal import Terminal

from ticketferry.mapping.loader import load
from ticketferry.project.definitions_file import exported, read_definitions
from ticketferry.project.mapping_files import check_elsewhere
from ticketferry.project.mapping_tests import run_elsewhere
from ticketferry.sdk.contract import Severity

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "mapping_examples"
EXAMPLES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
NAMED_DOUBTS: dict[str, set[str]] = {}
"""Example -> codes of doubts that its README names and explains."""


@pytest.fixture(autouse=True)
def customer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_VIP_ORG", "Umbrella Shop")


def test_the_three_examples_are_there() -> None:
    assert EXAMPLES == ["32-statuses", "jsm-to-zendesk", "two-projects"]
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"]({name}/README.md)" in readme for name in EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_the_size_of_a_real_one_and_holds_against_its_desks(name: str) -> None:
    folder = FOLDER / name
    lines = (folder / "mapping.yaml").read_text("utf-8").splitlines()
    assert 150 <= len(lines) <= 400
    assert max(map(len, lines)) <= 250
    definitions = read_definitions(folder / "catalogs.json")
    checked = check_elsewhere(folder / "mapping.yaml", definitions)
    assert checked.good, (
        checked.problems,
        [item for item in checked.findings if item.severity is Severity.BLOCKER],
    )
    doubts = {item.code for item in checked.findings if item.severity is Severity.DOUBT}
    assert doubts == NAMED_DOUBTS.get(name, set()), [
        item for item in checked.findings if item.severity is Severity.DOUBT
    ]
    readme = (folder / "README.md").read_text("utf-8")
    assert all(code in readme for code in doubts)


@pytest.mark.parametrize("name", EXAMPLES)
def test_definitions_of_an_example_are_what_the_export_writes(name: str) -> None:
    path = FOLDER / name / "catalogs.json"
    assert exported(read_definitions(path)) == path.read_bytes()
    assert "@" not in path.read_text("utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_an_example_promises_is_kept(name: str) -> None:
    folder = FOLDER / name
    mapping = load(folder / "mapping.yaml")
    assert len(mapping.rules.tests) >= 10
    asked = {word for test in mapping.rules.tests for word in test.expect.model_fields_set}
    assert {"newly_visible", "dispositions", "findings"} <= asked
    done = run_elsewhere(folder / "mapping.yaml", read_definitions(folder / "catalogs.json"))
    assert {test.name: test.differences for test in done if not test.passed} == {}
    assert all(test.unasked for test in done), "a file of definitions is no new desk"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_told_in_words_with_every_section_and_test(name: str, tmp_path: Path) -> None:
    terminal = Terminal(FOLDER / name)
    for ending, sign in (("md", "## "), ("html", "<h2")):
        told = tmp_path / f"mapping.{ending}"
        terminal("mapping", "doc", "--catalog", "catalogs.json", "-o", told)
        text = told.read_text("utf-8")
        assert text.count(sign) >= 15
        assert "What is lost or changes its meaning" in text
        assert "MISSING" not in text
    plain = text.replace("&#39;", "'").replace("&#x27;", "'").replace("&quot;", '"')
    assert all(test.name in plain for test in load(FOLDER / name / "mapping.yaml").rules.tests)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_draft_from_the_definitions_of_an_example_waits_for_nothing_but_decisions(
    name: str, tmp_path: Path
) -> None:
    draft = tmp_path / "draft.yaml"
    catalogs = FOLDER / name / "catalogs.json"
    Terminal(tmp_path)("mapping", "draft", "--catalog", catalogs, "-o", draft)
    checked = check_elsewhere(draft, read_definitions(catalogs))
    assert not checked.problems
    wrong = [item for item in checked.findings if item.severity is Severity.BLOCKER and item.code != "S207"]
    assert wrong == []


def test_the_draft_of_32_statuses_leaves_at_most_two_statuses_open_and_is_right_where_it_is_sure(
    tmp_path: Path,
) -> None:
    draft = tmp_path / "draft.yaml"
    Terminal(tmp_path)("mapping", "draft", "--catalog", FOLDER / "32-statuses" / "catalogs.json", "-o", draft)
    decided = load(FOLDER / "32-statuses" / "mapping.yaml").rules.status
    assert len(decided) == 33
    text = draft.read_text("utf-8")
    proposed = yaml.safe_load(text)["status"]
    proposed = {key: value["to"] if isinstance(value, dict) else value for key, value in proposed.items()}
    assert sum(name == "?" for name in proposed.values()) <= 2
    wrong = [key for key, name in proposed.items() if name not in ("?", decided[key].to)]
    lines = {
        key: next(line for line in text.splitlines() if f"{key}:" in line or f'{key}":' in line)
        for key in wrong
    }
    assert all("not sure" in line for line in lines.values()), lines


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_commands_of_an_example_are_those_that_its_readme_says(name: str) -> None:
    readme = (FOLDER / name / "README.md").read_text("utf-8")
    lines = re.findall(r"^    ticketferry (.+)$", readme, re.MULTILINE)
    assert len(lines) >= 2
    for line in lines:
        Terminal(FOLDER / name)(*line.partition(" #")[0].split())


def test_a_check_away_from_the_desks_leads_to_the_tests_and_not_to_a_plan() -> None:
    told = Terminal(FOLDER / "32-statuses")("mapping", "check", "--catalog", "catalogs.json").stdout
    following = told.partition("Next    ticketferry ")[2].split()
    assert following[:2] == ["mapping", "test"]
    Terminal(FOLDER / "32-statuses")(*following)


def broken(name: str, tmp_path: Path, before: str, after: str) -> dict[str, Any]:
    for path in (FOLDER / name).rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(FOLDER / name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    text = (tmp_path / "mapping.yaml").read_text("utf-8")
    assert before in text
    (tmp_path / "mapping.yaml").write_text(text.replace(before, after), "utf-8")
    told = Terminal(tmp_path)("mapping", "test", "--catalog", "catalogs.json", "--json", code=2)
    return dict(json.loads(told.stdout))


@pytest.mark.parametrize(
    ("name", "before", "after", "fails"),
    [
        ("32-statuses", "- {when: {group: Legal}, project: LEGAL", "- {when: {group: Legal, form: Default}, project: LEGAL", "legal matters are seen by the legal group alone"),
        ("two-projects", "security: HR only}", "component: Tier 1}", "HR is never readable by all"),
        ("two-projects", 'drop: true, because: "PCI, decided by the CISO"', "to: Order id", "card numbers go nowhere"),
        ("jsm-to-zendesk", "HR only: {group: HR-cases}", "HR only: {group: Tier 1}", "HR stays behind closed doors, whatever its components say"),
    ],
)  # fmt: skip
def test_an_edit_that_breaks_a_promise_is_caught_by_the_example_itself(
    name: str, before: str, after: str, fails: str, tmp_path: Path
) -> None:
    told = broken(name, tmp_path, before, after)
    assert fails in [test["name"] for test in told["tests"] if not test["passed"]]
