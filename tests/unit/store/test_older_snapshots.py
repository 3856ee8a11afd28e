"""A snapshot that an older version wrote is brought up to date by the first command, with all that it holds."""

import zlib
from datetime import UTC, datetime

import orjson
import pytest

from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Translated, Wire
from ticketferry.store.attachments import attachments
from ticketferry.store.database import Database
from ticketferry.store.rows import SCRIPTS, order_key
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.ticket_records import ticket_records

DESK = "jira"
BEFORE = 6


def write_old(path):
    """Write source.db as format 6 had it: fat rows, wire records in zlib, neutral ones as they are, ids in traces."""
    database = Database(path, SCRIPTS[:BEFORE], durable=False)
    with database.transaction() as connection:
        connection.execute("INSERT INTO desk(key, product, url) VALUES (?, 'jsm', '')", (DESK,))
        connection.execute(
            "INSERT INTO snapshot VALUES (1, '2026-01-01T00:00:00+00:00', '2026-01-01', 'd', '', 'v')"
        )
        connection.execute(
            "INSERT INTO snapshot VALUES (2, '2026-01-02T00:00:00+00:00', '2026-01-02', 'e', '', 'v')"
        )
        trace = orjson.dumps({"summary": "ticket[7].subject", "id": "=told"})
        connection.execute("INSERT INTO trace VALUES (1, x'00', ?)", (zlib.compress(trace),))
        for kind, id_, since, until, root, records in (
            ("ticket", "7", 1, 2, "7", [{"ref": "jira:ticket:7", "subject": "alt"}]),
            ("ticket", "7", 2, None, "7", [{"ref": "jira:ticket:7", "subject": "neu \u2028 ü", "origin": "acme:ticket:3"}]),
            ("comment", "9", 1, None, "7", [
                {"ref": "jira:comment:9", "origin": "acme:comment:4"}, {"ref": "jira:attachment:5", "name": "a.png"},
            ]),
            ("ticket", "10", 1, None, "10", [{"ref": "jira:ticket:10", "subject": 'says "origin": and no more'}]),
            ("person", "x", 1, None, "x", []),
        ):  # fmt: skip
            connection.execute(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 2, 1, NULL, ?, ?)",
                (
                    kind, id_, since, until, "person" if kind == "person" else "ticket", order_key(root), root, id_.encode(),
                    zlib.compress(orjson.dumps({"id": id_, "since": since})), orjson.dumps(records),
                ),
            )  # fmt: skip
    database.close()


@pytest.fixture
def snapshots(tmp_path):
    write_old(tmp_path / "target.db")
    found = Snapshots(tmp_path / "target.db", DESK)
    yield found
    found.close()


def test_every_state_can_be_read_as_before(snapshots, tmp_path):
    now = snapshots.root(Ref(DESK, Kind.TICKET, "7"), 2)
    assert [(row.kind, row.id, row.body()) for row in now] == [
        (Kind.COMMENT, "9", {"id": "9", "since": 1}),
        (Kind.TICKET, "7", {"id": "7", "since": 2}),
    ]
    assert now[1].records[0]["subject"] == "neu \u2028 ü"
    assert now[1].shape is None
    assert snapshots.trace(now[1]) == {"summary": "ticket[7].subject", "id": "=told"}
    assert snapshots.row(Kind.TICKET, "7", 1).records[0]["subject"] == "alt"
    assert [ticket.record["subject"][:3] for ticket in ticket_records(snapshots, 2)] == ["say", "neu"]
    assert (tmp_path / "target.db.before-7").exists()


def test_marks_and_files_are_found(snapshots):
    assert list(snapshots.origins(Kind.TICKET, 2)) == [("7", "acme:ticket:3")]
    assert list(snapshots.origins(Kind.TICKET, 1)) == []
    assert list(snapshots.origins(Kind.COMMENT, 2)) == [("9", "acme:comment:4")]
    assert [(str(root), [item["name"] for item in found]) for root, found in attachments(snapshots, 2)] == [
        ("jira:ticket:7", ["a.png"])
    ]


def test_an_extract_goes_on_with_it(snapshots):
    number = snapshots.begin(datetime(2026, 1, 3, tzinfo=UTC), "v")
    row = Wire(Ref(DESK, Kind.TICKET, "7"), {"id": "7", "summary": "x"}, None)
    done = Translated(
        [{"ref": "jira:ticket:7", "subject": "x"}],
        {"summary": "ticket[7].subject"},
        (),
        {("summary", "ticket[7].subject"): 1},
    )
    assert snapshots.writer.store(number, None, [(row, done, 2)]) == 1
    assert snapshots.writer.store(number, None, [(row, done, 2)]) == 0
    stored = snapshots.row(Kind.TICKET, "7", number)
    assert stored.body() == {"id": "7", "summary": "x"}
    assert snapshots.trace(stored) == {"summary": "ticket[7].subject"}
    assert [tuple(one) for one in snapshots.shape(stored.shape)] == [("summary", 0, ".subject", 1)]
    assert len(snapshots.database.rows("SELECT 1 FROM packed")) == 6
    again = Translated([{"ref": "jira:ticket:7", "subject": "y"}], {})
    snapshots.writer.store(number, None, [(row, again, 2)])
    assert len(snapshots.database.rows("SELECT 1 FROM packed")) == 6, (
        "what was replaced within a snapshot is gone"
    )
