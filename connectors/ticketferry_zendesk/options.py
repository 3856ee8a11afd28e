"""What a user can set for a Zendesk account."""

import re
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from ticketferry.sdk import Options, SecretStr, SignIn
from ticketferry.sdk.options import mail_address, web_address

__all__ = ["ZendeskOptions"]

_SUBDOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\Z", re.IGNORECASE)


class ZendeskOptions(Options):
    """Address, credentials and the way of reading.

    Credentials, the first that is complete: OAuth client (`client_id`, `client_secret`, with `refresh_token` where the client may
    not use client credentials), `bearer`, `email` with `token`. API tokens cannot be created since 2026-10-27 and end on
    2027-04-30 [DOC oauth-migration].
    """

    subdomain: str = ""
    """`acme` of acme.zendesk.com."""
    base_url: str = ""
    """Full address instead of the subdomain (`https://help.example.com`)."""
    client_id: str = ""
    """Identifier of an OAuth client; its token is renewed by itself."""
    client_secret: SecretStr | None = None
    """Secret of the OAuth client."""
    refresh_token: SecretStr | None = None
    """Refresh token of the OAuth client. Each use gives a new one, which is kept where this names the keyring (`keyring:service/user`)."""
    scope: str = "read"
    """OAuth scope; ticket audits need the whole `read` [DOC ticket_audits]."""
    bearer: SecretStr | None = None
    """OAuth access token made elsewhere; cannot be renewed."""
    email: str = ""
    """Address of an admin, for an API token."""
    token: SecretStr | None = None
    """API token."""
    history: Literal["auto", "thorough", "events"] = "auto"
    """`thorough`: the audits of each ticket, one request a ticket; `events`: the export of ticket events, 1,000 a request, checked
    against the account's own counts; `auto`: thorough up to ten minutes of it, or where it is the quicker one."""
    files: bool = True
    """Look up images that stand only in the text of comments; one more request for each ticket that has some."""
    parallel: int = Field(default=0, ge=0, le=64)
    """Requests at once while tickets are read one by one; 0: as many as the account's rate needs."""
    side_conversations: bool = True
    """Read side conversations; an account without the Collaboration add-on has none."""
    without: tuple[str, ...] = ()
    """Lists of the set-up that the account's plan does not have and refuses to show (403): `custom_statuses`, `ticket_forms`,
    `brands`, `sla_policies`, `recipient_addresses`."""
    jira_url: str = ""
    """Address of the Jira site that tickets are linked with (`https://acme.atlassian.net`), for links to its issues."""
    page_size: int = Field(default=1000, ge=1, le=1000)
    """Records that an export is asked for at once."""

    delta: Literal["append", "reimport"] = "append"
    """What becomes of a ticket that changed in the source after it was imported (target). `append`: updates, with new comments under
    their own author and their time in words; `reimport`: it is imported anew and the old copy deleted, unless somebody worked on it."""
    archive: bool = False
    """Archive closed tickets at once (target): Zendesk advises it from 750,000 tickets on; an archived ticket that is deleted cannot be restored."""
    bulk_users: bool = False
    """The account may make users in bulk (target): Zendesk's support enables it on request. Without it one user a second is made."""
    delete_forever: bool = False
    """A rollback deletes tickets for good instead of moving them to the deleted tickets, which Zendesk keeps for 30 days (target)."""
    largest_file: int = Field(default=50_000_000, ge=1)
    """Bytes that one attachment may have (target); what is larger is not uploaded, and told."""

    shapes: ClassVar[frozenset[str]] = frozenset(
        {"archive", "bulk_users", "delete_forever", "delta", "largest_file"}
    )

    address: ClassVar[tuple[str, ...]] = ("subdomain", "base_url")
    sign_ins: ClassVar[tuple[SignIn, ...]] = (
        SignIn("oauth", "OAuth client with client credentials", ("client_id", "client_secret")),
        SignIn(
            "refresh",
            "OAuth client that a person authorized",
            ("client_id", "client_secret", "refresh_token"),
        ),
        SignIn("bearer", "OAuth access token made elsewhere; cannot be renewed", ("bearer",)),
        SignIn(
            "token",
            "API token; none can be created since 2026-10-27, all end on 2027-04-30",
            ("email", "token"),
        ),
    )

    @property
    def way(self) -> str:
        """`client`, `refresh`, `bearer`, `api-token`, or empty where nothing complete is configured."""
        if self.client_id and self.client_secret:
            return "refresh" if self.refresh_token else "client"
        if self.bearer:
            return "bearer"
        return "api-token" if self.email and self.token else ""

    @classmethod
    def placed(cls, text: str) -> dict[str, str]:
        """Return the subdomain of an address of Zendesk's own, else the address."""
        text = text.strip()
        host = (urlsplit(text).hostname if "://" in text else text) or ""
        own = host.lower().removesuffix(".zendesk.com")
        if own != host.lower() or ("://" not in text and "." not in text):
            return {"subdomain": own}
        whole = text if "://" in text else f"https://{text}"
        return {"base_url": whole.rstrip("/")}

    _address = field_validator("base_url")(web_address("https://help.example.com", empty=True))
    _mail = field_validator("email")(mail_address("the admin"))

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if bool(self.subdomain) == bool(self.base_url):
            msg = "set either subdomain or base_url"
            raise ValueError(msg)
        if self.subdomain and not _SUBDOMAIN.match(self.subdomain):
            msg = "subdomain is the first part of the address only: `acme` of acme.zendesk.com"
            raise ValueError(msg)
        return self

    def where(self) -> str:
        """Return the account's address."""
        return self.base_url or f"https://{self.subdomain}.zendesk.com"
