"""The table of what becomes of each neutral field in Intercom: whole, written where it says so, and in the document."""

from pathlib import Path
from typing import get_type_hints

import pytest
from tools.tables import intercom_writing

from ticketferry.schema.people import Organization, Person
from ticketferry.schema.tickets import Attachment, Case, Comment, Event

PAGE = Path(__file__).resolve().parents[3] / "docs" / "limits.md"
APART = {"origin", "native", "key"}
"""Only on records that were read from a target; what has no neutral field, which the mapping puts into the provenance; and the key that an
import file is asked to give, which no other way takes (tests/flow/test_import_keys.py).
"""


def named(kind):
    return {row.path: row for row in intercom_writing.rows(kind)}


@pytest.mark.parametrize(
    ("kind", "schema"), [("ticket", Case), ("person", Person), ("organization", Organization)]
)
def test_every_field_of_the_neutral_schema_has_a_row(kind, schema):
    tops = {path.partition("[")[0].partition(".")[0].partition(" ")[0] for path in named(kind)}
    assert set(get_type_hints(schema)) - APART == tops


@pytest.mark.parametrize(
    ("part", "schema"), [("comments", Comment), ("events", Event), ("attachments", Attachment)]
)
def test_every_field_of_a_part_has_a_row(part, schema):
    found = {
        path.removeprefix(f"{part}[].").partition(" ")[0]
        for path in named("ticket")
        if path.startswith(f"{part}[].")
    }
    assert set(get_type_hints(schema)) - APART - {"provenance"} == found


@pytest.mark.parametrize("kind", intercom_writing.SPECIMENS)
def test_what_is_said_to_be_held_is_written_by_some_request(kind):
    rows = named(kind).values()
    assert [row.path for row in rows if intercom_writing.NOT_WRITTEN in row.where] == []
    assert [row.path for row in rows if "nothing says" in row.where] == []


def test_the_page_holds_the_tables():
    assert intercom_writing.markdown() in PAGE.read_text(encoding="utf-8")
