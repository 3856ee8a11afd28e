"""What failed is tried again alone, or given up by somebody by name and with a reason, and then told everywhere."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.flow.migrations import DESK, by_origin, write_desk, write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.errors import RunFailed, UsageError
from ticketferry.project import Project, stages
from ticketferry.project.activity import log_entries
from ticketferry.project.phase_states import phase_states
from ticketferry.project.skipping import retried, skip_failed, skipped_of
from ticketferry.project.status import status
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Finding, Severity, WriteResult
from ticketferry_neutral.target import NeutralTarget

WRITE = NeutralTarget.write
REFUSED = {f"{DESK}:ticket:5/create": "N-REQUIRED", f"{DESK}:ticket:2/create": "N-SIZE"}
SENT: list[str] = []


def choosy(desk: NeutralTarget, endpoint: Any, batch: Sequence[Any]) -> Sequence[WriteResult]:
    """Refuse two tickets, each for a reason of its own, and take everything else."""
    SENT.extend(operation.key for operation in batch)
    good = [operation for operation in batch if operation.key not in REFUSED]
    answers = iter(WRITE(desk, endpoint, good) if good else ())
    return [
        next(answers)  # type: ignore[misc]
        if operation.key not in REFUSED
        else WriteResult(
            operation.key,
            "rejected",
            error=Finding(
                REFUSED[operation.key],
                Severity.DOUBT,
                parse_ref(operation.key.partition("/")[0]),
                "mapping.yaml:11:3" if REFUSED[operation.key] == "N-REQUIRED" else "ticket.create",
                "the field `Product` is required",
                "Map it.",
            ),
        )
        for operation in batch
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migration of which two tickets were refused."""
    write_desk(tmp_path / "src", 6)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    monkeypatch.setattr(NeutralTarget, "write", choosy)
    with Project.load(root) as project:
        stages.extract(project)
        with pytest.raises(RunFailed):
            stages.apply(project, stages.make_plan(project))
    SENT.clear()
    return root


def tickets(root: Path) -> set[str]:
    return {ref for ref in by_origin(root.parent / "target") if ref.startswith(f"{DESK}:ticket:")}


def test_errors_say_what_to_type_for_each_cause(folder: Path) -> None:
    terminal = Terminal(folder)
    screen = terminal("errors", "p-01").stdout
    assert all(width(line) <= 80 for line in screen.splitlines()), screen
    words = " ".join(screen.split())
    assert "[N-REQUIRED]" in words
    assert "to mend: that line of the mapping" in words
    assert "the new desk's set-up, or the record in the old one" in words
    assert "ticketferry apply p-01 --retry-failed --code" in words
    assert "ticketferry apply p-01 --skip-failed --code" in words
    one = json.loads(terminal("errors", "p-01", "--code", "N-SIZE", "--json").stdout)
    assert [cause["records"] for cause in one["causes"]] == [[f"{DESK}:ticket:2"]]


def test_one_cause_is_tried_again_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(REFUSED, f"{DESK}:ticket:5/create")
    terminal = Terminal(folder)
    said = terminal("apply", "p-01", "--retry-failed", "--code", "N-REQUIRED", "--yes", code=4)
    assert "now only" in said.stdout
    assert f"{DESK}:ticket:5/create" in SENT
    assert f"{DESK}:ticket:2/create" not in SENT, "what failed for another cause is left alone"
    assert f"{DESK}:ticket:5" in tickets(folder)
    with Project.load(folder) as project:
        assert retried(project, project.plan("p-01")).roots >= {f"{DESK}:ticket:2"}
        with pytest.raises(UsageError, match="nothing of p-01 failed with N-REQUIRED"):
            retried(project, project.plan("p-01"), "N-REQUIRED")


def test_what_a_person_gives_up_is_sent_no_more_and_told_everywhere(folder: Path, tmp_path: Path) -> None:
    terminal = Terminal(folder)
    refused = terminal("apply", "p-01", "--skip-failed", "--code", "N-SIZE", "--yes", code=64).stderr
    assert "--by NAME" in refused
    words = ("--by", "Ada Byron", "--because", "test tickets of 2019", "--yes")
    terminal("apply", "p-01", "--skip-failed", "--code", "N-SIZE", *words, code=4)
    terminal("apply", "p-01", "--skip-failed", "--code", "N-REQUIRED", *words)
    assert not {*REFUSED} & set(SENT[SENT.index(f"{DESK}:ticket:5/create") + 1 :]), "given up is given up"
    with Project.load(folder) as project:
        given_up = {one.ref for one in skipped_of(project)}
        assert {f"{DESK}:ticket:2", f"{DESK}:ticket:5"} <= given_up
        verified = stages.verify(project)
        assert verified.same, verified.lines
        told = {line.ref: line.message for line in verified.left}
        assert told.keys() >= given_up
        assert "skipped by Ada Byron: test tickets of 2019" in told[f"{DESK}:ticket:2"]
        now = status(project)
        assert now.skipped == len(given_up)
        assert now.census["skipped"] == len([ref for ref in given_up if ":ticket:" in ref])
        assert now.census.tickets == 6
        assert not now.needs_somebody
        assert {one.state for one in phase_states(project)} == {"verified"}
        said = {
            (entry.by, entry.words) for entry in log_entries(project) if entry.what == "skip" and entry.by
        }
        assert ("Ada Byron", f"{DESK}:ticket:2 [N-SIZE]: test tickets of 2019") in said
        assert len(said) == len(given_up)
    screen = " ".join(terminal("status").stdout.split())
    assert "given up by a person" in screen
    assert "skipped by a person after they had failed" in " ".join(terminal("errors").stdout.split())
    report = tmp_path / "report.html"
    terminal("report", "p-01", "-o", str(report))
    page = report.read_text("utf-8")
    assert "Skipped by a person after it failed" in page
    assert "test tickets of 2019" in page
    assert tickets(folder) == {f"{DESK}:ticket:{number}" for number in (1, 3, 4, 6)}


def test_the_next_plan_tries_again_what_was_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Project.load(folder) as project:
        for code in ("N-SIZE", "N-REQUIRED"):
            skip_failed(project, project.plan("p-01"), code=code, by="Ada", because="later")
        assert stages.apply(project, project.plan("p-01")).failed == 0
        monkeypatch.setattr(NeutralTarget, "write", WRITE)
        assert stages.apply(project, stages.make_plan(project)).failed == 0
        assert stages.verify(project).same
        assert status(project).census["skipped"] == 0
    assert len(tickets(folder)) == 6


@pytest.mark.parametrize(
    "words",
    [
        ("--code", "N-SIZE"),
        ("--skip-failed",),
        ("--retry-failed", "--skip-failed", "--code", "N-SIZE"),
        ("--retry-failed", "--canary", "1"),
        ("--retry-failed", "--code", "N-OTHER"),
    ],
)
def test_options_that_do_not_go_together_are_refused(folder: Path, words: tuple[str, ...]) -> None:
    assert Terminal(folder)("apply", "p-01", *words, "--yes", code=64).stderr
    assert not SENT


def test_what_waits_for_a_failed_write_is_told_apart_and_is_not_given_up_by_itself(folder: Path) -> None:
    terminal = Terminal(folder)
    found = json.loads(terminal("errors", "p-01", "--json").stdout)
    assert found["failed"] == 2, "what was refused, and nothing that waits for it"
    assert found["records"] == 2
    with Project.load(folder) as project:
        waits = project.journal("p-01", "").counts()["blocked"]
    assert found["not_sent"]["writes"] == waits > 0
    words = " ".join(terminal("errors", "p-01").stdout.split())
    assert (
        f"2 writes of 2 records failed, 2 causes; each line counts its writes; {waits} writes not sent, waiting for one of them"
        in words
    )
    assert words.index("[N-SIZE]") < words.index("[TF-BLOCKED]") > words.index("[N-REQUIRED]")
    done = terminal("apply", "p-01", "--yes", code=4)
    assert "2 writes of 2 records failed in p-01" in " ".join(done.stderr.split())
    because = ("--by", "Ann", "--because", "no use", "--yes")
    said = " ".join(
        terminal("apply", "p-01", "--skip-failed", "--code", "TF-BLOCKED", *because, code=64).stderr.split()
    )
    assert "TF-BLOCKED is no failure" in said
    assert "--skip-failed --code N-REQUIRED or N-SIZE" in said
    with Project.load(folder) as project:
        assert not skipped_of(project)
