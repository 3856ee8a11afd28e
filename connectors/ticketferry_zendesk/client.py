"""Zendesk's API as this connector uses it: one request, and the dialects of paging, with every address built on our own host."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

import orjson

from ticketferry.sdk import (
    Answer,
    AuthError,
    FatalError,
    HttpClient,
    Pacer,
    Session,
    UnknownOutcomeError,
)
from ticketferry.sdk.desk_clock import DeskClock
from ticketferry.sdk.paging import PagesSeen
from ticketferry.sdk.shapes import Fits, an_object, holding
from ticketferry_zendesk import budget
from ticketferry_zendesk.answers import classify
from ticketferry_zendesk.auth import ZendeskCredentials
from ticketferry_zendesk.documented import WRITES
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.wire import Row

__all__ = ["Export", "Listing", "WriteAnswer", "ZendeskClient"]

_API = "/api/v2"
_PAGE = 100
_OWN_FILES = ("/attachments/", "/system/", "/api/", "/sc/")
_Params = dict[str, str | int]


class Listing(NamedTuple):
    """A page of a list; `after` is where the next one begins, None after the last."""

    rows: list[Row]
    after: str | None


class Export(NamedTuple):
    """A page of an incremental export. `position`: cursor or unix seconds to go on from; `body`: the whole answer (sideloads)."""

    rows: list[Row]
    position: str | int
    last: bool
    body: Row


class WriteAnswer(NamedTuple):
    """The answer to a write: its body (None where it is empty), what `X-Zendesk-API-Warn` says was left out [REC], its status."""

    body: Any
    warning: str
    status: int


class ZendeskClient:
    """One account. Errors: AuthError, RejectedError (refused), RetryableError (after all tries), FatalError."""

    def __init__(self, options: ZendeskOptions, session: Session) -> None:
        self._session = session
        self.credentials = ZendeskCredentials(options, session)
        self.pacer = Pacer(session.clock, share=session.share)
        self.clock = DeskClock(session.clock)
        self.limit: int | None = None
        """Requests a minute that the account allows, once an answer has told."""
        self._http = HttpClient(
            options.where(),
            session,
            headers=self.credentials.headers,
            classify=classify,
            pacer=self.pacer,
            learn=self._learn,
            renew=self.credentials.renew,
            file_hosts=options.file_hosts,
            writes=WRITES,
        )

    def close(self) -> None:
        """Give back connections."""
        self._http.close()
        self.credentials.close()

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        endpoint: str,
        group: str = "read",
        fits: Fits = an_object,
    ) -> Row:
        """Read one JSON object of the shape that `fits` wants. `path` is one of the API, or a whole one (`/api/…`)."""
        place = path if path.startswith("/api/") else _API + path
        found: Row = self._http.ask("GET", place, endpoint=endpoint, group=group, params=params, fits=fits)
        return found

    def listing(
        self,
        path: str,
        key: str,
        after: str | None,
        *,
        endpoint: str,
        params: Mapping[str, str | int] | None = None,
        group: str = "read",
        fits: Fits | None = None,
    ) -> Listing:
        """Read one page of a list by cursor, by page number where the endpoint knows no cursor. FatalError where it goes in circles."""
        query: _Params = {**(params or {})}
        if after is not None and after.startswith("page="):
            query |= {"page": int(after.removeprefix("page=")), "per_page": _PAGE}
        else:
            query["page[size]"] = _PAGE
            if after is not None:
                query["page[after]"] = after
        body = self.get(path, query, endpoint=endpoint, group=group, fits=fits or holding(key))
        rows = body[key]
        meta = body.get("meta")
        if isinstance(meta, dict):
            if not meta.get("has_more"):
                return Listing(rows, None)
            following = meta.get("after_cursor")
            if not isinstance(following, str) or following == after:
                raise FatalError("the desk gives the same page again and again", where=f"GET {_API}{path}")
            return Listing(rows, following)
        number = query.get("page", 1)
        if not body.get("next_page") or not rows:
            return Listing(rows, None)
        return Listing(rows, f"page={int(number) + 1}")

    def every(
        self,
        path: str,
        key: str,
        *,
        endpoint: str,
        params: Mapping[str, str | int] | None = None,
        group: str = "read",
        fits: Fits | None = None,
    ) -> Iterator[Row]:
        """Read a whole list."""
        after: str | None = None
        pages = PagesSeen(f"GET {_API}{path}")
        while True:
            page = self.listing(path, key, after, endpoint=endpoint, params=params, group=group, fits=fits)
            yield from page.rows
            if page.after is None:
                return
            pages.see(page.rows)
            after = page.after

    def export(
        self, path: str, key: str, cursor: str, *, endpoint: str, params: Mapping[str, str | int]
    ) -> Export:
        """Read one page of a cursor export; an empty cursor starts at the beginning of time. Only `end_of_stream` ends it [ISSUE zenpy 451]."""
        query: _Params = {**params, **({"cursor": cursor} if cursor else {"start_time": 0})}
        body = self.get(path, query, endpoint=endpoint, group="incremental", fits=holding(key))
        last = bool(body.get("end_of_stream"))
        following = body.get("after_cursor")
        position = following if isinstance(following, str) and following else cursor
        rows = body[key]
        if not last and position == cursor:
            raise FatalError("the export does not go on from its cursor", where=f"GET {_API}{path}")
        return Export(rows, position, last, body)

    def export_since(
        self, path: str, key: str, start: int, *, endpoint: str, params: Mapping[str, str | int]
    ) -> Export:
        """Read one page of a time export. Its border comes twice; a full second longer than a page comes whole [DOC]."""
        latest = int(self._session.clock.time()) - 61
        begin = max(0, min(start, latest))
        query = {**params, "start_time": begin}
        body = self.get(path, query, endpoint=endpoint, group="incremental", fits=holding(key))
        last = bool(body.get("end_of_stream"))
        end = body.get("end_time")
        position = max(end, begin) if isinstance(end, int) else begin
        if not last and begin < start:
            raise FatalError(
                "the desk's newest records are later than this machine's clock",
                where=f"GET {_API}{path}",
                remedy="Set the clock of this machine, then run the command again.",
            )
        if not last and position == begin:
            position += 1
        return Export(body[key], position, last, body)

    def write(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        group: str,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        content: bytes | BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> WriteAnswer:
        """Send a write once and return its answer. UnknownOutcomeError where that is cut off: the write was done all the same."""
        answer = self._http.write(
            method,
            path,
            endpoint=endpoint,
            group=group,
            params=params,
            json=json,
            content=content,
            headers=headers,
        )
        warning = str(answer.headers.get("x-zendesk-api-warn", ""))
        try:
            body = orjson.loads(answer.content) if answer.content.strip() else None
        except orjson.JSONDecodeError as error:
            raise UnknownOutcomeError("the answer to a write is cut off", where=f"{method} {path}") from error
        return WriteAnswer(body, warning, answer.status_code)

    def count(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        endpoint: str,
        group: str = "read",
    ) -> int | None:
        """Read a count; None where the answer holds none."""
        found = self.get(path, params, endpoint=endpoint, group=group).get("count")
        value = found.get("value") if isinstance(found, dict) else found
        return value if isinstance(value, int) else None

    def download(self, url: str) -> Iterator[bytes]:
        """Stream a file. Addresses in answers name other hosts than the one asked [REC]: the account's own files are asked of our host,
        anything else is fetched where it lies, without credentials.
        """
        parts = urlsplit(url)
        own = parts.path.startswith(_OWN_FILES)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        for final in (False, True):
            stream = self._http.download(target if own else url, endpoint="attachment.content")
            try:
                first = next(stream, b"")
            except AuthError:
                if final or not self.credentials.renew():
                    raise
                continue
            yield first
            yield from stream
            return

    def _learn(self, response: Answer, group: str) -> None:
        self.credentials.learn(response)
        self.clock.learn(response.headers)
        self.limit = budget.learn(self.pacer, response, group) or self.limit
