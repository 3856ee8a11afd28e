"""What the witness is told of conversations and tickets: the first message, parts by what they are, files, and who people are."""

import pytest
from tests.connectors.intercom.wires import ANN, FIN, JOE, PEOPLE, contact, conversation, file, part, ticket

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry_intercom.witness import facts, files, texts, who


def wires(body):
    return [Wire(Ref("acme", Kind.TICKET, str(body["id"])), body, None)]


def said(body):
    return [
        (told.text.strip(), told.public, told.doubtful)
        for told in texts(wires(body))
        if told.kind == "message"
    ]


def test_the_first_message_is_heard_and_notes_are_internal():
    body = conversation(
        part("1", "note", "<p>a <b>secret</b></p>"), part("2", "comment", "<p>x &lt; y</p>"), part("3", "quick_reply", "<p>yes</p>", ANN),
        part("4", "note_and_reopen", "<p>again</p>"), part("5", "comment", "<p>I am Fin</p>", FIN), part("6", "open"),
    )  # fmt: skip
    assert said(body) == [
        ("hi", True, False), ("a secret", False, False), ("x < y", True, False), ("yes", True, False), ("again", False, False),
        ("I am Fin", True, False),
    ]  # fmt: skip
    subject = next(told for told in texts(wires(body)) if told.kind == "subject")
    assert (subject.text.strip(), subject.public) == ("VPN & you", True)
    assert [told.author for told in texts(wires(body))][1:4] == [ANN, JOE, JOE]
    assert texts(wires(body))[2].at == "2025-02-08T07:35:00+00:00"


@pytest.mark.parametrize("kind", ["close", "assignment", "something_new"])
def test_who_reads_a_teammates_words_in_another_kind_of_part_is_left_open(kind):
    assert said(conversation(part("1", kind, "<p>bye</p>")))[1] == ("bye", False, True)
    assert said(conversation(part("1", kind, "<p>bye</p>", ANN)))[1] == ("bye", True, False)
    assert said(ticket(part("1", kind, "<p>bye</p>"), is_shared=False))[-1] == ("bye", False, False)


def test_nothing_of_a_ticket_that_is_not_shared_is_public():
    body = ticket(part("1", "comment", "<p>a</p>"), part("2", "comment", "<p>b</p>", ANN), is_shared=False)
    assert not any(told.public for told in [*texts(wires(body)), *files(wires(body))])
    assert said(body)[0] == ("It\nburns", False, False)
    assert all(public for _, public, _ in said(ticket(part("1", "comment", "<p>a</p>"))))


def test_files_and_images_have_the_numbers_of_their_messages():
    html = '<p><img src="https://downloads.intercomcdn.com/i/o/x%20y.png"> <img src="https://spy.example/p.gif"></p>'
    body = conversation(
        part("1", "comment", html, attachments=[file("a.png"), {"type": "upload", "url": "https://f.example/1"}]),
        part("2", "note", None, attachments=[file("b.png", filesize=0)]), part("3", "close", None, attachments=[file("c.png")]),
    )  # fmt: skip
    assert [(held.id, held.name, held.size, held.public, held.doubtful) for held in files(wires(body))] == [
        ("1-0", "a.png", 12, True, False), ("1-1", "file-2", None, True, False), ("1-image0", "x y.png", None, True, False),
        ("2-0", "b.png", None, False, False), ("3-0", "c.png", 12, False, True),
    ]  # fmt: skip
    assert [held.id for held in files(wires(ticket()))] == ["t68-attribute3-0"]


def test_facts_are_what_people_go_by():
    found = facts(wires(conversation(state="closed", open=False)), {})
    assert (found.number, found.requester.id, found.created) == ("471", ANN, "2025-02-08T07:33:20+00:00")
    assert found.solved == "2025-02-08T08:23:20+00:00"
    assert not facts(wires(conversation()), {}).solved, "what is open again is not solved"
    assert {"VPN & you", "vpn", "gold", "3"} <= set(found.shown)
    assert found.named['fields.a.b "c"'] == ("3",)
    assert (found.asked["status"], found.asked["type"], found.asked["tags"]) == (
        ("Closed",),
        ("conversation",),
        ("vpn",),
    )
    found = facts(wires(ticket()), {})
    assert (found.number, found.asked["status"], found.asked["form"]) == ("#12", ("With you",), ("Bug",))
    assert found.named["fields.Serial"] == ("A1",)
    assert not any(key.startswith("fields._default") for key in found.named)


def test_our_note_tells_when_a_ticket_was_solved_and_who_moved_it():
    note = '<p><b>ticketferry: moved from acme:ticket:7</b></p><p>{"ticketferry":1,"solved":"2024-03-01T10:00:00Z"}</p>'
    found = facts(wires(conversation(part("1", "note", note), part("2", "note", "<p>x</p>", FIN))), {})
    assert (found.made_by, "2024-03-01T10:00:00Z" in found.shown) == (JOE, True)


def test_people_are_told_by_list_or_message():
    person = [Wire(Ref("acme", Kind.PERSON, ANN), contact(), None)]
    assert who(person) == (ANN, "Ann", frozenset({"ann@x.example"}), frozenset({"70"}))
    met = [Wire(Ref("acme", Kind.PERSON, JOE), {"author": PEOPLE[JOE]}, None)]
    assert who(met) == (JOE, "Joe", frozenset({"joe@desk.example"}), frozenset())


@pytest.mark.parametrize(
    "more",
    [
        {"source": None, "contacts": None, "tags": None, "custom_attributes": None, "conversation_parts": None, "created_at": None},
        {"source": [], "contacts": [], "tags": {"tags": [None, 3]}, "conversation_parts": {"conversation_parts": [None, "x"]}},
        {"statistics": None, "state": "closed", "title": None, "created_at": "soon"},
    ],
)  # fmt: skip
def test_odd_records_stop_no_witness(more):
    texts(wires(conversation(**more)))
    files(wires(conversation(**more)))
    facts(wires(conversation(**more)), {})
