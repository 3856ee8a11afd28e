"""What can befall a run that writes: one row a fault, and the line between the project and its target on which it strikes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self
from unittest import mock

import httpx
from tests.flow.fault_pairs import FaultPair
from tests.flow.promises import Killed

from ticketferry_emulators.kit.fault import Fault, FaultKind

__all__ = ["FAULTS", "Line", "RunFault"]

LAG = 240.0
GUARDS_READ = 301.0
"""Seconds after which a run reads its guards again."""
PAGE = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Something went wrong</h1></body></html>"

Answer = Callable[[], httpx.Response]


class Line:
    """The requests of a run to its target, and the points of its journal, each counted; the fault strikes at the one with number `at`.

    `log` holds the requests as (method, path, whether it writes), `points` the names of points. `struck`: how often the fault did something.
    """

    def __init__(self, pair: FaultPair, fault: "RunFault | None" = None, at: int = -1) -> None:
        self.pair, self.fault, self.at = pair, fault, at
        self.log: list[tuple[str, str, bool]] = []
        self.points: list[str] = []
        self.struck = 0
        self.dead = False
        self._send: Any = None

    def point(self, name: str) -> None:
        """A point at which a crash would leave another state."""
        self._alive()
        self.points.append(name)
        if self.fault is not None and self.fault.where == "point" and len(self.points) - 1 == self.at:
            self.struck += 1
            self.fault.strike(self, None, None)
            self._alive()

    def _alive(self) -> None:
        if self.dead:
            raise Killed

    def __enter__(self) -> Self:
        self._send = httpx.HTTPTransport.handle_request
        self._patch = mock.patch.object(httpx.HTTPTransport, "handle_request", self._handler())
        self._patch.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.__exit__(None, None, None)

    def _handler(self) -> Callable[[httpx.HTTPTransport, httpx.Request], httpx.Response]:
        def handle(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            return self._handle(request, lambda: self._send(transport, request))

        return handle

    def _handle(self, request: httpx.Request, send: Answer) -> httpx.Response:
        target = self.pair.target
        if request.url.port not in target._ports:
            return send()
        self._alive()
        number = len(self.log)
        before = len(target.ledger.writes())
        self.log.append((request.method, request.url.path, False))
        try:
            if self.fault is not None and self.fault.where != "point" and number == self.at:
                self.struck += 1
                answer = self.fault.strike(self, request, send)
                self._alive()
                return send() if answer is None else answer
            return send()
        finally:
            if len(target.ledger.writes()) > before:
                self.log[number] = (request.method, request.url.path, True)


@dataclass(frozen=True)
class RunFault:
    """`where` it can strike: at each request, at each that writes, at each that asks for a job, or at points of the journal (`points`).

    `strike` gets the line, the request and what sends it; it answers in the desk's place, raises, or changes something and gives None: then
    the request goes its way. `mend` is what a person does before the run is told to go on. `alone`: the run must get over it by itself.
    `targets`: the products at which it exists.
    """

    name: str
    where: Literal["request", "write", "job", "point"]
    strike: Callable[[Line, Any, Any], httpx.Response | None]
    points: tuple[str, ...] = ()
    mend: Callable[[FaultPair], None] = lambda pair: None
    alone: bool = True
    targets: tuple[str, ...] = ("jsm", "zendesk", "intercom")
    stops: bool = False
    """Whether it must stop the run: what fell has to be put up by a person."""
    lies: bool = False
    """Whether somebody says that a write was done which never reached the desk, in the very form of the vendor: where nothing can tell that,
    `verify` must name it.
    """

    def boundaries(self, unbroken: Line) -> list[int]:
        """Where it can strike in a run that goes like the unbroken one."""
        if self.where == "point":
            names = unbroken.points
            # What stops a run before its next write has no effect behind the last one.
            end = (
                max(at for at, name in enumerate(names) if name == "before send")
                if self.stops
                else len(names)
            )
            return [at for at, name in enumerate(names[:end]) if not self.points or name in self.points]
        if self.where == "write":
            return [at for at, (_, _, writes) in enumerate(unbroken.log) if writes]
        if self.where == "job":
            return [at for at, (_, path, _) in enumerate(unbroken.log) if "job_statuses/" in path]
        return list(range(len(unbroken.log)))


# ---- deaths


def _die(line: Line, _request: Any, _send: Any) -> None:
    line.dead = True


def _die_after_commit(line: Line, _request: Any, send: Answer) -> None:
    send().read()
    line.dead = True


# ---- the line


def _reset(line: Line, request: httpx.Request, _send: Answer) -> httpx.Response:
    raise httpx.ConnectError("[Errno 104] Connection reset by peer", request=request)


def _reset_after(line: Line, request: httpx.Request, send: Answer) -> httpx.Response:
    send().read()
    raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)


def _silent_after(line: Line, request: httpx.Request, send: Answer) -> httpx.Response:
    send().read()
    raise httpx.ReadTimeout("The read operation timed out", request=request)


class _Torn(httpx.SyncByteStream):
    """The first half of a body, and then the line is cut."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        half = len(self._body) // 2
        yield self._body[:half]
        raise httpx.RemoteProtocolError(
            f"peer closed connection without sending complete message body (received {half} bytes, expected {len(self._body)})"
        )


def _torn(line: Line, _request: httpx.Request, send: Answer) -> httpx.Response:
    answer = send()
    body = b"".join(answer.stream)  # type: ignore[arg-type, union-attr]
    if not body:
        line.struck -= 1
    stream = _Torn(body) if body else httpx.ByteStream(b"")
    return httpx.Response(
        answer.status_code, headers=answer.headers, stream=stream, extensions=answer.extensions
    )


def _instead(status: int, body: bytes, *, after: bool) -> Callable[[Line, Any, Any], httpx.Response]:
    """A gateway answers in the desk's place: without asking it, or after it has done what it was asked."""

    def strike(_line: Line, _request: httpx.Request, send: Answer) -> httpx.Response:
        headers = {"Content-Type": "text/html; charset=utf-8" if body else "application/json"}
        extensions = {"http_version": b"HTTP/1.1"}
        if after:
            answer = send()
            answer.read()
            extensions = dict(answer.extensions)
        return httpx.Response(status, headers=headers, content=body, extensions=extensions)

    return strike


# ---- the desk


def _desk_fault(kind: FaultKind, status: int = 503) -> Callable[[Line, Any, Any], None]:
    def strike(line: Line, _request: Any, _send: Any) -> None:
        line.pair.target.faults.add(Fault(kind, status=status))

    return strike


def _lagging(line: Line, request: httpx.Request, send: Answer) -> httpx.Response:
    state = line.pair.target.state
    if line.pair.target.name == "jsm":
        state.index_lag, state.fresh_seconds = LAG, LAG / 10
    elif line.pair.target.name == "intercom":
        state.unsettled.search_lag = state.unsettled.contact_search_lag = LAG
    return _reset_after(line, request, send)


def _forgotten(line: Line, request: httpx.Request, _send: Any) -> None:
    """The desk forgets a job once it is done: every later look at it says that there is none."""
    jobs = line.pair.target.state.jobs
    id_ = request.url.path.rpartition("/")[2].removesuffix(".json")
    find = jobs.find
    jobs.find = lambda identifier: None if identifier == id_ else find(identifier)  # type: ignore[method-assign]


def _token_dies(line: Line, _request: Any, _send: Any) -> None:
    target = line.pair.target
    if target.name == "zendesk":
        target.state.oauth.access.clear()
    elif target.name == "intercom":
        target.state.token = f"renewed {target.state.token}"
    else:
        target.state.tokens = {email: f"renewed {token}" for email, token in target.state.tokens.items()}


def _token_lives(pair: FaultPair) -> None:
    target = pair.target
    if target.name == "intercom":
        target.state.token = target.state.token.removeprefix("renewed ")
    elif target.name == "jsm":
        target.state.tokens = {
            email: token.removeprefix("renewed ") for email, token in target.state.tokens.items()
        }


def _guard_falls(line: Line, _request: Any, _send: Any) -> None:
    """An administrator gives the projects another notification scheme, and the hour of the next look comes."""
    state = line.pair.target.state
    loud = next(key for key, scheme in state.notification_schemes.items() if scheme.events)
    for project in state.projects.values():
        project.notification_scheme = loud
    line.pair.clock.advance(GUARDS_READ)


def _guard_stands(pair: FaultPair) -> None:
    state = pair.target.state
    quiet = next(key for key, scheme in state.notification_schemes.items() if not scheme.events)
    for project in state.projects.values():
        project.notification_scheme = quiet


FAULTS = (
    RunFault("killed before send", "point", _die, ("before send",), alone=False),
    RunFault("killed after commit", "write", _die_after_commit, alone=False),
    RunFault("killed after answer", "point", _die, ("after send",), alone=False),
    RunFault("killed before journal", "point", _die, ("before result", "before intent", "before job"), alone=False),
    RunFault("killed elsewhere", "point", _die, ("after intent", "after result", "after job", "before read-back", "after read-back"), alone=False),
    RunFault("reset", "request", _reset),
    RunFault("reset after commit", "request", _reset_after),
    RunFault("no answer in time", "request", _silent_after),
    RunFault("429", "request", _desk_fault("rate_limited")),
    RunFault("500 before commit", "request", _desk_fault("status_before", 500)),
    RunFault("500 after commit", "request", _desk_fault("status_after", 500)),
    RunFault("503 before commit", "request", _desk_fault("status_before", 503)),
    RunFault("503 after commit", "request", _desk_fault("status_after", 503)),
    RunFault("HTML page, 502, before commit", "request", _instead(502, PAGE, after=False)),
    RunFault("HTML page, 502, after commit", "request", _instead(502, PAGE, after=True)),
    RunFault("HTML page, 200, before commit", "request", _instead(200, PAGE, after=False), alone=False),
    RunFault("HTML page, 200, after commit", "request", _instead(200, PAGE, after=True), alone=False),
    RunFault("empty 200 before commit", "request", _instead(200, b"", after=False), alone=False, lies=True),
    RunFault("empty 200 after commit", "request", _instead(200, b"", after=True), alone=False),
    RunFault("truncated body", "request", _torn),
    RunFault("job results lost", "job", _forgotten, targets=("zendesk",)),
    RunFault("lagging search", "write", _lagging),
    RunFault("token expired", "request", _token_dies, mend=_token_lives, alone=False),
    RunFault("guard fallen", "point", _guard_falls, ("after result",), mend=_guard_stands, alone=False, stops=True, targets=("jsm",)),
)  # fmt: skip
