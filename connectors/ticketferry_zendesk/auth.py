"""Who we are to Zendesk: an OAuth client whose token is renewed, a bearer token, or an e-mail with an API token."""

import base64
import threading
from collections.abc import Mapping
from typing import Any

import orjson

from ticketferry.sdk import Answer, AuthError, HttpClient, Pacer, Session, UnknownOutcomeError
from ticketferry_zendesk.answers import refusal
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.waits import held

__all__ = ["Credentials"]

_EARLY = 60.0
"""Seconds before its end at which a token is renewed."""


class Credentials:
    """Gives the Authorization header of each request and renews OAuth tokens: before they end, and once after a 401.

    Clients made since 2026-04-30 get tokens of 30 minutes by default [PROBE]. Safe for use by several threads.
    """

    def __init__(self, options: ZendeskOptions, session: Session) -> None:
        self._options = options
        self._session = session
        self._lock = threading.Lock()
        self._used = threading.local()
        self._token = ""
        self._until = 0.0
        self._accepted = False
        self.kept: bool | None = None
        """Whether the newest refresh token was kept for the next command; None where none was given yet."""
        self._refresh = options.refresh_token.get_secret_value() if options.refresh_token else ""
        self._http: HttpClient | None = None

    @property
    def way(self) -> str:
        """`client`, `refresh`, `bearer`, `api-token`, or empty where nothing complete is configured."""
        options = self._options
        if options.client_id and options.client_secret:
            return "refresh" if options.refresh_token else "client"
        if options.bearer:
            return "bearer"
        return "api-token" if options.email and options.token else ""

    @property
    def until(self) -> float | None:
        """Unix seconds at which the present token ends, None where that is not known."""
        return self._until if self._token else None

    def close(self) -> None:
        """Give back connections."""
        if self._http is not None:
            self._http.close()

    def headers(self) -> Mapping[str, str]:
        """Return the headers of a request. Raises AuthError where nothing is configured or no token is given."""
        options = self._options
        match self.way:
            case "api-token":
                assert options.token is not None
                pair = f"{options.email}/token:{options.token.get_secret_value()}"
                value = "Basic " + base64.b64encode(pair.encode()).decode()
            case "bearer":
                assert options.bearer is not None
                value = "Bearer " + options.bearer.get_secret_value()
            case "":
                raise AuthError(
                    "no credentials are configured",
                    where=options.where(),
                    remedy="Name client_id and client_secret of an OAuth client in migration.yaml (`client_secret: env:ZENDESK_CLIENT_SECRET`).",
                )
            case _:
                value = "Bearer " + self._current()
        return {"Authorization": value, "Accept": "application/json"}

    def renew(self) -> bool:
        """Take a new token after a 401; False where there is none to take, or where the refused one was new itself."""
        if self.way not in ("client", "refresh"):
            return False
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

    def _current(self) -> str:
        with held(self._lock, self._session.clock):
            if not self._token or self._session.clock.time() >= self._until - _EARLY:
                self._take()
            self._used.token = self._token
            return self._token

    def _take(self) -> None:
        """Ask for a token [OAS CreateTokenForGrantType]; a refresh token is sent once only, since it is used up by it."""
        options = self._options
        assert options.client_secret is not None
        request = {
            "client_id": options.client_id,
            "client_secret": options.client_secret.get_secret_value(),
            "scope": options.scope,
        }
        if self._http is None:
            self._http = HttpClient(
                options.where(),
                self._session,
                headers=lambda: {"Accept": "application/json"},
                classify=self._refuse,
                pacer=Pacer(self._session.clock),
            )
        if self._refresh and options.refresh_token:
            try:
                answer = self._http.write(
                    "POST",
                    "/oauth/tokens",
                    endpoint="oauth.token",
                    json=request | {"grant_type": "refresh_token", "refresh_token": self._refresh},
                )
            except UnknownOutcomeError as error:
                raise AuthError(
                    "no answer came when the token was renewed: the refresh token may be used up",
                    where="POST /oauth/tokens",
                    remedy="Run the command again; where it is refused then, authorize the client again.",
                ) from error
        else:
            answer = self._http.read(
                "POST",
                "/oauth/tokens",
                endpoint="oauth.token",
                json=request | {"grant_type": "client_credentials"},
            )
        self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        try:
            body: Any = orjson.loads(answer.content)
            self._token = str(body["access_token"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise AuthError(
                "the answer to POST /oauth/tokens holds no token", where=self._options.where()
            ) from error
        seconds = body.get("expires_in")
        self._until = (
            self._session.clock.time() + seconds
            if isinstance(seconds, int | float) and seconds
            else float("inf")
        )
        given = body.get("refresh_token")
        if self.way == "refresh" and isinstance(given, str) and given:
            # before anything else: the old one is used up, and the next command needs this one
            self._refresh = given
            self.kept = self._session.keep_secret("refresh_token", given)
        self._accepted = False

    def _refuse(self, response: Answer) -> None:
        if response.status_code >= 300:
            raise AuthError(
                f"Zendesk gives no token: {refusal(response)}",
                where="POST /oauth/tokens",
                remedy="Check client_id, client_secret and scope; a refresh token works once and ends after 30 days by default.",
            )
