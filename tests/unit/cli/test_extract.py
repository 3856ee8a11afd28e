"""What `extract`, `extract files`, `inventory`, `status` and `profile` say of a desk that tells about itself."""

import csv
import io
import json
import re
from collections.abc import Iterator

import pytest
from tests.unit.cli import talkative
from tests.unit.cli.talkative import HOSTILE, TalkativeSource
from tests.unit.cli.terminal import Terminal, make_terminal

import ticketferry_neutral
from ticketferry.cli.layout import width
from ticketferry.sdk import Absence


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Iterator[Terminal]:
    """Forty tickets, some of them hidden; the old desk's connector counts, explains and lists."""
    monkeypatch.setattr(ticketferry_neutral, "CONNECTOR", talkative.CONNECTOR)
    monkeypatch.setattr(TalkativeSource, "hidden", frozenset({"7", "8", "12"}))
    monkeypatch.setattr(
        TalkativeSource, "absent", {"7": Absence.DELETED, "8": Absence.MERGED, "12": Absence.PURGED}
    )
    monkeypatch.setattr(TalkativeSource, "more", _hidden_counted())
    return make_terminal(tmp_path, tickets=40)


def _hidden_counted() -> dict[tuple[str, str], int]:
    # The totals of the files count what is hidden as well: a desk that tells of deleted tickets leaves them out.
    stages = ["new", "in_progress", "pending_customer", "resolved", "closed"]
    found: dict[tuple[str, str], int] = {("", ""): -3}
    for number in (7, 8, 12):
        key = (stages[number % 5], "2024-01")
        found[key] = found.get(key, 0) - 1
    return found


def _flat(text: str) -> str:
    return " ".join(text.split())


def _adds_up(text: str) -> tuple[int, list[int]]:
    """Return the figure before a sum and its parts, which must be equal to it."""
    total, parts = text.split(":" if ":" in text else "=", 1)
    figures = [int(figure.replace(",", "")) for figure in re.findall(r"\d[\d,]*", parts)]
    whole = int(re.findall(r"\d[\d,]*", total)[-1].replace(",", ""))
    assert whole == sum(figures), text
    return whole, figures


def test_the_numbers_of_the_old_desk_add_up_in_sight(desk: Terminal) -> None:
    shown = _flat(desk("extract").stdout)
    line = re.search(r"numbers (\d+ numbers used: .*? 0 unexplained)", shown)
    assert line is not None
    assert line[1] == "40 numbers used: 37 here + 1 deleted + 1 merged + 1 deleted for good, 0 unexplained"
    _adds_up(line[1])
    assert "totals 6 counts by stage and month: 6 equal" in shown
    assert "4 things of the desk are not moved: ticketferry inventory" in shown
    found = json.loads(desk("extract", "--json").stdout)["desks"]["source"]
    assert found["completeness"]["numbers"]["unknown"] == 0
    assert found["not_moved"] == 4


def test_the_requests_are_told_by_purpose_and_add_up(desk: Terminal) -> None:
    shown = desk("extract", "source").stdout
    line = re.search(r"requests  (\d+) = (.*)", shown)
    assert line is not None
    parts = dict(re.findall(r"([a-z-]+) (\d+)", line[2]))
    assert int(line[1]) == sum(int(count) for count in parts.values())
    assert {"reading", "totals", "files", "inventory"} <= set(parts)
    assert "one request of reading for" in shown
    found = json.loads(desk("extract", "source", "--json").stdout)["desks"]["source"]["requests"]
    assert found["requests"] == sum(found["purposes"].values())
    assert found["requests"] == sum(entry["requests"] for entry in found["endpoints"])


def test_a_desk_that_hides_a_ticket_ends_the_extract_with_code_1_and_its_name(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = {**TalkativeSource.absent, "8": Absence.UNKNOWN}
    monkeypatch.setattr(TalkativeSource, "absent", absent)
    result = desk("extract", code=1)
    assert "1 ticket number of the old desk is unexplained: 8" in _flat(result.stderr)
    assert "next:" in result.stderr
    assert "+ 1 unexplained unexplained: 8" in _flat(result.stdout)
    assert "target  snapshot 1" in result.stdout, "the other desk was read all the same"
    answer = desk("extract", "source", "--json", code=1)
    numbers = json.loads(answer.stdout)["desks"]["source"]["completeness"]["numbers"]
    assert (numbers["unknown"], numbers["examples"]) == (1, ["8"])
    assert desk("profile").stdout.count("unexplained") >= 2
    status = desk("status", code=2).stdout
    assert "unexplained: 8" in status
    assert "ticketferry extract source" in status
    assert json.loads(desk("status", "--json", code=2).stdout)["completeness"]["numbers"]["unknown"] == 1
    desk("-q", "plan")
    monkeypatch.setattr(TalkativeSource, "absent", {**absent, "8": Absence.MERGED})
    desk("extract")
    desk("status")


def test_a_count_that_differs_is_shown_with_both_figures(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TalkativeSource, "more", {**_hidden_counted(), ("closed", "2024-01"): 5})
    assert "5 equal + 1 differ" in desk("extract").stdout
    shown = desk("profile").stdout
    assert re.search(r"2024-01 +closed +8 +13 +0", shown)
    found = json.loads(desk("profile", "--json").stdout)
    assert next(cell for cell in found["control_totals"] if cell["verdict"] == "differs")["desk"] == 13
    assert found["not_moved"][0]["what"] == "macro"


def test_no_totals_asks_for_none_and_says_so(desk: Terminal) -> None:
    shown = desk("extract", "--no-totals").stdout
    assert "not checked against the desk's own counts (--no-totals)" in _flat(shown)
    assert "totals" not in re.findall(r"requests .*", shown)[0]
    assert (
        json.loads(desk("extract", "--no-totals", "--json").stdout)["desks"]["source"]["completeness"] is None
    )


def test_files_come_later_by_phase_and_the_plan_of_that_phase_needs_no_others(desk: Terminal) -> None:
    desk("-q", "extract", "--no-files")
    assert "extract files --phase pilot" in _flat(
        desk.failing("apply", _planned(desk, "pilot", blocked=True), "--yes").stderr
    )
    forecast = desk("extract", "files", "--phase", "pilot", "--estimate").stdout
    whole, parts = _adds_up(re.sub(r"\([^)]*\)", "", re.findall(r"files +(.*)", forecast)[0]))
    assert (whole, parts) == (16, [0, 16])
    assert not (desk.folder / "blobs").exists() or not list((desk.folder / "blobs").glob("??/*"))
    shown = desk("extract", "files", "--phase", "pilot").stdout
    assert "came      16 = 16 fetched" in shown
    assert "Next    ticketferry plan --phase pilot" in shown
    assert "nothing to fetch" in desk("extract", "files", "--phase", "pilot").stdout
    desk("apply", _planned(desk, "pilot"), "--yes")
    rest = desk.failing("apply", _planned(desk, "rest", blocked=True), "--yes").stderr
    assert "extract files --phase rest" in _flat(rest)
    found = json.loads(desk("extract", "files", "--only", "3,ticket:5,acme:ticket:6", "--json").stdout)
    assert (found["forecast"]["tickets"], found["fetched"]["files"]) == (3, 6)
    assert found["requests"]["purposes"] == {"files": 6}
    desk("extract", "files")
    _planned(desk, "rest")


def _planned(desk: Terminal, phase: str, *, blocked: bool = False) -> str:
    return str(json.loads(desk("plan", "--phase", phase, "--json", code=int(blocked)).stdout)["id"])


@pytest.mark.parametrize(
    ("words", "code", "say"),
    [
        ("extract files --phase nope", 64, "no phase 'nope'"),
        ("extract files --only 999", 64, "no ticket 999"),
        ("extract files --only ,", 64, "--only names no ticket"),
        ("extract files --only person:3", 64, "does not name a ticket"),
        ("extract files --no-files", 64, "takes neither"),
        ("extract source --phase pilot", 64, "extract files --phase"),
        ("inventory --what nothing", 64, "Kinds: macro, trigger"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(
    desk: Terminal, words: str, code: int, say: str
) -> None:
    desk("-q", "extract", "--no-files")
    assert say in _flat(desk(*words.split(), code=code).stderr)


def test_files_need_a_desk_that_was_read(desk: Terminal) -> None:
    assert "never extracted" in desk("extract", "files", code=1).stderr


def test_the_inventory_is_sorted_by_use_and_harmless_on_a_screen(desk: Terminal) -> None:
    desk("-q", "extract")
    shown = desk("inventory").stdout
    assert re.search(r"macro +3 +2 +2 +1 +0 +2024-05-02", shown)
    assert shown.index("412") < shown.index("Refund") < shown.index("Old greeting")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "Notify" not in shown, "of what nobody counts only the number is shown"
    assert "sends mail" in desk("inventory", "--what", "trigger").stdout
    found = json.loads(desk("inventory", "--json").stdout)
    assert [(row["what"], row["all"]) for row in found["counts"]] == [("macro", 3), ("trigger", 1)]
    assert found["things"][0]["name"] == HOSTILE


def test_the_inventory_as_a_table_for_a_spreadsheet_holds_no_formula(desk: Terminal) -> None:
    desk("-q", "extract")
    rows = list(csv.DictReader(io.StringIO(desk("inventory", "--csv", "--what", "macro").stdout)))
    assert [row["id"] for row in rows] == ["2", "1", "3"]
    assert rows[0]["name"].startswith("'=cmd")
    desk("inventory", "--csv", "-o", "things.csv")
    assert (desk.folder / "things.csv").read_text(encoding="utf-8").count("macro") == 3


def test_the_report_shows_both_figures_gaps_and_what_is_not_moved(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lxml import html

    monkeypatch.setattr(TalkativeSource, "more", {**_hidden_counted(), ("closed", "2024-01"): 5})
    desk("-q", "extract")
    desk("-q", "plan")
    desk("-q", "report", "-o", "r.html")
    page = (desk.folder / "r.html").read_text(encoding="utf-8")
    tree = html.document_fromstring(page)
    assert tree.xpath("//script[contains(., 'alert(1)')]") == []
    complete = tree.xpath("//section[@id='completeness']")[0].text_content()
    assert "8 ≠ 13" in complete
    assert "8 = 8" in complete
    assert "40 numbers used: 37 here" in complete
    assert "deleted for good" in complete
    beside = tree.xpath("//section[@id='notmoved']")[0].text_content()
    assert "<script>alert(1)</script>" in beside
    assert "Notify the team" in beside
    assert "1 count differs" in tree.xpath("//section[@id='verdict']")[0].text_content()


def test_no_line_of_these_screens_is_wider_than_80_columns(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TalkativeSource, "absent", {"7": Absence.INVISIBLE})
    for command, code in (
        ("extract --no-files", 0),
        ("extract", 1),
        ("extract files", 0),
        ("status", 2),
        ("profile", 0),
        ("inventory", 0),
        ("inventory --what macro", 0),
    ):
        lines = desk(*command.split(), code=code).stdout.splitlines()
        # A path is never broken, and that of a test may be longer than a screen.
        assert max(width(line) for line in lines if str(desk.folder.parent) not in line) <= 80, command
