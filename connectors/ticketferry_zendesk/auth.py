"""Who we are to Zendesk: an OAuth client whose token is renewed, a bearer token, or an e-mail with an API token."""

import base64
from collections.abc import Mapping

from ticketferry.sdk import Answer, AuthError, OAuthToken, Session
from ticketferry_zendesk.answers import refusal
from ticketferry_zendesk.options import ZendeskOptions

__all__ = ["ZendeskCredentials"]


class ZendeskCredentials:
    """Gives the Authorization header of each request and renews OAuth tokens: before they end, and once after a 401.

    Clients made since 2026-04-30 get tokens of 30 minutes by default [PROBE]. Safe for use by several threads.
    """

    def __init__(self, options: ZendeskOptions, session: Session) -> None:
        self._options = options
        self._oauth: OAuthToken | None = None
        if options.client_id and options.client_secret:
            self._oauth = OAuthToken(
                session,
                base_url=options.where(),
                path="/oauth/tokens",  # [OAS CreateTokenForGrantType]
                request={
                    "client_id": options.client_id,
                    "client_secret": options.client_secret.get_secret_value(),
                    "scope": options.scope,
                },
                refresh=options.refresh_token.get_secret_value() if options.refresh_token else "",
                refuse=_refuse,
            )

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
        return self._oauth.until if self._oauth else None

    @property
    def kept(self) -> bool | None:
        """Whether the newest refresh token was kept for the next command; None where none was given yet."""
        return self._oauth.kept if self._oauth else None

    def close(self) -> None:
        """Give back connections."""
        if self._oauth is not None:
            self._oauth.close()

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
                assert self._oauth is not None
                value = "Bearer " + self._oauth.current()
        return {"Authorization": value, "Accept": "application/json"}

    def renew(self) -> bool:
        """Take a new token after a 401; False where there is none to take, or where the refused one was new itself."""
        return self._oauth.renew() if self._oauth else False

    def learn(self, response: Answer) -> None:
        """Note that the present token works."""
        if self._oauth is not None:
            self._oauth.learn(response)


def _refuse(response: Answer) -> None:
    if response.status_code >= 300:
        raise AuthError(
            f"Zendesk gives no token: {refusal(response)}",
            where="POST /oauth/tokens",
            remedy="Check client_id, client_secret and scope; a refresh token works once and ends after 30 days by default.",
        )
