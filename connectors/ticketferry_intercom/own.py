"""Our own conversations and contacts read back: what a note of ours says is put in its place, as long as nobody changed what it is about. Pure."""

from collections.abc import Iterator
from typing import Any

from ticketferry.sdk import Kind, Record, Ref, Session, Translated, Wire, parse_ref
from ticketferry.sdk.few_tags import alike, plain, reduced, words
from ticketferry.sdk.mark_text import newest, unpacked
from ticketferry.sdk.shapes import object_at, objects_at
from ticketferry.sdk.values import from_unix, to_unix
from ticketferry_intercom.client import Row

__all__ = ["EXACT", "NATIVE", "ROOT", "read_case", "read_root"]

EXACT = ("subject", "created", "tags", "stage", "status", "requester")
"""Keys of a case that Intercom shows in words of its own: the note tells them exactly."""
_READ_OFF = (
    "ref",
    "origin",
    "native",
    "assignee",
    "group",
    "organization",
    "fields",
    "comments",
    "attachments",
)
NATIVE = frozenset({*_READ_OFF, *EXACT})
"""Keys of a case that are read off the conversation; all others stand in the note."""
_OF_PERSON = ("account", "name", "email", "external_id", "organizations", "fields")
ROOT = frozenset({"ref", "origin", "native", *_OF_PERSON})
"""The same for people."""
_COMMENT = ("ref", "ticket", "public", "author", "created", "body")
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
        record.pop("updated", None)
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
    restored = _parts(done.records[1:], rows, hidden)
    return Translated([head, *restored], dict.fromkeys(body, _READ), done.findings)


def _parts(records: Any, rows: dict[str, Row], hidden: set[str]) -> Iterator[Record]:
    """Yield comments and files with what our rows say of them; what goes on in a further message hangs on its comment again."""
    for record in records:
        kind, id_ = parse_ref(record["ref"])[1:]
        place = str(record.get("comment", "")).split(":", 2)[-1] if kind is Kind.ATTACHMENT else id_
        row = rows.get(place)
        if place in hidden or kind is Kind.EVENT:
            continue
        if kind is Kind.ATTACHMENT and row is not None:
            number, files = id_.rsplit("-", 1)[1], row.get("files", ())
            told = object_at(files[int(number)]) if number.isdecimal() and int(number) < len(files) else {}
            yield {**record, "comment": row.get("ref") or row.get("of"), **told}
        elif row is None:
            yield record
        elif row.get("ref"):
            yield _comment(record, row)


def _comment(record: Record, row: Row) -> Record:
    made = {key: record[key] for key in _COMMENT if key in record} | {"origin": row["ref"]}
    made |= object_at(row, "more")
    if row.get("author"):
        made["author"] = row["author"]
    if row.get("created") and record.get("created") in (row.get("sent"), from_unix(to_unix(row["created"]))):
        made["created"] = row["created"]
    shown = str(object_at(record, "body").get("html", ""))
    said = reduced(row["html"], row.get("header", "")) if "html" in row else ""
    same = "html" in row and words(shown) == words(said or row.get("said", ""))
    made["body"] = {"html": row["html"] if same else shown}
    return {key: value for key, value in made.items() if key != "body" or value["html"]}
