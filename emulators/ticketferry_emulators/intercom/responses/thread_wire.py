"""Conversations and tickets as the API writes them [OAS schemas and their examples]."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ticketferry_emulators.intercom.models.bodies import plain_text
from ticketferry_emulators.intercom.models.records import (
    Conversation,
    ConversationPart,
    ConversationSource,
    IntercomTicket,
    Thread,
)
from ticketferry_emulators.intercom.models.search_values import teammates
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.models.statistics import figures
from ticketferry_emulators.intercom.responses.wire import (
    company_wire,
    file_wire,
    party_wire,
    state_wire,
    tags_wire,
    type_wire,
)

__all__ = ["MOST_PARTS", "conversation_wire", "part_wire", "ticket_part_wire", "ticket_wire"]

MOST_PARTS = 500
"""The newest parts of a conversation that an answer has; older ones can't be had [OAS]."""


def conversation_wire(
    state: WorkspaceState, conversation: Conversation, *, parts: bool = True, plaintext: bool = False
) -> dict[str, Any]:
    """Return a conversation: `parts` False as lists and searches have it, `plaintext` without links and images."""
    agent = conversation.ai_agent
    company = state.company(conversation.company) if conversation.company else None
    wire: dict[str, Any] = {
        "type": "conversation", "id": conversation.id, "created_at": conversation.created_at,
        "updated_at": conversation.updated_at, "waiting_since": conversation.waiting_since,
        "snoozed_until": conversation.snoozed_until, "title": conversation.title,
        "source": _source_wire(state, conversation.source, plaintext=plaintext), "contacts": _contacts_wire(state, conversation),
        "first_contact_reply": _first_contact_reply(conversation), "admin_assignee_id": conversation.admin,
        "team_assignee_id": conversation.team, "open": conversation.state == "open", "state": conversation.state,
        "read": conversation.read, "tags": tags_wire(state, conversation.tags), "priority": conversation.priority,
        "sla_applied": _sla_wire(conversation), "statistics": figures(conversation),
        "conversation_rating": _rating_wire(state, conversation),
        "teammates": _teammates_wire(state, conversation),
        "custom_attributes": dict(conversation.custom_attributes), "topics": {}, "ticket": None,
        "linked_objects": _linked_wire(state, conversation), "ai_agent_participated": agent is not None,
        "ai_agent": None if agent is None else dict(agent),
        "company": None if company is None else company_wire(state, company),
    }  # fmt: skip
    if parts:
        rows = _ordered(state, conversation)[-MOST_PARTS:]
        wire["conversation_parts"] = {
            "type": "conversation_part.list", "total_count": len(conversation.parts),
            "conversation_parts": [part_wire(state, part, plaintext=plaintext) for part in rows],
        }  # fmt: skip
    return wire


def _teammates_wire(state: WorkspaceState, conversation: Conversation) -> dict[str, Any]:
    rows = [{"type": "admin", "id": identifier} for identifier in teammates(conversation)]
    return {"type": "admin.list", state.unsettled.teammates_named: rows}


def _ordered(state: WorkspaceState, thread: Thread) -> list[ConversationPart]:
    if state.unsettled.parts_by_date:
        return sorted(thread.parts, key=lambda part: part.created_at)
    return thread.parts


def _body(state: WorkspaceState, body: str | None, *, plaintext: bool) -> str | None:
    if plaintext:
        return None if body is None else plain_text(body)
    origin = state.origins.get("downloads", "")
    return state.files.linked(body, origin, state.clock.time(), state.unsettled.file_life)


def _source_wire(state: WorkspaceState, source: ConversationSource, *, plaintext: bool) -> dict[str, Any]:
    return {
        "type": source.type, "id": source.id, "delivered_as": source.delivered_as, "subject": source.subject,
        "body": _body(state, source.body, plaintext=plaintext), "author": party_wire(source.author, ai=True),
        "attachments": [file_wire(state, file) for file in source.files], "url": source.url, "redacted": source.redacted,
    }  # fmt: skip


def _contacts_wire(state: WorkspaceState, thread: Thread) -> dict[str, Any]:
    rows = []
    for identifier in thread.contacts:
        contact = state.contact(identifier)
        external = None if contact is None else contact.external_id
        rows.append({"type": "contact", "id": identifier, "external_id": external})
    return {"type": "contact.list", "contacts": rows}


def _first_contact_reply(conversation: Conversation) -> dict[str, Any] | None:
    if conversation.source.author.type in ("user", "lead", "contact"):
        moment = conversation.created_at
    else:
        replies = (
            part.created_at
            for part in conversation.parts
            if part.author.type in ("user", "lead", "contact") and part.body
        )
        first = next(replies, None)
        if first is None:
            return None
        moment = first
    return {"created_at": moment, "type": conversation.source.type, "url": conversation.source.url}


def _sla_wire(conversation: Conversation) -> dict[str, Any] | None:
    if conversation.sla is None:
        return None
    name, status = conversation.sla
    return {"type": "conversation_sla_summary", "sla_name": name, "sla_status": status}


def _rating_wire(state: WorkspaceState, conversation: Conversation) -> dict[str, Any] | None:
    rating = conversation.rating
    if rating is None or rating.get("rating") is None:
        return None
    contact = state.contact(rating["contact"])
    return {
        "rating": rating["rating"], "remark": rating.get("remark") or "", "created_at": rating["created_at"],
        "updated_at": rating["created_at"],
        "contact": {"type": "contact", "id": rating["contact"], "external_id": None if contact is None else contact.external_id},
        "teammate": None if rating.get("teammate") is None else {"type": "admin", "id": rating["teammate"]},
    }  # fmt: skip


def _linked_wire(state: WorkspaceState, thread: Thread) -> dict[str, Any]:
    rows: list[dict[str, str | None]] = []
    for kind, identifier in thread.linked:
        if kind == "ticket" and identifier in state.tickets:
            category = state.ticket_types[state.tickets[identifier].type_id].category
            rows.append({"type": "ticket", "id": identifier, "category": category})
        elif kind == "conversation" and identifier in state.conversations:
            rows.append({"type": "conversation", "id": identifier, "category": None})
    return {"type": "list", "data": rows, "total_count": len(rows), "has_more": False}


def _reference(pair: tuple[str, str] | None) -> dict[str, Any] | None:
    return None if pair is None else {"type": pair[0], "id": pair[1]}


def part_wire(state: WorkspaceState, part: ConversationPart, *, plaintext: bool = False) -> dict[str, Any]:
    """Return a part of a conversation."""
    metadata: dict[str, Any] = {"quick_reply_options": part.quick_replies} if part.quick_replies else {}
    return {
        "type": "conversation_part", "id": part.id, "part_type": part.part_type,
        "body": _body(state, part.body, plaintext=plaintext), "created_at": part.created_at,
        "updated_at": part.updated_at or part.created_at,
        "notified_at": part.created_at if part.notified_at is None else part.notified_at,
        "assigned_to": _reference(part.assigned_to), "author": party_wire(part.author, ai=True),
        "attachments": [file_wire(state, file) for file in part.files], "external_id": part.external_id,
        "redacted": part.redacted, "metadata": metadata, "email_message_metadata": part.email, "state": part.state,
        "tags": [{"type": "tag", "id": key, "name": state.tags[key].name} for key in part.tags if key in state.tags],
        "event_details": part.event_details, "app_package_code": part.app_package_code,
    }  # fmt: skip


def ticket_part_wire(
    state: WorkspaceState, part: ConversationPart, *, plaintext: bool = False
) -> dict[str, Any]:
    """Return a part of a ticket: what is not there is left out, as in the document's examples."""
    author = {
        **party_wire(part.author),
        "type": "user" if part.author.type in ("lead", "contact") else part.author.type,
    }
    wire: dict[str, Any] = {
        "type": "ticket_part", "id": part.id, "part_type": part.part_type, "created_at": part.created_at,
        "updated_at": part.updated_at or part.created_at, "author": author,
        "attachments": [file_wire(state, file) for file in part.files], "redacted": part.redacted,
    }  # fmt: skip
    optional: Iterable[tuple[str, Any]] = (
        ("body", _body(state, part.body, plaintext=plaintext)), ("assigned_to", _reference(part.assigned_to)),
        ("ticket_state", part.ticket_state), ("previous_ticket_state", part.previous_ticket_state),
        ("updated_attribute_data", part.attribute), ("external_id", part.external_id),
        ("app_package_code", part.app_package_code),
    )  # fmt: skip
    return wire | {name: value for name, value in optional if value is not None}


def ticket_wire(state: WorkspaceState, ticket: IntercomTicket, *, parts: bool = True) -> dict[str, Any]:
    """Return a ticket; who is nobody is "0" here."""
    kind = state.ticket_types[ticket.type_id]
    wire: dict[str, Any] = {
        "type": "ticket", "id": ticket.id, "ticket_id": str(ticket.number), "category": kind.category,
        "ticket_attributes": _attributes_wire(state, ticket), "ticket_state": state_wire(state.ticket_states[ticket.state_id]),
        "ticket_type": type_wire(state, kind), "contacts": _contacts_wire(state, ticket),
        "admin_assignee_id": str(ticket.admin or 0), "team_assignee_id": str(ticket.team or 0), "company_id": ticket.company,
        "created_at": ticket.created_at, "updated_at": ticket.updated_at, "open": ticket.state == "open",
        "linked_objects": _linked_wire(state, ticket), "is_shared": ticket.shared,
    }  # fmt: skip
    if ticket.snoozed_until is not None:
        wire["snoozed_until"] = ticket.snoozed_until
    if parts:
        rows = _ordered(state, ticket)[-MOST_PARTS:]
        wire["ticket_parts"] = {
            "type": "ticket_part.list", "total_count": len(ticket.parts),
            "ticket_parts": [ticket_part_wire(state, part) for part in rows],
        }  # fmt: skip
    return wire


def _attributes_wire(state: WorkspaceState, ticket: IntercomTicket) -> dict[str, Any]:
    """Return a ticket's values by the names that people see; lists by label or by id, files as objects."""
    values: dict[str, Any] = {}
    for row in state.ticket_types[ticket.type_id].attributes:
        value = ticket.attributes.get(row.name)
        if row.archived and value is None:
            continue
        if row.data_type == "list" and value is not None and state.unsettled.list_values_as == "label":
            value = row.items.get(value, value)
        elif row.data_type == "files" and value is not None:
            value = [file_wire(state, file) for file in value]
        values[row.name] = value
    return values
