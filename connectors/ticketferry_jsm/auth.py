"""Who we are to Atlassian: an API token (classic or with scopes), a bearer token, or an OAuth client whose token is renewed."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from ticketferry.sdk import Answer, AuthError, HttpClient, OAuthToken, Pacer, Session

from .options import JsmOptions

__all__ = ["AtlassianCredentials"]


class AtlassianCredentials:
    """Gives each request's Authorization header and the address that both REST APIs hang under. Thread-safe.

    Access tokens hold an hour; a refresh token is used up by each use and a new one comes with the answer (rotating refresh
    tokens, Atlassian's 3LO page). `client` sends the grant `client_credentials`, which Atlassian offers to service accounts.
    """

    def __init__(self, options: JsmOptions, session: Session) -> None:
        self._options = options
        self._session = session
        self._cloud = options.cloud_id
        self._oauth: OAuthToken | None = None
        if options.way in ("client", "refresh"):
            assert options.client_secret is not None
            self._oauth = OAuthToken(
                session,
                base_url=options.auth_url,
                path="/oauth/token",
                request={
                    "client_id": options.client_id,
                    "client_secret": options.client_secret.get_secret_value(),
                },
                refresh=options.refresh_token.get_secret_value() if options.refresh_token else "",
                refuse=_refuse,
            )

    @property
    def until(self) -> float | None:
        """Unix seconds at which the present access token ends, None where that is not known."""
        return self._oauth.until if self._oauth else None

    @property
    def kept(self) -> bool | None:
        """Whether the newest refresh token was kept for the next command; None where none was given yet."""
        return self._oauth.kept if self._oauth else None

    def close(self) -> None:
        """Give back connections."""
        if self._oauth is not None:
            self._oauth.close()

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

    def cloud_id(self) -> str:
        """Return the id of the site that the gateway leads to; empty where requests go to the site itself."""
        return "" if self._options.way in ("classic", "") else self.address().rpartition("/")[2]

    def headers(self) -> Mapping[str, str]:
        """Return the headers of a request. Raises AuthError where no token is given."""
        options = self._options
        if options.way == "bearer":
            assert options.bearer is not None
            value = "Bearer " + options.bearer.get_secret_value()
        elif self._oauth is not None:
            value = "Bearer " + self._oauth.current()
        else:
            assert options.token is not None
            pair = f"{options.email}:{options.token.get_secret_value()}"
            value = "Basic " + base64.b64encode(pair.encode()).decode()
        return {"Authorization": value, "Accept": "application/json"}

    def renew(self) -> bool:
        """Take a new token after a 401; False where there is none to take, or where the refused one was new itself."""
        return self._oauth.renew() if self._oauth else False

    def learn(self, response: Answer) -> None:
        """Note that the present token works."""
        if self._oauth is not None:
            self._oauth.learn(response)

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
