"""The profile of a desk: counts that add up, lists that stay bounded, nothing that somebody typed in."""

import json
from datetime import UTC, datetime

import pytest

from ticketferry.quality.profile import profile
from ticketferry.quality.values import DISTINCT, Values
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding, Severity, Translated, Wire
from ticketferry.store.snapshots import Snapshots

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CATALOG = {
    "desk": "acme",
    "product": "x",
    "fields": [
        {"id": "1", "key": "reason", "name": "Reason", "type": "select"},
        {"id": "2", "key": "card", "name": "Card", "type": "text"},
        {"id": "3", "key": "unused", "name": "Unused", "type": "select"},
    ],
}


class Desk:
    def __init__(self, path):
        self.snapshots = Snapshots(path, "acme")
        self.number = self.snapshots.begin(NOW, "1")
        self.rows = []

    def put(self, kind, id_, root=None, findings=(), **record):
        ref = Ref("acme", kind, str(id_))
        root_ref = Ref("acme", *root) if root else None
        wire = Wire(ref, {"id": str(id_)}, NOW, root=root_ref)
        self.rows.append(
            (wire, Translated([{"ref": str(ref), **record}], {"id": f"{kind.value}[].ref"}, findings), 1)
        )

    def ticket(self, id_, **record):
        self.put(
            Kind.TICKET,
            id_,
            **{
                "number": str(id_),
                "status": "open",
                "stage": "in_progress",
                "created": "2025-03-01T00:00:00Z",
                **record,
            },
        )

    def profile(self):
        self.snapshots.writer.store(self.number, "all", self.rows, "end", last=True)
        self.snapshots.store_catalog(self.number, CATALOG)
        self.snapshots.finish(self.number, NOW)
        return profile(self.snapshots, self.number)


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path / "source.db")
    yield found
    found.snapshots.close()


def test_every_distribution_adds_up_to_the_tickets(desk):
    desk.put(Kind.GROUP, 7, name="Billing 😀")
    desk.ticket(
        1,
        status="new",
        group="acme:group:7",
        priority="high",
        channel="web",
        brand="A",
        form="F",
        type="question",
    )
    desk.ticket(2, group="acme:group:99")
    desk.ticket(5, status="open", created="", stage="deleted")
    found = desk.profile()
    for name in ("status", "stage", "channel", "group", "brand", "form", "type", "priority"):
        view = getattr(found, f"by_{name}")
        assert sum(view["values"].values()) + view["others"] == found.tickets == 3
    assert found.by_group["values"] == {"(none)": 1, "Billing 😀": 1, "acme:group:99": 1}
    assert found.created_by_month == {"(none)": 1, "2025-03": 2}
    assert sum(sum(row.values()) for row in found.status_by_month.values()) == 3
    assert found.archived == 1
    assert found.numbers == {"lowest": 1, "highest": 5, "used": 3, "unused_between": 2}


def test_comments_count_as_they_are_seen_today(desk):
    desk.ticket(1)
    body = {"html": "x" * 65_536}
    desk.put(Kind.COMMENT, 1, (Kind.TICKET, "1"), public=True, created="2025-03-01T00:00:00Z", body=body)
    desk.put(
        Kind.COMMENT, 2, (Kind.TICKET, "1"), public=False, created="2025-03-01T00:00:01Z", body={"html": ""}
    )
    desk.put(
        Kind.COMMENT, 3, (Kind.TICKET, "1"), public=True, created="2025-03-01T00:00:02Z", body={"html": "😀"}
    )
    desk.put(
        Kind.EVENT, 4, (Kind.TICKET, "1"), type="privacy", time="2025-03-02T00:00:00Z", comment="acme:comment:3",
        before=True, after=False,
    )  # fmt: skip
    found = desk.profile().comments
    assert (found["total"], found["public"], found["internal"]) == (3, 1, 2)
    assert found["longest"] == 65_536
    assert sum(found["by_size"].values()) == 3
    assert found["by_size"]["up to 65,536 characters"] == 1


def test_files_count_with_type_size_and_state(desk):
    desk.ticket(1)
    for number, size in enumerate((0, 5_000_000, 300_000_000)):
        desk.put(
            Kind.ATTACHMENT,
            number,
            (Kind.TICKET, "1"),
            name="a",
            size=size,
            media_type="image/png" if number else "",
            inline=number == 1,
        )
    desk.snapshots.store_content("1", "ab" * 32, 5_000_000, "stored")
    found = desk.profile().attachments
    assert (found["total"], found["bytes"], found["largest"], found["inline"]) == (
        3,
        305_000_000,
        300_000_000,
        1,
    )
    assert found["by_state"] == {"not fetched": 2, "stored": 1}
    assert found["by_size"]["over 250,000,000 bytes"] == 1
    assert found["by_type"]["values"] == {"image/png": 2, "(none)": 1}


def test_people_count_by_role_and_state_and_organizations_by_sharing(desk):
    desk.put(Kind.PERSON, 1, name="A", role="agent", state="active", email="a@example.org")
    desk.put(Kind.PERSON, 2, name="B", role="end_user", state="suspended")
    desk.put(Kind.ORGANIZATION, 1, name="Globex", shared_tickets=True, domains=["globex.example"])
    found = desk.profile()
    assert found.people["by_role_and_state"] == {"agent": {"active": 1}, "end_user": {"suspended": 1}}
    assert found.people["with_email"] == 1
    assert found.organizations == {"total": 1, "sharing_tickets": 1, "with_domain": 1}


def test_a_field_shows_choices_and_never_what_people_typed(desk):
    for number in range(100):
        desk.ticket(
            number,
            fields={"reason": "broken", "card": "4111111111111111", "free": f"secret {number}", "empty": ""},
        )
    found = {item.key: item for item in desk.profile().fields}
    assert found["reason"].values["values"] == {"broken": 100}
    assert found["reason"].share == 1.0
    assert (found["card"].values["distinct"], found["card"].values["values"]) == (1, {})
    assert found["free"].values["values"] == {}
    assert found["unused"].filled == 0
    assert "empty" not in found
    assert "secret" not in json.dumps([item.values for item in found.values()])


def test_a_field_with_more_values_than_are_counted_says_so(desk):
    for number in range(DISTINCT + 50):
        desk.ticket(number, fields={"reason": f"value {number}"}, tags=[f"tag {number}", "both"])
    found = desk.profile()
    (field,) = [item for item in found.fields if item.key == "reason"]
    assert field.filled == DISTINCT + 50
    assert (field.values["distinct"], field.values["over"]) == (DISTINCT, "over 1,000")
    assert sum(field.values["values"].values()) + field.values["others"] == field.filled
    assert found.tags["distinct"] == DISTINCT + 51
    assert next(iter(found.tags["values"].items())) == ("both", DISTINCT + 50)


def test_values_keep_their_beginning_only():
    values = Values(2)
    for value in ("x" * 10_000, "y", "z", ["a", {"b": 1}], "\ud800"):
        values.add(value)
    assert values.over
    assert values.others == 3
    assert max(len(text) for text, _ in values.top()) <= 120


def test_parts_whose_ticket_was_never_read_are_counted_apart(desk):
    desk.put(Kind.COMMENT, 1, (Kind.TICKET, "404"), public=True, created="2025-03-01T00:00:00Z")
    found = desk.profile()
    assert (found.tickets, found.without_root, found.comments["total"]) == (0, 1, 0)


def test_findings_of_extraction_are_put_together_by_code(desk):
    for number in range(3):
        finding = Finding(
            "ZD-BODY-001", Severity.REPAIR, Ref("acme", Kind.TICKET, str(number)), "body", "tag closed", "", 2
        )
        desk.ticket(number, findings=[finding])
    assert desk.profile().findings == [
        {
            "code": "ZD-BODY-001", "severity": "repair", "records": 3, "count": 6, "message": "tag closed",
            "example": "acme:ticket:0", "remedy": "",
        }
    ]  # fmt: skip


def test_an_empty_desk_has_a_profile_of_plain_json(desk):
    found = desk.profile()
    assert json.loads(json.dumps(found.as_json()))["tickets"] == 0
    assert found.numbers["unused_between"] == 0
