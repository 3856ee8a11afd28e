"""Who we are to Atlassian: an API token (classic or with scopes), a bearer token, or an OAuth client whose token is renewed."""

import base64
import threading
from collections.abc import Mapping
from typing import Any

import orjson

from ticketferry.sdk import Answer, AuthError, HttpClient, Pacer, Session, UnknownOutcomeError

from .options import JsmOptions
from .waits import held

__all__ = ["Credentials"]

_EARLY = 60.0
"""Seconds before its end at which a token is renewed."""
_OAUTH = ("client", "refresh", "bearer")


class Credentials:
    """Gives each request's Authorization header and the address that both REST APIs hang under. Thread-safe.

    Access tokens hold an hour; a refresh token is used up by each use and a new one comes with the answer (rotating refresh
    tokens, Atlassian's 3LO page). `client` sends the grant `client_credentials`, which Atlassian offers to service accounts.
    """

    def __init__(self, options: JsmOptions, session: Session) -> None:
        self._options = options
        self._session = session
        self._lock = threading.Lock()
        self._used = threading.local()
        self._token = ""
        self._until = 0.0
        self._accepted = False
        self._refresh = options.refresh_token.get_secret_value() if options.refresh_token else ""
        self._http: HttpClient | None = None
        self._cloud = options.cloud_id

    @property
    def until(self) -> float | None:
        """Unix seconds at which the present access token ends, None where that is not known."""
        return self._until if self._token else None

    def close(self) -> None:
        """Give back connections."""
        if self._http is not None:
            self._http.close()

    def address(self) -> str:
        """Return where `/rest/api/3` and `/rest/servicedeskapi` hang: the site, or the gateway with the site's id.

        Raises AuthError where nothing is configured or the token may not use the site.
        """
        options = self._options
        if not options.way:
            raise AuthError(
                "no credentials are configured",
                where=options.where(),
                remedy="Name `email` and `token: env:JIRA_TOKEN` in migration.yaml, or client_id and client_secret of an OAuth client.",
            )
        if options.way == "classic":
            return options.base_url
        if not self._cloud:
            self._cloud = self._site()
        return f"{options.gateway}/ex/jira/{self._cloud}"

    def headers(self) -> Mapping[str, str]:
        """Return the headers of a request. Raises AuthError where no token is given."""
        options = self._options
        if options.way == "bearer":
            assert options.bearer is not None
            value = "Bearer " + options.bearer.get_secret_value()
        elif options.way in _OAUTH:
            value = "Bearer " + self._current()
        else:
            assert options.token is not None
            pair = f"{options.email}:{options.token.get_secret_value()}"
            value = "Basic " + base64.b64encode(pair.encode()).decode()
        return {"Authorization": value, "Accept": "application/json"}

    def renew(self) -> bool:
        """Take a new token after a 401; False where there is none to take, or where the refused one was new itself."""
        if self._options.way not in ("client", "refresh"):
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

    # ---- tokens

    def _current(self) -> str:
        with held(self._lock, self._session.clock):
            if not self._token or self._session.clock.time() >= self._until - _EARLY:
                self._take()
            self._used.token = self._token
            return self._token

    def _client(self) -> HttpClient:
        if self._http is None:
            self._http = HttpClient(
                self._options.auth_url,
                self._session,
                headers=lambda: {"Accept": "application/json"},
                classify=_refuse,
                pacer=Pacer(self._session.clock),
            )
        return self._http

    def _take(self) -> None:
        """Ask for a token; a refresh token is sent once only, since it is used up by it."""
        options = self._options
        assert options.client_secret is not None
        request = {"client_id": options.client_id, "client_secret": options.client_secret.get_secret_value()}
        if not self._refresh:
            request["grant_type"] = "client_credentials"
            answer = self._client().read("POST", "/oauth/token", endpoint="oauth.token", json=request)
        else:
            request |= {"grant_type": "refresh_token", "refresh_token": self._refresh}
            try:
                answer = self._client().write("POST", "/oauth/token", endpoint="oauth.token", json=request)
            except UnknownOutcomeError as error:
                raise AuthError(
                    "no answer came when the token was renewed: the refresh token may be used up",
                    where="POST /oauth/token",
                    remedy="Run the command again; where it is refused then, authorize the client again.",
                ) from error
        self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        try:
            body: Any = orjson.loads(answer.content)
            self._token = str(body["access_token"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise AuthError(
                "the answer to POST /oauth/token holds no token", where=self._options.auth_url
            ) from error
        seconds = body.get("expires_in")
        known = isinstance(seconds, int | float) and bool(seconds)
        self._until = self._session.clock.time() + float(seconds) if known else float("inf")
        self._refresh = str(body.get("refresh_token") or self._refresh)
        self._accepted = False

    def _site(self) -> str:
        """Find the site's id among those that the token may use (GET /oauth/token/accessible-resources)."""
        options = self._options
        client = HttpClient(
            options.gateway,
            self._session,
            headers=self.headers,
            classify=_refuse,
            pacer=Pacer(self._session.clock),
            learn=lambda response, _: self.learn(response),
            renew=self.renew,
        )
        try:
            path = "/oauth/token/accessible-resources"
            found: Any = orjson.loads(client.read("GET", path, endpoint="oauth.resources").content)
        finally:
            client.close()
        rows = [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []
        for row in rows:
            if str(row.get("url", "")).rstrip("/").casefold() == options.base_url.casefold():
                return str(row["id"])
        others = ", ".join(sorted(str(row.get("url", "?")) for row in rows)) or "none"
        raise AuthError(
            f"the OAuth token may not use this site (it may use: {others})",
            where=options.where(),
            remedy="Authorize the client for this site, or set cloud_id in migration.yaml.",
        )


def _refuse(response: Answer) -> None:
    if response.status_code < 300:
        return
    try:
        body: Any = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    said = ""
    if isinstance(body, Mapping):
        said = str(body.get("error_description") or body.get("message") or body.get("error") or "")
    raise AuthError(
        f"Atlassian gives no token: {said or f'status {response.status_code}'}",
        where=f"{response.request.method} {response.request.url.path}",
        remedy="Check client_id, client_secret and refresh_token; a refresh token works once and ends after 90 days without use.",
    )
