"""The body of a request: an object whose members are of the kind that their names promise, before anybody reads them."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.intercom.exceptions import body_of, invalid
from ticketferry_emulators.kit.app import Call

__all__ = ["sent_by"]

_ROWS = frozenset({"attachment_files", "companies", "contacts", "reply_options", "users"})
_LISTS = frozenset({"attachment_urls", "options", *_ROWS})
_OBJECTS = frozenset(
    {
        "assignment",
        "custom_attributes",
        "customer",
        "from",
        "pagination",
        "query",
        "sort",
        "ticket_attributes",
    }
)
_TEXTS = frozenset({
    "avatar", "body", "category", "content_type", "data", "data_type", "description", "email", "icon", "industry", "list_items",
    "message_type", "model", "name", "phone", "plan", "role", "subject", "text", "title", "type", "uuid", "website",
})  # fmt: skip
_NUMBERS = frozenset({
    "created_at", "last_seen_at", "monthly_spend", "remote_created_at", "signed_up_at", "size", "snoozed_until",
})  # fmt: skip
_SWITCHES = frozenset({
    "archived", "create_conversation_without_contact_reply", "cross_post", "is_shared", "messenger_writable", "multiline", "open", "read",
    "required_to_create", "skip_notifications", "unsubscribed_from_emails", "untag", "visible_to_contacts",
})  # fmt: skip
_FREE = frozenset({"custom_attributes", "query", "ticket_attributes"})
"""What may hold anything below its own kind; who reads it checks it."""


def sent_by(call: Call) -> dict[str, Any]:
    """Return the body of a call; raises Refused (400) for a member that is of another kind than its name says."""
    sent = body_of(call.json)
    _check(sent)
    return sent


def _check(sent: dict[str, Any]) -> None:
    for name, value in sent.items():
        if value is None:
            continue
        if not _fits(name, value):
            raise invalid(f"{name} is of the wrong type", name)
        if name in _FREE:
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                _check(inner)


def _fits(name: str, value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name in _LISTS:
        return isinstance(value, list) and (name not in _ROWS or all(isinstance(row, dict) for row in value))
    if name == "from":
        return isinstance(value, dict | str)
    if name in _OBJECTS:
        return isinstance(value, dict)
    if name in _TEXTS:
        return isinstance(value, str)
    if name in _NUMBERS:
        return whole
    if name in _SWITCHES:
        return isinstance(value, bool)
    return not (name == "id" or name.endswith("_id")) or isinstance(value, str) or whole
