"""What the connections of all clients are made with: the authorities that certificates are held against, and a desk's cookies."""

import ssl
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import Any

import httpx

__all__ = ["AS_MANY_AS_ASK", "CookiesThatAreSet", "authorities"]

AS_MANY_AS_ASK = httpx.Limits(max_connections=None, max_keepalive_connections=200)
"""Whoever asks bounds how many ask at once. A bound here would be waited for on the machine's clock: a virtual one, which takes whoever waits there
for somebody at work, would stand still, and after the time-out a request that was never sent would count as failed."""


@lru_cache(maxsize=4)
def authorities(file: str | None, folder: str | None) -> ssl.SSLContext:  # noqa: ARG001 -- httpx reads them itself
    """Return the authorities that certificates are held against: one for all clients of a process, since reading them takes longer than
    everything else that a client needs. `file`, `folder`: where the environment says that they are.
    """
    return httpx.create_ssl_context()


class CookiesThatAreSet(CookieJar):
    """Looks for cookies only in an answer that sets one: looking took a tenth of a request's time."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Take the cookies out of an answer as httpx wraps it."""
        answer = getattr(response, "response", None)
        if not isinstance(answer, httpx.Response) or "set-cookie" in answer.headers:
            super().extract_cookies(response, request)
