"""Rows of a snapshot put together, and what the mapping may look up in them."""

from datetime import UTC, datetime

import pytest

from ticketferry.desired.cases import assemble
from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Translated, Wire
from ticketferry.store.snapshots import Snapshots, StoredRow

DESK = "acme"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def row(kind, id_, root, *records) -> StoredRow:
    return StoredRow(
        kind,
        str(id_),
        root,
        False,
        0,
        b"",
        "",
        b"",
        [{"ref": f"{DESK}:{kind.value}:{id_}", **item} for item in records or ({},)],
        None,
    )


TICKET, PERSON = Ref(DESK, Kind.TICKET, "1"), Ref(DESK, Kind.PERSON, "7")


def test_a_ticket_gets_its_parts():
    rows = [
        row(Kind.ATTACHMENT, 5, TICKET, {"name": "a"}),
        row(Kind.COMMENT, 3, TICKET, {"public": True, "created": "2024-01-02T00:00:00Z"}),
        row(Kind.COMMENT, 4, TICKET, {"public": False, "created": "2024-01-01T00:00:00Z"}),
        row(Kind.TICKET, 1, TICKET, {"subject": "a"}),
        row(Kind.WORKLOG, 9, TICKET, {"started": "2024-01-01T00:00:00Z", "seconds": 5}),
    ]
    found = assemble(TICKET, rows)
    assert found["subject"] == "a"
    assert [item["ref"] for item in found["comments"]] == ["acme:comment:4", "acme:comment:3"]
    assert len(found["worklogs"]) == len(found["attachments"]) == 1


def test_parts_whose_ticket_was_never_seen_are_no_ticket():
    assert assemble(TICKET, [row(Kind.COMMENT, 3, TICKET, {"public": True})]) is None
    assert assemble(TICKET, []) is None


@pytest.mark.parametrize(
    ("content", "extra"),
    [
        (None, {}),
        (("ab", 7, "stored"), {"sha256": "ab", "size": 7}),
        (("", 0, "missing"), {"state": "missing"}),
    ],
)
def test_an_attachment_knows_where_its_bytes_are(content, extra):
    rows = [row(Kind.TICKET, 1, TICKET), row(Kind.ATTACHMENT, 5, TICKET, {"name": "a"})]
    found = assemble(TICKET, rows, {"5": content}.get)
    assert found["attachments"] == [{"ref": "acme:attachment:5", "name": "a", **extra}]


@pytest.mark.parametrize(
    ("said", "content", "state"),
    [
        ("malware", "missing", "malware"),
        ("redacted", "missing", "redacted"),
        ("stored", "missing", "missing"),
    ],
)
def test_a_file_without_bytes_keeps_the_reason_that_the_desk_gives(said, content, state):
    rows = [row(Kind.TICKET, 1, TICKET), row(Kind.ATTACHMENT, 5, TICKET, {"name": "a", "state": said})]
    (file,) = assemble(TICKET, rows, {"5": ("", 0, content)}.get)["attachments"]
    assert file["state"] == state


def test_a_person_gets_identities_and_memberships_the_default_first_and_none_twice():
    mail = {"type": "email", "value": "a@x.example"}
    rows = [
        row(Kind.IDENTITY, 1, PERSON, mail),
        row(Kind.IDENTITY, 2, PERSON, {"type": "phone", "value": "1"}),
        row(Kind.MEMBERSHIP, 1, PERSON, {"organization": "acme:organization:1"}),
        row(Kind.MEMBERSHIP, 2, PERSON, {"organization": "acme:organization:2", "default": True}),
        row(Kind.MEMBERSHIP, 3, PERSON, {"group": "acme:group:1"}),
        row(Kind.MEMBERSHIP, 4, PERSON, {"organization": "acme:organization:9"}),
        row(
            Kind.PERSON,
            7,
            PERSON,
            {"name": "Ann", "identities": [mail], "organizations": ["acme:organization:9"]},
        ),
    ]
    found = assemble(PERSON, rows)
    assert [item["value"] for item in found["identities"]] == ["a@x.example", "1"]
    assert found["organizations"] == ["acme:organization:9", "acme:organization:2", "acme:organization:1"]
    assert found["groups"] == ["acme:group:1"]
    assert assemble(PERSON, [rows[-1]])["name"] == "Ann"


def test_other_roots_stay_what_they_are():
    root = Ref(DESK, Kind.ORGANIZATION, "1")
    assert assemble(root, [row(Kind.ORGANIZATION, 1, root, {"name": "Globex"})])["name"] == "Globex"


class Directory:
    def survivor(self, ref):
        return "acme:person:1" if ref == "acme:person:7" else ref

    def account(self, ref):
        return f"account of {ref}"


def test_the_mapping_looks_up_records_people_and_tickets(tmp_path):
    source = Snapshots(tmp_path / "source.db", DESK)
    number = source.begin(NOW, "v")

    def put(kind, id_, record, root=None):
        ref = Ref(DESK, kind, id_)
        source.writer.store(
            number, None, [(Wire(ref, {}, None, root=root), Translated([{"ref": str(ref), **record}], {}), 0)]
        )

    put(Kind.TICKET, "1", {"subject": "a"})
    put(Kind.COMMENT, "5", {"public": True}, TICKET)
    put(Kind.PERSON, "7", {"name": "Ann"})
    source.finish(number, NOW)
    found = SnapshotLookups(
        source,
        number,
        Directory(),
        ours=lambda ref: ref == "acme:person:8",
        takes_part=lambda ref: ref == "acme:ticket:1",
    )
    assert found.record("acme:ticket:1") == {"ref": "acme:ticket:1", "subject": "a"}
    assert found.record("acme:person:7")["name"] == "Ann"
    assert (found.record("acme:ticket:2"), found.record("acme:person:9"), found.record("other:person:7")) == (
        None,
        None,
        None,
    )
    assert (found.survivor("acme:person:7"), found.survivor("acme:person:9")) == (
        "acme:person:1",
        "acme:person:9",
    )
    assert (found.account("acme:person:7"), found.account("acme:person:8")) == (
        "account of acme:person:7",
        None,
    )
    assert (found.in_scope("acme:ticket:1"), found.in_scope("acme:ticket:2")) == (True, False)
    assert (found.ticket("1"), found.ticket("2")) == ("acme:ticket:1", None)
    source.close()


def test_a_number_or_key_in_a_text_means_the_ticket_that_people_know_by_it(tmp_path):
    """The id of one ticket is the number of another: `#4711` and `/tickets/4711` mean the number."""
    source = Snapshots(tmp_path / "source.db", DESK)

    def put(snapshot, id_, **record):
        ref = Ref(DESK, Kind.TICKET, id_)
        wire = Wire(ref, {"seen": snapshot, **record}, None)
        source.writer.store(snapshot, None, [(wire, Translated([{"ref": str(ref), **record}], {}), 0)])

    def look_up(snapshot, number):
        found = SnapshotLookups(
            source, snapshot, Directory(), ours=lambda _: False, takes_part=lambda _: True
        )
        return found.ticket(number)

    first = source.begin(NOW, "v")
    put(first, "12", number="4711")
    put(first, "4711", number="9")
    put(first, "10001", number="SUP-1")
    put(first, "10002", number="SUP-2")
    put(first, "20")
    put(first, "31", number="77")
    put(first, "32", number="77")
    source.finish(first, NOW)
    assert look_up(first, "4711") == "acme:ticket:12"
    assert look_up(first, "9") == "acme:ticket:4711"
    assert look_up(first, "SUP-1") == look_up(first, "sup-1") == "acme:ticket:10001"
    assert look_up(first, "20") == "acme:ticket:20", "without a number of its own the id is the number"
    assert look_up(first, "12") is None, "the id of a ticket that bears another number"
    assert look_up(first, "77") is None, "two tickets bear it: nobody can say which is meant"

    second = source.begin(NOW, "v")
    put(second, "10001", number="HELP-8")
    source.finish(second, NOW)
    assert (look_up(second, "SUP-1"), look_up(second, "HELP-8")) == (None, "acme:ticket:10001")
    assert look_up(first, "SUP-1") == "acme:ticket:10001", "an older snapshot says what it said"
    source.close()
