"""What is told once and not again: why a ticket is rejected; and of a ticket that is in the new desk already, that it is."""

import json
from pathlib import Path

from tests.unit.cli.terminal import MAPPING, make_terminal


def test_a_ticket_that_was_moved_is_told_as_there_with_what_the_next_plan_does(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path, tickets=2)
    terminal("extract")
    assert "in the new desk" not in terminal("mapping", "explain", "1").stdout
    terminal("plan")
    terminal("apply", "p-01", "--yes")
    shown = " ".join(terminal("mapping", "explain", "1").stdout.split())
    assert "in the new desk since p-01" in shown
    assert "was not there when the new desk was read last" in shown, "the apply was later"
    terminal("extract", "target")
    shown = " ".join(terminal("mapping", "explain", "1").stdout.split())
    assert "the next plan changes nothing" in shown
    told = json.loads(terminal("mapping", "explain", "1", "--json").stdout)
    assert (told["plan"], told["next"], told["moved"]) == ("p-01", "unchanged", [])
    path = tmp_path / "mig" / "mapping.yaml"
    path.write_text(
        MAPPING + "\ntext: {subject: {prefix: 'moved: '}}\n" if "\ntext:" not in MAPPING else MAPPING
    )
    shown = " ".join(terminal("mapping", "explain", "1").stdout.split())
    assert "the next plan changes subject" in shown


def test_the_reason_of_a_rejection_stands_once(tmp_path: Path) -> None:
    terminal = make_terminal(
        tmp_path, tickets=2, mapping=MAPPING + "\nform: {by: fields.no_such, values: {a: b}}\n"
    )
    terminal("extract")
    shown = " ".join(terminal("explain", "1").stdout.split())
    assert "reject" in shown
    reason = next(line for line in terminal("explain", "1").stdout.splitlines() if "because" in line).split(
        "because "
    )[1][:40]
    assert shown.count("LOST") > 5
    assert shown.count(reason) <= 2, "above, and as a finding with its place"
