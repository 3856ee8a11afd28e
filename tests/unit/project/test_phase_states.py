"""How far each phase of a migration is, who said so, and whose its tickets are once it was cut over."""

import json
from pathlib import Path

import pytest
from tests.flow.migrations import DESK, MAPPING, by_origin, write_desk, write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.errors import StalePlanError, UsageError, WaitingError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.activity import log_entries
from ticketferry.project.approving import approve_plan
from ticketferry.project.phase_states import note_states, phase_states, record_transition

TICKETS = 6
PILOT = 4
"""The one urgent ticket."""


class Weekends:
    """Both desks, and a folder between them."""

    def __init__(self, folder: Path, *, rules: str = "") -> None:
        self.source = write_desk(folder / "source", TICKETS)
        self.target = folder / "target"
        self.root = write_project(folder / "p", self.source.folder, self.target, mapping=MAPPING + rules)

    def states(self) -> dict[str, str]:
        with Project.load(self.root) as project:
            note_states(project)
            return {one.name: one.state for one in phase_states(project)}

    def plan(self, phase: str | None = None) -> str:
        with Project.load(self.root) as project:
            stages.extract(project)
            plan = stages.make_plan(project, Scope(phase))
            plan.close()
            return plan.id

    def apply(self, id_: str, **options: object) -> None:
        with Project.load(self.root) as project:
            assert stages.apply(project, project.plan(id_), **options).failed == 0  # type: ignore[arg-type]

    def verify(self, *plans: str) -> None:
        with Project.load(self.root) as project:
            assert stages.verify(project, plans).same

    def rollback(self, id_: str) -> None:
        with Project.load(self.root) as project:
            undo = stages.plan_rollback(project, id_)
            assert stages.apply(project, undo).failed == 0

    def say(self, phase: str, state: str, **words: str) -> None:
        with Project.load(self.root) as project:
            record_transition(project, phase, state, **words)  # type: ignore[arg-type]

    def there(self) -> dict:
        """Return the pilot's ticket as the target has it, in the source's terms."""
        return by_origin(self.target)[f"{DESK}:ticket:{PILOT}"]


@pytest.fixture(scope="module")
def weekends(tmp_path_factory: pytest.TempPathFactory) -> Weekends:
    return Weekends(tmp_path_factory.mktemp("weekends"))


def test_a_phase_goes_from_drafted_to_done_and_each_step_is_kept_with_who_and_when(
    weekends: Weekends,
) -> None:
    assert weekends.states() == {"pilot": "drafted", "rest": "drafted"}
    first = weekends.plan("pilot")
    assert weekends.states() == {"pilot": "planned", "rest": "drafted"}
    with Project.load(weekends.root) as project:
        approve_plan(project, project.plan(first), by="Ada Byron")
    assert weekends.states()["pilot"] == "approved"
    with pytest.raises(WaitingError, match="pilot is approved, and cannot become cut-over"):
        weekends.say("pilot", "cut-over", by="Ada")
    weekends.apply(first)
    assert weekends.states()["pilot"] == "applied"
    with pytest.raises(UsageError, match="takes a reason"):
        weekends.say("pilot", "cut-over", by="Ada")
    weekends.verify(first)
    assert weekends.states()["pilot"] == "verified"
    with pytest.raises(UsageError, match="says their name"):
        weekends.say("pilot", "cut-over", by=" ")
    with pytest.raises(UsageError, match="nobody says that a phase is 'verified'"):
        weekends.say("pilot", "verified", by="Ada")
    with pytest.raises(UsageError, match="the mapping has no phase 'pilots'; did you mean pilot"):
        weekends.say("pilots", "cut-over", by="Ada")
    with pytest.raises(WaitingError, match="pilot is verified, and cannot become done"):
        weekends.say("pilot", "done", by="Ada")
    weekends.say("pilot", "cut-over", by="Ada Byron")
    with pytest.raises(WaitingError, match="cannot become cut-over"):
        weekends.say("pilot", "cut-over", by="Ada")
    weekends.say("pilot", "done", by="Grace", because="nobody misses anything")
    assert weekends.states() == {"pilot": "done", "rest": "drafted"}
    with Project.load(weekends.root) as project:
        told = [(entry.by, entry.words) for entry in log_entries(project) if entry.what == "phase"]
    assert told == [
        ("", "pilot is planned"),
        ("Ada Byron", "pilot is approved"),
        ("", "pilot is applied"),
        ("", "pilot is verified"),
        ("Ada Byron", "pilot is cut-over"),
        ("Grace", "pilot is done: nobody misses anything"),
    ]
    screen = Terminal(weekends.root)("status").stdout
    assert all(width(line) <= 80 for line in screen.splitlines()), screen
    assert "said by Grace: nobody misses anything" in " ".join(screen.split())
    told_json = json.loads(Terminal(weekends.root)("phase", "pilot", "--json").stdout)
    assert told_json["phases"][0]["state"] == "done"
    assert told_json["phases"][0]["cut_over"]


def test_what_comes_late_into_a_phase_that_was_cut_over_adds_and_overwrites_nothing(tmp_path: Path) -> None:
    ways = Weekends(tmp_path)
    first = ways.plan("pilot")
    ways.apply(first)
    ways.verify(first)
    stale = ways.plan("pilot")
    ways.say("pilot", "cut-over", by="Ada")
    with pytest.raises(StalePlanError, match="pilot was cut over, or fallen back from"):
        ways.apply(stale)
    before = ways.there()
    assert before["priority"] == "Highest"
    ways.source.ticket(PILOT, TICKETS, priority="low", status="open", stage="in_progress", subject="Another")
    ways.source.comment(900, PILOT, "<p>late words of a customer</p>")
    late = ways.plan("pilot")
    with Project.load(ways.root) as project:
        plan = project.plan(late)
        (told,) = [finding for finding in plan.findings() if finding.code == "TF-LATE"]
        plan.close()
    assert "priority" in told.where
    assert told.count == 4, told
    ways.apply(late)
    after = ways.there()
    assert {name: after[name] for name in ("priority", "status", "subject")} == {
        name: before[name] for name in ("priority", "status", "subject")
    }
    assert "late words of a customer" in (ways.target / "comment.jsonl").read_text("utf-8")
    ways.verify()
    again = ways.plan("pilot")
    with Project.load(ways.root) as project:
        plan = project.plan(again)
        assert plan.count() == 0
        plan.close()
    assert ways.states()["pilot"] == "cut-over"


def test_the_links_of_a_phase_that_was_cut_over_are_mended_when_the_other_side_comes(tmp_path: Path) -> None:
    ways = Weekends(tmp_path)
    first = ways.plan("pilot")
    ways.apply(first)
    ways.verify(first)
    ways.say("pilot", "cut-over", by="Ada")
    assert "links" not in ways.there()
    rest = ways.plan("rest")
    ways.apply(rest)
    assert ways.there()["links"]
    ways.verify()


def test_a_phase_that_is_taken_back_is_nobodys_and_goes_on_from_the_beginning(tmp_path: Path) -> None:
    ways = Weekends(tmp_path)
    first = ways.plan("pilot")
    ways.apply(first)
    ways.verify(first)
    ways.say("pilot", "cut-over", by="Ada")
    ways.say("pilot", "rolled-back", by="Grace", because="the gate failed")
    assert ways.states()["pilot"] == "rolled-back"
    with Project.load(ways.root) as project:
        assert not project.planning().owned, "people work in the old desk again"
    ways.rollback(first)
    assert ways.states()["pilot"] == "rolled-back"
    ways.plan("pilot")
    assert ways.states()["pilot"] == "planned"


def test_a_rollback_ends_a_cut_over_by_itself(tmp_path: Path) -> None:
    ways = Weekends(tmp_path)
    first = ways.plan("pilot")
    ways.apply(first)
    ways.say("pilot", "cut-over", by="Ada", because="no time to verify")
    ways.rollback(first)
    with Project.load(ways.root) as project:
        assert not project.planning().owned
        assert next((one.state, one.by) for one in phase_states(project)) == ("rolled-back", "")


def test_an_apply_that_writes_nothing_leaves_a_phase_verified(tmp_path: Path) -> None:
    weekends = Weekends(tmp_path)
    plan = weekends.plan("pilot")
    weekends.apply(plan)
    assert weekends.states()["pilot"] == "applied"
    weekends.verify(plan)
    assert weekends.states()["pilot"] == "verified"
    weekends.apply(plan)
    assert weekends.states()["pilot"] == "verified"


def test_a_text_is_mended_when_the_ticket_that_it_names_arrives_whatever_else_came_late(
    tmp_path: Path,
) -> None:
    """A user: after the cut-over somebody raised a priority in the old desk, and the links in that ticket led to the old desk for ever."""
    ways = Weekends(tmp_path, rules="text: {links: {tickets: both, numbers: both}}\n")
    for comment in (900, 901):
        ways.source.comment(comment, PILOT, "<p>as in #1</p>")
    first = ways.plan("pilot")
    ways.apply(first)
    ways.verify(first)

    def said() -> list[str]:
        return [
            row["body"]["html"] for row in by_origin(ways.target).values() if "as in" in str(row.get("body"))
        ]

    before, priority = said(), ways.there()["priority"]
    ways.say("pilot", "cut-over", by="Ada")
    ways.source.ticket(PILOT, TICKETS, priority="low")
    ways.source.comment(901, PILOT, "<p>as in #1, but edited late</p>")
    late = ways.plan("pilot")
    ways.apply(ways.plan("rest"))
    assert late
    mended = said()
    assert [old == new for old, new in zip(before, mended, strict=True)] == [False, True], mended
    assert ways.there()["priority"] == priority, "what came late stays as it is"
    ways.verify()
