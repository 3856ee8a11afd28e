"""The part of JQL that is served: conditions joined by AND, and ORDER BY; anything else is refused as Jira does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .errors import refused
from .state import Indexed, SiteState
from .wire import CATEGORIES

__all__ = ["JqlQuery", "parse", "sort_key"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>>=|<=|!=|=|>|<|\(|\)|,)|(?P<word>[^\s"'=<>!(),]+))"""
)
_FIELDS = {
    "project": "project",
    "labels": "labels",
    "label": "labels",
    "key": "key",
    "issuekey": "key",
    "issue": "key",
    "id": "key",
    "created": "created",
    "createddate": "created",
    "updated": "updated",
    "updateddate": "updated",
    "status": "status",
    "statuscategory": "category",
}
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
}
_MOST_ORDERED = 7
_UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query. "
    "For example: updated >= -30d."
)

Test = Callable[[Indexed], bool]


@dataclass(slots=True)
class JqlQuery:
    """A parsed query: tests that must all hold, the order, and what narrows the candidates."""

    tests: list[Test] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Field and whether it descends."""
    ids: set[int] | None = None
    """Issues that the query names one by one; None where it does not."""
    labels: frozenset[str] | None = None
    """Labels of which a matching issue has one; None where the query names none."""

    def matches(self, entry: Indexed) -> bool:
        """Say whether an indexed issue answers the query."""
        return all(test(entry) for test in self.tests)


def sort_key(entry: Indexed, name: str) -> Any:
    """Return what an indexed issue is ordered by."""
    values = {"key": entry.key, "id": entry.id, "created": entry.created, "updated": entry.updated}
    return values[name]


def parse(state: SiteState, text: str, zone: str) -> JqlQuery:
    """Parse a query; times are in the caller's zone. Refuses with 400 in Jira's form."""
    tokens = _tokens(text)
    query = JqlQuery()
    at = 0
    words = [token.lower() if kind == "word" else "" for kind, token in tokens]
    while at < len(tokens) and not _ordering(words, at):
        at = _condition(state, tokens, words, at, query, zone)
        if at < len(tokens) and not _ordering(words, at):
            if words[at] != "and":
                raise refused(
                    400,
                    f"Error in the JQL Query: Expecting either 'AND' or 'ORDER BY' but got '{tokens[at][1]}'.",
                )
            at += 1
            if at >= len(tokens) or _ordering(words, at):
                raise refused(400, "Error in the JQL Query: Expecting a field name at the end of the query.")
    if not query.tests:
        raise refused(400, _UNBOUNDED)
    if at < len(tokens):
        _order(tokens, at + 2, query)
    if not query.order:
        query.order = [("created", True)]
    return query


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise refused(400, f"Error in the JQL Query: The character '{text[at]}' is not expected.")
        kind = found.lastgroup or ""
        token = found[kind]
        if kind == "quoted":
            token = re.sub(r"\\(.)", r"\1", token[1:-1])
        tokens.append((kind, token))
        at = found.end()
    return tokens


def _ordering(words: list[str], at: int) -> bool:
    return words[at : at + 2] == ["order", "by"]


def _condition(
    state: SiteState, tokens: list[tuple[str, str]], words: list[str], at: int, query: JqlQuery, zone: str
) -> int:
    name = tokens[at][1]
    if tokens[at][0] == "sign":
        raise refused(400, f"Error in the JQL Query: Expecting a field name but got '{name}'.")
    known = _FIELDS.get(name.lower())
    if known is None:
        raise refused(400, f"Field '{name}' does not exist or you do not have permission to view it.")
    at += 1
    if at >= len(tokens):
        raise refused(400, "Error in the JQL Query: Expecting an operator at the end of the query.")
    if words[at] == "in":
        values, at = _list(tokens, at + 1)
        query.tests.append(_any_of(state, known, values, query))
        return at
    sign = tokens[at][1] if tokens[at][0] == "sign" else ""
    if sign not in _SIGNS:
        raise refused(400, f"Error in the JQL Query: The operator '{tokens[at][1]}' is not supported here.")
    if at + 1 >= len(tokens) or tokens[at + 1][0] == "sign":
        raise refused(400, "Error in the JQL Query: Expecting a value.")
    query.tests.append(_compare(state, known, sign, tokens[at + 1][1], zone, query))
    return at + 2


def _list(tokens: list[tuple[str, str]], at: int) -> tuple[list[str], int]:
    values: list[str] = []
    if at >= len(tokens) or tokens[at][1] != "(":
        raise refused(400, "Error in the JQL Query: Expecting '(' after IN.")
    at += 1
    while at + 1 < len(tokens) and tokens[at][0] != "sign":
        values.append(tokens[at][1])
        at += 1
        if tokens[at] == ("sign", ")"):
            return values, at + 1
        if tokens[at] != ("sign", ","):
            break
        at += 1
    raise refused(400, "Error in the JQL Query: Expecting ')' at the end of a list.")


def _any_of(state: SiteState, name: str, values: list[str], query: JqlQuery) -> Test:
    if name == "project":
        projects = {_project(state, value) for value in values}
        return lambda entry: entry.project in projects
    if name in ("status", "category"):
        statuses = {id_ for value in values for id_ in _statuses(state, name, value)}
        return lambda entry: entry.status in statuses
    if name == "labels":
        labels = query.labels = frozenset(values)
        return lambda entry: not labels.isdisjoint(entry.labels)
    if name == "key":
        ids = {_issue(state, value) for value in values}
        query.ids = ids if query.ids is None else query.ids & ids
        return lambda entry: entry.id in ids
    raise refused(400, f"The operator 'in' is not supported by the '{name}' field.")


def _compare(state: SiteState, name: str, sign: str, value: str, zone: str, query: JqlQuery) -> Test:
    test = _SIGNS[sign]
    if name in ("created", "updated"):
        instant = _instant(state, value, zone)
        if name == "created":
            return lambda entry: test(entry.created, instant)
        return lambda entry: test(entry.updated, instant)
    if name == "key":
        return _compare_key(state, sign, value, query)
    if sign not in ("=", "!="):
        raise refused(400, f"The operator '{sign}' is not supported by the '{name}' field.")
    wanted = sign == "="
    if name in ("status", "category"):
        statuses = _statuses(state, name, value)
        return lambda entry: (entry.status in statuses) is wanted
    if name == "project":
        project = _project(state, value)
        return lambda entry: (entry.project == project) is wanted
    if wanted:
        query.labels = frozenset((value,))
    return lambda entry: (value in entry.labels) is wanted


def _compare_key(state: SiteState, sign: str, value: str, query: JqlQuery) -> Test:
    test = _SIGNS[sign]
    if sign in ("=", "!="):
        wanted = _issue(state, value)
        if sign == "=":
            query.ids = {wanted} if query.ids is None else query.ids & {wanted}
        return lambda entry: test(entry.id, wanted)
    if value.isdigit():
        number = int(value)
        return lambda entry: test(entry.id, number)
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)-(\d+)", value)
    if found is None:
        raise refused(400, f"The issue key '{value}' for field 'key' is invalid.")
    key, number = found[1].upper(), int(found[2])
    return lambda entry: entry.key[0] == key and test(entry.key[1], number)


def _project(state: SiteState, value: str) -> str:
    project = state.project(value) or next((p for p in state.projects.values() if p.name == value), None)
    if project is None:
        raise refused(400, f"The value '{value}' does not exist for the field 'project'.")
    return project.id


def _statuses(state: SiteState, name: str, value: str) -> set[str]:
    """Return the ids of the statuses that a name, an id, or the name of a category stands for."""
    text = value.casefold()
    if name == "category":
        keys = {
            key
            for key, (_, _, title, other) in CATEGORIES.items()
            if text in (key, title.casefold(), other.casefold())
        }
        found = {id_ for id_, status in state.statuses.items() if status.category in keys}
    else:
        found = {id_ for id_, status in state.statuses.items() if text in (id_, status.name.casefold())}
    if not found:
        field = "status" if name == "status" else "statusCategory"
        raise refused(400, f"The value '{value}' does not exist for the field '{field}'.")
    return found


def _issue(state: SiteState, value: str) -> int:
    issue = state.issue(value)
    if issue is None:
        raise refused(400, f"An issue with key '{value}' does not exist for field 'key'.")
    return int(issue.id)


def _instant(state: SiteState, value: str, zone: str) -> float:
    relative = re.fullmatch(r"-(\d+)([mhdw])", value)
    if relative is not None:
        units = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
        return state.clock.time() - timedelta(**{units[relative[2]]: int(relative[1])}).total_seconds()
    if re.fullmatch(r"\d{10,}", value):
        return int(value) / 1000
    for form in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(value, form).replace(tzinfo=ZoneInfo(zone)).timestamp()
        except ValueError:
            continue
    raise refused(
        400,
        f"Date value '{value}' for field 'updated' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
    )


def _order(tokens: list[tuple[str, str]], at: int, query: JqlQuery) -> None:
    while at < len(tokens):
        name = _FIELDS.get(tokens[at][1].lower())
        if tokens[at][1].lower() == "id":
            name = "id"
        if name in (None, "labels", "project", "status", "category"):
            raise refused(400, f"Not able to sort using field '{tokens[at][1]}'.")
        at += 1
        descends = False
        if at < len(tokens) and tokens[at][1].lower() in ("asc", "desc"):
            descends = tokens[at][1].lower() == "desc"
            at += 1
        query.order.append((str(name), descends))
        if at < len(tokens):
            if tokens[at] != ("sign", ","):
                raise refused(400, f"Error in the JQL Query: Expecting ',' but got '{tokens[at][1]}'.")
            at += 1
    if not query.order:
        raise refused(400, "Error in the JQL Query: Expecting a field name after ORDER BY.")
    if len(query.order) > _MOST_ORDERED:
        raise refused(400, "The maximum number of ORDER BY fields is 7.")
