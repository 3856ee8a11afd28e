"""Zendesk's API as this connector uses it: its dialects of paging, its headers, its files."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ticketferry.sdk import Answer, Session
from ticketferry.sdk.answers import documented
from ticketferry.sdk.rest.client import RestClient, RestList
from ticketferry.sdk.rest.paginators import CursorPages, Following, NumberedPages, Paginator, TimePages
from ticketferry.sdk.rest.requests import Parameters, Place, RestRequest
from ticketferry.sdk.shapes import Fits
from ticketferry_zendesk import budget
from ticketferry_zendesk.answers import classify
from ticketferry_zendesk.auth import credentials
from ticketferry_zendesk.endpoints import ENDPOINTS
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.wire import Row

__all__ = ["NEWEST", "OF_TICKETS", "ZendeskClient", "warning_of"]

NEWEST = 61
"""Seconds that exports by time leave out: their newest minute [DOC announcement 8143500919322]."""
OF_TICKETS = {"include": "metric_sets,comment_count", "support_type_scope": "all"}
"""What a source wants of the export of tickets."""
_OWN_FILES = ("/attachments/", "/system/", "/api/", "/sc/")
_BY_CURSOR = CursorPages("page[after]", "meta.after_cursor", more="meta.has_more", size_as="page[size]")
_BY_NUMBER = NumberedPages(more="next_page")


@dataclass(frozen=True, slots=True)
class _Listed:
    """Lists go on by cursor, by page number where the endpoint knows no cursor: its answer tells by having no `meta`."""

    repeats: int = 0
    once: bool = False

    def ask(self, request: RestRequest, place: Place) -> RestRequest:
        """Ask by number where a number is the place."""
        return (_BY_NUMBER if isinstance(place, int) else _BY_CURSOR).ask(request, place)

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:
        """Go on as the answer does."""
        by_cursor = isinstance(body.get("meta"), dict)
        return (_BY_CURSOR if by_cursor else _BY_NUMBER).follow(place, body, rows, link)


_LISTED = _Listed()


class ZendeskClient(RestClient):
    """One account. Errors: AuthError, RejectedError (refused), RetryableError (after all tries), FatalError."""

    def __init__(self, options: ZendeskOptions, session: Session) -> None:
        self.credentials = credentials(options, session)
        super().__init__(
            session,
            self.credentials,
            options.where,
            classify=classify,
            api="/api/v2",
            writes=documented(ENDPOINTS),
            heard=self._limits,
            file_hosts=options.file_hosts,
        )
        self._page_size = options.page_size
        self.limit: int | None = None
        """Requests a minute that the account allows, once an answer has told."""

    def _limits(self, answer: Answer, group: str) -> None:
        self.limit = budget.learn(self.pacer, answer, group) or self.limit

    def listed(
        self,
        path: str,
        key: str,
        *,
        endpoint: str,
        params: Parameters | None = None,
        group: str = "read",
        fits: Fits | None = None,
        pages: Paginator = _LISTED,
    ) -> RestList:
        """Name a list."""
        return RestList(RestRequest(path, params or {}), key, endpoint, pages, group, fits)

    def every(
        self,
        path: str,
        key: str,
        *,
        endpoint: str,
        params: Parameters | None = None,
        group: str = "read",
        fits: Fits | None = None,
        absent: Collection[int] = (),
    ) -> Iterator[Row]:
        """Read a whole list; `absent`: as for `rows`."""
        listed = self.listed(path, key, endpoint=endpoint, params=params, group=group, fits=fits)
        return self.rows(listed, absent=absent)

    def exported(self, path: str, key: str, start: int = 0, **params: str | int) -> RestList:
        """Name an export by cursor, from unix seconds `start` on. Only `end_of_stream` ends it [ISSUE zenpy 451]."""
        pages = CursorPages(
            "cursor", "after_cursor", end="end_of_stream", first={"start_time": start}, onward=True
        )
        return self._export(path, key, params, pages)

    def exported_by_time(self, path: str, key: str, **params: str | int) -> RestList:
        """Name an export by time. Its border comes twice; a full second longer than a page comes whole [DOC]."""
        pages = TimePages(
            "start_time", "end_time", self.session.clock.time, NEWEST, lambda body, *_: bool(body.get("end_of_stream"))
        )  # fmt: skip
        return self._export(path, key, params, pages)

    def _export(self, path: str, key: str, params: Parameters, pages: Paginator) -> RestList:
        sized = {"per_page": self._page_size, **params}
        endpoint = f"incremental.{key}"
        return self.listed(path, key, endpoint=endpoint, params=sized, group="incremental", pages=pages)

    def objects(self, path: str, key: str, params: Parameters, *, endpoint: str) -> list[Row]:
        """Read the objects of one answer; nothing where it holds none."""
        rows = self.get(path, params, endpoint=endpoint).get(key)
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def count(
        self, path: str, params: Parameters | None = None, *, endpoint: str, group: str = "read"
    ) -> int | None:
        """Read a count; None where the answer holds none."""
        found = self.get(path, params, endpoint=endpoint, group=group).get("count")
        value = found.get("value") if isinstance(found, dict) else found
        return value if isinstance(value, int) else None

    def file(self, url: str) -> Iterator[bytes]:
        """Stream a file. Addresses in answers name other hosts than the one asked [REC]: the account's own files are asked of our host,
        anything else is fetched where it lies, without credentials.
        """
        parts = urlsplit(url)
        if parts.path.startswith(_OWN_FILES):
            url = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self.download(url, endpoint="attachment.content", place=("attachment.place", "read"))


def warning_of(answer: Answer) -> str:
    """Return what `X-Zendesk-API-Warn` says was left out of a write [REC]."""
    return str(answer.headers.get("x-zendesk-api-warn", ""))
