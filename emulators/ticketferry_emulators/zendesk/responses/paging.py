"""The four dialects of paging, each with its limits and its quirks [DOC, REC]."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlencode

import orjson

from ticketferry_emulators.kit.app import Answer, Call
from ticketferry_emulators.zendesk.exceptions import detailed, invalid, listed
from ticketferry_emulators.zendesk.models.timeline import Timeline
from ticketferry_emulators.zendesk.seed.desk import WireRecord
from ticketferry_emulators.zendesk.seed.dice import HOST

__all__ = ["Slice", "integer", "listing", "moved", "second", "since_cursor", "since_time", "whole"]

_PAGE = 100
_EXPORT_PAGE = 1_000
_DEEPEST = 10_000
_EXPORT_LIMIT = 1_000

Rows = Callable[[list[int]], list[WireRecord]]


def integer(call: Call, name: str, default: int | None = None) -> int | None:
    """Return a query parameter as an integer; raises Refused (400) when it is none."""
    text = call.query.get(name)
    if text is None or text == "":
        return default
    try:
        return int(text)
    except ValueError:
        raise invalid(name) from None


def second(call: Call, name: str) -> int | None:
    """Return a moment of the query as unix seconds, rounded down; raises Refused (400) when it can be read as none.

    The document says seconds. A fraction (`1767225600.0`) and an ISO text are taken as well: tap-zendesk sends both, the
    first for every export of tickets, and is answered [field-proven].
    """
    text = call.query.get(name)
    if text is None or text == "":
        return None
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(name) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _path(call: Call) -> str:
    return call.path if call.path.endswith(".json") else f"{call.path}.json"


def _link(call: Call, changes: dict[str, str], *, without: Sequence[str] = ()) -> str:
    """Return the address of another page: on the vendor's host, not on the one that was asked [REC]."""
    pairs = [(key, value) for key, value in call.query.pairs if key not in changes and key not in without]
    return f"{HOST}{_path(call)}?{urlencode(pairs + list(changes.items()))}"


_LINKS = ("next_page", "previous_page", "after_url", "before_url")


def moved(body: object, host: str) -> object:
    """Return an answer's body with the links of its pages on the desk's own host: above they are the sample's."""
    if host == HOST or not isinstance(body, dict):
        return body
    found = {key: _moved(body[key], host) for key in _LINKS if key in body}
    if isinstance(body.get("links"), dict):
        found["links"] = {key: _moved(link, host) for key, link in body["links"].items()}
    return body | found


def _moved(link: object, host: str) -> object:
    return host + link.removeprefix(HOST) if isinstance(link, str) and link.startswith(HOST) else link


# --- lists


def listing(call: Call, name: str, keys: Sequence[int], rows: Rows, *, key_of: str = "id") -> Answer:
    """Answer one page of a list: by cursor when `page[size]` or a cursor is sent, else by offset.

    `keys` are the ids in ascending order, `rows` makes the records of some of them. With a cursor any sorting but
    `sort=-…` is ignored, as the product does [PROBE].
    """
    if any(part in call.query for part in ("page[size]", "page[after]", "page[before]")):
        return _by_cursor(call, name, keys, rows)
    if (call.query.get("sort_order") or "asc").lower() == "desc":
        keys = keys[::-1]
    return _by_offset(call, name, keys, rows)


def whole(name: str, rows: list[WireRecord], **more: object) -> Answer:
    """Answer a list that the product never pages."""
    return Answer(200, {name: rows, "next_page": None, "previous_page": None, "count": len(rows), **more})


def _by_cursor(call: Call, name: str, keys: Sequence[int], rows: Rows) -> Answer:
    size = integer(call, "page[size]", _PAGE) or 0
    if not 1 <= size <= _PAGE:
        raise listed(
            400,
            "InvalidPaginationParameter",
            "InvalidPaginationParameter",
            "page[size] must be from 1 to 100",
        )
    descending = (call.query.get("sort") or "").startswith("-")
    after, before = _position(call, "page[after]"), _position(call, "page[before]")
    if descending:
        end = len(keys) if after is None else bisect_left(keys, after)
        begin = max(0, end - size)
        chosen = list(keys[begin:end])[::-1]
        more_after, more_before = begin > 0, end < len(keys)
    else:
        begin = 0 if after is None else bisect_right(keys, after)
        if before is not None:
            begin = max(0, bisect_left(keys, before) - size)
        if call.suffers("repeat_page_border"):
            begin = max(0, begin - 1)
        chosen = list(keys[begin : begin + size])
        more_after, more_before = begin + size < len(keys), begin > 0
    first, last = (_opaque(chosen[0]), _opaque(chosen[-1])) if chosen else (None, None)
    following = {"page[after]": last or "", "page[size]": str(size)}
    preceding = {"page[before]": first or "", "page[size]": str(size)}
    dropped = ("page[after]", "page[before]")
    return Answer(200, {
        name: rows(chosen),
        "meta": {"has_more": more_after, "after_cursor": last, "before_cursor": first},
        "links": {
            "prev": _link(call, preceding, without=dropped) if chosen and more_before else None,
            "next": _link(call, following, without=dropped) if chosen and more_after else None,
        },
    })  # fmt: skip


def _opaque(key: int) -> str:
    return base64.b64encode(orjson.dumps({"o": "id", "v": str(key)})).decode()


def _position(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if not text:
        return None
    try:
        return int(orjson.loads(base64.b64decode(text, validate=True))["v"])
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise listed(
            400, "InvalidPaginationParameter", "InvalidPaginationParameter", f"{name} is invalid"
        ) from None


def _by_offset(call: Call, name: str, keys: Sequence[int], rows: Rows, deepest: int = _DEEPEST) -> Answer:
    page, size = integer(call, "page", 1) or 0, integer(call, "per_page", _PAGE) or 0
    if page < 1 or size < 1:
        raise invalid("page" if page < 1 else "per_page")
    size = min(size, _PAGE)
    if page * size > deepest:
        detail = f"The requested page is beyond the first {deepest:,} records; use cursor pagination"
        raise listed(400, "InvalidPaginationDepth", "Pagination depth exceeded", detail)
    begin = (page - 1) * size
    start = max(0, begin - 1) if call.suffers("repeat_page_border") else begin
    chosen = list(keys[start : start + size])
    follow = begin + size < len(keys)
    return Answer(200, {
        name: rows(chosen),
        "next_page": _link(call, {"page": str(page + 1)}) if follow else None,
        "previous_page": _link(call, {"page": str(page - 1)}) if page > 1 else None,
        "count": len(keys),
    })  # fmt: skip


# --- incremental exports


class Slice(NamedTuple):
    """A page of an export: what it holds as (moment, id), and whether nothing follows."""

    entries: list[tuple[int, int]]
    last: bool


def _start(call: Call) -> int:
    """Return the second that an export begins at; raises Refused (400) where it is younger than a minute [DOC].

    One that comes as an ISO text is never too young: tap-zendesk asks so, with the second it is, whether it may read
    organizations, and is answered [field-proven].
    """
    start = second(call, "start_time")
    if start is None:
        raise detailed(400, "InvalidValue", "The parameter start_time is required")
    if start > call.time - 60 and "T" not in (call.query.get("start_time") or ""):
        raise detailed(400, "InvalidValue", "Too recent start_time. Use a start_time older than 60 seconds")
    return max(0, start)


def _export_size(call: Call) -> int:
    return max(1, min(integer(call, "per_page", _EXPORT_PAGE) or _EXPORT_PAGE, _EXPORT_LIMIT))


def since_cursor(
    call: Call, timeline: Timeline, seen: int, chosen: Callable[[int], bool], name: str, rows: Rows
) -> WireRecord:  # fmt: skip
    """Return the body of a cursor export: what was touched since, up to the second `seen`, in order of (moment, id)."""
    text = call.query.get("cursor")
    position: tuple[int, int] | None
    entries: Iterator[tuple[int, int]]
    if text:
        position = _export_position(text)
        if call.suffers("repeat_page_border"):
            border = timeline.before(*position)
            entries = timeline.since(border[0] if border else position[0], seen)
        else:
            entries = timeline.after(*position, seen)
    else:
        position = None
        entries = timeline.since(_start(call), seen)
    size = _export_size(call)
    page = list(islice((entry for entry in entries if chosen(entry[1])), size + 1))
    found = Slice(page[:size], len(page) <= size)
    if found.entries:
        position = found.entries[-1]
    cursor = None if position is None else _export_cursor(position)
    link = None if cursor is None else _link(call, {"cursor": cursor}, without=("start_time",))
    return {
        name: rows([identifier for _, identifier in found.entries]),
        "after_url": link, "before_url": None, "after_cursor": cursor, "before_cursor": None,
        "end_of_stream": found.last,
    }  # fmt: skip


def _export_cursor(position: tuple[int, int]) -> str:
    return base64.b64encode(f"{position[0]}.0||{position[1]}".encode()).decode()


def _export_position(text: str) -> tuple[int, int]:
    try:
        moment, _, identifier = base64.b64decode(text, validate=True).decode().partition("||")
        return int(float(moment)), int(identifier)
    except (binascii.Error, UnicodeDecodeError, ValueError, OverflowError):
        raise detailed(400, "InvalidValue", "The cursor is invalid") from None


def since_time(
    call: Call, timeline: Timeline, seen: int, chosen: Callable[[int], bool], name: str, rows: Rows
) -> WireRecord:  # fmt: skip
    """Return the body of a time export.

    A page ends after whole seconds, so that one second with very many records never loops; the next page begins with
    the second this one ended with, so its records come twice; `next_page` is set even at the end [ISSUE zenpy 451].
    """
    start = _start(call)
    size = _export_size(call)
    entries = (entry for entry in timeline.since(start, seen) if chosen(entry[1]))
    page = list(islice(entries, size))
    last = True
    for entry in entries:
        if entry[0] != page[-1][0]:
            last = False
            break
        page.append(entry)
    end = page[-1][0] if page else start
    if not last and end == start:
        # a page of one second only: going on from that second would repeat it for ever
        end += 1
    return {
        name: rows([identifier for _, identifier in page]),
        "count": len(page), "end_time": end, "end_of_stream": last,
        "next_page": _link(call, {"start_time": str(end)}),
    }  # fmt: skip
