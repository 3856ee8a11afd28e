import zipfile
from pathlib import Path

import pytest

from ticketferry.errors import MappingError
from ticketferry.store.workbook import BookTable, read_book, write_book

openpyxl = pytest.importorskip("openpyxl")
HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2",
    "00123",
    "1e5",
    "3-4",
    "12345678901234567",
    "TRUE",
    "é\u202e\x07",
    "שלום 🙂",
    "a\r\nb",
]


def test_what_is_written_comes_back_as_a_text_and_nothing_of_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_book(
        path,
        [
            BookTable(
                "status",
                ("id", "decision"),
                [(cell, "x") for cell in HOSTILE],
                ["Closed", "=evil"],
                "decision",
            )
        ],
    )
    book = openpyxl.load_workbook(path)
    cells = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert b"<f>" not in b"".join(
        zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist() if "sheet" in name
    )
    (table,) = read_book(path, ("id", "decision"), ("id", "decision"))
    assert [row.cells["id"] for row in table.rows] == [
        cell.replace("\u202e", "\\u202e").replace("\x07", "\\x07").replace("\r\n", "\n") for cell in HOSTILE
    ]
    assert table.problems == []
    assert [row.where for row in table.rows][:1] == ["book.xlsx/status:2"]


def test_formulas_of_others_are_refused_with_their_place(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "decision"])
    book.active.append(["abc", "=A2"])
    book.save(tmp_path / "book.xlsx")
    (table,) = read_book(tmp_path / "book.xlsx", ("id", "decision"), ("id", "decision"))
    assert table.problems == [
        "book.xlsx/Sheet:2:1: a formula in the column `decision`: write the value itself"
    ]


def test_numbers_and_days_that_a_spreadsheet_made_are_texts(tmp_path: Path) -> None:
    from datetime import datetime

    book = openpyxl.Workbook()
    book.active.append(["id", "decision", "mine"])
    book.active.append([123.0, datetime(2026, 3, 4), "x"])  # noqa: DTZ001 -- as a spreadsheet holds it
    book.save(tmp_path / "book.xlsx")
    (table,) = read_book(tmp_path / "book.xlsx", ("id", "decision"), ("id", "decision"))
    assert table.rows[0].cells == {"id": "123", "decision": "2026-03-04T00:00:00"}


@pytest.mark.parametrize("data", [b"", b"no book", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "book.xlsx").write_bytes(data)
    with pytest.raises(MappingError, match="no Excel workbook"):
        read_book(tmp_path / "book.xlsx", ("id",), ("id",))


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as packed:
        packed.writestr("x", "y")
    with pytest.raises(MappingError, match="no Excel workbook"):
        read_book(tmp_path / "book.xlsx", ("id",), ("id",))
