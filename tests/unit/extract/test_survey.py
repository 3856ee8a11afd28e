"""Completeness: the desk's own counts against the snapshot, and a reason for every number without a ticket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.extract import made_up
from tests.unit.extract.made_up import SurveyedDesk, Workspace

from ticketferry.errors import FatalError, RejectedError, RetryableError
from ticketferry.extract.completeness import Completeness, refuse_gaps
from ticketferry.extract.control_totals import ASKED
from ticketferry.extract.snapshot import extract
from ticketferry.schema.refs import Kind
from ticketferry.sdk.survey import Absence, ControlTotal, NotMoved
from ticketferry.store.surveys import Surveys


@pytest.fixture
def world(tmp_path):
    found = Workspace(tmp_path)
    yield found
    found.snapshots.close()


def test_a_desk_without_gaps_adds_up_and_nothing_is_asked(world):
    desk = SurveyedDesk(6)
    numbers = world.extract(desk).completeness.numbers
    assert (numbers.used, numbers.here, numbers.classes, numbers.unknown) == (6, 6, {}, 0)
    assert numbers.words == "6 numbers used: 6 here, 0 unexplained"
    assert desk.asked == []
    refuse_gaps(numbers)


def test_every_gap_has_a_class_and_the_sum_is_in_sight(world):
    desk = SurveyedDesk(12)
    reasons = dict(
        zip(
            ("2", "3", "5", "8"),
            (Absence.DELETED, Absence.MERGED, Absence.PURGED, Absence.INVISIBLE),
            strict=True,
        )
    )
    desk.hidden, desk.unreadable, desk.absent = set(reasons), set(reasons), reasons
    desk.ticket(9, stage="deleted", gone=True)
    desk.ticket(10, stage="merged")
    numbers = world.extract(desk).completeness.numbers
    assert numbers.words == (
        "12 numbers used: 6 here + 2 deleted + 2 merged + 1 deleted for good + 1 not visible to us, 0 unexplained"
    )
    assert numbers.used == numbers.here + sum(numbers.classes.values()) + numbers.late + numbers.unknown
    assert "credentials may not see them" in world.findings()["TF-GAP-002"].message


def test_a_ticket_that_the_desk_hides_is_named_and_ends_the_extract_as_an_error(world):
    desk = SurveyedDesk(6)
    desk.hidden, desk.unreadable, desk.absent = {"4"}, {"4"}, {"4": Absence.UNKNOWN}
    done = world.extract(desk)
    assert done.completeness.numbers.examples == ["4"]
    assert world.snapshots.latest() is not None, "everything that was read is kept"
    assert world.snapshots.count(Kind.TICKET, 1) == 5
    with pytest.raises(FatalError, match=r"1 ticket number of the old desk is unexplained: 4\n"):
        refuse_gaps(done.completeness.numbers)
    assert world.findings()["TF-GAP-001"].count == 1


def test_the_first_ten_unexplained_numbers_are_named_and_all_are_counted(world):
    desk = SurveyedDesk(40)
    gone = {str(number) for number in range(5, 30)}
    desk.hidden, desk.unreadable, desk.absent = gone, gone, dict.fromkeys(gone, Absence.UNKNOWN)
    numbers = world.extract(desk).completeness.numbers
    assert numbers.unknown == 25
    with pytest.raises(
        FatalError,
        match=r"^25 ticket numbers .* are unexplained: 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 15 more",
    ):
        refuse_gaps(numbers)


def test_what_was_explained_is_not_asked_again_and_what_was_not_is(world):
    desk = SurveyedDesk(8)
    desk.hidden = desk.unreadable = {"2", "3", "6"}
    desk.absent = {"2": Absence.PURGED, "3": Absence.UNKNOWN, "6": Absence.INVISIBLE}
    world.extract(desk)
    assert desk.asked == [["2", "3", "6"]]
    desk.absent["3"] = Absence.MERGED
    numbers = world.extract(desk).completeness.numbers
    assert desk.asked[1:] == [["3"]]
    assert numbers.unknown == 0
    assert "TF-GAP-001" not in world.findings(), "a finding that no longer holds is gone"
    world.extract(desk)
    assert len(desk.asked) == 2


def test_gaps_are_asked_in_portions(world):
    desk = SurveyedDesk(1)
    desk.ticket(2 * ASKED + 12)
    desk.absent = {str(number): Absence.PURGED for number in range(2, 2 * ASKED + 12)}
    world.extract(desk)
    assert [len(part) for part in desk.asked] == [ASKED, ASKED, 10]


def test_a_ticket_that_was_restored_is_no_longer_absent(world):
    desk = SurveyedDesk(5)
    desk.hidden = desk.unreadable = {"2"}
    desk.absent = {"2": Absence.DELETED}
    assert world.extract(desk).completeness.numbers.classes == {"deleted": 1}
    desk.hidden = desk.unreadable = set()
    desk.ticket(2)
    numbers = world.extract(desk).completeness.numbers
    assert (numbers.here, numbers.classes) == (5, {})


def test_a_ticket_that_no_list_gave_is_read_by_its_number(world):
    desk = SurveyedDesk(5)
    desk.hidden = {"2"}
    done = world.extract(desk)
    assert (done.completeness.numbers.here, done.completeness.numbers.found) == (5, 1)
    assert done.changed["by number"] == 1
    assert world.snapshots.row(Kind.TICKET, "2", 1) is not None
    assert "read by their number" in world.findings()["TF-GAP-004"].message


def test_a_number_whose_ticket_cannot_be_read_keeps_no_other_away(world, monkeypatch):
    """Numbers are asked for several at a time; a desk that refuses one of them refuses them all."""
    desk = SurveyedDesk(6)
    desk.hidden = {"2", "3", "4"}
    fetch = desk.fetch

    def refusing(refs):
        if any(ref.id == "3" for ref in refs):
            raise RejectedError("no", status=422)
        return fetch(refs)

    monkeypatch.setattr(desk, "fetch", refusing)
    done = world.extract(desk)
    assert (done.completeness.numbers.found, done.completeness.numbers.late) == (2, 1)
    assert world.snapshots.row(Kind.TICKET, "4", 1) is not None


def test_a_number_that_is_there_and_does_not_come_is_unexplained_from_the_second_extract_on(world):
    desk = SurveyedDesk(5)
    desk.hidden = desk.unreadable = {"2"}
    numbers = world.extract(desk).completeness.numbers
    assert (numbers.late, numbers.unknown) == (1, 0), "it may have come while the desk was read"
    assert world.extract(desk).completeness.numbers.unknown == 1
    assert world.extract(desk).completeness.numbers.examples == ["2"]
    desk.hidden = desk.unreadable = set()
    desk.ticket(2)
    assert world.extract(desk).completeness.numbers.unknown == 0


def test_an_id_that_is_no_number_is_never_taken_for_one(world):
    desk = SurveyedDesk(0)
    for number, id_ in ((1, 10), (2, 11), (4, 3)):
        desk.ticket(number, id_=id_)
    numbers = world.extract(desk).completeness.numbers
    assert (numbers.used, numbers.found, numbers.late) == (4, 0, 1)


def test_each_prefix_is_a_sequence_of_its_own(world):
    desk = SurveyedDesk(3, prefix="SUP-")
    desk.prefix = "HR-"
    desk.ticket(2, id_=70)
    desk.prefix = ""
    desk.log.append(
        replace(
            desk.log[0], ref=desk.log[0].ref._replace(id="71"), body={**desk.log[0].body, "number": "odd"}
        )
    )
    desk.absent = {"HR-1": Absence.MOVED}
    numbers = world.extract(desk).completeness.numbers
    assert (numbers.used, numbers.here, numbers.sequences, numbers.unnumbered) == (5, 4, 2, 1)
    assert numbers.classes == {"moved": 1}
    assert desk.asked == [["HR-1"]]


def test_numbers_that_are_no_sequence_are_said_and_not_asked(world):
    desk = SurveyedDesk(2)
    desk.ticket(900_000_000_000)
    numbers = world.extract(desk).completeness.numbers
    assert desk.asked == []
    assert (numbers.used, numbers.unnumbered, numbers.unknown) == (0, 3, 0)
    assert "no sequence" in numbers.words
    assert "900000000000" in world.findings()["TF-GAP-003"].message


def test_a_desk_that_refuses_to_explain_leaves_its_gaps_unexplained_with_its_words(world):
    desk = SurveyedDesk(5)
    desk.hidden = desk.unreadable = {"2", "4"}

    def refuse(_):
        raise RejectedError("the role lacks a right", status=403)

    desk.explain_absent = refuse
    numbers = world.extract(desk).completeness.numbers
    assert (numbers.unknown, numbers.examples) == (2, ["2", "4"])
    with pytest.raises(FatalError, match="the role lacks a right"):
        refuse_gaps(numbers)


def test_an_interrupted_survey_goes_on_and_asks_the_rest_only(world):
    desk = SurveyedDesk(1)
    desk.ticket(ASKED + 40)
    desk.absent = {str(number): Absence.PURGED for number in range(2, ASKED + 40)}
    answer, calls = desk.explain_absent, []

    def break_off(numbers):
        calls.append(len(numbers))
        if len(calls) == 2:
            raise RetryableError("the line broke")
        return answer(numbers)

    desk.explain_absent = break_off
    with pytest.raises(RetryableError):
        world.extract(desk)
    assert world.snapshots.latest() is None
    done = world.extract(desk)
    assert calls == [ASKED, 38, 38]
    assert (done.snapshot.number, done.completeness.numbers.unknown) == (1, 0)


# ---- control totals


def test_totals_that_agree_are_counted_and_none_is_a_finding(world):
    desk = SurveyedDesk(6)
    desk.ticket(7, stage="closed", created="2023-12-31T23:30:00-02:00")
    desk.counts = {("closed", "2023-12"): 0, ("closed", "2024-01"): 1}
    totals = world.extract(desk).completeness.totals
    assert (totals.asked, totals.equal, totals.differs) == (3, 3, 0), "months are those of UTC"
    assert totals.words == "3 counts by stage and month: 3 equal"
    assert not totals.again
    assert not {code for code in world.findings() if code.startswith("TF-TOTAL")}


def by_month(desk, asked):
    """Let a desk count its tickets all together, by stage, and by stage and month, noting what it was asked."""

    def totals():
        cells = [
            ("", ""),
            *((stage, "") for stage in sorted({t["stage"] for t in told})),
            *sorted({(t["stage"], t["month"]) for t in told}),
        ]
        for stage, month in cells:
            asked.append((stage, month))
            count = sum(1 for t in told if stage in ("", t["stage"]) and month in ("", t["month"]))
            yield ControlTotal(count, f"count {stage} {month}", stage, month)

    told = [{"stage": "open", "month": f"2024-0{1 + n % 4}"} for n in range(8)]
    for number, one in enumerate(told, 1):
        desk.ticket(number, stage=one["stage"], created=f"{one['month']}-10T00:00:00Z")
    desk.totals = totals
    return told


def test_months_are_asked_again_only_where_something_changed(world):
    asked: list[tuple[str, str]] = []
    desk = SurveyedDesk(0)
    told = by_month(desk, asked)
    first = world.extract(desk).completeness.totals
    assert (first.asked, first.equal, first.unasked) == (6, 6, 0)
    asked.clear()
    second = world.extract(desk).completeness.totals
    assert asked == [("", ""), ("open", ""), ("open", "2024-01")]
    assert (second.asked, second.equal, second.unasked, second.desk) == (3, 3, 3, first.desk)
    assert second.words.endswith("; 3 more were equal before, and nothing of theirs changed since")
    assert len(Surveys(world.snapshots).cells()) == 6, "what was not asked again stays in sight"

    asked.clear()
    told[5]["month"] = "2024-01"
    assert world.extract(desk).completeness.totals.differs == 2, (
        "the month that is still asked tells that something is wrong"
    )
    assert len(asked) == 6
    asked.clear()
    world.extract(desk)
    assert len(asked) >= 6, "what differed is asked again"

    told[5]["month"] = "2024-02"
    world.extract(desk)
    asked.clear()
    told.append({"stage": "open", "month": "2024-04"})
    desk.ticket(9, stage="open", created="2024-04-11T00:00:00Z")
    assert world.extract(desk).completeness.totals.unasked == 0
    assert ("open", "2024-04") in asked, "a ticket came"


def test_a_total_over_all_months_that_differs_makes_all_months_asked(world):
    asked: list[tuple[str, str]] = []
    desk = SurveyedDesk(0)
    told = by_month(desk, asked)
    world.extract(desk)
    asked.clear()
    told.append({"stage": "open", "month": "2024-03"})
    totals = world.extract(desk).completeness.totals
    assert totals.differs == 3
    assert {("open", f"2024-0{month}") for month in range(1, 5)} <= {*asked}


def test_a_total_that_differs_names_stage_month_and_both_figures(world):
    desk = SurveyedDesk(6)
    desk.counts[("in_progress", "2024-03")] = 9
    totals = world.extract(desk).completeness.totals
    assert (totals.differs, totals.again) == (1, True)
    message = world.findings()["TF-TOTAL-001"].message
    assert "2024-03" in message
    assert "in progress" in message
    assert "counts 9" in message
    assert "holds 6" in message
    (cell,) = Surveys(world.snapshots).cells()
    assert (cell.desk, cell.here, cell.verdict) == (9, 6, "differs")
    desk.counts.clear()
    assert world.extract(desk).completeness.totals.equal == 1
    assert "TF-TOTAL-001" not in world.findings()


def test_a_difference_that_another_extract_does_not_take_away_is_told_otherwise(world):
    """The first time the desk may be ahead of its lists; the second time reading again will not help."""
    desk = SurveyedDesk(6)
    desk.counts[("in_progress", "2024-03")] = 9
    totals = world.extract(desk).completeness.totals
    assert (totals.fresh, totals.stays) == (1, 0)
    assert totals.behind.startswith("the desk knows more than came: 1 count differs.")
    totals = world.extract(desk).completeness.totals
    assert (totals.fresh, totals.stays, totals.behind) == (0, 1, "")
    desk.counts[("in_progress", "2024-03")] = 11
    assert world.extract(desk).completeness.totals.fresh == 1, "another difference is a new one"


def test_people_who_work_while_the_desk_is_read_are_no_difference(world):
    desk = SurveyedDesk(6)

    def work() -> None:
        if len(desk.log) == 6:
            now = datetime.fromtimestamp(world.clock.time(), UTC)
            desk.ticket(3, stage="closed", updated=now.isoformat())
            desk.ticket(7, updated=now.isoformat())

    desk.at_totals = work
    totals = world.extract(desk).completeness.totals
    assert totals.again, "changes are read once more before anything is judged"
    assert (totals.equal, totals.differs) == (2, 0)
    assert world.snapshots.count(Kind.TICKET, 1) == 7


def test_a_difference_is_allowed_only_up_to_what_was_worked_on_in_its_month(world):
    now = datetime.fromtimestamp(world.clock.time(), UTC)
    desk = SurveyedDesk(6)
    desk.ticket(6, updated=(now + timedelta(seconds=5)).isoformat())
    desk.ticket(7, created="2024-04-01T00:00:00Z", updated=(now - timedelta(hours=1)).isoformat())
    desk.counts = {("in_progress", "2024-03"): 7, ("in_progress", "2024-04"): 2}
    totals = world.extract(desk).completeness.totals
    assert (totals.moved, totals.differs) == (1, 1)
    assert "2024-04" in world.findings()["TF-TOTAL-001"].message
    desk.counts = {("in_progress", "2024-03"): 8}
    assert "1 of them were worked on" in _differs(world, desk)


def _differs(world, desk) -> str:
    desk.ticket(
        6, updated=(datetime.fromtimestamp(world.clock.time(), UTC) + timedelta(seconds=9)).isoformat()
    )
    world.extract(desk)
    return world.findings()["TF-TOTAL-001"].message


def test_an_estimate_of_the_desk_is_shown_and_not_held_against_the_snapshot(world):
    desk = SurveyedDesk(6)
    desk.counts[("in_progress", "2024-03")] = 1_000
    desk.inexact.add("in_progress")
    totals = world.extract(desk).completeness.totals
    assert (totals.estimate, totals.differs) == (1, 0)
    assert "1 only estimated by the desk" in totals.words


def test_stages_that_the_desk_counts_together_are_compared_together(world):
    desk = SurveyedDesk(2)
    desk.ticket(3, stage="closed")
    desk.ticket(4, stage="merged")
    desk.totals = lambda: iter(
        [
            made_up.ControlTotal(2, "count", "closed+merged", "2024-03"),
            made_up.ControlTotal(4, "count", "", "2024-03"),
            made_up.ControlTotal(4, "count"),
        ]
    )
    desk.ticket(5, stage="spam")
    assert world.extract(desk).completeness.totals.equal == 3


def test_a_desk_that_stops_counting_says_why_and_reading_is_kept(world):
    desk = SurveyedDesk(3)

    def totals():
        yield made_up.ControlTotal(3, "count", "in_progress", "2024-03")
        raise RejectedError("the search is switched off", status=403)

    desk.totals = totals
    done = world.extract(desk)
    assert (done.completeness.totals.equal, done.completeness.totals.refused) == (
        1,
        "the search is switched off",
    )
    assert "TF-TOTAL-002" in world.findings()
    assert world.snapshots.latest() is not None


def test_nothing_is_asked_where_it_is_not_declared_or_not_wanted(world):
    desk = SurveyedDesk(4)
    desk.hidden = {"2"}

    def never(*_):
        raise AssertionError("asked")

    desk.totals = desk.explain_absent = desk.inventory = never
    assert world.extract(desk, totals=False, inventory=False).completeness is None
    bare = replace(made_up.CONNECTOR, features=frozenset())
    done = extract(desk, bare, world.snapshots, world.clock, totals=True, inventory=True)
    assert (done.completeness, done.inventory) == (None, None)
    assert Completeness.read(world.snapshots) is None


def test_what_was_found_is_read_again_from_the_workspace(world):
    desk = SurveyedDesk(5)
    desk.hidden = desk.unreadable = {"2"}
    desk.absent = {"2": Absence.UNKNOWN}
    done = world.extract(desk)
    assert Completeness.read(world.snapshots) == done.completeness


# ---- what is not moved


def test_the_inventory_is_kept_most_used_first_and_replaced_by_the_next(world):
    desk = SurveyedDesk(1)
    used = datetime(2024, 5, 1, tzinfo=UTC)
    desk.things = [
        NotMoved("macro", "1", "seldom", used=1),
        NotMoved(
            "macro", "2", "often", used=9, used_when="last 30 days", last_used=used, url="https://x", note="n"
        ),
        NotMoved("macro", "3", "off", active=False, used=50),
        NotMoved("macro", "4", "who knows"),
        NotMoved("view", "1", "מבט"),
    ]
    done = world.extract(desk)
    surveys = Surveys(world.snapshots)
    assert done.inventory == 5
    assert [item.name for item in surveys.inventory("macro")] == ["often", "seldom", "who knows", "off"]
    assert next(surveys.inventory()) == desk.things[1]
    macro, view = surveys.inventory_counts()
    assert macro == {
        "what": "macro",
        "all": 4,
        "active": 3,
        "used": 3,
        "unused": 0,
        "unsaid": 1,
        "last_used": used.isoformat(),
    }
    assert (view["what"], view["unsaid"]) == ("view", 1)
    desk.things = desk.things[:1]
    world.extract(desk)
    assert [item.id for item in surveys.inventory()] == ["1"]


def test_what_may_lie_in_an_archive_is_named_apart_and_asks_for_a_person(world):
    """Where the desk says the same of a deleted and of an archived ticket, nobody calls it deleted for good."""
    desk = SurveyedDesk(6)
    desk.hidden = desk.unreadable = {"4"}
    desk.absent = {"4": Absence.PURGED_OR_ARCHIVED}
    numbers = world.extract(desk).completeness.numbers
    assert numbers.words == "6 numbers used: 5 here + 1 deleted for good or archived, 0 unexplained"
    finding = world.findings()["TF-GAP-006"]
    assert finding.count == 1
    assert "looks into the archive" in finding.remedy


def test_a_ticket_that_is_put_back_from_the_archive_is_read_by_the_next_extract(world):
    """No list shows it as changed: what may lie in an archive is asked for each time."""
    desk = SurveyedDesk(6)
    desk.hidden = desk.unreadable = {"4"}
    desk.absent = {"4": Absence.PURGED_OR_ARCHIVED}
    world.extract(desk)
    desk.unreadable, desk.absent = set(), {}
    numbers = world.extract(desk).completeness.numbers
    assert numbers.words == "6 numbers used: 6 here, 0 unexplained"
    assert "TF-GAP-006" not in world.findings()
