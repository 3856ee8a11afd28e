"""Requests of the wrong shape: refused in the vendor's envelope, never a crash, and a refusal changes nothing."""

import pytest
from tests.emulators.intercom.workspaces import ALL, workspace

JUNK = (
    None,
    True,
    -1,
    0,
    1.5,
    10**20,
    "",
    "x",
    "0",
    "3006",
    "😀\u0000",
    [],
    [None],
    ["x"],
    [{}],
    {},
    {"id": None},
    {"a": [{}]},
)
DRAWN = 2
"""Junk values that each member of a body gets."""
ADMIN = {"type": "admin", "admin_id": "3001"}


@pytest.fixture(scope="module")
def desk():
    with workspace(tickets=4, per_minute=None) as one:
        one.state.automation.quiet()
        yield one


def calls(state):
    """Every write with a body that is taken, and the searches."""
    person = next(row.id for row in state.present() if row.role == "user" and row.email and not row.blocked)
    talk, ticket = next(iter(state.conversations)), next(iter(state.tickets))
    company = next(iter(state.companies))
    one = f"/conversations/{talk}"
    file = {"name": "a", "content_type": "text/plain", "data": "eA=="}
    words = {"body": "<p>x</p>", "created_at": state.now(), "attachment_urls": [], "attachment_files": [file],
             "skip_notifications": True, "reply_options": []}  # fmt: skip
    yield "POST", "/conversations", {
        "from": {"type": "user", "id": person}, "body": "x", "subject": "s", "created_at": 1_700_000_000, "attachment_urls": [],
    }  # fmt: skip
    yield "PUT", one, {"title": "t", "read": True, "custom_attributes": {"Plan": "x"}, "company_id": company}
    yield "POST", f"{one}/reply", {"message_type": "note", **ADMIN, **words}
    yield (
        "POST",
        f"{one}/reply",
        {"message_type": "quick_reply", **ADMIN, "reply_options": [{"text": "a", "uuid": "u"}]},
    )
    yield (
        "POST",
        f"{one}/reply",
        {"message_type": "comment", "type": "user", "intercom_user_id": person, **words},
    )
    yield (
        "POST",
        f"{one}/reply",
        {"message_type": "comment", "type": "user", "email": "a@b", "user_id": "7", "body": "x"},
    )
    for kind in ({"message_type": "close"}, {"message_type": "snoozed", "snoozed_until": state.now() + 9_999},
                 {"message_type": "assignment", "assignee_id": "77"}, {"message_type": "open"}):  # fmt: skip
        yield "POST", f"{one}/parts", {**ADMIN, "body": "b", **kind}
    yield "POST", f"{one}/customers", {"admin_id": "3001", "customer": {"intercom_user_id": person}}
    yield "POST", f"{one}/tags", {"id": "9001", "admin_id": "3001"}
    yield (
        "POST",
        "/conversations/redact",
        {"type": "source", "conversation_id": talk, "source_id": "1", "conversation_part_id": "2"},
    )
    yield "POST", "/messages", {"message_type": "email", "subject": "s", "body": "b", "from": {"type": "admin", "id": 3001}, "cc": None,
                                "to": {"type": "user", "id": person}, "created_at": 1_700_000_000}  # fmt: skip
    yield "POST", "/tickets", {"ticket_type_id": "55", "contacts": [{"id": person}], "ticket_attributes": {"Severity": "s1"}, "created_at": 1_700_000_000,
                               "assignment": {"admin_assignee_id": "3001"}, "company_id": company, "conversation_to_link_id": talk}  # fmt: skip
    yield (
        "POST",
        "/tickets/enqueue",
        {"ticket_type_id": "55", "contacts": [{"id": person}], "ticket_attributes": {}},
    )
    yield "PUT", f"/tickets/{ticket}", {"ticket_attributes": {"Severity": "s1"}, "ticket_state_id": "8270", "open": True, "is_shared": True,
                                        "snoozed_until": state.now() + 9_999, "admin_id": 3001, "assignee_id": "77", "company_id": company}  # fmt: skip
    yield (
        "POST",
        f"/tickets/{ticket}/reply",
        {"message_type": "note", **ADMIN, "body": "x", "attachment_urls": [], "cross_post": False},
    )
    yield "POST", f"/tickets/{ticket}/tags", {"id": "9001", "admin_id": "3001"}
    yield "POST", "/contacts", {"role": "lead", "external_id": None, "email": "q@x.example", "phone": "1", "name": "n", "avatar": "a", "signed_up_at": 5,
                                "last_seen_at": 5, "owner_id": 3001, "unsubscribed_from_emails": True, "custom_attributes": {"seats": 1}}  # fmt: skip
    yield (
        "PUT",
        f"/contacts/{person}",
        {
            "name": "n",
            "email": "z@x.example",
            "role": "user",
            "external_id": "e",
            "custom_attributes": {"seats": 1},
        },
    )
    yield "POST", "/contacts/merge", {"from": "x", "into": person}
    yield "POST", f"/contacts/{person}/tags", {"id": "9001"}
    yield "POST", f"/contacts/{person}/companies", {"id": company}
    yield "POST", f"/contacts/{person}/notes", {"body": "n", "admin_id": "3001"}
    yield "POST", "/companies", {"company_id": "q", "name": "n", "plan": "p", "size": 1, "website": "w", "industry": "i", "monthly_spend": 1,
                                 "remote_created_at": 1, "custom_attributes": {"tier": "t"}}  # fmt: skip
    yield "PUT", f"/companies/{company}", {"name": "n", "plan": "p", "custom_attributes": {"tier": "t"}}
    yield (
        "POST",
        "/tags",
        {"name": "t", "id": "9001", "users": [{"id": person}], "companies": [{"id": company, "untag": True}]},
    )
    yield (
        "POST",
        "/data_attributes",
        {
            "name": "n",
            "model": "contact",
            "data_type": "options",
            "options": [{"value": "a"}, {"value": "b"}],
        },
    )
    yield (
        "PUT",
        "/data_attributes/12001",
        {"archived": False, "description": "d", "options": [{"value": "a"}, {"value": "b"}]},
    )
    yield "POST", "/ticket_types", {"name": "n", "category": "Customer", "description": "d", "icon": "i"}
    yield (
        "PUT",
        "/ticket_types/57",
        {"name": "n", "category": "Tracker", "description": "d", "icon": "i", "archived": False},
    )
    yield (
        "POST",
        "/ticket_types/57/attributes",
        {"name": "n", "description": "d", "data_type": "list", "list_items": "a,b"},
    )
    for kind in ("conversations", "tickets", "contacts"):
        yield (
            "POST",
            f"/{kind}/search",
            {"query": ALL, "pagination": {"per_page": 5, "starting_after": None}, "sort": {"field": "id"}},
        )
        yield "POST", f"/{kind}/search", {"query": {"operator": "AND", "value": [ALL]}}


def spoilt(body, junk):
    """Yield the body with each member, down to the second level, replaced."""
    for name, value in body.items():
        yield body | {name: junk}
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            for key in inner:
                changed = inner | {key: junk}
                yield body | {name: [changed] if isinstance(value, list) else changed}


def test_no_shape_of_a_request_crashes_and_a_refusal_changes_nothing(desk):
    """Each member in turn is replaced by a few of the junk values; over all members each value comes often."""
    refused, turn = 0, 0
    before = desk.emulator.dump()
    for method, path, body in calls(desk.state):
        count = len(list(spoilt(body, None)))
        for place in range(count):
            for step in range(DRAWN):
                turn += 5
                sent = list(spoilt(body, JUNK[turn % len(JUNK)]))[place]
                answer = desk.client.request(method, path, json=sent)
                assert not desk.emulator.crashes, (method, path, sent, desk.emulator.crashes)
                if answer.status_code < 300:
                    before = desk.emulator.dump()
                    continue
                refused += 1
                assert answer.status_code in (400, 404, 409, 422, 501), (
                    method,
                    path,
                    sent,
                    answer.status_code,
                )
                if step == 0 or answer.status_code != 400:
                    after = desk.emulator.dump()
                    changed = [name for name in before if before[name] != after[name]]
                    assert changed == [], (method, path, sent, answer.text, changed)
        for junk in (None, True, 3, "x", [], [{}]):
            assert desk.client.request(method, path, json=junk).status_code in (200, 400, 404, 501)
        assert not desk.emulator.crashes
    assert refused > 200
