"""What public clients of Zendesk ask: the product answers it, or the stand-in says in its own words that it does not serve it."""

from datetime import UTC, datetime

import pytest
from tests.connectors.zendesk.emulated import desk, fresh, pages

__all__ = ["desk", "fresh"]


@pytest.mark.parametrize(
    "path",
    ["tickets/recently", "groups/mine", "users/me2.json", "slas/policies/definitions", "brands/check_host_mapping", "tickets/abc",
     "tickets/%F0%9F%94%A5", "satisfaction_ratings/received"],
)  # fmt: skip
def test_a_word_in_the_place_of_an_id_is_an_operation_that_is_not_served_and_no_record_that_is_not_there(
    fresh, path
):
    """Kind: a path of another operation that a route with an id catches."""
    emulator, client = fresh
    answer = client.get(f"/api/v2/{path}")
    assert answer.status_code == 501
    assert answer.json()["error"].startswith("the emulator zendesk does not serve GET /api/v2/")
    assert [entry.method for entry in emulator.unserved] == ["GET"]


@pytest.mark.parametrize(
    "query",
    ["type:ticket commenter:me", "assignee:me", "type:ticket custom_field_31002:x", "type:topic x", "colour:red", "type:user phone_type:x",
     "type:ticket order_by:satisfaction"],
)  # fmt: skip
def test_a_term_of_search_that_the_stand_in_does_not_know_is_not_called_invalid(fresh, query):
    """Kind: what the product may well know, refused in the product's words."""
    answer = fresh[1].get("/api/v2/search", params={"query": query})
    assert answer.status_code == 501
    assert answer.json()["error"].startswith("the emulator zendesk does not serve the search term")


def test_a_value_that_no_status_has_is_an_invalid_search(desk):
    assert desk[1].get("/api/v2/search", params={"query": "status:lost"}).status_code == 422


@pytest.mark.parametrize("resource", ["tickets/cursor", "users/cursor", "organizations", "ticket_events"])
def test_an_export_begins_at_a_time_given_as_number_with_a_fraction_or_as_text(desk, resource):
    """Kind: forms of a time that the product takes (tap-zendesk sends a float, and text to try a right)."""
    client, key = desk[1], resource.removesuffix("/cursor")

    def asked(start):
        answer = client.get(
            f"/api/v2/incremental/{resource}.json", params={"start_time": start, "per_page": 1000}
        )
        return [row["id"] for row in answer.raise_for_status().json()[key]]

    everything = client.get(
        f"/api/v2/incremental/{resource}", params={"start_time": 0, "per_page": 1000}
    ).json()[key]
    name = {"tickets": "generated_timestamp", "ticket_events": "timestamp"}.get(key, "updated_at")
    moments = [
        row[name] if isinstance(row[name], int) else int(datetime.fromisoformat(row[name]).timestamp())
        for row in everything
    ]
    half = moments[len(moments) // 2]
    wanted = [row["id"] for row, moment in zip(everything, moments, strict=True) if moment >= half]
    text = datetime.fromtimestamp(half, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (
        asked(half)[: len(wanted)]
        == asked(float(half))[: len(wanted)]
        == asked(text)[: len(wanted)]
        == wanted
    )
    assert 0 < len(wanted) < len(everything)


def test_the_second_it_is_as_text_is_taken_though_as_a_number_it_is_too_young(desk):
    emulator, client = desk
    now = emulator.clock.time()
    text = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = client.get("/api/v2/incremental/organizations", params={"start_time": text})
    assert (answer.status_code, answer.json()["organizations"]) == (200, [])
    assert client.get("/api/v2/incremental/organizations", params={"start_time": int(now)}).status_code == 400
    assert client.get("/api/v2/incremental/organizations", params={"start_time": "soon"}).status_code == 400


def test_exports_by_time_show_what_the_cursors_show(desk):
    client = desk[1]
    for resource in ("tickets", "users"):
        query = {"start_time": 0, "per_page": 1000}
        by_time = client.get(f"/api/v2/incremental/{resource}.json", params=query).json()
        by_cursor = client.get(f"/api/v2/incremental/{resource}/cursor.json", params=query).json()
        assert by_time["end_of_stream"] is by_cursor["end_of_stream"] is True
        assert by_time[resource] == by_cursor[resource]


@pytest.mark.parametrize("kind", ["user", "organization", "ticket"])
def test_search_goes_by_when_a_record_was_changed_or_made(desk, kind):
    client = desk[1]
    rows = pages(client, f"/api/v2/{kind}s", f"{kind}s")
    for name in ("updated", "created"):
        moments = sorted(row[f"{name}_at"] for row in rows)
        edge = moments[len(moments) // 2]
        found = client.get("/api/v2/search/count", params={"query": f"type:{kind} {name}>{edge}"}).json()[
            "count"
        ]
        earlier = client.get("/api/v2/search/count", params={"query": f"type:{kind} {name}<={edge}"}).json()[
            "count"
        ]
        everything = client.get("/api/v2/search/count", params={"query": f"type:{kind}"}).json()["count"]
        assert found + earlier == everything
        if kind != "ticket":  # the list of tickets has no archived ones
            assert found == sum(1 for moment in moments if moment > edge)
    never = "updated>2026-01-01T00:00:00Z updated<2000-01-02T00:00:00Z"
    assert client.get("/api/v2/search", params={"query": f"type:{kind} {never}"}).json()["results"] == []


def test_search_knows_people_and_groups_by_id_address_and_name(desk):
    emulator, client = desk
    users = emulator.state.lists["users"]
    heads = [head for head in emulator.state.heads.values() if head.status != "deleted"]
    agent = users[
        next(head.assignee for head in heads if head.assignee in users and users[head.assignee]["active"])
    ]
    wanted = sum(1 for head in heads if head.assignee == agent["id"])
    for value in (agent["id"], agent["email"], f'"{agent["name"]}"'):
        assert (
            client.get("/api/v2/search/count", params={"query": f"assignee:{value}"}).json()["count"]
            == wanted
            > 0
        )
    group = next(iter(emulator.state.lists["groups"].values()))
    wanted = sum(1 for head in heads if head.group == group["id"])
    assert (
        client.get("/api/v2/search/count", params={"query": f'group:"{group["name"]}"'}).json()["count"]
        == wanted
        > 0
    )
    assert (
        client.get("/api/v2/search/count", params={"query": "assignee:nobody@example.com"}).json()["count"]
        == 0
    )


@pytest.mark.parametrize(
    "how", [{"sort_by": "updated_at", "sort_order": "asc"}, {"order": "order_by:updated sort:asc"}]
)
def test_search_sorts_as_it_is_told_by_parameter_or_in_the_query(desk, how):
    query = {
        "query": f"type:ticket status<solved {how.get('order', '')}",
        **{k: v for k, v in how.items() if k != "order"},
    }
    found = [row["updated_at"] for row in desk[1].get("/api/v2/search", params=query).json()["results"]]
    assert found == sorted(found)
    assert len(set(found)) > 2


def test_tags_are_listed_the_most_used_first_by_both_kinds_of_page(desk):
    emulator, client = desk
    rows = pages(client, "/api/v2/tags", "tags")
    assert rows == sorted(rows, key=lambda row: (-row["count"], row["name"]))
    assert rows[0]["count"] == sum(
        1
        for head in emulator.state.heads.values()
        if head.status != "deleted" and rows[0]["name"] in head.tags
    )
    assert client.get("/api/v2/tags/count").json()["count"]["value"] == len(rows)
    by_offset = client.get("/api/v2/tags", params={"per_page": 2, "page": 2}).json()
    assert [row["name"] for row in by_offset["tags"]] == [row["name"] for row in rows[2:4]]
    assert (
        client.get("/api/v2/autocomplete/tags", params={"name": rows[0]["name"][:3]})
        .json()["tags"]
        .count(rows[0]["name"])
        == 1
    )
    assert client.get("/api/v2/autocomplete/tags", params={"name": "x"}).status_code == 400


def test_recent_tickets_are_those_that_the_caller_made_at_most_five_newest_first(fresh):
    _, client = fresh
    made = [
        client.post(
            "/api/v2/tickets", json={"ticket": {"subject": f"Mine {n}", "comment": {"body": "x"}}}
        ).json()["ticket"]["id"]
        for n in range(6)
    ]
    found = client.get("/api/v2/tickets/recent.json").json()
    assert [row["id"] for row in found["tickets"]] == made[:0:-1]


def test_groups_that_tickets_can_be_given_to_have_an_agent_who_takes_some(fresh):
    emulator, client = fresh
    every = {row["id"] for row in pages(client, "/api/v2/groups", "groups")}
    before = {row["id"] for row in pages(client, "/api/v2/groups/assignable", "groups")}
    assert before
    assert before <= every
    group = client.post("/api/v2/groups", json={"group": {"name": "Nobody in it"}}).json()["group"]["id"]
    assert group not in {row["id"] for row in pages(client, "/api/v2/groups/assignable", "groups")}
    member = next(
        row for row in emulator.state.lists["users"].values() if row["role"] == "admin" and row["active"]
    )
    sent = {"group_membership": {"user_id": member["id"], "group_id": group}}
    assert client.post("/api/v2/group_memberships", json=sent).status_code == 201
    assert group in {row["id"] for row in pages(client, "/api/v2/groups/assignable", "groups")}


def test_lists_of_a_user_an_organization_and_a_group_agree_with_the_records(desk):
    emulator, client = desk
    state = emulator.state
    live = [head for head in state.heads.values() if head.status != "deleted"]
    head = next(head for head in live if head.organization and head.assignee and head.group)

    def ids(path, name):
        return {row["id"] for row in pages(client, f"/api/v2/{path}", name)}

    assert ids(f"users/{head.requester}/tickets/requested", "tickets") == {
        h.id for h in live if h.requester == head.requester
    }
    assert ids(f"users/{head.assignee}/tickets/assigned", "tickets") == {
        h.id for h in live if h.assignee == head.assignee
    }
    assert ids(f"organizations/{head.organization}/tickets", "tickets") == {
        h.id for h in live if h.organization == head.organization
    }
    firm = {
        row["user_id"]
        for row in state.lists["organization_memberships"].values()
        if row["organization_id"] == head.organization
    }
    assert ids(f"organizations/{head.organization}/users", "users") == {
        n for n in firm if state.lists["users"][n]["active"]
    }
    team = {
        row["user_id"] for row in state.lists["group_memberships"].values() if row["group_id"] == head.group
    }
    assert ids(f"groups/{head.group}/users", "users") == {
        n for n in team if state.lists["users"][n]["active"]
    }
    assert head.group in {group for n in team for group in ids(f"users/{n}/groups", "groups")}
    related = client.get(f"/api/v2/users/{head.requester}/related").json()["user_related"]
    assert related["requested_tickets"] == sum(1 for h in live if h.requester == head.requester)
    copied = next(n for n in (h.id for h in live) if state.case(n).ticket["email_cc_ids"])
    reader = state.case(copied).ticket["email_cc_ids"][0]
    assert copied in ids(f"users/{reader}/tickets/ccd", "tickets")
    assert client.get("/api/v2/users/7/tickets/requested").status_code == 404


def test_one_audit_of_a_ticket_and_the_number_of_them(desk):
    client = desk[1]
    rows = client.get("/api/v2/tickets/90/audits").json()["audits"]
    assert client.get(f"/api/v2/tickets/90/audits/{rows[1]['id']}.json").json()["audit"] == rows[1]
    assert client.get("/api/v2/tickets/90/audits/count").json()["count"]["value"] == len(rows)
    assert client.get("/api/v2/tickets/90/audits/7").status_code == 404


def test_ratings_are_narrowed_by_when_they_were_given(desk):
    client = desk[1]
    rows = pages(client, "/api/v2/satisfaction_ratings", "satisfaction_ratings")
    moments = sorted(row["created_at"] for row in rows)
    edge = moments[len(moments) // 2]
    later = pages(client, "/api/v2/satisfaction_ratings", "satisfaction_ratings",
                  start_time=int(datetime.fromisoformat(edge).timestamp()))  # fmt: skip
    assert sorted(row["created_at"] for row in later) == [moment for moment in moments if moment >= edge]


def test_a_sample_of_an_export_is_its_first_fifty_records_and_has_a_limit_of_its_own(fresh):
    _, client = fresh
    whole = client.get("/api/v2/incremental/tickets", params={"start_time": 0}).json()["tickets"]
    body = client.get("/api/v2/incremental/tickets/sample.json", params={"start_time": 0}).json()
    assert [row["id"] for row in body["tickets"]] == [row["id"] for row in whole[:50]]
    assert client.get("/api/v2/incremental/cats/sample", params={"start_time": 0}).status_code == 501
    asked = [
        client.get("/api/v2/incremental/users/sample", params={"start_time": 0}).status_code for _ in range(9)
    ]
    assert (asked[-1], asked[0]) == (429, 200)


def test_rules_are_found_by_the_words_of_their_title_and_options_and_memberships_one_by_one(desk):
    emulator, client = desk
    found = client.get("/api/v2/triggers/search", params={"query": "comment notify"}).json()["triggers"]
    assert [row["title"] for row in found] == ["Notify requester and CCs of comment update"]
    assert client.get("/api/v2/macros/search", params={"query": "no such macro"}).json()["macros"] == []
    (option, *_) = client.get("/api/v2/ticket_fields/31002/options").json()["custom_field_options"]
    assert (
        client.get(f"/api/v2/ticket_fields/31002/options/{option['id']}").json()["custom_field_option"]
        == option
    )
    assert client.get("/api/v2/ticket_fields/31002/options/7").status_code == 404
    row = next(iter(emulator.state.lists["group_memberships"].values()))
    path = f"/api/v2/users/{row['user_id']}/group_memberships/{row['id']}.json"
    assert client.get(path).json()["group_membership"] == row
    assert client.get(f"/api/v2/users/51001/group_memberships/{row['id']}").status_code == 404
    by_id = client.get("/api/v2/ticket_metrics/90").json()["ticket_metric"]
    assert by_id == client.get("/api/v2/tickets/90/metrics").json()["ticket_metric"]
