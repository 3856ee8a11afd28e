"""Side conversations as neutral records: a thread beside the ticket that its requester never sees [DOC side_conversation, side_conversation_event]."""

from collections.abc import Callable
from typing import Any

from ticketferry.sdk import Finding, Ref, Severity, Translated
from ticketferry.sdk.codec import ReadContext, read_fields
from ticketferry_zendesk.audit_rows import AuditStep
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.part_rows import MESSAGE, MESSAGE_FIELDS, SIDE
from ticketferry_zendesk.told_texts import html_body, is_blank, says_something, text_body
from ticketferry_zendesk.tracing import ref
from ticketferry_zendesk.translate_comment import attached, tokens
from ticketferry_zendesk.wire import Row

__all__ = ["side_conversation"]

_SPEAKING = frozenset({"create", "reply"})
"""Types of events that have a message; the others tell of updates and are kept as they came."""


def side_conversation(of: Ref, row: Row, names: Names) -> Translated:
    """One conversation with its messages, all internal: they are between agents and people outside of the ticket."""
    head = f"side_conversation[{of.id}]"
    record: dict[str, Any] = {
        "ref": str(of),
        "ticket": ref(of.desk, "ticket", row.get("ticket_id")),
        "messages": [],
    }
    trace = {
        "id": "=the record's own id",
        "ticket_id": f"{head}.ticket",
        "url": "=address of the record in the API",
        "preview_text": "=beginning of the first message",
        "message_added_at": "=time of the last message",
        "events[].side_conversation_id": "=the conversation that it stands in",
        "events[].ticket_id": "=the ticket that it stands in",
    }
    read, places = read_fields(SIDE, row, names.reading, head)
    record |= read
    trace |= places
    _participants(record, row, trace, head)
    findings: list[Finding] = []
    files: list[dict[str, Any]] = []
    for index, event in enumerate(row.get("events") or ()):
        if event.get("type") in _SPEAKING and isinstance(event.get("message"), dict):
            _message(of, record, event, f"events[{index}]", trace, names.reading, findings, files)
    return Translated([record, *files], trace, findings)


def _participants(record: dict[str, Any], row: Row, trace: dict[str, str], head: str) -> None:
    found: list[str] = []
    for index, party in enumerate(row.get("participants") or ()):
        for key in ("email", "name"):
            if party.get(key):
                trace[f"participants[{index}].{key}"] = f"{head}.participants[{len(found)}]"
                found.append(str(party[key]))
                break
    if found:
        record["participants"] = found


def _message(
    of: Ref, record: dict[str, Any], event: Row, path: str, trace: dict[str, str], context: ReadContext, findings: list[Finding],
    files: list[dict[str, Any]],
) -> None:  # fmt: skip
    place = f"side_conversation[{of.id}].messages[{len(record['messages'])}]"
    said = event["message"]
    id_ = event.get("id", f"{of.id}-{len(record['messages'])}")
    read, places = read_fields(MESSAGE, event, context, place, f"{path}.")
    fields, more = read_fields(MESSAGE_FIELDS, event, context, f"{place}.fields", f"{path}.")
    message: dict[str, Any] = {"ref": ref(of.desk, "comment", id_), "public": False, **read}
    trace |= places | more
    trace[f"{path}.id"] = f"{place}.ref"
    trace[f"{path}.type"] = "=it is a message"
    trace[f"{path}.message.preview_text"] = "=beginning of the same message"
    actor = event.get("actor") or {}
    if "author" in message and (said.get("from") or {}).get("user_id") == actor["user_id"]:
        trace[f"{path}.message.from.user_id"] = f"{place}.author"
    to = [str(party.get("email") or party.get("name") or "") for party in said.get("to") or ()]
    if any(to):
        fields["to"] = to
        for index, party in enumerate(said.get("to") or ()):
            for part in ("email", "name"):
                if party.get(part):
                    trace[f"{path}.message.to[{index}].{part}"] = f"{place}.fields.to[{index}]"
                    break
    if fields:
        message["fields"] = fields
    if "channel" in message and said.get("via") == message["channel"]:
        trace[f"{path}.message.via"] = f"{place}.channel"
    shown = _files(of, record, message, AuditStep(f"{path}.message", "", said), files, trace, findings)
    _body(of, message, said, f"{path}.message", trace, place, findings, shown)
    record["messages"].append(message)


def _files(
    of: Ref, record: dict[str, Any], message: dict[str, Any], step: AuditStep, files: list[dict[str, Any]], trace: dict[str, str],
    findings: list[Finding],
) -> Callable[[str], str | None]:  # fmt: skip
    """Add the files of a message, for agents only; return how images in its text find them.

    A file that the desk shows without an address cannot be fetched [DOC side_conversation_attachment names none].
    """
    owner = {"created": message.get("created") or record.get("created")}
    owner |= {"author": message["author"]} if "author" in message else {}
    own: list[dict[str, Any]] = []
    by_token = attached(of, record["ticket"], owner, step, own, trace)
    for file in own:
        file["public"] = False
        if not file.get("url"):
            file["state"] = "missing"
            findings.append(
                Finding(
                    "ZD-SIDE-002", Severity.LOSS, of, f"{step.path}.attachments",
                    f"Zendesk shows no address of the file {file['name']} of a side conversation",
                    "Save it by hand from the side conversation.",
                )
            )  # fmt: skip
    files += own
    by_url = {file["url"]: file["ref"] for file in own if file.get("url")}
    by_token = {token: ref_ for token, ref_ in by_token.items() if ref_ in by_url.values()}

    def image(source: str) -> str | None:
        found = next((by_token[token] for token in tokens(source) if token in by_token), None)
        return found or by_url.get(source)

    return image


def _body(
    of: Ref, message: dict[str, Any], said: Row, path: str, trace: dict[str, str], place: str, findings: list[Finding],
    image: Callable[[str], str | None],
) -> None:  # fmt: skip
    html, text = said.get("html_body"), said.get("body")
    body = html_body(
        of, html, f"{path}.html_body", f"{place}.body", trace, findings, image, lambda _: Severity.INFO
    )
    if not is_blank(html):
        trace[f"{path}.body"] = "=plain text of the same message"
    if body is None and isinstance(text, str) and text.strip() and says_something(text, html):
        body = text_body(text, f"{place}.body", trace, f"{path}.body")
    if body:
        message["body"] = body
