"""One desk's REST API: its requests under one address and one name, answers parsed and of the shape that was asked for, lists whole."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, NamedTuple, Protocol

import orjson

from ticketferry.errors import FatalError, RejectedError, UnknownOutcomeError
from ticketferry.sdk.answers import Answers, refuse_redirect
from ticketferry.sdk.desk_clock import DeskClock
from ticketferry.sdk.http import Answer, HttpClient
from ticketferry.sdk.pacing import Pacer, held
from ticketferry.sdk.paging import PagesSeen
from ticketferry.sdk.rest.paginators import Paginator, SinglePage
from ticketferry.sdk.rest.requests import Parameters, Place, RestRequest, value_at
from ticketferry.sdk.session import Session
from ticketferry.sdk.shapes import Fits, a_list, an_object, holding

__all__ = ["Authority", "Parsed", "RestClient", "RestList", "RestPage"]

_NOTHING: Mapping[str, str] = {}


class Authority(Protocol):
    """Who we are to a desk: what `sdk.credentials` gives."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers of a request."""
        ...

    def renew(self) -> bool:
        """Take a new token after a 401; False where there is none to take."""
        ...

    def learn(self, response: Answer) -> None:
        """Take an answer in."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


class Parsed(NamedTuple):
    """The answer to a write: its body (None where it is empty), and the answer itself."""

    body: Any
    answer: Answer


@dataclass(frozen=True, slots=True)
class RestList:
    """A list of a desk. `rows`: dotted path of its rows in an answer (empty: the answer itself); `endpoint`: its name in the ledger of
    requests; `group`: what its pace is; `fits`: the shape of an answer, where more is wanted than rows that are objects; `key`: what
    tells rows apart, so that one which a moving border gives again comes once.
    """

    request: RestRequest
    rows: str
    endpoint: str
    pages: Paginator = field(default_factory=SinglePage)
    group: str = "read"
    fits: Fits | None = None
    key: Callable[[Any], str] | None = None


class RestPage(NamedTuple):
    """A page of a list. `at`: its own place; `following`: where reading goes on; `body`: the whole answer (sideloads, totals)."""

    listed: RestList
    rows: list[Any]
    at: Place
    following: Place
    last: bool
    body: Any


class RestClient:
    """Asks one desk. Thread-safe; connections are made with the first request.

    `address()` gives where paths hang, asked for once; `api` (`/api/v2`) stands before each path that does not begin as it does. `classify`,
    `writes`, `file_hosts`: as :class:`HttpClient` has them. `shapes`: endpoint -> what its answers must be; all others are objects.
    `heard` takes in each answer besides (limits, in headers of the vendor's own). `headers`: what each request says besides who asks.
    """

    def __init__(
        self,
        session: Session,
        credentials: Authority,
        address: Callable[[], str],
        *,
        classify: Callable[[Answer], None],
        api: str = "",
        pacer: Pacer | None = None,
        shapes: Mapping[str, Fits] | None = None,
        writes: Mapping[str, Answers] | None = None,
        heard: Callable[[Answer, str], object] | None = None,
        headers: Mapping[str, str] = _NOTHING,
        file_hosts: Collection[str] = (),
    ) -> None:
        self.session = session
        self.pacer = pacer or Pacer(session.clock, share=session.share)
        self.clock = DeskClock(session.clock)
        self._credentials = credentials
        self._address = address
        self._classify = classify
        self._api = api
        self._shapes = shapes or {}
        self._writes = writes or {}
        self._heard = heard
        self._headers = headers
        self._file_hosts = file_hosts
        self._lock = threading.Lock()
        self._http: HttpClient | None = None

    @property
    def http(self) -> HttpClient:
        """Return the client that sends, made when it is first wanted."""
        with held(self._lock, self.session.clock):
            if self._http is None:
                self._http = HttpClient(
                    self._address(),
                    self.session,
                    headers=lambda: {**self._headers, **self._credentials.headers()},
                    classify=self._classify,
                    pacer=self.pacer,
                    learn=self._learn,
                    renew=self._credentials.renew,
                    file_hosts=self._file_hosts,
                    writes=self._writes,
                )
            return self._http

    def close(self) -> None:
        """Give back connections; the next request makes new ones."""
        with self._lock:
            if self._http is not None:
                self._http.close()
                self._http = None
        self._credentials.close()

    def _learn(self, response: Answer, group: str) -> None:
        self._credentials.learn(response)
        self.clock.learn(response.headers)
        if self._heard is not None:
            self._heard(response, group)

    # ---- reading

    def get(
        self,
        path: str,
        params: Parameters | None = None,
        *,
        endpoint: str,
        group: str = "read",
        fits: Fits | None = None,
        headers: Mapping[str, str] = _NOTHING,
    ) -> Any:
        """Read what one answer holds. Raises RejectedError where the desk refuses, RetryableError where it gives no answer of that shape."""
        return self._ask(RestRequest(path, params or {}, headers=headers), endpoint, group, fits)[0]

    def question(
        self, path: str, body: Any, *, endpoint: str, group: str = "read", fits: Fits | None = None
    ) -> Any:
        """Post a question: a read whose parameters stand in the body."""
        return self._ask(RestRequest(path, {}, body, "POST"), endpoint, group, fits)[0]

    def _ask(self, request: RestRequest, endpoint: str, group: str, fits: Fits | None) -> tuple[Any, str]:
        """Return a parsed answer and the address that its `Link` header gives for what follows."""
        link = ""

        def look(answer: Answer) -> None:
            nonlocal link
            refuse_redirect(answer)
            link = str(answer.links.get("next", {}).get("url", ""))

        body = self.http.ask(
            request.method,
            self.place(request.path),
            endpoint=endpoint,
            fits=fits or self._shapes.get(endpoint, an_object),
            group=group,
            params=request.params or None,
            json=request.json,
            headers=request.headers or None,
            refuse=look,
        )
        return body, link

    def place(self, path: str) -> str:
        """Return a path below the desk's address; one that begins with the first folder of `api` is whole already."""
        whole = not self._api or path.startswith(f"/{self._api.split('/')[1]}/")
        return path if whole else self._api + path

    def page(self, listed: RestList, place: Place = None) -> RestPage:
        """Read one page of a list. Raises FatalError where its answer says that it goes on, and not where to."""
        fits = listed.fits or _fits(listed.rows)
        request = listed.pages.ask(listed.request, place)
        body, link = self._ask(request, listed.endpoint, listed.group, fits)
        rows = list(value_at(body, listed.rows) or ())
        try:
            following = listed.pages.follow(place, body, rows, link)
        except FatalError as error:
            raise FatalError(error.message, where=self._where(request), remedy=error.remedy) from error
        if not following.last and following.place == place and not listed.pages.once:
            raise FatalError("the desk gives the same page again and again", where=self._where(request))
        return RestPage(listed, rows, place, following.place, following.last, body)

    def pages(self, listed: RestList, place: Place = None) -> Iterator[RestPage]:
        """Read a list page by page from `place` on. Raises FatalError where it goes in circles or has empty pages without end."""
        seen = PagesSeen(self._where(listed.request), repeats=listed.pages.repeats)
        before: set[str] = set()
        while True:
            page = self.page(listed, place)
            yield page if listed.key is None else _without(page, before, listed.key)
            if page.last:
                return
            seen.see(page.rows)
            if listed.key is not None:
                before = {listed.key(row) for row in page.rows}
            place = page.following

    def rows(self, listed: RestList, *, absent: Collection[int] = ()) -> Iterator[Any]:
        """Read a whole list row by row. `absent`: statuses by which the desk says that it has none: nothing comes then."""
        place: Place = None
        try:
            for page in self.pages(listed):
                yield from page.rows
                place = page.following
        except RejectedError as error:
            if place is not None or error.status not in absent:
                raise

    def show(
        self, path: str, params: Parameters | None = None, *, endpoint: str, group: str = "read"
    ) -> dict[str, Any] | None:
        """Read one record; None where the desk says that there is none (404)."""
        try:
            body: dict[str, Any] = self.get(path, params, endpoint=endpoint, group=group)
        except RejectedError as error:
            if error.status == 404:
                return None
            raise
        return body

    def total(self, listed: RestList, at: str = "total_count", *, absent: Collection[int] = ()) -> int | None:
        """Return how many records a list has by the desk's own count, which stands at a path of its first page; None where none does,
        and for a list that is `absent`, as for `rows`.
        """
        try:
            count = value_at(self.page(listed).body, at)
        except RejectedError as error:
            if error.status not in absent:
                raise
            return None
        return count if isinstance(count, int) else None

    def _where(self, request: RestRequest) -> str:
        return replace(request, path=self.place(request.path)).where

    # ---- files and writes

    def download(
        self, url: str, *, endpoint: str, group: str = "content", place: tuple[str, str] | None = None
    ) -> Iterator[bytes]:
        """Stream a file; credentials go to the desk only."""
        return self.http.download(url, endpoint=endpoint, group=group, place=place)

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
    ) -> Parsed:
        """Send a write once and parse its answer.

        Raises RejectedError where the desk refused, UnknownOutcomeError where no trustworthy answer came, or one that is cut off: the
        write was done all the same.
        """
        answer = self.http.write(
            method,
            self.place(path),
            endpoint=endpoint,
            group=group,
            params=params,
            json=json,
            content=content,
            files=files,
            headers=headers,
        )
        try:
            return Parsed(orjson.loads(answer.content) if answer.content.strip() else None, answer)
        except orjson.JSONDecodeError as error:
            raise UnknownOutcomeError("the answer to a write is cut off", where=f"{method} {path}") from error


def _without(page: RestPage, before: Collection[str], key: Callable[[Any], str]) -> RestPage:
    """Return a page without the rows that the one before it ended with."""
    return page._replace(rows=[row for row in page.rows if key(row) not in before])


def _fits(rows: str) -> Fits:
    if not rows:
        return a_list
    outer, _, inner = rows.rpartition(".")
    if not outer:
        return holding(inner)
    within = holding(inner)

    def fits(body: Any) -> str:
        return an_object(body) or within(value_at(body, outer))

    return fits
