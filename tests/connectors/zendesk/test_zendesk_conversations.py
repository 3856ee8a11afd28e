"""What was said in a messenger: read from the conversation log where the audits do not hold it, each message once."""

import pytest
from tests.connectors.zendesk.reading import DESK, cases_of, drain, neutral, reading, sample_names, source_on

from ticketferry.sdk import Kind, Ref
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_zendesk.wire import of_message
from ticketferry_zendesk.witness import texts

CHAT, GUEST, AGENT = 144, 51_023, 50_005
SAID = [
    ("user", GUEST, {"type": "text", "text": "Where is my parcel?"}),
    ("bot", -1, {"type": "text", "text": "Let me ask a person."}),
    ("agent", AGENT, {"type": "text", "text": "On its <way>\nto you"}),
    (
        "user",
        GUEST,
        {"type": "image", "mediaUrl": "https://media.example/x/photo.jpg", "altText": "the parcel"},
    ),
]


@pytest.fixture(scope="module")
def names():
    return sample_names()


def open_ticket(emulator):
    return next(
        number
        for number, head in emulator.state.heads.items()
        if head.status == "open" and number not in emulator.state.sided
    )


@pytest.mark.parametrize("way", ["thorough", "events"])
def test_messages_of_the_log_alone_are_comments_with_authors_and_times(way):
    with reading(ManualClock(), tickets=60, plan=None) as (plain, emulator):
        before = cases_of(plain)
        number = open_ticket(emulator)
        emulator.clock.advance(100)
        emulator.state.converse(number, SAID)
        emulator.clock.advance(100)
        source = source_on(emulator, history=way)
        cases = cases_of(source)
        said = [comment for comment in cases[str(number)]["comments"] if comment.get("kind") == "chat"]
        assert [comment["body"]["html"] for comment in said] == [
            "<p>Where is my parcel?</p>", "<p>Let me ask a person.</p>", "<p>On its &lt;way&gt;<br>to you</p>", "<p>the parcel</p>",
        ]  # fmt: skip
        assert [comment.get("author") for comment in said] == [
            f"{DESK}:person:{GUEST}", None, f"{DESK}:person:{AGENT}", f"{DESK}:person:{GUEST}",
        ]  # fmt: skip
        assert len({comment["created"] for comment in said}) == len(said), "each at its own time"
        assert all(comment["public"] for comment in said)
        assert len(cases[str(number)]["comments"]) == len(before[str(number)]["comments"]) + len(SAID)
        (photo,) = [
            file for file in cases[str(number)]["attachments"] if file.get("comment") == said[3]["ref"]
        ]
        assert (photo["name"], photo["url"]) == ("photo.jpg", "https://media.example/x/photo.jpg")
        fetched = {
            (wire.ref.kind, wire.ref.id) for wire in source.fetch([Ref(DESK, Kind.TICKET, str(number))])
        }
        assert len([key for key in fetched if key[0] is Kind.COMMENT]) == len(SAID)
        source.close()


def test_what_a_transcript_or_an_audit_holds_is_not_said_twice():
    with reading(ManualClock(), tickets=150, plan=None) as (source, emulator):
        found = [wire for wire in drain(source, "history")[0].values() if wire.ref.kind is Kind.COMMENT]
        assert found == []
        assert emulator.ledger.counts()["ListConversationLogForTicket"] >= 1
        said = [
            comment for comment in cases_of(source)[str(CHAT)]["comments"] if comment.get("kind") == "chat"
        ]
        assert len(said) == 3


def test_a_later_message_comes_with_the_next_reading():
    with reading(ManualClock(), tickets=60, plan=None) as (source, emulator):
        _, cursor = drain(source, "history")
        number = open_ticket(emulator)
        emulator.clock.advance(100)
        emulator.state.converse(number, SAID[:1])
        emulator.clock.advance(100)
        first, cursor = drain(source, "history", cursor)
        emulator.state.converse(number, SAID[1:])
        emulator.clock.advance(100)
        later, _ = drain(source, "history", cursor)
        count = [len([key for key in found if key[0] is Kind.COMMENT]) for found in (first, later)]
        assert count == [1, len(SAID)]


def test_a_conversation_that_is_refused_is_told():
    with reading(ManualClock(), tickets=60, plan=None) as (source, emulator):
        number = open_ticket(emulator)
        emulator.clock.advance(100)
        emulator.state.converse(number, SAID)
        emulator.clock.advance(100)
        emulator.faults.add(
            Fault("status_before", status=403, match=f"*/tickets/{number}/conversation_log*", times=9)
        )
        catalog = source.catalog()
        findings = [
            finding
            for wire in drain(source, "history")[0].values()
            for finding in source.translate(wire, catalog).findings
            if finding.code == "ZD-LOG-001"
        ]
        assert [str(finding.subject) for finding in findings] == [f"{DESK}:ticket:{number}"]


@pytest.mark.parametrize("content", [
    {"type": "carousel", "items": [{"title": "Ferry", "description": "leaves at 9", "actions": [{"type": "link", "text": "Book", "uri": "https://x"}]}]},
    {"type": "formResponse", "fields": [{"name": "name", "label": "Your name", "text": "Mia"}], "textFallback": "Your name: Mia"},
    {"type": "location", "coordinates": {"lat": 1.5, "long": 2}, "location": {"address": "1 Quay", "name": "Office"}},
    {"type": "html", "body": "<div>big <b>bear</b></div>"},
    {"type": "text", "text": "pick", "actions": [{"reply": {"text": "Talk to a human", "payload": "goto"}}]},
    {"type": "unknown"}, {}, None, "x", {"text": 7},
])  # fmt: skip
@pytest.mark.parametrize(
    "author",
    [None, {}, {"type": "user", "zen:support:user_id": -1}, {"type": "whisper", "display_name": "W"}],
)
def test_entries_of_any_shape_keep_their_words(names, content, author):
    row = {
        "id": "01J", "ticket_id": 12, "type": "Messaging::ConversationMessage", "created_at": "2025-04-22 09:24:26+00:00",
        "received_at": "2025-04-22 09:24:26.861000+00:00", "reference": "zen:sunco:conversation_message:1",
        "author": author, "content": content, "attachments": [], "metadata": {"custom": {}, "system": {}},
    }  # fmt: skip
    done = neutral(of_message(DESK, row), names)
    (record,) = done.records
    if isinstance(content, dict) and content.get("type") not in (None, "unknown"):
        assert record["created"] == "2025-04-22T09:24:26.861000Z"
        assert record["public"] is (author is not None and author.get("type") == "user")


def test_a_comment_that_the_audits_lack_is_internal_unless_the_log_says_otherwise(names):
    row = {
        "id": "01J", "ticket_id": 12, "type": "Comment", "created_at": "2025-04-22 09:24:46+00:00", "reference": "zen:ticket_event:9",
        "author": {"type": "user", "zen:support:user_id": 50003}, "content": {"type": "html", "body": "<p>x</p>"}, "metadata": {},
    }  # fmt: skip
    assert neutral(of_message(DESK, row), names).records[0]["public"] is False
    shown = row | {"metadata": {"public": True}}
    assert neutral(of_message(DESK, shown), names).records[0]["public"] is True


def test_the_witness_is_told_of_what_a_messenger_holds():
    with reading(ManualClock(), tickets=60, plan=None) as (source, emulator):
        number = open_ticket(emulator)
        emulator.clock.advance(100)
        emulator.state.converse(number, SAID)
        emulator.clock.advance(100)
        wires = list(source.fetch([Ref(DESK, Kind.TICKET, str(number))]))
        said = {item.text: item for item in texts(wires)}
        for _, who, content in SAID[:3]:
            assert said[content["text"]].public is True
            assert said[content["text"]].author == str(who)
