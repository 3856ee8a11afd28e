"""Serving an emulator on loopback sockets in a thread, with a hand on each connection so that it can be cut."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Connections", "running"]

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_DRAIN_SECONDS = 1.0


class Connections:
    """The open connections by the client's address: uvicorn gives an app no way to close one without an answer."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """Return a protocol class for uvicorn that enters its connections here."""
        transports = self._transports

        class Registered(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    transports.pop(self.client, None)
                super().connection_lost(exc)

        return Registered

    def cut(self, client: tuple[str, int] | None, *, flush: bool = False) -> None:
        """Close the connection of `client`; `flush` sends first what has been written."""
        transport = self._transports.get(tuple(client)) if client else None  # type: ignore[arg-type]
        if transport is None:
            return
        if flush:
            transport.close()
        else:
            transport.abort()


@contextmanager
def running(app: ASGIApp, connections: Connections, ports: Sequence[int]) -> Iterator[list[int]]:
    """Serve `app` on 127.0.0.1 at these ports (0: any free one) while the context lasts; yields the ports."""
    sockets: list[socket.socket] = []
    try:
        for port in ports:
            # the protocol is named because asyncio sets TCP_NODELAY only then
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            sockets.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
    except OSError:
        for listener in sockets:
            listener.close()
        raise
    bound = [int(listener.getsockname()[1]) for listener in sockets]
    config = uvicorn.Config(
        app,
        http=connections.protocol(),
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        log_level="critical",
        server_header=False,
        date_header=False,
        timeout_keep_alive=600,
        timeout_graceful_shutdown=1,
        backlog=512,
    )
    server = uvicorn.Server(config)
    failure: list[BaseException] = []
    started = threading.Event()
    ending: list[Callable[[], object]] = []

    def run() -> None:
        try:
            asyncio.run(_serve(server, sockets, started, ending))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that serves
            failure.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=run, name="emulator", daemon=True)
    thread.start()
    if not started.wait(_START_SECONDS) or failure:
        for end in ending:
            end()
        raise RuntimeError(f"the emulator did not start on ports {bound}") from (
            failure[0] if failure else None
        )
    try:
        yield bound
    finally:
        for end in ending:
            end()
        thread.join(_STOP_SECONDS)
        for listener in sockets:
            listener.close()


async def _serve(
    server: uvicorn.Server,
    sockets: list[socket.socket],
    started: threading.Event,
    ending: list[Callable[[], object]],
) -> None:
    """Run the server, tell when it accepts connections, and end at once when another thread calls what was put into `ending`."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        with suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(ended.set)

    ending.append(end)
    config = server.config
    if not config.loaded:
        config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=sockets)
    started.set()
    await ended.wait()
    for listener in server.servers:
        listener.close()
    tasks = set(server.server_state.tasks)
    if tasks:
        await asyncio.wait(tasks, timeout=_DRAIN_SECONDS)
    for protocol in list(server.server_state.connections):
        transport: Any = protocol.transport
        if transport is not None:
            transport.abort()
    await asyncio.sleep(0)
