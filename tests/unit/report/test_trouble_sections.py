"""What the report tells of records in quarantine and of the witness: whole, harmless and in the verdict."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.unit.report.plan_files import ENDPOINTS, GUARDS, example
from tests.unit.report.test_report import HOSTILE, _check, _section

from ticketferry.plan.show import overview
from ticketferry.report.data import InQuarantine, ReportData, collect
from ticketferry.report.html import render
from ticketferry.verify.verifier import Verified
from ticketferry.verify.witnessing import Witnessed, WitnessedDifference

OPEN = InQuarantine(
    "acme:ticket:12", "source", "reading", "event", f"audits answered 403 {HOSTILE}", "Give the account the right to read it.",
    "2026-11-01T10:00:00+00:00", 3,
)  # fmt: skip
WAIVED = InQuarantine(
    "acme:ticket:13", "p-07", "planning", "", "TypeError", "", waived=f"a test of 2019 {HOSTILE}", by="M. Ito"
)


def data(path: Path, **later: Any) -> ReportData:
    plan = example(path / "p-01.plan")
    found = collect(plan, **later)
    found.overview = overview(plan, ENDPOINTS, GUARDS)
    return found


def test_records_in_quarantine_stand_with_cause_remedy_and_who_waived_them(tmp_path: Path) -> None:
    tree = _check(render(data(tmp_path, quarantine=[OPEN, WAIVED])))
    section = _section(tree, "quarantine")
    rows = {row[0].text_content(): row for row in section.xpath(".//tbody/tr")}
    open_ = rows["acme:ticket:12"].text_content()
    waived = rows["acme:ticket:13"].text_content()
    for words in (
        "old desk, reading (event)",
        "audits answered 403",
        "Give the account",
        "2026-11-01",
        "3 tries",
    ):
        assert words in open_
    for words in ("p-07, planning", "TypeError", "a test of 2019", "M. Ito"):
        assert words in waived
    assert not section.xpath(".//script|.//img")
    assert "1 record is in quarantine, neither mended nor waived" in _section(tree, "verdict").text_content()


def test_what_is_waived_is_looked_at_and_nothing_in_quarantine_has_no_section(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    tree = _check(render(data(tmp_path / "one", quarantine=[WAIVED])))
    assert "1 record is in quarantine and left out knowingly" in _section(tree, "verdict").text_content()
    assert len(_section(tree, "quarantine").xpath(".//table")) == 1
    tree = _check(render(data(tmp_path / "two")))
    assert not tree.xpath("//section[@id='quarantine']")
    assert "quarantine" not in _section(tree, "verdict").text_content()


def test_many_in_quarantine_are_cut_with_the_command_that_lists_all(tmp_path: Path) -> None:
    held = [
        InQuarantine(f"acme:ticket:{number}", "source", "reading", "", "404 " * 60, "Read it again. " * 20)
        for number in range(20_000)
    ]
    page = render(data(tmp_path, quarantine=held))
    assert len(page) < 6_000_000
    text = _section(_check(page), "quarantine").text_content()
    assert "ticketferry quarantine" in text
    assert "20,000 records are in quarantine" in page


def test_the_witness_names_what_it_did_not_judge(tmp_path: Path) -> None:
    told = WitnessedDifference(
        "acme:ticket:1", "10001", "leak", "comment 7", f"internal words stand in public {HOSTILE}"
    )
    seen = Witnessed(
        3, 9, 0, 18, 4, [told], [told._replace(rule="text.subject")], {f"the drop {HOSTILE}": 1_234, "x": 1}
    )
    verified = Verified(Counter({"=": 10}), 400, 3, [], seen)
    tree = _check(render(data(tmp_path, verified=verified)))
    section = _section(tree, "witnessed")
    text = " ".join(section.text_content().split())
    assert "Not judged" in text
    assert "1,235" in text
    (table,) = section.xpath(".//table[caption[@id='witness-unjudged-caption']]")
    assert [cell.text_content().strip() for cell in table.xpath(".//tbody/tr[2]/*")] == ["x", "1"]
    assert not section.xpath(".//script|.//img")
