"""Requests of the wrong shape: refused in the vendor's way, never a crash, and nothing changes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.connectors.zendesk.emulated import done, served

from ticketferry_emulators.zendesk import empty_desk

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
    | st.sampled_from(["open", "1", "x@y.example", "2021-01-01T00:00:00Z", "2021-13-01"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["id", "value", "body", "html_body", "author_id", "uploads", "created_at", "public", "email", "name", "user_id", "type"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
TICKET = [
    "comment",
    "comments",
    "subject",
    "requester",
    "requester_id",
    "submitter_id",
    "assignee_id",
    "group_id",
    "organization_id",
    "brand_id",
    "ticket_form_id",
    "type",
    "priority",
    "status",
    "custom_status_id",
    "problem_id",
    "due_at",
    "external_id",
    "tags",
    "custom_fields",
    "fields",
    "email_ccs",
    "followers",
    "collaborators",
    "collaborator_ids",
    "additional_collaborators",
    "via_followup_source_id",
    "metadata",
    "created_at",
    "updated_at",
    "solved_at",
    "description",
    "recipient",
    "additional_tags",
    "remove_tags",
    "safe_update",
    "updated_stamp",
    "assignee_email",
]
USER = [
    "name",
    "email",
    "external_id",
    "role",
    "phone",
    "shared_phone_number",
    "tags",
    "user_fields",
    "organization_id",
    "default_group_id",
    "identities",
    "suspended",
    "verified",
    "notes",
    "locale",
]
ORGANIZATION = [
    "id",
    "name",
    "external_id",
    "domain_names",
    "tags",
    "organization_fields",
    "group_id",
    "notes",
    "details",
]
SETUP = [
    "type",
    "title",
    "key",
    "custom_field_options",
    "regexp_for_validation",
    "relationship_target_type",
    "tag",
    "position",
    "active",
    "name",
    "value",
    "status_category",
    "agent_label",
    "end_user_label",
    "ticket_field_ids",
    "user_id",
    "group_id",
    "organization_id",
    "default",
]
PATHS = {
    "ticket": ["imports/tickets", "tickets", "PUT tickets/1"], "user": ["users", "users/create_or_update", "PUT users/{user}"],
    "organization": ["organizations", "organizations/create_or_update", "PUT organizations/{firm}"], "ticket_field": ["ticket_fields"],
    "user_field": ["user_fields"], "custom_status": ["custom_statuses"], "ticket_form": ["ticket_forms"],
    "group": ["groups"], "organization_membership": ["organization_memberships"],
    "group_membership": ["group_memberships"], "identity": ["users/{owner}/identities"],
    "custom_field_option": ["ticket_fields/{field}/options"], "link": [],
}  # fmt: skip
KEYS = {"ticket": TICKET, "user": USER, "organization": ORGANIZATION}


@pytest.fixture(scope="module")
def desk():
    with served(data=empty_desk(), plan=None, bulk_users=True) as (emulator, client):
        user = client.post("/api/v2/users", json={"user": {"name": "N", "email": "n@x.example"}}).json()[
            "user"
        ]["id"]
        firm = client.post("/api/v2/organizations", json={"organization": {"name": "F"}}).json()[
            "organization"
        ]["id"]
        emulator.state.create_ticket("S", "<p>x</p>", requester=user)
        field = next(
            row["id"] for row in emulator.state.lists["ticket_fields"].values() if row["type"] == "tagger"
        )
        yield emulator, client, {"owner": emulator.state.owner(), "field": field, "user": user, "firm": firm}


def requests_of(name):
    members = st.dictionaries(st.sampled_from(KEYS.get(name, SETUP)), JUNK, max_size=5)
    return st.tuples(st.just(name), st.sampled_from(PATHS[name]), members)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(request=st.one_of([requests_of(name) for name, paths in PATHS.items() if paths]))
def test_no_request_makes_the_emulator_crash(desk, request):
    emulator, client, places = desk
    name, path, members = request
    method, _, where = path.rpartition(" ")
    answer = client.request(method or "POST", f"/api/v2/{where.format(**places)}", json={name: members})
    crashes = emulator.crashes[:]
    emulator.crashes.clear()
    assert crashes == []
    assert answer.status_code in (200, 201, 400, 404, 409, 422)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.dictionaries(st.sampled_from(TICKET), JUNK, max_size=5), min_size=1, max_size=4),
       path=st.sampled_from(["imports/tickets/create_many", "tickets/create_many"]))  # fmt: skip
def test_no_item_of_a_job_stops_the_others(desk, rows, path):
    emulator, client, _ = desk
    emulator.crashes.clear()
    rows.append({"requester_id": emulator.state.owner(), "comment": {"body": "right"}})
    job = done(emulator, client, client.post(f"/api/v2/{path}", json={"tickets": rows}))
    assert emulator.crashes == []
    assert (job["status"], len(job["results"])) == ("completed", len(rows))
    assert "id" in job["results"][-1]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"7", b'{"ticket": []}', b'{"tickets": {}}', b"not json"]
)
@pytest.mark.parametrize(
    "path", ["imports/tickets", "imports/tickets/create_many", "users", "organizations/create_many"]
)
def test_bodies_without_a_record_are_refused(desk, path, body):
    emulator, client, _ = desk
    before = len(emulator.state.heads), len(emulator.state.lists["users"])
    answer = client.post(f"/api/v2/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert (len(emulator.state.heads), len(emulator.state.lists["users"])) == before
    assert emulator.crashes == []
