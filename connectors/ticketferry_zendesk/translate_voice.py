"""Phone calls: what a voice comment tells beside its text, and the recording as an attachment [DOC voice comment].

The text of such a comment is a summary that the product writes; who called whom, how long, and what was said stand in `data`.
"""

from typing import Any

from ticketferry.sdk import Ref
from ticketferry.sdk.body import from_text, write_html
from ticketferry_zendesk.tracing import ref
from ticketferry_zendesk.wire import Row, utc

__all__ = ["call"]

_CALL = {
    "from": "from",
    "to": "to",
    "call_duration": "seconds",
    "call_id": "id",
    "location": "location",
    "recorded": "recorded",
    "transcription_text": "transcription",
}


def call(
    of: Ref, ticket: str, record: dict[str, Any], row: Row, path: str, records: list[dict[str, Any]], trace: dict[str, str]
) -> None:  # fmt: skip
    """Put the call into the comment's `fields.call`, its transcription into the body where it is missing there, the recording beside it."""
    data = row.get("data")
    if not isinstance(data, dict):
        return
    head = "comment[{}]".format(record["ref"].split(":", 2)[2])
    told: dict[str, Any] = {}
    for key, name in _CALL.items():
        value = data.get(key)
        if value not in (None, "") and isinstance(value, str | int | float | bool):
            told[name] = value
            trace[f"{path}.data.{key}"] = f"{head}.fields.call.{name}"
    started = utc(data.get("started_at"))
    if started:
        told["started"] = started
        trace[f"{path}.data.started_at"] = f"{head}.fields.call.started"
    agent = data.get("answered_by_id")
    if isinstance(agent, int) and not isinstance(agent, bool):
        told["answered_by"] = ref(of.desk, "person", agent)
        trace[f"{path}.data.answered_by_id"] = f"{head}.fields.call.answered_by"
    if told:
        record["fields"] = {"call": told}
    _transcription(record, row, data)
    url = data.get("recording_url")
    if isinstance(url, str) and url:
        id_ = f"recording-{record['ref'].split(':', 2)[2]}"
        file: dict[str, Any] = {
            "ref": ref(of.desk, "attachment", id_),
            "ticket": ticket,
            "comment": record["ref"],
            "name": f"call-{data.get('call_id') or id_}-recording",
            "url": url,
            "created": record["created"],
        }
        if "author" in record:
            file["author"] = record["author"]
        records.append(file)
        trace[f"{path}.data.recording_url"] = f"attachment[{id_}].url"


def _transcription(record: dict[str, Any], row: Row, data: Row) -> None:
    """Quote what was said in the body, which is all that most targets keep; not where the account hides transcriptions."""
    text = data.get("transcription_text")
    if not isinstance(text, str) or not text.strip() or row.get("transcription_visible") is False:
        return
    shown = " ".join(str(row.get("plain_body") or row.get("body") or row.get("html_body") or "").split())
    if " ".join(text.split()) in shown:
        return
    body = record.setdefault("body", {"html": "", "format": "html"})
    html = write_html(from_text(text))
    if html:
        body["html"] = f"{body['html']}<blockquote>{html}</blockquote>"
    elif not body["html"]:
        del record["body"]
