"""What the witness is told of a Zendesk ticket: messages by their shape, whatever the product calls their type."""

from typing import Any

import pytest

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry_zendesk.witness import facts, files, texts, who

TICKET = Ref("acme", Kind.TICKET, "5")


def audit(number: int, *events: dict[str, Any], **more: Any) -> Wire:
    at = f"2024-01-01T10:00:{number:02d}Z"
    body = {"id": number, "author_id": 7, "created_at": at, "events": list(events), **more}
    return Wire(Ref("acme", Kind.EVENT, str(number)), body, None, root=TICKET)


def ticket(**more: Any) -> Wire:
    return Wire(TICKET, {"id": 5, "subject": "router", "is_public": True, **more}, None)


def said(*wires: Wire) -> list[tuple[str, bool]]:
    return [(" ".join(one.text.split()), one.public) for one in texts(wires) if one.kind == "message"]


@pytest.mark.parametrize(
    "kind",
    ["Comment", "VoiceComment", "TpeVoiceComment", "VoiceApiComment", "FacebookComment", "SomethingNew"],
)
def test_a_message_of_any_type_is_heard(kind: str) -> None:
    event = {"id": 1, "type": kind, "author_id": 7, "public": True, "html_body": "<p>a <b>b</b>c</p><p>d</p>"}
    assert said(ticket(), audit(1, event)) == [("a bc d", True)]
    del event["public"]
    assert said(ticket(), audit(1, event)) == [("a bc d", False)], "internal in doubt"


def test_mails_of_rules_ratings_and_changes_are_no_messages() -> None:
    events = (
        {"id": 1, "type": "Notification", "body": "Your request", "subject": "s", "recipients": [1]},
        {"id": 2, "type": "SatisfactionRating", "body": "fine", "score": "good", "assignee_id": 7},
        {"id": 3, "type": "Change", "field_name": "status", "value": "open"},
    )
    assert said(ticket(), audit(1, *events)) == []


def test_the_last_word_on_privacy_counts_both_ways() -> None:
    first = {"id": 1, "type": "Comment", "public": True, "body": "one"}
    second = {"id": 2, "type": "Comment", "public": False, "body": "two"}
    hide = {"id": 3, "type": "CommentPrivacyChange", "comment_id": 1, "public": False}
    show = {"id": 4, "type": "CommentPrivacyChange", "comment_id": 2, "public": True}
    assert said(ticket(), audit(1, first, second), audit(2, hide, show)) == [("one", False), ("two", True)]
    doubted = {**first, "public_now": False}
    assert said(ticket(), audit(1, doubted)) == [("one", False)]


def test_what_was_said_on_the_phone_in_a_chat_and_in_a_messenger_is_heard() -> None:
    call = {
        "id": 1, "type": "VoiceComment", "public": True, "body": "Call from Ann", "transcription_visible": True,
        "data": {"transcription_text": "it burns", "recording_url": "https://x.example/r", "call_id": 9},
    }  # fmt: skip
    history = [
        {"type": "ChatMessage", "actor_type": "end-user", "message": "hello"},
        {"type": "ChatMessage", "actor_type": "trigger", "message": "assigned"},
        {"type": "ChatJoin", "actor_type": "agent"},
    ]
    chat = {"id": 2, "type": "ChatStartedEvent", "value": {"history": history}}
    logged = {
        "id": "m1", "type": "Messaging::MessageReceived", "author": {"type": "user"}, "content": {"type": "text", "text": "in the app"},
    }  # fmt: skip
    log = Wire(Ref("acme", Kind.COMMENT, "m1"), logged, None, root=TICKET)
    assert said(ticket(), audit(1, call, chat), log) == [
        ("Call from Ann it burns", True), ("hello", True), ("assigned", False), ("in the app", True),
    ]  # fmt: skip
    assert [(one.id, one.name, one.public) for one in files([ticket(), audit(1, call)])] == [
        ("recording-1", "call-9-recording", True)
    ]


def test_redacted_files_are_not_looked_for_and_internal_ones_stay_internal() -> None:
    rows = [{"id": 11, "file_name": "a.txt", "size": 3}, {"id": 12, "file_name": "b.txt", "size": 4}]
    comment = {"id": 1, "type": "Comment", "public": False, "body": "see", "attachments": rows}
    gone = {"id": 2, "type": "AttachmentRedactionEvent", "attachment_id": 12, "comment_id": 1}
    assert [(one.id, one.size, one.public) for one in files([ticket(), audit(1, comment, gone)])] == [
        ("11", 3, False)
    ]


def test_what_people_go_by() -> None:
    found = facts(
        [
            ticket(
                requester_id=7, created_at="2024-01-01T00:00:00Z", metric_set={"solved_at": "2024-01-02T00:00:00Z"}, tags=["vip"],
                custom_fields=[{"id": 31, "value": "4111"}, {"id": 32, "value": ["a", "b"]}, {"id": 33, "value": None}],
            ),
            audit(1, {"id": 1, "type": "Comment", "public": True, "body": "x"}, metadata={"system": {"ip_address": "198.51.100.7"}}),
        ],
        {"31": "card", "32": "symptoms"},
    )  # fmt: skip
    assert (found.number, found.requester.id if found.requester else "") == ("5", "7")
    assert (found.created, found.solved) == ("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
    assert found.named == {
        "fields.card": ("4111",), "fields.symptoms": ("a", "b"), "tags": ("vip",), "metadata.system.ip_address": ("198.51.100.7",),
    }  # fmt: skip
    user = {"id": 7, "name": "Ann", "email": "a@x.example", "external_id": "C-1", "identities": [
        {"type": "email", "value": "b@x.example"}, {"type": "phone_number", "value": "+1"}]}  # fmt: skip
    person = who([Wire(Ref("acme", Kind.PERSON, "7"), user, None)])
    assert (person.name, person.emails, person.external) == ("Ann", {"a@x.example", "b@x.example"}, {"C-1"})


def test_files_of_side_conversations_are_files_for_agents() -> None:
    """They are carried like others; one that the desk shows without an address has no bytes to be had."""
    rows = [
        {"id": 8, "file_name": "offer.pdf", "size": 3, "content_url": "https://x.example/8"},
        {"id": 9, "file_name": "gone.pdf", "size": 3},
    ]
    body = {"id": "s-1", "events": [{"message": {"body": "see this", "attachments": rows}}]}
    wire = Wire(Ref("acme", Kind.SIDE_CONVERSATION, "s-1"), body, None, root=TICKET)
    assert [(held.id, held.name, held.size, held.public) for held in files([ticket(), wire])] == [
        ("8", "offer.pdf", 3, False)
    ]


def test_what_a_file_is_stands_on_the_wire() -> None:
    rows = [
        {"id": 1, "file_name": "a.png", "inline": True},
        {"id": 2, "file_name": "b.exe", "malware_scan_result": "malware_found"},
        {
            "id": 3,
            "file_name": "c.exe",
            "malware_scan_result": "malware_found",
            "malware_access_override": True,
        },
        {"id": 4, "file_name": "d.txt", "inline": False, "malware_scan_result": "malware_not_found"},
    ]
    comment = {"id": 1, "type": "Comment", "public": True, "body": "see", "attachments": rows}
    call = {
        "id": 2,
        "type": "TpeVoiceComment",
        "public": True,
        "body": "Call",
        "data": {"recording_url": "https://x.example/r"},
    }
    found = files([ticket(), audit(1, comment, call, created_at="2018-01-01T00:00:00Z")])
    assert [(one.id, one.picture, one.malware, one.call) for one in found] == [
        ("1", True, False, False), ("2", False, True, False), ("3", False, False, False), ("4", False, False, False),
        ("recording-2", False, False, True),
    ]  # fmt: skip
    assert {one.at for one in found} == {"2018-01-01T00:00:00Z"}
    talk = {"id": "s-1", "events": [{"message": {"body": "see this"}}]}
    beside = Wire(Ref("acme", Kind.SIDE_CONVERSATION, "s-1"), talk, None, root=TICKET)
    found_texts = texts([ticket(), audit(1, comment, call), beside])
    assert [(one.call, one.talk) for one in found_texts if one.kind != "subject"] == [
        (False, False), (True, False), (False, True),
    ]  # fmt: skip
