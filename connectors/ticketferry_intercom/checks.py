"""What `check` asks of a workspace: who we are, what the token may read, and what nobody can see through this API."""

from collections.abc import Iterator

from ticketferry.sdk import AuthError, Finding, RejectedError, Severity
from ticketferry_intercom.client import IntercomClient, listing, search
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.wire import some

__all__ = ["reading", "writing"]

_INVISIBLE = (
    ("INTERCOM-COMPANIES", "companies that no contact belongs to are listed nowhere and do not come"),
    ("INTERCOM-DELETED", "conversations and contacts that were deleted are told nowhere: a later extract does not notice; a new one does"),
    ("INTERCOM-ATTRIBUTES", "no API of this version lists conversation attributes: those that the mapping names stand in `attributes`"),
)  # fmt: skip


def _finding(code: str, severity: Severity, message: str, remedy: str = "", where: str = "") -> Finding:
    return Finding(code, severity, None, where, message, remedy)


def reading(client: IntercomClient, options: IntercomOptions) -> list[Finding]:
    """Say who we are and what the token may read; what is missing is named with the permission."""
    me = client.get("/me", endpoint="check.me")
    app, where = some(me.get("app")), options.base_url
    region = str(app.get("region") or "")
    found = [
        _finding("INTERCOM-WORKSPACE", Severity.INFO, f"{app.get('name')} ({region}), as {me.get('name')}", where=where)
    ]  # fmt: skip
    if options.region and region and region != options.region:
        told = f"the workspace lies in {region}, the address is that of {options.region}"
        found.append(_finding("INTERCOM-REGION", Severity.BLOCKER, told, f"Set `base_url: {region.lower()}`.", where))  # fmt: skip
    found += _rights(client)
    return [*found, *(_finding(code, Severity.INFO, message) for code, message in _INVISIBLE)]


def _rights(client: IntercomClient) -> Iterator[Finding]:
    lists = {
        "Read conversations": search("conversations", [("created_at", ">", 0)], endpoint="check.conversations", size=1),
        "Read tickets": search("tickets", [("created_at", ">", 0)], endpoint="check.tickets", size=1),
        "Read and list users and companies": listing("/contacts", "data", endpoint="check.contacts", size=1),
        "Read admins": listing("/admins", "admins", endpoint="check.admins", size=1),
        "Read tags": listing("/tags", "data", endpoint="check.tags", size=1),
    }  # fmt: skip
    for permission, listed in lists.items():
        try:
            client.page(listed)
        except (AuthError, RejectedError) as error:
            # A plan without tickets has none to read.
            severity = Severity.DOUBT if permission == "Read tickets" else Severity.BLOCKER
            remedy = f"Give the app of the token the permission “{permission}” (Developer Hub > your app > Authentication)."
            yield _finding("INTERCOM-RIGHT", severity, f"{listed.request.where}: {error.message}", remedy)


def writing(client: IntercomClient, options: IntercomOptions) -> Iterator[Finding]:
    """Ask for each conversation attribute that the target fills, by a search: no API lists them, and one that is not there is refused."""
    for name in (options.mark_attribute, *options.attributes):
        severity, told, remedy = Severity.INFO, f"conversation attribute {name!r} is there", ""
        try:
            client.total(
                "conversations", [(f"custom_attributes.{name}", "=", "ticketferry")], endpoint="check.attribute",
            )  # fmt: skip
        except RejectedError as error:
            severity, told = (
                Severity.BLOCKER, f"no conversation attribute {name!r} that can be searched: {error.message}",
            )  # fmt: skip
            remedy = f"Make it: Settings > Data > Conversations > create attribute {name!r}, format text."
        yield _finding("INTERCOM-ATTRIBUTE", severity, told, remedy)
