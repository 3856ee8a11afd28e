"""Our own conversations and contacts read back: what a note of ours says is put in its place, as long as nobody changed what it is about. Pure."""

from collections.abc import Iterator
from typing import Any

from ticketferry.sdk import Kind, Record, Ref, Session, Translated, Wire, parse_ref
from ticketferry.sdk.few_tags import alike, plain, reduced, words
from ticketferry.sdk.mark_text import unpacked
from ticketferry.sdk.values import from_unix, to_unix
from ticketferry_intercom.client import Row
from ticketferry_intercom.wire import some

__all__ = ["EXACT", "NATIVE", "ROOT", "mark_of", "read_case", "read_root"]

EXACT = ("subject", "created", "tags", "stage", "status", "requester")
"""Keys of a case that Intercom shows in words of its own: the note tells them exactly."""
NATIVE = frozenset(
    {"ref", "origin", "native", "assignee", "group", "organization", "fields", "comments", "attachments", *EXACT}
)  # fmt: skip
"""Keys of a case that are read off the conversation; all others stand in the note."""
ROOT = frozenset({"ref", "origin", "native", "account", "name", "email", "external_id", "organizations", "fields"})  # fmt: skip
"""The same for people."""
_COMMENT = ("ref", "ticket", "public", "author", "created", "body")
_READ = "=the desk's own record, read back"


def mark_of(rows: Any, workspace: str) -> tuple[str, Row]:
    """Return id and content of the newest note of ours; one of another workspace is none."""
    newest: tuple[str, Row] = ("", {})
    for row in rows or ():
        mark = _mark(row)
        if mark and mark.get("workspace", "") == workspace and int(row["id"]) >= int(newest[0] or 0):
            newest = str(row["id"]), mark
    return newest


def _mark(row: Any) -> Row | None:
    text = some(row).get("body")
    return unpacked(plain(text)) if isinstance(text, str) and "ticketferry" in text else None


def read_root(wire: Wire, done: Translated, session: Session) -> Translated:
    """Complete a person or a company: its account, which record it stands for, and what our note keeps of it."""
    body, record = some(wire.body), dict(done.records[0])
    begin, person = session.mark(""), wire.ref.kind is Kind.PERSON
    if str(record.get("external_id", "")).startswith(begin):
        record["origin"] = str(Ref(session.origin, wire.ref.kind, record.pop("external_id")[len(begin) :]))
    if person:
        record["account"] = "agent" if body.get("type") == "admin" else "customer"
        mark = mark_of(some(body.get("notes")).get("data"), session.workspace)[1]
        if mark:
            record = {key: value for key, value in record.items() if key in ROOT}
            exact = {key: value for key, value in some(mark.get("exact")).items() if alike(record.get(key), value)}  # fmt: skip
            record |= {"origin": mark["ref"], **some(mark.get("record")), **exact}
    elif wire.ref.kind is Kind.ORGANIZATION:
        record.pop("updated", None)
    return Translated([record], dict.fromkeys(body, _READ), done.findings)


def read_case(wire: Wire, done: Translated, workspace: str, stand_in: str) -> Translated:
    """Restore a conversation of ours. `stand_in`: the contact that asks where the requester is a teammate."""
    body = some(wire.body)
    parts = some(body.get("conversation_parts")).get("conversation_parts") or ()
    _, mark = mark_of(parts, workspace)
    if not mark:
        return done
    head = {key: value for key, value in done.records[0].items() if key in NATIVE}
    head |= {"origin": mark["ref"], **some(mark.get("record"))}
    told = some(mark.get("exact"))
    same = {
        "subject": alike(head.get("subject"), told.get("subject")) or alike(body.get("title"), told.get("subject")),
        "tags": alike(head.get("tags"), told.get("tags", [])), "stage": (body.get("state") == "closed") is mark.get("closed"),
        "status": (body.get("state") == "closed") is mark.get("closed"),
        "created": "created" in told and head.get("created") == from_unix(to_unix(told["created"])),
        "requester": bool(stand_in) and str(head.get("requester", "")).endswith(f":{stand_in}"),
    }  # fmt: skip
    head = {key: value for key, value in head.items() if key != "stage" or not same["stage"]}
    head |= {key: told[key] for key in EXACT if key in told and same[key]}
    shown = {key: value for key, value in some(head.get("fields")).items() if key != mark.get("attribute")}
    head["fields"] = shown | some(mark.get("fields"))
    rows = {str(id_): some(row) for id_, row in mark.get("parts", ())} | {f"{wire.ref.id}-source": some(mark.get("source"))}  # fmt: skip
    hidden = {str(row["id"]) for row in parts if _mark(row) or (row.get("redacted") is True and str(row["id"]) not in rows)}  # fmt: skip
    return Translated([head, *_parts(done.records[1:], rows, hidden)], dict.fromkeys(body, _READ), done.findings)  # fmt: skip


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
            told = some(files[int(number)]) if number.isdecimal() and int(number) < len(files) else {}
            yield {**record, "comment": row.get("ref") or row.get("of"), **told}
        elif row is None:
            yield record
        elif row.get("ref"):
            yield _comment(record, row)


def _comment(record: Record, row: Row) -> Record:
    made = {key: record[key] for key in _COMMENT if key in record} | {"origin": row["ref"], **some(row.get("more"))}  # fmt: skip
    if row.get("author"):
        made["author"] = row["author"]
    if row.get("created") and record.get("created") in (row.get("sent"), from_unix(to_unix(row["created"]))):
        made["created"] = row["created"]
    if "html" in row and words(some(record.get("body")).get("html", "")) == words(
        reduced(row["html"], row.get("header", "")) or row.get("said", "")
    ):
        made["body"] = {"html": row["html"]}
    else:
        made["body"] = {"html": some(record.get("body")).get("html", "")}
    return {key: value for key, value in made.items() if key != "body" or value["html"]}
