"""Search as far as counting goes: type, status, dates, tags and ids of tickets; names of users and organizations."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ticketferry.emulation.app import Answer, Call, Route

from .errors import detailed, listed
from .paging import integer
from .routing import both
from .sample.dice import WireRecord
from .state import DeskState, Head

if TYPE_CHECKING:
    from .app import ZendeskEmulator

__all__ = ["ROUTES", "found"]

_TERM = re.compile(r"^(-?)(\w+)(:|<=|>=|<|>)(.*)$", re.DOTALL)
_RANKS = {"new": 0, "open": 1, "pending": 2, "hold": 3, "solved": 4, "closed": 5}
_MOST = 1_000
_IDS: dict[str, Callable[[Head], object]] = {
    "group": lambda head: head.group, "assignee": lambda head: head.assignee, "requester": lambda head: head.requester,
    "organization": lambda head: head.organization, "brand": lambda head: head.brand, "form": lambda head: head.form,
    "custom_status_id": lambda head: head.custom_status,
}  # fmt: skip
_TEXTS: dict[str, Callable[[Head], str | None]] = {
    "ticket_type": lambda head: head.type, "priority": lambda head: head.priority, "via": lambda head: head.channel,
    "external_id": lambda head: head.external_id, "support_type": lambda head: head.support_type,
}  # fmt: skip
_TIMES: dict[str, Callable[[Head], int]] = {
    "created": lambda head: head.created,
    "updated": lambda head: head.updated,
}

Test = Callable[[Head], bool]


def _unreadable(term: str) -> Exception:
    return detailed(422, "invalid", f"Invalid search: {term}")


def _compare(sign: str, left: int, right: int) -> bool:
    return {
        ":": left == right,
        "<": left < right,
        ">": left > right,
        "<=": left <= right,
        ">=": left >= right,
    }[sign]


def _test(name: str, sign: str, value: str) -> Test:
    """Return the test of one term of a ticket search; raises Refused (422) for what is not understood."""
    if name == "status":
        if value not in _RANKS:
            raise _unreadable(f"status{sign}{value}")
        return lambda head: _compare(sign, _RANKS[head.status], _RANKS[value])
    if name in _TIMES:
        moment, span, read = *_moment(value), _TIMES[name]
        if sign == ":":
            return lambda head: moment <= read(head) < moment + span
        shift = span if sign in (">", "<=") else 0
        return lambda head: (read(head) >= moment + shift) == sign.startswith(">")
    if name in _IDS:
        wanted = None if value == "none" else value
        return lambda head: (wanted is None and _IDS[name](head) is None) or str(_IDS[name](head)) == wanted
    if name in _TEXTS:
        return lambda head: (_TEXTS[name](head) or "none").lower() == value.lower()
    if name in ("tags", "tag"):
        return lambda head: value in head.tags
    raise _unreadable(name)


def _moment(text: str) -> tuple[int, int]:
    """Return when a date or time begins, and how long it lasts, in seconds."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable(text) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()), 86_400 if len(text) == 10 else 1


def _terms(query: str) -> tuple[str, list[tuple[str, str, str, str]], list[str]]:
    """Split a query into the type asked for, its terms and its free words."""
    try:
        parts = shlex.split(query)
    except ValueError:
        raise _unreadable(query) from None
    kind, terms, words = "ticket", [], []
    for part in parts:
        match = _TERM.match(part)
        if match is None:
            words.append(part.lower())
        elif match[2] == "type":
            kind = match[4]
        else:
            terms.append((match[1], match[2], match[3], match[4]))
    return kind, terms, words


def found(state: DeskState, query: str) -> tuple[str, list[int]]:
    """Return the kind of record a query asks for and the ids found, newest first."""
    kind, terms, words = _terms(query)
    if kind in ("user", "organization"):
        table = state.lists[f"{kind}s"]
        fields = {name: value.lower() for _, name, _, value in terms}
        unknown = fields.keys() - {"role", "email", "external_id", "name", "tags"}
        if unknown:
            raise _unreadable(min(unknown))
        keys = [
            key
            for key, row in table.items()
            if row.get("active", True)
            and all(word in str(row["name"]).lower() for word in words)
            and all(value == str(row.get(name)).lower() or value in (row["tags"] if name == "tags" else ())
                    for name, value in fields.items())
        ]  # fmt: skip
        return kind, sorted(keys, reverse=True)
    if kind != "ticket":
        raise _unreadable(f"type:{kind}")
    tests = [(_test(name, sign, value), minus == "-") for minus, name, sign, value in terms]
    numbers = [
        number
        for number, head in state.heads.items()
        if head.status != "deleted" and all(test(head) != negated for test, negated in tests)
    ]
    if words:
        numbers = [number for number in numbers if _has_words(state.case(number).ticket, words)]
    return kind, sorted(numbers, reverse=True)


def _sorted(call: Call, state: DeskState, kind: str, keys: list[int]) -> list[int]:
    """Sort tickets by `sort_by=created_at`; other orders are the order of relevance, newest first here."""
    if kind == "ticket" and call.query.get("sort_by") == "created_at":
        descending = (call.query.get("sort_order") or "desc").lower() != "asc"
        return sorted(keys, key=lambda number: (state.heads[number].created, number), reverse=descending)
    return keys


def _has_words(ticket: WireRecord, words: list[str]) -> bool:
    text = f"{ticket['subject']} {ticket['description']}".lower()
    return all(word in text for word in words)


def _query(call: Call) -> str:
    query = call.query.get("query")
    if query is None:
        raise detailed(400, "InvalidValue", "The parameter query is required")
    return query


def count(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Count what a query finds, without the limit of 1,000."""
    return Answer(200, {"count": len(found(emulator.state, _query(call))[1])})


def search(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Show what a query finds, at most the first 1,000 (422 past them) [DOC]."""
    state = emulator.state
    kind, keys = found(state, _query(call))
    keys = _sorted(call, state, kind, keys)
    page, size = integer(call, "page", 1) or 1, min(integer(call, "per_page", 100) or 100, 100)
    if page < 1 or page * size > _MOST:
        detail = f"You have reached the limit of {_MOST:,} search results"
        raise listed(422, "InvalidPaginationDepth", "Search result limit", detail)
    shown = keys[(page - 1) * size : page * size]
    if kind == "ticket":
        rows = [state.case(number).ticket | {"result_type": kind} for number in shown]
    else:
        rows = [state.lists[f"{kind}s"][key] | {"result_type": kind} for key in shown]
    more = page * size < min(len(keys), _MOST)
    link = f"{call.path}?query={call.query.get('query')}&page={page + 1}"
    return Answer(200, {"results": rows, "facets": None, "count": len(keys), "previous_page": None,
                        "next_page": link if more else None})  # fmt: skip


ROUTES: tuple[Route, ...] = (
    *both("/api/v2/search", search, "ListSearchResults", "search"),
    *both("/api/v2/search/count", count, "CountSearchResults", "search"),
)
