"""What `check` asks of a workspace: who we are, what the token may read, and what nobody can see through this API."""

from collections.abc import Iterator

from ticketferry.sdk import Finding, RejectedError, Severity
from ticketferry.sdk.rest.client import RestClient
from ticketferry.sdk.rest.rights import unreadable
from ticketferry.sdk.shapes import object_at
from ticketferry_intercom.client import listing, search
from ticketferry_intercom.options import IntercomOptions

__all__ = ["reading", "writing"]

_INVISIBLE = {
    "INTERCOM-COMPANIES": "companies that no contact belongs to are listed nowhere and do not come",
    "INTERCOM-DELETED": "conversations and contacts that were deleted are told nowhere: a later extract does not notice; a new one does",
    "INTERCOM-ATTRIBUTES": "no API of this version lists conversation attributes: those that the mapping names stand in `attributes`",
}
_EVER = (("created_at", ">", 0),)
_TICKETS = "Read tickets"
_RIGHTS = {
    "Read conversations": search("conversations", _EVER, endpoint="check.conversations"),
    _TICKETS: search("tickets", _EVER, endpoint="check.tickets"),
    "Read and list users and companies": listing("/contacts", "data", endpoint="check.contacts", size=1),
    "Read admins": listing("/admins", "admins", endpoint="check.admins", size=1),
    "Read tags": listing("/tags", "data", endpoint="check.tags", size=1),
}
_GIVE = "Give the app of the token the permission “{right}” (Developer Hub > your app > Authentication)."


def _finding(code: str, severity: Severity, message: str, remedy: str = "", where: str = "") -> Finding:
    return Finding(f"INTERCOM-{code}", severity, None, where, message, remedy)


def reading(client: RestClient, options: IntercomOptions) -> Iterator[Finding]:
    """Say who we are and what the token may read; what is missing is named with the permission."""
    me = client.get("/me", endpoint="check.me")
    app, where = object_at(me, "app"), options.base_url
    region = str(app.get("region") or "")
    told = f"{app.get('name')} ({region}), as {me.get('name')}"
    yield _finding("WORKSPACE", Severity.INFO, told, where=where)
    if options.region and region and region != options.region:
        told = f"the workspace lies in {region}, the address is that of {options.region}"
        yield _finding("REGION", Severity.BLOCKER, told, f"Set `base_url: {region.lower()}`.", where)
    # A plan without tickets has none to read.
    yield from unreadable(client, _RIGHTS, code="INTERCOM-RIGHT", remedy=_GIVE, optional={_TICKETS})
    for code, message in _INVISIBLE.items():
        yield Finding(code, Severity.INFO, None, "", message)


def writing(client: RestClient, options: IntercomOptions) -> Iterator[Finding]:
    """Ask for each conversation attribute that the target fills, by a search: no API lists them, and one that is not there is refused."""
    for name in (options.mark_attribute, *options.attributes):
        asked = search("conversations", [(f"custom_attributes.{name}", "=", "x")], endpoint="check.attribute")
        try:
            client.total(asked)
        except RejectedError as error:
            told = f"no conversation attribute {name!r} that can be searched: {error.message}"
            remedy = f"Make it: Settings > Data > Conversations > create attribute {name!r}, format text."
            yield _finding("ATTRIBUTE", Severity.BLOCKER, told, remedy)
        else:
            yield _finding("ATTRIBUTE", Severity.INFO, f"conversation attribute {name!r} is there")
