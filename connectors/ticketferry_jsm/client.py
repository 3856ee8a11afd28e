"""Requests to a Jira site: authorization, its three error bodies, its three rate limits, its kinds of pages."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from ticketferry.sdk import (
    Answer,
    AuthError,
    DeskIdentity,
    HttpClient,
    Pacer,
    RejectedError,
    Session,
    UnknownOutcomeError,
    held,
    refuse_redirect,
)
from ticketferry.sdk.desk_clock import DeskClock
from ticketferry.sdk.paging import PagesSeen
from ticketferry.sdk.shapes import Fits, a_list, an_object, anything, holding

from .auth import AtlassianCredentials
from .budget import COST, told_units
from .documented import WRITES
from .options import JsmOptions
from .pace import BURST_RATES, GROUPS, IssuePace
from .wire import API, neutral_time

__all__ = ["JsmClient", "error_text"]

_PAGE = 100
_EXPERIMENTAL = {"X-ExperimentalApi": "opt-in"}
"""Without it the service desk refuses experimental calls with 412 [field-proven]."""
_UPLOAD = {"X-Atlassian-Token": "no-check"}
_SHAPES: Mapping[str, Fits] = {
    **dict.fromkeys(
        ("field.list", "remote_link.list", "screen.fields", "screen.tabs", "status.list", "user.list", "user.search"),
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
Params = Mapping[str, str | int | Sequence[str | int]]


class JsmClient:
    """Both REST APIs of one site. Thread-safe; connections are made with the first request."""

    def __init__(self, options: JsmOptions, session: Session) -> None:
        self._options = options
        self._session = session
        self.credentials = AtlassianCredentials(options, session)
        self.clock = DeskClock(session.clock)
        self._pacer = Pacer(session.clock, dict(BURST_RATES), session.share)
        self._issues = IssuePace(session.clock)
        self._lock = threading.Lock()
        self._http: HttpClient | None = None
        self.cost_units = 0
        """Units an hour that the desk's answers told; 0: none."""

    def _client(self) -> HttpClient:
        with held(self._lock, self._session.clock):
            if self._http is None:
                self._http = HttpClient(
                    self.credentials.address(),
                    self._session,
                    headers=self.credentials.headers,
                    classify=classify,
                    pacer=self._pacer,
                    learn=self._learn,
                    renew=self.credentials.renew,
                    file_hosts=self._options.file_hosts,
                    writes=WRITES,
                )
            return self._http

    def close(self) -> None:
        """Give back connections."""
        with self._lock:
            if self._http is not None:
                self._http.close()
                self._http = None
            self.credentials.close()

    def _learn(self, response: Answer, group: str) -> None:
        """Obey the reason of a 429: a quota holds everything, a burst limit its group, the limit of an issue that issue only."""
        self.credentials.learn(response)
        self.clock.learn(response.headers)
        self.cost_units = max(self.cost_units, told_units(response.headers))
        if response.status_code != 429:
            return
        seconds = self._pause_of(response)
        reason = response.headers.get("ratelimit-reason", "")
        if reason.startswith("jira-quota") or reason == COST or not reason:
            for name in GROUPS:
                self._pacer.hold(name, seconds)
        elif reason == "jira-burst-based":
            self._pacer.hold(group.partition("|")[0], seconds)
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
        return max(1.0, datetime.fromisoformat(reset).timestamp() - self._session.clock.time())

    # ---- reading

    def get(
        self,
        path: str,
        *,
        endpoint: str,
        group: str = "read",
        params: Params | None = None,
        experimental: bool = False,
        fits: Fits | None = None,
    ) -> Any:
        """GET and parse. Raises RejectedError for 4xx. `fits`: the shape to want, else the one that the endpoint has."""
        return self._read(
            "GET", path, endpoint=endpoint, group=group, params=params, experimental=experimental, fits=fits
        )

    def ask(
        self, path: str, body: Any, *, endpoint: str, group: str = "read", fits: Fits | None = None
    ) -> Any:
        """POST a question: a read whose parameters stand in the body."""
        return self._read("POST", path, endpoint=endpoint, group=group, json=body, fits=fits)

    def get_text(self, path: str, *, endpoint: str, params: Params | None = None) -> str:
        """GET a bare text."""
        return self._client().read("GET", path, endpoint=endpoint, group="read", params=params).text

    def _read(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        group: str,
        params: Params | None = None,
        json: Any = None,
        experimental: bool = False,
        fits: Fits | None = None,
    ) -> Any:
        return self._client().ask(
            method,
            path,
            endpoint=endpoint,
            fits=fits or _SHAPES.get(endpoint, an_object),
            group=group,
            params=params,
            json=json,
            headers=_EXPERIMENTAL if experimental else None,
            refuse=refuse_redirect,
        )

    def pages(
        self,
        path: str,
        *,
        endpoint: str,
        rows: str = "values",
        params: Params | None = None,
        size: int = _PAGE,
    ) -> Iterator[Any]:
        """Yield the rows of a `startAt` list. The desk may cut the page size; a row seen at a page's border is given once."""
        start, seen = 0, set[str]()
        pages = PagesSeen(f"GET {path}")
        while True:
            query: dict[str, Any] = {**(params or {}), "startAt": start, "maxResults": size}
            page = self.get(path, endpoint=endpoint, params=query, fits=holding(rows))
            found = page[rows]
            start = (
                max(start, int(page.get("startAt") or 0))
                if not found
                else int(page.get("startAt") or 0) + len(found)
            )
            fresh = [row for row in found if _id_of(row) not in seen]
            seen = {_id_of(row) for row in found}
            yield from fresh
            total = page.get("total")
            if (
                page.get("isLast") is True
                or not found
                or (total is not None and page.get("isLast") is None and start >= int(total))
            ):
                return
            pages.see(found)

    def desk_pages(
        self,
        path: str,
        *,
        endpoint: str,
        group: str = "read",
        params: Params | None = None,
        experimental: bool = False,
    ) -> Iterator[list[Any]]:
        """Yield the pages of a service desk list; their end is `isLastPage`, whatever the limit says."""
        start, before = 0, set[str]()
        pages = PagesSeen(f"GET {path}")
        while True:
            query: dict[str, Any] = {**(params or {}), "start": start, "limit": _PAGE}
            page = self.get(
                path, endpoint=endpoint, group=group, params=query, experimental=experimental,
                fits=holding("values"),
            )  # fmt: skip
            found = page["values"]
            yield [row for row in found if _id_of(row) not in before]
            before = {_id_of(row) for row in found}
            start = int(page.get("start") or start) + len(found)
            if page.get("isLastPage") is not False or not found:
                return
            pages.see(found)

    def redirect_of(self, path: str, *, endpoint: str) -> str:
        """Return where a path redirects to."""
        return self._client().redirect_of(path, endpoint=endpoint, group="content")

    def download(self, url: str, *, endpoint: str) -> Iterator[bytes]:
        """Stream bytes; credentials go to the site only."""
        return self._client().download(url, endpoint=endpoint, group="content")

    # ---- writing

    def write(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        group: str,
        issue: str = "",
        params: Params | None = None,
        json: Any = None,
        content: bytes | None = None,
        files: Any = None,
        experimental: bool = False,
    ) -> tuple[Any, Answer]:
        """Send once and parse; `issue`: id of the issue whose own write limit applies.

        Raises UnknownOutcomeError where no trustworthy answer came, RejectedError where Jira refused.
        """
        held = group
        if issue:
            self._pacer.wait(group)
            self._issues.wait(issue)
            # A 429 for this issue alone must not hold the group: it is noted under a name of its own.
            held = f"{group}|{issue}"
        headers = {**(_EXPERIMENTAL if experimental else {}), **(_UPLOAD if files is not None else {})}
        if content is not None:
            headers["Content-Type"] = "application/json"
        response = self._client().write(
            method,
            path,
            endpoint=endpoint,
            group=held,
            params=params,
            json=json,
            content=content,
            files=files,
            headers=headers,
        )
        if not response.content:
            return None, response
        try:
            return orjson.loads(response.content), response
        except orjson.JSONDecodeError as error:
            msg = "the answer to a write was cut off"
            raise UnknownOutcomeError(msg, where=f"{method} {path}") from error

    def now(self) -> float:
        """Return our time, unix seconds."""
        return self._session.clock.time()

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
