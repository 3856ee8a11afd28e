"""What `check` asks of a workspace: who we are, what the token may read, and what nobody can see through this API."""

from collections.abc import Iterator

from ticketferry.sdk import Finding, RejectedError, Severity, counted
from ticketferry.sdk.rest.client import RestClient, RestList
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry.sdk.rest.rights import unreadable
from ticketferry.sdk.shapes import object_at
from ticketferry_intercom.client import EVER, deleted, listing, search, single
from ticketferry_intercom.options import IntercomOptions

__all__ = ["reading", "writing"]

_INVISIBLE = {
    "COMPANIES": "companies that no contact belongs to are listed nowhere and do not come",
    "ATTRIBUTES": "no API of this version lists conversation attributes: those that the mapping names stand in `attributes`",
}
_WRITES = "no API tells what the token may write: “Write conversations”, “Write users and companies”, “Write tags” are needed"
_STAND_IN = (
    "Make a contact for that, and name in `stand_in` its id, which stands in the address of its profile."
)
_PEOPLE = "Read and list users and companies"
_RIGHTS = (
    ("Read conversations", search("conversations", EVER, endpoint="check.conversations")),
    ("Read tickets", search("tickets", EVER, endpoint="check.tickets")),
    (_PEOPLE, listing("/contacts", "data", endpoint="check.contacts", size=1)),
    (_PEOPLE, RestList(RestRequest("/companies/list", method="POST"), "data", "check.companies")),
    ("Read admins", single("/admins", "admins", "check.admins")),
    ("Read admins", single("/teams", "teams", "check.teams")),
    ("Read tags", single("/tags", "data", "check.tags")),
)
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
    yield from unreadable(client, _RIGHTS, code="INTERCOM-RIGHT", remedy=_GIVE, optional={"check.tickets"})
    for code, message in _INVISIBLE.items():
        yield _finding(code, Severity.INFO, message)
    count = client.total(deleted("check.deleted", 1), absent=(400, 403, 404))
    told = (
        f"{counted(count or 0, 'deleted conversation')} listed; deleted contacts and tickets are told nowhere"
    )
    if count is None:
        told = "what was deleted is told nowhere: a later extract does not notice; a new one does"
    yield _finding("DELETED", Severity.INFO if count is not None else Severity.DOUBT, told)


def writing(client: RestClient, options: IntercomOptions) -> Iterator[Finding]:
    """Ask for the contact that stands in, and for each conversation attribute that is filled, by a search: no API lists them, and one that
    is not there is refused.
    """
    yield _finding("WRITES", Severity.INFO, _WRITES)
    if options.stand_in:
        contact = client.show(f"/contacts/{options.stand_in}", endpoint="check.stand_in")
        if contact is None:
            told = f"there is no contact {options.stand_in!r}, which `stand_in` names"
            yield _finding("STAND-IN", Severity.BLOCKER, told, _STAND_IN)
        else:
            told = f"{contact.get('name') or contact.get('email')} stands in where the requester cannot ask"
            yield _finding("STAND-IN", Severity.INFO, told)
    else:
        told = "no contact is named in `stand_in`: tickets that teammates asked, or customers never saw, are refused"
        yield _finding("STAND-IN", Severity.DOUBT, told, _STAND_IN)
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
