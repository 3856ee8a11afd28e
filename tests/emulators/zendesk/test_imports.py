"""Importing tickets: whose words and times are kept, what is refused, what is dropped, and that nobody hears of it."""

import pytest
from tests.connectors.zendesk.emulated import served, ticket

ANA, CLOE, MARIA, RUDE = 50_001, 50_003, 51_001, 51_025


@pytest.fixture
def empty():
    with served(tickets=75, plan=None) as pair:
        yield pair


def put(client, **changes):
    return client.post("/api/v2/imports/tickets", json={"ticket": ticket(**changes)})


def test_authors_times_and_visibility_are_kept(empty):
    _, client = empty
    answer = put(
        client, status="solved", updated_at="2021-05-03T00:00:00Z", solved_at="2021-05-02T10:00:00Z",
        comments=[{"author_id": MARIA, "html_body": "<p>Hi</p>", "public": True, "created_at": "2021-05-01T08:00:00Z"},
                  {"author_id": CLOE, "value": "a note", "public": False, "created_at": "2021-05-01T09:00:00+00:00"}],
    )  # fmt: skip
    assert answer.status_code == 201
    made = answer.json()["ticket"]
    assert (made["created_at"], made["updated_at"]) == ("2021-05-01T08:00:00Z", "2021-05-03T00:00:00Z")
    assert (made["generated_timestamp"], made["submitter_id"]) == (0, MARIA)
    found = client.get(f"/api/v2/tickets/{made['id']}/comments").json()["comments"]
    assert [(row["author_id"], row["public"], row["created_at"], row["body"]) for row in found] == [
        (MARIA, True, "2021-05-01T08:00:00Z", "Hi"), (CLOE, False, "2021-05-01T09:00:00Z", "a note"),
    ]  # fmt: skip
    metric = client.get(f"/api/v2/tickets/{made['id']}/metrics").json()["ticket_metric"]
    assert metric["solved_at"] == "2021-05-02T10:00:00Z"


def test_no_history_is_replayed_and_nobody_is_told(empty):
    emulator, client = empty
    number = put(client, status="closed", comments=[{"value": "one", "public": True}] * 3).json()["ticket"][
        "id"
    ]
    audits = client.get(f"/api/v2/tickets/{number}/audits").json()["audits"]
    kinds = [sorted({event["type"] for event in audit["events"]}) for audit in audits]
    assert kinds == [["Comment", "Create"], ["Comment"], ["Comment"]]
    assert (emulator.notifications, sum(emulator.state.firings.values())) == (0, 0)


def test_an_external_id_may_be_borne_twice(empty):
    _, client = empty
    one, two = (put(client, external_id="jsm:ABC-1").json()["ticket"]["id"] for _ in range(2))
    listed = client.get("/api/v2/tickets", params={"external_id": "jsm:ABC-1"}).json()["tickets"]
    assert [row["id"] for row in listed] == [one, two]
    shown = client.get("/api/v2/tickets/show_many", params={"external_ids": "jsm:ABC-1,none"}).json()[
        "tickets"
    ]
    assert [row["id"] for row in shown] == [one, two]


def test_missing_authors_fall_back_to_submitter_requester_and_admin(empty):
    _, client = empty
    number = put(client, comments=[{"value": "x"}, {"value": "y"}]).json()["ticket"]["id"]
    found = client.get(f"/api/v2/tickets/{number}/comments").json()["comments"]
    assert [row["author_id"] for row in found] == [MARIA, ANA]
    made = put(client, submitter_id=CLOE, comments=[{"value": "x"}]).json()["ticket"]
    assert made["submitter_id"] == CLOE


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"requester_id": 1}, "Requester: is invalid"), ({"comments": [{"value": "x", "author_id": 7}]}, "Author: is invalid"),
     ({"requester_id": RUDE}, "Requester: Rude Customer is suspended."), ({"comments": []}, "Description: cannot be blank"),
     ({"comments": [{"value": "x", "created_at": "1969-12-31T23:59:59Z"}]}, "before 1970"),
     ({"comments": [{"value": "x", "created_at": "2126-01-01T00:00:00Z"}]}, "in the future"),
     ({"comments": [{"value": "x"}, {"value": "y", "created_at": "2126-01-01T00:00:00Z"}]}, "in the future"),
     ({"comments": [{"value": "x"}] * 5_001}, "more than 5000 comments"), ({"status": "lost"}, "Status: lost"),
     ({"group_id": 1}, "Group: is invalid"), ({"assignee_id": 50_009}, "light agent"), ({"assignee_id": MARIA}, "Assignee"),
     ({"problem_id": 3}, "Problem: is invalid"), ({"organization_id": 42_009}, "Organization"),
     ({"custom_fields": [{"id": 31_001, "value": "nothing"}]}, "not a valid option"),
     ({"custom_fields": [{"id": 31_011, "value": "x"}]}, "not a number"),
     ({"custom_fields": [{"id": 31_004, "value": "SN-1"}]}, "Serial no: is invalid"),
     ({"comments": [{"value": "x", "uploads": ["nope"]}]}, "upload token nope is not valid")],
)  # fmt: skip
def test_what_is_not_right_is_refused_and_leaves_nothing(empty, changes, words):
    emulator, client = empty
    before = emulator.dump()
    answer = put(client, **changes)
    assert answer.status_code == 422
    details = [row["description"] for rows in answer.json()["details"].values() for row in rows]
    assert any(words in text for text in details), details
    assert emulator.dump() == before


def test_a_suspended_requester_is_named_by_the_vendors_code(empty):
    details = put(empty[1], requester_id=RUDE).json()["details"]
    assert details == {
        "requester": [{"description": "Requester: Rude Customer is suspended.", "error": "UserSuspended"}]
    }


def test_light_agents_speak_in_private_and_silence_means_as_the_ticket_is(empty):
    _, client = empty
    rows = [
        {"value": "a", "public": False},
        {"value": "b"},
        {"value": "c", "public": True, "author_id": 50_009},
    ]
    number = put(client, comments=rows).json()["ticket"]["id"]
    shown = client.get(f"/api/v2/tickets/{number}/comments").json()["comments"]
    assert [row["public"] for row in shown] == [False, False, False]
    number = put(client, comments=[{"value": "a", "public": True}, {"value": "b"}]).json()["ticket"]["id"]
    shown = client.get(f"/api/v2/tickets/{number}/comments").json()["comments"]
    assert [row["public"] for row in shown] == [True, True]


def test_times_before_1970_are_rounded_up_for_the_ticket(empty):
    made = put(empty[1], created_at="1955-01-01T00:00:00Z").json()["ticket"]
    assert made["created_at"] == "1970-01-01T00:00:00Z"


def test_long_bodies_are_cut_without_a_word(empty):
    answer = put(empty[1], comments=[{"html_body": "<p>" + "é" * 40_000 + "</p>", "public": True}])
    assert answer.status_code == 201
    body = answer.json()["ticket"]["description"]
    assert len(body.encode()) == 65_532
    assert set(body) == {"é"}


def test_bodies_lose_blanks_and_placeholders_are_rendered_for_agents_only(empty):
    _, client = empty
    rows = [{"body": "a   b\n\n\n\nc {{ticket.id}}", "author_id": MARIA}, {"body": "a {{ticket.id}} {{nothing}}.", "author_id": CLOE},
            {"html_body": "<p>{{ticket.title}}</p>", "author_id": CLOE},
            {"html_body": "<p>&#123;&#123;ticket.title}}</p>", "author_id": CLOE}]  # fmt: skip
    number = put(client, subject="S", comments=rows).json()["ticket"]["id"]
    found = client.get(f"/api/v2/tickets/{number}/comments").json()["comments"]
    assert [row["body"] for row in found] == [
        "a b\n\nc {{ticket.id}}", f"a {number} .", "S", "{{ticket.title}}",
    ]  # fmt: skip


def test_unknown_keys_are_dropped_and_named_in_a_header(empty):
    answer = put(empty[1], id=7, url="x", subject="S", colour="red")
    assert answer.status_code == 201
    assert answer.headers["x-zendesk-api-warn"] == (
        'Removed restricted keys ["ticket.id", "ticket.url", "ticket.colour"] from parameters according to whitelist'
    )
    assert "x-zendesk-api-warn" not in put(empty[1]).headers


def test_tags_and_fields_say_the_same(empty):
    _, client = empty
    made = put(
        client, tags=["late", "Two Words", "no_signal"], custom_fields=[{"id": 31_002, "value": "services"}]
    )
    row = made.json()["ticket"]
    values = {field["id"]: field["value"] for field in row["custom_fields"]}
    assert row["tags"] == ["late", "no_signal", "services", "two", "words"]
    assert (values[31_001], values[31_002], values[31_013]) == ("late", "services", ["no_signal"])
    made = put(client, tags=["late", "vip-customer"], custom_fields=[{"id": 31_001, "value": "broken"}])
    row = made.json()["ticket"]
    assert row["tags"] == ["broken", "vip-customer"]
    assert next(field["value"] for field in row["custom_fields"] if field["id"] == 31_007) is True


def test_closed_tickets_go_to_the_archive_at_once_only_when_asked(empty):
    emulator, client = empty
    old = {"status": "closed", "created_at": "2015-01-01T00:00:00Z", "updated_at": "2015-01-02T00:00:00Z"}
    kept = put(client, external_id="kept", **old).json()["ticket"]["id"]
    body = {"ticket": ticket(external_id="gone", **old)}
    gone = client.post("/api/v2/imports/tickets?archive_immediately=true", json=body).json()["ticket"]["id"]
    archived = [client.get(f"/api/v2/tickets/{one}/related").json()["from_archive"] for one in (kept, gone)]
    assert archived == [False, True]
    assert [row["id"] for row in client.get("/api/v2/tickets?external_id=kept").json()["tickets"]] == [kept]
    assert client.get("/api/v2/tickets?external_id=gone").json()["tickets"] == []
    emulator.clock.advance(121 * 86_400)
    assert client.get(f"/api/v2/tickets/{kept}/related").json()["from_archive"] is True


def test_problems_and_follow_ups_are_linked_on_both_sides(empty):
    _, client = empty
    problem = put(client, type="problem").json()["ticket"]["id"]
    incident = put(client, type="incident", problem_id=problem).json()["ticket"]["id"]
    assert client.get(f"/api/v2/tickets/{problem}").json()["ticket"]["has_incidents"] is True
    listed = client.get(f"/api/v2/tickets/{problem}/incidents").json()["tickets"]
    assert [row["id"] for row in listed] == [incident]
    source = put(client, status="closed").json()["ticket"]["id"]
    after = put(client, via_followup_source_id=source, submitter_id=CLOE).json()["ticket"]
    assert after["via"]["source"]["rel"] == "follow_up"
    assert after["submitter_id"] == MARIA, "a follow-up takes no submitter"
    assert client.get(f"/api/v2/tickets/{source}").json()["ticket"]["followup_ids"] == [after["id"]]
    assert client.get(f"/api/v2/tickets/{after['id']}/related").json()["followup_source_ids"] == [str(source)]


def test_imports_are_for_admins_with_a_writing_scope(empty):
    emulator, client = empty
    auth = ("chloe.martin@acme.example/token", emulator.credentials["ZENDESK_TOKEN"])
    assert client.post("/api/v2/imports/tickets", json={"ticket": ticket()}, auth=auth).status_code == 403


def test_thousands_of_comments_have_ids_of_their_own(empty):
    _, client = empty
    number = put(client, comments=[{"value": str(index)} for index in range(5_000)]).json()["ticket"]["id"]
    after = put(client).json()["ticket"]["id"]
    ids = set()
    for one in (number, after):
        found, query = [], {"page[size]": 100}
        while True:
            body = client.get(f"/api/v2/tickets/{one}/audits", params=query).json()
            found += [audit["id"] for audit in body["audits"]]
            found += [event["id"] for audit in body["audits"] for event in audit["events"]]
            if not body["meta"]["has_more"]:
                break
            query["page[after]"] = body["meta"]["after_cursor"]
        assert len(found) == len(set(found))
        assert not ids & set(found)
        ids |= set(found)
    assert len(ids) > 10_000
