"""Every answer of Intercom's stand-in held against the vendor's own document."""

import json
import re
from collections import Counter

import pytest
from tests.contract.intercom_document_faults import (
    FAULTS,
    answer_complaints,
    operation_of,
)
from tests.emulators.intercom.workspaces import ALL, workspace

from ticketferry_emulators.intercom.app import ROUTES, UNDOCUMENTED

UNDOCUMENTED_STATUS = frozenset({404, 400, 409, 422})
"""Refusals that the document leaves out for some calls, as the vendor's pages say of all of them: the envelope is held all the same."""


def reads(desk):
    """All that a reader asks."""
    state = desk.state
    yield from (("GET", path, None) for path in (
        "/me", "/admins", "/admins/3001", "/admins/9", "/teams", "/teams/77", "/teams/9", "/tags", "/tags/9001", "/tags/1", "/segments",
        "/subscription_types", "/brands", "/away_status_reasons", "/data_attributes", "/data_attributes?include_archived=true",
        "/ticket_types", "/ticket_types/55", "/ticket_states", "/notes/26", "/notes/1", "/conversations?per_page=60",
        "/contacts?per_page=60", "/contacts/find_by_external_id/70", "/companies/scroll", "/companies?company_id=remote-1",
    ))  # fmt: skip
    for kind in ("conversations", "tickets", "contacts"):
        yield "POST", f"/{kind}/search", {"query": ALL, "pagination": {"per_page": 150}}
    yield "POST", "/companies/list", None
    company = next(iter(state.companies))
    yield from (
        ("GET", f"/companies/{company}{more}", None) for more in ("", "/contacts", "/notes", "/segments")
    )
    contact = state.present()[0].id
    for more in ("", "/companies", "/tags", "/notes", "/segments", "/subscriptions"):
        yield "GET", f"/contacts/{contact}{more}", None
    yield from (("GET", f"/conversations/{key}", None) for key in (*state.conversations, "1"))
    yield from (
        ("GET", f"/conversations/{key}/handling_events", None) for key in list(state.conversations)[:60]
    )
    yield from (("GET", f"/tickets/{key}", None) for key in state.tickets)


@pytest.fixture(scope="module")
def exchanges(shared):
    """(method, path, status, body) of every call."""
    found = []
    with workspace(tickets=120) as desk:
        for method, path, body in reads(desk):
            answer = desk.client.request(method, path, json=body)
            found.append((method, answer.request.url.path, answer.status_code, answer.content))
        assert not desk.emulator.crashes
        assert not desk.emulator.unserved
    return found


def test_each_answer_is_what_the_document_says(exchanges, shared):
    said = Counter()
    for method, path, status, body in exchanges:
        for text in answer_complaints(shared, method, path, status, body):
            if text == f"{status} is not documented" and status in UNDOCUMENTED_STATUS:
                assert set(json.loads(body)) == {"type", "request_id", "errors"}
                continue
            said[f"{method} {path} {status}: {text}"] += 1
    assert not said, "\n".join(said)


def test_each_operation_has_the_documents_name(shared):
    for route in ROUTES:
        if route.operation in UNDOCUMENTED:
            continue
        found = operation_of(shared, route.method, re.sub(r"\{[^}]+\}", "7", route.path))
        assert found is not None, route.path
        assert found[1]["operationId"] == route.operation
        assert found[0].count("{") == route.path.count("{")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_known_fault_of_the_document_is_one(exchanges, shared, fault):
    """Without its mending some answer draws a complaint."""
    assert any(
        answer_complaints(shared, method, path, status, body, without=fault.name)
        for method, path, status, body in exchanges
        if status == 200 and ("/conversations/" in path or "/companies" in path)
    )
