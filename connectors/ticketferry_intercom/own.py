"""Our own conversations and contacts read back: what a note of ours says is put in its place, as long as nobody changed what it is about. Pure."""

from collections.abc import Iterator

from ticketferry.sdk import Kind, Ref, Session, Translated, Wire
from ticketferry.sdk.few_tags import alike, plain
from ticketferry.sdk.mark_text import newest, unpacked
from ticketferry.sdk.shapes import object_at, objects_at
from ticketferry.sdk.thread_notes import restored
from ticketferry.sdk.values import from_unix, to_unix
from ticketferry_intercom.client import Row

__all__ = ["EXACT", "NATIVE", "ROOT", "read_case", "read_root"]

EXACT = ("subject", "created", "tags", "stage", "status", "requester")
"""Keys of a case that Intercom shows in words of its own: the note tells them exactly."""
_READ_OFF = ("assignee", "group", "organization", "fields", "comments", "attachments")
NATIVE = frozenset({"ref", "origin", "native", *_READ_OFF, *EXACT})
"""Keys of a case that are read off the conversation; all others stand in the note."""
_OF_PERSON = ("account", "name", "email", "external_id", "organizations", "fields")
ROOT = frozenset({"ref", "origin", "native", *_OF_PERSON})
"""The same for people."""
_READ = "=the desk's own record, read back"


def _notes(rows: list[Row]) -> Iterator[tuple[str, str]]:
    """Yield number and words of the notes that may be ours."""
    for row in rows:
        if isinstance(text := row.get("body"), str) and "ticketferry" in text:
            yield str(row["id"]), plain(text)


def read_root(wire: Wire, done: Translated, session: Session) -> Translated:
    """Complete a person or a company: its account, which record it stands for, and what our note keeps of it."""
    body, record = object_at(wire.body), dict(done.records[0])
    begin = session.mark("")
    if str(record.get("external_id", "")).startswith(begin):
        record["origin"] = str(Ref(session.origin, wire.ref.kind, record.pop("external_id")[len(begin) :]))
    if wire.ref.kind is Kind.PERSON:
        record["account"] = "agent" if body.get("type") == "admin" else "customer"
        if mark := newest(_notes(objects_at(body, "notes.data")), session.workspace)[1]:
            record = {key: value for key, value in record.items() if key in ROOT}
            told = object_at(mark, "exact").items()
            exact = {key: value for key, value in told if alike(record.get(key), value)}
            record |= {"origin": mark["ref"], **object_at(mark, "record"), **exact}
    elif wire.ref.kind is Kind.ORGANIZATION:
        # Where nobody told since when the company is known, that is the desk's own time, as is its last change.
        record = {key: value for key, value in record.items() if key not in ("created", "updated")}
        since = from_unix(body.get("remote_created_at"))
        if since and since != from_unix(body.get("created_at")):
            record["created"] = since
    return Translated([record], dict.fromkeys(body, _READ), done.findings)


def read_case(wire: Wire, done: Translated, workspace: str, stand_in: str) -> Translated:
    """Restore a conversation of ours. `stand_in`: the contact that asks where the requester is a teammate."""
    body = object_at(wire.body)
    parts = objects_at(body, "conversation_parts.conversation_parts")
    notes = dict(_notes(parts))
    mark = newest(notes.items(), workspace)[1]
    if not mark:
        return done
    head = {key: value for key, value in done.records[0].items() if key in NATIVE}
    head |= {"origin": mark["ref"], **object_at(mark, "record")}
    told, as_left = object_at(mark, "exact"), (body.get("state") == "closed") is mark.get("closed")
    subject = told.get("subject")
    same = {
        "subject": alike(head.get("subject"), subject) or alike(body.get("title"), subject),
        "tags": alike(head.get("tags"), told.get("tags", [])),
        "stage": as_left,
        "status": as_left,
        "created": "created" in told and head.get("created") == from_unix(to_unix(told["created"])),
        "requester": bool(stand_in) and str(head.get("requester", "")).endswith(f":{stand_in}"),
    }
    if as_left:
        head.pop("stage", None)
    head |= {key: told[key] for key in EXACT if key in told and same[key]}
    shown = {key: value for key, value in object_at(head, "fields").items() if key != mark.get("attribute")}
    head["fields"] = shown | object_at(mark, "fields")
    rows = {str(id_): object_at(row) for id_, row in mark.get("parts", ())}
    rows[f"{wire.ref.id}-source"] = object_at(mark, "source")
    hidden = {id_ for id_, text in notes.items() if unpacked(text)}
    hidden |= {str(row["id"]) for row in parts if row.get("redacted") is True} - rows.keys()
    thread = restored(done.records[1:], rows, hidden)
    return Translated([head, *thread], dict.fromkeys(body, _READ), done.findings)
