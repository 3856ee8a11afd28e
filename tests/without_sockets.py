"""In tests of whole ways, and in most of a connector's, requests to a stand-in of the same process go to it by a call: the loopback took a
quarter of their time.

All of the client stays (retries, pacing, limits, httpx with its headers and redirects) and all of the stand-in; what is left out are the
socket, the parsers of HTTP on both sides and the change of thread. A request goes over its socket where only that can show what happens:
while a fault of the connection may come, and for a form; in every eighth test of a connector, drawn by the round's seed; and in
all other tests near the code. `make test-long` takes the sockets for everything.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import httpcore
import httpx
from tests.rounds import SEED

WHOLE_WAYS = Path(__file__).resolve().parent / "flow"
CONNECTORS = WHOLE_WAYS.parent / "connectors"
WISHED = os.environ.get("TICKETFERRY_TEST_SOCKETS") != "1"

_over_socket = httpx.HTTPTransport.handle_request
_pool = httpcore.ConnectionPool.handle_request


class _Peer:
    """What httpcore tells of a connection."""

    def __init__(self, port: int) -> None:
        self.address = ("127.0.0.1", port)

    def get_extra_info(self, info: str) -> Any:
        return self.address if info == "server_addr" else None


def over_sockets(test: str, seed: str = SEED) -> bool:
    """Whether a test of a connector goes over sockets this time: every eighth does, another one for another commit."""
    return hashlib.sha256(f"{seed}/{test}".encode()).digest()[0] % 8 == 0


class WithoutSockets:
    """Which way requests go; `on` is set for each test."""

    def __init__(self) -> None:
        self.on = False
        self.calls = 0
        httpx.HTTPTransport.handle_request = self.transport()

    def choose(self, path: Path, test: str) -> None:
        """Set the way for a test of this file."""
        near = CONNECTORS in path.parents and not over_sockets(test)
        self.on = WISHED and (near or WHOLE_WAYS in path.parents)

    def transport(self) -> Any:
        """Return what stands in the place of `httpx.HTTPTransport.handle_request`."""

        def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            made_up = (
                httpcore.ConnectionPool.handle_request is not _pool
            )  # respx answers in the place of a desk
            answer = self.answered(request) if self.on and not made_up else None
            return _over_socket(transport, request) if answer is None else answer

        return handle_request

    def answered(self, request: httpx.Request) -> httpx.Response | None:
        """Ask the stand-in of this process; None where there is none, or where it wants a socket."""
        kit = sys.modules.get("ticketferry_emulators.kit.app")
        port = request.url.port
        if kit is None or port is None or request.url.host != "127.0.0.1" or request.url.scheme != "http":
            return None
        emulator = kit.served_at(port)
        if emulator is None:
            return None
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        given = emulator.answer_here(
            port, request.method, request.url.raw_path.decode("ascii"), headers, request.read()
        )
        if given is None:
            return None
        self.calls += 1
        status, raw, body = given
        return httpx.Response(
            status,
            headers=raw,
            stream=httpx.ByteStream(body),
            extensions={"http_version": b"HTTP/1.1", "network_stream": _Peer(port)},
        )


WAY = WithoutSockets()
