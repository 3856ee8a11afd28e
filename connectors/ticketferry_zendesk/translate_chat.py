"""Chat and messaging transcripts out of audit events, as comments with their own authors.

A transcript stands in `value.history` of the event that began the conversation. Its shape is not in the vendor's document: it is
told alike by several public programs that read it (`type` ChatMessage with `message`, `actor_type`, `actor_name`, `actor_id`,
`timestamp` in milliseconds, seconds in older accounts, `original_message.received`, `original_message_type`) [DOC names only].
What is no message (joining, leaving, ratings) stays with the event itself.
"""

from datetime import UTC, datetime
from typing import Any

from ticketferry.sdk import derived, join_path
from ticketferry.sdk.body import from_text, write_html
from ticketferry_zendesk.audit_rows import AuditStep
from ticketferry_zendesk.told_texts import AS_TEXT
from ticketferry_zendesk.tracing import ref
from ticketferry_zendesk.translate_comment import attached
from ticketferry_zendesk.translate_event import At
from ticketferry_zendesk.wire import utc

__all__ = ["CHATS", "chat"]

CHATS = frozenset({"ChatStartedEvent", "ChatEndedEvent"})
_CUSTOMER = "end-user"
_SPEAKERS = frozenset({_CUSTOMER, "agent", "bot", "business"})
"""Who is heard by the customer; a message of anybody else is kept as internal: in doubt the less visible."""
_MILLISECONDS = 100_000_000_000


def chat(at: At, step: AuditStep, audit_author: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return a comment for each message of a transcript and a record for each file, and where their leaves went.

    `audit_author` is who did the audit: the customer, where he began the conversation.
    """
    records: list[dict[str, Any]] = []
    trace: dict[str, str] = {}
    value = step.row.get("value")
    history = value.get("history") if isinstance(value, dict) else None
    for index, item in enumerate(history if isinstance(history, list) else ()):
        if isinstance(item, dict) and item.get("type") == "ChatMessage":
            path = f"{step.path}.value.history[{index}]"
            records.append(_message(at, step, index, item, path, value, audit_author, trace))
    files: list[dict[str, Any]] = []
    attached(at.of, at.ticket, {"created": at.time}, step, files, trace)
    return [*records, *files], trace


def _message(
    at: At,
    step: AuditStep,
    index: int,
    item: dict[str, Any],
    path: str,
    value: Any,
    audit_author: Any,
    trace: dict[str, str],
) -> dict[str, Any]:
    id_ = f"{step.row.get('id', at.of.id)}-{index}"
    head = f"comment[{id_}]"
    kind = item.get("actor_type")
    record: dict[str, Any] = {
        "ref": ref(at.of.desk, "comment", id_),
        "ticket": at.ticket,
        "kind": "chat",
        "public": kind in _SPEAKERS,
        "created": at.time,
    }
    trace |= {f"{path}.type": f"{head}.kind", derived(f"{path}.type"): "the kind of message"}
    trace[f"{path}.chat_index"] = "=the place in the transcript"
    if isinstance(kind, str):
        trace |= {f"{path}.actor_type": f"{head}.public", derived(f"{path}.actor_type"): "who speaks to whom"}
    key, moment = _moment(item)
    if moment:
        record["created"] = moment
        trace[f"{path}.{key}"] = f"{head}.created"
    author_key, author = _author(item, value, audit_author, kind)
    if author is not None:
        record["author"] = ref(at.of.desk, "person", author)
        if author_key:
            trace[f"{path}.{author_key}"] = f"{head}.author"
    fields: dict[str, Any] = {}
    name = item.get("actor_name")
    if isinstance(name, str) and name:
        fields["author_name"] = name
        trace[f"{path}.actor_name"] = join_path(f"{head}.fields", "author_name")
    if fields:
        record["fields"] = fields
    text = item.get("message")
    if isinstance(text, str) and text:
        html = write_html(from_text(text))
        trace[f"{path}.message"] = "=a message without content"
        if html:
            record["body"] = {"html": html, "format": "text"}
            trace |= {f"{path}.message": f"{head}.body", derived(f"{path}.message"): AS_TEXT}
    channel = value.get("channel") if isinstance(value, dict) else None
    if isinstance(channel, str) and channel:
        record["channel"] = channel
        trace[f"{step.path}.value.channel"] = f"{head}.channel"
    return record


def _moment(item: dict[str, Any]) -> tuple[str, str | None]:
    original = item.get("original_message")
    received = utc(original.get("received")) if isinstance(original, dict) else None
    if received:
        return "original_message.received", received
    stamp = item.get("timestamp")
    if isinstance(stamp, int | float) and not isinstance(stamp, bool) and stamp > 0:
        seconds = stamp / 1000 if stamp > _MILLISECONDS else stamp
        try:
            found = datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, OSError, ValueError):
            return "", None
        exact = "milliseconds" if found.microsecond else "seconds"
        return "timestamp", found.isoformat(timespec=exact).replace("+00:00", "Z")
    return ("timestamp", found_text) if (found_text := utc(stamp)) else ("", None)


def _author(item: dict[str, Any], value: Any, audit_author: Any, kind: Any) -> tuple[str, str | int | None]:
    """Return the key that names the speaker and the user's id; ids of the chat product are no users' and name nobody."""
    for key in ("author_id", "actor_id"):
        told = item.get(key)
        if isinstance(told, int) and not isinstance(told, bool) and told > 0:
            return key, told
        if isinstance(told, str) and told.isascii() and told.isdigit():
            return key, told
    if kind == _CUSTOMER:
        user = value.get("user_id") if isinstance(value, dict) else None
        if isinstance(user, int) and not isinstance(user, bool) and user > 0:
            return "", user
        if isinstance(audit_author, int | str) and not isinstance(audit_author, bool) and audit_author != -1:
            return "", audit_author
    return "", None
