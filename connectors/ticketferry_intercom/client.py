"""Intercom's API as this connector uses it: searches whose cursor goes in the body, and what its answers mean."""

from collections.abc import Sequence
from typing import Any

from ticketferry.sdk import Answers, Session
from ticketferry.sdk.answers import by_envelope
from ticketferry.sdk.credentials import Credentials
from ticketferry.sdk.rest.budgets import BudgetHeaders
from ticketferry.sdk.rest.client import RestClient, RestList
from ticketferry.sdk.rest.paginators import CursorPages, NumberedPages
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry.sdk.shapes import objects_at
from ticketferry_intercom.endpoints import ENDPOINTS
from ticketferry_intercom.options import IntercomOptions

__all__ = ["EVER", "WINDOW", "Filters", "IntercomClient", "Row", "deleted", "listing", "search", "single"]

Row = dict[str, Any]
Filters = Sequence[tuple[str, str, Any]]
"""Field, operator, value; all have to hold."""
EVER: Filters = (("created_at", ">", 0),)
_VERSION = {"Intercom-Version": "2.15"}
"""Sent with every request: without it the version that the app is set to applies, and fields come and go with versions."""
_ANSWERS = Answers(frozenset({200}), frozenset({400, 403, 404, 409, 422}))
"""Every write of ours answers 200 where it was done [OAS]."""
_LIMITS = (("x-ratelimit-limit",), ("x-ratelimit-remaining",), ("x-ratelimit-reset",), ("read", "write"))
WINDOW = BudgetHeaders(*_LIMITS, "workspace", seconds=10.0)
"""What is left of the ten seconds that all apps of the workspace share [DOC rate-limiting]."""
_REMEDY = "Is the token of this workspace and region, and has its app the right? Developer Hub > your app."
_UNSET = "Set `token: env:INTERCOM_TOKEN` in migration.yaml (Developer Hub > your app > Authentication)."


class IntercomClient(RestClient):
    """One workspace. Errors: AuthError, RejectedError (refused), RetryableError (after all tries)."""

    def __init__(self, options: IntercomOptions, session: Session) -> None:
        super().__init__(
            session,
            Credentials(bearer=options.token, where=options.base_url, remedy=_UNSET),
            options.where,
            classify=by_envelope("Intercom", _told, later="rate_limit_exceeded", remedy=_REMEDY),
            heard=lambda answer, _: WINDOW.learn(self.pacer, answer.headers),
            file_hosts=options.file_hosts,
            headers=_VERSION,
            writes={endpoint.name: _ANSWERS for endpoint in ENDPOINTS},
        )


def _told(body: Any) -> list[tuple[str, str]]:
    """Return code and message of each error of the one envelope that there is [OAS error]."""
    return [(str(row.get("code", "")), str(row.get("message", ""))) for row in objects_at(body, "errors")]


def single(path: str, rows: str, endpoint: str = "") -> RestList:
    """Declare a list that one answer holds."""
    return RestList(RestRequest(path), rows, endpoint or path.strip("/"))


def listing(path: str, rows: str, *, endpoint: str, size: int = 50) -> RestList:
    """Declare a list by cursor."""
    pages = CursorPages("starting_after", "pages.next.starting_after", size_as="per_page", size=size)
    return RestList(RestRequest(path), rows, endpoint, pages)


def deleted(endpoint: str = "deleted", size: int = 60) -> RestList:
    """Declare the list of deleted conversations, which version 2.16 has and no earlier one [OAS 2.16 listDeletedConversationIds]."""
    request = RestRequest("/conversations/deleted", {"order": "asc"}, headers={"Intercom-Version": "2.16"})
    pages = NumberedPages(more="pages.next", size_as="per_page", size=size)
    return RestList(request, "conversations", endpoint, pages)


def search(what: str, filters: Filters, *, endpoint: str, size: int = 1, sort: str = "") -> RestList:
    """Declare a search. Its cursor goes in the body: in the address it is ignored and the first page comes again [ISSUE community 2038]."""
    rules = [{"field": field, "operator": operator, "value": value} for field, operator, value in filters]
    body: Row = {"query": {"operator": "AND", "value": rules}}
    if sort:
        body["sort"] = {"field": sort, "order": "ascending"}
    at = "pagination.starting_after", "pages.next.starting_after"
    pages = CursorPages(*at, size_as="pagination.per_page", size=size)
    rows = "data" if what == "contacts" else what
    return RestList(RestRequest(f"/{what}/search", json=body, method="POST"), rows, endpoint, pages)
