"""What is asked before anything is read: who we are, what we may see, and what nobody can."""

from datetime import UTC, datetime
from typing import Any

from ticketferry.sdk import AuthError, Finding, RejectedError, Session, Severity
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.wire import Row

__all__ = ["check"]

_SIGN_IN = "Check the secret that migration.yaml names, and that it belongs to this account."


def check(client: ZendeskClient, options: ZendeskOptions, session: Session) -> list[Finding]:
    """Return the findings; BLOCKER where reading would fail. Raises AuthError where the credentials are not accepted.

    `users/me` answers 200 also to nobody: an "Anonymous user" without an id [PROBE, REC].
    """
    found: list[Finding] = []
    where = options.where()
    try:
        me = client.get("/users/me", endpoint="users.me").get("user") or {}
    except RejectedError as error:
        if error.status == 404:
            raise AuthError(
                f"there is no Zendesk account at {where}", where=where, remedy="Check subdomain or base_url."
            ) from error
        if error.status != 403:
            raise
        return [
            _blocker(
                "ZD-SCOPE-001",
                where,
                f"the credentials may not even tell who they are: {error.message}",
                options,
            )
        ]
    if me.get("id") is None:
        raise AuthError(
            "Zendesk does not know these credentials (it answers as for an anonymous user)",
            where=where,
            remedy=_SIGN_IN,
        )
    found.append(_identity(client, me, where))
    if me.get("role") != "admin":
        message = f"{me.get('email') or me.get('name')} is {me.get('role')}; exports are for admins only"
        found.append(_blocker("ZD-ROLE-001", where, message, options))
    found += _rights(client, where, options)
    found += _invisible(client, where)
    found += _expiry(client, options, session)
    return found


def _identity(client: ZendeskClient, me: Row, where: str) -> Finding:
    try:
        count = client.count("/tickets/count", endpoint="tickets.count")
    except RejectedError:
        count = None
    number = "an unknown number of" if count is None else f"{count:,}"
    who = me.get("email") or me.get("name")
    return Finding(
        "ZD-ACCOUNT-001",
        Severity.INFO,
        None,
        where,
        f"signed in as {who} ({me.get('role')}); {number} tickets",
    )


def _rights(client: ZendeskClient, where: str, options: ZendeskOptions) -> list[Finding]:
    params: dict[str, str | int] = {"support_type_scope": "all", "per_page": 10}
    try:
        export = client.export(
            "/incremental/tickets/cursor", "tickets", "", endpoint="incremental.tickets", params=params
        )
    except RejectedError as error:
        if error.status != 403:
            raise
        return [
            _blocker("ZD-EXPORT-001", where, f"incremental exports are refused: {error.message}", options)
        ]
    live = next((row for row in export.rows if row.get("status") != "deleted"), None)
    if live is None:
        return []
    try:
        client.get(f"/tickets/{live['id']}/audits", {"page[size]": 1}, endpoint="tickets.audits")
    except RejectedError as error:
        if error.status != 403:
            return []
        return [_blocker("ZD-SCOPE-001", where, f"ticket audits are refused: {error.message}", options)]
    return []


def _blocker(code: str, where: str, message: str, options: ZendeskOptions) -> Finding:
    remedy = "Use the credentials of an admin"
    if options.client_id or options.bearer:
        remedy += " and a token with the whole scope `read`; `tickets:read` does not suffice for audits"
    return Finding(code, Severity.BLOCKER, None, where, message, remedy + ".")


def _invisible(client: ZendeskClient, where: str) -> list[Finding]:
    found: list[Finding] = []
    for path, code, said, remedy in (
        (
            "/suspended_tickets",
            "ZD-SUSPENDED-001",
            "mails wait in the queue of suspended tickets; they are no tickets and are not migrated",
            "Recover or delete them in Zendesk; the queue is emptied after 14 days by itself.",
        ),
        (
            "/deleted_tickets",
            "ZD-DELETED-001",
            "deleted tickets are read without their comments; after 30 days Zendesk scrubs their text too",
            "Restore in Zendesk what must be kept.",
        ),
    ):
        number = _total(client, path)
        if number is None:
            found.append(
                Finding(
                    code, Severity.DOUBT, None, where, f"{path} cannot be read: how many is not known", remedy
                )
            )
        elif number:
            found.append(
                Finding(code, Severity.INFO, None, where, f"{number:,} {said}", remedy, count=number)
            )
    return found


def _total(client: ZendeskClient, path: str) -> int | None:
    """Ask for one record by page number: that dialect tells how many there are."""
    try:
        found: Any = client.get(path, {"page": 1, "per_page": 1}, endpoint=path.strip("/")).get("count")
    except RejectedError:
        return None
    return found if isinstance(found, int) else None


def _expiry(client: ZendeskClient, options: ZendeskOptions, session: Session) -> list[Finding]:
    where = options.where()
    match client.credentials.way:
        case "api-token":
            message = "API tokens end on 2027-04-30, and after 30 days without use"
            remedy = "Make an OAuth client (Admin Center, Apps and integrations, APIs) and name client_id and client_secret."
            return [Finding("ZD-TOKEN-001", Severity.INFO, None, where, message, remedy)]
        case "bearer":
            message = "how long the bearer token holds is not known, and it cannot be renewed"
            return [
                Finding(
                    "ZD-TOKEN-001",
                    Severity.INFO,
                    None,
                    where,
                    message,
                    "Name client_id and client_secret instead.",
                )
            ]
        case "refresh":
            message = "the refresh token of migration.yaml was used up by signing in; another command needs a new one"
            return [
                Finding(
                    "ZD-TOKEN-002",
                    Severity.DOUBT,
                    None,
                    where,
                    message,
                    "Use an OAuth client with client credentials.",
                )
            ]
        case _:
            until = client.credentials.until
            if until is None or until == float("inf"):
                return []
            minutes = int((until - session.clock.time()) // 60)
            end = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            message = f"the access token holds {minutes} minutes, until {end}, and is renewed by itself"
            return [Finding("ZD-TOKEN-001", Severity.INFO, None, where, message)]
