"""An auditor writes down what may be lost; plan, verify and the report say whether it holds."""

import json
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    # Commands live by the clock of the desks, whose limits they keep.
    with desks(24) as found, mock.patch("ticketferry.project.folder.SystemClock", return_value=found.clock):
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("accepted") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
    return root


def write(folder: Path, text: str) -> None:
    (folder / "acceptance.yaml").write_text(text, encoding="utf-8")


def test_plan_verify_and_report_are_held_against_the_criteria(folder: Path, pair: Desks) -> None:
    shown = Terminal(folder)("plan", "--json")
    overview = json.loads(shown.stdout)
    assert "acceptance" not in overview
    dropped = overview["dispositions"]["dropped_by_rule"]
    assert dropped
    assert "there is no acceptance.yaml" in Terminal(folder)("accept", code=1).stderr

    write(
        folder,
        f"criteria: {{rejected: 0, newly_visible: 0, dropped: {dropped - 1}, differing: 0, witness: 0}}\n",
    )
    screen = Terminal(folder)("plan", code=2).stdout
    assert f"UNMET     {dropped:,} values that a rule drops" in screen
    assert all(width(line) <= 80 for line in screen.splitlines()), screen
    told = json.loads(Terminal(folder)("accept", "--json", code=2).stdout)
    assert {item["criterion"]: item["state"] for item in told["criteria"]} == {
        "rejected": "met", "newly_visible": "met", "dropped": "unmet", "differing": "not known yet", "witness": "not known yet",
    }  # fmt: skip

    waiver = f'{{criterion: dropped, most: {dropped}, because: "card numbers, decided by the CISO", by: Ada, until: 2099-12-31}}'
    write(
        folder,
        f"criteria: {{rejected: 0, dropped: {dropped - 1}, differing: 0, witness: 0}}\nwaivers: [{waiver}]\n",
    )
    screen = Terminal(folder)("accept").stdout
    assert "Ada accepts" in screen
    assert "card numbers, decided by the CISO" in " ".join(screen.split())

    with Project.load(folder, clock=pair.clock) as project:
        plan = project.plan(project.plan_rows()[-1]["id"])
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        name = plan.id
        plan.close()
    verified = json.loads(Terminal(folder)("verify", name, "--json").stdout)
    assert {item["criterion"]: item["state"] for item in verified["acceptance"]} == {
        "differing": "met",
        "witness": "met",
    }
    done = json.loads(Terminal(folder)("accept", name, "--json").stdout)
    assert {item["state"] for item in done["criteria"]} == {"met", "waived"}
    Terminal(folder)("report", name, "-o", "r.html")
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert "values that a rule drops" in page
    assert "decided by the CISO" in page

    issue = next(iter(pair.jira.state.issues.values()))
    issue.values["summary"] = "somebody was here"
    assert Terminal(folder)("verify", name, code=2).stdout
    allowed = '{criterion: differing, most: 1, because: "renamed on purpose", by: Ada, until: 2099-12-31}'
    seen = '{criterion: witness, most: 100%, because: "the same one", by: Ada, until: 2099-12-31}'
    write(folder, f"criteria: {{differing: 0, witness: 0}}\nwaivers: [{allowed}, {seen}]\n")
    assert "renamed on purpose" in Terminal(folder)("verify", name).stdout
    write(folder, "criteria: {rejected: 0}\n")
    Terminal(folder)("verify", name, code=2)


def test_a_broken_file_is_told_before_and_after(folder: Path) -> None:
    write(folder, "criteria: {rejectd: 0}\n")
    with Project.load(folder) as project:
        if not project.plan_rows():
            stages.make_plan(project).close()
        plans = project.plan_rows()
    for command in ("accept", "plan", "verify"):
        words = " ".join(Terminal(folder)(command, code=1).stderr.split())
        assert "did you mean `rejected`" in words, words
    with Project.load(folder) as project:
        assert len(project.plan_rows()) == len(plans), "nothing was planned before the file was read"
