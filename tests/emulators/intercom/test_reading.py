"""What reading gives: conversations without their parts in lists, the newest 500 parts, people and things that are gone, files."""

import html
import re

import httpx
import pytest
from tests.emulators.intercom.workspaces import workspace

from ticketferry_emulators.intercom import generate
from ticketferry_emulators.intercom.seed.people import DELETED, MERGED
from ticketferry_emulators.kit.faults import Fault


@pytest.fixture(scope="module")
def desk():
    with workspace(tickets=120) as one:
        yield one


def test_the_same_seed_gives_the_same_workspace_and_another_one_another():
    assert generate(40, 3) == generate(40, 3)
    assert generate(40, 3) != generate(40, 4)


def test_lists_and_searches_have_no_parts(desk):
    for rows in (desk.get("/conversations")["conversations"], desk.search("conversations")["conversations"]):
        assert rows
        assert all("conversation_parts" not in row for row in rows)
    assert all("ticket_parts" not in row for row in desk.search("tickets")["tickets"])


def test_the_first_message_is_no_part(desk):
    first = desk.get("/conversations/471")
    assert first["source"]["body"].startswith("<p>Hello")
    assert first["source"]["body"] not in [
        part["body"] for part in first["conversation_parts"]["conversation_parts"]
    ]


def test_at_most_the_newest_five_hundred_parts_come(desk):
    long = next(row for row in desk.state.conversations.values() if len(row.parts) > 500)
    answer = desk.get(f"/conversations/{long.id}")
    rows = answer["conversation_parts"]["conversation_parts"]
    assert len(rows) == 500
    assert answer["conversation_parts"]["total_count"] == len(long.parts) == 540
    assert answer["statistics"]["count_conversation_parts"] == 540
    assert [row["id"] for row in rows] == [part.id for part in long.parts[-500:]]


def test_ids_are_texts_or_numbers_where_the_vendor_has_them_so(desk):
    conversation = next(
        row for row in desk.state.conversations.values() if row.admin and len(row.parts) < 100
    )
    wire = desk.get(f"/conversations/{conversation.id}")
    assert wire["admin_assignee_id"] == conversation.admin
    assert wire["id"] == str(conversation.id)
    nobody = next(
        row for row in desk.state.conversations.values() if row.admin is None and len(row.parts) < 100
    )
    assert desk.get(f"/conversations/{nobody.id}")["admin_assignee_id"] is None
    free = next(row for row in desk.state.tickets.values() if row.admin is None)
    assert desk.get(f"/tickets/{free.id}")["admin_assignee_id"] == "0"
    taken = next(row for row in desk.state.tickets.values() if row.admin)
    wire = desk.get(f"/tickets/{taken.id}")
    assert wire["admin_assignee_id"] == str(taken.admin)
    assert wire["ticket_id"] == str(taken.number) != wire["id"]
    assert desk.get("/admins")["admins"][0]["id"] == "3001"
    assert desk.get("/teams")["teams"][0]["admin_ids"][0] == 3001


def test_who_was_removed_merged_or_deleted_only_stands_at_his_words(desk):
    assert "3006" not in [row["id"] for row in desk.get("/admins")["admins"]]
    assert desk.code("GET", "/admins/3006", status=404)
    for gone in (MERGED, DELETED):
        assert desk.code("GET", f"/contacts/{gone}", status=404) == "not_found"
    listed = []
    cursor = ""
    while cursor is not None:
        page = desk.get(f"/contacts?per_page=10&starting_after={cursor}")
        listed += [row["id"] for row in page["data"]]
        cursor = (page["pages"].get("next") or {}).get("starting_after")
    assert MERGED not in listed
    assert len(listed) == len(set(listed)) == page["total_count"]
    authors = {
        part["author"]["id"]
        for row in desk.state.conversations.values()
        for part in desk.get(f"/conversations/{row.id}")["conversation_parts"]["conversation_parts"]
    }
    assert {MERGED, DELETED, "3006"} <= authors


def test_archived_contacts_answer_by_id_and_are_listed_or_not():
    with workspace(tickets=8) as desk:
        archived = next(row for row in desk.state.contacts.values() if row.archived)
        assert desk.get(f"/contacts/{archived.id}")["email"] == archived.email

        def listed():
            return archived.id in [row["id"] for row in desk.get("/contacts?per_page=150")["data"]]

        assert not listed()
        desk.state.unsettled.archived_contacts_listed = True
        assert listed()


def test_embedded_lists_end_at_ten(desk):
    crowded = desk.state.present()[0]
    wire = desk.get(f"/contacts/{crowded.id}")
    for name, count in (("companies", 12), ("tags", 12), ("notes", 13)):
        assert len(wire[name]["data"]) == 10
        assert wire[name]["total_count"] == count
        assert wire[name]["has_more"] is True
        assert len(desk.get(f"/contacts/{crowded.id}/{name}")["data"]) == count
    first = desk.get(f"/contacts/{crowded.id}/companies?per_page=5")
    second = desk.client.get(first["pages"]["next"]).json()
    assert first["data"][0]["id"] != second["data"][0]["id"]
    assert second["pages"]["page"] == 2


def test_companies_without_people_are_in_no_list(desk):
    empty = next(row for row in desk.state.companies.values() if row.name.startswith("Nobody"))
    listed = desk.post("/companies/list?per_page=60")["data"]
    scrolled = desk.get("/companies/scroll")
    assert empty.id not in {row["id"] for row in (*listed, *scrolled["data"])}
    assert desk.get(f"/companies/{empty.id}")["user_count"] == 0
    assert desk.get(f"/companies?company_id={empty.company_id}")["data"][0]["id"] == empty.id
    desk.state.scroll = None


def test_one_scroll_at_a_time_and_it_dies_after_a_minute():
    with workspace(tickets=40) as desk:
        first = desk.get("/companies/scroll")
        assert first["data"]
        assert desk.code("GET", "/companies/scroll") == "scroll_exists"
        parameter = first["scroll_param"]
        assert desk.get(f"/companies/scroll?scroll_param={parameter}")["data"] == []
        # its end is its end
        assert desk.code("GET", f"/companies/scroll?scroll_param={parameter}", status=404)
        parameter = desk.get("/companies/scroll")["scroll_param"]
        desk.emulator.clock.advance(61)
        assert desk.code("GET", f"/companies/scroll?scroll_param={parameter}", status=404)
        assert desk.get("/companies/scroll")["data"]


def test_a_step_of_a_scroll_that_failed_cannot_be_repeated():
    with workspace(tickets=40) as desk:
        parameter = desk.get("/companies/scroll")["scroll_param"]
        desk.emulator.faults.add(Fault("status_after", "scrollOverAllCompanies", status=500))
        failed = desk.client.get(f"/companies/scroll?scroll_param={parameter}")
        assert failed.status_code == 500
        assert "restart the scroll" in failed.json()["errors"][0]["message"]
        assert desk.code("GET", f"/companies/scroll?scroll_param={parameter}", status=404)


def test_every_file_can_be_fetched_by_a_link_that_expires():
    with workspace(tickets=60) as desk, httpx.Client() as fetch:
        links = []
        for row in desk.state.conversations.values():
            text = desk.client.get(f"/conversations/{row.id}").text
            wire = desk.get(f"/conversations/{row.id}")
            things = [wire["source"], *wire["conversation_parts"]["conversation_parts"]]
            links += [file["url"] for thing in things for file in thing["attachments"]]
            bodies = " ".join(thing["body"] or "" for thing in things)
            links += [html.unescape(link) for link in re.findall(r'<img src="(http://127[^"]+)"', bodies)]
            assert "downloads.intercomcdn.com" not in text
        tokens = {re.search(r"/i/o/([^/]+)/", link)[1] for link in links}
        assert len(tokens) >= 8
        for link in links:
            assert link.startswith(desk.emulator.origin_url("downloads"))
            assert fetch.get(link).status_code == 200
        contents = {desk.state.files.blobs[token] for token in tokens}
        assert {b"first\n", b"second\n", b""} <= contents
        assert fetch.get(links[0].replace("signature=", "signature=0")).status_code == 403
        assert fetch.get(re.sub(r"expires=\d", "expires=9", links[0])).status_code == 403
        desk.emulator.clock.advance(desk.state.unsettled.file_life)
        assert fetch.get(links[0]).status_code == 403


def test_plain_texts_lose_links_and_translations_are_not_played(desk):
    rich = next(
        (row, part)
        for row in desk.state.conversations.values()
        for part in row.parts
        if part.body and "<a href" in part.body
    )
    path = f"/conversations/{rich[0].id}"
    parts = desk.get(f"{path}?display_as=plaintext")["conversation_parts"]["conversation_parts"]
    plain = next(part["body"] for part in parts if part["id"] == rich[1].id)
    assert "<" not in plain.replace("<done>", "")
    assert "https://docs.acme.example" not in plain
    assert desk.client.get(f"{path}?include_translations=true").status_code == 501


def test_the_sample_has_what_breaks_importers(desk):
    kinds, states, sources, deliveries = set(), set(), set(), set()
    for row in desk.state.conversations.values():
        kinds |= {part.part_type for part in row.parts}
        states.add(row.state)
        sources.add(row.source.type)
        deliveries.add(row.source.delivered_as)
    assert {
        "comment", "note", "quick_reply", "assignment", "default_assignment", "away_mode_assignment", "assign_and_reopen",
        "assign_and_unsnooze", "open", "close", "snoozed", "unsnoozed", "timer_unsnooze", "note_and_reopen", "participant_added",
        "conversation_attribute_updated_by_workflow", "custom_action_started", "side_quest_with_words",
    } <= kinds  # fmt: skip
    assert states == {"open", "closed", "snoozed"}
    assert {"email", "conversation"} < sources
    assert {"customer_initiated", "campaigns_initiated", "admin_initiated"} <= deliveries
    assert {row.role for row in desk.state.present()} == {"user", "lead"}
    tickets = desk.state.tickets.values()
    assert {desk.state.ticket_types[row.type_id].category for row in tickets} == {
        "Customer",
        "Back-office",
        "Tracker",
    }
    assert {row.shared for row in tickets} == {True, False}
    assert any(row.rating for row in desk.state.conversations.values())
    assert any(row.linked for row in tickets)


def test_deleted_conversations_just_vanish():
    with workspace(tickets=8) as desk:
        gone = next(iter(desk.state.conversations))
        del desk.state.conversations[gone]
        desk.state.index["conversations"].drop(gone)
        assert desk.code("GET", f"/conversations/{gone}", status=404) == "conversation_not_found"
        assert gone not in desk.found("conversations")


def test_a_list_value_of_a_ticket_is_a_label_or_an_id():
    with workspace(tickets=8) as desk:
        ticket = next(row for row in desk.state.tickets.values() if "Severity" in row.attributes)

        def severity():
            return desk.get(f"/tickets/{ticket.id}")["ticket_attributes"]["Severity"]

        assert severity() == "Blocker"
        desk.state.unsettled.list_values_as = "id"
        assert severity() == "s1"
