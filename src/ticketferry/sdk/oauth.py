"""An OAuth access token that is renewed by itself: before it ends, and once after a desk refused it."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ticketferry.errors import AuthError, UnknownOutcomeError
from ticketferry.sdk.http import Answer, HttpClient
from ticketferry.sdk.pacing import Pacer, held
from ticketferry.sdk.session import Session

__all__ = ["OAuthToken"]

_EARLY = 60.0
"""Seconds before its end at which a token is renewed."""


class OAuthToken:
    """Asks for access tokens by client credentials, or by a refresh token that rotates. Safe for use by several threads.

    A refresh token is used up by each use and the answer holds its successor (RFC 6749, 6): it is sent once only, and the
    successor is kept for the next command before anything else is done.
    """

    def __init__(
        self,
        session: Session,
        *,
        base_url: str,
        path: str,
        request: Mapping[str, str],
        refresh: str = "",
        refuse: Callable[[Answer], None],
    ) -> None:
        """`path`: the token endpoint below `base_url`; `request`: what each request says besides the grant (client, secret, scope);
        `refresh`: the first refresh token, empty for client credentials; `refuse` raises AuthError for an answer that is not 2xx.
        """
        self._session = session
        self._base_url = base_url
        self._path = path
        self._request = request
        self._refresh = refresh
        self._refuse = refuse
        self._lock = threading.Lock()
        self._used = threading.local()
        self._token = ""
        self._until = 0.0
        self._accepted = False
        self._http: HttpClient | None = None
        self.kept: bool | None = None
        """Whether the newest refresh token was kept for the next command; None where none was given yet."""

    @property
    def until(self) -> float | None:
        """Unix seconds at which the present token ends (infinite where no answer said), None where there is none yet."""
        return self._until if self._token else None

    def close(self) -> None:
        """Give back connections; a token that is wanted later makes new ones."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def current(self) -> str:
        """Return a token that holds for a minute at least. Raises AuthError where none is given."""
        with held(self._lock, self._session.clock):
            if not self._token or self._session.clock.time() >= self._until - _EARLY:
                self._take()
            self._used.token = self._token
            return self._token

    def renew(self) -> bool:
        """Take a new token after a 401; False where the refused one was new itself."""
        with held(self._lock, self._session.clock):
            if getattr(self._used, "token", "") != self._token:
                return True  # another thread has renewed meanwhile
            if not self._accepted:
                return False
            self._take()
            return True

    def learn(self, response: Answer) -> None:
        """Note that the present token works."""
        if response.status_code < 400:
            self._accepted = True

    def _client(self) -> HttpClient:
        if self._http is None:
            self._http = HttpClient(
                self._base_url,
                self._session,
                headers=lambda: {"Accept": "application/json"},
                classify=self._refuse,
                pacer=Pacer(self._session.clock),
            )
        return self._http

    def _take(self) -> None:
        client, path = self._client(), self._path
        if not self._refresh:
            request = {**self._request, "grant_type": "client_credentials"}
            self._keep(client.read("POST", path, endpoint="oauth.token", json=request))
            return
        request = {**self._request, "grant_type": "refresh_token", "refresh_token": self._refresh}
        try:
            answer = client.write("POST", path, endpoint="oauth.token", json=request)
        except UnknownOutcomeError as error:
            raise AuthError(
                "no answer came when the token was renewed: the refresh token may be used up",
                where=f"POST {path}",
                remedy="Run the command again; where it is refused then, authorize the client again.",
            ) from error
        self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        try:
            body: Any = orjson.loads(answer.content)
            self._token = str(body["access_token"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise AuthError(
                f"the answer to POST {self._path} holds no token", where=self._base_url
            ) from error
        given = body.get("refresh_token")
        if self._refresh and isinstance(given, str) and given:
            # Before anything else: the old one is used up, and the next command needs this one.
            self._refresh = given
            self.kept = self._session.keep_secret("refresh_token", given)
        seconds = body.get("expires_in")
        known = isinstance(seconds, int | float) and bool(seconds)
        self._until = self._session.clock.time() + float(seconds) if known else float("inf")
        self._accepted = False
