"""What one answer does not tell is asked of another: images, descriptions, winners of merges, identities, texts of comments."""

import httpx
import pytest
import respx

from ticketferry.sdk import AuthError, Kind, Session
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.source import ZendeskSource

API = "https://acme.zendesk.com/api/v2"
EXPORT = f"{API}/incremental/tickets/cursor"
COMMENT = {
    "id": 2,
    "type": "Comment",
    "public": True,
    "author_id": 1,
    "body": "Hello",
    "plain_body": "Hello",
    "html_body": "<p>Hello</p>",
}


def opened(**options):
    respx.get("https://acme.zendesk.com/api/services/jira/links").respond(403, json={"error": "Forbidden"})
    return ZendeskSource(
        CONNECTOR.options(subdomain="acme", bearer="b", **{"history": "thorough", **options}),
        Session("acme", clock=ManualClock()),
    )


def exported(*tickets):
    return {"tickets": [{"subject": "x", "status": "open", "generated_timestamp": 9, **row} for row in tickets],
            "after_cursor": "end", "end_of_stream": True}  # fmt: skip


def audits(*rows):
    return {"audits": [{"id": 1, "ticket_id": 12, "created_at": "2026-01-02T03:04:05Z", "author_id": 1, **row} for row in rows],
            "meta": {"has_more": False}}  # fmt: skip


def read(stream, **options):
    source = opened(**options)
    try:
        return [wire for page in source.read(stream, None) for wire in page.records]
    finally:
        source.close()


@respx.mock
@pytest.mark.parametrize(
    ("description", "kept"),
    [("Hello", False), (" Hello\r\n", False), ("Hello, and more", True), (None, False)],
)
def test_a_description_that_is_not_the_opening_comment_is_kept_beside_it(description, kept):
    respx.get(EXPORT).respond(json=exported({"id": 12, "description": description}))
    respx.get(f"{API}/tickets/12/audits").respond(json=audits({"events": [COMMENT]}))
    (wire,) = read("history")
    assert ("ticket_description" in wire.body) is kept


@respx.mock
@pytest.mark.parametrize("files", [True, False])
def test_images_of_the_text_are_asked_for_only_where_files_are_wanted(files):
    event = COMMENT | {
        "html_body": '<img src="https://acme.zendesk.com/attachments/token/t/?name=a.png">',
        "attachments": [],
    }
    respx.get(EXPORT).respond(json=exported({"id": 12}))
    respx.get(f"{API}/tickets/12/audits").respond(json=audits({"events": [event]}))
    file = {"id": 5, "content_url": "https://z3n.zendesk.com/attachments/token/t/?name=a.png"}
    asked = respx.get(f"{API}/tickets/12/comments").respond(
        json={"comments": [{"id": 2, "attachments": [file]}], "meta": {"has_more": False}}
    )
    (wire,) = read("history", files=files)
    assert wire.body["events"][0]["attachments"] == ([file] if files else [])
    assert asked.called is files


@respx.mock
@pytest.mark.parametrize(("via", "text", "winner"), [
    ({"source": {"rel": "merge", "from": {}, "to": {"ticket_id": 40}}}, "", 40),
    ({"source": {"rel": "merge", "from": {}, "to": None}}, "Anfrage zusammengeführt mit #77.", 77),
    ({"source": {"rel": "merge", "from": {"ticket_ids": [3]}, "to": {}}}, "#3", None),
    ({"source": {"rel": None}}, "#3", None),
    (None, "#3", None),
])  # fmt: skip
def test_the_winner_of_a_merge_is_read_from_the_audit_that_closed_the_loser(via, text, winner):
    respx.get(EXPORT).respond(json=exported({"id": 12, "status": "closed", "tags": ["closed_by_merge"]}))
    respx.get(f"{API}/tickets/12/audits").respond(
        json=audits({"via": via, "events": [COMMENT | {"body": text}]})
    )
    (wire,) = read("tickets")
    found = (wire.body.get("merge") or {}).get("source", {}).get("to") or {}
    assert found.get("ticket_id") == winner


@respx.mock
def test_a_ticket_deleted_since_the_export_is_gone_by_two_answers_and_unread_by_one():
    respx.get(EXPORT).respond(json=exported({"id": 12}))
    audited = respx.get(f"{API}/tickets/12/audits").respond(404, json={"error": "RecordNotFound"})
    shown = respx.get(f"{API}/tickets/12").respond(404, json={"error": "RecordNotFound"})
    (wire,) = read("history")
    assert (wire.ref.id, wire.gone, wire.unread) == ("12", True, "")
    shown.respond(json={"ticket": {"id": 12, "status": "open"}})
    (wire,) = read("history")
    assert (wire.gone, wire.unread) == (False, "its history: RecordNotFound")
    audited.respond(403, json={"error": {"title": "Forbidden", "message": "no"}})
    (wire,) = read("history")
    assert wire.unread == "its history: Forbidden: no"


@respx.mock
def test_users_without_sideloaded_identities_are_asked_one_by_one():
    users = {"users": [{"id": 1}, {"id": 2}], "after_cursor": "end", "end_of_stream": True}
    respx.get(f"{API}/incremental/users/cursor").respond(json=users)
    for number in (1, 2):
        identity = {"id": number, "type": "email", "value": f"{number}@x.example"}
        respx.get(f"{API}/users/{number}/identities").respond(
            json={"identities": [identity], "meta": {"has_more": False}}
        )
    assert [wire.body["identities"][0]["value"] for wire in read("people")] == ["1@x.example", "2@x.example"]


@respx.mock
def test_an_exported_comment_without_its_text_is_read_from_the_audits():
    bare = {"id": 2, "event_type": "Comment", "comment_present": True, "comment_public": True}
    respx.get(f"{API}/incremental/ticket_events").respond(json={
        "ticket_events": [{"id": 1, "ticket_id": 12, "timestamp": 5, "child_events": [bare]},
                          {"id": 8, "ticket_id": 13, "timestamp": 5, "child_events": []}],
        "end_time": 5, "end_of_stream": True,
    })  # fmt: skip
    respx.get(f"{API}/tickets/12/audits").respond(json=audits({"events": [COMMENT]}))
    wires = read("history", history="events")
    assert [(wire.ref.kind, wire.ref.id, wire.root.id) for wire in wires] == [
        (Kind.EVENT, "1", "12"),
        (Kind.EVENT, "8", "13"),
    ]
    assert wires[0].body["events"][0]["html_body"] == "<p>Hello</p>"


@respx.mock
def test_an_interrupted_page_goes_on_after_what_was_stored_and_repeats_the_second_it_ended_in():
    rows = [{"id": number, "generated_timestamp": 100 + number // 30} for number in range(120)]
    respx.get(EXPORT).respond(json=exported(*rows))
    asked = respx.get(url__regex=rf"{API}/tickets/\d+/audits").mock(
        side_effect=lambda request: httpx.Response(
            200,
            json=audits(
                {"id": (number := int(request.url.path.split("/")[4])), "ticket_id": number, "events": []}
            ),
        )
    )
    source = opened()
    first = next(iter(source.read("history", None)))
    assert (len(first.records), first.last) == (50, False)
    asked.calls.reset()
    rest = [wire.ref.id for page in source.read("history", first.cursor) for wire in page.records]
    source.close()
    assert rest == [str(number) for number in range(30, 120)]


@respx.mock
def test_lists_that_the_plan_does_not_have_are_empty_and_others_are_not_forgiven():
    needed = respx.get(url__regex=rf"{API}/(ticket_fields|user_fields|organization_fields|groups)").mock(
        side_effect=lambda request: httpx.Response(
            200, json={request.url.path.rsplit("/", 1)[1]: [], "meta": {"has_more": False}}
        )
    )
    respx.get(
        url__regex=rf"{API}/(brands|custom_statuses|ticket_forms|slas/policies|recipient_addresses)"
    ).respond(404, json={"error": "InvalidEndpoint", "description": "Not found"})
    respx.get(f"{API}/users/me").respond(json={"user": {"id": 1, "role": "admin"}})
    source = opened()
    catalog = source.catalog()
    assert catalog["forms"] == catalog["sla_policies"] == []
    assert [row["name"] for row in catalog["statuses"]] == [
        "new",
        "open",
        "pending",
        "hold",
        "solved",
        "closed",
    ]
    needed.mock(return_value=httpx.Response(403, json={"error": {"title": "Forbidden"}}), side_effect=None)
    with pytest.raises(AuthError, match="may not read the ticket fields"):
        source.catalog()
    source.close()
