"""Organizations, groups and memberships: names, external ids, defaults, and what a deletion takes along."""

import pytest
from tests.connectors.zendesk.emulated import done, served

MARIA, ANA, CHLOE = 51_001, 50_001, 50_003


@pytest.fixture
def pair():
    with served(tickets=30, plan=None) as found:
        yield found


def test_names_are_unique_and_an_upsert_never_goes_by_name(pair):
    _, client = pair
    path = "/api/v2/organizations/create_or_update"
    assert client.post("/api/v2/organizations", json={"organization": {"name": "initech"}}).status_code == 422
    clash = client.post(path, json={"organization": {"name": "Initech", "external_id": "new"}})
    assert (clash.status_code, clash.json()["details"]["name"][0]["error"]) == (422, "DuplicateValue")
    made = client.post(path, json={"organization": {"name": "Firm", "external_id": "F-1"}})
    again = client.post(path, json={"organization": {"name": "Firm 2", "external_id": "f-1"}})
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json()["organization"]["id"] == made.json()["organization"]["id"]
    assert again.json()["organization"]["external_id"] == "f-1"
    by_id = client.post(path, json={"organization": {"id": 42_002, "notes": "n"}})
    assert (by_id.status_code, by_id.json()["organization"]["notes"]) == (200, "n")
    assert client.post(path, json={"organization": {"id": 1, "name": "x"}}).status_code == 404


def test_an_organization_changes_and_goes_and_the_export_says_so(pair):
    emulator, client = pair
    made = client.post(
        "/api/v2/organizations",
        json={"organization": {"name": "Firm", "organization_fields": {"plan": "plan_basic", "x": 1}}},
    )
    firm = made.json()["organization"]
    assert (made.headers["location"], firm["organization_fields"]["plan"]) == (firm["url"], "plan_basic")
    assert "x" not in firm["organization_fields"]
    changed = client.put(
        f"/api/v2/organizations/{firm['id']}",
        json={"organization": {"domain_names": ["f.example"], "tags": ["A b"]}},
    )
    assert (changed.json()["organization"]["domain_names"], changed.json()["organization"]["tags"]) == (
        ["f.example"],
        ["a", "b"],
    )
    assert client.delete(f"/api/v2/organizations/{firm['id']}").status_code == 204
    assert client.get(f"/api/v2/organizations/{firm['id']}").status_code == 404
    emulator.clock.advance(100)
    rows = client.get("/api/v2/incremental/organizations?start_time=0").json()["organizations"]
    assert next(row for row in rows if row["id"] == firm["id"])["deleted_at"]
    assert client.post("/api/v2/organizations", json={"organization": {"name": "Firm"}}).status_code == 201


def test_a_deleted_organization_leaves_members_and_open_tickets(pair):
    emulator, client = pair
    assert client.delete("/api/v2/organizations/42001").status_code == 204
    assert client.get(f"/api/v2/users/{MARIA}").json()["user"]["organization_id"] is None
    for head in emulator.state.heads.values():
        assert head.organization != 42_001 or head.status in ("closed", "deleted")


def test_the_first_membership_is_the_default_and_others_take_its_place(pair):
    _, client = pair
    path = "/api/v2/organization_memberships"
    row = client.post(path, json={"organization_membership": {"user_id": MARIA, "organization_id": 42_002}})
    assert (row.status_code, row.json()["organization_membership"]["default"]) == (201, None)
    twice = client.post(path, json={"organization_membership": {"user_id": MARIA, "organization_id": 42_002}})
    assert twice.status_code == 422
    number = row.json()["organization_membership"]["id"]
    rows = client.put(f"/api/v2/users/{MARIA}/organization_memberships/{number}/make_default").json()
    assert [one["default"] for one in rows["organization_memberships"]] == [None, True]
    assert client.get(f"/api/v2/users/{MARIA}").json()["user"]["organization_id"] == 42_002
    assert client.delete(f"{path}/{number}").status_code == 204
    assert client.get(f"/api/v2/users/{MARIA}").json()["user"]["organization_id"] == 42_001
    assert client.get(f"{path}/{number}").status_code == 404


def test_memberships_in_bulk(pair):
    emulator, client = pair
    rows = [{"user_id": MARIA, "organization_id": 42_003}, {"user_id": 7, "organization_id": 42_003}]
    answer = client.post(
        "/api/v2/organization_memberships/create_many", json={"organization_memberships": rows}
    )
    job = done(emulator, client, answer)
    assert (sorted(job["results"][0]), "error" in job["results"][1]) == (["id", "index"], True)
    gone = client.delete(f"/api/v2/organization_memberships/destroy_many?ids={job['results'][0]['id']}")
    assert done(emulator, client, gone)["results"][0]["status"] == "Deleted"


def test_groups_and_who_works_in_them(pair):
    emulator, client = pair
    made = client.post("/api/v2/groups", json={"group": {"name": "New team", "is_public": False}})
    group = made.json()["group"]
    assert (made.status_code, group["is_public"], group["default"]) == (201, False, False)
    assert client.post("/api/v2/groups", json={"group": {"name": "new TEAM"}}).status_code == 422
    assert (
        client.put(f"/api/v2/groups/{group['id']}", json={"group": {"name": "Team"}}).json()["group"]["name"]
        == "Team"
    )
    assert client.put("/api/v2/groups/26001", json={"group": {"is_public": False}}).status_code == 422
    body = {"group_membership": {"user_id": CHLOE, "group_id": group["id"]}}
    row = client.post("/api/v2/group_memberships", json=body)
    assert (row.status_code, row.json()["group_membership"]["default"]) == (201, False)
    assert client.post("/api/v2/group_memberships", json=body).status_code == 422
    customer = {"group_membership": {"user_id": MARIA, "group_id": group["id"]}}
    assert client.post("/api/v2/group_memberships", json=customer).status_code == 422
    number = row.json()["group_membership"]["id"]
    client.put(f"/api/v2/users/{CHLOE}/group_memberships/{number}/make_default").raise_for_status()
    assert client.get(f"/api/v2/users/{CHLOE}").json()["user"]["default_group_id"] == group["id"]
    assert client.delete(f"/api/v2/group_memberships/{number}").status_code == 204
    assert client.get(f"/api/v2/users/{CHLOE}").json()["user"]["default_group_id"] == 26_001
    many = {"group_memberships": [{"user_id": ANA, "group_id": group["id"]}]}
    made = done(emulator, client, client.post("/api/v2/group_memberships/create_many", json=many))["results"]
    gone = client.delete(f"/api/v2/group_memberships/destroy_many?ids={made[0]['id']}")
    assert done(emulator, client, gone)["status"] == "completed"
    assert client.delete(f"/api/v2/groups/{group['id']}").status_code == 204
    assert client.delete("/api/v2/groups/26001").status_code == 422
