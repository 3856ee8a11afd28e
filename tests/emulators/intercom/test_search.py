"""Searches: operators, nesting, sorting, days, cursors, and the lag behind writes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from tests.emulators.intercom.workspaces import ALL, workspace

from ticketferry_emulators.kit.faults import Fault


@pytest.fixture(scope="module")
def desk():
    with workspace(tickets=80) as one:
        yield one


def one(field, operator, value):
    return {"field": field, "operator": operator, "value": value}


def every(*parts):
    return {"operator": "AND", "value": list(parts)}


def test_each_operator_of_conversations(desk):
    state, found = desk.state, desk.found
    rows = state.conversations
    moments = sorted(row.updated_at for row in rows.values())
    middle = moments[len(moments) // 2]
    assert len(found("conversations", one("updated_at", ">", middle))) == sum(m >= middle for m in moments)
    assert len(found("conversations", one("updated_at", "<", middle))) == sum(m <= middle for m in moments)
    assert len(found("conversations", one("updated_at", "=", middle))) == moments.count(middle)
    closed = {key for key, row in rows.items() if row.state == "closed"}
    assert set(found("conversations", one("state", "=", "closed"))) == closed
    assert set(found("conversations", one("state", "!=", "closed"))) == rows.keys() - closed
    assert set(found("conversations", one("state", "IN", ["closed", "snoozed"]))) == {
        key for key, row in rows.items() if row.state != "open"
    }
    assert set(found("conversations", one("state", "NIN", ["closed", "snoozed"]))) == {
        key for key, row in rows.items() if row.state == "open"
    }
    person = next(iter(rows.values())).contacts[0]
    assert set(found("conversations", one("contact_ids", "=", person))) == {
        key for key, row in rows.items() if person in row.contacts
    }
    mails = {key: row.source.author.email for key, row in rows.items()}
    for operator, text, holds in (
        ("^", "Contact1", lambda mail: mail.startswith("contact1")),
        ("$", "customer1.example", lambda mail: mail.endswith("customer1.example")),
        ("~", "customer1.", lambda mail: "customer1." in mail),
        ("!~", "customer1.", lambda mail: "customer1." not in mail),
    ):
        wanted = {key for key, mail in mails.items() if holds(mail)}
        assert wanted
        assert set(found("conversations", one("source.author.email", operator, text))) == wanted
    assert set(found("conversations", one("ai_agent_participated", "=", True))) == {
        key for key, row in rows.items() if row.ai_agent
    }
    assert set(found("conversations", one("custom_attributes.jira_issue_key", "=", "PROJ-007"))) == {
        key for key, row in rows.items() if row.custom_attributes.get("jira_issue_key")
    }


def test_a_body_is_searched_word_by_word(desk):
    assert desk.found("conversations", one("source.body", "~", "hello"))
    assert desk.found("conversations", one("source.body", "=", "hello"))
    assert not desk.found("conversations", one("source.body", "~", "hell"))
    assert not desk.found("conversations", one("source.body", "=", "hello there friend"))


def test_tickets_go_by_terms_of_their_own(desk):
    tickets = desk.state.tickets
    for term, kinds in (("request", {"55", "58"}), ("task", {"56"}), ("tracker", {"57"})):
        wanted = {key for key, row in tickets.items() if row.type_id in kinds}
        assert set(desk.found("tickets", one("category", "=", term))) == wanted
    assert not desk.found("tickets", one("category", "=", "Customer"))
    title = next(iter(tickets.values())).attributes["_default_title_"]
    assert desk.found("tickets", one("title", "=", title))
    assert set(desk.found("tickets", one("ticket_attribute.553", "=", "s1"))) == {
        key for key, row in tickets.items() if row.attributes.get("Severity") == "s1"
    }
    assert set(desk.found("tickets", one("state", "=", "resolved"))) == {
        key for key, row in tickets.items() if row.state_id == "8272"
    }


def test_contacts_are_found_by_the_days_of_the_workspaces_zone(desk):
    """The day begins at midnight in Zurich, whatever second is asked for; `>` begins with the next one."""
    contacts = [row for row in desk.state.present() if not row.archived]
    wanted = contacts[3].created_at
    zone = ZoneInfo(desk.state.zone)

    def day(moment):
        return datetime.fromtimestamp(moment, zone).date()

    for operator, holds in (("=", "__eq__"), (">", "__gt__"), ("<", "__lt__")):
        expected = {row.id for row in contacts if getattr(day(row.created_at), holds)(day(wanted)) is True}
        assert expected
        assert set(desk.found("contacts", one("created_at", operator, wanted))) == expected
        assert set(desk.found("contacts", one("created_at", operator, wanted + 5))) == expected
    for operator in ("!=", ">=", "<="):
        assert desk.code("POST", "/contacts/search", {"query": one("created_at", operator, wanted)})
    assert desk.code("POST", "/contacts/search", {"query": one("created_at", "IN", [wanted])})
    assert desk.code("POST", "/contacts/search", {"query": one("tag_id", "IN", ["9001"])})
    assert len(desk.found("contacts", one("tag_id", "=", "9001"))) >= 1
    assert set(desk.found("contacts", one("owner_id", ">=", 3002))) == {
        row.id for row in contacts if (row.owner_id or 0) >= 3002
    }


def test_the_border_of_a_day_is_the_zones_and_not_utcs():
    """23:30 UTC of one day is the next day in Zurich."""
    with workspace(tickets=4) as desk:
        contact = desk.state.present()[0]
        late = int(datetime(2026, 3, 3, 23, 30, tzinfo=ZoneInfo("UTC")).timestamp())
        contact.created_at = late
        desk.state.touch(contact)
        desk.emulator.clock.advance(600)
        noon = int(datetime(2026, 3, 4, 12, tzinfo=ZoneInfo("UTC")).timestamp())
        assert desk.found("contacts", one("created_at", "=", noon)) == [contact.id]
        assert not desk.found("contacts", one("created_at", "=", noon - 86_400))


def test_groups_nest_two_levels_deep_and_have_fifteen_filters(desk):
    either = {"operator": "OR", "value": [one("state", "=", "open"), one("state", "=", "snoozed")]}
    nested = every(either, one("updated_at", ">", 1))
    assert set(desk.found("conversations", nested)) == {
        key for key, row in desk.state.conversations.items() if row.state != "closed"
    }
    assert (
        desk.code("POST", "/conversations/search", {"query": every(every(every(ALL)))}) == "parameter_invalid"
    )
    desk.found("conversations", every(*[ALL] * 15))
    assert desk.code("POST", "/conversations/search", {"query": every(*[ALL] * 16)}) == "parameter_invalid"


@pytest.mark.parametrize(
    "query",
    [
        None,
        {},
        "x",
        one("nothing", "=", 1),
        one("updated_at", "~", 1),
        one("updated_at", ">", "foobar"),
        one("updated_at", ">", True),
        one("open", "=", "true"),
        one("state", ">", "open"),
        one("state", "IN", "open"),
        one("state", "IN", []),
        one("state", "=", {"a": 1}),
        one("custom_attributes.nobody made it", "=", "x"),
        {"operator": "AND", "value": []},
        {"operator": "AND", "value": ["x"]},
    ],
)
def test_a_query_that_means_nothing_is_refused(desk, query):
    assert desk.code("POST", "/conversations/search", {"query": query}) == "parameter_invalid"


def test_sorting_goes_both_ways_and_by_real_seconds(desk):
    for field in ("updated_at", "created_at"):
        rows = {key: getattr(row, field) for key, row in desk.state.conversations.items()}
        for order in ("ascending", "descending"):
            ids = desk.found("conversations", sort={"field": field, "order": order})
            moments = [rows[key] for key in ids]
            assert moments == sorted(moments, reverse=order == "descending")
    contacts = desk.found(
        "contacts", one("created_at", ">", 1), sort={"field": "updated_at", "order": "ascending"}
    )
    moments = [desk.state.contacts[key].updated_at for key in contacts]
    assert moments == sorted(moments)
    assert desk.code("POST", "/conversations/search", {"query": ALL, "sort": {"field": "x"}})


def pages(desk, size, sort=None):
    cursor, seen = None, []
    while True:
        answer = desk.search(
            "conversations",
            pagination={"per_page": size, "starting_after": cursor},
            **({"sort": sort} if sort else {}),
        )
        seen.append([row["id"] for row in answer["conversations"]])
        following = answer["pages"].get("next")
        if following is None:
            return seen
        cursor = following["starting_after"]


def test_all_pages_together_are_all_there_is_once(desk):
    seen = pages(desk, 7)
    ids = [key for page in seen for key in page]
    assert len(ids) == len(set(ids)) == len(desk.state.conversations)
    assert all(len(page) == 7 for page in seen[:-1])
    assert desk.search("conversations", pagination={"per_page": 7})["pages"]["total_pages"] == len(seen)


def test_a_cursor_in_the_query_string_of_a_search_is_ignored(desk):
    """The trap that makes endless loops: the first page comes again."""
    body = {"query": ALL, "pagination": {"per_page": 5}}
    first = desk.post("/conversations/search", body)
    cursor = first["pages"]["next"]["starting_after"]
    again = desk.post(f"/conversations/search?starting_after={cursor}", body)
    assert again["conversations"] == first["conversations"]
    body["pagination"]["starting_after"] = cursor
    assert desk.post("/conversations/search", body)["conversations"] != first["conversations"]
    body["pagination"]["starting_after"] = "nonsense"
    assert desk.code("POST", "/conversations/search", body) == "parameter_invalid"


def test_a_page_that_is_too_large_is_clamped_or_refused():
    with workspace(tickets=4) as desk:
        assert desk.search("conversations", pagination={"per_page": 5_000})["pages"]["per_page"] == 150
        desk.state.unsettled.oversized_pages = "refused"
        body = {"query": ALL, "pagination": {"per_page": 151}}
        assert desk.code("POST", "/conversations/search", body) == "parameter_invalid"
        assert desk.code("GET", "/contacts?per_page=0") == "parameter_invalid"
        assert desk.code("GET", "/contacts?per_page=x") == "parameter_invalid"


def test_the_list_moves_while_it_is_read():
    """What is touched jumps to the front of the list and is missed; a search by `updated_at` upwards meets it again."""
    with workspace(tickets=24) as desk:
        first = desk.get("/conversations?per_page=5")
        last = min(desk.state.conversations.values(), key=lambda row: (row.updated_at, row.id))
        desk.state.touch(last)
        cursor, seen = first["pages"]["next"]["starting_after"], [row["id"] for row in first["conversations"]]
        while cursor:
            page = desk.get(f"/conversations?per_page=5&starting_after={cursor}")
            seen += [row["id"] for row in page["conversations"]]
            cursor = (page["pages"].get("next") or {}).get("starting_after")
        assert last.id not in seen
        assert set(seen) == desk.state.conversations.keys() - {last.id}


def test_a_search_lags_behind_and_a_fault_makes_it_later():
    with workspace(tickets=8) as desk:
        conversation = next(iter(desk.state.conversations.values()))
        moment = int(desk.emulator.clock.time())
        desk.state.touch(conversation)
        assert not desk.found("conversations", one("updated_at", ">", moment))
        desk.emulator.clock.advance(desk.state.unsettled.search_lag)
        assert desk.found("conversations", one("updated_at", ">", moment)) == [conversation.id]
        contact = desk.state.present()[0]
        desk.state.touch(contact)
        desk.emulator.clock.advance(60)
        day_before = moment - 86_400
        assert not desk.found("contacts", one("updated_at", ">", day_before))
        desk.emulator.clock.advance(60)
        assert desk.found("contacts", one("updated_at", ">", day_before)) == [contact.id]


def test_a_fault_makes_one_write_seen_later():
    with workspace(tickets=8) as desk:
        desk.emulator.faults.add(Fault("lag", "updateConversation", seconds=300))
        first, second = list(desk.state.conversations)[:2]
        moment = int(desk.emulator.clock.time())
        for identifier in (first, second):
            desk.put(f"/conversations/{identifier}", {"read": True})
        desk.emulator.clock.advance(10)
        assert desk.found("conversations", one("updated_at", ">", moment)) == [second]
        desk.emulator.clock.advance(300)
        assert set(desk.found("conversations", one("updated_at", ">", moment))) == {first, second}


def test_a_shared_ticket_shows_up_among_the_conversations_or_does_not():
    with workspace(tickets=40) as desk:
        shared = {key for key, row in desk.state.tickets.items() if row.shared}
        assert shared
        assert not shared & set(desk.found("conversations"))
        identifier = min(shared)
        assert desk.code("GET", f"/conversations/{identifier}", status=404)
        desk.state.unsettled.tickets_in_conversation_search = True
        hidden = desk.state.tickets.keys() - shared
        assert set(desk.found("conversations")) == desk.state.conversations.keys() | shared
        assert hidden.isdisjoint(desk.found("conversations"))
        words = [part["body"] for part in desk.get(f"/tickets/{identifier}")["ticket_parts"]["ticket_parts"]
                 if part["part_type"] == "comment"]  # fmt: skip
        wire = desk.get(f"/conversations/{identifier}")
        assert [part["body"] for part in wire["conversation_parts"]["conversation_parts"]] == words


def test_a_page_can_begin_with_the_last_row_of_the_page_before(desk):
    desk.emulator.faults.add(Fault("repeat_page_border", "searchConversations", nth=2))
    seen = pages(desk, 10)
    assert seen[1][0] == seen[0][-1]
