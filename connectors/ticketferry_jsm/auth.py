"""Who we are to Atlassian: an API token (classic or with scopes), a bearer token, or an OAuth client whose token is renewed."""

from collections.abc import Mapping
from typing import Any

import orjson

from ticketferry.sdk import Answer, AuthError, HttpClient, OAuthToken, Pacer, Session
from ticketferry.sdk.credentials import Credentials

from .options import JsmOptions

__all__ = ["AtlassianCredentials"]

_REMEDY = "Name `email` and `token: env:JIRA_TOKEN` in migration.yaml, or client_id and client_secret of an OAuth client."


class AtlassianCredentials(Credentials):
    """The header of each request, and the address that both REST APIs hang under. Thread-safe.

    Access tokens hold an hour; a refresh token is used up by each use and a new one comes with the answer (rotating refresh
    tokens, Atlassian's 3LO page). `client` sends the grant `client_credentials`, which Atlassian offers to service accounts.
    """

    def __init__(self, options: JsmOptions, session: Session) -> None:
        self._options = options
        self._session = session
        self._cloud = options.cloud_id
        oauth = None
        if options.way in ("client", "refresh"):
            assert options.client_secret is not None
            oauth = OAuthToken(
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
        super().__init__(
            oauth=oauth,
            bearer=options.bearer if options.way == "bearer" else None,
            basic=(options.email, options.token) if options.token else None,
            where=options.where(),
            remedy=_REMEDY,
        )

    def address(self) -> str:
        """Return where `/rest/api/3` and `/rest/servicedeskapi` hang: the site, or the gateway with the site's id.

        Raises AuthError where nothing is configured or the token may not use the site.
        """
        options = self._options
        if not options.way:
            raise AuthError("no credentials are configured", where=options.where(), remedy=_REMEDY)
        if options.way == "classic":
            return options.base_url
        if not self._cloud:
            self._cloud = self._site()
        return f"{options.gateway}/ex/jira/{self._cloud}"

    def cloud_id(self) -> str:
        """Return the id of the site that the gateway leads to; empty where requests go to the site itself."""
        return "" if self._options.way in ("classic", "") else self.address().rpartition("/")[2]

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
