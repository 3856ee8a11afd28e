"""The connections of all clients: the authorities that certificates are held against, a desk's cookies, and requests that are taken apart once."""

import ssl
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import httpx

__all__ = ["AS_MANY_AS_ASK", "DeskConnections", "QueryParameters", "authorities"]

AS_MANY_AS_ASK = httpx.Limits(max_connections=None, max_keepalive_connections=200)
"""Whoever asks bounds how many ask at once. A bound here would be waited for on the machine's clock: a virtual one, which takes whoever waits there
for somebody at work, would stand still, and after the time-out a request that was never sent would count as failed."""

QueryParameters: TypeAlias = Mapping[str, str | int | Sequence[str | int]]


@lru_cache(maxsize=4)
def authorities(file: str | None, folder: str | None) -> ssl.SSLContext:  # noqa: ARG001 -- httpx reads them itself
    """Return the authorities that certificates are held against: one for all clients of a process, since reading them takes longer than
    everything else that a client needs. `file`, `folder`: where the environment says that they are.
    """
    return httpx.create_ssl_context()


class DeskConnections(httpx.Client):
    """Connections to one desk, as `httpx.Client` has them, without what httpx does for every request and hardly any needs: looking for
    cookies in an answer that sets none took a tenth of a request's time, taking its address apart several times a fifth.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self._cookies = _CookiesThatAreSet()
        self._times_out = {"timeout": self.timeout.as_dict()}

    def request_of(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: QueryParameters | None = None,
        **rest: Any,
    ) -> httpx.Request:
        """Return what `build_request` does."""
        if self.cookies:
            return self.build_request(
                method, url, headers=headers, params=dict(params) if params else None, **rest
            )
        merged = httpx.Headers(self.headers)
        merged.update(headers)
        query = tuple((name, _words(value)) for name, value in (params or {}).items())
        return httpx.Request(method, _address(url, query), headers=merged, extensions=self._times_out, **rest)


def _words(value: str | int | Sequence[str | int]) -> str | tuple[str, ...]:
    """Return a value as it is written, by which True and 1 are two."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value).lower()
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in value)


@lru_cache(maxsize=512)
def _address(url: str, query: tuple[tuple[str, str | tuple[str, ...]], ...]) -> httpx.URL:
    """Take an address apart; what stands at the head of every reading (who we are, the set-up) is asked for again and again."""
    return httpx.URL(url, params=dict(query)) if query else httpx.URL(url)


class _CookiesThatAreSet(httpx.Cookies):
    """Looks for cookies only in an answer that sets one."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)
