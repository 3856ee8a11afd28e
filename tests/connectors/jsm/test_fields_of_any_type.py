"""What the site defines, read by the issue's own words: stages, twins of one name, fields of any type, deleted fields, the hierarchy."""

from typing import Any

import pytest

from ticketferry.schema.records import validate
from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.trace import finish
from ticketferry.testing.astray import astray
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.site_index import JiraCatalogIndex
from ticketferry_jsm.translate import translate_wire

DESK = "old"
AT = "2026-01-02T03:04:05.000+0000"


def field(number: int, name: str, kind: str, key: str = "") -> dict[str, Any]:
    return {"id": f"customfield_{number}", "name": name, "key": key or name, "type": kind, "of": "ticket"}


SITE = JiraCatalogIndex({
    "desk": DESK, "product": "jsm", "url": "https://acme.atlassian.net",
    "statuses": [{"id": "1", "name": "Waiting for customer", "stage": "in_progress", "category": "indeterminate"}],
    "fields": [
        field(1, "Severity", "select"), field(2, "Severity", "select", "Severity (customfield_2)"), field(3, "Team", "atlassian-team"),
        field(4, "Approvers", "users"), field(5, "Owner", "user"), field(6, "Squad", "grouppicker"), field(7, "Squads", "multigrouppicker"),
        field(8, "Fix in", "multiversion"), field(9, "Assets", "cmdb-object-cftype"), field(10, "Services", "service-entity-field-cftype"),
        field(11, "Notes", "textarea"), field(12, "Epic Link", "gh-epic-link"), field(13, "Rank", "gh-lexo-rank"), field(14, "Odd", "unknown"),
        field(15, "Steps", "text"),
    ],
})  # fmt: skip


def read(**fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": "7",
        "key": "SUP-7",
        "fields": {"summary": "x", "created": AT, "updated": AT, **fields},
    }
    return translated(Wire(Ref(DESK, Kind.TICKET, "7"), body, None))[0]


def translated(wire: Wire) -> list[dict[str, Any]]:
    bodies = CONNECTOR.bodies.get(wire.ref.kind.value, frozenset())
    done = finish(translate_wire(wire, SITE, "", ""), wire, bodies)
    assert astray(wire, done, bodies) == []
    for record in done.records:
        validate(record)
    return list(done.records)


def custom(number: int, value: Any) -> Any:
    return read(**{f"customfield_{number}": value}).get("fields")


@pytest.mark.parametrize(
    ("category", "stage"),
    [("done", "resolved"), ("new", "new"), ("indeterminate", "in_progress"), ("odd", "in_progress")],
)
def test_the_stage_is_that_of_the_issue_s_own_status(category: str, stage: str) -> None:
    status = {
        "name": "Waiting for customer",
        "id": "9",
        "self": "https://x",
        "statusCategory": {"id": 2, "key": category, "name": "N"},
    }
    assert read(status=status)["stage"] == stage


def test_a_field_is_named_plainly_in_an_issue_that_has_only_one_of_its_twins() -> None:
    option = {"self": "https://x", "id": "5", "value": "High"}
    assert custom(1, option) == {"Severity": "High"}
    assert custom(2, option) == {"Severity": "High"}
    both = read(customfield_1=option, customfield_2={**option, "value": "Low"})
    assert both["fields"] == {"Severity": "High", "Severity (customfield_2)": "Low"}


@pytest.mark.parametrize(("number", "value", "shown"), [
    (3, {"id": "t-1", "name": "Harbour", "avatarUrl": "https://x", "isVerified": True}, {"Team": "Harbour"}),
    (3, {"id": "t-1", "title": "Harbour", "isShared": True}, {"Team": "Harbour"}),
    (3, "t-1", {"Team": "t-1"}),
    (6, {"name": "crew", "groupId": "g-1", "self": "https://x"}, {"Squad": "crew"}),
    (7, [{"name": "crew", "groupId": "g-1"}, {"name": "deck", "groupId": "g-2"}], {"Squads": ["crew", "deck"]}),
    (8, [{"self": "https://x", "id": "1", "name": "1.0", "released": False}], {"Fix in": ["1.0"]}),
    (9, [{"workspaceId": "w", "id": "w:12", "objectId": "12"}], {"Assets": ["12"]}),
    (10, [{"id": "ari:1", "name": "Billing", "revision": "r"}], {"Services": ["Billing"]}),
    (14, [1, "a", {"label": "b"}, {}, None], {"Odd": [1, "a", "b"]}),
    (14, 5.0, {"Odd": 5}),
    (14, {"nothing": "known"}, None),
    (13, "0|hzzz:", None),
])  # fmt: skip
def test_fields_of_any_type_are_readable_by_name(number: int, value: Any, shown: Any) -> None:
    assert custom(number, value) == shown


def test_fields_that_name_people_refer_to_them() -> None:
    user = {"accountId": "712020:a", "displayName": "A", "active": True, "avatarUrls": {"48x48": "https://x"}}
    assert custom(4, [user, {**user, "accountId": "qm:b"}]) == {
        "Approvers": ["old:person:712020:a", "old:person:qm:b"]
    }
    assert custom(5, user) == {"Owner": "old:person:712020:a"}


def test_a_document_in_a_field_keeps_its_words_and_what_they_lose_beside() -> None:
    link = {
        "type": "text",
        "text": "here",
        "marks": [{"type": "link", "attrs": {"href": "https://acme.example/1"}}],
    }
    document = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "look "}, link]}],
    }
    found = read(customfield_11=document)
    assert found["fields"]["Notes"].startswith("look here")
    assert "https://acme.example/1" in found["native"].values()


def test_parent_and_epic_are_links_and_a_sub_task_is_named_by_itself_only() -> None:
    def parent(level: int) -> dict[str, Any]:
        kind = {"name": "T", "hierarchyLevel": level, "subtask": False}
        return {
            "id": "3",
            "key": "SUP-3",
            "self": "https://x",
            "fields": {"summary": "copy", "issuetype": kind},
        }

    assert read(parent=parent(0))["links"] == [{"type": "parent", "to": "old:ticket:3", "inward": True}]
    assert read(parent=parent(1))["links"] == [{"type": "epic", "to": "old:ticket:3", "inward": True}]
    assert "links" not in read(subtasks=[{"id": "9", "key": "SUP-9", "fields": {"summary": "copy"}}])
    (epic,) = read(customfield_12="SUP-3")["links"]
    assert (epic["type"], epic["title"], epic["url"]) == (
        "epic",
        "SUP-3",
        "https://acme.atlassian.net/browse/SUP-3",
    )
    assert len(read(customfield_12="SUP-3", parent=parent(1))["links"]) == 1


def test_a_description_that_is_no_document_is_read_as_text() -> None:
    assert read(description="first\nsecond <b>")["body"]["html"] == "<p>first<br>second &lt;b&gt;</p>"


def test_a_card_of_an_application_keeps_its_words() -> None:
    card = {
        "type": "applicationCard",
        "attrs": {"text": "Build 12 failed", "title": {"text": "Deploy"}, "description": {"text": "Step 3 timed out"},
                  "details": [{"title": "Branch", "text": "main"}, {"lozenge": {"text": "RED"}}], "context": {"text": "CI"}},
    }  # fmt: skip
    html = read(description={"type": "doc", "version": 1, "content": [card]})["body"]["html"]
    for words in ("Build 12 failed", "Deploy", "Step 3 timed out", "Branch", "main", "RED", "CI"):
        assert words in html


@pytest.mark.parametrize("value", ["Open", 7, [1], {"id": "1"}, {}])
@pytest.mark.parametrize("key", ["status", "project", "issuetype", "priority", "resolution", "security", "reporter", "assignee", "parent",
                                 "issuelinks", "components", "labels", "subtasks"])  # fmt: skip
def test_a_value_of_another_shape_stops_nothing_and_claims_nothing(key: str, value: Any) -> None:
    read(**{key: value})


def test_the_history_still_knows_the_name_of_a_field_that_was_deleted() -> None:
    item = {
        "field": "Ferry line",
        "fieldtype": "custom",
        "fieldId": "customfield_999",
        "from": "1",
        "fromString": "Blue",
        "to": "2",
        "toString": "Red",
    }
    wire = Wire(
        Ref(DESK, Kind.EVENT, "1"), {"id": "1", "created": AT, "items": [item]}, None, root=Ref(DESK, Kind.TICKET, "7")
    )  # fmt: skip
    (event,) = translated(wire)
    assert (event["field"], event["before"], event["after"]) == ("fields.Ferry line", "Blue", "Red")
    assert event["native"]["items[0].fieldId"] == "customfield_999"
