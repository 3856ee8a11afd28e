"""A printed command that is copied goes to the folder and the environment that were asked about."""

import json
from pathlib import Path

import pytest
from tests.unit.cli.terminal import Terminal, make_terminal

from ticketferry.cli.addressing import Address
from ticketferry.cli.layout import width


@pytest.fixture
def address() -> Address:
    made = Address(["apply", "plan", "status"])
    made.environment = "production"
    return made


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("ticketferry plan", "ticketferry --env production plan"),
        ("`ticketferry apply p-01`, or `ticketferry plan`",
         "`ticketferry --env production apply p-01`, or `ticketferry --env production plan`"),
        ("ticketferry apply p-01 --env sandbox", "ticketferry apply p-01 --env sandbox"),
        ("ticketferry plan, then ticketferry apply p-01 --env sandbox",
         "ticketferry --env production plan, then ticketferry apply p-01 --env sandbox"),
        ("ticketferry -C rehearsals/r-01 plan", "ticketferry -C rehearsals/r-01 plan"),
        ("`ticketferry apply --help` shows how", "`ticketferry apply --help` shows how"),
        ("ticketferry planned it; ticketferry init acme", "ticketferry planned it; ticketferry init acme"),
    ],
)  # fmt: skip
def test_a_command_says_its_environment_once(address: Address, printed: str, said: str) -> None:
    assert address.within(printed) == said


def test_a_folder_with_a_blank_can_be_copied(address: Address) -> None:
    address.folder = "my desk"
    assert address.within("ticketferry plan") == "ticketferry -C 'my desk' --env production plan"
    assert (
        address.within("ticketferry apply p-01 --env sandbox")
        == "ticketferry -C 'my desk' apply p-01 --env sandbox"
    )


def test_nothing_is_added_where_nothing_was_said() -> None:
    assert Address(["plan"]).within("ticketferry plan") == "ticketferry plan"


def test_a_line_that_grew_keeps_its_width_and_its_command_whole(address: Address) -> None:
    lines = address.lines("Next    ticketferry apply p-01     writes what the plan says and nothing else", 80)
    assert lines == [
        "Next    ticketferry --env production apply p-01",
        "          writes what the plan says and nothing else",
    ]


def test_what_a_ticket_says_in_json_stays(address: Address) -> None:
    told = address.in_json({"subject": "ticketferry plan", "steps": [{"command": "ticketferry plan"}]})
    assert told == {
        "subject": "ticketferry plan",
        "steps": [{"command": "ticketferry --env production plan"}],
    }


def test_screens_and_errors_name_folder_and_environment(tmp_path: Path) -> None:
    made = make_terminal(tmp_path, tickets=2)
    file = made.folder / "migration.yaml"
    file.write_text(file.read_text() + "\nenvironments: {production: {}}\n")
    above = Terminal(made.folder.parent)
    there = ["-C", made.folder.name, "--env", "production"]
    where = f"ticketferry -C {made.folder.name} --env production"

    def lines(*words: str, code: int = 0) -> str:
        said = above(*there, *words, code=code)
        shown = said.stdout + said.stderr.partition("==  ")[2].partition("\n")[2]
        assert all(width(line) <= 80 for line in shown.splitlines() if str(tmp_path) not in line), shown
        return " ".join(shown.split())

    assert f"{where} extract" in lines("check")
    lines("extract")
    assert f"{where} apply p-01" in lines("plan")
    refused = lines("apply", "p-01", "--yes", code=3)
    assert "not approved" in refused
    assert f"{where} approve p-01" in refused
    told = json.loads(above(*there, "apply", "p-01", "--yes", "--json", code=3).stdout)
    assert f"{where} approve p-01" in told["error"]["remedy"]
