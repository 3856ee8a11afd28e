"""Requests to a Jira site: authorization, its three error bodies, its three rate limits, its kinds of pages."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import orjson

from ticketferry.sdk import (
    Answer,
    AuthError,
    DeskIdentity,
    Pacer,
    RejectedError,
    Session,
)
from ticketferry.sdk.answers import documented
from ticketferry.sdk.outcomes import rejected
from ticketferry.sdk.rest.client import Parsed, RestClient, RestList
from ticketferry.sdk.rest.paginators import CursorPages, OffsetPages
from ticketferry.sdk.rest.requests import Parameters, RestRequest
from ticketferry.sdk.shapes import Fits, a_list, anything, holding

from .auth import AtlassianCredentials
from .budget import COST, told_units
from .endpoints import ENDPOINTS
from .options import JsmOptions
from .pace import BURST_RATES, GROUPS, issue_pace
from .wire import API, kind_of_field, neutral_time

__all__ = ["EXPERIMENTAL", "USERS", "JsmClient", "error_text", "refused"]

_PAGE = 100
USERS = 200
"""Users that one request lists."""
EXPERIMENTAL = {"X-ExperimentalApi": "opt-in"}
"""Without it the service desk refuses experimental calls with 412 [field-proven]."""
_UPLOAD = {"X-Atlassian-Token": "no-check"}
_SHAPES: Mapping[str, Fits] = {
    **dict.fromkeys(
        ("field.list", "license.roles", "remote_link.list", "screen.fields", "screen.tabs", "status.list", "user.assignable", "user.list", "user.search"),
        a_list,
    ),
    **dict.fromkeys(("issue.bulkfetch", "search.ids", "search.jql"), holding("issues")),
    "changelog.bulkfetch": holding("issueChangeLogs"),
    "comment.by_ids": holding("values"),
    "request.feedback": anything,
    "link_type.list": holding("issueLinkTypes"),
    "workflow.search": holding("values"),
    "workflow_scheme.get": holding("values"),
}  # fmt: skip
"""What each answer must be before anything is read out of it [P, S]; all others are objects."""

refused = partial(rejected, code="JSM-REFUSED")
"""Return what Jira, or we, did not do for one record."""


class JsmClient(RestClient):
    """Both REST APIs of one site. Thread-safe; connections are made with the first request."""

    def __init__(self, options: JsmOptions, session: Session) -> None:
        self._options = options
        self.credentials = AtlassianCredentials(options, session)
        super().__init__(
            session,
            self.credentials,
            self.credentials.address,
            classify=classify,
            pacer=Pacer(session.clock, dict(BURST_RATES), session.share),
            shapes=_SHAPES,
            writes=documented(ENDPOINTS),
            heard=self._limits,
            file_hosts=options.file_hosts,
        )
        self._issues = issue_pace(session.clock)
        self.cost_units = 0
        """Units an hour that the desk's answers told; 0: none."""

    def _limits(self, response: Answer, group: str) -> None:
        """Obey the reason of a 429: a quota holds everything, a burst limit its group, the limit of an issue that issue only."""
        self.cost_units = max(self.cost_units, told_units(response.headers))
        if response.status_code != 429:
            return
        seconds = self._pause_of(response)
        reason = response.headers.get("ratelimit-reason", "")
        if reason.startswith("jira-quota") or reason == COST or not reason:
            for name in GROUPS:
                self.pacer.hold(name, seconds)
        elif reason == "jira-burst-based":
            self.pacer.hold(group.partition("|")[0], seconds)
        elif reason == "jira-per-issue-on-write":
            self._issues.hold(group.partition("|")[2], seconds)

    def _pause_of(self, response: Answer) -> float:
        """Return the seconds that a 429 asks for. The gateway's own has no Retry-After, only the time of its reset [status page]."""
        headers = response.headers
        try:
            return max(1.0, float(headers.get("retry-after", "") or ""))
        except ValueError:
            reset = neutral_time(headers.get("x-ratelimit-reset", ""))
        if reset is None:
            return 2.0
        return max(1.0, datetime.fromisoformat(reset).timestamp() - self.session.clock.time())

    # ---- reading

    def get_text(self, path: str, *, endpoint: str, params: Parameters | None = None) -> str:
        """GET a bare text."""
        return self.http.read("GET", path, endpoint=endpoint, group="read", params=params).text

    def every(
        self,
        path: str,
        *,
        endpoint: str,
        rows: str = "values",
        params: Parameters | None = None,
        size: int = _PAGE,
        absent: Collection[int] = (),
    ) -> Iterator[Any]:
        """Yield the rows of a `startAt` list. The desk may cut the page size; a row seen at a page's border is given once. `absent`: as for
        `rows`.
        """
        pages = OffsetPages("startAt", "maxResults", size, at="startAt", last="isLast", total="total")
        listed = RestList(RestRequest(path, params or {}), rows, endpoint, pages, key=_id_of)
        return self.rows(listed, absent=absent)

    def desk_list(
        self,
        path: str,
        *,
        endpoint: str,
        group: str = "read",
        params: Parameters | None = None,
        experimental: bool = False,
    ) -> RestList:
        """Name a list of the service desk; its end is `isLastPage`, whatever the limit says."""
        pages = OffsetPages("start", "limit", _PAGE, at="start", last="isLastPage", goes_on=True)
        request = RestRequest(path, params or {}, headers=EXPERIMENTAL if experimental else {})
        return RestList(request, "values", endpoint, pages, group, key=_id_of)

    def desk_rows(
        self,
        path: str,
        *,
        endpoint: str,
        group: str = "read",
        params: Parameters | None = None,
        experimental: bool = False,
    ) -> Iterator[Any]:
        """Yield the rows of a list of the service desk."""
        return self.rows(
            self.desk_list(path, endpoint=endpoint, group=group, params=params, experimental=experimental)
        )

    def searched(self, jql: str, *, endpoint: str, size: int, fields: Sequence[str] = ("id",)) -> RestList:
        """Name what a search finds."""
        body = {"jql": jql, "fields": list(fields)}
        pages = CursorPages("nextPageToken", "nextPageToken", end="isLast", size_as="maxResults", size=size)
        return RestList(
            RestRequest(f"{API}/search/jql", json=body, method="POST"), "issues", endpoint, pages, "search"
        )

    def users(self) -> RestList:
        """Name the list of licensed users and apps: it ends with an empty page."""
        return RestList(
            RestRequest(f"{API}/users/search"), "", "user.list", OffsetPages("startAt", "maxResults", USERS)
        )

    def search(
        self, jql: str, most: int, *, fields: Sequence[str] = ("key",), endpoint: str = "search.jql"
    ) -> Any:
        """Return the first page of what a search finds, as it was answered: `issues`, `nextPageToken`, `isLast`."""
        body = {"jql": jql, "fields": list(fields), "maxResults": most}
        return self.question(f"{API}/search/jql", body, endpoint=endpoint, group="search")

    def counted(self, jql: str) -> int:
        """Return how many issues a search would find. Jira says itself that it only estimates [P POST /search/approximate-count]."""
        path = f"{API}/search/approximate-count"
        return int(self.question(path, {"jql": jql}, endpoint="search.count", group="search")["count"])

    def issues(
        self, keys: Iterable[object], fields: Sequence[str], properties: Sequence[str] = ()
    ) -> list[Any]:
        """Read issues together, by id or key; those that are not there are left out [P POST /issue/bulkfetch]."""
        body: dict[str, Any] = {"issueIdsOrKeys": [*map(str, keys)], "fields": list(fields)}
        if properties:
            body["properties"] = list(properties)
        path = f"{API}/issue/bulkfetch"
        found = self.question(path, body, endpoint="issue.bulkfetch", group="issue.read")
        return list(found.get("issues") or [])

    def onward(
        self, project: str, start: int, newest: int, read: Callable[[list[str]], list[Any]], gaps: int
    ) -> Iterator[list[Any]]:
        """Yield what `read` gives of the issues from a number on, a hundred numbers at a time, until past the newest that the index knows
        there are none in so many runs (`gaps`): it lags behind.
        """
        empty = 0
        while empty < gaps:
            rows = read([f"{project}-{number}" for number in range(start, start + _PAGE)])
            yield rows
            start += _PAGE
            if start > newest:
                empty = 0 if rows else empty + 1

    def issue(self, key: object, field: str) -> Any:
        """Read an issue with one of its fields, as it stands now."""
        path = f"{API}/issue/{key}"
        return self.get(path, endpoint="issue.get", group="issue.read", params={"fields": field})

    def fields(self) -> list[tuple[str, Any]]:
        """Return the site's fields, each with the last part of a custom one's type key; an empty text for a system field."""
        rows = self.get(f"{API}/field", endpoint="field.list", group="catalog") or []
        return [(kind_of_field(str((row.get("schema") or {}).get("custom", ""))), row) for row in rows]

    def redirect_of(self, path: str, *, endpoint: str) -> str:
        """Return where a path redirects to."""
        return self.http.redirect_of(path, endpoint=endpoint, group="content")

    # ---- writing

    def write(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        group: str,
        params: Parameters | None = None,
        json: Any = None,
        content: bytes | BinaryIO | None = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
        issue: str = "",
        experimental: bool = False,
    ) -> Parsed:
        """Send once and parse; `issue`: id of the issue whose own write limit applies."""
        if issue:
            self.pacer.wait(group)
            self._issues.wait(issue)
            # A 429 for this issue alone must not hold the group: it is noted under a name of its own.
            group = f"{group}|{issue}"
        more = {**(EXPERIMENTAL if experimental else {}), **(_UPLOAD if files is not None else {})}
        if content is not None:
            more["Content-Type"] = "application/json"
        return super().write(
            method, path, endpoint=endpoint, group=group, params=params, json=json, content=content,
            files=files, headers={**more, **(headers or {})},
        )  # fmt: skip

    def now(self) -> float:
        """Return our time, unix seconds."""
        return self.session.clock.time()

    def ping(self) -> None:
        """Ask the smallest thing there is. Raises RetryableError where the site does not answer."""
        self.get(f"{API}/serverInfo", endpoint="server.info")

    def identity(self) -> DeskIdentity:
        """Return the site's cloud id with its host.

        The gateway's address holds the id. A site tells it to everybody at `/_edge/tenant_info` (Atlassian's support article
        "Retrieve my Atlassian site's Cloud ID"); where that is not served, the address that the site itself has is all there is
        [P GET /serverInfo].
        """
        cloud = self.credentials.cloud_id()
        if cloud:
            return DeskIdentity(cloud, urlsplit(self._options.base_url).netloc)
        try:
            found = self.get("/_edge/tenant_info", endpoint="tenant_info")
        except RejectedError as error:
            if error.status not in (403, 404):
                raise
            found = None
        if isinstance(found, Mapping) and found.get("cloudId"):
            return DeskIdentity(str(found["cloudId"]), urlsplit(self._options.base_url).netloc)
        told = self.get(f"{API}/serverInfo", endpoint="server.info") or {}
        return DeskIdentity("", urlsplit(str(told.get("baseUrl") or self._options.base_url)).netloc)

    def myself(self) -> dict[str, Any]:
        """Return the account that the token belongs to. Raises AuthError."""
        found = self.get(f"{API}/myself", endpoint="myself")
        return dict(found)


def _id_of(row: Any) -> str:
    if isinstance(row, Mapping):
        for key in ("id", "accountId", "fieldId", "key"):
            if row.get(key) is not None:
                return str(row[key])
    return repr(row)


def classify(response: Answer) -> None:
    """Raise what a status means: AuthError for 401, RejectedError for other 4xx."""
    status = response.status_code
    if status < 400:
        return
    where = f"{response.request.method} {response.request.url.path}"
    text, body = error_text(response)
    if status == 401:
        if isinstance(body, Mapping) and "scope" in str(body.get("message", "")).casefold():
            raise AuthError(
                f"the token lacks a scope: {body['message']}",
                where=where,
                remedy="Make a token with the scopes that `ticketferry check` names.",
            )
        raise AuthError(
            f"Jira does not accept the credentials: {text}"
            if text
            else "Jira does not accept the credentials",
            where=f"{response.request.method} {response.request.url.copy_with(query=None)}",
            remedy="Check e-mail and API token; a token with scopes needs cloud_id in migration.yaml, and tokens expire after a year.",
        )
    if status == 403 and not text:
        text = "Jira refused, without a word: the account lacks a product licence or the role Service Desk Team in the project"
    raise RejectedError(text or f"Jira answered {status}", where=where, status=status, body=body)


def error_text(response: Answer) -> tuple[str, Any]:
    """Return one sentence and the parsed body of an error, in whichever of Jira's three forms it comes."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return "", None
    return errors_in(body), body


def errors_in(body: Any) -> str:
    """Return the messages of an error body: the platform's collection, the service desk's message, the bulk operations' list."""
    if not isinstance(body, Mapping):
        return ""
    words = [str(item) for item in body.get("errorMessages") or []]
    errors = body.get("errors")
    if isinstance(errors, Mapping):
        words.extend(f"{key}: {value}" for key, value in errors.items())
    elif isinstance(errors, list):
        words.extend(
            str(item.get("message", item)) if isinstance(item, Mapping) else str(item) for item in errors
        )
    if body.get("errorMessage"):
        words.append(str(body["errorMessage"]))
    words.extend(str(item) for item in body.get("warningMessages") or [])
    return "; ".join(words)
