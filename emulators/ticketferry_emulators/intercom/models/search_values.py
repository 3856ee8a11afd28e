"""What searches can ask of a record, by the documented names of the fields."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.intercom.models.records import (
    Contact,
    Conversation,
    IntercomTicket,
    TicketStateRow,
    TicketType,
)
from ticketferry_emulators.intercom.models.statistics import figures

__all__ = ["CATEGORY_TERMS", "contact_values", "conversation_values", "teammates", "ticket_values", "words"]

CATEGORY_TERMS: Mapping[str, str] = {"Customer": "request", "Back-office": "task", "Tracker": "tracker"}
"""What a search calls the categories of tickets."""
_TAG = re.compile(r"<[^>]*>")


def words(text: str) -> list[str]:
    """Return the words of a body, lower case."""
    return re.findall(r"\w+", html.unescape(_TAG.sub(" ", text)).lower())


def conversation_values(conversation: Conversation) -> dict[str, Any]:
    """Return the searchable fields of a conversation; times in unix seconds."""
    source, rating, agent = conversation.source, conversation.rating or {}, conversation.ai_agent
    values: dict[str, Any] = {
        "id": conversation.id, "created_at": conversation.created_at, "updated_at": conversation.updated_at,
        "source.type": source.type, "source.id": source.id, "source.delivered_as": source.delivered_as,
        "source.subject": source.subject, "source.body": words(source.body), "source.author.id": source.author.id,
        "source.author.type": source.author.type, "source.author.name": source.author.name,
        "source.author.email": source.author.email, "source.url": source.url, "contact_ids": list(conversation.contacts),
        "teammate_ids": teammates(conversation), "admin_assignee_id": conversation.admin, "team_assignee_id": conversation.team,
        "channel_initiated": source.type, "open": conversation.state == "open", "read": conversation.read,
        "state": conversation.state, "waiting_since": conversation.waiting_since, "snoozed_until": conversation.snoozed_until,
        "tag_ids": [tagging.tag for tagging in conversation.tags], "priority": conversation.priority,
        "conversation_rating.requested_at": rating.get("requested_at"), "conversation_rating.replied_at": rating.get("created_at"),
        "conversation_rating.score": rating.get("rating"), "conversation_rating.remark": rating.get("remark"),
        "conversation_rating.contact_id": rating.get("contact"), "conversation_rating.admin_id": rating.get("teammate"),
        "ai_agent_participated": agent is not None,
    }  # fmt: skip
    for name in (
        "resolution_state",
        "last_answer_type",
        "rating",
        "rating_remark",
        "source_type",
        "source_title",
    ):
        values[f"ai_agent.{name}"] = (agent or {}).get(name)
    for name, figure in figures(conversation).items():
        if not isinstance(figure, list) and name != "type":
            values[f"statistics.{name}"] = figure
    for name, value in conversation.custom_attributes.items():
        values[f"custom_attributes.{name}"] = value
    return values


def teammates(conversation: Conversation) -> list[str]:
    """Return the ids of the admins who took part, in the order they came."""
    ids = [part.author.id for part in conversation.parts if part.author.type == "admin"]
    if conversation.source.author.type == "admin":
        ids.insert(0, conversation.source.author.id)
    if conversation.admin is not None:
        ids.append(str(conversation.admin))
    return list(dict.fromkeys(ids))


def ticket_values(
    ticket: IntercomTicket, types: Mapping[str, TicketType], states: Mapping[str, TicketStateRow]
) -> dict[str, Any]:
    """Return the searchable fields of a ticket."""
    kind = types[ticket.type_id]
    values: dict[str, Any] = {
        "id": ticket.id, "created_at": ticket.created_at, "updated_at": ticket.updated_at,
        "title": ticket.attributes.get("_default_title_"), "description": ticket.attributes.get("_default_description_"),
        "category": CATEGORY_TERMS[kind.category], "ticket_type_id": ticket.type_id, "contact_ids": list(ticket.contacts),
        "teammate_ids": list(dict.fromkeys(part.author.id for part in ticket.parts if part.author.type == "admin")),
        "admin_assignee_id": str(ticket.admin or 0), "team_assignee_id": str(ticket.team or 0),
        "open": ticket.state == "open", "state": states[ticket.state_id].category, "snoozed_until": ticket.snoozed_until,
    }  # fmt: skip
    for attribute in kind.attributes:
        values[f"ticket_attribute.{attribute.id}"] = ticket.attributes.get(attribute.name)
    return values


def contact_values(contact: Contact) -> dict[str, Any]:
    """Return the searchable fields of a contact."""
    values: dict[str, Any] = {
        "id": contact.id, "role": contact.role, "name": contact.name, "avatar": contact.avatar, "owner_id": contact.owner_id,
        "email": contact.email or None, "email_domain": contact.email.partition("@")[2] or None, "phone": contact.phone,
        "external_id": contact.external_id, "created_at": contact.created_at, "signed_up_at": contact.signed_up_at,
        "updated_at": contact.updated_at, "last_seen_at": contact.last_seen_at, "last_contacted_at": contact.last_contacted_at,
        "last_replied_at": contact.last_replied_at, "language_override": contact.language, "browser": contact.browser,
        "os": contact.os, "unsubscribed_from_emails": contact.unsubscribed, "marked_email_as_spam": contact.spam,
        "has_hard_bounced": contact.bounced, "tag_id": [tagging.tag for tagging in contact.tags],
    }  # fmt: skip
    for name in ("country", "region", "city"):
        values[f"location.{name}"] = contact.location.get(name)
    for name, value in contact.custom_attributes.items():
        values[f"custom_attributes.{name}"] = value
    return values
