"""Who we are to a desk: a name with a secret (Basic), a token (Bearer), or an OAuth client whose tokens are renewed by themselves."""

import base64
from collections.abc import Mapping

from ticketferry.errors import AuthError
from ticketferry.sdk.http import Answer
from ticketferry.sdk.oauth import OAuthToken
from ticketferry.sdk.options import SecretStr

__all__ = ["Credentials"]


class Credentials:
    """Gives the Authorization header of each request, and renews OAuth tokens: before they end, and once after a 401. Thread-safe.

    One of `basic` (a name and its secret), `bearer` and `oauth` counts, in the order oauth, bearer, basic; with none of them each request
    raises AuthError, which names `where` and tells by `remedy` what to configure.
    """

    def __init__(
        self,
        *,
        basic: tuple[str, SecretStr] | None = None,
        bearer: SecretStr | None = None,
        oauth: OAuthToken | None = None,
        where: str = "",
        remedy: str = "",
    ) -> None:
        self._basic = basic
        self._bearer = bearer
        self._oauth = oauth
        self._where = where
        self._remedy = remedy

    @property
    def until(self) -> float | None:
        """Unix seconds at which the present token ends, None where that is not known."""
        return self._oauth.until if self._oauth else None

    @property
    def kept(self) -> bool | None:
        """Whether the newest refresh token was kept for the next command; None where none was given yet."""
        return self._oauth.kept if self._oauth else None

    def headers(self) -> Mapping[str, str]:
        """Return the headers of a request. Raises AuthError where nothing is configured or no token is given."""
        if self._oauth is not None:
            value = "Bearer " + self._oauth.current()
        elif self._bearer is not None:
            value = "Bearer " + self._bearer.get_secret_value()
        elif self._basic is not None:
            name, secret = self._basic
            value = "Basic " + base64.b64encode(f"{name}:{secret.get_secret_value()}".encode()).decode()
        else:
            raise AuthError("no credentials are configured", where=self._where, remedy=self._remedy)
        return {"Authorization": value, "Accept": "application/json"}

    def renew(self) -> bool:
        """Take a new token after a 401; False where there is none to take, or where the refused one was new itself."""
        return self._oauth.renew() if self._oauth else False

    def learn(self, response: Answer) -> None:
        """Note that the present token works."""
        if self._oauth is not None:
            self._oauth.learn(response)

    def close(self) -> None:
        """Give back connections."""
        if self._oauth is not None:
            self._oauth.close()
