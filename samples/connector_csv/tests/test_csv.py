"""The CSV connector keeps the contract, and does what is its own."""

from pathlib import Path

import pytest
from ticketferry_csv import CONNECTOR
from ticketferry_csv.options import CsvOptions
from ticketferry_csv.source import CsvSource

from ticketferry.sdk import ConfigError, Kind, Session
from ticketferry.testing import SourceContract

TICKETS = """\
number,subject,status,email,tags,created,product line
1,"Printer 🖨, \"\"broken\"\"",open,Ana@Example.org,vip;two words,2024-01-01T10:00:00Z,Laser
2,مرحبا,done,,,2024-01-01T10:00:00Z,
3,,waiting,bo@example.org,,2024-01-02T10:00:00Z,Ink
"""
COMMENTS = """\
id,ticket,email,public,created,text
10,1,ana@example.org,yes,2024-01-01T10:00:00Z,"first line\r\nsecond <b>line"
11,1,agent@desk.example,no,2024-01-01T10:00:00Z,𠜎 internal
"""


def lay(folder, tickets=TICKETS, comments=COMMENTS):
    for name, text in (("tickets.csv", tickets), ("comments.csv", comments)):
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return CsvSource(CsvOptions(folder=folder, page_size=2), Session("acme"))


class TestCsvSource(SourceContract):
    connector = CONNECTOR

    def make_source(self, folder: Path) -> CsvSource:
        return lay(folder)

    def other_source(self, folder: Path):
        (folder / "other").mkdir()
        yield lay(folder / "other")


def translated(source, stream):
    return [
        source.translate(wire, source.catalog())
        for page in source.read(stream, None)
        for wire in page.records
    ]


def test_a_person_in_two_cases_is_one(tmp_path):
    source = lay(tmp_path)
    people = [each.records[0]["email"] for each in translated(source, "people")]
    assert people == ["Ana@Example.org", "bo@example.org", "agent@desk.example"]
    assert translated(source, "tickets")[0].records[0]["requester"] == "acme:person:ana@example.org"
    assert translated(source, "comments")[0].records[0]["author"] == "acme:person:ana@example.org"


def test_a_text_keeps_its_lines_and_its_signs(tmp_path):
    body = translated(lay(tmp_path), "comments")[0].records[0]["body"]
    assert body["html"] == "<p>first line<br>second &lt;b&gt;line</p>"
    assert body["original"] == "first line\r\nsecond <b>line"


def test_only_yes_makes_a_comment_public(tmp_path):
    comments = "id,ticket,public,text\n1,1,yes,a\n2,1,no,b\n3,1,,c\n4,1,YES please,d\n"
    found = translated(lay(tmp_path, comments=comments), "comments")
    assert [each.records[0]["public"] for each in found] == [True, False, False, False]


def test_a_row_without_its_number_is_named(tmp_path):
    source = lay(tmp_path, tickets="number,subject\n1,a\n,b\n")
    with pytest.raises(ConfigError) as caught:
        source.count("tickets")
    assert caught.value.where == f"{tmp_path / 'tickets.csv'}:3"


def test_a_missing_file_and_a_missing_column_are_told_by_check(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        CsvSource(CsvOptions(folder=tmp_path / "nowhere"), Session("acme")).check()
    with pytest.raises(ConfigError, match="does not name number"):
        lay(tmp_path, tickets="nr,subject\n1,a\n").check()


def test_columns_that_the_connector_does_not_know_are_kept(tmp_path):
    from ticketferry.sdk.trace import finish

    source = lay(tmp_path)
    wire = next(
        wire for page in source.read("tickets", None) for wire in page.records if wire.ref.kind is Kind.TICKET
    )
    done = finish(source.translate(wire, source.catalog()), wire)
    assert done.records[0]["native"] == {"product line": "Laser"}
