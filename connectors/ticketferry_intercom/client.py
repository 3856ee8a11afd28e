"""Intercom's API as this connector uses it: searches whose cursor goes in the body, and what its answers mean."""

from collections.abc import Sequence
from typing import Any

import orjson

from ticketferry.sdk import Answer, Answers, AuthError, RejectedError, RetryableError, Session
from ticketferry.sdk.credentials import Credentials
from ticketferry.sdk.rest.budgets import BudgetHeaders
from ticketferry.sdk.rest.client import RestClient, RestList
from ticketferry.sdk.rest.paginators import CursorPages
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry_intercom.endpoints import ENDPOINTS
from ticketferry_intercom.options import IntercomOptions

__all__ = ["VERSION", "Filters", "IntercomClient", "Row", "listing", "search"]

Row = dict[str, Any]
Filters = Sequence[tuple[str, str, Any]]
"""Field, operator, value; all have to hold."""
VERSION = "2.15"
"""Sent with every request: without it the version that the app is set to applies, and fields come and go with versions."""
_ANSWERS = Answers(frozenset({200}), frozenset({400, 403, 404, 409, 422}))
"""Every write of ours answers 200 where it was done [OAS]."""
_WINDOW = BudgetHeaders(
    ("x-ratelimit-limit",), ("x-ratelimit-remaining",), ("x-ratelimit-reset",), ("read", "write"), "workspace", seconds=10.0,
)  # fmt: skip
"""What is left of the ten seconds that all apps of the workspace share [DOC rate-limiting]."""


class IntercomClient(RestClient):
    """One workspace. Errors: AuthError, RejectedError (refused), RetryableError (after all tries)."""

    def __init__(self, options: IntercomOptions, session: Session) -> None:
        credentials = Credentials(
            bearer=options.token, where=options.base_url,
            remedy="Set `token: env:INTERCOM_TOKEN` in migration.yaml (Developer Hub > your app > Authentication).",
        )  # fmt: skip
        super().__init__(
            session, credentials, lambda: options.base_url, classify=_classify, heard=self._hear, file_hosts=options.file_hosts,
            headers={"Intercom-Version": VERSION}, writes={endpoint.name: _ANSWERS for endpoint in ENDPOINTS},
        )  # fmt: skip

    def _hear(self, answer: Answer, _group: str) -> None:
        _WINDOW.learn(self.pacer, answer.headers)

    def one(self, path: str, *, endpoint: str) -> Row | None:
        """Read one object; None where the desk says that there is none."""
        try:
            found: Row = self.get(path, endpoint=endpoint)
        except RejectedError as error:
            if error.status == 404:
                return None
            raise
        return found

    def total(self, what: str, filters: Filters, *, endpoint: str) -> int | None:
        """Return how many records a search has by the desk's own count."""
        found = self.page(search(what, filters, endpoint=endpoint, size=1)).body.get("total_count")
        return found if isinstance(found, int) else None


def listing(path: str, rows: str, *, endpoint: str, size: int = 50) -> RestList:
    """Declare a list by cursor."""
    pages = CursorPages("starting_after", "pages.next.starting_after", size_as="per_page", size=size)
    return RestList(RestRequest(path), rows, endpoint, pages)


def search(what: str, filters: Filters, *, endpoint: str, size: int, sort: str = "") -> RestList:
    """Declare a search. Its cursor goes in the body: in the address it is ignored and the first page comes again [ISSUE community 2038]."""
    rules = [{"field": field, "operator": operator, "value": value} for field, operator, value in filters]
    body: Row = {"query": {"operator": "AND", "value": rules}}
    if sort:
        body["sort"] = {"field": sort, "order": "ascending"}
    pages = CursorPages("pagination.starting_after", "pages.next.starting_after", size_as="pagination.per_page", size=size)  # fmt: skip
    return RestList(
        RestRequest(f"/{what}/search", json=body, method="POST"), "data" if what == "contacts" else what, endpoint, pages,
    )  # fmt: skip


def _classify(response: Answer) -> None:
    """Raise for an answer that is no success, by the one envelope that there is [OAS error]."""
    status = response.status_code
    if status < 300:
        return
    where = f"{response.request.method} {response.request.url.path}"
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    given = body.get("errors") if isinstance(body, dict) else None
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    told = "; ".join(f"{row.get('code', '')}: {row.get('message', '')}".strip(": ") for row in rows)
    message = (" ".join(told.split()) or f"the desk answered {status} without a reason")[:500]
    if status == 401:
        raise AuthError(
            f"Intercom does not accept the token: {message}", where=where,
            remedy="Is the token of this workspace and region, and has its app the permission? Developer Hub > your app.",
        )  # fmt: skip
    if any(row.get("code") == "rate_limit_exceeded" for row in rows):
        raise RetryableError(message, where=where)
    raise RejectedError(message, where=where, status=status, body=rows)
