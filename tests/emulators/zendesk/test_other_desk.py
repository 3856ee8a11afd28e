"""The second account: the sample's set-up by name, nobody but agents, no id and no host in common."""

import pytest
from tests.connectors.zendesk.emulated import pages, served, ticket

from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, bare_desk, empty_desk, generate, load, save

HOST = "https://globex.zendesk.example"
NAMED = {
    "groups": "name", "brands": "name", "ticket_fields": "title", "ticket_forms": "name", "custom_statuses": "agent_label",
    "user_fields": "key", "organization_fields": "key", "triggers": "title", "sla_policies": "title",
}  # fmt: skip


@pytest.fixture
def other():
    with served(data=empty_desk(), plan=None) as found:
        yield found


def by_name(desk, kind):
    return {row[NAMED[kind]]: row for row in desk.lists[kind]()}


@pytest.mark.parametrize("kind", NAMED)
def test_the_set_up_is_the_same_by_name_and_another_by_id(kind):
    sample, other = by_name(generate(0), kind), by_name(empty_desk(), kind)
    assert sample.keys() == other.keys()
    assert not {row["id"] for row in sample.values()} & {row["id"] for row in other.values()}


def test_ids_are_in_another_order_and_references_follow():
    sample, other = by_name(generate(0), "ticket_fields"), by_name(empty_desk(), "ticket_fields")
    order = [sorted(rows, key=lambda name, rows=rows: rows[name]["id"]) for rows in (sample, other)]
    assert order[0] != order[1]
    names = {row["id"]: name for name, row in other.items()}
    old = {row["id"]: name for name, row in sample.items()}
    for name, form in by_name(empty_desk(), "ticket_forms").items():
        before = by_name(generate(0), "ticket_forms")[name]
        assert [names[one] for one in form["ticket_field_ids"]] == [
            old[one] for one in before["ticket_field_ids"]
        ]
    options = {row["value"]: row["id"] for row in other["Product"]["custom_field_options"]}
    assert options.keys() == {row["value"] for row in sample["Product"]["custom_field_options"]}
    assert not set(options.values()) & {row["id"] for row in sample["Product"]["custom_field_options"]}


def test_agents_have_their_addresses_and_nobody_else_is_there(other):
    _, client = other
    users = pages(client, "/api/v2/users", "users")
    sample = {
        row["email"]: row["id"]
        for row in generate(0).lists["users"]()
        if row["role"] != "end-user" and row["active"]
    }
    assert {row["email"] for row in users} == sample.keys()
    assert not {row["id"] for row in users} & set(sample.values())
    for path, name in (
        ("tickets", "tickets"),
        ("organizations", "organizations"),
        ("deleted_tickets", "deleted_tickets"),
    ):
        assert client.get(f"/api/v2/{path}").json()[name] == []
    members = client.get("/api/v2/group_memberships").json()["group_memberships"]
    groups = {row["id"] for row in client.get("/api/v2/groups").json()["groups"]}
    assert {row["user_id"] for row in members} <= {row["id"] for row in users}
    assert {row["group_id"] for row in members} <= groups


def test_every_address_is_on_the_other_host(other):
    emulator, client = other
    who = client.post("/api/v2/users", json={"user": {"name": "N", "email": "n@x.example"}}).json()["user"]
    upload = client.post("/api/v2/uploads?filename=a.txt", content=b"x").json()["upload"]
    comments = [{"value": "x", "uploads": upload["token"]}]
    for _ in range(2):
        client.post(
            "/api/v2/imports/tickets", json={"ticket": ticket(requester_id=who["id"], comments=comments)}
        )
        comments = [{"value": "x"}]
    emulator.clock.advance(120)
    texts = [
        client.get(path).text
        for path in (
            "/api/v2/tickets?page[size]=1", "/api/v2/tickets?per_page=1", "/api/v2/tickets/1/comments", "/api/v2/users",
            "/api/v2/incremental/tickets/cursor?start_time=0&per_page=1", "/api/v2/ticket_fields", "/api/v2/users/me",
            "/api/v2/incremental/organizations?start_time=0", "/api/v2/search/export?query=&filter[type]=ticket&page[size]=1",
        )
    ]  # fmt: skip
    assert all("https://acme.zendesk.example" not in text for text in texts)
    assert all(HOST in text for text in texts)
    path = upload["attachment"]["content_url"].removeprefix(HOST)
    assert client.get(path, follow_redirects=True, auth=None).status_code in (200, 401)


def test_people_go_on_working_there(other):
    emulator, client = other
    who = emulator.state.create_user("Nu", "nu@x.example")
    number = emulator.state.create_ticket("S", "<p>Hello</p>", requester=who)
    emulator.state.touch_ticket(number, status="pending", priority="high")
    field = next(
        row for row in emulator.state.lists["ticket_fields"].values() if row["title"] == "Refund reason"
    )
    emulator.state.touch_ticket(number, **{f"field_{field['id']}": "late"})
    emulator.state.add_comment(number, "<p>Reply</p>")
    shown = client.get(f"/api/v2/tickets/{number}").json()["ticket"]
    status = emulator.state.lists["custom_statuses"][shown["custom_status_id"]]
    assert (number, shown["status"], status["status_category"], shown["tags"]) == (
        1,
        "pending",
        "pending",
        ["late"],
    )
    assert emulator.notifications == 0


def test_a_bare_desk_has_what_every_new_account_has():
    with served(data=bare_desk(), plan=None) as (emulator, client):
        assert [row["role"] for row in client.get("/api/v2/users").json()["users"]] == ["admin"]
        for kind, count in (
            ("groups", 1),
            ("brands", 1),
            ("ticket_forms", 1),
            ("user_fields", 0),
            ("triggers", 0),
        ):
            assert len(client.get(f"/api/v2/{kind}").json()[kind]) == count
        fields = client.get("/api/v2/ticket_fields").json()["ticket_fields"]
        assert all(row["removable"] is False for row in fields)
        [form] = client.get("/api/v2/ticket_forms").json()["ticket_forms"]
        assert set(form["ticket_field_ids"]) == {row["id"] for row in fields}
        body = {
            "ticket": {
                "subject": "S",
                "requester": {"name": "N", "email": "n@x.example"},
                "comment": {"body": "x"},
            }
        }
        assert client.post("/api/v2/tickets", json=body).status_code == 201
        assert {mail.event for mail in emulator.state.mails} == {"verify_email"}


def test_the_empty_desk_is_the_same_every_time():
    dumps = [ZendeskEmulator(ManualClock(), data=empty_desk()).dump() for _ in range(2)]
    assert dumps[0] == dumps[1]
    assert ZendeskEmulator(ManualClock(), data=empty_desk(triggers=False)).dump()["triggers"] == {}


def test_the_empty_desk_can_be_saved_and_is_the_same_when_loaded(tmp_path):
    save(empty_desk(), tmp_path)
    kept, fresh = (ZendeskEmulator(ManualClock(), data=desk) for desk in (load(tmp_path), empty_desk()))
    assert (kept.state.host, kept.state.next_id("users")) == (HOST, fresh.state.next_id("users"))
    assert {**kept.dump(), "counters": {}} == {**fresh.dump(), "counters": {}}
