"""Tables that people fill in come back from any spreadsheet, and run nothing in it."""

import csv
from pathlib import Path

import pytest

from ticketferry.errors import MappingError
from ticketferry.store.spreadsheet import append_cells, read_spreadsheet, write_cells

COLUMNS = ("ticket", "verdict", "remark")


@pytest.mark.parametrize(
    "data",
    [
        b"ticket,verdict,remark\n1,ok,\n",
        b"\xef\xbb\xbfsep=;\r\nticket;verdict;remark\r\n1;ok;\r\n",
        "ticket\tverdict\tremark\r\n1\tok\t\r\n".encode("utf-16"),
        "verdict|ticket\nok|1\n".encode("utf-16-be"),
        b'Ticket , VERDICT\n\n,\n "1" , ok \n',
    ],
)
def test_a_spreadsheets_ways_to_save_a_table_say_the_same(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    table = read_spreadsheet(tmp_path / "t.csv", COLUMNS, ("ticket", "verdict"))
    assert table is not None
    assert not table.problems
    assert [(row.cells["ticket"].strip('" '), row.cells["verdict"]) for row in table.rows] == [("1", "ok")]


def test_what_looks_like_a_formula_runs_nowhere_and_comes_back(tmp_path: Path) -> None:
    evil = ["=1+1", "@SUM(A1)", "+49 30 1", "-", "\u202eabc", "a\rb"]
    write_cells(tmp_path / "t.csv", COLUMNS, [["1", "ok", text] for text in evil])
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        raw = [row[2] for row in csv.reader(file)][1:]
    assert not [text for text in raw if text.startswith(("=", "+", "-", "@"))], raw
    table = read_spreadsheet(tmp_path / "t.csv", COLUMNS, COLUMNS)
    assert table is not None
    assert [row.cells["remark"] for row in table.rows] == [*evil[:4], "\\u202eabc", "a\nb"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ticket\n1\n", "t.csv:1:1: no column `verdict`"),
        ("ticket,verdict,mood\n", "t.csv:1:1: a column `mood` is not known"),
        ("ticket,verdict,ticket\n", "t.csv:1:1: the column `ticket` stands there twice"),
        ('ticket,verdict\n"a\nb",ok\n2\n', "t.csv:4:1: 1 columns, wanted are 2"),
        ("ticket,verdict\n1,ok,more\n", "t.csv:2:1: 3 columns, wanted are 2"),
        ('ticket,verdict\n1,"ok\n', "t.csv:2:1: not CSV"),
    ],
)
def test_a_fault_has_its_line(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    table = read_spreadsheet(tmp_path / "t.csv", COLUMNS, ("ticket", "verdict"))
    assert table is not None
    assert [problem for problem in table.problems if problem.startswith(told)], table.problems


def test_no_file_is_no_table_and_another_file_is_refused(tmp_path: Path) -> None:
    assert read_spreadsheet(tmp_path / "none.csv", COLUMNS, ()) is None
    (tmp_path / "t.csv").write_bytes(b"PK\x03\x04\0\0\0")
    with pytest.raises(MappingError, match="save it as CSV UTF-8"):
        read_spreadsheet(tmp_path / "t.csv", COLUMNS, ("ticket",))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_rows_are_added_in_the_tables_own_way_and_its_bytes_stay(
    encoding: str, sign: str, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    before = sign.join(["note", "ref", "decision"]) + "\r\n" + sign.join(["Zoë = 1+1", "a", "yes"])
    path.write_bytes(before.encode(encoding))
    append_cells(
        path, ("ref", "decision", "more", "note"), [("b", "", "left out", "=new;\t,"), ("c", "no", "", "")]
    )
    assert path.read_bytes().startswith(before.encode(encoding))
    table = read_spreadsheet(path, ("ref", "decision", "note"), ("ref",))
    assert table is not None
    assert table.problems == []
    assert [(row.cells["ref"], row.cells["decision"]) for row in table.rows] == [
        ("a", "yes"),
        ("b", ""),
        ("c", "no"),
    ]
    assert table.rows[1].cells["note"] == "=new;\t,"


def test_a_table_that_is_not_there_is_begun(tmp_path: Path) -> None:
    append_cells(tmp_path / "new" / "table.csv", ("ref", "decision"), [("a", "")])
    assert (tmp_path / "new" / "table.csv").read_text() == "ref,decision\na,\n"
