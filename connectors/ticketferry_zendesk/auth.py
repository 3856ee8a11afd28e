"""Who we are to Zendesk: an OAuth client whose token is renewed, a bearer token, or an e-mail with an API token.

Clients made since 2026-04-30 get tokens of 30 minutes by default [PROBE].
"""

from ticketferry.sdk import Answer, AuthError, OAuthToken, Session
from ticketferry.sdk.credentials import Credentials
from ticketferry_zendesk.answers import refusal
from ticketferry_zendesk.options import ZendeskOptions

__all__ = ["credentials"]


def credentials(options: ZendeskOptions, session: Session) -> Credentials:
    """Return the credentials that the options name."""
    oauth = None
    if options.client_id and options.client_secret:
        oauth = OAuthToken(
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
    return Credentials(
        oauth=oauth,
        bearer=options.bearer,
        basic=(f"{options.email}/token", options.token) if options.email and options.token else None,
        where=options.where(),
        remedy="Name client_id and client_secret of an OAuth client in migration.yaml (`client_secret: env:ZENDESK_CLIENT_SECRET`).",
    )


def _refuse(response: Answer) -> None:
    if response.status_code >= 300:
        raise AuthError(
            f"Zendesk gives no token: {refusal(response)}",
            where="POST /oauth/tokens",
            remedy="Check client_id, client_secret and scope; a refresh token works once and ends after 30 days by default.",
        )
