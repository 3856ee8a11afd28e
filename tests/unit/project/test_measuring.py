"""What `check --measure` sees of a desk's answers, keeps, and lets estimates go by."""

import json
from dataclasses import dataclass

import pytest
from tests.flow.migrations import write_desk, write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.project import Project, stages
from ticketferry.project.measuring import READS, latency_of, measure
from ticketferry.sdk.identity import DeskIdentity
from ticketferry.sdk.session import RequestNote
from ticketferry_neutral.target import NeutralTarget


@dataclass
class Line:
    """What each answer takes, one after another: the first opens the connection."""

    seconds: list[float]
    asked: int = 0

    def asks(self):
        def identity(desk) -> DeskIdentity:
            seconds = self.seconds[min(self.asked, len(self.seconds) - 1)]
            self.asked += 1
            desk.session.note(RequestNote(desk.session.desk, "GET", "identity", 200, seconds, False))
            return IDENTITY(desk)

        return identity


IDENTITY = NeutralTarget.identity


@pytest.fixture
def root(tmp_path):
    write_desk(tmp_path / "src", 3)
    return write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target", workers=2)


def slow(monkeypatch, *seconds):
    line = Line(list(seconds))
    monkeypatch.setattr(NeutralTarget, "identity", line.asks())
    return line


def test_an_answer_that_refuses_says_nothing_of_how_long_answers_take(root, monkeypatch):
    def identity(desk) -> DeskIdentity:
        for status, seconds in ((429, 0.01), (503, 30.0), (0, 60.0), (200, 0.2)):
            desk.session.note(RequestNote(desk.session.desk, "GET", "identity", status, seconds, False))
        return IDENTITY(desk)

    monkeypatch.setattr(NeutralTarget, "identity", identity)
    with Project.load(root) as project:
        found = measure(project, "target", reads=4)
    assert found is not None
    assert (found.reads, found.low, found.median, found.high) == (4, 0.2, 0.2, 0.2)


def test_the_median_and_the_middle_half_are_kept_and_the_first_answer_does_not_count(root, monkeypatch):
    line = slow(monkeypatch, 8.0, 9.0, 0.2, 0.3, 0.25, 0.21)
    with Project.load(root) as project:
        found = measure(project, "target", reads=4)
        assert found is not None
        assert (found.reads, found.median) == (4, pytest.approx(0.23))
        assert 0.2 <= found.low < found.median < found.high <= 0.3
        told = latency_of(project)
        assert told is not None
        assert told.seconds == found.median
        assert told.words == f"measured on {found.at[:10]}: 4 reads, half of them 208 to 262 ms"
    assert line.asked == 6, "who it is, the one that does not count, and four"


def test_a_desk_of_files_has_nothing_to_measure(root):
    with Project.load(root) as project:
        assert measure(project, "source") is None
        assert latency_of(project) is None
    terminal = Terminal(root)
    assert "nothing to measure" in " ".join(terminal("check", "--measure").stdout.split())
    assert json.loads(terminal("check", "--measure", "--json").stdout)["desks"]["target"]["answers"] is None


def test_the_screen_says_what_was_seen_and_the_estimate_goes_by_it(root, monkeypatch):
    slow(monkeypatch, 0.4)
    terminal = Terminal(root)
    screen = terminal("check", "target", "--measure").stdout
    assert all(width(line) <= 80 for line in screen.splitlines() if "/" not in line), screen
    assert "400 ms, measured on" in " ".join(screen.split())
    found = json.loads(terminal("check", "target", "--measure", "--json").stdout)["desks"]["target"]
    assert (found["answers"]["median"], found["answers"]["reads"]) == (0.4, READS)
    terminal("-q", "extract")
    terminal("-q", "plan")
    told = json.loads(terminal("plan", "show", "p-01", "--json").stdout)["estimate"]["latency"]
    assert (told["seconds"], told["measured"]) == (0.4, True)
    assert f"{READS} reads, half of them 400 to 400 ms" in told["how"]
    shown = terminal("plan", "show", "p-01", "--estimate").stdout
    assert all(width(line) <= 80 for line in shown.splitlines()), shown


def test_what_an_apply_saw_of_its_writes_counts_until_somebody_measures_anew(root, monkeypatch):
    slow(monkeypatch, 0.4)
    with Project.load(root) as project:
        measure(project, "target")
        project.workspace.note("latency", "0.9")
        project.workspace.note("latency-at", "9999-01-01T00:00:00+00:00")
        told = latency_of(project)
        assert told is not None
        assert (told.seconds, told.words) == (0.9, "measured")
        project.workspace.note("latency-at", "2000-01-01T00:00:00+00:00")
        told = latency_of(project)
        assert told is not None
        assert told.seconds == 0.4
        stages.extract(project)
