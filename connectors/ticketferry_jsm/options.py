"""What a user sets for a Jira Service Management site."""

from typing import Annotated

from pydantic import Field, field_validator

from ticketferry.sdk import Options, SecretStr

from .endpoints import FILE_ISSUES

__all__ = ["JsmOptions"]

_GATEWAY = "https://api.atlassian.com/ex/jira/"


class JsmOptions(Options):
    """Address, account and projects of a Jira Cloud site."""

    base_url: str
    """Address of the site, `https://acme.atlassian.net`."""
    email: str
    """E-mail of the account that the token belongs to; it must be in the role Service Desk Team of every project."""
    token: SecretStr
    """API token of that account."""
    cloud_id: str = ""
    """Id of the site for tokens with scopes, which the site's own address refuses; empty for classic tokens."""
    projects: Annotated[list[str], Field(default_factory=list)]
    """Keys of the service projects that take part; empty: all service desks of the site."""

    import_issues: Annotated[int, Field(default=FILE_ISSUES, ge=1, le=1_500)]
    """Issues of one import file (`way: import-file`)."""

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            msg = "write the whole address, such as https://acme.atlassian.net"
            raise ValueError(msg)
        return value.rstrip("/")

    @field_validator("projects")
    @classmethod
    def _keys(cls, value: list[str]) -> list[str]:
        return [key.strip().upper() for key in value]

    @property
    def api_url(self) -> str:
        """Return where `/rest/api/3` and `/rest/servicedeskapi` hang: the site, or the gateway for tokens with scopes."""
        return f"{_GATEWAY}{self.cloud_id}" if self.cloud_id else self.base_url

    def where(self) -> str:
        """Return the site's address."""
        return self.base_url
