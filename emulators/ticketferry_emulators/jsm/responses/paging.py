"""Page parameters of both APIs, with their silent caps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ticketferry_emulators.jsm.exceptions import desk_refused, refused
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call

__all__ = ["desk_page", "number", "page", "split", "window"]


def number(call: Call, name: str, default: int, *, most: int | None = None) -> int:
    """Return a whole, non-negative query parameter, cut silently at `most`; 404 for what is no number, as Jira does."""
    text = call.query.get(name)
    if text is None or text == "":
        return default
    try:
        value = int(text)
    except ValueError:
        raise refused(404, f"The value '{text}' is not valid for the parameter {name}.") from None
    if value < 0:
        raise refused(400, f"{name} must not be negative.")
    return value if most is None else min(value, most)


def split(call: Call, name: str) -> list[str]:
    """Return a parameter that may be repeated or hold a comma-separated list."""
    return [part.strip() for text in call.query.all(name) for part in text.split(",") if part.strip()]


def window(call: Call, default: int = 50, most: int = 100) -> tuple[int, int]:
    """Return `startAt` and `maxResults`; with a repeated-border fault a later page begins one record early."""
    start = number(call, "startAt", 0)
    size = number(call, "maxResults", default, most=most)
    if start > 0 and call.suffers("repeat_page_border"):
        return start - 1, size
    return start, size


def page(state: SiteState, call: Call, items: Sequence[Any], *, default: int = 50, most: int = 100) -> Answer:
    """Answer a page of the `values` form of the platform API."""
    start, size = window(call, default, most)
    view = View.of(state, call)
    return Answer(200, view.page(call.path, items[start : start + size], start, size, len(items)))


def desk_page(state: SiteState, call: Call, items: Sequence[Any], *, status: int = 200) -> Answer:
    """Answer a page of the service desk API; `limit` at most 100."""
    try:
        start = int(call.query.get("start") or 0)
        limit = min(int(call.query.get("limit") or 50), 100)
    except ValueError:
        raise desk_refused(400, "start and limit must be numbers") from None
    if start > 0 and call.suffers("repeat_page_border"):
        start -= 1
    values = items[start : start + limit]
    last = start + len(values) >= len(items)
    return Answer(status, View.of(state, call).desk_page(call.path, values, start, limit, last=last))
