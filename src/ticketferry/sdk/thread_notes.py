"""Threads in products that keep few tags, times of their own and no marks: what a note at the end says of each message, and the thread
restored by it. Pure.

A row of such a note belongs to a message by the number that the product gave it. It holds as long as the product shows what was written.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.few_tags import is_one_paragraph, reduced, words
from ticketferry.sdk.lane import slim
from ticketferry.sdk.shapes import object_at
from ticketferry.sdk.values import from_unix, to_unix

__all__ = ["further_row", "message_row", "restored", "without_words", "written_by"]

_OF_FILE = ("name", "media_type", "inline", "created", "author", "public", "size")
_TOLD = ("ref", "ticket", "author", "public", "body", "created", "header")
_COMMENT = ("ref", "ticket", "public", "author", "created", "body")
_WRITTEN_BY = re.compile("^<p><(?:strong|b)>Written by [^<]*:</(?:strong|b)></p>")


def written_by(name: str) -> str:
    """Return the line over an internal message that its author could not write: whoever did stands over it otherwise."""
    return f"<p><b>Written by {escape(' '.join(name.split()), quote=False)}:</b></p>"


def without_words(files: Sequence[Record]) -> str:
    """Return what stands where a message has no words, which no product takes: the names of its files."""
    names = " ".join(f"[{file['name']}]" for file in files) or "(empty)"
    return reduced(f"<p>{escape(names, quote=False)}</p>")


def message_row(
    comment: Record, files: Sequence[Record], *, sent: str | None = None, whole: bool = False
) -> dict[str, Any]:
    """Return what a note says of a message: who and when exactly, its files, and the text where the way changes its form.

    `sent`: the time that the product shows, where it is not the message's own; `whole`: the text in any case.
    """
    html, header = object_at(comment, "body").get("html", ""), comment.get("header", "")
    row = {key: comment.get(key) for key in ("ref", "author", "created")}
    row |= {"header": header, "sent": sent, "files": [_file_row(file) for file in files]}
    if not words(reduced(html, header)):
        row["instead"] = words(without_words(files))
    row["more"] = {key: value for key, value in comment.items() if key not in _TOLD}
    same = is_one_paragraph(html) and not header and not whole and "instead" not in row
    return slim(row) if same else {**slim(row), "html": html}


def further_row(comment: Record, files: Sequence[Record]) -> dict[str, Any]:
    """Return what a note says of a message that only brings further files of another one."""
    return {"of": comment["ref"], "files": [_file_row(file) for file in files]}


def _file_row(file: Record) -> dict[str, Any]:
    return {"origin": file["ref"], **{key: file[key] for key in _OF_FILE if key in file}}


def restored(
    records: Iterable[Record], rows: Mapping[str, Mapping[str, Any]], hidden: Collection[str]
) -> Iterator[Record]:
    """Yield comments and files as they were written; what goes on in a further message hangs on its comment again.

    `records`: what was read, files named `MESSAGE-0`; `rows`: number of a message -> what the note says of it; `hidden`: messages of
    our own, which are none of the ticket's. Steps of a history are the product's own, and left out.
    """
    for record in records:
        kind, id_ = parse_ref(record["ref"])[1:]
        place = str(record.get("comment", "")).split(":", 2)[-1] if kind is Kind.ATTACHMENT else id_
        row = rows.get(place)
        if place in hidden or kind is Kind.EVENT:
            continue
        if kind is Kind.ATTACHMENT and row is not None:
            number, files = id_.rsplit("-", 1)[1], row.get("files", ())
            file = object_at(files[int(number)]) if number.isdecimal() and int(number) < len(files) else {}
            shown = {key: value for key, value in record.items() if not file or key not in _OF_FILE}
            yield {**shown, "comment": row.get("ref") or row.get("of"), **file}
        elif row is None:
            yield record
        elif row.get("ref"):
            yield _comment(record, row)


def _comment(record: Record, row: Mapping[str, Any]) -> Record:
    made = {key: record[key] for key in _COMMENT if key in record} | {"origin": row["ref"]}
    made |= object_at(row.get("more"))
    # Whoever wrote nobody's words for us is not their author: the note knows.
    made["author"] = row.get("author")
    if row.get("created") and record.get("created") in (row.get("sent"), from_unix(to_unix(row["created"]))):
        made["created"] = row["created"]
    shown = str(object_at(record, "body").get("html", ""))
    bare = shown if record.get("public") else _WRITTEN_BY.sub("", shown)
    written = words(reduced(row.get("html", ""), row.get("header", ""))) or row.get("instead", "")
    same = "html" in row and written in (words(shown), words(bare))
    made["body"] = {"html": row["html"] if same else bare}
    empty = {"author": made["author"] is None, "body": not made["body"]["html"]}
    return {key: value for key, value in made.items() if not empty.get(key)}
