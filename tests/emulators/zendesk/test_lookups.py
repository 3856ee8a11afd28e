"""Finding users, organizations and tickets, and the export of a search."""

import pytest
from tests.connectors.zendesk.emulated import desk, served, ticket

__all__ = ["desk"]


@pytest.fixture
def pair():
    with served(tickets=10, plan=None) as found:
        yield found


@pytest.mark.parametrize(
    ("params", "ids"),
    [({"external_id": "crm-77"}, [51_014]), ({"query": "maria.gonzalez@initech.example"}, [51_001]),
     ({"query": "email:BOB@hooli-labs.example"}, [51_004]), ({"query": "joel.park+old@wayne-bakery.example"}, [51_008]),
     ({"query": "maria gonzalez"}, [51_001, 51_002]), ({"external_id": "nobody"}, []), ({"query": "email:no@no.example"}, [])],
)  # fmt: skip
def test_users_are_found_by_external_id_address_and_words(desk, params, ids):
    found = desk[1].get("/api/v2/users/search.json", params=params).json()["users"]
    assert [row["id"] for row in found] == ids


def test_users_and_organizations_are_shown_by_external_ids_in_any_case(desk):
    _, client = desk
    users = client.get("/api/v2/users/show_many?external_ids=crm-77,none").json()["users"]
    assert [row["id"] for row in users] == [51_014]
    firms = client.get("/api/v2/organizations/show_many?external_ids=erp-42001").json()["organizations"]
    assert [row["id"] for row in firms] == [42_001]


def test_organizations_are_found_by_whole_name_external_id_or_beginning(desk):
    _, client = desk

    def names(path, **params):
        return [
            row["name"]
            for row in client.get(f"/api/v2/organizations/{path}", params=params).json()["organizations"]
        ]

    assert names("search", name="INITECH") == ["Initech"]
    assert names("search", name="Init") == []
    assert names("search", external_id="erp-42002") == ["Hooli"]
    assert names("autocomplete", name="init") == ["Initech", "Initech Europe"]
    assert names("autocomplete", name="xTes") == []
    assert client.get("/api/v2/organizations/autocomplete?name=i").status_code == 400
    assert client.get("/api/v2/organizations/search").status_code == 400
    assert client.get("/api/v2/users/search").status_code == 400


def test_the_export_of_a_search_goes_past_a_thousand_and_its_cursor_ends_after_an_hour(pair):
    emulator, client = pair
    for index in range(25):
        client.post(
            "/api/v2/imports/tickets", json={"ticket": ticket(tags=["mine"], external_id=f"e{index}")}
        )
    query = {"query": "tags:mine", "filter[type]": "ticket", "page[size]": 10}
    found, body = [], None
    while body is None or body["meta"]["has_more"]:
        if body is not None:
            assert body["links"]["next"].startswith("https://acme.zendesk.example/")
            query["page[after]"] = body["meta"]["after_cursor"]
        body = client.get("/api/v2/search/export", params=query).json()
        found += [row["external_id"] for row in body["results"]]
        assert all(row["result_type"] == "ticket" for row in body["results"])
    assert found == [f"e{index}" for index in range(25)]
    assert body["links"]["next"] is None
    emulator.clock.advance(3_601)
    late = client.get("/api/v2/search/export", params=query)
    assert (late.status_code, late.json()["errors"][0]["code"]) == (400, "InvalidCursor")
    assert client.get("/api/v2/search/export?query=x").status_code == 400
