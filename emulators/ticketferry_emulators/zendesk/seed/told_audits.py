"""Audits as they were read, made into those that a ticket's own list gives: without what a reader put beside, and out of the export's form."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.zendesk.models.views import SPOKEN
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["audit_of"]

_BESIDE = ("ticket_description", "conversation_log_refused")
_CHANNELS = {
    "Web form": "web", "Mail": "email", "Web service": "api", "Automation": "rule", "Rule": "rule", "Phone call": "voice",
    "Mobile": "mobile", "Messaging": "native_messaging", "Linked problem": "linked_problem",
}  # fmt: skip
_NO_FIELD = frozenset({
    "id", "via", "via_reference_id", "event_type", "type", "previous_value", "added_tags", "removed_tags", "audit_id", "created_at",
    "custom_ticket_fields",
})  # fmt: skip


def audit_of(row: WireRecord) -> WireRecord:
    """Return an audit with `events`, whichever way it was read."""
    audit = {key: value for key, value in row.items() if key not in _BESIDE}
    if "child_events" in audit:
        children = audit.pop("child_events") or []
        channel = str(audit.get("via") or "")
        audit = {
            "id": audit["id"], "ticket_id": audit["ticket_id"], "created_at": audit.get("created_at"),
            "author_id": audit.get("updater_id"), "metadata": audit.get("metadata") or {"system": audit.get("system") or {}, "custom": {}},
            "via": {"channel": _CHANNELS.get(channel, channel.lower() or "web"), "source": {"from": {}, "to": {}, "rel": None}},
            "events": [_event(child, audit) for child in children if isinstance(child, dict)],
        }  # fmt: skip
    audit.setdefault("metadata", {"system": {}, "custom": {}})
    audit.setdefault("via", {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}})
    audit["metadata"] = {"system": {}, "custom": {}, **(audit["metadata"] or {})}
    audit["events"] = [_settled(event) for event in audit.get("events") or []]
    return audit


def _settled(event: Any) -> WireRecord:
    """Return an event as the list of comments confirms it: what was hidden later is hidden."""
    row = {key: value for key, value in event.items() if key not in ("public_now", "text_now")}
    if event.get("public_now") is False:
        row["public"] = False
    if row.get("type") in SPOKEN:
        row.setdefault("public", True)
        row.setdefault("author_id", -1)
    for file in row.get("attachments") or ():
        file.setdefault("inline", False)
    return row


def _event(child: WireRecord, audit: WireRecord) -> WireRecord:
    kind = str(child.get("event_type") or child.get("type"))
    if kind not in ("Create", "Change"):
        row = {
            key: value
            for key, value in child.items()
            if key not in ("event_type", "via_reference_id", "created_at")
        }
        if not isinstance(row.get("via"), dict):
            row.pop("via", None)
        return {**row, "type": kind, **({"audit_id": audit["id"]} if kind in SPOKEN else {})}
    custom = child.get("custom_ticket_fields")
    if isinstance(custom, dict) and len(custom) == 1:
        ((name, value),) = custom.items()
    else:
        name, value = next(
            ((key, item) for key, item in child.items() if key not in _NO_FIELD),
            ("type", child.get("type")),
        )
    row = {"id": child.get("id"), "type": kind, "field_name": str(name), "value": value}
    if kind == "Change":
        row["previous_value"] = child.get("previous_value")
    return row
