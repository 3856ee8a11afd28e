"""Our marks: what an issue, a comment or an account of ours says about the record that it came from.

An issue carries the mark as entity properties, each value under Jira's limit of 32,768 characters [OAS]:

    ticketferry.source, .2, .3, .4   {"ref", "workspace", "number", "record", "exact", "unset", "provenance"}, cut into pieces
                                     of text where one value cannot hold it
    ticketferry.parts                target ids of what hangs on the issue and cannot carry a mark itself: files, links, work logs

A request may ask for five properties at most, so the source's mark has four pieces. A comment carries `ticketferry.comment`.
"""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from ticketferry.sdk import Json

__all__ = [
    "COMMENT",
    "ISSUE_PROPERTIES",
    "PARTS",
    "PIECE",
    "PROVENANCE_CHARACTERS",
    "SOURCE",
    "WORKLOG",
    "label",
    "labels_of",
    "pack",
    "size_of",
    "unpack",
]

SOURCE = "ticketferry.source"
PARTS = "ticketferry.parts"
COMMENT = "ticketferry.comment"
WORKLOG = "ticketferry.worklog"
PIECE = 30_000
_PIECES = 4
SOURCE_KEYS = (SOURCE, *(f"{SOURCE}.{number}" for number in range(2, _PIECES + 1)))
ISSUE_PROPERTIES = (*SOURCE_KEYS, PARTS)
PROVENANCE_CHARACTERS = PIECE * _PIECES


def label(origin: str, number: str = "") -> str:
    """Return the label of one ticket, or the one that all of a source desk share: JQL cannot search labels by their beginning."""
    return f"tf-{origin}-{'-'.join(number.split())}" if number else f"tf-{origin}"


def labels_of(origin: str, number: str) -> frozenset[str]:
    """Return the labels that mark an issue as ours."""
    return frozenset({label(origin), label(origin, number)})


def _text(value: Json) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def size_of(value: Json) -> int:
    """Return how many characters a property value takes, a character outside the basic plane as two (Jira counts UTF-16)."""
    return _units(_text(value))


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def pack(mark: Mapping[str, Json]) -> list[dict[str, Any]] | None:
    """Return the mark as properties (`key`, `value`), always of the same number of keys used; None where it does not fit."""
    whole = cast("Json", dict(mark))
    if size_of(whole) <= PIECE:
        return [{"key": SOURCE, "value": whole}]
    head = {key: mark[key] for key in ("ref", "workspace", "number") if key in mark}
    room = PIECE - size_of(cast("Json", head)) - 64
    pieces = _cut(_text(whole), room)
    if pieces is None:
        return None
    rows: list[dict[str, Any]] = [
        {"key": SOURCE, "value": {**head, "pieces": len(pieces), "text": pieces[0]}}
    ]
    rows.extend(
        {"key": key, "value": {"text": piece}}
        for key, piece in zip(SOURCE_KEYS[1:], pieces[1:], strict=False)
    )
    return rows


def _cut(text: str, room: int) -> list[str] | None:
    """Cut text into pieces whose JSON form fits into `room` each."""
    pieces: list[str] = []
    while text:
        if len(pieces) == _PIECES:
            return None
        length = min(len(text), room)
        while size_of(text[:length]) > room:
            length = max(1, length * room // size_of(text[:length]) - 1)
        pieces.append(text[:length])
        text = text[length:]
    return pieces


def unpack(properties: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the mark of an issue from its properties; None where it has none, or one that somebody has damaged."""
    head = properties.get(SOURCE)
    if not isinstance(head, Mapping) or not isinstance(head.get("ref"), str):
        return None
    count = head.get("pieces")
    if count is None:
        return dict(head)
    pieces: list[str] = []
    for key in SOURCE_KEYS[: int(count)]:
        value = properties.get(key)
        if not isinstance(value, Mapping) or not isinstance(value.get("text"), str):
            return None
        pieces.append(value["text"])
    try:
        whole = orjson.loads("".join(pieces))
    except orjson.JSONDecodeError:
        return None
    return dict(whole) if isinstance(whole, dict) else None


def fits(value: Json) -> bool:
    """Tell whether one property can hold a value."""
    return size_of(value) <= PIECE
