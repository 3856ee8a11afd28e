"""What makes reading Intercom hard: threads that come twice, addresses that end, scrolls of others, people whom no list shows, changes."""

from dataclasses import replace

import pytest
from tests.connectors.intercom.test_source_contract import source_on as make

from ticketferry.sdk import Absence, AuthError, Kind, Ref, RejectedError, Severity
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_intercom.client import deleted


@pytest.fixture
def desk():
    emulator = IntercomEmulator(ManualClock(), tickets=40)
    with emulator.serve():
        yield emulator
    assert emulator.crashes == []


@pytest.fixture
def source_on(desk):
    """Opens sources on the desk, and closes them."""
    opened = []

    def opening(**options):
        opened.append(make(desk, **options))
        return opened[-1]

    yield opening
    for source in opened:
        source.close()


def wires(source, stream, cursor=None):
    return [wire for page in source.read(stream, cursor) for wire in page.records]


def ids(rows, kind=Kind.TICKET):
    return {wire.ref.id for wire in rows if wire.ref.kind is kind}


def test_a_shared_tickets_thread_that_shows_up_as_a_conversation_comes_once(desk, source_on):
    source = source_on(campaigns=True)
    alone = ids(wires(source, "conversations"))
    assert source.count("conversations") == len(alone)
    thread, other = list(desk.state.tickets.values())[:2]
    talk = next(iter(desk.state.conversations.values()))
    with desk.state.lock:
        for id_, created in ((thread.id, thread.created_at), (other.id, other.created_at - 1)):
            desk.state.conversations[id_] = replace(talk, id=id_, created_at=created)
            desk.state.touch(desk.state.conversations[id_])
    desk.clock.advance(60)
    again = source_on(campaigns=True)
    found = wires(again, "conversations")
    assert ids(found) == alone | {other.id}, (
        "one number alone says nothing: only what was born in the same second is the same"
    )
    assert any(id_.startswith("t") for id_ in ids(wires(again, "tickets")))
    assert again.count("conversations") is None, "the desk's count holds the threads too"
    assert not next(again.totals()).exact


def test_a_file_comes_though_its_address_has_ended(desk, source_on):
    source = source_on(campaigns=True)
    catalog = source.catalog()
    files = [
        record
        for wire in wires(source, "conversations")
        for record in source.translate(wire, catalog).records
        if ":attachment:" in record["ref"] and not record.get("inline")
    ]
    assert files
    desk.clock.advance(7_200)
    assert b"".join(source.content(files[0]))
    with pytest.raises(RejectedError):
        b"".join(source.content({**files[0], "ref": "acme:attachment:none-0"}))
    with pytest.raises(RejectedError):
        b"".join(source.content({**files[0], "state": "missing"}))


def test_a_scroll_that_another_program_left_is_waited_for(desk, source_on):
    first = source_on()
    begun = first.read("companies", None)
    next(begun)
    assert ids(wires(source_on(), "companies"), Kind.ORGANIZATION)


def test_people_whom_no_list_shows_come_with_what_they_said(desk, source_on):
    source = source_on(campaigns=True)
    listed = ids(wires(source, "admins"), Kind.PERSON) | ids(wires(source, "contacts"), Kind.PERSON)
    rows = wires(source, "conversations")
    met = {wire.ref.id: wire for wire in rows if wire.ref.kind is Kind.PERSON}
    assert met
    assert all(wire.met for wire in met.values())
    assert not met.keys() & listed
    catalog, roles = source.catalog(), set()
    for wire in rows:
        for record in source.translate(wire, catalog).records:
            author = record.get("author", "").rsplit(":", 1)[-1]
            assert not author or author in listed or author in met, record["ref"]
            roles.add(record.get("role"))
    assert roles & {"automation", "ai_agent"}


def test_reading_on_gives_what_changed_and_nothing_twice(desk, source_on):
    source = source_on(campaigns=True)
    pages = list(source.read("conversations", None))
    desk.clock.advance(5_000)
    assert ids(wires(source, "conversations", pages[-1].cursor)) == set()
    state = desk.state
    talk = next(iter(state.conversations.values()))
    with state.lock:
        talk.title = "another title"
        state.touch(talk)
    desk.clock.advance(1_000)
    rows = wires(source, "conversations", pages[-1].cursor)
    assert ids(rows) == {talk.id}


def test_campaigns_to_which_nobody_answered_are_left_out_unless_asked_for(desk, source_on):
    everything = ids(wires(source_on(campaigns=True), "conversations"))
    some = ids(wires(source_on(), "conversations"))
    assert some < everything
    for wire in wires(source_on(campaigns=True), "conversations"):
        if wire.ref.kind is Kind.TICKET and wire.ref.id in everything - some:
            assert wire.body["source"]["delivered_as"] != "customer_initiated"


def test_check_names_what_the_token_may_not_read_and_a_wrong_region(desk, source_on):
    source = source_on()
    assert not [item for item in source.check() if item.severity is Severity.BLOCKER]
    source.options = source.options.model_copy(update={"base_url": "https://api.eu.intercom.io"})
    found = {item.code: item for item in source.check()}
    assert found["INTERCOM-REGION"].severity is Severity.BLOCKER
    assert "US" in found["INTERCOM-REGION"].message


def test_a_token_that_is_not_taken_says_so(desk, source_on):
    source = source_on()
    desk.state.token = "another"
    with pytest.raises(AuthError, match="does not accept the token"):
        source.identity()


def test_what_neither_list_nor_message_shows_now_is_unread_not_gone(desk, source_on):
    source = source_on()
    (wire,) = source.fetch([Ref("acme", Kind.PERSON, "999")])
    assert wire.unread
    assert (
        list(
            source.fetch(
                [Ref("acme", Kind.PERSON, "6501aaaaaaaaaaaaaaaaaaaa"), Ref("acme", Kind.TICKET, "t999999")]
            )
        )
        == []
    )


def test_deleted_conversations_are_tombstones_with_their_time_page_by_page(desk, source_on):
    source = source_on(campaigns=True)
    ids_ = list(desk.state.conversations)[:7]
    for id_ in ids_:
        source.client.write("DELETE", f"/conversations/{id_}", endpoint="conversation.delete", group="write")
    pages = list(source.client.pages(deleted(size=3)))
    assert [len(page.rows) for page in pages] == [3, 3, 1]
    found = wires(source, "deleted")
    assert [(wire.ref.id, wire.gone) for wire in found] == [(id_, True) for id_ in sorted(ids_, key=int)]
    assert all(wire.updated is not None for wire in found)
    told = {item.code: item for item in source.check()}["INTERCOM-DELETED"]
    assert (told.severity, told.message.split()[0]) == (Severity.INFO, "7")


def test_a_workspace_that_lists_none_says_so_and_ends_no_record(desk, source_on):
    desk.state.unsettled.deleted_listed = False
    source = source_on()
    (page,) = source.read("deleted", None)
    assert (list(page.records), page.last, page.whole) == ([], True, None)
    told = {item.code: item for item in source.check()}["INTERCOM-DELETED"]
    assert (told.severity, "told nowhere" in told.message) == (Severity.DOUBT, True)


def test_only_the_list_of_deleted_ones_is_asked_of_another_version(desk, source_on):
    source = source_on()
    for stream in source.streams():
        list(source.read(stream, None))
    assert not desk.unserved, "the stand-in serves nothing else of version 2.16"


def test_a_number_that_is_no_conversation_was_deleted_or_never_was_one(desk, source_on):
    source = source_on()
    first, second = list(desk.state.conversations)[:2]
    source.client.write("DELETE", f"/conversations/{first}", endpoint="conversation.delete", group="write")
    numbers = [first, second, "1", "#9999"]
    told = {first: Absence.DELETED, "1": Absence.UNUSED, "#9999": Absence.PURGED}
    assert source.explain_absent(numbers) == told
    desk.state.unsettled.deleted_listed = False
    assert source.explain_absent(numbers) == {**told, first: Absence.PURGED, "1": Absence.PURGED}
