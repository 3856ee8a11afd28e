"""An answer as it is let in: whole, within bounds of size and time, without the secrets that it echoes; or why there is none."""

from collections.abc import Iterator
from contextlib import closing
from email.utils import parsedate_to_datetime
from math import isfinite
from time import monotonic

import httpx

from ticketferry.errors import RetryableError
from ticketferry.sdk.secrets import redact, redact_bytes, remember_authorization

__all__ = ["no_answer", "pieces", "read_whole", "retry_after", "without_secrets"]

LARGEST_ANSWER = 256_000_000
"""Bytes that one answer may hold when it is unpacked: pages of a thousand tickets with long texts stay far below."""
SLOWEST = 600.0
"""Seconds within which an answer has to be there whole. The timeout of the connection holds for each piece of it only."""
_PACKED = (b"content-encoding", b"content-length", b"transfer-encoding")
SLOWEST_FILE = 256
"""Bytes a second below which a file, after `SLOWEST` seconds, counts as one that does not come."""


def read_whole(response: httpx.Response, where: str) -> httpx.Response:
    """Read an answer whole, up to what one may hold unpacked, and return it as one that needs no unpacking."""
    parts: list[bytes] = []
    size = 0
    began = monotonic()
    with closing(response):
        for part in response.iter_bytes():
            size += len(part)
            if monotonic() - began > SLOWEST:
                raise RetryableError(
                    f"the answer was not there whole after {SLOWEST:.0f} seconds",
                    where=where,
                    remedy="Is a proxy between here and the desk? Then run the command again.",
                )
            if size > LARGEST_ANSWER:
                raise RetryableError(
                    f"the answer is larger than {LARGEST_ANSWER // 1_000_000} MB unpacked",
                    where=where,
                    remedy="Is a proxy between here and the desk? Then run the command again.",
                )
            parts.append(part)
    # Each holds the other: without it an answer would stay until the garbage collector comes.
    response.stream = httpx.ByteStream(b"")
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _PACKED]
    return httpx.Response(
        response.status_code,
        headers=headers,
        content=b"".join(parts),
        request=response.request,
        extensions=response.extensions,
    )


def pieces(response: httpx.Response, where: str) -> Iterator[bytes]:
    """Yield the pieces of a file. Raises RetryableError where they trickle: a connection that never ends would hold the run."""
    began, size = monotonic(), 0
    for part in response.iter_bytes():
        size += len(part)
        yield part
        passed = monotonic() - began
        if passed > SLOWEST and size < SLOWEST_FILE * passed:
            raise RetryableError(f"the file trickles: {size:,} bytes in {passed:.0f} seconds", where=where)


_OF_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length"})


def without_secrets(response: httpx.Response) -> httpx.Response:
    """Take out of an answer what it echoes of the authorization that it was asked with, and of every other secret that is known.

    A request without authorization asks for a token, with the secret in its body: what is given then may be one that is known
    already, and stays; a refusal is cleaned as all answers are.
    """
    sent = response.request.headers.get("authorization")
    if sent:
        remember_authorization(sent)
    elif response.status_code < 400:
        return response
    content = redact_bytes(response.content)
    given = response.headers.multi_items()
    # All values at once first: they hardly ever hold one.
    lines = "\n".join(value for _, value in given)
    told = redact(lines) != lines
    if not told and content == response.content:
        return response
    headers = [(name, redact(value)) for name, value in given]
    return httpx.Response(
        response.status_code,
        headers=[(name, value) for name, value in headers if name.lower() not in _OF_TRANSFER],
        content=content,
        request=response.request,
    )


def retry_after(response: httpx.Response, now: float) -> float | None:
    """Return the seconds to wait: the header holds a number or a date [RFC 9110, 10.2.3]. `now`: Unix seconds."""
    text = response.headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if isfinite(seconds) else None


def no_answer(error: httpx.RequestError) -> str:
    """Say why there was no connection: refused, no such host, no TLS there; else by which name the client calls it."""
    words = " ".join(str(error).split()) if isinstance(error, httpx.ConnectError) else ""
    return f"{type(error).__name__}: {words[:160]}" if words else type(error).__name__
