"""Every answer of Intercom's stand-in held against the vendor's own document."""

import json
import re
from collections import Counter

import pytest
from tests.contract.intercom_document_faults import (
    FAULTS,
    answer_complaints,
    operation_of,
    request_complaints,
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


def writes(desk):
    """Every write once, in an order in which each can be done; a call that makes something is sent its id back."""
    person = yield "POST", "/contacts", {"role": "user", "email": "new@x.example", "external_id": "n1"}
    lead = yield "POST", "/contacts", {"role": "lead", "email": "lead@x.example"}
    yield "POST", "/contacts", {"role": "user", "email": "new@x.example"}
    yield "PUT", f"/contacts/{person}", {"name": "New", "custom_attributes": {"seats": 2}}
    company = yield (
        "POST",
        "/companies",
        {"company_id": "c-1", "name": "C", "custom_attributes": {"tier": "x"}},
    )
    yield "PUT", f"/companies/{company}", {"name": "D"}
    yield "POST", f"/contacts/{person}/companies", {"id": company}
    yield "POST", f"/contacts/{person}/companies", {"id": "1"}
    yield "DELETE", f"/contacts/{person}/companies/{company}", None
    yield "POST", f"/contacts/{person}/tags", {"id": "9001"}
    yield "DELETE", f"/contacts/{person}/tags/9001", None
    yield "POST", f"/contacts/{person}/notes", {"body": "note", "admin_id": "3001"}
    talk = yield "POST", "/conversations", {"from": {"type": "user", "id": person}, "body": "Hello"}
    yield "POST", "/conversations", {"from": {"type": "user", "id": "1"}, "body": "Hello"}
    one, admin = f"/conversations/{talk}", {"type": "admin", "admin_id": "3001"}
    yield "PUT", one, {"custom_attributes": {"Plan": "gold"}, "title": "A title", "read": True}
    file = {"name": "a.txt", "content_type": "text/plain", "data": "eA=="}
    yield (
        "POST",
        f"{one}/reply",
        {"message_type": "note", **admin, "body": "<p>n</p>", "attachment_files": [file]},
    )
    yield (
        "POST",
        f"{one}/reply",
        {"message_type": "comment", **admin, "body": "c", "skip_notifications": True},
    )
    options = [{"text": "Yes", "uuid": "a5e1c524-5ddd-4c3e-9328-6bca5d6e3edb"}]
    yield "POST", f"{one}/reply", {"message_type": "quick_reply", **admin, "reply_options": options}
    yield (
        "POST",
        f"{one}/reply",
        {"message_type": "comment", "type": "user", "intercom_user_id": person, "body": "c"},
    )
    later = int(desk.emulator.clock.time()) + 60
    for act in (
        {"message_type": "close", "body": "bye"},
        {"message_type": "open"},
        {"message_type": "snoozed", "snoozed_until": later},
        {"message_type": "assignment", "assignee_id": "3002"},
    ):
        yield "POST", f"{one}/parts", {**admin, **act}
    yield "POST", f"{one}/parts", {**admin, "message_type": "assignment", "assignee_id": "1"}
    yield "POST", f"{one}/customers", {"admin_id": "3001", "customer": {"intercom_user_id": lead}}
    yield "DELETE", f"{one}/customers/{lead}", {"admin_id": "3001"}
    yield "DELETE", f"{one}/customers/{person}", {"admin_id": "3001"}
    yield "POST", f"{one}/tags", {"id": "9001", "admin_id": "3001"}
    yield "DELETE", f"{one}/tags/9001", {"admin_id": "3001"}
    conversation = desk.state.conversations[talk]
    part = {"type": "conversation_part", "conversation_id": talk, "conversation_part_id": "1"}
    yield "POST", "/conversations/redact", part
    yield (
        "POST",
        "/conversations/redact",
        {"type": "source", "conversation_id": talk, "source_id": conversation.source.id},
    )
    yield "DELETE", one, None
    message = {"message_type": "email", "subject": "s", "body": "b", "from": {"type": "admin", "id": 3001}}
    yield "POST", "/messages", {**message, "to": {"type": "user", "id": person}}
    make = {
        "ticket_type_id": "55",
        "contacts": [{"id": person}],
        "ticket_attributes": {"_default_title_": "T"},
    }
    ticket = yield "POST", "/tickets", {**make, "skip_notifications": True}
    job = yield "POST", "/tickets/enqueue", make
    desk.emulator.clock.advance(5)
    yield "GET", f"/jobs/status/{job}", None
    yield (
        "PUT",
        f"/tickets/{ticket}",
        {"ticket_state_id": "8270", "ticket_attributes": {"Severity": "s1"}, "assignee_id": "77"},
    )
    yield "PUT", f"/tickets/{ticket}", {"snoozed_until": later + 600, "admin_id": 3001}
    yield "PUT", f"/tickets/{ticket}", {"ticket_state_id": "1"}
    yield "POST", f"/tickets/{ticket}/reply", {"message_type": "comment", **admin, "body": "c"}
    yield (
        "POST",
        f"/tickets/{ticket}/reply",
        {"message_type": "comment", "type": "user", "intercom_user_id": person, "body": "c"},
    )
    yield "GET", f"/tickets/{ticket}", None
    yield "POST", f"/tickets/{ticket}/tags", {"id": "9001", "admin_id": "3001"}
    yield "DELETE", f"/tickets/{ticket}/tags/9001", {"admin_id": "3001"}
    yield "DELETE", f"/tickets/{ticket}", None
    tag = yield "POST", "/tags", {"name": "fresh"}
    yield "DELETE", f"/tags/{tag}", None
    made = yield "POST", "/data_attributes", {"name": "fresh", "model": "contact", "data_type": "string"}
    yield "POST", "/data_attributes", {"name": "fresh", "model": "contact", "data_type": "string"}
    yield "PUT", f"/data_attributes/{made}", {"archived": True}
    kind = yield "POST", "/ticket_types", {"name": "Parcel", "category": "Customer"}
    yield "PUT", f"/ticket_types/{kind}", {"description": "x"}
    field = yield (
        "POST",
        f"/ticket_types/{kind}/attributes",
        {"name": "Size", "description": "", "data_type": "string"},
    )
    yield "PUT", f"/ticket_types/{kind}/attributes/{field}", {"description": "x"}
    yield "POST", f"/contacts/{person}/archive", None
    yield "POST", f"/contacts/{person}/unarchive", None
    yield "POST", f"/contacts/{person}/block", None
    yield "POST", "/contacts/merge", {"from": lead, "into": person}
    yield "DELETE", f"/companies/{company}", None
    yield "DELETE", f"/contacts/{person}", None


@pytest.fixture(scope="module")
def exchanges(shared):
    """(method, path, status, body, body of the request) of every call."""
    found = []

    def ask(method, path, body):
        answer = desk.client.request(method, path, json=body)
        found.append((method, answer.request.url.path, answer.status_code, answer.content, body))
        return json.loads(answer.content or b"{}")

    with workspace(tickets=120) as desk:
        for method, path, body in reads(desk):
            ask(method, path, body)
        script = writes(desk)
        call = next(script, None)
        while call is not None:
            answer = ask(*call)
            try:
                call = script.send(answer.get("conversation_id") or answer.get("id"))
            except StopIteration:
                call = None
        assert not desk.emulator.crashes
        assert not desk.emulator.unserved
        assert desk.emulator.ledger.counts().keys() == {route.operation for route in ROUTES} - UNDOCUMENTED
    return found


def test_each_answer_is_what_the_document_says(exchanges, shared):
    said = Counter()
    for method, path, status, body, _ in exchanges:
        for text in answer_complaints(shared, method, path, status, body):
            if text == f"{status} is not documented" and status in UNDOCUMENTED_STATUS:
                assert set(json.loads(body)) == {"type", "request_id", "errors"}
                continue
            said[f"{method} {path} {status}: {text}"] += 1
    assert not said, "\n".join(said)


def test_each_body_that_was_taken_is_of_the_documents_schema(exchanges, shared):
    """What the stand-in takes, the vendor takes: no request of these tests asks for more than the document has."""
    said = {
        f"{method} {path}: {text}"
        for method, path, status, _, body in exchanges
        if status == 200 and body is not None
        for text in request_complaints(shared, method, path, body)
    }
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
        for method, path, status, body, _ in exchanges
        if status == 200 and ("/conversations/" in path or "/companies" in path)
    )
