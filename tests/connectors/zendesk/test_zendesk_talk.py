"""What was said elsewhere than in comments: chats, phone calls."""

import pytest
from tests.connectors.zendesk.reading import DESK, neutral, sample_names

from ticketferry.sdk import Severity
from ticketferry_zendesk.wire import of_audit

CUSTOMER = 51023


@pytest.fixture(scope="module")
def names():
    return sample_names()


def told(names, *events, **more):
    row = {
        "id": 100, "ticket_id": 12, "created_at": "2026-01-02T03:04:05Z", "author_id": CUSTOMER,
        "via": {"channel": "chat", "source": {"from": {}, "to": {}, "rel": None}}, "metadata": {}, **more,
        "events": [{"id": 101 + index, **event} for index, event in enumerate(events)],
    }  # fmt: skip
    done = neutral(of_audit(DESK, row), names)
    return {record["ref"].split(":", 1)[1]: record for record in done.records}, done


def started(*history, **value):
    return {
        "type": "ChatStartedEvent",
        "value": {"chat_id": "2610.1", "visitor_id": "8d", "history": list(history), **value},
    }


def line(index, kind, text, **more):
    return {
        "type": "ChatMessage", "chat_index": index, "actor_type": kind, "actor_name": "N.", "message": text,
        "timestamp": 1_767_323_045_250 + 1000 * index, **more,
    }  # fmt: skip


def test_each_message_of_a_chat_is_a_comment_of_its_own_author_and_time(names):
    found, _ = told(
        names,
        started(
            {"type": "ChatJoin", "actor_id": "v:8d", "timestamp": 1},
            line(1, "end-user", "hello? <b>\n\U0001f44b"),
            line(2, "agent", "hi!", actor_id=50005),
        ),
    )
    first, second = found["comment:101-1"], found["comment:101-2"]
    assert first["author"] == f"{DESK}:person:{CUSTOMER}"
    assert second["author"] == f"{DESK}:person:50005"
    assert first["kind"] == second["kind"] == "chat"
    assert first["public"] is second["public"] is True
    assert first["created"] == "2026-01-02T03:04:06.250Z"
    assert first["body"]["html"] == "<p>hello? &lt;b&gt;<br>\U0001f44b</p>"
    assert found["event:101"]["native"]["events[0].value.history[0].type"] == "ChatJoin"


@pytest.mark.parametrize(("item", "author"), [
    (line(1, "agent", "x", actor_id="agent:77"), None),
    (line(1, "agent", "x", author_id="50003"), "50003"),
    (line(1, "end-user", "x", actor_id="visitor-9"), str(CUSTOMER)),
    (line(1, "bot", "x"), None),
    (line(1, "end-user", "x", actor_id=True), str(CUSTOMER)),
])  # fmt: skip
def test_a_speaker_who_is_no_user_of_the_desk_names_nobody_but_keeps_the_name(names, item, author):
    comment = told(names, started(item))[0]["comment:101-0"]
    assert comment.get("author") == (f"{DESK}:person:{author}" if author else None)
    assert comment["fields"]["author_name"] == "N."


def test_the_user_of_the_conversation_is_the_customer_who_speaks(names):
    found, _ = told(names, started(line(1, "end-user", "x"), user_id=51002), author_id=-1)
    assert found["comment:101-0"]["author"] == f"{DESK}:person:51002"
    found, _ = told(names, started(line(1, "end-user", "x")), author_id=-1)
    assert "author" not in found["comment:101-0"]


@pytest.mark.parametrize("kind", ["whisper", None, "system", 7])
def test_what_nobody_is_known_to_have_told_the_customer_is_internal(names, kind):
    assert told(names, started(line(1, kind, "x")))[0]["comment:101-0"]["public"] is False


@pytest.mark.parametrize(("item", "when"), [
    ({"timestamp": 1_767_323_045}, "2026-01-02T03:04:05Z"),
    ({"timestamp": "2026-01-02T03:04:07Z"}, "2026-01-02T03:04:07Z"),
    ({"original_message": {"received": "2026-01-02T03:04:08.5Z"}}, "2026-01-02T03:04:08.500000Z"),
    ({"timestamp": 1e300}, "2026-01-02T03:04:05Z"),
    ({"timestamp": True}, "2026-01-02T03:04:05Z"),
])  # fmt: skip
def test_the_time_of_a_message_is_read_in_every_form_and_else_the_audits(names, item, when):
    assert told(names, started(line(0, "agent", "x", **item)))[0]["comment:101-0"]["created"] == when


@pytest.mark.parametrize("history", [None, "text", [None, 1, {"type": "ChatMessage"}], {"a": 1}])
def test_odd_transcripts_lose_nothing(names, history):
    told(names, {"type": "ChatStartedEvent", "value": {"history": history}})
    told(names, {"type": "ChatEndedEvent", "value": history})


def test_files_of_a_chat_are_attachments_of_the_ticket(names):
    found, _ = told(names, {
        "type": "ChatEndedEvent", "value": {"chat_id": "1"},
        "attachments": [{"id": 9, "file_name": "a.png", "content_url": "https://x/attachments/token/t/?name=a", "size": 3}],
    })  # fmt: skip
    assert found["attachment:9"]["name"] == "a.png"
    assert "comment" not in found["attachment:9"]


CALL = {
    "from": "+12025550142", "to": "+12025550100", "started_at": "2026-01-02T03:00:00Z", "call_id": 7, "call_duration": 192,
    "answered_by_id": 50003, "recording_url": "https://x/rec", "transcription_text": "My router is broken.", "recorded": True,
}  # fmt: skip


def spoken(**more):
    return {"type": "VoiceComment", "author_id": 50003, "body": "Call", "html_body": "<p>Call</p>", "public": True,
            "data": CALL, **more}  # fmt: skip


def test_a_call_tells_who_and_when_and_what_was_said_and_its_recording_is_a_file(names):
    found, _ = told(names, spoken())
    comment = found["comment:101"]
    assert comment["fields"]["call"]["answered_by"] == f"{DESK}:person:50003"
    assert comment["fields"]["call"]["started"] == "2026-01-02T03:00:00Z"
    assert comment["body"]["html"] == "<p>Call</p><blockquote><p>My router is broken.</p></blockquote>"
    assert found["attachment:recording-101"]["url"] == "https://x/rec"


@pytest.mark.parametrize("more", [
    {"transcription_visible": False},
    {"plain_body": "Call. My router   is broken."},
])  # fmt: skip
def test_a_transcription_is_not_quoted_where_it_is_hidden_or_stands_there_already(names, more):
    assert "blockquote" not in told(names, spoken(**more))[0]["comment:101"]["body"]["html"]


@pytest.mark.parametrize(
    "data", [None, "x", [1], {"call_duration": {"a": 1}, "recording_url": 5, "answered_by_id": "x"}]
)
def test_odd_calls_lose_nothing(names, data):
    told(names, spoken(data=data))


def test_a_comment_that_the_list_shows_as_internal_is_internal_and_told(names):
    found, done = told(
        names,
        {"type": "Comment", "public": True, "public_now": False, "html_body": "<p>x</p>", "author_id": 1},
        {"type": "CommentPrivacyChange", "comment_id": 101, "public": True, "public_now": False},
    )
    assert found["comment:101"]["public"] is False
    assert found["event:102"].get("after", False) is False
    assert [(one.code, one.severity) for one in done.findings] == [("ZD-PRIVACY-001", Severity.REPAIR)]
