"""Recorded and sampled answers of real accounts: each leaf has a place, and refusals are understood."""

import json

import httpx
import pytest
from tests.connectors.zendesk.reading import DESK, neutral

from ticketferry.sdk import AuthError, RejectedError
from ticketferry_zendesk import catalog as catalogs
from ticketferry_zendesk import wire
from ticketferry_zendesk.answers import classify, refusal
from ticketferry_zendesk.names import Names

LISTS = (
    "ticket_fields",
    "user_fields",
    "organization_fields",
    "ticket_forms",
    "groups",
    "brands",
    "sla_policies",
)


@pytest.fixture(scope="module")
def samples(shared):
    folder = shared / "fixtures" / "zendesk-samples" / "GET"
    if not folder.is_dir():
        pytest.skip(f"no sampled answers at {folder}")
    return lambda name: json.loads((folder / f"{name}.json").read_bytes())


@pytest.fixture(scope="module")
def names(samples):
    return Names(
        catalogs.build(
            DESK, "https://acme.zendesk.com", {name: samples(name).get(name, []) for name in LISTS}
        )
    )


def rows(body, one, many):
    return [body[one]] if one in body else body[many]


@pytest.mark.parametrize("name", ["ticket", "tickets", "ticket_custom_field", "ticket_show_many"])
def test_sampled_tickets_have_a_place_for_every_leaf(samples, names, name):
    for row in rows(samples(name), "ticket", "tickets"):
        record = neutral(wire.of_ticket(DESK, row), names).records[0]
        assert record["number"] == str(row["id"])


@pytest.mark.parametrize("name", ["ticket_audit", "ticket_audits"])
def test_sampled_audits_have_a_place_for_every_leaf(samples, names, name):
    for row in rows(samples(name), "audit", "audits"):
        comment, change = neutral(wire.of_audit(DESK, row), names).records
        assert comment["body"]["html"] == "<p>This is a new private comment</p>"
        assert (change["before"], change["after"], change["rule"]) == (
            "new",
            "open",
            "Assign to first responder",
        )


def test_sampled_comments_are_read_as_events_of_an_audit(samples, names):
    for row in samples("ticket_comments")["comments"]:
        audit = {
            "id": 1,
            "ticket_id": 2,
            "created_at": row["created_at"],
            "author_id": row["author_id"],
            "events": [row],
        }
        assert neutral(wire.of_audit(DESK, audit), names).records[0]["body"]["format"] == "text"


@pytest.mark.parametrize(("name", "one", "many", "make"), [
    ("user", "user", "users", lambda row: wire.of_user(DESK, row, [])),
    ("users", "user", "users", lambda row: wire.of_user(DESK, row, [])),
    ("organization", "organization", "organizations", lambda row: wire.of_organization(DESK, row)),
    ("organizations", "organization", "organizations", lambda row: wire.of_organization(DESK, row)),
    ("group", "group", "groups", lambda row: wire.of_group(DESK, row)),
    ("groups", "group", "groups", lambda row: wire.of_group(DESK, row)),
    ("organization_memberships", "", "organization_memberships", lambda row: wire.of_membership(DESK, row, "org")),
    ("group_memberships", "", "group_memberships", lambda row: wire.of_membership(DESK, row, "group")),
])  # fmt: skip
def test_sampled_people_have_a_place_for_every_leaf(samples, names, name, one, many, make):
    for row in rows(samples(name), one, many):
        neutral(make(row), names)


def test_recorded_organizations_have_a_place_for_every_leaf(shared, names):
    path = shared / "fixtures" / "zendesk-recorded" / "organizations_test_list_all.json"
    if not path.is_file():
        pytest.skip(f"no recorded answers at {path}")
    found = [
        row for exchange in json.loads(path.read_bytes()) for row in exchange["response"]["organizations"]
    ]
    assert found
    for row in found:
        assert neutral(wire.of_organization(DESK, row), names).records[0]["name"] == row["name"]


def answer(status, body, **headers):
    request = httpx.Request("GET", "https://acme.zendesk.com/api/v2/x")
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers=headers, request=request)


@pytest.mark.parametrize(("body", "said"), [
    ({"error": "RecordInvalid", "description": "Record validation errors",
      "details": {"requester": [{"description": "Requester: X is suspended.", "error": "UserSuspended"}],
                  "base": [{"description": "No"}]}},
     "RecordInvalid: Record validation errors: requester: Requester: X is suspended.: base: No"),
    ({"error": {"title": "Forbidden", "message": "You do not have access."}}, "Forbidden: You do not have access."),
    ({"errors": [{"code": "InvalidPaginationDepth", "title": "T", "detail": "Too deep"}]}, "InvalidPaginationDepth: Too deep"),
    ({"error": "Couldn't authenticate you"}, "Couldn't authenticate you"),
    ({}, "the desk answered 422 without a reason"),
    (b"Service\r\nUnavailable", "Service Unavailable"),
    (b"<html>oops</html>", "the desk answered 422 without a reason"),
    ([1], "the desk answered 422 without a reason"),
    ({"errors": ["plain"], "details": "flat"}, "plain: flat"),
])  # fmt: skip
def test_each_envelope_of_a_refusal_is_read(body, said):
    assert refusal(answer(422, body)) == said


def test_refusals_are_sorted_by_what_to_do_next():
    with pytest.raises(AuthError, match="authenticate"):
        classify(answer(401, {"error": "Couldn't authenticate you"}))
    with pytest.raises(RejectedError) as error:
        classify(answer(404, {"error": "RecordNotFound", "description": "Not found"}))
    assert error.value.status == 404
    assert error.value.body == {"error": "RecordNotFound", "description": "Not found"}
    classify(answer(200, {}))
