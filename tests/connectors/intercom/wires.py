"""Wire records in the shapes that Intercom's document shows, with made-up people."""

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.trace import finish
from ticketferry_intercom import CONNECTOR
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.translate import translate

OPTIONS = IntercomOptions(token="x")
ANN, JOE, FIN = "6501aaaaaaaaaaaaaaaaaaaa", "3001", "88"
PEOPLE = {
    ANN: {"type": "user", "id": ANN, "name": "Ann", "email": "ann@x.example"},
    JOE: {"type": "admin", "id": JOE, "name": "Joe", "email": "joe@desk.example"},
    FIN: {"type": "bot", "id": FIN, "name": "Fin", "email": "operator+x@intercom.example"},
}
CATALOG = {"desk": "acme", "product": "intercom", "native": {"tags": {"9001": "vpn"}}}


def part(id_, kind, body=None, author=JOE, at=1739000100, **more):
    return {
        "type": "conversation_part", "id": id_, "part_type": kind, "body": body, "created_at": at, "updated_at": at, "notified_at": at,
        "assigned_to": None, "author": dict(PEOPLE[author]), "attachments": [], "external_id": None, "redacted": False,
        "state": "open", "tags": [], "event_details": None, "app_package_code": None, **more,
    }  # fmt: skip


def file(name, **more):
    url = f"https://downloads.intercomcdn.com/i/{name}?expires=1&signature=s"
    return {"type": "upload", "name": name, "url": url, "content_type": "image/png", "filesize": 12, **more}


def conversation(*parts, **more):
    return {
        "type": "conversation", "id": "471", "title": None, "created_at": 1739000000, "updated_at": 1739003600, "waiting_since": None,
        "snoozed_until": None, "open": True, "state": "open", "read": False, "priority": "not_priority", "admin_assignee_id": 3001,
        "team_assignee_id": 77, "company": None,
        "source": {
            "type": "email", "id": "<mid>", "delivered_as": "customer_initiated", "subject": "<p>VPN &amp; you</p>", "body": "<p>hi</p>",
            "author": dict(PEOPLE[ANN]), "attachments": [], "url": None, "redacted": False,
        },
        "contacts": {"type": "contact.list", "contacts": [
            {"type": "contact", "id": ANN, "external_id": "70"}, {"type": "contact", "id": "6501bbbbbbbbbbbbbbbbbbbb", "external_id": None},
        ]},
        "teammates": {"type": "admin.list", "admins": [{"type": "admin", "id": "3001"}]},
        "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "9001", "name": "vpn", "applied_at": 1739000100,
                                               "applied_by": {"type": "admin", "id": "3001"}}]},
        "custom_attributes": {"Plan": "gold", 'a.b "c"': 3}, "first_contact_reply": None,
        "sla_applied": {"type": "conversation_sla_summary", "sla_name": "4h", "sla_status": "hit"},
        "conversation_rating": {"rating": 5, "remark": "good", "created_at": 1739004000, "contact": {"type": "contact", "id": ANN},
                                "teammate": {"type": "admin", "id": "3001"}},
        "statistics": {"type": "conversation_statistics", "count_conversation_parts": len(parts), "last_close_at": 1739003000},
        "ai_agent_participated": False, "ai_agent": None,
        "linked_objects": {"type": "list", "data": [{"id": "68", "type": "ticket", "category": "Back-office"}], "total_count": 1,
                           "has_more": False},
        "conversation_parts": {"type": "conversation_part.list", "total_count": len(parts), "conversation_parts": list(parts)},
        **more,
    }  # fmt: skip


def ticket(*parts, **more):
    return {
        "type": "ticket", "id": "68", "ticket_id": "12", "category": "Customer",
        "ticket_type": {"type": "ticket_type", "id": "1", "name": "Bug", "category": "Customer", "archived": False,
                        "ticket_type_attributes": {"type": "list", "data": [{"id": "5", "name": "Serial"}]}},
        "ticket_state": {"type": "ticket_state", "id": "5", "category": "waiting_on_customer", "internal_label": "With you",
                         "external_label": "Waiting on you"},
        "ticket_attributes": {"_default_title_": "Printer", "_default_description_": "It\nburns", "Serial": "A1", "Proof": [file("a.png")]},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": ANN, "external_id": "70"}]},
        "admin_assignee_id": "0", "team_assignee_id": "0", "company_id": "1234", "open": True, "is_shared": True, "snoozed_until": None,
        "created_at": 1739000000, "updated_at": 1739003600,
        "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": False},
        "ticket_parts": {"type": "ticket_part.list", "total_count": len(parts), "ticket_parts": list(parts)}, **more,
    }  # fmt: skip


def contact(**more):
    return {
        "type": "contact", "id": ANN, "external_id": "70", "workspace_id": "w", "role": "user", "email": "ann@x.example", "phone": "+49 1",
        "name": "Ann", "owner_id": None, "created_at": 1739000000, "updated_at": 1739003600, "signed_up_at": 1738000000,
        "unsubscribed_from_emails": False, "language_override": "de", "custom_attributes": {"tier": "gold"},
        "companies": {"type": "list", "url": "/contacts/x/companies", "total_count": 1, "has_more": False,
                      "data": [{"type": "company", "id": "66aa", "url": "/companies/66aa"}]},
        "tags": {"type": "list", "url": "/t", "total_count": 1, "has_more": False, "data": [{"type": "tag", "id": "9001", "url": "/tags/9001"}]},
        "notes": {"type": "list", "url": "/n", "total_count": 1, "has_more": False, "data": [
            {"type": "note", "id": "3", "created_at": 1739000000, "body": "<p>likes <b>tea</b></p>", "author": dict(PEOPLE[JOE])}]},
        **more,
    }  # fmt: skip


def done(body, kind=Kind.TICKET, id_=None, options=OPTIONS):
    """Translate a wire as the core does; return the wire, the translation and its records by kind and id."""
    number = id_ or str(body.get("id"))
    wire = Wire(Ref("acme", kind, number), body, None)
    finished = finish(translate(wire, CATALOG, options), wire, CONNECTOR.bodies.get(kind.value, frozenset()))
    return wire, finished, {record["ref"].removeprefix("acme:"): record for record in finished.records}
