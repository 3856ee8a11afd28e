"""Search as far as counting goes: type, status, dates, tags and ids of tickets; names of users and organizations."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route
from ticketferry_emulators.zendesk.exceptions import detailed, listed
from ticketferry_emulators.zendesk.models.state import DeskState, TicketSummary
from ticketferry_emulators.zendesk.responses.paging import integer
from ticketferry_emulators.zendesk.responses.routing import both
from ticketferry_emulators.zendesk.seed.dice import WireRecord, unix

__all__ = ["ROUTES", "found"]

_TERM = re.compile(r"^(-?)(\w+)(:|<=|>=|<|>)(.*)$", re.DOTALL)
_RANKS = {"new": 0, "open": 1, "pending": 2, "hold": 3, "solved": 4, "closed": 5}
_MOST = 1_000
_IDS: dict[str, Callable[[TicketSummary], object]] = {
    "group": lambda head: head.group, "assignee": lambda head: head.assignee, "requester": lambda head: head.requester,
    "organization": lambda head: head.organization, "brand": lambda head: head.brand, "form": lambda head: head.form,
    "custom_status_id": lambda head: head.custom_status, "brand_id": lambda head: head.brand,
    "ticket_form_id": lambda head: head.form, "assignee_id": lambda head: head.assignee,
    "requester_id": lambda head: head.requester, "group_id": lambda head: head.group,
    "organization_id": lambda head: head.organization,
}  # fmt: skip
_NAMED = {
    "group": "groups", "assignee": "users", "requester": "users", "organization": "organizations", "brand": "brands",
    "form": "ticket_forms",
}  # fmt: skip
"""Terms whose value may be a name, or a person's address."""
_TEXTS: dict[str, Callable[[TicketSummary], str | None]] = {
    "ticket_type": lambda head: head.type, "priority": lambda head: head.priority, "via": lambda head: head.channel,
    "external_id": lambda head: head.external_id, "support_type": lambda head: head.support_type,
}  # fmt: skip
_TIMES: dict[str, Callable[[TicketSummary], int]] = {
    "created": lambda head: head.created, "created_at": lambda head: head.created,
    "updated": lambda head: head.updated, "updated_at": lambda head: head.updated,
}  # fmt: skip
_ORDERS: dict[str, Callable[[TicketSummary], object]] = {
    "created_at": lambda head: head.created, "created": lambda head: head.created,
    "updated_at": lambda head: head.updated, "updated": lambda head: head.updated,
    "status": lambda head: _RANKS[head.status],
    "priority": lambda head: ("low", "normal", "high", "urgent").index(head.priority or "low"),
    "ticket_type": lambda head: head.type or "",
}  # fmt: skip
_PEOPLE = frozenset(
    {"role", "email", "external_id", "name", "tags", "created", "created_at", "updated", "updated_at"}
)

Test = Callable[[TicketSummary], bool]


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


def _unserved(term: str) -> NotServed:
    """A term that the product may well know: what it would find is not known here."""
    return NotServed(f"the search term {term}")


def _test(state: DeskState, name: str, sign: str, value: str) -> Test:
    """Return the test of one term of a ticket search; raises Refused (422) for a bad value, NotServed for another term."""
    if name == "status":
        if value not in _RANKS:
            raise _unreadable(f"status{sign}{value}")
        return lambda head: _compare(sign, _RANKS[head.status], _RANKS[value])
    if name in _TIMES:
        read, within = _TIMES[name], _within(sign, value)
        return lambda head: within(read(head))
    if name in _IDS:
        if value == "none":
            return lambda head: _IDS[name](head) is None
        wanted = _meant(state, name, value)
        return lambda head: _IDS[name](head) in wanted
    if name in _TEXTS:
        return lambda head: (_TEXTS[name](head) or "none").lower() == value.lower()
    if name in ("tags", "tag"):
        return lambda head: value in head.tags
    raise _unserved(f"{name}{sign}{value}")


def _meant(state: DeskState, name: str, value: str) -> set[int]:
    """Return the ids that a value means: an id, an address, or a name of which all words are there [DOC search reference]."""
    if value.isascii() and value.isdigit():
        return {int(value)}
    kind = _NAMED.get(name)
    if kind is None or value == "me":
        raise _unserved(f"{name}:{value}")
    if kind == "users" and "@" in value:
        number = state.addresses.get(value.lower())
        return set() if number is None else {number}
    words = value.lower().split()
    return {
        key for key, row in state.lists[kind].items() if all(word in str(row["name"]).lower() for word in words)
    }  # fmt: skip


def _within(sign: str, value: str) -> Callable[[int], bool]:
    """Return whether a second is where a term with a time wants it: a date is a day long, a time a second."""
    moment, span = _moment(value)
    if sign == ":":
        return lambda at: moment <= at < moment + span
    edge = moment + (span if sign in (">", "<=") else 0)
    return lambda at: (at >= edge) == sign.startswith(">")


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
        return kind, sorted(_others(state, kind, terms, words), reverse=True)
    if kind in ("group", "topic", "entry"):
        raise _unserved(f"type:{kind}")
    if kind != "ticket":
        raise _unreadable(f"type:{kind}")
    tests = [
        (_test(state, name, sign, value), minus == "-")
        for minus, name, sign, value in terms
        if name not in ("order_by", "sort")
    ]
    numbers = [
        number
        for number, head in state.heads.items()
        if head.status != "deleted" and all(test(head) != negated for test, negated in tests)
    ]
    if words:
        numbers = [number for number in numbers if _has_words(state.case(number).ticket, words)]
    return kind, sorted(numbers, reverse=True)


def _others(
    state: DeskState, kind: str, terms: list[tuple[str, str, str, str]], words: list[str]
) -> Iterator[int]:  # fmt: skip
    """Yield the users or organizations that a query means."""
    unknown = {name for _, name, _, _ in terms} - _PEOPLE - {"order_by", "sort"}
    if unknown:
        raise _unserved(min(unknown))
    times = [(f"{name.removesuffix('_at')}_at", _within(sign, value), minus == "-")
             for minus, name, sign, value in terms if name.removesuffix("_at") in ("created", "updated")]  # fmt: skip
    values = [(name, value.lower(), minus == "-") for minus, name, _, value in terms
              if name in ("role", "email", "external_id", "name", "tags")]  # fmt: skip
    for key, row in state.lists[f"{kind}s"].items():
        if (
            row.get("active", True)
            and all(word in str(row["name"]).lower() for word in words)
            and all(within(unix(row[name])) != negated for name, within, negated in times)
            and all(
                (value == str(row.get(name)).lower() or (name == "tags" and value in row["tags"])) != negated
                for name, value, negated in values
            )
        ):
            yield key


def _sorted(call: Call, state: DeskState, kind: str, keys: list[int]) -> list[int]:
    """Sort tickets as `sort_by` or `order_by:` of the query say; else by relevance, which is newest first here."""
    terms = {name: value for _, name, _, value in _terms(_query(call))[1]}
    wanted = call.query.get("sort_by") or terms.get("order_by")
    if kind != "ticket" or wanted in (None, "relevance"):
        return keys
    if wanted not in _ORDERS:
        raise _unserved(f"order_by:{wanted}")
    descending = (call.query.get("sort_order") or terms.get("sort") or "desc").lower() != "asc"
    order = _ORDERS[wanted]
    return sorted(keys, key=lambda number: (order(state.heads[number]), number), reverse=descending)


def _has_words(ticket: WireRecord, words: list[str]) -> bool:
    text = f"{ticket['subject']} {ticket['description']}".lower()
    return all(word in text for word in words)


def _query(call: Call) -> str:
    query = call.query.get("query")
    if query is None:
        raise detailed(400, "InvalidValue", "The parameter query is required")
    return query


def count(state: DeskState, call: Call) -> Answer:
    """Count what a query finds, without the limit of 1,000."""
    return Answer(200, {"count": len(found(state, _query(call))[1])})


def search(state: DeskState, call: Call) -> Answer:
    """Show what a query finds, at most the first 1,000 (422 past them) [DOC]."""
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
