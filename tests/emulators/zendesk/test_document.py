"""The Zendesk emulator's answers against the vendor's own document."""

import json

import pytest
from tests.connectors.zendesk.emulated import desk, fresh
from tests.contract.zendesk_document_faults import FAULTS, answer_schema, complaints

__all__ = ["desk", "fresh"]


DOCUMENTED = {
    "/api/v2/incremental/tickets/cursor": "?start_time=0&include=users,groups,organizations",
    "/api/v2/incremental/users/cursor": "?start_time=0&include=identities",
    "/api/v2/incremental/organizations": "?start_time=0",
    "/api/v2/incremental/ticket_events": "?start_time=0&include=comment_events",
    "/api/v2/tickets": "?page[size]=100",
    "/api/v2/tickets/count": "",
    "/api/v2/tickets/show_many": "?ids=1,2,3,64",
    "/api/v2/tickets/{ticket_id}": "",
    "/api/v2/tickets/{ticket_id}/comments": "?page[size]=100&include=users&include_inline_images=true",
    "/api/v2/tickets/{ticket_id}/comments/count": "",
    "/api/v2/tickets/{ticket_id}/audits": "?page[size]=100",
    "/api/v2/tickets/{ticket_id}/metrics": "",
    "/api/v2/tickets/{ticket_id}/related": "",
    "/api/v2/tickets/{ticket_id}/incidents": "",
    "/api/v2/ticket_metrics": "",
    "/api/v2/deleted_tickets": "",
    "/api/v2/suspended_tickets": "",
    "/api/v2/satisfaction_ratings": "",
    "/api/v2/users": "",
    "/api/v2/users/count": "",
    "/api/v2/users/me": "",
    "/api/v2/users/show_many": "?ids=50001,51002",
    "/api/v2/users/{user_id}": "",
    "/api/v2/users/{user_id}/identities": "",
    "/api/v2/organizations": "",
    "/api/v2/organizations/count": "",
    "/api/v2/organizations/show_many": "?ids=42001",
    "/api/v2/organizations/{organization_id}": "",
    "/api/v2/organization_memberships": "",
    "/api/v2/groups": "",
    "/api/v2/groups/count": "",
    "/api/v2/groups/{group_id}": "",
    "/api/v2/group_memberships": "",
    "/api/v2/brands": "",
    "/api/v2/ticket_fields": "",
    "/api/v2/ticket_fields/count": "",
    "/api/v2/ticket_fields/{ticket_field_id}": "",
    "/api/v2/ticket_fields/{ticket_field_id}/options": "",
    "/api/v2/ticket_forms": "",
    "/api/v2/user_fields": "",
    "/api/v2/organization_fields": "",
    "/api/v2/custom_statuses": "",
    "/api/v2/slas/policies": "",
    "/api/v2/sharing_agreements": "",
    "/api/v2/account/settings": "",
    "/api/v2/macros": "?include=usage_30d",
    "/api/v2/triggers": "?include=usage_30d",
    "/api/v2/automations": "?include=usage_30d",
    "/api/v2/custom_objects": "",
    "/api/v2/custom_objects/{custom_object_key}/records/count": "",
    "/api/v2/dynamic_content/items": "",
    "/api/v2/satisfaction_ratings/{satisfaction_rating_id}": "",
    "/api/v2/views": "",
    "/api/v2/views/count": "",
    "/api/v2/search": "?query=type:ticket status:open",
    "/api/v2/incremental/tickets": "?start_time=0&per_page=50",
    "/api/v2/incremental/users": "?start_time=0&per_page=50",
    "/api/v2/tickets/recent": "",
    "/api/v2/macros/search": "?query=close",
    "/api/v2/triggers/search": "?query=notify",
    "/api/v2/automations/search": "?query=close",
    "/api/v2/views/search": "?query=unsolved",
    "/api/v2/incremental/{incremental_resource}/sample": "?start_time=0",
    "/api/v2/ticket_metrics/{ticket_metric_id}": "",
    "/api/v2/ticket_fields/{ticket_field_id}/options/{ticket_field_option_id}": "",
    "/api/v2/problems": "",
    "/api/v2/tickets/{ticket_id}/collaborators": "",
    "/api/v2/tickets/{ticket_id}/email_ccs": "",
    "/api/v2/tickets/{ticket_id}/followers": "",
    "/api/v2/tickets/{ticket_id}/audits/count": "",
    "/api/v2/satisfaction_ratings/count": "",
    "/api/v2/tags": "?page[size]=100",
    "/api/v2/tags/count": "",
    "/api/v2/autocomplete/tags": "?name=ac",
    "/api/v2/users/autocomplete": "?name=Ma",
    "/api/v2/users/{user_id}/groups": "",
    "/api/v2/users/{user_id}/groups/count": "",
    "/api/v2/users/{user_id}/organizations": "",
    "/api/v2/users/{user_id}/organizations/count": "",
    "/api/v2/users/{user_id}/tags": "",
    "/api/v2/users/{user_id}/related": "",
    "/api/v2/users/{user_id}/tickets/requested": "",
    "/api/v2/users/{user_id}/tickets/assigned": "",
    "/api/v2/users/{user_id}/tickets/assigned/count": "",
    "/api/v2/users/{user_id}/tickets/ccd": "",
    "/api/v2/users/{user_id}/tickets/ccd/count": "",
    "/api/v2/users/{user_id}/tickets/followed": "",
    "/api/v2/organizations/{organization_id}/tickets": "",
    "/api/v2/organizations/{organization_id}/tickets/count": "",
    "/api/v2/organizations/{organization_id}/users": "",
    "/api/v2/organizations/{organization_id}/users/count": "",
    "/api/v2/organizations/{organization_id}/organization_memberships": "",
    "/api/v2/organizations/{organization_id}/related": "",
    "/api/v2/organizations/{organization_id}/tags": "",
    "/api/v2/groups/assignable": "",
    "/api/v2/groups/{group_id}/users": "",
    "/api/v2/groups/{group_id}/users/count": "",
    "/api/v2/groups/{group_id}/memberships": "",
    "/api/v2/groups/{group_id}/memberships/assignable": "",
    "/api/v2/group_memberships/assignable": "",
    "/api/v2/macros/active": "",
    "/api/v2/macros/{macro_id}": "",
    "/api/v2/triggers/active": "",
    "/api/v2/triggers/{trigger_id}": "",
    "/api/v2/automations/active": "",
    "/api/v2/automations/{automation_id}": "",
    "/api/v2/views/active": "",
    "/api/v2/views/compact": "",
    "/api/v2/views/{view_id}": "",
    "/api/v2/ticket_fields/show_many": "?ids=31002",
    "/api/v2/ticket_forms/show_many": "?ids=1",
    "/api/v2/user_fields/show_many": "?ids=1",
    "/api/v2/sharing_agreements/{sharing_agreement_id}": "",
    "/api/v2/recipient_addresses/{support_address_id}": "",
    "/api/v2/dynamic_content/items/{dynamic_content_item_id}": "",
    "/api/v2/search/count": "?query=type:user role:admin",
}
IDS = {
    "ticket_id": "90",
    "user_id": "51001",
    "organization_id": "42001",
    "group_id": "26001",
    "ticket_field_id": "31002",
    "custom_object_key": "router",
    "satisfaction_rating_id": "61000082",
    "incremental_resource": "tickets",
    "ticket_metric_id": "90",
    "ticket_field_option_id": "3100201",
    "macro_id": "37001",
    "trigger_id": "35001",
    "automation_id": "36001",
    "view_id": "38001",
    "sharing_agreement_id": "40001",
    "support_address_id": "42001",
    "dynamic_content_item_id": "44001",
}


@pytest.mark.parametrize("suffix", ["", ".json"])
@pytest.mark.parametrize("template", sorted(DOCUMENTED))
def test_answers_are_valid_against_the_vendors_document(shared, desk, template, suffix):
    answer = desk[1].get(template.format(**IDS) + suffix + DOCUMENTED[template])
    assert answer.status_code == 200, answer.text
    assert complaints(shared, answer_schema(shared, template, 200), answer.json()) == []


def test_the_current_token_is_valid_against_the_vendors_document(shared, desk):
    names = desk[0].credentials
    asked = {"grant_type": "client_credentials", "client_id": names["ZENDESK_CLIENT_ID"], "scope": "read",
             "client_secret": names["ZENDESK_CLIENT_SECRET"]}  # fmt: skip
    token = desk[1].post("/oauth/tokens", json=asked, auth=None).json()["access_token"]
    answer = desk[1].get(
        "/api/v2/oauth/tokens/current", auth=None, headers={"Authorization": f"Bearer {token}"}
    )
    assert complaints(shared, answer_schema(shared, "/api/v2/oauth/tokens/current", 200), answer.json()) == []
    assert answer.json()["token"]["scopes"] == ["read"]
    assert token not in answer.text
    assert desk[1].get("/api/v2/oauth/tokens/current").status_code == 404


def test_the_check_against_the_document_does_complain(shared, desk):
    ticket = desk[1].get("/api/v2/tickets/90").json()
    ticket["ticket"]["status"] = "lost"
    ticket["ticket"]["tags"] = [1]
    assert len(complaints(shared, answer_schema(shared, "/api/v2/tickets/{ticket_id}", 200), ticket)) == 2


SPECIMENS = {
    "TicketObject": "/api/v2/tickets/show_many?ids=3,90,142",
    "ExportIncrementalTicketEventsResponse": "/api/v2/incremental/ticket_events?start_time=0&per_page=3",
    "TicketMetricsByTicketMetricIdResponse": "/api/v2/tickets/90/metrics",
    "AttachmentBaseObject": "/api/v2/tickets/90/comments",
    "UserForAdmin": "/api/v2/users/show_many?ids=50012,51003,51022",
    "BrandObject": "/api/v2/brands",
    "TicketFieldObject": "/api/v2/ticket_fields",
    "OrganizationObject": "/api/v2/organizations",
    "SatisfactionRatingObject": "/api/v2/satisfaction_ratings",
    "TicketMetricObject": "/api/v2/ticket_metrics",
    "AuthorObject": "/api/v2/suspended_tickets",
}
SPECIMENS |= {"TicketFieldValueInput": SPECIMENS["TicketObject"], "TicketMetricTimeObject": SPECIMENS["TicketMetricObject"],
              "SuspendedTicketObject": SPECIMENS["AuthorObject"]}  # fmt: skip
PROVED_BY_WRITES = ("JobStatusResultObject", "DeletedUserObject")
ELSEWHERE = {
    "SatisfactionRatingResponse.satisfaction_rating": "/api/v2/satisfaction_ratings/61000082",
    "TicketObject.status": "/api/v2/incremental/tickets/cursor?start_time=0&per_page=80",
    "UserForAdmin.id": "/api/v2/users/me",
}


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if not fault.lax and not fault.place.startswith(PROVED_BY_WRITES)],
    ids=lambda fault: fault.name,
)
def test_every_fault_of_the_document_on_our_list_is_one(shared, desk, fault):
    path = ELSEWHERE.get(fault.place) or SPECIMENS[fault.place.split(".")[0]]
    template = (
        path.split("?")[0]
        .replace("/tickets/90/", "/tickets/{ticket_id}/")
        .replace("/61000082", "/{satisfaction_rating_id}")
    )
    anonymous = {"auth": None} if template.endswith("/me") else {}
    body = desk[1].get(path, **anonymous).raise_for_status().json()
    schema = answer_schema(shared, template, 200)
    assert complaints(shared, schema, body) == []
    assert complaints(shared, schema, body, without=fault) != []


@pytest.mark.parametrize(
    ("place", "template", "body"),
    [("UserObject", "/api/v2/users/{user_id}", {"user": {"id": 1, "name": "x", "tags": "not a list"}}),
     ("ExportIncrementalTicketEventsResponse.ticket_events", "/api/v2/incremental/ticket_events",
      {"ticket_events": [{"id": 1}]})],
)  # fmt: skip
def test_where_the_document_is_lax_the_check_is_not(shared, place, template, body):
    fault = next(fault for fault in FAULTS if fault.place == place)
    schema = answer_schema(shared, template, 200)
    assert fault.lax
    assert complaints(shared, schema, body, without=fault) == []
    assert complaints(shared, schema, body) != []


def test_tickets_have_every_key_that_recorded_tickets_have(shared, desk):
    recorded = json.loads((shared / "fixtures/zendesk-samples/GET/ticket.json").read_bytes())["ticket"]
    assert set(recorded) <= set(desk[1].get("/api/v2/tickets/3").json()["ticket"])
    recorded = json.loads((shared / "fixtures/zendesk-samples/GET/user.json").read_bytes())["user"]
    assert set(recorded) <= set(desk[1].get("/api/v2/users/51001").json()["user"])
