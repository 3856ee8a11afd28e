"""What a user sets for a Jira Service Management site."""

import re
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from ticketferry.sdk import Options, SecretStr, SignIn
from ticketferry.sdk.options import mail_address, web_address

from .endpoints import FILE_ISSUES

__all__ = ["JsmOptions", "Way"]

Way = Literal["client", "refresh", "bearer", "scoped", "classic", ""]


class JsmOptions(Options):
    """Address, credentials and projects of a Jira Cloud site.

    Credentials, the first that is complete: OAuth (`client_id` and `client_secret`, with `refresh_token` where a person
    authorized the client), `bearer`, `email` with `token`. With `cloud_id` a token is taken for one with scopes, which the
    site's own address refuses; OAuth always goes through the gateway.
    """

    base_url: str
    """Address of the site, `https://acme.atlassian.net`."""
    email: str = ""
    """E-mail of the account that the token belongs to; it must be in the role Service Desk Team of every project."""
    token: SecretStr | None = None
    """API token of that account."""
    cloud_id: str = ""
    """Id of the site for tokens with scopes, which the site's own address refuses; empty for classic tokens."""
    projects: Annotated[list[str], Field(default_factory=list)]
    """Keys of the service projects that take part; empty: all service desks of the site. `service_desks` of migration.yaml says the same."""
    client_id: str = ""
    """Identifier of an OAuth client; its token is renewed by itself."""
    client_secret: SecretStr | None = None
    """Secret of that client."""
    refresh_token: SecretStr | None = None
    """Refresh token of a client that a person authorized. Each use gives a new one, which is kept where this names the keyring
    (`keyring:service/user`)."""
    bearer: SecretStr | None = None
    """An OAuth access token that is not renewed."""
    gateway: str = "https://api.atlassian.com"
    """Address of Atlassian's gateway for tokens with scopes and OAuth."""
    auth_url: str = "https://auth.atlassian.com"
    """Address that gives OAuth tokens."""
    remote_links: bool = True
    """Read links to addresses outside of Jira: one request an issue, since no API gives those of many issues."""
    import_issues: Annotated[int, Field(default=FILE_ISSUES, ge=1, le=1_500)]
    """Issues of one import file (`way: import-file`)."""

    address: ClassVar[tuple[str, ...]] = ("base_url",)
    service_desks: ClassVar[str] = "projects"
    sign_ins: ClassVar[tuple[SignIn, ...]] = (
        SignIn("token", "API token of an account", ("email", "token")),
        SignIn("scoped", "API token with scopes", ("email", "token", "cloud_id")),
        SignIn("oauth", "OAuth client with client credentials", ("client_id", "client_secret")),
        SignIn(
            "refresh",
            "OAuth client that a person authorized",
            ("client_id", "client_secret", "refresh_token"),
        ),
        SignIn("bearer", "OAuth access token made elsewhere; cannot be renewed", ("bearer",)),
    )

    @classmethod
    def placed(cls, text: str) -> dict[str, str]:
        """Return the site's address; a stand-in on this machine is its own gateway and gives its own tokens."""
        text = text.strip()
        if re.fullmatch(r"[\w-]+", text):
            text += ".atlassian.net"
        if "://" not in text:
            text = f"https://{text}"
        parts = urlsplit(text.rstrip("/"))
        text = parts.geturl()  # with the scheme in small letters
        if parts.hostname in ("127.0.0.1", "localhost", "::1"):
            return {"base_url": text, "gateway": text, "auth_url": text}
        return {"base_url": f"{parts.scheme}://{parts.netloc}"}

    _addresses = field_validator("base_url", "gateway", "auth_url")(web_address("https://acme.atlassian.net"))
    _mail = field_validator("email")(mail_address("the account"))

    @field_validator("projects")
    @classmethod
    def _keys(cls, value: list[str]) -> list[str]:
        return [key.strip().upper() for key in value]

    @property
    def way(self) -> Way:
        """How requests are signed; empty where nothing complete is configured."""
        if self.client_id and self.client_secret:
            return "refresh" if self.refresh_token else "client"
        if self.bearer:
            return "bearer"
        if self.email and self.token:
            return "scoped" if self.cloud_id else "classic"
        return ""

    def where(self) -> str:
        """Return the site's address."""
        return self.base_url
