"""A shared Customer ticket as the conversation that its contact sees: the same words under the same id."""

from __future__ import annotations

from ticketferry_emulators.intercom.models.records import (
    Conversation,
    ConversationSource,
    IntercomTicket,
    Party,
)

__all__ = ["shadow_of"]

_WORDS = frozenset({"comment", "quick_reply"})


def shadow_of(ticket: IntercomTicket) -> Conversation:
    """Return the conversation of a ticket: its description first, then what the contact may read."""
    contact = next((part.author for part in ticket.parts if part.author.type in ("user", "lead")), None)
    source = ConversationSource(
        f"9{ticket.id}",
        contact or Party("bot", "0"),
        str(ticket.attributes.get("_default_description_") or ""),
    )
    return Conversation(
        ticket.id, ticket.created_at, ticket.updated_at, list(ticket.contacts), state=ticket.state,
        snoozed_until=ticket.snoozed_until, admin=ticket.admin, team=ticket.team, tags=list(ticket.tags),
        parts=[part for part in ticket.parts if part.part_type in _WORDS], source=source,
        title=ticket.attributes.get("_default_title_"),
    )  # fmt: skip
