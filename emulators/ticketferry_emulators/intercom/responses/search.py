"""Searches: groups of filters over the index, sorted, page by page [OAS]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from ticketferry_emulators.intercom.exceptions import body_of, invalid
from ticketferry_emulators.intercom.models.search_index import SearchValues
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.paging import ListPage, by_cursor, page_size, sorted_rows
from ticketferry_emulators.intercom.responses.search_fields import FieldKind, field_kind
from ticketferry_emulators.intercom.responses.shapes import sent_by
from ticketferry_emulators.kit.app import Call

__all__ = ["page_of_search"]

_MOST_FILTERS = 15
_DEEPEST = 2
_BIG = 150

Test: TypeAlias = Callable[[SearchValues], bool]


def page_of_search(
    state: WorkspaceState, call: Call, kind: str, default: int, *, visible: Callable[[str], bool]
) -> ListPage:
    """Return the ids that a search finds, of one page. The cursor is the body's: one in the query string is ignored."""
    body = sent_by(call)
    query = body.get("query")
    if not isinstance(query, dict):
        raise invalid("Invalid query", "query")
    pagination = body_of(body.get("pagination"))
    size = page_size(state, pagination.get("per_page"), default, _BIG)
    test = _group(state, kind, query, 0)
    rows = state.index[kind].rows
    field, reverse = _sorting(kind, state, body.get("sort"))
    ids = [identifier for identifier, values in rows.items() if visible(identifier) and test(values)]
    ordered = sorted_rows(
        ids, lambda identifier: (_scalar(rows[identifier].get(field)), identifier), reverse=reverse
    )
    return by_cursor(call, ordered, pagination.get("starting_after"), size, reverse=reverse)


def _sorting(kind: str, state: WorkspaceState, sort: Any) -> tuple[str, bool]:
    """Return the field to sort by and whether downwards; without a word the newest come first."""
    if sort is None:
        return "created_at", True
    sort = body_of(sort)
    field, order = sort.get("field", "created_at"), sort.get("order", "descending")
    if order not in ("ascending", "descending"):
        raise invalid("order must be ascending or descending", "sort")
    if field_kind(state, kind, field) is None:
        raise invalid(f"Cannot sort by {field}", "sort")
    return str(field), order == "descending"


def _scalar(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _group(state: WorkspaceState, kind: str, query: Mapping[str, Any], depth: int) -> Test:
    """Return the test of a filter, or of a group of filters or groups."""
    operator, value = query.get("operator"), query.get("value")
    if "field" in query or operator not in ("AND", "OR"):
        return _filter(state, kind, query)
    if depth >= _DEEPEST:
        raise invalid("Queries can be nested two levels deep", "query")
    if not isinstance(value, list) or not value:
        raise invalid("The value of a group must be an array of filters", "query")
    if len(value) > _MOST_FILTERS:
        raise invalid(f"A group can have at most {_MOST_FILTERS} filters", "query")
    if any(not isinstance(part, dict) for part in value):
        raise invalid("Invalid query", "query")
    tests = [_group(state, kind, part, depth + 1) for part in value]
    if operator == "AND":
        return lambda values: all(test(values) for test in tests)
    return lambda values: any(test(values) for test in tests)


def _filter(state: WorkspaceState, kind: str, query: Mapping[str, Any]) -> Test:
    field, operator, value = query.get("field"), query.get("operator"), query.get("value")
    what = field_kind(state, kind, field)
    if what is None:
        raise invalid(f"Unknown field {field}", "query")
    if not isinstance(operator, str) or operator not in _operators(kind, what):
        raise invalid(f"Operator {operator} is not supported for {field}", "query")
    name = str(field)
    if operator in ("IN", "NIN"):
        if not isinstance(value, list) or not value:
            raise invalid(f"Operator {operator} needs an array", "query")
        allowed = [_typed(name, what, one) for one in value]
        negative = operator == "NIN"
        return lambda values: negative != any(_equal(what, values.get(name), one) for one in allowed)
    wanted = _typed(name, what, value)
    if what == "date" and kind == "contacts":
        return _by_day(state.zone, name, str(operator), wanted)
    return lambda values: _holds(what, str(operator), values.get(name), wanted)


def _operators(kind: str, what: FieldKind) -> frozenset[str]:
    """Return the operators of a field; contacts' dates have three, conversations' and tickets' compare seconds."""
    if what == "date" and kind == "contacts":
        return frozenset({"=", ">", "<"})
    if what in ("date", "integer"):
        return frozenset({"=", "!=", "IN", "NIN", ">", "<", ">=", "<="})
    if what == "boolean":
        return frozenset({"=", "!="})
    if what == "tags":
        return frozenset({"=", "!="})
    return frozenset({"=", "!=", "IN", "NIN", "~", "!~", "^", "$"})


def _typed(field: str, what: FieldKind, value: Any) -> Any:
    """Return a value as its field holds it; raises Refused (400) for another kind of value."""
    if value is None:
        return None
    if what in ("date", "integer"):
        if isinstance(value, bool) or not str(value).lstrip("-").isdigit():
            raise invalid(f"{field} must be an integer", "query")
        return int(value)
    if what == "boolean":
        if not isinstance(value, bool):
            raise invalid(f"{field} must be a boolean", "query")
        return value
    if what == "any":
        return value
    if isinstance(value, bool | list | dict):
        raise invalid(f"{field} must be a string", "query")
    return str(value)


def _by_day(zone: str, field: str, operator: str, wanted: int | None) -> Test:
    """Compare whole days of the workspace's zone: `>` begins with the next day, `<` ends before this one."""
    if wanted is None:
        return lambda values: operator == "=" and values.get(field) is None
    begin = datetime.fromtimestamp(wanted, ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    end = (begin + timedelta(days=1)).timestamp()
    start = begin.timestamp()

    def test(values: SearchValues) -> bool:
        moment = values.get(field)
        if moment is None:
            return False
        if operator == "=":
            return bool(start <= moment < end)
        return bool(moment >= end) if operator == ">" else bool(moment < start)

    return test


def _equal(what: FieldKind, held: Any, wanted: Any) -> bool:
    if isinstance(held, list):
        return (wanted is None and not held) or (str(wanted).lower() if what == "words" else wanted) in held
    return bool(held == wanted) or (what == "any" and held is not None and str(held) == str(wanted))


def _holds(what: FieldKind, operator: str, held: Any, wanted: Any) -> bool:
    if operator in ("=", "!="):
        return (operator == "=") == _equal(what, held, wanted)
    if what in ("date", "integer"):
        if held is None or wanted is None:
            return False
        # the document: `>` is greater or equal, `<` lower or equal
        return bool(held >= wanted) if operator[0] == ">" else bool(held <= wanted)
    parts = held if isinstance(held, list) else [] if held is None else [str(held)]
    text = str(wanted or "").lower()
    if what == "words":
        return (
            (operator != "!~") == (text in parts) if operator in ("~", "!~") else _ends(operator, parts, text)
        )
    if operator in ("~", "!~"):
        return (operator == "~") == any(text in part.lower() for part in parts)
    return _ends(operator, parts, text)


def _ends(operator: str, parts: list[str], text: str) -> bool:
    if operator == "^":
        return any(part.lower().startswith(text) for part in parts)
    return any(part.lower().endswith(text) for part in parts)
