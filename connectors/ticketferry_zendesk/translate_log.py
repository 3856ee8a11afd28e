"""Entries of a conversation log as neutral comments [OAS ConversationLogObject, DOC conversation-log-events-reference]."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ticketferry.sdk import Finding, Ref, Severity, Translated, derived
from ticketferry_zendesk.audit_rows import AuditStep
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.told_texts import html_body, text_body
from ticketferry_zendesk.tracing import SYSTEM, SYSTEM_REASON, ref
from ticketferry_zendesk.translate_comment import attached, tokens
from ticketferry_zendesk.wire import Row, utc

__all__ = ["message"]

_SPEAKERS = frozenset({"user", "agent", "bot"})
"""Who is heard in a messenger; what anybody else says is internal: in doubt the less visible."""
_MESSENGER = "Messaging::"
_TEXTS = frozenset(
    {"text", "textFallback", "altText", "htmlText", "title", "subject", "description", "label"}
)
_TEXTS |= {"name", "email", "address"}
"""Keys of a content that hold words: of a text, a carousel, a form and its answers, a place [DOC content types]."""


def message(of: Ref, row: Row, names: Names) -> Translated:  # noqa: ARG001 -- all translations are called alike
    """One entry: a message of its author and time, or an event where it says nothing and shows nothing."""
    ticket = ref(of.desk, "ticket", row.get("ticket_id"))
    author = row.get("author") or {}
    head = f"comment[{of.id}]"
    kind = str(row.get("type") or "")
    messenger = kind.startswith(_MESSENGER)
    record: dict[str, Any] = {"ref": str(of), "ticket": ticket, "kind": "chat" if messenger else "comment"}
    trace = {
        "id": "=the record's own id", "ticket_id": "=the ticket that it stands in", "author.avatar_url": "=address of a picture",
        "reference": "=the record's name in the product", "content.type": "=the form of the text",
    }  # fmt: skip
    if messenger:
        trace |= {"type": f"{head}.kind", derived("type"): "the kind of message"}
    _public(record, row, author, messenger, trace, head)
    for key in ("received_at", "created_at"):
        moment = utc(row.get(key))
        if moment and "created" not in record:
            record["created"] = moment
            trace[key] = f"{head}.created"
        elif moment:
            trace[key] = "=the time when it was kept"
    who = author.get("zen:support:user_id")
    if isinstance(who, int) and not isinstance(who, bool) and who > 0:
        record["author"] = ref(of.desk, "person", who)
        trace["author.zen:support:user_id"] = f"{head}.author"
    elif who == SYSTEM:
        trace["author.zen:support:user_id"] = SYSTEM_REASON
    if isinstance(author.get("display_name"), str) and author["display_name"]:
        record["fields"] = {"author_name": author["display_name"]}
        trace["author.display_name"] = f"{head}.fields.author_name"
    source = row.get("source") or {}
    if isinstance(source.get("type"), str) and source["type"]:
        record["channel"] = source["type"]
        trace["source.type"] = f"{head}.channel"
    files: list[dict[str, Any]] = []
    shown = attached(of, ticket, {"created": None, **record}, AuditStep("", kind, row), files, trace)
    findings: list[Finding] = []
    _media(of, record, row, files, trace)
    _body(of, record, row, shown, trace, head, findings)
    if "body" not in record and not files:
        event = {
            "ref": ref(of.desk, "event", of.id), "ticket": ticket, "type": kind or "logged",
            "time": record.get("created", "1970-01-01T00:00:00Z"),
        }  # fmt: skip
        moved = {f"{head}.created": f"event[{of.id}].time"}
        kept = {key: moved.get(to, to) for key, to in trace.items() if to[0] == "=" or to in moved}
        return Translated([event], {**kept, "type": f"event[{of.id}].type"}, findings)
    return Translated([record, *files], trace, findings)


def _public(
    record: dict[str, Any], row: Row, author: Row, messenger: bool, trace: dict[str, str], head: str
) -> None:
    told = (row.get("metadata") or {}).get("public")
    if isinstance(told, bool):
        record["public"] = told
        trace["metadata.public"] = f"{head}.public"
    else:
        record["public"] = messenger and author.get("type") in _SPEAKERS
    trace |= {"author.type": f"{head}.public", derived("author.type"): "who speaks to whom"}


def _media(
    of: Ref, record: dict[str, Any], row: Row, files: list[dict[str, Any]], trace: dict[str, str]
) -> None:
    """Take the file of a content that no attachment lists."""
    content = row.get("content") or {}
    url = content.get("mediaUrl")
    if not isinstance(url, str) or not url:
        return
    if files:
        trace["content.mediaUrl"] = "=another address of the same file"
        return
    name = urlsplit(url).path.rpartition("/")[2] or f"file-{of.id}"
    file: dict[str, Any] = {
        "ref": ref(of.desk, "attachment", f"{of.id}-media"), "ticket": record["ticket"], "comment": record["ref"], "name": name,
        "url": url, "created": record.get("created"),
    }  # fmt: skip
    if "author" in record:
        file["author"] = record["author"]
    files.append(file)
    trace["content.mediaUrl"] = f"attachment[{of.id}-media].url"


def _body(
    of: Ref, record: dict[str, Any], row: Row, shown: dict[str, str], trace: dict[str, str], head: str, findings: list[Finding]
) -> None:  # fmt: skip
    content = row.get("content") or {}

    def image(source: str) -> str | None:
        return next((shown[one] for one in tokens(source) if one in shown), None)

    body = html_body(
        of,
        content.get("body"),
        "content.body",
        f"{head}.body",
        trace,
        findings,
        image,
        lambda _: Severity.LOSS,
    )
    if body is None:
        told = list(_texts(content, "content"))
        lines = dict.fromkeys(text for _, text in told)
        body = text_body("\n".join(lines), f"{head}.body", trace, *(path for path, _ in told))
    if body:
        record["body"] = body


def _texts(value: Any, path: str, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of all words in a content, in its own order."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, f"{path}.{name}", name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]", key)
    elif isinstance(value, str) and value.strip() and key in _TEXTS:
        yield path, value.strip()
