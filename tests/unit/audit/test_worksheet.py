"""What auditors write is counted as they wrote it; a line that is lost, doubled or strange is told, never passed over."""

from pathlib import Path

import pytest

from ticketferry.audit.worksheet import COLUMNS, WorksheetLine, read_worksheet, write_worksheet
from ticketferry.errors import MappingError, UsageError

DRAWN = ("a:ticket:1", "a:ticket:2", "a:ticket:3")


def lines() -> list[WorksheetLine]:
    return [WorksheetLine(ref, "1", "=HYPERLINK(1)", "at random", "", "", "") for ref in DRAWN]


def sheet(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "w.csv"
    path.write_text("ticket;verdict;defect\n" + "\n".join(rows) + "\n", encoding="utf-8-sig")
    return path


def test_verdicts_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = sheet(tmp_path, "a:ticket:1;OK;", "a:ticket:3;;wrong customer", "a:ticket:2;Defect;")
    judged = read_worksheet(path, DRAWN)
    assert judged.judged == {"a:ticket:1": "", "a:ticket:3": "wrong customer", "a:ticket:2": "no words"}
    assert judged.defects.keys() == {"a:ticket:2", "a:ticket:3"}
    assert judged.open == ()


def test_a_sheet_that_nobody_filled_in_says_nothing_is_well(tmp_path: Path) -> None:
    write_worksheet(tmp_path / "w.csv", lines())
    assert read_worksheet(tmp_path / "w.csv", DRAWN).open == DRAWN
    assert "'=HYPERLINK(1)" in (tmp_path / "w.csv").read_text()
    write_worksheet(tmp_path / "w.csv", lines())


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["a:ticket:1;ok;", "a:ticket:2;ok;"], "w.csv:1:1: the line of a:ticket:3 is missing"),
        (["a:ticket:1;ok;", "a:ticket:1;;"], "w.csv:3:1: a:ticket:1 stands there twice"),
        (["a:ticket:1;;", "a:ticket:1;ok;"], "w.csv:3:1: a:ticket:1 stands there twice"),
        (["a:ticket:1,00E+05;ok;"], "w.csv:2:1: `a:ticket:1,00E+05` is not among"),
        (["a:ticket:1;fine;"], "w.csv:2:1: `fine` is no verdict"),
        (
            ["a:ticket:1;ok;one file is gone"],
            "w.csv:2:1: a:ticket:1 is ok, and a defect is written beside it",
        ),
    ],
)
def test_a_line_that_cannot_be_is_told(rows: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError) as error:
        read_worksheet(sheet(tmp_path, *rows), DRAWN)
    assert any(problem.startswith(told) for problem in error.value.problems), error.value.problems


def test_a_sheet_with_somebodys_words_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    filled = [line._replace(verdict="ok") if number == 2 else line for number, line in enumerate(lines())]
    write_worksheet(path, filled)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="somebody has written into"):
        write_worksheet(path, lines())
    assert path.read_bytes() == before
    assert before.decode().splitlines()[0] == ",".join(COLUMNS)
