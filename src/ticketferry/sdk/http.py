"""HTTP for connectors: reads are retried, writes only when the answer proves that nothing was done."""

import os
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import httpx
import orjson

from ticketferry.errors import NotServedError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.sdk.answers import Answers, judge_write
from ticketferry.sdk.hosts import Hosts
from ticketferry.sdk.http_answers import no_answer, pieces, read_whole, retry_after, without_secrets
from ticketferry.sdk.http_connections import AS_MANY_AS_ASK, DeskConnections, QueryParameters, authorities
from ticketferry.sdk.pacing import Pacer, pause
from ticketferry.sdk.session import RequestNote, Session
from ticketferry.sdk.shapes import Fits

__all__ = ["Answer", "HttpClient"]

Answer = httpx.Response
READ_TRIES = 7
WRITE_TRIES = 9
SHAPE_TRIES = 4
"""Times that an answer of another shape than the one asked for is taken for a passing fault."""
LONGEST_WAIT = 60.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class HttpClient:
    """A client of one desk.

    `headers()` gives the authorization of each request; `classify(response)` raises AuthError or RejectedError for answers
    that no repetition mends, RetryableError for those that prove that nothing was done, and returns else. A status of 429 is
    handled here. What a desk echoes of the authorization is taken out of every answer. `writes`: name of a write -> the statuses that the vendor's document gives to it; all others prove nothing. Errors: AuthError, RejectedError, RetryableError (reads, after all tries), UnknownOutcomeError (writes).
    """

    def __init__(
        self,
        base_url: str,
        session: Session,
        *,
        headers: Callable[[], Mapping[str, str]],
        classify: Callable[[httpx.Response], None],
        pacer: Pacer,
        learn: Callable[[httpx.Response, str], None] | None = None,
        renew: Callable[[], bool] | None = None,
        writes: Mapping[str, Answers] | None = None,
        timeout: float = 60.0,
        file_hosts: Collection[str] = (),
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = session
        self._headers = headers
        self._classify = classify
        self._pacer = pacer
        self._learn = learn
        self._renew = renew
        self._writes = writes or {}
        self._client = DeskConnections(
            transport=cast("httpx.BaseTransport | None", session.transport),
            verify=authorities(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            timeout=timeout,
            follow_redirects=False,
            limits=AS_MANY_AS_ASK,
            trust_env=True,
        )
        self._hosts = Hosts(base_url, file_hosts)
        self._jitter = random.Random(0)  # noqa: S311 -- spreads retries, keeps no secret

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def read(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        group: str = "read",
        params: QueryParameters | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask, and ask again after transport errors, 429 and 5xx, up to 7 times. `path` is relative to the base URL."""

        def attempt() -> httpx.Response:
            try:
                response = self._send(
                    method, path, endpoint, group, write=False, params=params, json=json, headers=headers
                )
            except httpx.RequestError as error:
                msg = f"the desk did not answer ({no_answer(error)})"
                raise RetryableError(
                    msg,
                    where=f"{method} {path}",
                    remedy=f"Is {self.base_url} reachable from here? Then run the command again.",
                ) from error
            self._refuse_server_errors(response, method, path)
            self._classify(response)
            return response

        return self._retrying(READ_TRIES, attempt)

    def ask(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        fits: Fits,
        group: str = "read",
        params: QueryParameters | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        refuse: Callable[[httpx.Response], None] = lambda _: None,
    ) -> Any:
        """Ask and return the answer parsed, once it has the shape that `fits` wants; one that is cut off, empty, a page of HTML or of
        another shape is asked for again. RetryableError where it never comes: a desk that says nothing has nothing said. `refuse`
        raises for answers that are none.
        """
        wrong = ""
        for number in range(SHAPE_TRIES):
            if number:
                pause(
                    self._session.clock, 2.0 ** (number - 1), "the desk's answer was not what was asked for"
                )
            answer = self.read(
                method, path, endpoint=endpoint, group=group, params=params, json=json, headers=headers
            )
            refuse(answer)
            try:
                body = orjson.loads(answer.content) if answer.content.strip() else None
            except orjson.JSONDecodeError:
                page = answer.content.lstrip()[:1] == b"<"
                wrong = (
                    "the answer is a page of HTML, no JSON" if page else "the answer is cut off or no JSON"
                )
                continue
            wrong = fits(body)
            if not wrong:
                return body
        raise RetryableError(
            wrong,
            where=f"{method} {path}",
            remedy="Is a proxy between here and the desk? Then run the command again; it goes on.",
        )

    def write(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        group: str = "write",
        params: QueryParameters | None = None,
        json: Any = None,
        content: bytes | BinaryIO | None = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send once. Sent again only after 429, a refused connection, or a documented answer that `classify` calls retryable.

        Raises UnknownOutcomeError where no trustworthy answer came: the write may have been done. FatalError for a redirect. A stream
        given as `content` must allow seeking: it is sent from its start each time.
        """
        answers = self._writes.get(endpoint, Answers())

        def attempt() -> httpx.Response:
            if content is not None and not isinstance(content, bytes):
                content.seek(0)
            try:
                response = self._send(
                    method,
                    path,
                    endpoint,
                    group,
                    write=True,
                    params=params,
                    json=json,
                    content=content,
                    files=files,
                    headers=headers,
                )
            except _NOT_SENT as error:
                msg = f"no connection to the desk ({no_answer(error)})"
                raise RetryableError(
                    msg,
                    where=f"{method} {path}",
                    remedy=f"Is {self.base_url} reachable from here? Then run the command again.",
                ) from error
            except httpx.RequestError as error:
                msg = f"no answer to a write ({type(error).__name__})"
                raise UnknownOutcomeError(msg, where=f"{method} {path}") from error
            if response.status_code == 501:
                raise self._unknown_request(method, path)
            if not judge_write(response, answers):
                self._classify(response)
                msg = f"the desk answered {response.status_code} to a write"
                raise UnknownOutcomeError(msg, where=f"{method} {path}", status=response.status_code)
            return response

        return self._retrying(WRITE_TRIES, attempt)

    def download(
        self, path_or_url: str, *, endpoint: str, group: str = "content", place: tuple[str, str] | None = None
    ) -> Iterator[bytes]:
        """Stream bytes, following redirects; credentials go to the desk's own host only. Places inside of our own network are refused
        (RejectedError) unless they are the desk's host or one of `file_hosts`.

        A transfer that breaks is taken up again from the start by the caller: RetryableError says so. `place`: endpoint and group of the desk's own
        answer that says where the bytes are, where it counts against other limits than they do.
        """
        url = path_or_url if "://" in path_or_url else self.base_url + path_or_url
        try:
            renewed = False
            for _ in range(6):
                own = _place(url) == _place(self.base_url)
                headers = dict(self._headers()) if own else {}
                named, lane = place if own and place is not None else (endpoint, group)
                self._pacer.wait(lane)
                started = self._session.clock.time()
                try:
                    stream = self._open(url, headers)
                finally:
                    self._pacer.done(lane)
                with closing(stream) as response, self._noted(response, named, started):
                    if own and self._learn is not None:
                        self._learn(response, lane)
                    if response.has_redirect_location:
                        url = str(response.url.join(response.headers["location"]))
                        continue
                    if response.status_code == 401 and own and not renewed and self._renew is not None:
                        renewed = self._renew()
                        if renewed:
                            continue
                    if response.status_code >= 300:
                        answer = without_secrets(read_whole(response, f"GET {urlsplit(url).path}"))
                        self._hold_if_told(answer, lane)
                        self._refuse_pace(answer, "GET", urlsplit(url).path)
                        self._refuse_server_errors(answer, "GET", urlsplit(url).path)
                        self._classify(answer)
                    if response.is_redirect:
                        raise RejectedError(
                            "the desk sends elsewhere and does not say where",
                            where=f"GET {urlsplit(url).path}",
                        )
                    yield from pieces(response, f"GET {urlsplit(url).path}")
                    return
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise RejectedError(
                f"the desk sends to no address ({error})", where=f"GET {path_or_url}"
            ) from error
        except httpx.RequestError as error:
            msg = f"the transfer broke off ({type(error).__name__})"
            raise RetryableError(msg, where=f"GET {urlsplit(url).path}") from error
        raise RejectedError("too many redirects", where=f"GET {urlsplit(url).path}")

    def _open(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        """Begin to fetch a file. Raises RejectedError for a place inside of our own network."""
        request = self._client.build_request("GET", url, headers=headers)
        self._hosts.refuse(request.url)
        response = self._client.send(request, stream=True)
        try:
            self._hosts.refuse_peer(response)
        except BaseException:
            response.close()
            raise
        return response

    def redirect_of(self, path: str, *, endpoint: str, group: str = "read") -> str:
        """Return where `path` redirects to, without following; empty where it answers itself."""
        response = self.read("GET", path, endpoint=endpoint, group=group)
        return str(response.headers.get("location", ""))

    def _send(
        self,
        method: str,
        path: str,
        endpoint: str,
        group: str,
        *,
        write: bool,
        headers: Mapping[str, str] | None,
        params: QueryParameters | None,
        **body: Any,
    ) -> httpx.Response:
        self._pacer.wait(group)
        started = self._session.clock.time()
        status = octets = 0
        try:
            request = self._client.request_of(
                method,
                self.base_url + path,
                params=params,
                headers={**self._headers(), **(headers or {})},
                **{key: value for key, value in body.items() if value is not None},
            )
            try:
                stream = self._client.send(request, stream=True)
                try:
                    response = without_secrets(read_whole(stream, f"{method} {path}"))
                finally:
                    octets = stream.num_bytes_downloaded
            except RetryableError as error:
                if write:
                    raise UnknownOutcomeError(error.message, where=error.where) from error
                raise
            status = response.status_code
        finally:
            self._pacer.done(group)
            self._note(method, endpoint, status, started, octets, write=write)
        if self._learn is not None:
            self._learn(response, group)
        if status == 401 and self._renew is not None and self._renew():
            raise RetryableError("the access token had expired", where=f"{method} {path}", retry_after=0.0)
        self._hold_if_told(response, group)
        self._refuse_pace(response, method, path)
        return response

    def _refuse_pace(self, response: httpx.Response, method: str, path: str) -> None:
        if response.status_code == 429:
            raise RetryableError(
                "the desk's rate limit is used up",
                where=f"{method} {path}",
                remedy="Lower pace.share in migration.yaml, or run the command again later.",
                retry_after=retry_after(response, self._session.clock.time()) or 2.0,
            )

    def _hold_if_told(self, response: httpx.Response, group: str) -> None:
        seconds = retry_after(response, self._session.clock.time())
        if seconds is not None and response.status_code in (429, 503):
            self._pacer.hold(group, seconds)

    def _refuse_server_errors(self, response: httpx.Response, method: str, path: str) -> None:
        if response.status_code >= 500 and response.status_code != 501:
            raise RetryableError(
                f"the desk answered {response.status_code}",
                where=f"{method} {path}",
                remedy="The desk has a fault of its own; run the command again later.",
                retry_after=retry_after(response, self._session.clock.time()),
            )
        if response.status_code == 501:
            raise self._unknown_request(method, path)

    def _unknown_request(self, method: str, path: str) -> NotServedError:
        return NotServedError(
            "the desk does not know this request",
            where=f"{method} {path}",
            remedy=f"Does {self.base_url} belong to the product that migration.yaml names for it?",
        )

    @contextmanager
    def _noted(self, response: httpx.Response, endpoint: str, started: float) -> Iterator[None]:
        """Note a transfer when it has ended, in whatever way: only then is known what came."""
        try:
            yield
        finally:
            octets = response.num_bytes_downloaded
            self._note("GET", endpoint, response.status_code, started, octets, write=False)

    def _note(
        self, method: str, endpoint: str, status: int, started: float, octets: int, *, write: bool
    ) -> None:
        seconds = self._session.clock.time() - started
        self._session.note(
            RequestNote(self._session.desk, method, endpoint, status, seconds, write, octets=octets)
        )

    def _retrying(self, tries: int, attempt: Callable[[], httpx.Response]) -> httpx.Response:
        """Try so many times as long as nothing was done; the last RetryableError is raised."""
        for number in range(1, tries):
            try:
                return attempt()
            except RetryableError as error:
                seconds = self._wait(number, error)
            pause(self._session.clock, seconds, "then the desk is asked again")
        return attempt()

    def _wait(self, number: int, error: RetryableError) -> float:
        if error.retry_after is not None:
            return error.retry_after
        grown: float = min(LONGEST_WAIT, 0.5 * 2.0**number)
        return grown * (0.7 + 0.6 * self._jitter.random())


def _place(url: str) -> tuple[str, str, int | None]:
    address = httpx.URL(url)
    return address.scheme, address.host, address.port
