"""Fields, options, statuses, forms and links to Jira issues as the API makes them."""

import pytest
from tests.connectors.zendesk.emulated import served, ticket

OPTIONS = [{"name": "One", "value": "opt_one"}, {"name": "Two", "value": "opt_two"}]


@pytest.fixture
def pair():
    with served(tickets=10, plan=None) as found:
        yield found


def put(client, **changes):
    return client.post("/api/v2/imports/tickets", json={"ticket": ticket(**changes)})


def test_a_new_field_takes_values_and_leaves_with_them(pair):
    _, client = pair
    sent = {"type": "tagger", "title": "Choice", "custom_field_options": OPTIONS, "colour": "red"}
    answer = client.post("/api/v2/ticket_fields", json={"ticket_field": sent})
    field = answer.json()["ticket_field"]
    assert (answer.status_code, field["removable"], [row["value"] for row in field["custom_field_options"]]) == (
        201, True, ["opt_one", "opt_two"],
    )  # fmt: skip
    assert '"ticket_field.colour"' in answer.headers["x-zendesk-api-warn"]
    made = put(client, custom_fields=[{"id": field["id"], "value": "opt_two"}]).json()["ticket"]
    assert made["tags"] == ["opt_two"]
    path = f"/api/v2/ticket_fields/{field['id']}"
    assert (
        client.put(path, json={"ticket_field": {"title": "Other"}}).json()["ticket_field"]["raw_title"]
        == "Other"
    )
    assert client.put(path, json={"ticket_field": {"type": "text"}}).status_code == 422
    assert client.delete(path).status_code == 204
    shown = client.get(f"/api/v2/tickets/{made['id']}").json()["ticket"]
    assert field["id"] not in [row["id"] for row in shown["custom_fields"]]
    assert client.delete("/api/v2/ticket_fields/25001").status_code == 422


def test_options_are_made_changed_and_deleted_one_by_one(pair):
    _, client = pair
    path = "/api/v2/ticket_fields/31001/options"
    made = client.post(path, json={"custom_field_option": {"name": "New", "value": "brand_new"}})
    option = made.json()["custom_field_option"]
    changed = client.post(
        path, json={"custom_field_option": {"id": option["id"], "name": "Newer", "value": "brand_new"}}
    )
    assert (made.status_code, changed.status_code, changed.json()["custom_field_option"]["name"]) == (
        201,
        200,
        "Newer",
    )
    assert client.post(path, json={"custom_field_option": {"name": "X", "value": "late"}}).status_code == 422
    assert put(client, custom_fields=[{"id": 31_001, "value": "brand_new"}]).status_code == 201
    assert client.delete(f"{path}/{option['id']}").status_code == 204
    assert client.delete(f"{path}/{option['id']}").status_code == 404
    assert put(client, custom_fields=[{"id": 31_001, "value": "brand_new"}]).status_code == 422


@pytest.mark.parametrize(
    ("kind", "name", "owner"),
    [
        ("user_fields", "user_field", "users/51001"),
        ("organization_fields", "organization_field", "organizations/42001"),
    ],
)
def test_fields_of_people_appear_with_everybody(pair, kind, name, owner):
    _, client = pair
    body = {name: {"type": "text", "title": "Shoe size", "key": "shoe"}}
    made = client.post(f"/api/v2/{kind}", json=body)
    assert made.status_code == 201
    assert client.post(f"/api/v2/{kind}", json=body).status_code == 422
    one = client.get(f"/api/v2/{owner}").json()[owner.split("s/")[0]]
    assert one[kind]["shoe"] is None
    assert client.delete(f"/api/v2/{kind}/{made.json()[name]['id']}").status_code == 204
    assert "shoe" not in client.get(f"/api/v2/{owner}").json()[owner.split("s/")[0]][kind]


def test_a_status_keeps_its_category(pair):
    _, client = pair
    made = client.post(
        "/api/v2/custom_statuses",
        json={"custom_status": {"status_category": "hold", "agent_label": "With vendor"}},
    )
    status = made.json()["custom_status"]
    assert (made.status_code, status["active"], status["end_user_label"]) == (201, True, "With vendor")
    path = f"/api/v2/custom_statuses/{status['id']}"
    refused = client.put(path, json={"custom_status": {"status_category": "open"}})
    assert refused.status_code == 422
    assert "unpermitted_keys: custom_status.status_category" in refused.text
    assert (
        client.put(path, json={"custom_status": {"end_user_label": "Waiting"}}).json()["custom_status"][
            "end_user_label"
        ]
        == "Waiting"
    )
    assert client.put(path, json={"custom_status": {"agent_label": "x" * 49}}).status_code == 422
    made = put(client, custom_status_id=status["id"]).json()["ticket"]
    assert (made["status"], made["custom_status_id"]) == ("hold", status["id"])
    assert client.delete(path).status_code == 422


def test_forms_hold_the_system_fields(pair):
    _, client = pair
    made = client.post(
        "/api/v2/ticket_forms", json={"ticket_form": {"name": "F", "ticket_field_ids": [31_001]}}
    )
    form = made.json()["ticket_form"]
    assert (made.status_code, form["ticket_field_ids"][-1], form["ticket_field_ids"][0]) == (
        201,
        31_001,
        25_001,
    )
    path = f"/api/v2/ticket_forms/{form['id']}"
    assert client.put(path, json={"ticket_form": {"ticket_field_ids": [1]}}).status_code == 422
    assert client.put(path, json={"ticket_form": {"name": "G"}}).json()["ticket_form"]["name"] == "G"
    assert put(client, ticket_form_id=form["id"]).json()["ticket"]["ticket_form_id"] == form["id"]
    assert client.delete(path).status_code == 204


def test_tickets_are_linked_with_jira_issues(pair):
    _, client = pair
    body = {"link": {"issue_id": "10001", "issue_key": "ABC-1", "ticket_id": "3"}}
    made = client.post("/api/services/jira/links", json=body)
    assert (made.status_code, made.json()["link"]["issue_key"]) == (201, "ABC-1")
    assert client.get("/api/v2/tickets/3/related").json()["jira_issue_ids"] == ["10001"]
    assert client.delete(f"/api/services/jira/links/{made.json()['link']['id']}").status_code == 204
    assert client.get("/api/v2/tickets/3/related").json()["jira_issue_ids"] == []
    assert client.post("/api/services/jira/links", json={"link": {"ticket_id": "999"}}).status_code == 404


def test_a_trigger_is_switched_off_and_changed_in_nothing_else(pair):
    emulator, client = pair
    trigger = next(row for row in client.get("/api/v2/triggers").json()["triggers"] if row["active"])
    path = f"/api/v2/triggers/{trigger['id']}"
    assert client.put(path, json={"trigger": {"active": False}}).json()["trigger"]["active"] is False
    assert trigger["id"] not in [
        row["id"] for row in client.get("/api/v2/triggers/active").json()["triggers"]
    ]
    assert client.put("/api/v2/triggers/1", json={"trigger": {"active": False}}).status_code == 404
    assert client.put(path, json={"trigger": {"title": "Other"}}).status_code == 501
    emulator.unserved.clear()


def test_the_set_up_is_for_admins(pair):
    emulator, client = pair
    auth = ("chloe.martin@acme.example/token", emulator.credentials["ZENDESK_TOKEN"])
    body = {"ticket_field": {"type": "text", "title": "T"}}
    assert client.post("/api/v2/ticket_fields", json=body, auth=auth).status_code == 403
    assert client.post("/api/v2/groups", json={"group": {"name": "G"}}, auth=auth).status_code == 403
