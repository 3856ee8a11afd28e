"""The steps of an audit, read alike from both shapes in which Zendesk gives them: ticket audits and the export of ticket events."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ticketferry.sdk import join_path
from ticketferry_zendesk.wire import Row

__all__ = [
    "CHANGES", "OWN_WORDS", "VOICE", "AuditStep", "Words", "author_key", "is_call", "is_message", "nested_words", "steps",
]  # fmt: skip

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
OWN_WORDS = frozenset({
    "AgentMacroReference", "OrganizationActivity", "Error", "Tweet", "FacebookEvent", "FacebookComment", "External", "LogMeInTranscript",
    "Push", "ChatStartedEvent", "ChatEndedEvent", "ChatFileAttachment", "CollabThreadCreated", "CollabThreadReply", "CollabThreadClosed",
    "CollabThreadReopened", "TranslatableError", "TicketUnshareEvent", "UserCustomFieldEvent", "WebhookEvent", "ScheduleAssignment",
    "AttributeValuesSet", "AssociateAttValsEvent", "KnowledgeCaptured", "KnowledgeFlagged", "KnowledgeLinked", "KnowledgeLinkAccepted",
    "KnowledgeLinkRejected", "VoiceApiComment", "TpeVoiceComment", "ReplyTime", "SlaTargetChange", "SurveyOffered", "SurveyResponseSubmitted",
    "RatingRequest", "CsatEvent", "ChannelBackEvent", "ChannelBackFailedEvent", "CommentChanged", "CopyOfComment", "LinkedProblem",
    "MergeEvent", "OfferedTo", "PrivacyChange", "ProblemIncident", "RoutingChannelChange", "SkillAssigned", "SmsNotification",
})  # fmt: skip
"""Types that are known and kept under the product's own word."""
_CALL = ("recording_url", "transcription_text")
_TEXTS = ("html_body", "plain_body", "body")
_NESTED = ("html_body", "htmlText", "plain_body", "body", "text", "message", "content")
"""Keys under which products hold words, the one to take first where an object has several; HTML where the name says so."""
_DEEPEST = 8


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
    said = said or bool(nested_words(kind, event))
    return said or (shown and ("author_id" in event or "public" in event))


class Words(NamedTuple):
    """One text within an event, and where it stands below it."""

    path: str
    text: str
    html: bool


def nested_words(kind: str, event: Row) -> list[Words]:
    """Return the texts that an event of an unknown type holds in objects and lists (`message.body`, `history[].text`), in order.

    What is known not to be a message, or to hold a conversation of its own, has none.
    """
    if kind in _TOLD or (kind in OWN_WORDS and kind not in _MESSAGES) or "previous_value" in event:
        return []
    found: list[Words] = []
    for key, value in event.items():
        taken = key in _TEXTS if kind in _MESSAGES else key not in ("via", "attachments", "metadata", "data")
        if isinstance(value, dict | list) and taken:
            _gather(value, key, key, found, _DEEPEST)
    return found


def _gather(value: Any, key: str, path: str, found: list[Words], deeper: int) -> None:
    if isinstance(value, str):
        if key in _NESTED and value.strip():
            found.append(Words(path, value, key in ("html_body", "htmlText")))
    elif isinstance(value, list) and deeper:
        for index, item in enumerate(value):
            _gather(item, key, f"{path}[{index}]", found, deeper - 1)
    elif isinstance(value, dict) and deeper:
        told = [name for name in _NESTED if isinstance(value.get(name), str) and value[name].strip()]
        for name, item in value.items():
            if name not in told[1:]:
                _gather(item, str(name), join_path(path, str(name)), found, deeper - 1)


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
