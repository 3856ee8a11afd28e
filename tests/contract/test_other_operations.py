"""No documented operation is answered by the route of another one: `/project/type` is no project whose key is `type`."""

import json
import re

import pytest
from tests.connectors.zendesk.emulated import served
from tests.contract.intercom_document_faults import document as intercom_document
from tests.emulators.intercom.workspaces import workspace

from ticketferry_emulators.intercom.app import ROUTES as INTERCOM_ROUTES
from ticketferry_emulators.jsm.app import ROUTES as JSM_ROUTES
from ticketferry_emulators.jsm.responses.catalog import NOT_SERVED
from ticketferry_emulators.kit.messages import Router
from ticketferry_emulators.zendesk.app import ROUTES as ZENDESK_ROUTES

METHODS = ("get", "post", "put", "delete")
SITE = (*JSM_ROUTES, *NOT_SERVED)


def caught(document, routes):
    """Yield each documented operation whose path a route takes with a parameter where the document has a word."""
    router = Router(routes)
    for template, methods in document["paths"].items():
        path = re.sub(r"\{[^}]*\}", "7", template)
        for method in METHODS:
            found = router.find("api", method.upper(), path) if method in methods else None
            if found is not None and any(
                "{" in mine and "{" not in theirs
                for mine, theirs in zip(found[0].path.split("/"), template.split("/"), strict=True)
            ):
                yield f"{method.upper()} {template}", found[0]


@pytest.mark.parametrize("name", ["jira-platform", "jsm-servicedesk"])
def test_no_documented_operation_of_jira_is_taken_for_a_key_or_an_id(shared, name):
    document = json.loads((shared / "specs" / f"{name}.openapi.json").read_bytes())
    assert dict(caught(document, SITE)) == {}


def test_no_documented_operation_of_zendesk_is_taken_for_an_id(shared):
    """Ids are numbers there: a route that finds a word in the place of one says that it does not serve the operation."""
    document = json.loads((shared / "specs" / "zendesk-support.openapi.json").read_bytes())
    found = dict(caught(document, ZENDESK_ROUTES))
    assert "GET /api/v2/brands/check_host_mapping" in found
    with served(tickets=3, plan=None) as (_, client):
        for operation in found:
            method, _, path = operation.partition(" ")
            answer = client.request(method, re.sub(r"\{[^}]*\}", "7", path), json={})
            assert (answer.status_code, answer.json()["error"][:12]) == (501, "the emulator"), operation


def test_no_documented_operation_of_intercom_is_taken_for_an_id(shared):
    """Ids of teammates are numbers: the log of what they did is none of them."""
    found = dict(caught(intercom_document(shared), INTERCOM_ROUTES))
    assert found.keys() == {"GET /admins/activity_logs"}
    with workspace(tickets=4) as desk:
        answer = desk.client.get("/admins/activity_logs")
        assert (answer.status_code, answer.json()["error"][:12]) == (501, "the emulator")
