"""The figures of a conversation, worked out from its parts."""

from __future__ import annotations

from bisect import bisect_right
from statistics import median
from typing import Any

from ticketferry_emulators.intercom.models.records import Conversation, ConversationPart

__all__ = ["ASSIGNING", "REPLIES", "figures", "spoken"]

REPLIES = frozenset({"comment", "quick_reply"})
ASSIGNING = frozenset(
    {"assignment", "assign_and_reopen", "assign_and_unsnooze", "away_mode_assignment", "default_assignment"}
)
_REOPENING = frozenset({"open", "note_and_reopen", "assign_and_reopen"})


def spoken(part: ConversationPart) -> bool:
    """Say whether a part holds words that the contact sees."""
    return part.part_type in REPLIES or (part.part_type in ("close", "open") and part.body is not None)


def figures(conversation: Conversation) -> dict[str, Any]:
    """Return the `statistics` of a conversation; seconds, unix seconds, None where there was nothing."""
    begun, parts = conversation.created_at, conversation.parts
    by_admin = [part for part in parts if spoken(part) and part.author.type == "admin"]
    by_contact = [part for part in parts if spoken(part) and part.author.type in ("user", "lead", "contact")]
    assigned = [part for part in parts if part.part_type in ASSIGNING]
    closed = [part for part in parts if part.part_type == "close"]
    first_contact = begun if conversation.source.author.type in ("user", "lead", "contact") else None
    waits = _waits(conversation, by_admin, by_contact)

    def since(rows: list[ConversationPart], place: int) -> int | None:
        return rows[place].created_at - begun if rows else None

    def at(rows: list[ConversationPart], place: int) -> int | None:
        return rows[place].created_at if rows else None

    return {
        "type": "conversation_statistics",
        "time_to_assignment": since(assigned, 0), "time_to_admin_reply": since(by_admin, 0),
        "time_to_first_close": since(closed, 0), "time_to_last_close": since(closed, -1),
        "median_time_to_reply": int(median(waits)) if waits else None,
        "first_contact_reply_at": first_contact if first_contact is not None else at(by_contact, 0),
        "first_assignment_at": at(assigned, 0), "first_admin_reply_at": at(by_admin, 0), "first_close_at": at(closed, 0),
        "last_assignment_at": at(assigned, -1),
        "last_assignment_admin_reply_at": at([part for part in by_admin if assigned and part.created_at >= assigned[-1].created_at], 0),
        "last_contact_reply_at": at(by_contact, -1) or first_contact, "last_admin_reply_at": at(by_admin, -1),
        "last_close_at": at(closed, -1), "last_closed_by_id": closed[-1].author.id if closed else None,
        "count_reopens": sum(part.part_type in _REOPENING for part in parts), "count_assignments": len(assigned),
        "count_conversation_parts": len(parts),
        "assigned_team_first_response_time": [], "assigned_team_first_response_time_in_office_hours": [],
        "handling_time": sum(waits), "adjusted_handling_time": None,
    }  # fmt: skip


def _waits(
    conversation: Conversation, by_admin: list[ConversationPart], by_contact: list[ConversationPart]
) -> list[int]:
    """Return the seconds that each admin's reply came after the contact's words before it."""
    asked = sorted([conversation.created_at, *(part.created_at for part in by_contact)])
    waits = []
    for reply in by_admin:
        place = bisect_right(asked, reply.created_at)
        if place:
            waits.append(reply.created_at - asked[place - 1])
    return waits
