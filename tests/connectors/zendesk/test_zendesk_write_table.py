"""The table of what becomes of each neutral field in Zendesk: whole, written where it says so, and the same on an emulated account."""

from copy import deepcopy
from pathlib import Path
from typing import get_type_hints

import pytest
from tests.connectors.zendesk.targets import AGENT, migration
from tools.tables import zendesk_writing

from ticketferry.schema.people import Identity, Organization, Person
from ticketferry.schema.tickets import Attachment, Case, Comment, Event, WorkLog
from ticketferry.sdk import Outcome

PAGE = Path(__file__).resolve().parents[3] / "docs" / "limits.md"
APART = {"origin", "native", "key"}
"""Only on records that were read from a target; what has no neutral field, which the mapping puts into the provenance; and the key that an
import file is asked to give, which no other way takes (tests/flow/test_import_keys.py).
"""


def named(kind):
    return {row.path: row for row in zendesk_writing.rows(kind)}


@pytest.mark.parametrize(
    ("kind", "schema"), [("ticket", Case), ("person", Person), ("organization", Organization)]
)
def test_every_field_of_the_neutral_schema_has_a_row(kind, schema):
    tops = {path.partition("[")[0].partition(".")[0].partition(" ")[0] for path in named(kind)}
    assert set(get_type_hints(schema)) - APART == tops


@pytest.mark.parametrize(
    ("kind", "part", "schema", "apart"),
    [
        ("ticket", "comments", Comment, {"provenance"}),
        ("ticket", "events", Event, set()),
        ("ticket", "attachments", Attachment, set()),
        ("ticket", "worklogs", WorkLog, set()),
        ("person", "identities", Identity, {"ref", "person"}),
    ],
)
def test_every_field_of_a_part_has_a_row(kind, part, schema, apart):
    found = {
        path.removeprefix(f"{part}[].").partition(" ")[0]
        for path in named(kind)
        if path.startswith(f"{part}[].")
    }
    assert set(get_type_hints(schema)) - APART - apart == found


@pytest.mark.parametrize("kind", zendesk_writing.SPECIMENS)
def test_what_is_said_to_be_held_is_written_by_some_request(kind):
    rows = named(kind).values()
    assert [row.path for row in rows if zendesk_writing.NOT_WRITTEN in row.where] == []
    assert [row.path for row in rows if "nothing says" in row.where] == []


def test_the_specimen_has_the_fates_that_an_account_of_the_emulator_gives_it():
    specimen = deepcopy(zendesk_writing.SPECIMENS["ticket"])
    specimen |= {"status": "pending", "fields": {"city": "Köln"}}
    with migration() as m:
        m.people()
        m.driver.slots[AGENT] = {"id": "1"}
        names = m.driver.catalog
        specimen |= {"form": names["forms"][0]["name"], "brand": names["brands"][0]["name"]}
        compiled = m.driver.compile(Outcome.CREATE, specimen)
    rows = named("ticket")
    own = {
        path: row.disposition
        for path, row in rows.items()
        if "(" not in path and not path.startswith("fields")
    }
    assert len(own) > 60
    assert {
        path: said for path, said in own.items() if zendesk_writing._fate(compiled, path)[0] is not said
    } == {}


def test_the_page_holds_the_tables():
    assert zendesk_writing.markdown() in PAGE.read_text("utf-8")
