"""The base of emulators: routing, faults, limits, latency and ledger around a connector's handlers."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol
from urllib.parse import unquote

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from ticketferry_emulators.kit.clock import EmulatorClock, RealClock
from ticketferry_emulators.kit.control import control_answer
from ticketferry_emulators.kit.faults import Fault, Faults
from ticketferry_emulators.kit.ledger import Entry, Ledger
from ticketferry_emulators.kit.limits import LimitVerdict, RateLimits
from ticketferry_emulators.kit.messages import (
    Answer,
    Call,
    Handler,
    Json,
    MalformedBodyError,
    NotServed,
    Query,
    Refused,
    Route,
    Router,
    Upload,
)
from ticketferry_emulators.kit.serving import Connections, running
from ticketferry_emulators.kit.wire import (
    FORMS,
    ConnectionCutError,
    dated,
    encoded,
    form_here,
    read_form,
    send_answer,
    until_gone,
)

__all__ = [
    "Answer",
    "Call",
    "Emulator",
    "Handler",
    "Json",
    "MalformedBodyError",
    "NotServed",
    "Query",
    "Refused",
    "Route",
    "State",
    "Upload",
    "served_at",
]

_SLEEPERS = 512
_served: dict[int, Emulator] = {}


def served_at(port: int) -> Emulator | None:
    """Return what this process serves at a port of 127.0.0.1."""
    return _served.get(port)


class State(Protocol):
    """What a connector keeps: any object with a lock, under which every handler runs, and a dump."""

    clock: EmulatorClock
    origins: dict[str, str]
    """Where each origin is served now: set by the emulator, as the clock is."""

    @property
    def lock(self) -> threading.RLock:
        """The lock that handlers hold."""
        ...

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON-able data, in a canonical order."""
        ...


class Emulator:
    """A vendor's API as a local server.

    A connector subclasses it, gives `routes` and `state` and overrides the answers below in the vendor's form. Handlers
    are plain functions `handler(state, call) -> Answer`; they run one after another, under `state.lock`, and check
    everything before they change anything. They must not wait: `latency` (seconds a request, on the clock) and slow
    faults are slept around them. What no route serves, or a handler says it does not (NotServed), is answered 501 and kept
    in :attr:`unserved`; what a handler raises by mistake is answered 500 and kept in :attr:`crashes`.
    """

    name: ClassVar[str] = "emulator"
    extra_origins: ClassVar[tuple[str, ...]] = ()
    """Names of further sockets, for what the vendor serves from another host."""

    def __init__(self, routes: Iterable[Route], state: State, clock: EmulatorClock | None = None) -> None:
        self.state: Any = state
        self.state.clock = clock if clock is not None else RealClock()
        self.routes: tuple[Route, ...] = tuple(routes)
        self.faults = Faults()
        self.ledger = Ledger()
        self.limits = RateLimits()
        self.latency: float = 0.0
        self.unserved: list[Entry] = []
        self.crashes: list[str] = []
        self.state.origins = {}
        self._router = Router(self.routes)
        self._connections = Connections()
        self._ports: dict[int, str] = {}
        self._control = False
        self._sleepers: ThreadPoolExecutor | None = None
        self._turn = threading.Lock()

    # --- what a connector overrides

    @property
    def credentials(self) -> dict[str, str]:
        """What a client needs, by the name of the environment variable; made-up values."""
        return {}

    def authenticate(self, call: Call) -> str | None:  # noqa: ARG002
        """Return the account that the request acts as; raise Refused in the vendor's form."""
        return None

    def limit_answer(self, call: Call, refusal: LimitVerdict) -> Answer:  # noqa: ARG002
        """Answer a request that a limit refuses."""
        return Answer(429, {"error": refusal.name}, {"Retry-After": str(max(1, round(refusal.retry_after)))})

    def limit_headers(self, call: Call, verdicts: list[LimitVerdict]) -> Mapping[str, str]:  # noqa: ARG002
        """Return the headers that tell of the limits."""
        return {}

    def fault_answer(self, call: Call, fault: Fault) -> Answer:  # noqa: ARG002
        """Answer for a fault with a status."""
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        return Answer(429 if fault.kind == "rate_limited" else fault.status, None, headers)

    def malformed(self, call: Call, reason: str) -> Answer:  # noqa: ARG002
        """Answer a body that is not JSON."""
        return Answer(400, {"error": reason})

    def finish(self, call: Call, answer: Answer) -> Answer:  # noqa: ARG002
        """Add what every answer carries (a trace header, say)."""
        return answer

    # --- what a user has

    @property
    def clock(self) -> EmulatorClock:
        """The one clock of the stand-in and of its state."""
        clock: EmulatorClock = self.state.clock
        return clock

    @clock.setter
    def clock(self, clock: EmulatorClock) -> None:
        self.state.clock = clock

    @property
    def base_url(self) -> str:
        """Where the API is served; raises RuntimeError while it is not."""
        return self.origin_url("api")

    def origin_url(self, origin: str) -> str:
        """Where one of the origins is served; raises RuntimeError while it is not."""
        try:
            return str(self.state.origins[origin])
        except KeyError:
            raise RuntimeError(f"the emulator {self.name} is not being served") from None

    def dump(self) -> dict[str, Any]:
        """Return the whole state as JSON-able data."""
        with self.state.lock:
            return dict(self.state.dump())

    @contextmanager
    def serve(self, port: int = 0, *, control: bool = False) -> Iterator[Emulator]:
        """Serve on 127.0.0.1 while the context lasts. `control` adds the routes under `/_emulator/`.

        The state outlives the context; the emulator can be served again. Raises OSError for a port in use.
        """
        names = ("api", *self.extra_origins)
        self._control = control
        self._sleepers = ThreadPoolExecutor(_SLEEPERS, thread_name_prefix=f"{self.name}-latency")
        try:
            with running(self, self._connections, [port, *(0 for _ in self.extra_origins)]) as ports:
                self._ports = dict(zip(ports, names, strict=True))
                _served.update(dict.fromkeys(ports, self))
                self.state.origins = {name: f"http://127.0.0.1:{port}" for port, name in self._ports.items()}
                yield self
        finally:
            for served in self._ports:
                _served.pop(served, None)
            self.state.origins = {}
            self._sleepers.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def called(self, host: str) -> Iterator[Emulator]:
        """Answer calls of this process alone while the context lasts (`answer_here`): no socket is opened. The origins stand at numbered
        ports of `host`, a name that no resolver knows (`zendesk.invalid`), so that a request which went elsewhere would fail.
        """
        self._ports = dict(enumerate(("api", *self.extra_origins), start=1))
        self.state.origins = {name: f"http://{host}:{port}" for port, name in self._ports.items()}
        try:
            yield self
        finally:
            self._ports, self.state.origins = {}, {}

    # --- how a request goes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} here")
        call = await self._read(scope, receive)
        if self._control and call.path.startswith("/_emulator/"):
            await send_answer(send, self._control_answer(call), method=call.method)
            return
        call.fault = self.faults.pick(call)
        entry = self.ledger.open(call)
        fault = call.fault
        pause = self._pause(call)
        if pause > 0 and self._sleepers is not None:
            await asyncio.get_running_loop().run_in_executor(self._sleepers, self.clock.stand_in, pause)
            call.time = self.clock.time()
        if fault and fault.kind == "drop_before":
            await self._cut(scope, receive)
            return
        with self._turn:
            answer = self._answer(call, entry)
        if fault and fault.kind == "drop_after":
            await self._cut(scope, receive)
            return
        entry.status = answer.status
        answer = dated(answer, call)
        if fault and fault.kind == "truncate_body":
            await send_answer(send, answer, method=call.method, truncate=True, note=entry.note_octets)
            self._connections.cut(scope.get("client"), flush=True)
            await until_gone(receive)
            return
        await send_answer(send, answer, method=call.method, note=entry.note_octets)

    def answer_here(
        self,
        port: int,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        *,
        whole: bool = False,
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes] | None:
        """Answer a request of this process without its going over a socket: status, headers and body as they would be sent.

        `port`: where it would have gone. `target`: path and query as in the request line. None where it has to go over a socket: a fault may come
        that only a connection can show, the body is a form, or the control routes are asked for. `whole`: there is no socket; forms are read
        here too, and a fault of the connection raises ConnectionCutError.
        """
        named = {name.lower(): value for name, value in headers}
        path, _, query = target.partition("?")
        is_form = named.get("content-type", "").startswith(FORMS)
        if not whole and (self.faults.need_connection or is_form or path.startswith("/_emulator/")):
            return None
        form, files = form_here(named, body) if is_form else ({}, [])
        with self._turn:
            origin = self._ports.get(port, "api")
            call = self._call(origin, method, path, query.encode("latin-1"), named, body)
            call.form, call.files = form, files
            call.fault = fault = self.faults.pick(call, connected=whole)
            entry = self.ledger.open(call)
        if (pause := self._pause(call)) > 0:
            self.clock.stand_in(pause)
            call.time = self.clock.time()
        if fault and fault.kind == "drop_before":
            raise ConnectionCutError(begun=False)
        with self._turn:
            answer = self._answer(call, entry)
        if fault and fault.kind == "drop_after":
            raise ConnectionCutError(begun=False)
        entry.status = answer.status
        raw, content = encoded(dated(answer, call), method)
        if fault and fault.kind == "truncate_body" and len(content) > 1:
            raise ConnectionCutError(begun=True)
        entry.octets = len(content)
        return answer.status, raw, content

    def _pause(self, call: Call) -> float:
        """Return the seconds that this request waits for its answer."""
        slow = call.fault.seconds if call.fault and call.fault.kind == "slow" else 0.0
        return self.latency + slow

    async def _cut(self, scope: Scope, receive: Receive) -> None:
        self._connections.cut(scope.get("client"))
        await until_gone(receive)

    async def _read(self, scope: Scope, receive: Receive) -> Call:
        request = Request(scope, receive)
        body = await request.body()
        server = scope.get("server") or ("", 0)
        raw_path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        form, files = await read_form(scope, body)
        origin = self._ports.get(server[1], "api")
        call = self._call(origin, scope["method"], raw_path, scope["query_string"], headers, body)
        call.form, call.files = form, files
        return call

    def _call(
        self, origin: str, method: str, raw_path: str, query: bytes, headers: Mapping[str, str], body: bytes
    ) -> Call:
        found = self._router.find(origin, method, raw_path)
        return Call(
            sequence=self.ledger.number(),
            time=self.clock.time(),
            method=method,
            path=unquote(raw_path),
            query=Query.parse(query),
            headers=headers,
            body=body,
            route=found[0] if found else None,
            params=found[1] if found else {},
            origin=origin,
        )

    def _answer(self, call: Call, entry: Entry) -> Answer:
        """Work one request through: route, faults, limits, credentials, handler."""
        route, fault = call.route, call.fault
        if route is None:
            return self._not_served(call, entry, f"{call.method} {call.path}")
        if fault and fault.kind in ("status_before", "rate_limited"):
            return self.finish(call, self.fault_answer(call, fault))
        verdicts = self.limits.check(call, call.time)
        headers = dict(self.limit_headers(call, verdicts))
        if verdicts and not verdicts[0].allowed:
            answer = self.limit_answer(call, verdicts[0])
        else:
            answer = self._handled(route, call, entry)
        if headers:
            answer = Answer(answer.status, answer.body, {**headers, **answer.headers}, answer.committed)
        if fault and fault.kind == "status_after":
            answer = self.fault_answer(call, fault)
        return self.finish(call, answer)

    def _handled(self, route: Route, call: Call, entry: Entry) -> Answer:
        try:
            if not route.public:
                call.account = entry.account = self.authenticate(call)
            with self.state.lock:
                answer = route.handler(self.state, call)
        except Refused as refusal:
            answer = refusal.answer
            entry.committed = bool(answer.committed)
            return answer
        except NotServed as lack:
            return self._not_served(call, entry, lack.what)
        except MalformedBodyError as error:
            return self.malformed(call, str(error))
        except Exception as error:  # noqa: BLE001 - a mistake of the emulator: shown to the test, not hidden in a log
            self.crashes.append(traceback.format_exc())
            text = f"the emulator {self.name} failed: {type(error).__name__}: {error}"
            return Answer(500, {"error": text})
        entry.committed = (
            route.write and answer.status < 400 if answer.committed is None else answer.committed
        )
        return answer

    def _not_served(self, call: Call, entry: Entry, what: str) -> Answer:
        """Answer in the stand-in's own words what it does not serve, and note it."""
        self.unserved.append(entry)
        text = f"the emulator {self.name} does not serve {what}"
        return Answer(501, {"error": text, "method": call.method, "path": call.path})

    def _control_answer(self, call: Call) -> Answer:
        """The routes of a stand-alone emulator: state, ledger, clock, faults."""
        return control_answer(self, call)
