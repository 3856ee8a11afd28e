"""With tired people: nothing is written unasked, old plans are asked for, a canary is one, and a rollback is the one that was shown."""

import json
from contextlib import chdir
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.flow.migrations import DESK, by_origin
from tests.unit.cli.terminal import Terminal, make_terminal

from ticketferry.cli import cli
from ticketferry.cli.console import Console
from ticketferry.project import Project


@pytest.fixture
def planned(tmp_path: Path) -> Terminal:
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    return terminal


def target(terminal: Terminal) -> dict:
    folder = terminal.folder.parent / "target"
    return by_origin(folder) if folder.exists() else {}


def tickets_of(terminal: Terminal) -> list[str]:
    return [ref for ref in target(terminal) if ref.startswith(f"{DESK}:ticket:") and "/" not in ref]


@pytest.fixture
def at_a_terminal(monkeypatch):
    """Somebody sits there and types the answers."""
    monkeypatch.setattr(Console, "asks", property(lambda self: not self.json))

    def type_(terminal: Terminal, *args: object, answers: str = "") -> object:
        with chdir(terminal.folder):
            return CliRunner().invoke(cli, [str(arg) for arg in args], input=answers)

    return type_


@pytest.mark.parametrize("more", [(), ("--json",), ("--canary", 1)])
def test_without_a_terminal_nothing_is_written_unasked(planned, more):
    refused = planned("apply", "p-01", *more, code=64)
    assert "--yes" in refused.stderr
    assert not target(planned)


@pytest.mark.parametrize(("stdin", "stderr"), [(True, False), (False, True), (False, False)])
def test_a_terminal_on_one_side_only_is_none(planned, monkeypatch, stdin, stderr):
    import io

    class Stream(io.StringIO):
        def __init__(self, there):
            super().__init__()
            self.there = there

        def isatty(self):
            return self.there

    monkeypatch.setattr("sys.stdin", Stream(stdin))
    monkeypatch.setattr("sys.stderr", Stream(stderr))
    assert not Console().asks


def test_a_rollback_is_written_unasked_as_little(planned):
    planned("-q", "apply", "p-01", "--yes")
    before = target(planned)
    planned("rollback", "p-01", "--apply", code=64)
    planned("rollback", "p-01", "--apply", "--json", code=64)
    assert target(planned) == before


def test_a_plan_of_which_nothing_is_left_needs_no_word(planned):
    planned("-q", "apply", "p-01", "--yes")
    assert json.loads(planned("apply", "p-01", "--json").stdout)["figures"]["performed"] == 0


def later(monkeypatch, hours):
    now = Project.now
    monkeypatch.setattr(Project, "now", lambda self: now(self) + timedelta(hours=hours))


def test_the_age_of_a_plan_and_of_what_it_saw_is_told(planned, monkeypatch):
    later(monkeypatch, 5)
    said = " ".join(planned("apply", "p-01", "--yes").stdout.split())
    assert "made 5 h ago" in said
    assert "the new desk was read for it 5 h ago" in said


def test_a_plan_older_than_a_day_is_not_written_with_yes_alone(planned, monkeypatch):
    later(monkeypatch, 75)
    refused = planned("apply", "p-01", "--yes", code=3)
    assert "made 3 days ago" in " ".join(refused.stderr.split())
    assert "--allow-old" in refused.stderr
    assert not target(planned)
    planned("apply", "p-01", "--yes", "--allow-old")
    assert target(planned)


def test_the_question_tells_that_a_plan_is_old(planned, monkeypatch, at_a_terminal):
    later(monkeypatch, 30)
    refused = at_a_terminal(planned, "apply", "p-01", answers="n\n")
    assert "older than a day" in refused.output
    assert not target(planned)
    assert at_a_terminal(planned, "apply", "p-01", answers="y\n").exit_code == 0
    assert target(planned)


def test_a_plan_made_offline_tells_the_age_of_what_it_saw(tmp_path, monkeypatch):
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    later(monkeypatch, 50)
    terminal("-q", "plan", "--offline")
    refused = terminal("apply", "p-02", "--yes", code=3)
    assert "the new desk was read 2 days ago" in " ".join(refused.stderr.split())


# ---- a canary -------------------------------------------------------------------------------------------------------


def test_a_canary_writes_its_tickets_and_what_they_need_and_nothing_else(planned):
    planned("apply", "p-01", "--canary", 1, "--yes")
    state = target(planned)
    (ticket,) = tickets_of(planned)
    people = {ref for ref in state if ref.startswith(f"{DESK}:person:")}
    said = json.dumps([record for ref, record in state.items() if ref not in people])
    assert people
    assert all(f'"{ref}"' in said for ref in people), "whom nothing of the canary names"
    assert len(people) < 5, "not all five people of the desk"
    number = int(ticket.rpartition(":")[2])
    assert people == {f"{DESK}:person:1", f"{DESK}:person:{2 + number % 4}"}
    planned("apply", "p-01", "--yes")
    assert len(tickets_of(planned)) == 6


# ---- a rollback is the one that was shown ---------------------------------------------------------------------------


def edit(terminal: Terminal, ref: str, **changes: object) -> None:
    path = terminal.folder.parent / "target" / "ticket.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    found = [line for line in rows if line.get("record", {}).get("origin") == ref][-1]
    found["record"].update(changes)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(found) + "\n")


def test_a_rollback_that_does_what_was_shown_says_so(planned):
    planned("-q", "apply", "p-01", "--yes")
    planned("rollback", "p-01")
    done = planned("rollback", "p-01", "--apply", "--yes").stdout
    assert "p-03 does the same as p-02, which was shown" in " ".join(done.split())
    assert not tickets_of(planned)


def test_a_rollback_that_would_do_other_than_was_shown_is_asked_for_with_the_difference(
    planned, at_a_terminal
):
    planned("-q", "apply", "p-01", "--yes")
    at_a_terminal(planned, "rollback", "p-01")
    ref = f"{DESK}:ticket:2"
    edit(planned, ref, subject="an agent worked here")
    refused = at_a_terminal(planned, "rollback", "p-01", "--apply", "--yes")
    assert refused.exit_code == 3
    assert f"{ref} now kept: edited since in the target: subject" in " ".join(refused.output.split())
    assert ref in target(planned)
    asked = at_a_terminal(planned, "rollback", "p-01", "--apply", answers="n\n")
    assert "Nothing was written" in asked.output
    assert len(tickets_of(planned)) == 6
    at_a_terminal(planned, "rollback", "p-01", "--apply", answers="y\n")
    assert tickets_of(planned) == [ref]


@pytest.mark.parametrize(
    "more",
    [
        ["apply", "p-01", "--yes", "--canary", "9" * 20],
        ["apply", "p-01", "--yes", "--max-creates", "9" * 20],
        ["plan", "--limit", "9" * 20],
        ["verify", "p-01", "--sample", "9" * 20],
    ],
)
def test_a_number_beyond_all_counting_is_refused_with_what_is_taken(planned, more):
    assert "1000000000" in planned(*more, code=64).stderr
