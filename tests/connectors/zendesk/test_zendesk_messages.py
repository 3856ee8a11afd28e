"""What is a message is told by its shape: words and files of a type that nobody listed are a comment, internal in doubt."""

import pytest
from tests.connectors.zendesk.reading import DESK, neutral, sample_names

from ticketferry_zendesk import wire, witness

FILE = {
    "id": 9, "file_name": "scan.pdf", "content_type": "application/pdf", "size": 3,
    "content_url": "https://acme.zendesk.com/attachments/token/t/?name=scan.pdf",
}  # fmt: skip


@pytest.fixture(scope="module")
def names():
    return sample_names()


def read(names, **event):
    row = {
        "id": 100, "ticket_id": 12, "created_at": "2026-01-02T03:04:05Z", "author_id": -1, "via": {"channel": "api"},
        "events": [{"id": 101, **event}],
    }  # fmt: skip
    done = neutral(wire.of_audit(DESK, row), names)
    return {":".join(record["ref"].split(":")[1:]): record for record in done.records}, done


@pytest.mark.parametrize(
    "kind", ["TpeVoiceComment", "VoiceApiComment", "FacebookComment", "Comment", "WhatsAppReply"]
)
@pytest.mark.parametrize("public", [True, False])
def test_a_reply_of_any_type_keeps_its_words_files_author_and_visibility(names, kind, public):
    found, _ = read(
        names,
        type=kind,
        author_id=50003,
        html_body="<p>Your ferry leaves at 9</p>",
        public=public,
        attachments=[FILE],
    )
    said = found["comment:101"]
    assert said["body"]["html"] == "<p>Your ferry leaves at 9</p>"
    assert said["author"] == f"{DESK}:person:50003"
    assert said["public"] is public
    assert found["attachment:9"]["comment"] == said["ref"]
    assert "event:101" not in found


@pytest.mark.parametrize("event", [
    {"type": "TpeVoiceComment", "body": "call"},
    {"type": "SomethingNew", "html_body": "<p>words</p>"},
    {"type": "SomethingNew", "plain_body": "words", "recipients": [1]},
    {"type": "SomethingNew", "attachments": [FILE], "author_id": 50003},
    {"body": "of no type at all"},
])  # fmt: skip
def test_a_message_that_does_not_say_who_sees_it_is_internal(names, event):
    assert read(names, **event)[0]["comment:101"]["public"] is False


@pytest.mark.parametrize("kind", ["TpeVoiceComment", "VoiceApiComment"])
def test_a_call_of_another_telephone_system_keeps_its_recording_and_what_was_said(names, kind):
    found, _ = read(
        names, type=kind, author_id=50003, body="Call", public=False,
        data={"call_id": 7, "recording_url": "https://calls.example/7.mp3", "transcription_text": "please call back"},
    )  # fmt: skip
    assert found["comment:101"]["kind"] == "voice"
    assert "please call back" in found["comment:101"]["body"]["html"]
    assert found["attachment:recording-101"]["url"] == "https://calls.example/7.mp3"


@pytest.mark.parametrize("event", [
    {"type": "Notification", "subject": "s", "body": "told by mail", "recipients": [50003]},
    {"type": "NotificationWithCcs", "body": "told by mail", "recipients": [50003]},
    {"type": "Tweet", "body": "sent", "recipients": ["x"]},
    {"type": "Error", "body": "it failed"},
    {"type": "CommentChanged", "comment_id": 5, "body": "the old words"},
    {"type": "Change", "field_name": "body", "value": "x", "previous_value": "y"},
    {"type": "SomethingNew", "value": 1},
    {"type": "SomethingNew", "body": "   "},
])  # fmt: skip
def test_what_the_desk_sent_or_repeats_is_no_message(names, event):
    assert [key for key in read(names, **event)[0] if key.startswith("comment:")] == []


def test_a_call_of_a_type_that_nobody_listed_keeps_what_was_said(names):
    """Its words may stand in the transcription alone."""
    found, _ = read(
        names, type="NewTelephoneComment", author_id=50003, public=True,
        data={"call_id": 7, "recording_url": "https://calls.example/7.mp3", "transcription_text": "please call back"},
    )  # fmt: skip
    assert found["comment:101"]["public"] is True
    assert "please call back" in found["comment:101"]["body"]["html"]
    assert found["attachment:recording-101"]["comment"] == found["comment:101"]["ref"]


@pytest.mark.parametrize("html", ['<div class="zd-comment"></div>', "<p></p>", "<!-- cut -->", " ", ""])
def test_words_that_the_html_of_a_message_lacks_come_from_its_text(names, html):
    """A message whose HTML shows nothing is not one without content where its text has words; the witness hears them too."""
    event = {
        "id": 101,
        "type": "Comment",
        "author_id": 50003,
        "public": True,
        "html_body": html,
        "body": "call me",
    }
    found, _ = read(names, **event)
    assert found["comment:101"]["body"] == {"html": "<p>call me</p>", "format": "text"}
    audit = wire.of_audit(
        DESK, {"id": 1, "ticket_id": 12, "created_at": "2026-01-02T03:04:05Z", "events": [event]}
    )
    assert [said.text for said in witness.texts([audit])] == ["call me"]


def test_a_message_whose_html_and_text_show_nothing_has_no_body(names):
    found, _ = read(names, type="Comment", public=True, html_body="<p></p>", body="&nbsp;\n")
    assert "body" not in found["comment:101"]


def test_words_that_only_the_text_has_are_kept_beside_a_ticket_and_in_a_log_too(names):
    """The same in a side conversation and in an entry of a conversation log."""
    said = {"id": "e", "type": "create", "message": {"html_body": "<div></div>", "body": "call me"}}
    side = neutral(wire.of_side_conversation(DESK, {"id": "s", "ticket_id": 12}, [said]), names)
    assert side.records[0]["messages"][0]["body"]["html"] == "<p>call me</p>"
    entry = {
        "id": "l",
        "ticket_id": 12,
        "type": "Messaging::X",
        "content": {"body": "<p></p>", "text": "call me"},
    }
    assert neutral(wire.of_message(DESK, entry), names).records[0]["body"]["html"] == "<p>call me</p>"


@pytest.mark.parametrize(("event", "words"), [
    ({"message": {"body": "the boat leaks"}}, ["the boat leaks"]),
    ({"message": {"html_body": "<p>the <b>boat</b> leaks</p>", "body": "the boat leaks"}}, ["the boat leaks"]),
    ({"history": [{"text": "first"}, {"text": "second", "author": {"id": 7}}]}, ["first", "second"]),
    ({"body": ["first", "second"]}, ["first", "second"]),
    ({"body": {"content": [{"text": "deep"}, {"text": "down"}]}, "public": True}, ["deep", "down"]),
])  # fmt: skip
def test_words_in_objects_and_lists_of_a_type_that_nobody_listed_are_a_message(names, event, words):
    found, done = read(names, type="SomethingNew", **event)
    said = found["comment:101"]
    assert said["public"] is (event.get("public") is True)
    shown = witness.plain(said["body"]["html"])
    assert [word for word in words if word in shown] == words
    assert shown.count(words[0]) == 1
    audit = wire.of_audit(
        DESK,
        {
            "id": 1,
            "ticket_id": 12,
            "created_at": "2026-01-02T03:04:05Z",
            "events": [{"id": 101, "type": "SomethingNew", **event}],
        },
    )
    (heard,) = witness.texts([audit])
    assert heard.public is said["public"]
    assert heard.text.split() == shown.split()
    assert not [finding for finding in done.findings if finding.code == "ZD-EVENT-001"]


@pytest.mark.parametrize("event", [
    {"type": "KnowledgeLinked", "body": {"id": 1, "title": "How to", "html_url": "https://a.example/1"}},
    {"type": "Notification", "message": {"body": "sent by mail"}, "recipients": [1]},
    {"type": "Error", "message": {"body": "it failed"}},
    {"type": "SomethingNew", "comment_id": 5, "message": {"body": "the old words"}},
    {"type": "SomethingNew", "via": {"source": {"from": {"text": "x"}}}, "metadata": {"message": "x"}},
    {"type": "SomethingNew", "message": {"id": 3, "name": "x"}},
])  # fmt: skip
def test_objects_without_words_of_anybody_are_no_message(names, event):
    assert [key for key in read(names, **event)[0] if key.startswith("comment:")] == []


@pytest.mark.parametrize("author", [50003, 50003.0, "50003", "50003.0"])
def test_an_author_whose_id_came_as_another_kind_of_number_is_the_same_person(names, author):
    found, _ = read(names, type="Comment", author_id=author, body="hello", public=True)
    assert found["comment:101"]["author"] == f"{DESK}:person:50003"


@pytest.mark.parametrize("author", [-1, -1.0, "-1"])
def test_the_desk_itself_is_nobody_however_its_id_is_written(names, author):
    found, _ = read(names, type="Comment", author_id=author, body="hello", public=True)
    assert "author" not in found["comment:101"]


def test_people_of_a_ticket_whose_ids_came_with_a_decimal_point_are_kept(names):
    row = {
        "id": 12, "subject": "x", "status": "open", "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
        "requester_id": 50003.0, "email_cc_ids": [50004.0, 50005], "follower_ids": [50006.5],
    }  # fmt: skip
    done = neutral(wire.of_ticket(DESK, row), names)
    ticket = done.records[0]
    assert ticket["requester"] == f"{DESK}:person:50003"
    assert ticket["ccs"] == [f"{DESK}:person:50004", f"{DESK}:person:50005"]
    assert "followers" not in ticket
    assert [finding.where for finding in done.findings if finding.code == "ZD-SHAPE-001"] == ["follower_ids"]
