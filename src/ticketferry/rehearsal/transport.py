"""The only way out of a rehearsal: requests are calls of stand-ins in this process, and any other address is an error."""

from collections.abc import Mapping

import httpx

from ticketferry.errors import FatalError
from ticketferry_emulators.kit.app import Emulator
from ticketferry_emulators.kit.wire import ConnectionCutError

__all__ = ["StandInTransport"]


class StandInTransport(httpx.BaseTransport):
    """Hands requests to stand-ins by the name of their host. Raises FatalError for any other host: a rehearsal touches no desk."""

    def __init__(self, stand_ins: Mapping[str, Emulator]) -> None:
        self._stand_ins = dict(stand_ins)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request. Faults of the connection come as httpx tells of them."""
        stand_in = self._stand_ins.get(request.url.host)
        if stand_in is None:
            raise FatalError(
                f"a rehearsal was about to ask {request.url.host}",
                where=f"{request.method} {request.url.copy_with(query=None)}",
                remedy="Nothing was sent. This is a fault of the connector or of ticketferry: please tell us.",
            )
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        target = request.url.raw_path.decode("ascii")
        port = request.url.port or 1
        try:
            given = stand_in.answer_here(port, request.method, target, headers, request.read(), whole=True)
        except ConnectionCutError as cut:
            if cut.begun:
                raise httpx.RemoteProtocolError(
                    "peer closed connection without sending complete message body", request=request
                ) from cut
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            ) from cut
        assert given is not None, "with `whole` everything is answered"
        status, raw, body = given
        return httpx.Response(
            status,
            headers=raw,
            stream=httpx.ByteStream(body),
            extensions={"http_version": b"HTTP/1.1", "network_stream": _Peer(request.url.host, port)},
        )


class _Peer:
    """What httpcore tells of a connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def get_extra_info(self, info: str) -> object:
        return self._address if info == "server_addr" else None
