"""How often one may write, with which scope, and what faults do before and after a commit."""

import httpx
import pytest
from tests.connectors.zendesk.emulated import served, ticket

from ticketferry_emulators.kit.faults import Fault

MARIA = 51_001


@pytest.fixture
def pair():
    with served(tickets=20, plan="enterprise_plus") as found:
        yield found


def imported(client, **changes):
    answer = client.post("/api/v2/imports/tickets", json={"ticket": ticket(**changes)})
    return answer.raise_for_status().json()["ticket"]["id"]


def test_one_ticket_takes_thirty_updates_in_ten_minutes(pair):
    emulator, client = pair
    number = imported(client)
    path, body = f"/api/v2/tickets/{number}", {"ticket": {"priority": "low"}}
    answers = [client.put(path, json=body) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[0].headers["zendesk-ratelimit-per-ticket-updates"] == "total=30; remaining=29; resets=200"
    assert (
        answers[0].headers["zendesk-ratelimit-tickets-update"].startswith("total=100; remaining=99; resets=")
    )
    assert (answers[30].json()["errors"][0]["code"], answers[30].headers["retry-after"]) == (
        "TooManyRequests",
        "200",
    )
    assert client.put(f"/api/v2/tickets/{imported(client)}", json=body).status_code == 200
    emulator.clock.advance(200)
    assert client.put(path, json=body).status_code == 200


def test_the_account_takes_a_hundred_updates_a_minute_and_more_with_the_add_on():
    for options, limit in (({}, 100), ({"high_volume": True}, 300)):
        with served(tickets=1, plan="enterprise_plus", **options) as (_, client):
            numbers = [imported(client) for _ in range(11)]
            statuses = [
                client.put(
                    f"/api/v2/tickets/{numbers[count % 11]}", json={"ticket": {"priority": "low"}}
                ).status_code
                for count in range(limit + 1)
            ]
            assert statuses == [200] * limit + [429]


def test_users_take_one_change_a_second_and_five_a_minute_each(pair):
    emulator, client = pair
    path, body = f"/api/v2/users/{MARIA}", {"user": {"notes": "x"}}
    assert client.put(path, json=body).status_code == 200
    second = client.post(
        "/api/v2/users/create_or_update", json={"user": {"name": "N", "email": "n@x.example"}}
    )
    assert (second.status_code, second.headers["retry-after"]) == (429, "1")
    statuses = []
    for _ in range(5):
        emulator.clock.advance(1)
        statuses.append(client.put(path, json=body).status_code)
    assert statuses == [200] * 4 + [429]
    emulator.clock.advance(1)
    upsert = {"user": {"name": "N", "email": "n@x.example", "skip_verify_email": True}}
    assert client.post("/api/v2/users/create_or_update", json=upsert).status_code == 201


def test_an_organization_takes_five_changes_a_minute(pair):
    _, client = pair
    body = {"organization": {"notes": "x"}}
    statuses = [client.put("/api/v2/organizations/42001", json=body).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert client.put("/api/v2/organizations/42002", json=body).status_code == 200


def test_options_take_a_hundred_a_minute(pair):
    _, client = pair
    statuses = [
        client.post(
            "/api/v2/ticket_fields/31001/options",
            json={"custom_field_option": {"name": f"N{n}", "value": f"n{n}"}},
        ).status_code
        for n in range(101)
    ]
    assert statuses == [201] * 100 + [429]


def test_deleting_is_limited_too(pair):
    _, client = pair
    numbers = [imported(client) for _ in range(2)]
    gone = client.delete(f"/api/v2/tickets/{numbers[0]}")
    assert gone.headers["zendesk-ratelimit-tickets-destroy"].startswith("total=400; remaining=399; resets=")
    answers = [client.delete(f"/api/v2/deleted_tickets/{numbers[0]}") for _ in range(11)]
    assert (
        answers[0]
        .headers["zendesk-ratelimit-deleted-tickets-destroy"]
        .startswith("total=10; remaining=9; resets=")
    )
    assert answers[-1].status_code == 429


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [("read", "POST", "/api/v2/imports/tickets", 403), ("write", "POST", "/api/v2/imports/tickets", 201),
     ("tickets:write", "POST", "/api/v2/imports/tickets", 201), ("users:write", "POST", "/api/v2/imports/tickets", 403),
     ("tickets:write", "POST", "/api/v2/users", 403), ("users:write", "POST", "/api/v2/users", 201),
     ("organizations:write", "POST", "/api/v2/organizations", 201), ("read", "PUT", "/api/v2/tickets/3", 403),
     ("wrote", "POST", "/api/v2/imports/tickets", 403)],
)  # fmt: skip
def test_writing_asks_for_a_writing_scope(pair, scope, method, path, status):
    emulator, client = pair
    names = emulator.credentials
    secret = {"client_id": names["ZENDESK_CLIENT_ID"], "client_secret": names["ZENDESK_CLIENT_SECRET"]}
    token = client.post(
        "/oauth/tokens", json={"grant_type": "client_credentials", "scope": scope, **secret}
    ).json()
    body = {
        "ticket": ticket(),
        "user": {"name": "N", "email": "n@x.example"},
        "organization": {"name": "Firm"},
    }
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    answer = httpx.request(method, f"{emulator.base_url}{path}", json=body, headers=headers)
    assert answer.status_code == status


WRITES = [
    ("TicketImport", "POST", "/api/v2/imports/tickets", {"ticket": ticket()}),
    (
        "CreateTicket",
        "POST",
        "/api/v2/tickets",
        {"ticket": {"requester_id": MARIA, "comment": {"body": "x"}}},
    ),
    ("UpdateTicket", "PUT", "/api/v2/tickets/5", {"ticket": {"comment": {"body": "x"}}}),
    ("DeleteTicket", "DELETE", "/api/v2/tickets/3", None),
    ("CreateUser", "POST", "/api/v2/users", {"user": {"name": "N", "email": "n@x.example"}}),
    ("CreateOrganization", "POST", "/api/v2/organizations", {"organization": {"name": "Firm"}}),
    ("CreateTicketField", "POST", "/api/v2/ticket_fields", {"ticket_field": {"type": "text", "title": "T"}}),
    ("UploadFiles", "POST", "/api/v2/uploads?filename=a.txt", {"any": "bytes"}),
]


@pytest.mark.parametrize(("operation", "method", "path", "body"), WRITES, ids=[row[0] for row in WRITES])
def test_faults_strike_before_or_after_the_commit(operation, method, path, body):
    with served(tickets=20, plan=None) as (emulator, client):
        untouched = emulator.dump()
        for kind, status in (("drop_before", None), ("status_before", 503)):
            emulator.faults.add(Fault(kind, match=operation))
            assert _outcome(client, method, path, body) == status
            assert emulator.dump() == untouched
        emulator.faults.clear()
        emulator.faults.add(Fault("drop_after", match=operation))
        assert _outcome(client, method, path, body) is None
        assert emulator.dump() != untouched
        assert emulator.ledger.writes()[-1].committed is True
    with served(tickets=20, plan=None) as (emulator, client):
        emulator.faults.add(Fault("status_after", match=operation, status=500))
        assert _outcome(client, method, path, body) == 500
        assert emulator.dump() != untouched


def _outcome(client, method, path, body):
    try:
        return client.request(method, path, json=body).status_code
    except httpx.TransportError:
        return None
