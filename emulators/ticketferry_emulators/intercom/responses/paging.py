"""Pages: by cursor (value and id of the last row, as the list is now) and, where the vendor still has them, by number."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson

from ticketferry_emulators.intercom.exceptions import invalid
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.kit.app import Call

__all__ = ["ListPage", "SortKey", "by_cursor", "by_number", "page_size", "sorted_rows"]

SortKey = tuple[Any, ...]
"""What a list is sorted by; the last member is the row's id."""


class ListPage(NamedTuple):
    """The ids of one page, and what the answer says of the pages."""

    ids: list[str]
    pages: dict[str, Any]
    total: int


def page_size(state: WorkspaceState, asked: Any, default: int, most: int) -> int:
    """Return the size of a page; raises Refused (400) for what is no positive number."""
    if asked is None or asked == "":
        return default
    try:
        size = int(asked)
    except (TypeError, ValueError):
        raise invalid("per_page must be an integer", "per_page") from None
    if size < 1:
        raise invalid("per_page must be greater than 0", "per_page")
    if size > most and state.unsettled.oversized_pages == "refused":
        raise invalid(f"per_page must be at most {most}", "per_page")
    return min(size, most)


def by_cursor(
    call: Call, rows: Sequence[tuple[SortKey, str]], cursor: Any, size: int, *, reverse: bool = False
) -> ListPage:
    """Return the page after a cursor of sorted rows, (sort key, id); what moved since the page before is where it is now."""
    number, begin = 1, 0
    if cursor:
        last, number = _read(cursor)
        begin = next(
            (place for place, row in enumerate(rows) if _after(row[0], last, reverse=reverse)), len(rows)
        )
        if call.suffers("repeat_page_border"):
            begin = max(0, begin - 1)
    chosen = rows[begin : begin + size]
    pages: dict[str, Any] = {
        "type": "pages",
        "page": number,
        "per_page": size,
        "total_pages": -(-len(rows) // size),
    }
    if begin + size < len(rows):
        following = base64.b64encode(orjson.dumps([*chosen[-1][0], number + 1])).decode()
        pages["next"] = {"page": number + 1, "starting_after": following}
    return ListPage([identifier for _, identifier in chosen], pages, len(rows))


def _after(key: SortKey, last: SortKey, *, reverse: bool) -> bool:
    return _comparable(key) < _comparable(last) if reverse else _comparable(key) > _comparable(last)


def _comparable(key: SortKey) -> tuple[tuple[bool, Any], ...]:
    """Return a key in which nothing comes before everything."""
    return tuple((part is not None, part if part is not None else 0) for part in key)


def _read(cursor: Any) -> tuple[SortKey, int]:
    try:
        *key, number = orjson.loads(base64.b64decode(str(cursor), validate=True))
        return tuple(key), int(number)
    except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError):
        raise invalid("The starting_after cursor is invalid", "starting_after") from None


def sorted_rows(
    ids: Sequence[str], key: Callable[[str], SortKey], *, reverse: bool = False
) -> list[tuple[SortKey, str]]:
    """Return rows in order of their keys; where there is no value comes first."""
    rows = [(key(identifier), identifier) for identifier in ids]
    rows.sort(key=lambda row: _comparable(row[0]), reverse=reverse)
    return rows


def by_number(state: WorkspaceState, call: Call, ids: Sequence[str], default: int, most: int) -> ListPage:
    """Return the page that `page` and `per_page` of the query name."""
    size = page_size(state, call.query.get("per_page"), default, most)
    try:
        number = int(call.query.get("page") or 1)
    except ValueError:
        raise invalid("page must be an integer", "page") from None
    if number < 1:
        raise invalid("page must be greater than 0", "page")
    begin = (number - 1) * size
    pages = {
        "type": "pages", "next": {"page": number + 1, "per_page": size} if begin + size < len(ids) else None,
        "page": number, "per_page": size, "total_pages": -(-len(ids) // size),
    }  # fmt: skip
    return ListPage(list(ids[begin : begin + size]), pages, len(ids))
