"""Creating and changing tickets the real way: audits, triggers and mails, guards, tags and fields."""

import pytest
from tests.connectors.zendesk.emulated import done, served

ANA, CHLOE, MARIA = 50_001, 50_003, 51_001


@pytest.fixture
def pair():
    with served(tickets=75, plan=None) as found:
        yield found


def create(client, headers=None, **changes):
    body = {"ticket": {"subject": "S", "requester_id": MARIA, "comment": {"body": "hello"}, **changes}}
    return client.post("/api/v2/tickets", json=body, headers=headers or {})


def change(client, number, **changes):
    return client.put(f"/api/v2/tickets/{number}", json={"ticket": changes})


def test_a_new_ticket_is_the_requesters_and_fires_triggers(pair):
    emulator, client = pair
    answer = create(client)
    made = answer.json()["ticket"]
    assert (answer.status_code, made["generated_timestamp"], made["status"], made["submitter_id"]) == (
        201,
        0,
        "new",
        MARIA,
    )
    assert {mail.event for mail in emulator.state.mails} == {"received"}
    assert emulator.notifications == 1
    assert set(emulator.state.firings.values()) == {1}


def test_a_public_reply_mails_and_a_private_one_does_not(pair):
    emulator, client = pair
    number = create(client).json()["ticket"]["id"]
    before = emulator.notifications
    change(client, number, comment={"body": "a note", "public": False})
    assert emulator.notifications == before
    answer = change(client, number, comment={"html_body": "<p>done</p>", "public": True}, status="solved")
    audit = answer.json()["audit"]
    assert audit["events"][0]["type"] == "Comment"
    assert audit["events"][-1]["type"] == "Notification"
    assert [mail.to for mail in emulator.state.mails[before:]] == ["maria.gonzalez@initech.example"]
    assert answer.json()["ticket"]["assignee_id"] == ANA


def test_nobody_is_mailed_his_own_words(pair):
    emulator, client = pair
    number = create(client, email_ccs=[{"user_id": 51_003}]).json()["ticket"]["id"]
    before = emulator.notifications
    change(client, number, comment={"body": "more", "public": True, "author_id": MARIA})
    assert [mail.to for mail in emulator.state.mails[before:]] == ["robert.smith@hooli.example"]


def test_an_idempotency_key_gives_the_same_answer_for_two_hours(pair):
    emulator, client = pair
    key = {"Idempotency-Key": "abc"}
    first, again = create(client, key), create(client, key)
    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert first.json() == again.json()
    other = create(client, key, subject="T")
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")
    assert "don't match" in other.json()["description"]
    emulator.clock.advance(7_201)
    assert create(client, key).json()["ticket"]["id"] != first.json()["ticket"]["id"]


def test_a_stale_stamp_is_a_conflict(pair):
    emulator, client = pair
    made = create(client).json()["ticket"]
    emulator.clock.advance(5)
    guard = {"safe_update": True, "updated_stamp": made["updated_at"]}
    assert change(client, made["id"], priority="high", **guard).status_code == 200
    answer = change(client, made["id"], priority="low", **guard)
    assert (answer.status_code, answer.json()["error"]) == (409, "UpdateConflict")
    assert "try again later" in answer.json()["description"]
    assert client.get(f"/api/v2/tickets/{made['id']}").json()["ticket"]["priority"] == "high"
    assert change(client, made["id"], safe_update=True).status_code == 400


def test_closed_is_the_end(pair):
    _, client = pair
    number = create(client, status="closed").json()["ticket"]["id"]
    answer = change(client, number, subject="other")
    assert answer.status_code == 422
    assert answer.json()["details"]["status"][0]["description"] == "closed prevents ticket update"
    assert client.post(f"/api/v2/tickets/{number}/tags", json={"tags": ["x"]}).status_code == 422


def test_a_description_is_ignored_and_a_flat_body_changes_nothing(pair):
    _, client = pair
    number = create(client).json()["ticket"]["id"]
    answer = change(client, number, description="other")
    assert (answer.status_code, answer.json()["ticket"]["description"]) == (200, "hello")
    assert "x-zendesk-api-warn" not in answer.headers
    flat = client.put(f"/api/v2/tickets/{number}", json={"subject": "other"})
    assert (flat.status_code, flat.json()["ticket"]["subject"]) == (200, "S")
    assert len(client.get(f"/api/v2/tickets/{number}/audits").json()["audits"]) == 1
    assert (
        change(client, number, created_at="2020-01-01T00:00:00Z")
        .headers["x-zendesk-api-warn"]
        .startswith('Removed restricted keys ["ticket.created_at"]')
    )


def test_custom_metadata_stays_in_the_audit(pair):
    _, client = pair
    number = create(client).json()["ticket"]["id"]
    sent = {"custom": {"ticketferry": {"at": "2021"}}}
    change(client, number, comment={"body": "x", "public": False}, metadata=sent)
    audits = client.get(f"/api/v2/tickets/{number}/audits").json()["audits"]
    assert audits[-1]["metadata"]["custom"] == sent["custom"]


def test_tags_replace_and_clear_fields(pair):
    _, client = pair
    made = create(
        client, custom_fields=[{"id": 31_001, "value": "late"}, {"id": 31_007, "value": True}]
    ).json()["ticket"]
    assert made["tags"] == ["key_account", "late", "vip-customer"], "with that of her organization"
    after = change(client, made["id"], tags=["other"]).json()["ticket"]
    values = {row["id"]: row["value"] for row in after["custom_fields"]}
    assert (after["tags"], values[31_001], values[31_007]) == (["other"], None, False)
    after = change(client, made["id"], custom_fields=[{"id": 31_001, "value": "broken"}]).json()["ticket"]
    assert after["tags"] == ["broken", "other"]
    path = f"/api/v2/tickets/{made['id']}/tags"
    assert client.put(path, json={"tags": ["late"]}).json()["tags"] == ["late", "other"]
    assert client.request("DELETE", path, json={"tags": ["other"]}).json()["tags"] == ["late"]
    answer = client.post(path, json={"tags": ["one"]})
    assert (answer.status_code, answer.json()["tags"]) == (201, ["one"])
    assert client.get(path).json()["tags"] == ["one"]


def test_many_tickets_change_alike_or_each_in_its_own_way(pair):
    emulator, client = pair
    ids = [create(client, tags=["keep"]).json()["ticket"]["id"] for _ in range(3)]
    listed = ",".join(map(str, ids))
    body = {"ticket": {"additional_tags": ["more"], "remove_tags": ["keep"], "priority": "low"}}
    job = done(emulator, client, client.put(f"/api/v2/tickets/update_many.json?ids={listed}", json=body))
    assert job["results"][0] == {"action": "update", "id": ids[0], "status": "Updated", "success": True}
    rows = [
        {"id": ids[0], "priority": "high"},
        {"id": 9_999, "priority": "high"},
        {"id": ids[2], "status": "lost"},
    ]
    job = done(emulator, client, client.put("/api/v2/tickets/update_many", json={"tickets": rows}))
    assert [row["success"] for row in job["results"]] == [True, False, False]
    assert job["results"][1] | {"details": ""} == {
        "index": 1, "id": 9_999, "action": "update", "success": False, "error": "TicketUpdateFailed", "details": "",
    }  # fmt: skip
    found = [client.get(f"/api/v2/tickets/{one}").json()["ticket"] for one in ids]
    assert [row["priority"] for row in found] == ["high", "low", "low"]
    assert all(row["tags"] == ["key_account", "more"] for row in found)


def test_the_assignee_is_in_the_group(pair):
    _, client = pair
    made = create(client, assignee_id=CHLOE).json()["ticket"]
    assert (made["group_id"], made["status"]) == (26_001, "open")
    assert create(client, assignee_id=CHLOE, group_id=26_003).status_code == 422
    after = change(client, made["id"], group_id=26_003).json()["ticket"]
    assert (after["group_id"], after["assignee_id"]) == (26_003, None)


def test_people_are_named_by_id_or_address(pair):
    emulator, client = pair
    ccs = [{"user_email": "new@mailbox.example", "user_name": "New"}, {"user_id": "51002", "action": "put"}]
    made = create(client, email_ccs=ccs, followers=[{"user_id": CHLOE}]).json()["ticket"]
    assert (len(made["email_cc_ids"]), made["follower_ids"]) == (2, [CHLOE])
    assert sorted(made["collaborator_ids"]) == sorted([*made["email_cc_ids"], CHLOE])
    after = change(client, made["id"], email_ccs=[{"user_id": 51_002, "action": "delete"}]).json()["ticket"]
    assert len(after["email_cc_ids"]) == 1
    asked = create(client, requester_id=None, requester={"name": "Nu", "email": "nu@mailbox.example"}).json()[
        "ticket"
    ]
    assert (
        client.get(f"/api/v2/users/{asked['requester_id']}").json()["user"]["email"] == "nu@mailbox.example"
    )
    assert {mail.event for mail in emulator.state.mails} == {"received", "verify_email"}


def test_a_change_is_seen_by_the_exports_a_minute_later(pair):
    emulator, client = pair
    number = create(client).json()["ticket"]["id"]
    emulator.clock.advance(61)
    start = int(emulator.clock.time()) - 70
    exported = client.get(f"/api/v2/incremental/tickets/cursor?start_time={start}").json()["tickets"]
    assert [row["id"] for row in exported] == [number]
    events = client.get(f"/api/v2/incremental/ticket_events?start_time={start}&include=comment_events").json()
    assert {child["event_type"] for child in events["ticket_events"][0]["child_events"]} >= {
        "Comment",
        "Create",
    }


def test_a_priority_is_never_taken_away_and_new_never_comes_back(pair):
    _, client = pair
    made = create(client, priority="high").json()["ticket"]
    assert (made["priority"], made["status"]) == ("high", "new")
    after = change(client, made["id"], priority=None, assignee_id=CHLOE).json()["ticket"]
    assert (after["priority"], after["status"]) == ("high", "open"), "a new ticket that is assigned is open"
    assert change(client, made["id"], status="new").json()["ticket"]["status"] == "open"
