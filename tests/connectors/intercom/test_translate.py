"""Conversations, tickets and people out of wires in the document's shapes: nothing is invented, nothing is lost, in doubt nobody outside reads it."""

import pytest
from tests.connectors.intercom.wires import (
    ANN,
    FIN,
    JOE,
    OPTIONS,
    PEOPLE,
    contact,
    conversation,
    done,
    file,
    part,
    ticket,
)

from ticketferry.schema.records import validate
from ticketferry.sdk import Kind
from ticketferry.testing.astray import astray
from ticketferry_intercom import CONNECTOR

BODIES = CONNECTOR.bodies["ticket"]
STRANGE = (
    "<p>👩‍👩‍👧‍👦 مرحبا <b>fett <i>und</b> weiter<table><tr><td>x</td></tr></table><script>alert(1)</script>"
)
CASES = [
    conversation(),
    conversation(part("1", "comment", "<p>hello</p>"), part("2", "note", STRANGE, at=1739000200)),
    conversation(part("1", "open", "<p>again</p>", ANN), part("2", "close", "<p>bye</p>"), part("3", "assignment", None, FIN)),
    conversation(part("1", "comment", None, attachments=[file("a.png"), file("a.png")]), state="closed", open=False),
    conversation(part("1", "comment", '<p><img src="https://downloads.intercomcdn.com/i/o/x%20y.png"> <img src="https://evil.example/p.gif"></p>')),
    conversation(part("1", "assignment", assigned_to={"type": "team", "id": "77"}), part("2", "snoozed", state="snoozed"), state="snoozed"),
    conversation(part("1", "quick_reply", "<p>yes</p>", redacted=True), source={}, contacts=None, tags=None, statistics=None, linked_objects=None),
    conversation(created_at=None, state=None, conversation_parts=None, conversation_rating=None, sla_applied=None),
    ticket(),
    ticket({**part("133", "ticket_state_updated_by_admin"), "previous_ticket_state": "submitted", "ticket_state": "in_progress"},
           part("134", "comment", "<p>a</p>"), part("135", "note", "<p>b</p>"),
           {**part("136", "ticket_attribute_updated_by_admin"),
            "updated_attribute_data": {"attribute": {"type": "attribute", "id": "7", "label": "Serial"},
                                       "value": {"type": "value", "id": "A2", "label": "A2"}}}),
    ticket(is_shared=False, open=False, ticket_attributes={"_default_title_": None}, ticket_type=None, ticket_state=None),
]  # fmt: skip


@pytest.mark.parametrize("body", CASES)
def test_every_leaf_stands_where_its_trace_says_and_every_record_fits_the_schema(body):
    wire, finished, records = done(body)
    assert astray(wire, finished, BODIES) == []
    for record in records.values():
        validate(record)


def test_an_image_in_the_description_of_a_ticket_is_a_file_of_it():
    html = '<p>look <img src="https://downloads.intercomcdn.com/i/o/x.png"></p>'
    body = ticket()
    body["ticket_attributes"]["_default_description_"] = html
    wire, finished, records = done(body)
    assert astray(wire, finished, BODIES) == []
    (case,) = (record for name, record in records.items() if name.startswith("ticket:"))
    (image,) = (record for record in records.values() if record.get("inline"))
    assert f'data-ref="{image["ref"]}"' in case["body"]["html"]
    assert (image["inline"], image["ticket"], "comment" in image) == (True, case["ref"], False)


def test_the_first_message_comes_though_it_is_no_part():
    _, _, records = done(conversation(part("1", "comment", "<p>hello</p>")))
    opening = records["comment:471-source"]
    assert opening["body"]["html"] == "<p>hi</p>"
    assert (opening["opening"], opening["public"], opening["author"]) == (True, True, f"acme:person:{ANN}")
    assert opening["created"] == "2025-02-08T07:33:20Z"
    assert records["comment:1"]["author"] == f"acme:person:{JOE}"
    assert "opening" not in records["comment:1"]


def test_the_head_of_a_conversation():
    _, _, records = done(conversation())
    head = records["ticket:471"]
    assert head["subject"] == "VPN & you"
    assert (head["status"], head["stage"], head["priority"]) == ("Open", "assigned", "not_priority")
    assert (head["requester"], head["ccs"]) == (
        f"acme:person:{ANN}",
        ["acme:person:6501bbbbbbbbbbbbbbbbbbbb"],
    )
    assert (head["assignee"], head["group"], head["tags"]) == ("acme:person:3001", "acme:group:77", ["vpn"])
    assert head["fields"] == {"Plan": "gold", 'a.b "c"': 3}
    assert head["satisfaction"] == {"score": "5", "comment": "good", "created": "2025-02-08T08:40:00Z"}
    assert head["links"] == [{"type": "relates", "to": "acme:ticket:t68"}]
    assert "solved" not in head, "it is open again"


@pytest.mark.parametrize(
    ("row", "public"),
    [
        (part("1", "comment", "<p>x</p>"), True),
        (part("1", "quick_reply", "<p>x</p>"), True),
        (part("1", "open", "<p>x</p>", ANN), True),
        (part("1", "note", "<p>x</p>"), False),
        (part("1", "close", "<p>x</p>"), False),
        (part("1", "assignment", "<p>x</p>"), False),
        (part("1", "a_kind_of_next_year", "<p>x</p>", FIN), False),
    ],
)
def test_words_are_public_only_where_that_is_sure(row, public):
    _, _, records = done(conversation(row))
    assert records["comment:1"]["public"] is public


def test_a_person_may_say_which_kinds_customers_read_and_a_note_is_never_one():
    options = OPTIONS.model_copy(update={"visible": ("close", "note")})
    _, _, records = done(
        conversation(part("1", "close", "<p>x</p>"), part("2", "note", "<p>y</p>")), options=options
    )
    assert records["comment:1"]["public"] is True
    assert records["comment:2"]["public"] is False


def test_nothing_of_a_ticket_that_is_not_shared_is_public():
    _, _, records = done(ticket(part("134", "comment", "<p>a</p>"), is_shared=False))
    assert records["ticket:68"]["public"] is False
    assert records["comment:t134"]["public"] is False


def test_a_ticket_and_a_conversation_of_one_number_are_two():
    _, _, of_ticket = done(ticket(part("1", "comment", "<p>a</p>")), id_="t68")
    _, _, of_talk = done(conversation(part("1", "comment", "<p>a</p>"), id="68"))
    assert not of_ticket.keys() & of_talk.keys()
    head = of_ticket["ticket:t68"]
    assert (head["number"], head["subject"], head["body"]["html"]) == ("#12", "Printer", "<p>It<br>burns</p>")
    assert (head["form"], head["type"], head["status"], head["stage"]) == (
        "Bug",
        "Customer",
        "With you",
        "pending_customer",
    )
    assert head["fields"]["Serial"] == "A1"
    assert "assignee" not in head, '"0" is nobody'
    assert of_ticket["attachment:t68-attribute3-0"]["name"] == "a.png"


@pytest.mark.parametrize(
    ("parts", "more", "stage"),
    [
        ((), {"admin_assignee_id": None}, "new"),
        ((), {}, "assigned"),
        ((part("1", "comment", "<p>x</p>"),), {}, "pending_customer"),
        ((part("1", "comment", "<p>x</p>"), part("2", "note", "<p>y</p>")), {}, "pending_customer"),
        ((part("1", "comment", "<p>x</p>"), part("2", "comment", "<p>y</p>", ANN)), {}, "in_progress"),
        ((part("1", "comment", "<p>x</p>"),), {"waiting_since": 1739000500}, "in_progress"),
        ((part("1", "comment", "<p>x</p>", FIN),), {}, "assigned"),
        ((), {"state": "snoozed"}, "on_hold"),
        ((), {"state": "closed"}, "closed"),
    ],
)
def test_what_state_and_words_mean(parts, more, stage):
    assert done(conversation(*parts, **more))[2]["ticket:471"]["stage"] == stage


@pytest.mark.parametrize(
    ("parts", "ai", "by"),
    [
        ((part("1", "comment", "<p>x</p>", FIN),), True, "ai_agent"),
        ((part("1", "comment", "<p>x</p>", FIN), part("2", "comment", "<p>y</p>", JOE)), True, "hybrid"),
        ((part("1", "comment", "<p>x</p>", FIN),), False, "automation"),
        ((part("1", "comment", "<p>x</p>", FIN), part("2", "comment", "<p>y</p>", JOE)), False, "human"),
        ((), False, "human"),
    ],
)
def test_who_handled_it(parts, ai, by):
    assert done(conversation(*parts, ai_agent_participated=ai))[2]["ticket:471"]["handled_by"] == by


def test_parts_beyond_the_five_hundred_are_named():
    body = conversation(part("1", "comment", "<p>x</p>"))
    body["conversation_parts"]["total_count"] = 731
    _, finished, _ = done(body)
    (found,) = [finding for finding in finished.findings if finding.code == "INTERCOM-PARTS"]
    assert found.count == 730


def test_images_of_the_desk_are_files_and_those_of_others_are_left_where_they_are():
    _, _, records = done(CASES[4])
    html = records["comment:1"]["body"]["html"]
    image = records["attachment:1-image0"]
    assert (image["name"], image["inline"], image["comment"]) == ("x y.png", True, "acme:comment:1")
    assert 'data-ref="acme:attachment:1-image0"' in html
    assert "https://evil.example/p.gif" in html


def test_a_step_of_the_history_keeps_its_own_word_where_nobody_knows_it():
    _, _, records = done(
        conversation(
            part("1", "fin_guidance_applied", event_details={"x": 1}),
            part("2", "assignment", assigned_to={"type": "admin", "id": "3001"}),
        )
    )
    assert records["event:1"]["type"] == "fin_guidance_applied"
    assert (records["event:2"]["field"], records["event:2"]["after"]) == ("assignee", "acme:person:3001")


def test_people_and_companies():
    wire, finished, records = done(contact(), Kind.PERSON)
    assert astray(wire, finished) == []
    ann = records[f"person:{ANN}"]
    validate(ann)
    assert (ann["tags"], ann["notes"], ann["organizations"]) == (
        ["vpn"],
        "likes tea",
        ["acme:organization:66aa"],
    )
    assert ann["identities"] == [{"type": "phone", "value": "+49 1"}]
    company = {"type": "company", "id": "66aa", "company_id": "r7", "name": "X", "created_at": 1739000000, "remote_created_at": 1700000000,
               "updated_at": 1739000000, "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "1", "name": "big"}]}, "plan": {},
               "custom_attributes": {"tier": "gold"}, "user_count": 2}  # fmt: skip
    wire, finished, records = done(company, Kind.ORGANIZATION)
    assert astray(wire, finished) == []
    assert (records["organization:66aa"]["external_id"], records["organization:66aa"]["created"]) == (
        "r7",
        "2023-11-14T22:13:20Z",
    )


@pytest.mark.parametrize(
    ("author", "role", "state"),
    [
        (PEOPLE[FIN], "automation", "active"),
        ({**PEOPLE[FIN], "from_ai_agent": True}, "ai_agent", "active"),
        (PEOPLE[JOE], "agent", "deleted"),
        (PEOPLE[ANN], "end_user", "deleted"),
    ],
)
def test_whom_no_list_shows_is_made_from_what_a_message_says(author, role, state):
    wire, finished, records = done({"author": author}, Kind.PERSON, author["id"])
    assert astray(wire, finished) == []
    person = records[f"person:{author['id']}"]
    validate(person)
    assert (person["role"], person["state"], person["name"]) == (role, state, author["name"])
