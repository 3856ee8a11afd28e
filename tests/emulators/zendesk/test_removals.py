"""Tickets deleted, restored, erased and merged."""

import pytest
from tests.connectors.zendesk.emulated import done, export, served, ticket


@pytest.fixture
def pair():
    with served(tickets=30, plan=None) as found:
        yield found


def imported(client, *, archive=False, **changes):
    path = "/api/v2/imports/tickets" + ("?archive_immediately=true" if archive else "")
    return client.post(path, json={"ticket": ticket(**changes)}).json()["ticket"]["id"]


def test_a_deleted_ticket_is_listed_and_comes_back_as_it_was(pair):
    emulator, client = pair
    number = imported(client, status="pending", external_id="e")
    before = client.get(f"/api/v2/tickets/{number}").json()["ticket"]
    assert client.delete(f"/api/v2/tickets/{number}.json").status_code == 204
    assert client.get(f"/api/v2/tickets/{number}").status_code == 404
    assert client.get("/api/v2/tickets?external_id=e").json()["tickets"] == []
    row = next(
        r for r in client.get("/api/v2/deleted_tickets").json()["deleted_tickets"] if r["id"] == number
    )
    assert row["previous_state"] == "pending"
    assert client.delete(f"/api/v2/tickets/{number}").status_code == 404
    assert client.put(f"/api/v2/deleted_tickets/{number}/restore").status_code == 200
    after = client.get(f"/api/v2/tickets/{number}").json()["ticket"]
    moved = {"updated_at", "generated_timestamp"}
    assert {k: v for k, v in after.items() if k not in moved} == {
        k: v for k, v in before.items() if k not in moved
    }
    assert client.put(f"/api/v2/deleted_tickets/{number}/restore").status_code == 404
    assert emulator.notifications == 0


def test_restoring_many_is_all_or_nothing(pair):
    _, client = pair
    one, two = imported(client), imported(client)
    client.delete(f"/api/v2/tickets/{one}")
    assert client.put(f"/api/v2/deleted_tickets/restore_many?ids={one},{two}").status_code == 404
    client.delete(f"/api/v2/tickets/{two}")
    assert client.put(f"/api/v2/deleted_tickets/restore_many?ids={one},{two}").status_code == 200
    assert [client.get(f"/api/v2/tickets/{number}").status_code for number in (one, two)] == [200, 200]


def test_archived_tickets_are_deleted_for_ever(pair):
    _, client = pair
    number = imported(client, archive=True, status="closed")
    assert client.delete(f"/api/v2/tickets/{number}").status_code == 204
    assert number not in [
        row["id"] for row in client.get("/api/v2/deleted_tickets").json()["deleted_tickets"]
    ]
    assert client.put(f"/api/v2/deleted_tickets/{number}/restore").status_code == 404
    assert client.delete(f"/api/v2/deleted_tickets/{number}").status_code == 404


def test_an_erased_ticket_is_scrubbed_in_the_export(pair):
    emulator, client = pair
    number = imported(
        client, subject="Secret", external_id="e", custom_fields=[{"id": 31_005, "value": "Berlin"}]
    )
    client.delete(f"/api/v2/tickets/{number}")
    job = done(emulator, client, client.delete(f"/api/v2/deleted_tickets/{number}"))
    assert job["results"] == {"success": True}
    assert number not in [
        row["id"] for row in client.get("/api/v2/deleted_tickets").json()["deleted_tickets"]
    ]
    emulator.clock.advance(100)
    row = next(row for row in export(client, "tickets")[0] if row["id"] == number)
    assert (row["status"], row["subject"], row["external_id"]) == ("deleted", "SCRUBBED", None)
    assert "Secret" not in str(emulator.state.case(number))
    assert "Berlin" not in str(emulator.state.case(number))
    assert imported(client) == number + 1


def test_merged_tickets_close_with_a_tag_and_point_to_the_winner(pair):
    emulator, client = pair
    winner, loser, closed = imported(client), imported(client), imported(client, status="closed")
    body = {
        "ids": [loser, closed],
        "target_comment": "T",
        "source_comment": "S",
        "source_comment_is_public": False,
    }
    job = done(emulator, client, client.post(f"/api/v2/tickets/{winner}/merge", json=body))
    assert [row.get("success") for row in job["results"]] == [True, False]
    lost = client.get(f"/api/v2/tickets/{loser}").json()["ticket"]
    assert (lost["status"], lost["tags"]) == ("closed", ["closed_by_merge"])
    sources = [
        client.get(f"/api/v2/tickets/{one}/audits").json()["audits"][-1]["via"]["source"]
        for one in (loser, winner)
    ]
    assert sources == [
        {"from": {}, "to": {"ticket_id": winner}, "rel": "merge"},
        {"from": {"ticket_ids": [loser]}, "to": {}, "rel": "merge"},
    ]
    said = client.get(f"/api/v2/tickets/{winner}/comments").json()["comments"][-1]
    assert (said["body"], said["public"]) == ("T", False)


def test_what_is_taken_back_is_gone_from_all_but_the_residue(pair):
    emulator, client = pair
    before = emulator.dump()
    user = client.post(
        "/api/v2/users", json={"user": {"name": "N", "email": "n@x.example", "skip_verify_email": True}}
    ).json()["user"]
    firm = client.post("/api/v2/organizations", json={"organization": {"name": "Firm"}}).json()[
        "organization"
    ]
    membership = {"user_id": user["id"], "organization_id": firm["id"]}
    client.post(
        "/api/v2/organization_memberships", json={"organization_membership": membership}
    ).raise_for_status()
    number = imported(client, requester_id=user["id"], comments=[{"value": "x"}])
    changed = {name for name in before if emulator.dump()[name] != before[name]}
    assert changed >= {
        "tickets",
        "users",
        "identities",
        "organizations",
        "organization_memberships",
        "comments",
    }
    client.delete(f"/api/v2/tickets/{number}").raise_for_status()
    client.delete(f"/api/v2/users/{user['id']}").raise_for_status()
    client.delete(f"/api/v2/organizations/{firm['id']}").raise_for_status()
    after = emulator.dump()
    for name in before.keys() - set(emulator.residue_sections):
        assert after[name] == before[name], name
    assert set(emulator.residue_sections) <= before.keys()
