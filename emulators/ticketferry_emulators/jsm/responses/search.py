"""Search by JQL over an index that lags, and reading many issues by id, which does not."""

from __future__ import annotations

import base64
import bisect
from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

import orjson

from ticketferry_emulators.jsm.exceptions import BAD_PAYLOAD, number_of, refused
from ticketferry_emulators.jsm.models.records import Issue
from ticketferry_emulators.jsm.models.search_index import Indexed, indexed
from ticketferry_emulators.jsm.responses.jql import JqlQuery, parse, sort_key
from ticketferry_emulators.jsm.responses.paging import split
from ticketferry_emulators.jsm.responses.steps import with_steps
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.models.state import SiteState

__all__ = ["ROUTES", "found_by"]

_MOST = 5000
_MOST_WITH_FIELDS = 100


def _list(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name) or []
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or any(not isinstance(item, str) for item in items):
        raise refused(400, BAD_PAYLOAD)
    return [item.strip() for item in items]


def _entries(state: SiteState, query: JqlQuery, reconcile: list[int]) -> list[Indexed]:
    """Return the indexed issues that match, with fresh entries for the ones to reconcile."""
    state.settle_index()
    index = state.index
    fresh: dict[int, Indexed] = {}
    for issue_id in reconcile:
        issue = state.issues.get(str(issue_id))
        if issue is not None:
            fresh[issue_id] = indexed(state.projects[issue.project], issue)
    ids: Iterable[int]
    if query.ids is not None:
        ids = query.ids
    elif query.labels is not None:
        ids = set(fresh).union(*(state.labelled.get(label, ()) for label in query.labels))
    else:
        ids = index.keys() | fresh.keys()
    found = (fresh.get(issue_id) or index.get(issue_id) for issue_id in ids)
    return [
        entry
        for entry in found
        if entry is not None
        and str(entry.id) in state.issues
        and str(entry.id) not in state.archived
        and query.matches(entry)
    ]


_Place = tuple[int, list[Any]]
"""Where an issue stands: its id, and what it is ordered by."""


def _place(query: JqlQuery, entry: Indexed) -> _Place:
    return entry.id, [sort_key(entry, name) for name, _ in query.order]


def _compare(query: JqlQuery, one: _Place, other: _Place) -> int:
    for (_, descends), a, b in zip(query.order, one[1], other[1], strict=True):
        if a != b:
            return (1 if a > b else -1) * (-1 if descends else 1)
    return (one[0] > other[0]) - (one[0] < other[0])


def _key(query: JqlQuery) -> Callable[[_Place], Any]:
    def compare(one: _Place, other: _Place) -> int:
        return _compare(query, one, other)

    return cmp_to_key(compare)


def _ordered(state: SiteState, jql: str, query: JqlQuery, reconcile: list[int]) -> list[Indexed]:
    """Sort the matches; the list of the last query is kept while neither it nor the index changes."""
    state.settle_index()
    stamp = (jql, state.index_version, len(state.issues) - len(state.archived), tuple(reconcile))
    if state.search_cache[0] != stamp:
        key = _key(query)
        entries = _entries(state, query, reconcile)
        state.search_cache = (stamp, sorted(entries, key=lambda entry: key(_place(query, entry))))
    return state.search_cache[1]


def _token(jql: str, last: Indexed, query: JqlQuery) -> str:
    place = [jql, last.id, [sort_key(last, name) for name, _ in query.order]]
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode()


def _after(token: Any, jql: str, entries: list[Indexed], query: JqlQuery) -> int:
    """Return the position behind the last issue of the page before, wherever the index has moved it since."""
    try:
        was, number, values = orjson.loads(base64.urlsafe_b64decode(str(token)))
        last = (int(number), [tuple(value) if isinstance(value, list) else value for value in values])
    except (ValueError, TypeError, IndexError):
        raise refused(400, "The nextPageToken is invalid.") from None
    if was != jql or len(last[1]) != len(query.order):
        raise refused(400, "The nextPageToken does not belong to this query.")
    order = _key(query)
    return bisect.bisect_right(entries, order(last), key=lambda entry: order(_place(query, entry)))


def _search(state: SiteState, call: Call, body: dict[str, Any]) -> Answer:
    if "startAt" in body:
        raise refused(400, BAD_PAYLOAD)
    jql = body.get("jql") or ""
    if not isinstance(jql, str):
        raise refused(400, BAD_PAYLOAD)
    view = View.of(state, call)
    query = parse(state, jql, view.account)
    fields, properties = _list(body, "fields"), _list(body, "properties")
    if len(properties) > 5:
        raise refused(400, "The number of properties must not exceed 5.")
    named = body.get("reconcileIssues") or []
    if not isinstance(named, list) or not all(str(number).isdigit() for number in named):
        raise refused(400, BAD_PAYLOAD)
    reconcile = [int(number) for number in named]
    if len(reconcile) > 50:
        raise refused(400, "The number of issues to reconcile must not exceed 50.")
    asked = body.get("maxResults", 50)
    if isinstance(asked, bool) or not isinstance(asked, int) or asked < 0:
        raise refused(400, "maxResults must be a number.")
    lean = not fields or set(fields) <= {"id", "key"}
    size = min(asked, _MOST if lean else _MOST_WITH_FIELDS)
    entries = _ordered(state, jql, query, reconcile)
    token = body.get("nextPageToken")
    start = _after(token, jql, entries, query) if token else 0
    if token and start > 0 and call.suffers("repeat_page_border"):
        start -= 1
    page = entries[start : start + size]
    expand = body.get("expand") or ""
    wanted = fields or None
    shown = (state.issues[str(entry.id)] for entry in page)
    issues = [_shown(view, issue, wanted, split_text(expand), properties) for issue in shown]
    answer: dict[str, Any] = {"issues": issues, "isLast": start + len(page) >= len(entries)}
    if not answer["isLast"] and page:
        answer["nextPageToken"] = _token(jql, page[-1], query)
    return Answer(200, answer)


def _shown(
    view: View, issue: Issue, fields: list[str] | None, expand: list[str], properties: list[str]
) -> dict[str, Any]:
    return with_steps(view, issue, view.issue(issue, fields, expand, properties), expand)


def split_text(text: Any) -> list[str]:
    """Return the parts of a comma-separated string."""
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else []


def found_by(state: SiteState, call: Call, jql: str) -> list[Issue]:
    """Return the issues that a query finds for the caller, in its order."""
    query = parse(state, jql, View.of(state, call).account)
    return [state.issues[str(entry.id)] for entry in _ordered(state, jql, query, [])]


def search_post(state: SiteState, call: Call) -> Answer:
    """POST /search/jql."""
    body = call.json
    if not isinstance(body, dict) or not isinstance(body.get("expand", ""), str):
        raise refused(400, BAD_PAYLOAD)
    return _search(state, call, body)


def search_get(state: SiteState, call: Call) -> Answer:
    """GET /search/jql."""
    query = call.query
    body: dict[str, Any] = {
        "jql": query.get("jql"),
        "fields": split(call, "fields"),
        "properties": split(call, "properties"),
        "expand": query.get("expand"),
        "nextPageToken": query.get("nextPageToken"),
        "reconcileIssues": split(call, "reconcileIssues"),
    }
    if "startAt" in query:
        body["startAt"] = query.get("startAt")
    text = query.get("maxResults")
    if text is not None:
        body["maxResults"] = int(text) if text.isdigit() else text
    return _search(state, call, body)


def count(state: SiteState, call: Call) -> Answer:
    """POST /search/approximate-count."""
    body = call.json if isinstance(call.json, dict) else {}
    query = parse(state, str(body.get("jql") or ""), View.of(state, call).account)
    return Answer(200, {"count": len(_entries(state, query, []))})


def bulk_fetch(state: SiteState, call: Call) -> Answer:
    """POST /issue/bulkfetch: at most 100, ascending id; what is missing or still fresh is absent, without an error."""
    body = call.json if isinstance(call.json, dict) else {}
    wanted = body.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not wanted:
        raise refused(400, "Issue IDs or keys must be provided.")
    if len(wanted) > 100:
        raise refused(400, "The number of issues to fetch exceeds the limit of 100.")
    properties = _list(body, "properties")
    if len(properties) > 5:
        raise refused(400, "The number of properties must not exceed 5.")
    found: dict[int, Issue] = {}
    for item in wanted:
        issue = state.issue(str(item))
        if issue is not None and not state.is_fresh(issue):
            found[int(issue.id)] = issue
    fields = _list(body, "fields") or ["*navigable"]
    view, expand = View.of(state, call), _list(body, "expand")
    issues = [_shown(view, found[number], fields, expand, properties) for number in sorted(found)]
    return Answer(200, {"issues": issues, "issueErrors": []})


def changelogs(state: SiteState, call: Call) -> Answer:
    """POST /changelog/bulkfetch: at most 1000 issues; times are epoch milliseconds here."""
    body = call.json if isinstance(call.json, dict) else {}
    wanted = body.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not wanted or len(wanted) > 1000:
        raise refused(400, "Between 1 and 1000 issue IDs or keys must be provided.")
    names = set(_list(body, "fieldIds"))
    if len(names) > 10:
        raise refused(400, "At most 10 field ids can be provided.")
    size = min(number_of(body.get("maxResults"), 1000), 10000)
    view = View.of(state, call)
    rows: list[tuple[str, dict[str, Any]]] = []
    numbers = {int(issue.id) for issue in (state.issue(str(item)) for item in wanted) if issue is not None}
    for number in sorted(numbers):
        for change in state.issues[str(number)].changes:
            items = [item for item in change.items if not names or item["fieldId"] in names]
            if items:
                at = round(change.created * 1000)
                rows.append((str(number), view.change(change) | {"items": items, "created": at}))
    token = body.get("nextPageToken")
    try:
        start = int(base64.b64decode(token)) if token else 0
    except (ValueError, TypeError):
        raise refused(400, "The nextPageToken is invalid.") from None
    if start > 0 and call.suffers("repeat_page_border"):
        start -= 1
    logs: dict[str, list[dict[str, Any]]] = {}
    for issue_id, history in rows[start : start + size]:
        logs.setdefault(issue_id, []).append(history)
    answer: dict[str, Any] = {
        "issueChangeLogs": [{"issueId": issue_id, "changeHistories": logs[issue_id]} for issue_id in logs]
    }
    if start + size < len(rows):
        answer["nextPageToken"] = base64.b64encode(str(start + size).encode()).decode()
    return Answer(200, answer)


ROUTES = [
    Route("POST", "/rest/api/3/search/jql", search_post, "search.jql", "search"),
    Route("GET", "/rest/api/3/search/jql", search_get, "search.jql", "search"),
    Route("POST", "/rest/api/3/search/approximate-count", count, "search.count", "search"),
    Route("POST", "/rest/api/3/issue/bulkfetch", bulk_fetch, "issue.bulkfetch", "issue"),
    Route("POST", "/rest/api/3/changelog/bulkfetch", changelogs, "changelog.bulkfetch", "changelog"),
]
