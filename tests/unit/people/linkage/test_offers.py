import pytest

from ticketferry.people.decisions import Decision, Decisions, read_decisions, write_decisions
from ticketferry.people.linkage.engine import LinkedPair, ScoreStep
from ticketferry.people.linkage.offers import offer
from ticketferry.people.offered import OfferLog


def ref(number):
    return f"acme:person:{number}"


def pair(one, other, band="automatic", score=20.0, never=""):
    tie = "one mailbox of their own" if band == "automatic" else ""
    return LinkedPair(
        ref(one), ref(other), band, score, tie, never, -9.0, (ScoreStep("given", "the same", 5.0),)
    )


class Desk:
    """A decisions file, and what the tool writes into it run after run."""

    def __init__(self, folder):
        self.path = folder / "decisions" / "people.csv"
        self.offered = None

    @property
    def rows(self):
        return dict(read_decisions(self.path).rows)

    def run(self, pairs, clusters=(), today="2026-11-30"):
        decisions, log = read_decisions(self.path), OfferLog.beside(self.path)
        own = {one for one, row in decisions.rows.items() if log.wrote(row)}
        clusters = tuple(tuple(ref(number) for number in members) for members in clusters)
        self.offered = offer(
            pairs,
            clusters,
            decisions,
            log,
            lambda one: (f"Name {one[-1]}", f"m{one[-1]}@firm.example"),
            today,
        )
        rows = dict(self.offered.rows)
        rows.update((one, row) for one, row in decisions.rows.items() if one not in own)
        write_decisions(self.path, [rows[one] for one in sorted(rows)])
        log.write(self.offered.rows.values())
        return self.rows

    def edit(self, change):
        rows = change(self.rows)
        write_decisions(self.path, rows.values())

    def said(self):
        return {one[-1]: (row.suggestion[-1:], row.decision) for one, row in self.rows.items()}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_the_tool_joins_with_its_reason_and_asks_about_the_rest(desk):
    rows = desk.run([pair(1, 2), pair(3, 4, "review", 5.0, "their external ids differ")], [(1, 2)])
    assert desk.said() == {"2": ("1", "accept"), "4": ("3", "")}
    joined = rows[ref(2)]
    assert (joined.by, joined.when, joined.score) == ("ticketferry", "2026-11-30", "20.0")
    assert (joined.name, joined.email, joined.other) == (
        "Name 2",
        "m2@firm.example",
        "Name 1 <m1@firm.example>",
    )
    assert joined.why == "one mailbox of their own (given the same +5.0)"
    assert rows[ref(4)].why == "their external ids differ (given the same +5.0)"
    assert (desk.offered.joined, desk.offered.asked) == (1, 1)


def test_a_second_run_over_the_same_people_changes_no_byte(desk):
    found = [pair(1, 2), pair(3, 4, "review", 5.0)], [(1, 2)]
    desk.run(*found)
    before = desk.path.read_bytes()
    desk.run(*found, today="2026-12-24")
    assert desk.path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "separate", "by": "m.ito"},
        {"why": "looked at the contract"},
        {"by": "m.ito"},
        {"decision": "acme:person:9"},
    ],
)
def test_a_line_that_a_person_edited_is_never_written_again(desk, change):
    found = [pair(1, 2), pair(3, 4, "review", 5.0)], [(1, 2)]
    desk.run(*found)
    for one in (ref(2), ref(4)):
        desk.edit(lambda rows, one=one: rows | {one: rows[one]._replace(**change)})
    edited = desk.rows
    desk.run([pair(1, 2, score=77.0), pair(3, 4, "review", 7.0), pair(5, 6)], [(1, 2), (5, 6)])
    assert {one: desk.rows[one] for one in edited} == edited
    assert desk.said()["6"] == ("5", "accept")


def test_a_line_that_is_taken_out_parts_them_and_does_not_come_back(desk):
    found = [pair(1, 2), pair(3, 4, "review", 5.0)], [(1, 2)]
    desk.run(*found)
    desk.edit(lambda rows: {})
    for _ in range(2):
        assert desk.run(*found) == {}
        assert desk.offered.taken_out == 2
    desk.run([pair(1, 2), pair(2, 5)], [(1, 2, 5)])
    assert desk.said() == {"5": ("1", "")}, "who comes to a group that a person parted is asked about"


def test_the_record_that_stands_for_a_group_stays_when_an_older_one_comes(desk):
    desk.run([pair(2, 3)], [(2, 3)])
    desk.run([pair(2, 3), pair(1, 2)], [(1, 2, 3)])
    assert desk.said() == {"1": ("2", "accept"), "3": ("2", "accept")}
    decisions = Decisions(desk.rows)
    assert decisions.chosen(ref(1)) == ref(2)


def test_two_groups_that_become_one_are_led_by_the_older(desk):
    desk.run([pair(1, 2), pair(3, 4)], [(1, 2), (3, 4)])
    desk.run([pair(1, 2), pair(3, 4), pair(2, 3)], [(1, 2, 3, 4)])
    assert desk.said() == {"2": ("1", "accept"), "3": ("1", "accept"), "4": ("1", "accept")}


def test_a_join_that_something_speaks_against_now_is_asked_about(desk):
    desk.run([pair(1, 2)], [(1, 2)])
    desk.run([pair(1, 2, "review", 12.0, "their external ids differ")])
    assert desk.said() == {"2": ("1", "")}
    assert (
        "was joined by the tool on 2026-11-30, and is no longer; their external ids differ"
        in desk.rows[ref(2)].why
    )


def test_a_join_with_somebody_who_is_gone_stands(desk):
    desk.run([pair(1, 2)], [(1, 2)])
    assert desk.run([])[ref(2)].decision == "accept"


def test_a_suggestion_that_no_longer_holds_goes(desk):
    desk.run([pair(1, 2, "review", 3.0)])
    assert desk.run([]) == {}


def test_nobody_joins_a_group_by_the_tool_in_which_a_person_decided(desk):
    desk.path.parent.mkdir(parents=True)
    write_decisions(desk.path, [Decision(ref(2), decision="separate", by="m.ito")])
    desk.run([pair(1, 2), pair(2, 3)], [(1, 2, 3)])
    assert desk.said() == {"2": ("", "separate"), "3": ("1", "")}


def test_open_lines_form_no_ring_even_if_all_are_accepted(desk):
    desk.run([pair(1, 2, "review", 9.0), pair(3, 1, "review", 8.0), pair(2, 3, "review", 7.0)])
    desk.edit(lambda rows: {one: row._replace(decision="accept", by="m.ito") for one, row in rows.items()})
    decisions = Decisions(desk.rows)
    for one in list(decisions.rows):
        seen = [one]
        while (chosen := decisions.chosen(seen[-1])) is not None:
            assert chosen not in seen
            seen.append(chosen)


def test_what_a_spreadsheet_does_to_a_line_is_nobodys_edit(desk):
    desk.run([pair(1, 2), pair(3, 4, "review", 5.0)], [(1, 2)])
    text = (
        desk.path.read_text(encoding="utf-8")
        .replace(",20.0,2026-11-30", ";20,0;30.11.2026")
        .replace(",5.0,2026-11-30", ";5,0;30.11.2026")
    )
    lines = [
        line.replace(",", ";") if ";" not in line else line.replace(",", ";", 7) for line in text.splitlines()
    ]
    desk.path.write_bytes("\r\n".join([*lines, ""]).encode("utf-16"))
    log = OfferLog.beside(desk.path)
    assert all(log.wrote(row) for row in desk.rows.values())


def test_a_broken_log_says_what_to_do(desk):
    desk.run([pair(1, 2)], [(1, 2)])
    (desk.path.parent / "people.offered.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Exception, match="suggested before cannot be read") as caught:
        OfferLog.beside(desk.path)
    assert "delete it" in caught.value.remedy
