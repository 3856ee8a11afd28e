"""The steps of an audit, read alike from both shapes in which Zendesk gives them: ticket audits and the export of ticket events."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ticketferry.sdk import join_path
from ticketferry_zendesk.wire import Row

__all__ = ["CHANGES", "VOICE", "AuditStep", "author_key", "is_call", "is_message", "steps"]

_NO_FIELD = frozenset({
    "id", "event_type", "via", "via_reference_id", "previous_value", "added_tags", "removed_tags", "audit_id", "created_at",
    "custom_ticket_fields",
})  # fmt: skip
CHANGES = frozenset({"Create", "Change"})
VOICE = frozenset({"VoiceComment", "VoiceApiComment", "TpeVoiceComment"})
"""Types of events that are calls, with their recording and what was said [DOC ticket-audit-events-reference]."""
_MESSAGES = frozenset({"Comment", "FacebookComment", *VOICE})
_TOLD = frozenset(
    {
        *CHANGES, "Notification", "NotificationWithCcs", "SmsNotification", "Cc", "FollowerNotificationEvent", "FollowerChange",
        "EmailCcChange", "CommentPrivacyChange", "CommentRedactionEvent", "AttachmentRedactionEvent", "SatisfactionRating",
        "TicketSharingEvent", "SuspendedTicketRecovery", "Error", "TranslatableError", "External", "Push", "Tweet", "FacebookEvent",
        "ChannelBackEvent", "ChannelBackFailedEvent", "WebhookEvent", "ChatStartedEvent", "ChatEndedEvent",
    }
)  # fmt: skip
"""Types that tell what the desk did, sent or repeated, also where they quote its words."""
_CALL = ("recording_url", "transcription_text")
_TEXTS = ("html_body", "plain_body", "body")


def is_message(kind: str, event: Row) -> bool:
    """Tell whether an event is a message, by its shape: somebody's words or files, whatever the product calls the type.

    A type that the documents name as something else is none; one that refers to another comment only tells of it.
    """
    if kind in _MESSAGES:
        return True
    if kind in _TOLD or event.get("comment_id") is not None:
        return False
    said = any(isinstance(event.get(key), str) and event[key].strip() for key in _TEXTS)
    shown = bool(event.get("attachments")) or is_call(kind, event)
    return said or (shown and ("author_id" in event or "public" in event))


def is_call(kind: str, event: Row) -> bool:
    """Tell whether an event is a call, by its type or since it has a recording or a transcription."""
    data = event.get("data")
    return kind in VOICE or (
        isinstance(data, dict) and any(isinstance(data.get(key), str) and data[key].strip() for key in _CALL)
    )


class AuditStep(NamedTuple):
    """One event of an audit: where it stands, its type and row; for a change also field, value and where that stands."""

    path: str
    kind: str
    row: Row
    field: str = ""
    value: Any = None
    value_path: str = ""

    @property
    def spoken(self) -> bool:
        """Whether it is a message."""
        return not self.field and is_message(self.kind, self.row)


def author_key(audit: Row) -> str:
    """Return the key that holds who did it."""
    return "author_id" if "author_id" in audit else "updater_id"


def steps(audit: Row) -> Iterator[AuditStep]:
    """Yield the events of an audit in order; what is no object is left out."""
    for index, event in enumerate(audit.get("events") or ()):
        if isinstance(event, dict):
            path, kind = f"events[{index}]", str(event.get("type"))
            if kind in CHANGES and event.get("field_name") is not None:
                yield AuditStep(
                    path, kind, event, str(event["field_name"]), event.get("value"), f"{path}.value"
                )
            else:
                yield AuditStep(path, kind, event)
    for index, event in enumerate(audit.get("child_events") or ()):
        if isinstance(event, dict):
            yield _exported(f"child_events[{index}]", event)


def _exported(path: str, event: Row) -> AuditStep:
    """A child event of the export: the changed field is the key itself, custom ones stand in `custom_ticket_fields` [RECALL]."""
    kind = str(event.get("event_type") or event.get("type"))
    if kind not in CHANGES:
        return AuditStep(path, kind, event)
    custom = event.get("custom_ticket_fields")
    if isinstance(custom, dict) and len(custom) == 1:
        ((field, value),) = custom.items()
        return AuditStep(
            path, kind, event, str(field), value, join_path(f"{path}.custom_ticket_fields", str(field))
        )
    for field, value in event.items():
        # `type` names the event or is itself the field that changed
        if field not in _NO_FIELD and (field, value) != ("type", kind):
            return AuditStep(path, kind, event, field, value, join_path(path, field))
    return AuditStep(path, kind, event)
