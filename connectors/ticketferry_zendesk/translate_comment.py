"""Comments and their files as neutral records, from the comment events of audits."""

import re
from typing import Any, NamedTuple

from ticketferry.sdk import Finding, Ref, Severity, derived
from ticketferry.sdk.body import from_html, from_text, write_html
from ticketferry_zendesk.audit_rows import AuditStep, Words, is_call, nested_words
from ticketferry_zendesk.told_texts import AS_TEXT, html_body, is_blank, says_something, text_body
from ticketferry_zendesk.tracing import SYSTEM_REASON, is_system, ref
from ticketferry_zendesk.translate_voice import call
from ticketferry_zendesk.wire import Row, utc

__all__ = ["FILE", "TranslatedComment", "attached", "comment", "tokens"]

_TOKEN = re.compile(r"/attachments/token/([^/?#\"'\s]+)")
_BLACK = "▇"
"""What a redaction leaves [OAS]."""
_LOST = {f"BODY-{what}" for what in ("EMBED", "IMAGE", "PRE-MARKUP", "TRUNCATED", "UNKNOWN", "URL")}
"""Losses of words or pictures; the others are of appearance."""
FILE = {
    "id": "=the record's own id",
    "file_name": "name",
    "content_url": "url",
    "content_type": "media_type",
    "size": "size",
    "inline": "inline",
    "deleted": "state",
    "url": "=address of the record in the API",
    "mapped_content_url": "=another address of the same file",
    "thumbnails": "=small pictures that the desk makes of the file",
}


class TranslatedComment(NamedTuple):
    """A comment with its files, where their leaves went, and what the body could not hold."""

    records: list[dict[str, Any]]
    trace: dict[str, str]
    findings: list[Finding]


def tokens(html: str) -> set[str]:
    """Return the tokens of the account's own files that a text shows or links."""
    return set(_TOKEN.findall(html))


def comment(
    of: Ref, ticket: str, step: AuditStep, *, time: str, author: Any, channel: str | None, opening: bool
) -> TranslatedComment:
    """One comment; `of` is its audit, `time` and `author` are the audit's, which hold where the event has none of its own."""
    row, path = step.row, step.path
    id_ = row.get("id", of.id)
    head = f"comment[{id_}]"
    record: dict[str, Any] = {
        "ref": ref(of.desk, "comment", id_),
        "ticket": ticket,
        "public": row.get("public") is True and row.get("public_now") is not False,
    }
    trace = {
        f"{path}.id": "=the record's own id",
        f"{path}.public": f"{head}.public",
        f"{path}.public_now": f"{head}.public",
        derived(f"{path}.public"): "in doubt the less visible",
        f"{path}.text_now": "=the text was taken from the list of comments, which shows a redaction",
        f"{path}.audit_id": "=the audit that it stands in",
    }
    who = row.get("author_id") if row.get("author_id") is not None else author
    if who is not None and not is_system(who):
        record["author"] = ref(of.desk, "person", who)
        trace[f"{path}.author_id"] = f"{head}.author"
    else:
        trace[f"{path}.author_id"] = SYSTEM_REASON
    own = utc(row.get("created_at"))
    record["created"] = own or time
    if own:
        trace[f"{path}.created_at"] = f"{head}.created"
    if opening:
        record["opening"] = True
    if is_call(step.kind, row):
        record["kind"] = "voice"
    if step.kind in ("Comment", "VoiceComment"):
        trace[f"{path}.type"] = f"{head}.kind" if record.get("kind") else "=it is a comment"
        trace[derived(f"{path}.type")] = "the kind of message"
        trace[f"{path}.event_type"] = "=it is a comment"
    via = row.get("via")
    if isinstance(via, dict) and via.get("channel"):
        record["channel"] = str(via["channel"])
        trace[f"{path}.via.channel"] = f"{head}.channel"
    elif channel:
        record["channel"] = channel
    said = TranslatedComment([record], trace, [])
    refs = attached(of, ticket, record, step, said.records, trace)
    _body(of, record, step, said, refs, head)
    if is_call(step.kind, row):
        call(of, ticket, record, row, path, said.records, trace)
    _told_apart(of, row, path, said.findings)
    return said


def _told_apart(of: Ref, row: Row, path: str, findings: list[Finding]) -> None:
    """Tell where the list of comments said something else than the history; see :mod:`.recheck`."""
    if row.get("public_now") is not None:
        told = "the history and the list of comments disagree on whether this comment is public; it is taken as internal"
        remedy = "Look at the ticket in Zendesk if customers miss the comment."
        findings.append(Finding("ZD-PRIVACY-001", Severity.REPAIR, of, path, told, remedy))
    if row.get("text_now"):
        told = "the history still held words or files that were redacted; they were not kept"
        findings.append(Finding("ZD-REDACTED-001", Severity.REPAIR, of, path, told))


def _body(
    of: Ref, record: dict[str, Any], step: AuditStep, said: TranslatedComment, refs: dict[str, str], head: str
) -> None:
    row, path, place = step.row, step.path, f"{head}.body"
    html = row.get("html_body")
    text = next(
        (row[key] for key in ("plain_body", "body") if isinstance(row.get(key), str) and row[key]), None
    )
    unknown: set[str] = set()

    def image(source: str) -> str | None:
        found = _TOKEN.search(source)
        if found is None:
            return None
        if found[1] not in refs:
            unknown.add(found[1])
        return refs.get(found[1])

    body = html_body(of, html, f"{path}.html_body", place, said.trace, said.findings, image, _weight)
    if not is_blank(html):
        said.trace[f"{path}.body"] = said.trace[f"{path}.plain_body"] = "=plain text of the same message"
    if unknown:
        said.findings.append(
            Finding(
                "ZD-IMAGE-001", Severity.DOUBT, of, f"{path}.html_body",
                "the text shows files of the account that are not among the comment's attachments",
                "They were deleted, or belong to another ticket; the address is kept.", len(unknown),
            )
        )  # fmt: skip
    if body is None and isinstance(text, str) and says_something(text, html):
        used = "plain_body" if row.get("plain_body") == text else "body"
        body = text_body(text, place, said.trace, f"{path}.{used}")
        if body and used != "body" and (row.get("body") == text or not row.get("body")):
            said.trace.setdefault(f"{path}.body", "=plain text of the same message")
    if body:
        record["body"] = body
    inner = nested_words(step.kind, row)
    if inner:
        _inner(record, path, head, inner, said)
    if any(isinstance(part, str) and _BLACK in part for part in (html, text, *(one.text for one in inner))):
        record["redacted"] = True


def _inner(record: dict[str, Any], path: str, head: str, inner: list[Words], said: TranslatedComment) -> None:
    """Add the words that stand in objects and lists of an event, below those that it has itself."""
    shown = record.get("body", {}).get("html", "")
    for words in inner:
        tree = from_html(words.text)[0] if words.html else from_text(words.text)
        if not tree:
            continue
        shown += write_html(tree)
        place = f"{path}.{words.path}"
        said.trace.update({place: f"{head}.body", derived(place): AS_TEXT})
    if shown:
        record["body"] = {"html": shown, "format": "html"}


def _weight(code: str) -> Severity:
    return Severity.LOSS if code in _LOST else Severity.INFO


def attached(
    of: Ref,
    ticket: str,
    record: dict[str, Any],
    step: AuditStep,
    records: list[dict[str, Any]],
    trace: dict[str, str],
) -> dict[str, str]:
    """Add the attachments of a comment (`record`), or of an event that is none; returns token -> ref for the images in its text."""
    refs: dict[str, str] = {}
    for index, row in enumerate(step.row.get("attachments") or ()):
        if not isinstance(row, dict) or row.get("id") is None:
            continue
        url = str(row.get("content_url") or "")
        file: dict[str, Any] = {
            "ref": ref(of.desk, "attachment", row["id"]),
            "ticket": ticket,
            "name": str(row.get("file_name") or row.get("name") or f"attachment-{row['id']}"),
            "created": record["created"],
        }
        if "ref" in record:
            file["comment"] = record["ref"]
        for key, name in (("content_type", "media_type"), ("size", "size"), ("inline", "inline")):
            if row.get(key) is not None:
                file[name] = row[key]
        if url:
            file["url"] = url
        if "author" in record:
            file["author"] = record["author"]
        state = _state(row)
        if state:
            file["state"] = state
        records.append(file)
        head, path = f"attachment[{row['id']}]", f"{step.path}.attachments[{index}]"
        trace.update({f"{path}.{key}": to if to[0] == "=" else f"{head}.{to}" for key, to in FILE.items()})
        if not state:
            trace[f"{path}.deleted"] = "=the file is there"
        else:
            trace[derived(f"{path}.deleted")] = "what became of the file"
        if not row.get("file_name"):
            trace[f"{path}.name"] = f"{head}.name"
        for token in _TOKEN.findall(url):
            refs[token] = file["ref"]
    return refs


def _state(row: Row) -> str | None:
    if row.get("deleted"):
        return "redacted"
    found = row.get("malware_scan_result") == "malware_found"
    return "malware" if found and not row.get("malware_access_override") else None
