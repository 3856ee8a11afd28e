"""What an administrator is told in the middle of the way: next steps that the tool takes, and counts of what was really written."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.cli.terminal import MAPPING, make_terminal

from ticketferry.sdk.contract import Endpoint
from ticketferry_neutral.endpoints import ENDPOINTS
from ticketferry_neutral.target import NeutralTarget


def test_a_canary_is_verified_without_a_line_for_each_record_that_it_left_out(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    terminal("-q", "apply", "p-01", "--canary", 1, "--yes")
    shown = terminal("-q", "verify", "p-01", code=2).stdout
    left = [line for line in shown.splitlines() if "not begun" in line and line.startswith("!")]
    assert len(left) == 1
    assert "tickets" in left[0]
    assert left[0].endswith("not begun; p-01")
    count = int(next(line for line in shown.splitlines() if line.startswith("!  ")).split()[1])
    assert sum(int(figure) for figure in re.findall(r"\b(\d+) (?!writes)[a-z]", left[0])) <= count
    every = terminal("-q", "verify", "p-01", "--lines", code=2).stdout
    assert sum(line.startswith("! ") and "not begun" in line for line in every.splitlines()) > 1


def test_a_mapping_that_was_edited_in_the_middle_of_an_apply_is_told_by_status(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    terminal("-q", "apply", "p-01", "--canary", 1, "--yes")
    steps = json.loads(terminal("status", "--json", code=2).stdout)["steps"]
    assert steps[0]["command"] == "ticketferry apply p-01"
    (terminal.folder / "mapping.yaml").write_text(MAPPING + "conflicts: {default: target}\n")
    before = json.loads(terminal("status", "--json", code=2).stdout)["steps"]
    refused = terminal("apply", "p-01", "--yes", code=1)
    assert "the mapping changed since p-01 was made" in refused.stderr
    assert "Put it back as it was, or make a new plan" in " ".join(refused.stderr.split())
    assert "writes to" not in refused.stdout, "nobody reads a table of writes that are refused"
    assert "ticketferry apply p-01" not in {step["command"] for step in before}
    assert before[0]["command"] == "ticketferry plan"
    assert "put it back" in before[0]["why"]


def test_a_stale_plan_that_a_later_one_replaced_is_not_told_to_be_made_again(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    terminal("-q", "apply", "p-01", "--canary", 1, "--yes")
    terminal("-q", "plan")
    terminal("-q", "apply", "p-01", "--yes")
    terminal("-q", "plan")
    terminal("-q", "verify")
    assert "Nothing to do" in terminal("status").stdout


def test_what_stays_for_ever_counts_what_was_written_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endpoints(desk: NeutralTarget) -> list[Endpoint]:
        return [
            replace(one, residue="a number is used up") if one.name == "ticket.create" else one
            for one in ENDPOINTS
        ]

    monkeypatch.setattr(NeutralTarget, "endpoints", property(endpoints))
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    never = terminal("-q", "rollback", "p-01").stdout
    assert "stays for ever" not in never
    assert "p-01 has written nothing" in never
    assert "p-02" not in terminal("plan", "list").stdout, "no plan is made of nothing"
    terminal("-q", "apply", "p-01", "--canary", 1, "--yes")
    shown = json.loads(terminal("-q", "rollback", "p-01", "--json").stdout)
    made = len((tmp_path / "target" / "ticket.jsonl").read_text(encoding="utf-8").splitlines())
    assert shown["residue"] == [{"what": "a number is used up", "count": made}]


def test_status_names_the_apply_that_is_not_refused(tmp_path: Path) -> None:
    """A user: status sent me to the plan of the last weekend, which nobody had approved, and apply refused it."""
    terminal = make_terminal(tmp_path, tickets=12)

    def told() -> list[str]:
        return [step["command"] for step in json.loads(terminal.any("status", "--json").stdout)["steps"]]

    terminal("-q", "extract")
    terminal("-q", "plan", "--phase", "pilot")
    terminal("-q", "plan", "--phase", "rest")
    assert told() == ["ticketferry plan show p-01", "ticketferry apply p-01"], "phases in their order"
    migration = terminal.folder / "migration.yaml"
    migration.write_text(migration.read_text() + "approval: required\n")
    assert told() == ["ticketferry plan show p-01", "ticketferry approve p-01 --by NAME"]
    terminal("-q", "approve", "p-01", "--by", "Ada")
    assert told()[-1] == "ticketferry apply p-01"
    terminal("-q", "apply", "p-01", "--canary", 1, "--yes")
    assert [line for line in told() if "p-02" in line] == [
        "ticketferry plan show p-02",
        "ticketferry approve p-02 --by NAME",
    ]
    terminal("-q", "plan")
    assert not [line for line in told() if "p-03" in line], "it has the tickets of p-01, which goes on first"
    terminal("-q", "apply", "p-01", "--yes")
    assert not [line for line in told() if "p-03" in line]
    assert "ticketferry plan" in told(), "p-03 would make tickets again that p-01 has brought"
