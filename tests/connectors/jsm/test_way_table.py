"""The table of what each way into Jira keeps: whole, written where it says so, and the same with a real site's catalog."""

from pathlib import Path
from typing import get_type_hints

import pytest
from tests.connectors.jsm.migrating import migration
from tools.tables import jsm_writing

from ticketferry.schema.people import Organization, Person
from ticketferry.schema.tickets import Attachment, Case, Comment, Event, WorkLog
from ticketferry.sdk import Disposition
from ticketferry_jsm.import_way import IMPORT_FILE

PAGE = Path(__file__).resolve().parents[3] / "docs" / "limits.md"
WAYS = ("rest", IMPORT_FILE)
APART = {"origin", "native", "key"}
"""Only on records that were read from a target; what has no neutral field, which the mapping puts into the provenance; and the key that an
import file is asked to give, which no other way takes (tests/flow/test_import_keys.py).
"""


def named(kind: str, way: str) -> dict[str, jsm_writing.JiraWayRow]:
    return {row.path: row for row in jsm_writing.rows(kind, way)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("kind", "schema"), [("ticket", Case), ("person", Person), ("organization", Organization)]
)
def test_every_field_of_the_neutral_schema_has_a_row(kind, schema, way):
    tops = {path.partition("[")[0].partition(".")[0] for path in named(kind, way)}
    assert set(get_type_hints(schema)) - APART == tops


@pytest.mark.parametrize(
    ("part", "schema"),
    [("comments", Comment), ("events", Event), ("attachments", Attachment), ("worklogs", WorkLog)],
)
def test_every_field_of_a_part_has_a_row(part, schema):
    found = {
        path.removeprefix(f"{part}[].") for path in named("ticket", "rest") if path.startswith(f"{part}[].")
    }
    assert set(get_type_hints(schema)) - APART - {"provenance"} == found


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", jsm_writing.SPECIMENS)
def test_what_is_said_to_be_held_is_written_by_some_operation(kind, way):
    assert [row.path for row in named(kind, way).values() if row.where == jsm_writing.NOT_WRITTEN] == []
    assert [row.path for row in named(kind, way).values() if "nothing says" in row.where] == []


def test_the_file_keeps_what_rest_cannot_and_nothing_less_but_security_levels():
    rest, file = named("ticket", "rest"), named("ticket", IMPORT_FILE)
    moved = {path for path in rest if rest[path].disposition is not file[path].disposition}
    more = {path for path in moved if file[path].disposition is Disposition.CARRIED}
    assert more == {
        "created", "comments[].author", "comments[].created",
        *(f"events[].{key}" for key in ("actor", "time", "type", "field", "before", "after")),
    }  # fmt: skip
    assert moved - more == {"security"}


def test_the_specimen_has_the_fates_that_a_site_of_the_emulator_gives_it():
    specimen = {**jsm_writing.SPECIMENS["ticket"], "type": "Service request", "form": "Emailed request"}
    specimen["fields"] = {"Serial no.": "SN-1", "no such": "x"}
    with migration() as site:
        compiled = site.driver.compile("create", specimen)
    fates = {jsm_writing._pattern(fate.path): fate.disposition for fate in compiled.fates}
    rest = named("ticket", "rest")
    own = {path: row.disposition for path, row in rest.items() if path in fates}
    assert len(own) > 40
    assert {path: (said, fates[path]) for path, said in own.items() if fates[path] is not said} == {}


def test_the_page_holds_the_tables():
    assert jsm_writing.markdown() in PAGE.read_text("utf-8")
