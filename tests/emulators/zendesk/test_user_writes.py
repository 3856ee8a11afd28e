"""Users and identities: upserts, addresses that are taken, races, merges, deletion, and who is mailed."""

import pytest
from tests.connectors.zendesk.emulated import done, export, served, ticket

MARIA, BOB = 51_001, 51_004


@pytest.fixture
def pair():
    with served(tickets=75, plan=None, bulk_users=True) as found:
        yield found


def person(name="New Person", email="new@mailbox.example", **changes):
    return {"user": {"name": name, "email": email, "skip_verify_email": True, **changes}}


def test_a_new_user_has_an_identity_and_is_mailed_unless_told_otherwise(pair):
    emulator, client = pair
    answer = client.post(
        "/api/v2/users", json=person(external_id="CRM-1", user_fields={"customer_no": "C-9", "x": 1})
    )
    user = answer.json()["user"]
    assert (answer.status_code, user["email"], user["role"], user["user_fields"]["customer_no"]) == (
        201, "new@mailbox.example", "end-user", "C-9",
    )  # fmt: skip
    assert emulator.notifications == 0
    [identity] = client.get(f"/api/v2/users/{user['id']}/identities").json()["identities"]
    assert (identity["value"], identity["primary"], identity["type"]) == (
        "new@mailbox.example",
        True,
        "email",
    )
    client.post("/api/v2/users", json=person(email="two@mailbox.example", skip_verify_email=False))
    assert [(mail.event, mail.to) for mail in emulator.state.mails] == [
        ("verify_email", "two@mailbox.example")
    ]


def test_an_address_is_taken_in_any_case(pair):
    emulator, client = pair
    before = emulator.dump()
    answer = client.post("/api/v2/users", json=person(email="Maria.GONZALEZ@initech.example"))
    assert answer.status_code == 422
    assert answer.json()["details"]["email"][0]["error"] == "DuplicateValue"
    assert client.post("/api/v2/users", json=person(email="not an address")).status_code == 422
    assert (
        client.post("/api/v2/users", json=person(email="x@y.example", phone="+12025550101")).status_code
        == 422
    )
    assert emulator.dump() == before


def test_two_creations_at_once_are_a_race(pair):
    emulator, client = pair
    assert client.post("/api/v2/users", json=person()).status_code == 201
    raced = client.post("/api/v2/users", json=person())
    assert (raced.status_code, raced.json()["error"]) == (409, "DatabaseConflict")
    assert "try again later" in raced.json()["description"]
    body = {
        "ticket": ticket(
            requester_id=None,
            requester={"name": "N", "email": "new@mailbox.example"},
            comments=[{"value": "x"}],
        )
    }
    assert client.post("/api/v2/imports/tickets", json=body).status_code == 409
    emulator.clock.advance(1)
    assert client.post("/api/v2/users", json=person()).status_code == 422
    assert client.post("/api/v2/imports/tickets", json=body).status_code == 201


def test_an_upsert_goes_by_external_id_in_any_case_then_by_address(pair):
    _, client = pair
    path = "/api/v2/users/create_or_update"
    made = client.post(
        path, json=person(external_id="crm-77", name="Renamed", email="new.address@mueller-soehne.example")
    )
    assert (made.status_code, made.json()["user"]["id"], made.json()["user"]["external_id"]) == (
        200,
        51_014,
        "crm-77",
    )
    by_address = client.post(path, json=person(email="BOB@hooli-labs.example", name="Robert"))
    assert (by_address.status_code, by_address.json()["user"]["id"]) == (200, BOB)
    fresh = client.post(path, json=person(email="fresh@mailbox.example", external_id="f"))
    assert fresh.status_code == 201


def test_an_address_of_an_update_becomes_a_second_identity(pair):
    emulator, client = pair
    answer = client.put(
        f"/api/v2/users/{MARIA}", json={"user": {"email": "maria@new.example", "skip_verify_email": True}}
    )
    assert answer.json()["user"]["email"] == "maria.gonzalez@initech.example"
    rows = client.get(f"/api/v2/users/{MARIA}/identities").json()["identities"]
    second = next(row for row in rows if row["value"] == "maria@new.example")
    assert (second["primary"], second["verified"], emulator.notifications) == (False, False, 0)
    path = f"/api/v2/users/{MARIA}/identities/{second['id']}"
    assert client.put(f"{path}/verify").json()["identity"]["verified"] is True
    rows = client.put(f"{path}/make_primary").json()["identities"]
    assert [row["value"] for row in rows if row["primary"] and row["type"] == "email"] == [
        "maria@new.example"
    ]
    assert client.get(f"/api/v2/users/{MARIA}").json()["user"]["email"] == "maria@new.example"
    assert client.delete(path).status_code == 422
    old = next(row for row in rows if row["value"] == "maria.gonzalez@initech.example")
    assert client.delete(f"/api/v2/users/{MARIA}/identities/{old['id']}").status_code == 204
    assert client.post("/api/v2/users", json=person(email=old["value"])).status_code == 201


def test_identities_can_be_added_and_one_that_is_taken_cannot(pair):
    emulator, client = pair
    path = f"/api/v2/users/{MARIA}/identities"
    sent = {"type": "email", "value": "more@mailbox.example", "skip_verify_email": True}
    made = client.post(path, json={"identity": sent})
    assert (made.status_code, made.json()["identity"]["primary"], emulator.notifications) == (201, False, 0)
    assert (
        client.post(path, json={"identity": {"type": "email", "value": "bob@hooli-labs.example"}}).status_code
        == 422
    )
    client.post(path, json={"identity": {"type": "email", "value": "mailed@mailbox.example"}})
    assert emulator.notifications == 1
    assert client.put(f"{path}/{made.json()['identity']['id']}/request_verification").status_code == 200
    assert emulator.notifications == 2


def test_users_in_bulk_need_a_permission_that_support_gives():
    with served(tickets=5, plan=None) as (_, client):
        for path in ("create_many", "create_or_update_many"):
            assert client.post(f"/api/v2/users/{path}", json={"users": [person()["user"]]}).status_code == 403


def test_users_in_bulk_and_an_address_that_is_none_looks_like_a_success(pair):
    emulator, client = pair
    rows = [
        person(email="a@mailbox.example")["user"],
        {"name": "B", "email": "bob@hooli-labs.example"},
        {"name": "C", "email": "nonsense"},
    ]
    job = done(emulator, client, client.post("/api/v2/users/create_or_update_many", json={"users": rows}))
    assert [(row["status"], row["success"]) for row in job["results"]] == [
        ("Created", True),
        ("Updated", True),
        ("Created", True),
    ]
    assert client.get(f"/api/v2/users/{job['results'][2]['id']}").status_code == 404
    made = [person(email="d@mailbox.example")["user"], person(email="bob@hooli-labs.example")["user"]]
    job = done(emulator, client, client.post("/api/v2/users/create_many", json={"users": made}))
    assert (sorted(job["results"][0]), job["results"][1]["error"]) == (["id", "index"], "UserCreateFailed")
    ids = f"{MARIA},{BOB}"
    job = done(
        emulator, client, client.put(f"/api/v2/users/update_many?ids={ids}", json={"user": {"tags": ["x"]}})
    )
    assert [row["id"] for row in job["results"]] == [MARIA, BOB]
    assert client.get(f"/api/v2/users/{BOB}").json()["user"]["tags"] == ["x"]


def test_a_requester_of_open_tickets_stays_and_others_go_for_good(pair):
    emulator, client = pair
    made = client.post("/api/v2/users", json=person(organization_id=42_001)).json()["user"]
    assert made["organization_id"] == 42_001
    number = client.post(
        "/api/v2/imports/tickets", json={"ticket": ticket(requester_id=made["id"], comments=[{"value": "x"}])}
    ).json()["ticket"]["id"]
    assert client.delete(f"/api/v2/users/{made['id']}").status_code == 422
    client.put(f"/api/v2/tickets/{number}", json={"ticket": {"status": "closed"}})
    gone = client.delete(f"/api/v2/users/{made['id']}").json()["user"]
    assert (gone["active"], gone["email"]) == (False, "new@mailbox.example")
    rows = client.get("/api/v2/organization_memberships").json()["organization_memberships"]
    assert made["id"] not in [row["user_id"] for row in rows]
    emulator.clock.advance(100)
    assert next(row for row in export(client, "users")[0] if row["id"] == made["id"])["active"] is False
    assert client.post("/api/v2/users", json=person()).status_code == 201
    erased = client.delete(f"/api/v2/deleted_users/{made['id']}").json()["deleted_user"]
    assert erased["name"] == "Permanently Deleted User"
    assert client.delete("/api/v2/deleted_users/51001").status_code == 404


def test_a_merged_user_hands_over_tickets_and_addresses(pair):
    emulator, client = pair
    tickets = [
        n for n, head in emulator.state.heads.items() if head.requester == BOB and head.status != "deleted"
    ]
    answer = client.put(f"/api/v2/users/{BOB}/merge", json={"user": {"id": MARIA}})
    assert answer.json()["user"]["id"] == MARIA
    assert client.get(f"/api/v2/users/{BOB}").json()["user"]["active"] is False
    assert all(emulator.state.heads[number].requester == MARIA for number in tickets)
    rows = client.get(f"/api/v2/users/{MARIA}/identities").json()["identities"]
    assert "bob@hooli-labs.example" in [row["value"] for row in rows]
    assert client.put("/api/v2/users/50003/merge", json={"user": {"id": MARIA}}).status_code == 422


def test_unknown_keys_of_users_are_named(pair):
    answer = pair[1].post("/api/v2/users", json=person(created_at="2020-01-01T00:00:00Z", colour=1))
    assert '"user.created_at", "user.colour"' in answer.headers["x-zendesk-api-warn"]


def test_a_new_user_gets_into_the_first_organization_that_claims_the_domain(pair):
    """Of several organizations the first by name; whoever names one themselves is left alone [DOC 4408882246298]."""
    _, client = pair
    ids = {}
    for name in ("Zeta", "Alpha"):
        made = {"organization": {"name": name, "domain_names": ["claimed.example"]}}
        ids[name] = client.post("/api/v2/organizations", json=made).json()["organization"]["id"]
    user = client.post("/api/v2/users", json=person(email="a@claimed.example")).json()["user"]
    assert user["organization_id"] == ids["Alpha"]
    own = person(email="b@claimed.example", organization_id=ids["Zeta"])
    assert client.post("/api/v2/users", json=own).json()["user"]["organization_id"] == ids["Zeta"]
    other = client.post("/api/v2/users", json=person(email="c@sub.claimed.example")).json()["user"]
    assert other["organization_id"] is None


def test_a_domain_that_is_set_draws_verified_users_without_an_organization_in(pair):
    """[DOC 4408825828250]"""
    emulator, client = pair
    one = client.post("/api/v2/users", json=person(email="a@later.example", verified=True)).json()["user"]
    two = client.post("/api/v2/users", json=person(email="b@later.example")).json()["user"]
    made = {"organization": {"name": "Later", "domain_names": ["later.example"]}}
    number = client.post("/api/v2/organizations", json=made).json()["organization"]["id"]
    users = emulator.state.lists["users"]
    assert users[one["id"]]["organization_id"] == number
    assert users[two["id"]]["organization_id"] is None
