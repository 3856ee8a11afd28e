"""What people do at the emulated desk meanwhile: every change leaves audits and moves times as the product does."""

import pytest
from tests.contract.zendesk_document_faults import complaints

from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, generate, load, save
from ticketferry_emulators.zendesk.models.timeline import Timeline
from ticketferry_emulators.zendesk.models.views import comments, metrics
from ticketferry_emulators.zendesk.seed.dice import stamp


@pytest.fixture
def emulator():
    return ZendeskEmulator(ManualClock(), tickets=60)


def open_ticket(emulator):
    return emulator.state.create_ticket("New one", "<p>Hello {{x}} 🔥</p>", requester=51_001)


def last_events(emulator, number):
    return [(e["type"], e.get("field_name")) for e in emulator.state.case(number).audits[-1]["events"]]


def exported(emulator):
    emulator.clock.advance(61)
    return [number for _, number in emulator.state.tickets.since(0, emulator.state.seen())]


def test_a_new_ticket_takes_the_next_number_and_is_valid(shared, emulator):
    number = open_ticket(emulator)
    case = emulator.state.case(number)
    assert number == 61
    assert case.ticket["created_at"] == stamp(int(emulator.clock.time()))
    assert complaints(shared, "TicketObject", case.ticket) == []
    assert exported(emulator)[-1] == number


def test_a_change_is_one_audit_and_moves_the_ticket_to_the_end_of_the_export(emulator):
    number = open_ticket(emulator)
    other = open_ticket(emulator)
    emulator.clock.advance(100)
    emulator.state.touch_ticket(
        number, status="open", assignee_id=50_003, priority="high", field_31005="Köln"
    )
    case = emulator.state.case(number)
    assert last_events(emulator, number) == [("Change", "status"), ("Change", "custom_status_id"), ("Change", "assignee_id"),
                                             ("Change", "priority"), ("Change", "31005")]  # fmt: skip
    assert case.audits[-1]["events"][2] | {"id": 0} == {
        "id": 0, "type": "Change", "field_name": "assignee_id", "value": "50003", "previous_value": None}  # fmt: skip
    assert case.ticket["updated_at"] == stamp(int(emulator.clock.time()))
    assert exported(emulator)[-2:] == [other, number]
    assert len(exported(emulator)) == len(set(exported(emulator)))


def test_a_touch_without_fields_moves_only_the_generated_timestamp(emulator):
    number = open_ticket(emulator)
    before = emulator.state.case(number)
    emulator.clock.advance(500)
    emulator.state.touch_ticket(number)
    after = emulator.state.case(number)
    assert after.ticket["generated_timestamp"] == before.ticket["generated_timestamp"] + 500
    assert (after.ticket["updated_at"], after.audits) == (before.ticket["updated_at"], before.audits)


def test_ids_stay_unique_while_a_ticket_lives_on(emulator):
    number = open_ticket(emulator)
    for index in range(5):
        emulator.clock.advance(1)
        emulator.state.add_comment(number, f"<p>{index}</p>", files=[("png", "a.png"), ("txt", "b.txt")])
    case = emulator.state.case(number)
    ids = [audit["id"] for audit in case.audits] + [
        event["id"] for audit in case.audits for event in audit["events"]
    ]
    files = [file["id"] for comment in comments(case, inline=True) for file in comment["attachments"]]
    assert len(set(ids)) == len(ids)
    assert len(set(files)) == len(files) == 10


def test_a_comment_made_private_is_private_everywhere(emulator):
    number = open_ticket(emulator)
    comment = emulator.state.add_comment(number, "<p>secret</p>")
    emulator.state.make_private(number, comment)
    case = emulator.state.case(number)
    assert last_events(emulator, number) == [("CommentPrivacyChange", None)]
    assert [row["public"] for row in comments(case, inline=True)] == [True, False]
    with pytest.raises(KeyError):
        emulator.state.make_private(number, 1)


def test_redacted_words_are_gone_from_every_form_of_the_body(emulator):
    number = open_ticket(emulator)
    comment = emulator.state.add_comment(number, "<p>card 4111</p>")
    emulator.state.redact(number, comment, "4111")
    assert "4111" not in str(emulator.state.case(number).audits)


def test_a_deleted_ticket_stays_in_the_export_and_takes_no_changes(emulator):
    number = open_ticket(emulator)
    emulator.state.delete_ticket(number, actor=50_002)
    assert emulator.state.case(number).ticket["status"] == "deleted"
    assert emulator.state.deletions[number]["previous_state"] == "new"
    assert emulator.state.deletions[number]["actor"]["name"] == "Ben Okoro"
    assert number in exported(emulator)
    with pytest.raises(ValueError, match="deleted"):
        emulator.state.add_comment(number, "<p>no</p>")


def test_closed_tickets_take_no_changes_but_can_be_deleted(emulator):
    with pytest.raises(ValueError, match="closed"):
        emulator.state.touch_ticket(1, priority="low")
    emulator.state.delete_ticket(1)
    assert not emulator.state.live(1)


def test_a_merge_closes_the_losers_and_names_both_sides(emulator):
    one, two, winner = (open_ticket(emulator) for _ in range(3))
    emulator.state.merge([one, two], winner)
    for loser in (one, two):
        case = emulator.state.case(loser)
        assert (case.ticket["status"], "closed_by_merge" in case.ticket["tags"]) == ("closed", True)
        assert case.audits[-1]["via"]["source"] == {"from": {}, "to": {"ticket_id": winner}, "rel": "merge"}
    assert emulator.state.case(winner).audits[-1]["via"]["source"]["from"] == {"ticket_ids": [one, two]}


def test_a_merge_that_cannot_be_changes_nothing(emulator):
    one, two = open_ticket(emulator), open_ticket(emulator)
    before = emulator.dump()
    for losers, winner in (([one], one), ([one, 1], two), ([one], 1)):
        with pytest.raises(ValueError):
            emulator.state.merge(losers, winner)
    assert emulator.dump() == before


def test_unknown_fields_are_refused(emulator):
    number = open_ticket(emulator)
    with pytest.raises(KeyError):
        emulator.state.touch_ticket(number, colour="red")
    with pytest.raises(KeyError):
        emulator.state.touch_ticket(number, field_1="red")
    with pytest.raises(KeyError):
        emulator.state.touch_ticket(number, follower_ids=[50_001])
    assert len(emulator.state.case(number).audits) == 1


def test_a_changed_user_comes_last_in_the_export(emulator):
    state = emulator.state
    state.touch_record("users", 51_001, name="Maria Gonzalez Ruiz")
    emulator.clock.advance(61)
    assert [number for _, number in state.users.since(0, state.seen())][-1] == 51_001
    assert state.lists["users"][51_001]["name"] == "Maria Gonzalez Ruiz"
    state.touch_record("organizations", 42_001, notes="moved")
    emulator.clock.advance(61)
    assert [number for _, number in state.organizations.since(0, state.seen())][-1] == 42_001


def test_one_emulator_does_not_change_another(emulator):
    emulator.state.touch_record("users", 51_001, name="Changed")
    emulator.state.lists["users"][51_002]["tags"].append("changed")
    other = ZendeskEmulator(ManualClock(), tickets=60)
    assert other.state.lists["users"][51_001]["name"] == "Maria Gonzalez"
    assert other.state.lists["users"][51_002]["tags"] == []


def test_equal_desks_have_equal_dumps_and_saved_data_serves_as_well(emulator, tmp_path):
    save(generate(60), tmp_path)
    saved = ZendeskEmulator(ManualClock(), data=load(tmp_path))
    assert saved.dump() == emulator.dump() == ZendeskEmulator(ManualClock(), tickets=60).dump()


def test_metrics_count_replies_and_reopens(emulator):
    number = open_ticket(emulator)
    state, clock = emulator.state, emulator.clock
    clock.advance(600)
    state.add_comment(number, "<p>first</p>", author=50_003)
    state.touch_ticket(number, status="solved", assignee_id=50_003)
    clock.advance(600)
    state.touch_ticket(number, status="open")
    clock.advance(600)
    state.touch_ticket(number, status="solved")
    found = metrics(state.case(number))
    assert (found["replies"], found["reopens"], found["assignee_stations"]) == (1, 1, 1)
    assert found["reply_time_in_seconds"] == {"calendar": 600}
    assert found["first_resolution_time_in_minutes"]["calendar"] == 10
    assert found["full_resolution_time_in_minutes"]["calendar"] == 30
    assert found["requester_wait_time_in_minutes"]["calendar"] == 20


def test_a_timeline_keeps_its_order_through_moves():
    timeline = Timeline([(5, 1), (3, 2), (5, 3)])
    timeline.move(2, 3, 9)
    timeline.add(4, 7)
    assert list(timeline.since(0, 100)) == [(4, 7), (5, 1), (5, 3), (9, 2)]
    assert list(timeline.after(5, 1, 8)) == [(5, 3)]
    assert timeline.before(5, 0) == (4, 7)
    assert timeline.before(1, 0) is None
    with pytest.raises(KeyError):
        timeline.move(2, 3, 4)


def test_a_new_customer_is_exported_with_an_identity(shared, emulator):
    state = emulator.state
    number = state.create_user("Neu Kunde", "Neu@mailbox.example", organization=42_001)
    emulator.clock.advance(61)
    assert [key for _, key in state.users.since(0, state.seen())][-1] == number
    assert complaints(shared, "UserObject", state.lists["users"][number]) == []
    assert [row["value"] for row in state.identities[number]] == ["neu@mailbox.example"]
    with pytest.raises(ValueError, match="taken"):
        state.create_user("Again", "NEU@mailbox.example")


def test_a_touch_by_the_requester_notifies_nobody_but_an_agents_answer_does(emulator):
    number = open_ticket(emulator)
    emulator.state.add_comment(number, "<p>more</p>", author=51_001)
    assert last_events(emulator, number) == [("Comment", None)]
    emulator.state.add_comment(number, "<p>internal</p>", public=False)
    assert last_events(emulator, number) == [("Comment", None)]
    emulator.state.add_comment(number, "<p>answer</p>")
    assert last_events(emulator, number) == [("Comment", None), ("Notification", None)]
