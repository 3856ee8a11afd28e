"""Every answer to a write, and every refusal's form, against the vendor's own document."""

import pytest
from tests.connectors.zendesk.emulated import done, served, ticket
from tests.contract.zendesk_document_faults import FAULTS, answer_schema, complaints, document

MARIA, ANA, CHLOE = 51_001, 50_001, 50_003


def user(email, **changes):
    return {"name": "N", "email": email, "skip_verify_email": True, **changes}


MANY_TICKETS = {"tickets": [ticket(external_id="a"), ticket(requester_id=7)]}
# template, method, status, path, body: in this order on one desk
WRITES = [
    ("/api/v2/imports/tickets", "post", 201, "", {"ticket": ticket(status="solved", tags=["late"])}),
    ("/api/v2/imports/tickets/create_many", "post", 200, "", MANY_TICKETS),
    ("/api/v2/tickets", "post", 201, "", {"ticket": {"requester_id": MARIA, "comment": {"body": "x"}, "tags": ["late"]}}),
    ("/api/v2/tickets/create_many", "post", 200, "", {"tickets": [{"requester_id": MARIA, "comment": {"body": "x"}}]}),
    ("/api/v2/tickets/{ticket_id}", "put", 200, "/api/v2/tickets/5", {"ticket": {"comment": {"body": "x"}, "status": "solved"}}),
    ("/api/v2/tickets/update_many", "put", 200, "?ids=5,7", {"ticket": {"priority": "low"}}),
    ("/api/v2/tickets/{ticket_id}/tags", "get", 200, "/api/v2/tickets/5/tags", None),
    ("/api/v2/tickets/{ticket_id}/tags", "post", 201, "/api/v2/tickets/5/tags", {"tags": ["a"]}),
    ("/api/v2/tickets/{ticket_id}/tags", "put", 200, "/api/v2/tickets/5/tags", {"tags": ["b"]}),
    ("/api/v2/tickets/{ticket_id}/tags", "delete", 200, "/api/v2/tickets/5/tags", {"tags": ["a"]}),
    ("/api/v2/tickets/{ticket_id}/merge", "post", 200, "/api/v2/tickets/5/merge", {"ids": [7]}),
    ("/api/v2/tickets/{ticket_id}", "delete", 204, "/api/v2/tickets/4", None),
    ("/api/v2/deleted_tickets/{ticket_id}/restore", "put", 404, "/api/v2/deleted_tickets/4/restore", None),
    ("/api/v2/tickets/{ticket_id}", "delete", 204, "/api/v2/tickets/5", None),
    ("/api/v2/deleted_tickets/{ticket_id}/restore", "put", 200, "/api/v2/deleted_tickets/5/restore", None),
    ("/api/v2/tickets/destroy_many", "delete", 200, "?ids=5,7", None),
    ("/api/v2/deleted_tickets/restore_many", "put", 200, "?ids=5", None),
    ("/api/v2/deleted_tickets/{ticket_id}", "delete", 200, "/api/v2/deleted_tickets/7", None),
    ("/api/v2/deleted_tickets/destroy_many", "delete", 200, "?ids=16", None),
    ("/api/v2/uploads", "post", 201, "?filename=a.txt", {"any": "bytes"}),
    ("/api/v2/job_statuses", "get", 200, "", None),
    ("/api/v2/users", "post", 201, "", {"user": user("a@x.example")}),
    ("/api/v2/users/create_or_update", "post", 201, "", {"user": user("b@x.example")}),
    ("/api/v2/users/create_or_update", "post", 200, "", {"user": user("bob@hooli-labs.example")}),
    ("/api/v2/users/create_many", "post", 200, "", {"users": [user("c@x.example")]}),
    ("/api/v2/users/create_or_update_many", "post", 200, "", {"users": [user("d@x.example"), user("c@x.example")]}),
    ("/api/v2/users/update_many", "put", 200, "?ids=51003", {"user": {"notes": "x"}}),
    ("/api/v2/users/{user_id}", "put", 200, "/api/v2/users/51003", {"user": {"notes": "x"}}),
    ("/api/v2/users/search", "get", 200, "?query=maria", None),
    ("/api/v2/users/{user_id}/merge", "put", 200, "/api/v2/users/51050/merge", {"user": {"id": MARIA}}),
    ("/api/v2/users/{user_id}", "delete", 200, "/api/v2/users/51028", None),
    ("/api/v2/users/destroy_many", "delete", 200, "?ids=51029", None),
    ("/api/v2/deleted_users", "get", 200, "", None),
    ("/api/v2/deleted_users/{deleted_user_id}", "delete", 200, "/api/v2/deleted_users/51028", None),
    ("/api/v2/users/{user_id}/identities", "post", 201, "/api/v2/users/51003/identities",
     {"identity": {"type": "email", "value": "e@x.example", "skip_verify_email": True}}),
    ("/api/v2/organizations", "post", 201, "", {"organization": {"name": "Firm"}}),
    ("/api/v2/organizations/create_or_update", "post", 201, "", {"organization": {"name": "Firm 2", "external_id": "F"}}),
    ("/api/v2/organizations/create_or_update", "post", 200, "", {"organization": {"external_id": "F", "notes": "x"}}),
    ("/api/v2/organizations/create_many", "post", 200, "", {"organizations": [{"name": "Firm 3"}, {"name": "Initech"}]}),
    ("/api/v2/organizations/update_many", "put", 200, "?ids=42002", {"organization": {"notes": "x"}}),
    ("/api/v2/organizations/search", "get", 200, "?name=Initech", None),
    ("/api/v2/organizations/autocomplete", "get", 200, "?name=Ini", None),
    ("/api/v2/organizations/{organization_id}", "put", 200, "/api/v2/organizations/42002", {"organization": {"notes": "x"}}),
    ("/api/v2/organizations/{organization_id}", "delete", 204, "/api/v2/organizations/42003", None),
    ("/api/v2/organizations/destroy_many", "delete", 200, "?ids=42004", None),
    ("/api/v2/organization_memberships", "post", 201, "", {"organization_membership": {"user_id": MARIA, "organization_id": 42_002}}),
    ("/api/v2/organization_memberships/create_many", "post", 200, "",
     {"organization_memberships": [{"user_id": MARIA, "organization_id": 42_005}]}),
    ("/api/v2/organization_memberships/{organization_membership_id}", "get", 200, "/api/v2/organization_memberships/510010", None),
    ("/api/v2/users/{user_id}/organization_memberships/{organization_membership_id}/make_default", "put", 200,
     "/api/v2/users/51001/organization_memberships/510010/make_default", None),
    ("/api/v2/organization_memberships/destroy_many", "delete", 200, "?ids=510030", None),
    ("/api/v2/organization_memberships/{organization_membership_id}", "delete", 204, "/api/v2/organization_memberships/510010", None),
    ("/api/v2/groups", "post", 201, "", {"group": {"name": "Team"}}),
    ("/api/v2/groups/{group_id}", "put", 200, "/api/v2/groups/26004", {"group": {"description": "x"}}),
    ("/api/v2/group_memberships", "post", 201, "", {"group_membership": {"user_id": ANA, "group_id": 26_004}}),
    ("/api/v2/group_memberships/create_many", "post", 200, "", {"group_memberships": [{"user_id": CHLOE, "group_id": 26_004}]}),
    ("/api/v2/users/{user_id}/group_memberships", "post", 201, "/api/v2/users/50004/group_memberships",
     {"group_membership": {"group_id": 26_004}}),
    ("/api/v2/users/{user_id}/organization_memberships", "post", 201, "/api/v2/users/51003/organization_memberships",
     {"organization_membership": {"organization_id": 42_006}}),
    ("/api/v2/users/{user_id}/organization_memberships/{organization_membership_id}", "delete", 404,
     "/api/v2/users/51003/organization_memberships/510040", None),
    ("/api/v2/users/{user_id}/organization_memberships/{organization_membership_id}", "delete", 204,
     "/api/v2/users/51004/organization_memberships/510040", None),
    ("/api/v2/users/{user_id}/group_memberships/{group_membership_id}", "delete", 204,
     "/api/v2/users/50005/group_memberships/500050", None),
    ("/api/v2/users/{user_id}/group_memberships/{group_membership_id}/make_default", "put", 200,
     "/api/v2/users/50001/group_memberships/500011/make_default", None),
    ("/api/v2/group_memberships/destroy_many", "delete", 200, "?ids=500011", None),
    ("/api/v2/group_memberships/{group_membership_id}", "delete", 204, "/api/v2/group_memberships/500010", None),
    ("/api/v2/groups/{group_id}", "delete", 204, "/api/v2/groups/26004", None),
    ("/api/v2/ticket_fields", "post", 201, "", {"ticket_field": {"type": "text", "title": "T"}}),
    ("/api/v2/ticket_fields/{ticket_field_id}", "put", 200, "/api/v2/ticket_fields/31005", {"ticket_field": {"title": "T2"}}),
    ("/api/v2/ticket_fields/{ticket_field_id}/options", "post", 201, "/api/v2/ticket_fields/31001/options",
     {"custom_field_option": {"name": "A", "value": "aaa"}}),
    ("/api/v2/ticket_fields/{ticket_field_id}/options", "post", 200, "/api/v2/ticket_fields/31001/options",
     {"custom_field_option": {"id": 3_100_101, "name": "Broken", "value": "broken"}}),
    ("/api/v2/ticket_fields/{ticket_field_id}/options/{ticket_field_option_id}", "delete", 204,
     "/api/v2/ticket_fields/31001/options/3100101", None),
    ("/api/v2/ticket_fields/{ticket_field_id}", "delete", 204, "/api/v2/ticket_fields/31006", None),
    ("/api/v2/user_fields", "post", 201, "", {"user_field": {"type": "text", "title": "T", "key": "t"}}),
    ("/api/v2/user_fields/{user_field_id}", "put", 200, "/api/v2/user_fields/32001", {"user_field": {"title": "T"}}),
    ("/api/v2/user_fields/{user_field_id}/options", "post", 201, "/api/v2/user_fields/32002/options",
     {"custom_field_option": {"name": "A", "value": "aaa"}}),
    ("/api/v2/user_fields/{user_field_id}", "delete", 204, "/api/v2/user_fields/32001", None),
    ("/api/v2/organization_fields", "post", 201, "", {"organization_field": {"type": "text", "title": "T", "key": "t"}}),
    ("/api/v2/organization_fields/{organization_field_id}", "put", 200, "/api/v2/organization_fields/33002", {"organization_field": {"title": "T"}}),
    ("/api/v2/organization_fields/{organization_field_id}", "delete", 204, "/api/v2/organization_fields/33002", None),
    ("/api/v2/custom_statuses", "post", 201, "", {"custom_status": {"status_category": "hold", "agent_label": "X"}}),
    ("/api/v2/custom_statuses/{custom_status_id}", "put", 200, "/api/v2/custom_statuses/29006", {"custom_status": {"agent_label": "Y"}}),
    ("/api/v2/custom_statuses/{custom_status_id}", "delete", 204, "/api/v2/custom_statuses/29008", None),
    ("/api/v2/ticket_forms", "post", 201, "", {"ticket_form": {"name": "F"}}),
    ("/api/v2/ticket_forms/{ticket_form_id}", "put", 200, "/api/v2/ticket_forms/28002", {"ticket_form": {"name": "G"}}),
    ("/api/v2/ticket_forms/{ticket_form_id}", "delete", 204, "/api/v2/ticket_forms/28002", None),
    ("/api/v2/search/export", "get", 200, "?query=status:closed&filter[type]=ticket", None),
]  # fmt: skip


@pytest.fixture(scope="module")
def answers():
    """All writes above, on one desk, with the jobs that they began at their ends."""
    found, jobs = [], []
    with served(tickets=20, plan=None, bulk_users=True) as (emulator, client):
        for template, method, _, path, body in WRITES:
            where = template + path if path.startswith("?") or not path else path
            answer = client.request(method.upper(), where, json=body)
            found.append(answer)
            if answer.text.startswith('{"job_status":'):
                jobs.append(done(emulator, client, answer))
    return found, jobs


@pytest.mark.parametrize(
    "index",
    range(len(WRITES)),
    ids=lambda index: f"{WRITES[index][1]} {WRITES[index][3] or WRITES[index][0]}",
)
def test_answers_to_writes_are_valid_against_the_vendors_document(shared, answers, index):
    template, method, status, *_ = WRITES[index]
    answer = answers[0][index]
    assert answer.status_code == status, answer.text
    if status == 204:
        assert answer.content == b""
        assert document(shared)["paths"][template][method]["responses"]["204"]
    elif status < 400:
        assert complaints(shared, answer_schema(shared, template, status, method), answer.json()) == []


def test_finished_jobs_are_valid_against_the_vendors_document(shared, answers):
    jobs = answers[1]
    assert len(jobs) > 15
    for job in jobs:
        assert complaints(shared, "JobStatusObject", job) == [], job


PROOFS = {
    "JobStatusResultObject": {"status": "Created", "id": 1},
    "DeletedUserObject.email": None,
    "DeletedUserObject.organization_id": None,
}


@pytest.mark.parametrize("place", PROOFS)
def test_faults_of_the_document_about_writes_are_some(shared, answers, place):
    fault = next(fault for fault in FAULTS if fault.place == place)
    schema, _, member = place.partition(".")
    deleted = next(
        answer for answer, row in zip(answers[0], WRITES, strict=True) if row[0] == "/api/v2/deleted_users"
    )
    body = deleted.json()["deleted_users"][0] | {member: None} if member else PROOFS[place]
    assert complaints(shared, schema, body) == []
    assert complaints(shared, schema, body, without=fault) != []
