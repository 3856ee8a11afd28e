"""What hangs on tickets: side conversations, linked Jira issues, reasons of ratings, support addresses."""

import httpx
import pytest
import respx
from tests.connectors.zendesk.reading import DESK, cases_of, drain, neutral, reading, sample_names, source_on

from ticketferry.sdk import Kind, Ref, Session
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.source import ZendeskSource
from ticketferry_zendesk.wire import of_side_conversation

API = "https://acme.zendesk.com/api/v2"
SIDED, LINKED = 138, 50


@pytest.fixture(scope="module")
def desk():
    with reading(ManualClock(), plan=None) as pair:
        yield pair


def test_a_side_conversation_is_one_record_with_its_messages_all_internal(desk):
    source, _ = desk
    found, _ = drain(source, "side_conversations")
    (wire,) = found.values()
    assert wire.root == Ref(DESK, Kind.TICKET, str(SIDED))
    done = neutral(wire, sample_names())
    record = done.records[0]
    assert record["subject"] == "Parcel?"
    assert record["state"] == "open"
    first, second = record["messages"]
    assert first["public"] is second["public"] is False
    assert first["author"].startswith(f"{DESK}:person:5000")
    assert "author" not in second
    assert second["fields"]["author_email"] == "dispatch@carrier.example"
    assert first["fields"]["to"] == ["dispatch@carrier.example"]
    assert first["body"]["html"] == "<p>Where is parcel <strong>4711</strong>?</p>"
    assert record["participants"] == [first["fields"]["author_email"], "dispatch@carrier.example"]


def test_a_ticket_read_by_id_brings_its_side_conversations_and_links(desk):
    source, _ = desk
    streamed = (
        drain(source, "tickets")[0] | drain(source, "history")[0] | drain(source, "side_conversations")[0]
    )
    for number in (SIDED, LINKED, 82):
        wires = source.fetch([Ref(DESK, Kind.TICKET, str(number))])
        found = {(wire.ref.kind, wire.ref.id): wire for wire in wires}
        assert found == {
            key: wire for key, wire in streamed.items() if (wire.root or wire.ref).id == str(number)
        }
    assert (Kind.SIDE_CONVERSATION, "0000008a-0000-4000-8000-000000000001") in streamed


def test_a_later_message_brings_the_whole_conversation_again():
    with reading(ManualClock(), plan=None) as (source, emulator):
        first, cursor = drain(source, "side_conversations")
        again, cursor = drain(source, "side_conversations", cursor)
        assert again in ({}, first)
        emulator.clock.advance(600)
        emulator.state.reply_aside(SIDED, "<p>It has arrived.</p>")
        emulator.clock.advance(600)
        later, cursor = drain(source, "side_conversations", cursor)
        (wire,) = later.values()
        assert len(wire.body["events"]) == 3
        assert drain(source, "side_conversations", cursor)[0] in ({}, later)


def test_many_side_conversations_are_paged_and_each_page_goes_on():
    with reading(ManualClock(), tickets=140, plan=None) as (source, emulator):
        emulator.clock.advance(100)
        for number in [n for n, head in emulator.state.heads.items() if head.status == "open"][:4]:
            for round_ in range(30):
                emulator.state.start_aside(number, f"Question {round_}", "<p>x</p>")
                emulator.clock.advance(1)
        emulator.clock.advance(100)
        pages = list(source.read("side_conversations", None))
        assert len(pages) > 1
        whole = {wire.ref.id: wire for page in pages for wire in page.records}
        assert len(whole) == 121
        for index, page in enumerate(pages):
            rest = {
                wire.ref.id: wire
                for more in source.read("side_conversations", page.cursor)
                for wire in more.records
            }
            so_far = {wire.ref.id: wire for done in pages[: index + 1] for wire in done.records}
            assert so_far | rest == whole


def test_without_the_add_on_there_are_none_and_the_check_says_so():
    with reading(ManualClock(), tickets=140, plan=None) as (source, emulator):
        emulator.state.settings["active_features"]["side_conversations"] = False
        assert drain(source, "side_conversations")[0] == {}
        assert source.fetch([Ref(DESK, Kind.TICKET, str(SIDED))])
        assert "ZD-SIDE-001" in {finding.code for finding in source.check()}
        unwanted = source_on(emulator, side_conversations=False)
        assert "side_conversations" not in unwanted.streams()
        unwanted.close()


@pytest.mark.parametrize("row", [
    {"participants": None, "events": [None, {"type": "create"}, {"type": "reply", "message": None}]},
    {"participants": [{"name": "Only a name"}, {}], "events": [{"type": "reply", "message": {"body": "plain\ntext", "to": [{}]}}]},
    {"subject": 7, "state": ["x"], "events": [{"type": "update", "updates": {"state": "closed"}, "actor": {"user_id": 50001}}]},
    {"events": [{"id": 1, "type": "create", "message": {"html_body": "<img src='x'><b", "attachments": [{"id": "s3-1", "name": "a"}]}}]},
])  # fmt: skip
def test_odd_side_conversations_lose_nothing(row):
    neutral(
        of_side_conversation(DESK, {"id": "a-b", "ticket_id": 12, **row}, row.get("events")), sample_names()
    )


def _file(emulator, **more):
    """A file of the desk, as a message of a side conversation lists it [DOC side_conversation_attachment]."""
    row = next(
        file
        for number in sorted(emulator.state.heads)
        if emulator.state.live(number)
        for audit in emulator.state.case(number).audits
        for event in audit["events"]
        for file in event.get("attachments", ())
        if file["size"] and "/token/" in file["content_url"]
    )
    shown = {
        "id": "s3-7f3a",
        "name": "slip.png",
        "content_type": row["content_type"],
        "size": row["size"],
        "width": 1,
        "height": 1,
    }
    return shown | {"content_url": row["content_url"]} | more


def test_files_of_a_side_conversation_come_with_their_bytes_for_agents_only():
    with reading(ManualClock(), plan=None) as (source, emulator):
        file = _file(emulator)
        html = f"<p>See <img src='{file['content_url']}' alt='slip'></p>"
        emulator.clock.advance(600)
        emulator.state.reply_aside(SIDED, html, [file])
        emulator.clock.advance(600)
        (wire,) = drain(source, "side_conversations")[0].values()
        done = neutral(wire, sample_names())
        record, attachment = done.records
        assert attachment["ref"] == f"{DESK}:attachment:s3-7f3a"
        assert (attachment["name"], attachment["public"], attachment["ticket"]) == (
            "slip.png", False, f"{DESK}:ticket:{SIDED}",
        )  # fmt: skip
        assert "comment" not in attachment
        assert attachment["created"] == record["messages"][2]["created"]
        assert f'data-ref="{attachment["ref"]}"' in record["messages"][2]["body"]["html"]
        assert len(b"".join(source.content(attachment))) == file["size"]


def test_a_file_of_a_side_conversation_without_an_address_is_told():
    row = {
        "events": [
            {
                "id": 1,
                "type": "create",
                "message": {"body": "x", "attachments": [{"id": "s3-1", "name": "a.pdf", "size": 4}]},
            }
        ]
    }
    done = neutral(of_side_conversation(DESK, {"id": "a-b", "ticket_id": 12}, row["events"]), sample_names())
    assert done.records[1]["state"] == "missing"
    assert [item.code for item in done.findings] == ["ZD-SIDE-002"]


def test_linked_jira_issues_are_remote_links_with_an_address_where_the_site_is_named(desk):
    source, emulator = desk
    case = cases_of(source)[str(LINKED)]
    remote = [link for link in case["links"] if link["type"] == "remote"]
    assert remote == [{"type": "remote", "title": "NET-42"}, {"type": "remote", "title": "NET-43"}]
    named = source_on(emulator, jira_url="https://acme.atlassian.net/")
    remote = [link for link in cases_of(named)[str(LINKED)]["links"] if link["type"] == "remote"]
    assert remote[0]["url"] == "https://acme.atlassian.net/browse/NET-42"
    named.close()


def test_a_link_made_later_brings_its_ticket_although_nothing_else_moved():
    with reading(ManualClock(), tickets=60, plan=None) as (source, emulator):
        _, cursor = drain(source, "tickets")
        source.close()
        emulator.clock.advance(600)
        emulator.state.link_jira(3, "NET-99", "10099")
        emulator.clock.advance(600)
        later, cursor = drain(source, "tickets", cursor)
        assert later[Kind.TICKET, "3"].body["jira_links"][0]["issue_key"] == "NET-99"
        source.close()
        assert (Kind.TICKET, "3") not in drain(source, "tickets", cursor)[0]


@respx.mock
@pytest.mark.parametrize("answer", [
    httpx.Response(403, json={"error": "Forbidden"}), httpx.Response(501), httpx.Response(200, json={"links": "x"}),
    httpx.Response(200, json={"links": [{"ticket_id": "1"}]}),
])  # fmt: skip
def test_links_that_are_not_shown_stop_nothing(answer):
    respx.get("https://acme.zendesk.com/api/services/jira/links").mock(return_value=answer)
    respx.get(f"{API}/incremental/tickets/cursor").respond(
        json={"tickets": [{"id": 1, "status": "open"}], "after_cursor": "end", "end_of_stream": True}
    )
    source = ZendeskSource(
        CONNECTOR.options(subdomain="acme", bearer="b"), Session("acme", clock=ManualClock())
    )
    assert len(drain(source, "tickets")[0]) == 1
    source.close()


def test_the_reason_of_a_bad_rating_is_asked_for_where_the_ticket_lacks_it(desk):
    source, emulator = desk
    before = len(list(emulator.ledger.entries()))
    case = cases_of(source)["82"]
    assert case["satisfaction"]["reason"] == "The issue was not resolved"
    asked = [entry.path for entry in emulator.ledger.entries()][before:]
    bad = sum(1 for row in emulator.state.ratings.values() if row["score"] == "bad")
    assert sum("/satisfaction_ratings/" in path for path in asked) == bad


@respx.mock
@pytest.mark.parametrize("shape", [lambda row: row, lambda row: [row]])
def test_a_rating_is_read_as_object_and_as_the_documents_list(shape):
    respx.get("https://acme.zendesk.com/api/services/jira/links").respond(404)
    respx.get(f"{API}/incremental/tickets/cursor").respond(json={
        "tickets": [{"id": 1, "status": "solved", "satisfaction_rating": {"score": "bad", "id": 9}}],
        "after_cursor": "end", "end_of_stream": True,
    })  # fmt: skip
    respx.get(f"{API}/satisfaction_ratings/9").respond(
        json={"satisfaction_rating": shape({"id": 9, "reason": "r"})}
    )
    source = ZendeskSource(
        CONNECTOR.options(subdomain="acme", bearer="b"), Session("acme", clock=ManualClock())
    )
    assert drain(source, "tickets")[0][Kind.TICKET, "1"].body["rating"]["reason"] == "r"
    source.close()


def test_support_addresses_tell_whether_mail_comes_and_goes_and_policies_what_they_promise(desk):
    catalog = desk[0].catalog()
    first, second, _ = catalog["support_addresses"]
    assert (first["name"], first["default"], first["forwarding"], first["spf"]) == (
        "support@acme.example",
        True,
        "verified",
        "verified",
    )
    assert (second["brand"], second["forwarding"], second["spf"]) == ("Globex", "waiting", "failed")
    policy = catalog["sla_policies"][0]
    assert policy["targets"][0] == {
        "metric": "first_reply_time",
        "priority": "urgent",
        "minutes": 30,
        "business_hours": False,
    }
    assert policy["conditions"] == ["priority is urgent"]
