"""A difference is told with both values, short, and without what the mapping drops."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.flow.migrations import DESK, migrate, write_desk, write_project

from ticketferry.cli import cli
from ticketferry.project import Project, stages
from ticketferry.project.verification import last_verified


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_desk(tmp_path / "src", 2)
    found = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    migrate(found)
    return found


def edit(target: Path, kind: str, of: str, **changes: Any) -> None:
    """Somebody changes a record of the new desk."""
    path = target / f"{kind}.jsonl"
    lines = [json.loads(raw) for raw in path.read_text(encoding="utf-8").splitlines()]
    line = next(one for one in reversed(lines) if one.get("record", {}).get("origin") == of)
    line["record"] = {**line["record"], **changes}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def test_old_and_new_values_are_told_for_each_field(root: Path, tmp_path: Path) -> None:
    edit(tmp_path / "target", "ticket", f"{DESK}:ticket:1", subject="another " * 40, priority="Low")
    edit(tmp_path / "target", "comment", f"{DESK}:comment:2", public=True)
    with Project.load(root) as project:
        found = stages.verify(project)
    (line,) = [line for line in found.lines if line.sign == "*"]
    told = {value.key: (value.wanted, value.now) for value in line.values}
    assert told["priority"] == ("High", "Low")
    assert told["subject"][0] == "Ticket 1 שלום 😀\u202e"
    assert told["subject"][1].endswith("…")
    assert len(told["subject"][1]) <= 60
    assert told[f"comments[{DESK}:comment:2].public"] == ("no", "yes")
    shown = CliRunner().invoke(cli, ["-C", str(root), "verify"]).stdout
    assert "priority: High -> Low" in shown
    assert f"comments[{DESK}:comment:2].public: no -> yes" in shown
    lines = json.loads(CliRunner().invoke(cli, ["-C", str(root), "verify", "--json"]).stdout)["lines"]
    assert {"key": "priority", "wanted": "High", "now": "Low"} in lines[0]["values"]


def test_a_value_that_the_mapping_drops_is_not_told(root: Path, tmp_path: Path) -> None:
    edit(tmp_path / "target", "ticket", f"{DESK}:ticket:1", subject="card 4111 of Ann")
    with Project.load(root) as project:
        (line,) = [line for line in stages.verify(project).lines if line.sign == "*"]
    assert [value.now for value in line.values] == ["card … of Ann"]


def test_what_verify_found_is_kept_for_the_report(root: Path, tmp_path: Path) -> None:
    edit(tmp_path / "target", "ticket", f"{DESK}:ticket:1", priority="Low")
    with Project.load(root) as project:
        found = stages.verify(project, witness=True)
        assert last_verified(project, "p-01") == found
    assert CliRunner().invoke(cli, ["-C", str(root), "report", "-o", str(tmp_path / "r.html")]).exit_code == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "priority: High → Low" in page
    assert "What the witness saw" in page


def test_without_a_witness_module_the_reason_is_told_and_nothing_is_claimed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticketferry.project.witnessing.witness_of", lambda _: None)
    told = CliRunner().invoke(cli, ["-C", str(root), "verify"])
    assert told.exit_code == 0, told.output
    assert "No witness: the connector of" in told.stdout
    assert "Witness:" not in told.stdout


def test_the_witness_looks_at_as_many_as_asked_and_at_every_ticket_that_differs(
    root: Path, tmp_path: Path
) -> None:
    edit(tmp_path / "target", "ticket", f"{DESK}:ticket:2", priority="Low")
    with Project.load(root) as project:
        seen = stages.verify(project, witness=True, sample=1, seed=3).witnessed
        again = stages.verify(project, witness=True, sample=1, seed=3).witnessed
        every = stages.verify(project, witness=True, sample=None).witnessed
    assert seen is not None
    assert seen == again
    assert 1 <= seen.tickets <= 2
    assert every is not None
    assert (every.tickets, every.of) == (2, 2)
