"""Writing conversations: who may, in which words, with which date, who is mailed, and what runs by itself."""

import base64

import httpx
import pytest
from tests.emulators.intercom.workspaces import workspace

from ticketferry_emulators.intercom import empty_desk
from ticketferry_emulators.intercom.seed.telling import PNG


@pytest.fixture
def desk():
    with workspace(tickets=8) as one:
        one.state.automation.quiet()
        yield one


def person(desk, role="user"):
    rows = desk.state.present()
    return next(
        row
        for row in rows
        if row.role == role and row.email and not (row.archived or row.blocked or row.bounced)
    )


def begin(desk, body="Hello\nthere", contact=None, **more):
    contact = contact or person(desk)
    return desk.post(
        "/conversations", {"from": {"type": contact.role, "id": contact.id}, "body": body, **more}
    )


def parts(wire):
    return wire["conversation_parts"]["conversation_parts"]


def note(text="<p>x</p>", **more):
    return {"message_type": "note", "type": "admin", "admin_id": "3001", "body": text, **more}


def comment(text="<p>x</p>", **more):
    return note(text, **more) | {"message_type": "comment"}


def test_a_conversation_is_begun_by_a_contact_in_plain_text_and_answers_as_a_message(desk):
    when = int(desk.emulator.clock.time()) - 86_400 * 300
    answer = begin(desk, "Line <b>one</b>\nline two\n\nNew block & more", created_at=when)
    assert answer["type"] == "user_message"
    assert "conversation_parts" not in answer
    wire = desk.get(f"/conversations/{answer['conversation_id']}")
    assert wire["created_at"] == when
    assert (
        wire["source"]["body"] == "<p>Line &lt;b&gt;one&lt;/b&gt;<br>line two</p><p>New block &amp; more</p>"
    )
    assert wire["source"]["delivered_as"] == "customer_initiated"
    assert wire["source"]["id"] == answer["id"]
    assert parts(wire) == []
    assert wire["open"] is True
    assert wire["waiting_since"] == when


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"from": {"type": "admin", "id": "3001"}}, 400),
        ({"from": {"type": "user", "id": "000000000000000000000000"}}, 404),
        ({"body": ""}, 400),
        ({"body": "  \n"}, 400),
        ({"body": 7}, 400),
        ({"created_at": "yesterday"}, 400),
        ({"created_at": 9_999_999_999}, 400),
        ({"attachment_urls": ["x"] * 11}, 400),
        ({"attachment_urls": ["https://files.example/a.png"]}, 501),
    ],
)
def test_a_conversation_that_cannot_be_begun_leaves_nothing(desk, change, status):
    before = desk.emulator.dump()
    contact = person(desk)
    body = {"from": {"type": "user", "id": contact.id}, "body": "x", **change}
    assert desk.client.post("/conversations", json=body).status_code == status
    after = desk.emulator.dump()
    assert {name for name in before if before[name] != after[name]} == set()


def test_replies_of_teammates_keep_a_subset_of_html_and_their_date(desk):
    identifier = begin(desk)["conversation_id"]
    conversation = desk.state.conversations[identifier]
    conversation.created_at -= 1_000
    when = conversation.created_at + 10
    sent = '<p>a <b>b</b> <a href="https://x.example/?a=1&amp;b=2" onclick="x()">l</a></p><table><tr><td>c</td><td>d</td></tr></table><script>bad()</script><ul><li>open'
    wire = desk.post(
        f"/conversations/{identifier}/reply", comment(sent, created_at=when, skip_notifications=True)
    )
    part = parts(wire)[-1]
    assert part["created_at"] == when
    assert (
        part["body"]
        == '<p>a <b>b</b> <a href="https://x.example/?a=1&amp;b=2">l</a></p>c d <br><ul><li>open</li></ul>'
    )
    assert part["author"] == {
        "type": "admin", "id": "3001", "name": "Ada Owner", "email": "ada@acme.example", "from_ai_agent": False,
        "is_ai_answer": False,
    }  # fmt: skip
    assert wire["waiting_since"] is None


def test_a_date_before_the_conversation_is_refused_clamped_or_kept(desk):
    identifier = begin(desk)["conversation_id"]
    early = desk.state.conversations[identifier].created_at - 500
    path = f"/conversations/{identifier}/reply"
    assert desk.code("POST", path, note(created_at=early)) == "parameter_invalid"
    assert desk.code("POST", path, note(created_at=9_999_999_999)) == "parameter_invalid"
    desk.state.unsettled.early_dates = "clamped"
    assert parts(desk.post(path, note(created_at=early)))[-1]["created_at"] == early + 500
    assert parts(desk.post(path, note(created_at=9_999_999_999)))[-1]["created_at"] == int(
        desk.emulator.clock.time()
    )
    desk.state.unsettled.early_dates = "kept"
    assert parts(desk.post(path, note(created_at=early)))[-1]["created_at"] == early


def test_parts_come_in_order_of_the_calls_or_of_their_dates(desk):
    identifier = begin(desk)["conversation_id"]
    desk.state.conversations[identifier].created_at -= 1_000
    first = desk.state.conversations[identifier].created_at
    path = f"/conversations/{identifier}/reply"
    desk.post(path, note("<p>second</p>", created_at=first + 20))
    late = [part["body"] for part in parts(desk.post(path, note("<p>first</p>", created_at=first + 10)))]
    assert late == ["<p>second</p>", "<p>first</p>"]
    desk.state.unsettled.parts_by_date = True
    assert [part["body"] for part in parts(desk.get(f"/conversations/{identifier}"))] == late[::-1]


def test_who_is_mailed_of_what(desk):
    contact = person(desk)
    identifier = begin(desk, contact=contact)["conversation_id"]
    path = f"/conversations/{identifier}/reply"
    mails = desk.state.mails
    assert mails == []
    desk.post(path, note())
    desk.post(path, comment(skip_notifications=True))
    assert mails == []
    desk.post(path, comment())
    assert [(mail.event, mail.to, mail.thread) for mail in mails] == [("Reply", contact.email, identifier)]
    mails.clear()
    desk.state.unsettled.replies_reach_unsubscribed = False
    contact.unsubscribed = True
    desk.post(path, comment())
    contact.unsubscribed, contact.bounced = False, True
    desk.post(path, comment())
    contact.bounced, contact.email = False, ""
    desk.post(path, comment())
    assert mails == []
    desk.state.automation.teammate_notifications = True
    desk.post(path, {"message_type": "comment", "type": "user", "intercom_user_id": contact.id, "body": "x"})
    assert {mail.to for mail in mails} == {
        "ada@acme.example",
        "joe@acme.example",
        "zoe@acme.example",
        "bob@acme.example",
    }
    mails.clear()
    assignment = {"message_type": "assignment", "type": "admin", "admin_id": "3001", "assignee_id": "3004"}
    desk.post(f"/conversations/{identifier}/parts", assignment)
    desk.post(path, {"message_type": "comment", "type": "user", "intercom_user_id": contact.id, "body": "x"})
    assert [(mail.event, mail.to) for mail in mails] == [
        ("Assigned to you", "bob@acme.example"),
        ("Contact replied", "bob@acme.example"),
    ]


def test_what_runs_by_itself_leaves_parts_that_nobody_sent(desk):
    desk.state.automation.welcome_workflow = desk.state.automation.fin = True
    identifier = begin(desk)["conversation_id"]
    wire = desk.get(f"/conversations/{identifier}")
    assert [part["author"]["type"] for part in parts(wire)] == ["bot", "bot"]
    assert [part["author"]["is_ai_answer"] for part in parts(wire)] == [False, True]
    assert wire["ai_agent_participated"] is True
    desk.state.automation.closing_survey = True
    close = {"message_type": "close", "type": "admin", "admin_id": "3001"}
    after = desk.post(f"/conversations/{identifier}/parts", close)
    assert [part["part_type"] for part in parts(after)[-2:]] == ["close", "comment"]
    assert "Survey" in {mail.event for mail in desk.state.mails}


def test_a_contacts_reply_opens_what_is_closed_or_put_off(desk):
    contact = person(desk)
    identifier = begin(desk, contact=contact)["conversation_id"]
    path = f"/conversations/{identifier}"
    later = int(desk.emulator.clock.time()) + 900
    for change in ({"message_type": "close"}, {"message_type": "snoozed", "snoozed_until": later}):
        wire = desk.post(f"{path}/parts", {"type": "admin", "admin_id": "3001", **change})
        assert wire["state"] in ("closed", "snoozed")
        assert wire["open"] is False
        user = {"message_type": "comment", "type": "user", "body": "again <b>"}
        wire = desk.post(f"{path}/reply", {**user, "user_id": contact.external_id})
        assert wire["state"] == "open"
        assert wire["snoozed_until"] is None
        assert parts(wire)[-1]["body"] == "<p>again &lt;b&gt;</p>"
        assert wire["waiting_since"] is not None
    last = desk.post("/conversations/last/reply", {**user, "email": contact.email})
    assert last["id"] == identifier


def test_a_teammates_reply_opens_a_closed_conversation_or_does_not(desk):
    identifier = begin(desk)["conversation_id"]
    path = f"/conversations/{identifier}"
    close = {"message_type": "close", "type": "admin", "admin_id": "3001", "body": "<p>bye</p>"}
    wire = desk.post(f"{path}/parts", close)
    assert parts(wire)[-1]["body"] == "<p>bye</p>"
    assert desk.post(f"{path}/reply", note())["state"] == "closed"
    assert desk.post(f"{path}/reply", comment(skip_notifications=True))["state"] == "open"
    desk.post(f"{path}/parts", close)
    desk.state.unsettled.admin_reply_reopens = False
    assert desk.post(f"{path}/reply", comment(skip_notifications=True))["state"] == "closed"
    assert desk.post(f"{path}/parts", {"message_type": "open", "admin_id": "3001"})["state"] == "open"


def test_only_who_takes_part_replies_and_an_unknown_address_makes_a_lead(desk):
    first, second = [row for row in desk.state.present() if row.role == "user" and row.email][:2]
    identifier = begin(desk, contact=first)["conversation_id"]
    path = f"/conversations/{identifier}"
    words = {"message_type": "comment", "type": "user", "intercom_user_id": second.id, "body": "me too"}
    assert desk.code("POST", f"{path}/reply", words, 404)
    attach = {"admin_id": "3001", "customer": {"intercom_user_id": second.id}}
    assert len(desk.post(f"{path}/customers", attach)["contacts"]["contacts"]) == 2
    desk.post(f"{path}/reply", words)
    wire = desk.post(
        f"{path}/customers", {"admin_id": "3001", "customer": {"email": "New@Somewhere.example"}}
    )
    made = desk.get(f"/contacts/{wire['contacts']['contacts'][-1]['id']}")
    assert (made["role"], made["email"]) == ("lead", "new@somewhere.example")
    for contact in (second.id, made["id"]):
        desk.delete(f"{path}/customers/{contact}", {"admin_id": "3001"})
    assert (
        desk.code("DELETE", f"{path}/customers/{first.id}", {"admin_id": "3001"}, 422) == "parameter_invalid"
    )


@pytest.mark.parametrize("admin", ["3006", "9", "x", None])
def test_a_teammate_who_was_removed_writes_nothing(desk, admin):
    identifier = begin(desk)["conversation_id"]
    body = {**note(), "admin_id": admin}
    desk.code("POST", f"/conversations/{identifier}/reply", body, 400 if admin is None else 404)
    assert parts(desk.get(f"/conversations/{identifier}")) == []


def test_assigning_to_a_teammate_a_team_and_nobody(desk):
    path = f"/conversations/{begin(desk)['conversation_id']}"

    def assign(to, status=200):
        body = {"message_type": "assignment", "type": "admin", "admin_id": "3001", "assignee_id": to}
        return desk.post(f"{path}/parts", body, status)

    assert assign("3002")["admin_assignee_id"] == 3002
    wire = assign("77")
    assert (wire["admin_assignee_id"], wire["team_assignee_id"]) == (3002, 77)
    assert parts(wire)[-1]["assigned_to"] == {"type": "team", "id": "77"}
    wire = assign("0")
    assert (wire["admin_assignee_id"], wire["team_assignee_id"]) == (None, None)
    assert assign("3006", 404)["errors"][0]["code"] == "assignee_not_found"


def test_attributes_that_are_not_defined_or_do_not_fit_are_refused(desk):
    path = f"/conversations/{begin(desk)['conversation_id']}"

    def put(**values):
        return desk.client.put(path, json={"custom_attributes": values}).status_code

    assert put(nobody_made_it="x") == 400
    assert put(Urgency="middling") == 400
    assert put(**{"Seats affected": "many"}) == 400
    assert put(**{"Seats affected": True}) == 400
    assert put(Plan="x" * 256) == 400
    assert desk.get(path)["custom_attributes"] == {}
    assert put(Plan="x" * 255, Urgency="high", **{"Seats affected": 3}) == 200
    assert put(Urgency=None) == 200
    assert desk.get(path)["custom_attributes"] == {"Plan": "x" * 255, "Seats affected": 3}
    assert "conversation_attribute_updated_by_admin" in [part["part_type"] for part in parts(desk.get(path))]


def test_two_live_attributes_of_one_name_make_every_change_of_attributes_fail(desk):
    path = f"/conversations/{begin(desk)['conversation_id']}"
    archived = next(row for row in desk.state.attributes if row.model == "conversation" and row.archived)
    archived.archived = False
    refusal = desk.put(path, {"custom_attributes": {"Urgency": "high"}}, 400)
    assert refusal["errors"][0]["field"] == "custom_attributes"
    assert desk.put(path, {"title": "A title"})["title"] == "A title"


def test_a_changed_attribute_moves_the_clock_field_or_does_not(desk):
    path = f"/conversations/{begin(desk)['conversation_id']}"
    before = desk.get(path)["updated_at"]
    desk.emulator.clock.advance(100)
    assert desk.put(path, {"custom_attributes": {"Plan": "a"}})["updated_at"] == before + 100
    desk.state.unsettled.attributes_touch = False
    desk.emulator.clock.advance(100)
    assert desk.put(path, {"custom_attributes": {"Plan": "b"}})["updated_at"] in (before + 100, before + 200)
    desk.state.unsettled.attributes_make_parts = False
    count = len(parts(desk.get(path)))
    desk.put(path, {"custom_attributes": {"Plan": "c"}})
    assert len(parts(desk.get(path))) == count


def test_redaction_needs_words_or_a_contacts_first_message(desk):
    identifier = begin(desk)["conversation_id"]
    path = f"/conversations/{identifier}"
    part = parts(desk.post(f"{path}/reply", comment("<p>4111</p>", skip_notifications=True)))[-1]
    ask = {"type": "conversation_part", "conversation_id": identifier, "conversation_part_id": part["id"]}
    done = parts(desk.post("/conversations/redact", ask))[-1]
    assert (done["redacted"], done["body"]) == (True, desk.state.unsettled.redacted_body)
    event = parts(
        desk.post(f"{path}/parts", {"message_type": "assignment", "admin_id": "3001", "assignee_id": "77"})
    )[-1]
    empty = {**ask, "conversation_part_id": event["id"]}
    assert desk.code("POST", "/conversations/redact", empty, 422) == "conversation_part_not_redactable"
    desk.state.unsettled.refusal_of_redaction = 400
    assert desk.code("POST", "/conversations/redact", empty, 400) == "conversation_part_not_redactable"
    desk.state.unsettled.redacted_body = ""
    source = {"type": "source", "conversation_id": identifier, "source_id": desk.get(path)["source"]["id"]}
    assert desk.post("/conversations/redact", source)["source"]["redacted"] is True
    assert desk.get(path)["source"]["body"] == ""
    gone = {**ask, "conversation_part_id": "1"}
    assert desk.code("POST", "/conversations/redact", gone, 404) == "conversation_part_or_message_not_found"


def test_tags_of_a_conversation(desk):
    path = f"/conversations/{begin(desk)['conversation_id']}"
    row = desk.post(f"{path}/tags", {"id": "9001", "admin_id": "3002"})
    assert row["applied_by"] == {"type": "admin", "id": "3002"}
    desk.post(f"{path}/tags", {"id": "9001", "admin_id": "3002"})
    assert [tag["name"] for tag in desk.get(path)["tags"]["tags"]] == ["vpn"]
    assert desk.code("POST", f"{path}/tags", {"id": "1", "admin_id": "3002"}, 404)
    desk.delete(f"{path}/tags/9001", {"admin_id": "3002"})
    assert desk.get(path)["tags"]["tags"] == []


def test_files_come_as_base64_and_are_fetched_again_by_link(desk):
    path = f"/conversations/{begin(desk)['conversation_id']}"
    file = {"name": "ü b.png", "content_type": "image/png", "data": base64.b64encode(PNG).decode()}
    wire = desk.post(f"{path}/reply", note(attachment_files=[file, file]))
    rows = parts(wire)[-1]["attachments"]
    assert [(row["name"], row["content_type"], row["filesize"]) for row in rows] == [
        ("ü b.png", "image/png", len(PNG))
    ] * 2
    assert httpx.get(rows[0]["url"]).content == PNG
    assert desk.code("POST", f"{path}/reply", note(attachment_files=[{**file, "data": "%%%"}]))
    assert desk.code("POST", f"{path}/reply", note(attachment_files=[file] * 11))
    again = desk.post(f"{path}/reply", note(None, attachment_urls=[rows[0]["url"]]))
    assert parts(again)[-1]["body"] is None
    assert httpx.get(parts(again)[-1]["attachments"][0]["url"]).content == PNG


def test_a_deleted_conversation_vanishes_and_only_reports_know(desk):
    identifier = begin(desk)["conversation_id"]
    desk.emulator.clock.advance(10)
    assert identifier in desk.found("conversations")
    assert desk.delete(f"/conversations/{identifier}") == {
        "id": identifier,
        "object": "conversation",
        "deleted": True,
    }
    assert identifier not in desk.found("conversations")
    assert desk.code("GET", f"/conversations/{identifier}", status=404) == "conversation_not_found"
    assert ("conversation", identifier) in desk.state.reporting
    assert begin(desk)["conversation_id"] != identifier


def test_a_blocked_contacts_conversations_leave_the_lists(desk):
    contact = person(desk)
    identifier = begin(desk, contact=contact)["conversation_id"]
    desk.emulator.clock.advance(10)
    desk.post(f"/contacts/{contact.id}/block")
    assert identifier not in desk.found("conversations")
    assert desk.get(f"/conversations/{identifier}")["id"] == identifier


def test_messages_of_teammates_really_go_out(desk):
    contact = person(desk)
    sent = {"message_type": "email", "subject": "Hi", "body": "<p>x</p>", "from": {"type": "admin", "id": 3001}, "to": {"type": "user", "id": contact.id}}  # fmt: skip
    answer = desk.post("/messages", sent)
    assert "conversation_id" not in answer
    assert [mail.to for mail in desk.state.mails] == [contact.email]
    made = desk.post("/messages", {**sent, "create_conversation_without_contact_reply": True})[
        "conversation_id"
    ]
    assert desk.get(f"/conversations/{made}")["source"]["delivered_as"] == "admin_initiated"


def test_a_workspace_to_fill_is_empty_and_prepared():
    with workspace(data=empty_desk(["origin_mark"]), quiet=True) as desk:
        assert desk.found("conversations") == []
        assert desk.get("/contacts")["data"] == []
        contact = desk.post("/contacts", {"role": "user", "external_id": "z-1", "email": "a@b.example"})
        identifier = desk.post(
            "/conversations", {"from": {"type": "user", "id": contact["id"]}, "body": "x"}
        )["conversation_id"]
        mark = desk.put(f"/conversations/{identifier}", {"custom_attributes": {"origin_mark": "z:ticket:1"}})
        assert mark["custom_attributes"] == {"origin_mark": "z:ticket:1"}
        desk.emulator.clock.advance(10)
        query = {"field": "custom_attributes.origin_mark", "operator": "=", "value": "z:ticket:1"}
        assert desk.found("conversations", query) == [identifier]
        assert desk.state.notifications == 0
