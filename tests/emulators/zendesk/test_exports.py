"""Incremental exports of the Zendesk emulator: cursors, times, borders, what is hidden."""

import base64

import pytest
from tests.connectors.zendesk.emulated import desk, export, fresh, pages, time_pages

from ticketferry_emulators.zendesk.seed.dice import HOST

__all__ = ["desk", "fresh"]


def test_the_export_hides_tickets_of_ai_agents_unless_asked(desk):
    _, client = desk
    plain, _ = export(client, "tickets")
    everything, _ = export(client, "tickets", support_type_scope="all")
    alone, _ = export(client, "tickets", support_type_scope="ai_agent")
    assert len(everything) == 214
    assert (
        {t["id"] for t in everything} - {t["id"] for t in plain}
        == {t["id"] for t in alone}
        == set(range(100, 106))
    )
    assert (
        client.get("/api/v2/incremental/tickets/cursor?start_time=0&support_type_scope=x").status_code == 400
    )


def test_the_export_holds_deleted_and_archived_tickets_which_lists_do_not(desk):
    emulator, client = desk
    exported, _ = export(client, "tickets")
    deleted = {ticket["id"] for ticket in exported if ticket["status"] == "deleted"}
    assert deleted == {62, 64, 66, 68, 72, 74}
    assert {t["id"] for t in export(client, "tickets", exclude_deleted="true")[0]}.isdisjoint(deleted)
    listed = {ticket["id"] for ticket in pages(client, "/api/v2/tickets", "tickets")}
    assert 1 not in listed
    assert emulator.state.archived(1)
    assert client.get("/api/v2/tickets/1").status_code == 200
    assert client.get("/api/v2/tickets/1/related").json()["from_archive"] is True
    for number in sorted(deleted):
        for tail in ("", "/comments", "/audits"):
            assert client.get(f"/api/v2/tickets/{number}{tail}").status_code == 404
    gone = client.get("/api/v2/deleted_tickets").json()["deleted_tickets"]
    assert {row["id"] for row in gone} == deleted - {62}


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 5000])
def test_a_cursor_export_gives_each_record_once_in_order_of_its_touch(desk, size):
    found, cursor = export(desk[1], "tickets", per_page=size, support_type_scope="all")
    keys = [(ticket["generated_timestamp"], ticket["id"]) for ticket in found]
    assert keys == sorted(set(keys))
    assert len(found) == 214
    again = desk[1].get("/api/v2/incremental/tickets/cursor", params={"cursor": cursor}).json()
    assert (again["tickets"], again["end_of_stream"], again["after_cursor"]) == ([], True, cursor)


def test_the_last_minute_is_left_out_and_comes_later(fresh):
    emulator, client = fresh
    _, cursor = export(client, "tickets")
    number = emulator.state.create_ticket("Late", "<p>new</p>", requester=51_001)
    query = {"cursor": cursor}
    assert client.get("/api/v2/incremental/tickets/cursor", params=query).json()["tickets"] == []
    emulator.clock.advance(61)
    found = client.get("/api/v2/incremental/tickets/cursor", params=query).json()
    assert [ticket["id"] for ticket in found["tickets"]] == [number]


def test_a_start_time_must_be_a_minute_old_and_a_number(desk):
    emulator, client = desk
    now = int(emulator.clock.time())
    for resource in ("tickets/cursor", "users/cursor", "organizations", "ticket_events"):
        for start, status in ((now - 60, 200), (now - 30, 400), (now + 100, 400), ("soon", 400), ("", 400)):
            answer = client.get(f"/api/v2/incremental/{resource}", params={"start_time": start})
            assert answer.status_code == status, (resource, start)


@pytest.mark.parametrize(
    "cursor", ["x", "AAAA", base64.b64encode(b"1.0||x").decode(), base64.b64encode(b"inf||1").decode()]
)
def test_a_broken_cursor_is_refused(desk, cursor):
    assert desk[1].get("/api/v2/incremental/tickets/cursor", params={"cursor": cursor}).status_code == 400


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_a_time_export_repeats_its_borders_and_loses_nothing(desk, size):
    seen = [row["id"] for body in time_pages(desk[1], "organizations", size) for row in body["organizations"]]
    assert len(set(seen)) == 12
    assert size > 12 or size == 1 or len(seen) > 12


def test_the_export_of_ticket_events_is_whole_also_in_small_pages(desk):
    emulator, client = desk
    state = emulator.state
    wanted = {
        audit["id"]
        for number, head in state.heads.items()
        if head.status != "deleted"
        for audit in state.case(number).audits
    }
    for size in (50, 1000):
        bodies = time_pages(client, "ticket_events", size, support_type_scope="all")
        assert {event["id"] for body in bodies for event in body["ticket_events"]} == wanted


def test_ticket_events_hold_comments_only_when_asked(desk):
    def first(**more):
        body = desk[1].get("/api/v2/incremental/ticket_events", params={"start_time": 0, **more}).json()
        return body["ticket_events"][0]["child_events"][0]

    assert first()["comment_present"] is True
    assert "html_body" not in first()
    assert "html_body" in first(include="comment_events")


def test_identities_come_beside_exported_users(desk):
    body = desk[1].get("/api/v2/incremental/users/cursor?start_time=0&include=identities").json()
    assert {user["id"] for user in body["users"] if not user["active"]} == {50_012, 51_026, 51_027}
    assert any(identity["type"] == "phone_number" for identity in body["identities"])
    assert {identity["user_id"] for identity in body["identities"]} <= {user["id"] for user in body["users"]}


def test_addresses_in_answers_name_another_host(desk):
    emulator, client = desk
    ticket = client.get("/api/v2/incremental/tickets/cursor?start_time=0&per_page=1").json()
    assert ticket["after_url"].startswith(f"{HOST}/api/v2/incremental/tickets/cursor.json?")
    assert ticket["tickets"][0]["url"].startswith(HOST)
    assert client.get("/api/v2/organizations?page[size]=2").json()["links"]["next"].startswith(HOST)
    assert emulator.base_url not in HOST


def test_a_second_with_more_records_than_a_page_comes_whole_and_does_not_loop(fresh):
    emulator, client = fresh
    emulator.limits.enabled = False
    for number in range(42_001, 42_007):
        emulator.state.touch_record("organizations", number, notes="moved")
    emulator.clock.advance(1)
    emulator.state.touch_record("organizations", 42_007, notes="moved")
    emulator.clock.advance(90)
    bodies = list(time_pages(client, "organizations", 2))
    assert max(body["count"] for body in bodies) >= 6
    assert len({row["id"] for body in bodies for row in body["organizations"]}) == 12
