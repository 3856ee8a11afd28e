"""Writing tickets: fields, states, who is mailed, jobs."""

import pytest
from tests.emulators.intercom.workspaces import workspace


@pytest.fixture
def desk():
    with workspace(tickets=8) as one:
        one.state.automation.quiet()
        yield one


def person(desk):
    return next(row for row in desk.state.present() if row.role == "user" and row.email and not row.blocked)


def ticket(desk, kind="55", **more):
    body = {
        "ticket_type_id": kind, "contacts": [{"id": person(desk).id}],
        "ticket_attributes": {"_default_title_": "Printer", "_default_description_": "It smokes"},
    }  # fmt: skip
    return desk.post("/tickets", body | more)


def types(wire):
    return [part["part_type"] for part in wire["ticket_parts"]["ticket_parts"]]


def test_a_ticket_keeps_its_date_and_has_two_numbers(desk):
    when = int(desk.emulator.clock.time()) - 86_400
    made = ticket(desk, created_at=when, assignment={"admin_assignee_id": "3002", "team_assignee_id": "77"})
    assert made["created_at"] == when
    assert made["id"] != made["ticket_id"]
    assert (made["admin_assignee_id"], made["team_assignee_id"]) == ("3002", "77")
    assert made["ticket_state"]["category"] == "submitted"
    assert made["is_shared"] is True
    assert ticket(desk, "56", ticket_attributes={})["is_shared"] is False
    assert desk.get(f"/tickets/{made['id']}") == made


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ticket_type_id": "58"}, 400),
        ({"ticket_type_id": "1"}, 400),
        ({"contacts": []}, 400),
        ({"contacts": [{"id": "a"}, {"id": "b"}]}, 400),
        ({"contacts": [{"id": "a"}]}, 404),
        ({"contacts": [{"email": "nobody@x.example"}]}, 404),
        ({"contacts": [{"email": "twin@customer1.example"}]}, 409),
        ({"ticket_attributes": {"No such": 1}}, 400),
        ({"ticket_attributes": {"Severity": "Catastrophe"}}, 400),
        ({"ticket_attributes": {"Seats": "three"}}, 400),
        ({"ticket_attributes": {"Urgent?": 1}}, 400),
        ({"ticket_attributes": {"Screens": ["x"]}}, 501),
        ({"assignment": {"admin_assignee_id": "3006"}}, 404),
        ({"company_id": "x"}, 404),
        ({"conversation_to_link_id": "1"}, 404),
        ({"created_at": 9_999_999_999}, 400),
    ],
)
def test_a_ticket_that_cannot_be_made_leaves_nothing(desk, change, status):
    before = desk.emulator.dump()
    body = {"ticket_type_id": "55", "contacts": [{"id": person(desk).id}], **change}
    assert desk.client.post("/tickets", json=body).status_code == status
    assert desk.emulator.dump() == before


def test_a_required_field_must_be_there(desk):
    desk.state.ticket_types["55"].attributes[0].required_to_create = True
    refusal = desk.post("/tickets", {"ticket_type_id": "55", "contacts": [{"id": person(desk).id}]}, 400)
    assert refusal["errors"][0]["message"] == "Missing required ticket attributes"
    ticket(desk)


def test_a_list_takes_label_or_id_and_a_change_is_told_by_a_part(desk):
    made = ticket(desk, ticket_attributes={"Severity": "Major", "Amount": 1.5})
    assert made["ticket_attributes"]["Severity"] == "Major"
    changed = desk.put(f"/tickets/{made['id']}", {"ticket_attributes": {"Severity": "s1", "Amount": None}})
    assert changed["ticket_attributes"]["Severity"] == "Blocker"
    assert changed["ticket_attributes"]["Amount"] is None
    told = [
        part["updated_attribute_data"]
        for part in changed["ticket_parts"]["ticket_parts"]
        if "updated_attribute_data" in part
    ]
    assert [row["attribute"]["label"] for row in told] == ["Severity", "Amount"]
    assert told[0]["value"] == {"type": "value", "id": "s1", "label": "Blocker"}


def test_the_contact_is_mailed_of_what_he_sees_unless_the_flag_says_not_to(desk):
    contact, mails = person(desk), desk.state.mails
    ticket(desk, skip_notifications=True)
    ticket(desk, "56", ticket_attributes={})
    assert mails == []
    made = ticket(desk)
    path = f"/tickets/{made['id']}"
    desk.put(path, {"ticket_state_id": "8270", "skip_notifications": True})
    desk.put(path, {"ticket_state_id": "8271"})
    words = {"message_type": "comment", "type": "admin", "admin_id": "3001", "body": "<p>x</p>"}
    desk.post(f"{path}/reply", {**words, "message_type": "note"})
    desk.post(f"{path}/reply", {**words, "skip_notifications": True})
    desk.post(f"{path}/reply", words)
    assert [(mail.event, mail.to) for mail in mails] == [
        ("Ticket created", contact.email),
        ("Ticket state changed", contact.email),
        ("Reply", contact.email),
    ]
    mails.clear()
    desk.put(path, {"is_shared": False})
    desk.put(path, {"ticket_state_id": "8272"})
    desk.post(f"{path}/reply", words)
    assert mails == []


def test_states_belong_to_the_type_and_closing_is_apart(desk):
    made = ticket(desk, "56", ticket_attributes={})
    path = f"/tickets/{made['id']}"
    assert desk.code("PUT", path, {"ticket_state_id": "8273"}) == "ticket_state_id_invalid"
    assert (
        desk.code("PUT", f"/tickets/{ticket(desk)['id']}", {"ticket_state_id": "8274"})
        == "ticket_state_id_invalid"
    )
    moved = desk.put(path, {"ticket_state_id": "8272", "admin_id": 3002})
    assert moved["ticket_state"]["category"] == "resolved"
    assert moved["open"] is True
    last = moved["ticket_parts"]["ticket_parts"][-1]
    assert (last["previous_ticket_state"], last["ticket_state"], last["author"]["id"]) == (
        "submitted",
        "resolved",
        "3002",
    )
    later = int(desk.emulator.clock.time()) + 100
    assert desk.put(path, {"snoozed_until": later})["snoozed_until"] == later
    closed = desk.put(path, {"open": False})
    assert closed["open"] is False
    assert "snoozed_until" not in closed
    assert types(closed)[-1] == "close"
    assert desk.put(path, {"open": True})["open"] is True
    assert desk.code("PUT", path, {"assignee_id": "3006"}, 404) == "assignee_not_found"
    assert desk.put(path, {"assignee_id": "3004"})["admin_assignee_id"] == "3004"
    assert desk.put(path, {"assignee_id": "0"})["admin_assignee_id"] == "0"


def test_replies_to_tickets(desk):
    contact = person(desk)
    shared, internal = ticket(desk)["id"], ticket(desk, "56", ticket_attributes={})["id"]
    words = {"message_type": "comment", "type": "user", "intercom_user_id": contact.id, "body": "mine"}
    part = desk.post(f"/tickets/{shared}/reply", words)
    assert part["type"] == "ticket_part"
    assert part["body"] == "<p>mine</p>"
    assert desk.code("POST", f"/tickets/{internal}/reply", words) == "parameter_mismatch"
    note = {
        "message_type": "note",
        "type": "admin",
        "admin_id": "3001",
        "body": "<p>n</p>",
        "created_at": part["created_at"],
    }
    assert desk.post(f"/tickets/{internal}/reply", note)["part_type"] == "note"
    file = {"name": "a", "content_type": "text/plain", "data": "eA=="}
    assert (
        desk.client.post(f"/tickets/{internal}/reply", json={**note, "attachment_files": [file]}).status_code
        == 501
    )


def test_an_enqueued_ticket_is_made_later(desk):
    body = {"ticket_type_id": "55", "contacts": [{"id": person(desk).id}], "skip_notifications": True}
    count = len(desk.state.tickets)
    job = desk.post("/tickets/enqueue", body)
    assert (job["type"], job["status"], job["resource_id"]) == ("job", "pending", None)
    assert len(desk.state.tickets) == count
    desk.emulator.clock.advance(3)
    done = desk.get(f"/jobs/status/{job['id']}")
    assert done["status"] == "success"
    assert desk.get(f"/tickets/{done['resource_id']}")["ticket_type"]["id"] == "55"
    failing = desk.post("/tickets/enqueue", body)
    desk.state.ticket_types["55"].archived = True
    desk.emulator.clock.advance(3)
    assert desk.get(f"/jobs/status/{failing['id']}")["status"] == "failed"
    assert desk.code("POST", "/tickets/enqueue", body) == "parameter_invalid"
    assert desk.code("GET", "/jobs/status/999", status=404)


def test_links_tags_and_deletion(desk):
    talk = next(iter(desk.state.conversations))
    made = ticket(desk, "56", ticket_attributes={}, conversation_to_link_id=talk)
    assert [row["id"] for row in desk.get(f"/conversations/{talk}")["linked_objects"]["data"]] == [made["id"]]
    desk.post(f"/tickets/{made['id']}/tags", {"id": "9001", "admin_id": "3001"})
    assert [row.tag for row in desk.state.tickets[made["id"]].tags] == ["9001"]
    desk.delete(f"/tickets/{made['id']}/tags/9001", {"admin_id": "3001"})
    assert desk.delete(f"/tickets/{made['id']}") == {"id": made["id"], "object": "ticket", "deleted": True}
    assert desk.get(f"/conversations/{talk}")["linked_objects"]["data"] == []
    assert desk.code("GET", f"/tickets/{made['id']}", status=404) == "ticket_not_found"
    assert int(ticket(desk)["ticket_id"]) > int(made["ticket_id"])


def test_types_and_their_fields_can_be_made(desk):
    kind = desk.post("/ticket_types", {"name": "Parcel", "category": "Customer"})
    assert [row["name"] for row in kind["ticket_type_attributes"]["data"]] == [
        "_default_title_",
        "_default_description_",
    ]
    path = f"/ticket_types/{kind['id']}/attributes"
    field = desk.post(path, {"name": "Size", "description": "", "data_type": "list", "list_items": "S, M,L"})
    assert [row["label"] for row in field["input_options"]["list_options"]] == ["S", "M", "L"]
    assert desk.code("POST", path, {"name": "Size", "description": "", "data_type": "string"})
    assert desk.code("POST", path, {"name": "Other", "description": "", "data_type": "colour"})
    made = ticket(desk, kind["id"], ticket_attributes={"Size": "M"})
    assert made["ticket_attributes"]["Size"] == "M"
    desk.put(f"{path}/{field['id']}", {"archived": True})
    assert desk.client.post("/tickets", json={"ticket_type_id": kind["id"], "contacts": [{"id": person(desk).id}], "ticket_attributes": {"Size": "S"}}).status_code == 400  # fmt: skip
    assert desk.put(f"/ticket_types/{kind['id']}", {"archived": True})["archived"] is True
