"""What is asked before anything is read: who we are, what we may see, and what nobody can."""

from typing import Any
from urllib.parse import urlsplit

from ticketferry.sdk import (
    AuthError,
    DeskIdentity,
    FatalError,
    Finding,
    RejectedError,
    Session,
    counted,
)
from ticketferry_zendesk import rights, tokens
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.wire import Row

__all__ = ["check", "identity"]

_NOBODY = "Zendesk does not know these credentials (it answers as for an anonymous user)"
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
        raise AuthError(_NOBODY, where=where, remedy=_SIGN_IN)
    token = tokens.current(client, options)
    found.append(_identity(client, me, where))
    found += _restrictions(me, where, options)
    refused = _exports(client, where, options)
    found += refused or rights.missing(client, options)
    found += _invisible(client, where, session)
    found += _pace(client, where, options)
    found += tokens.tell(client, options, session, token, me)
    return found


def identity(client: ZendeskClient, where: str) -> DeskIdentity:
    """Return the account's id and its own host.

    `GET /api/v2/account` is in no document of Zendesk's, but its own agent screens and many public clients ask it; where it
    does not answer, the address that an account writes into its records tells the subdomain [OAS UserObject url]. Raises
    AuthError where the credentials are not accepted, or there is no account.
    """
    try:
        found = client.get("/account", endpoint="account").get("account")
    except RejectedError as error:
        if error.status not in (400, 403, 404, 501):
            raise
        found = None
    except FatalError:
        found = None
    if isinstance(found, dict) and found.get("id") is not None:
        subdomain = str(found.get("subdomain") or "")
        return DeskIdentity(str(found["id"]), _host(found.get("url")) or subdomain or _host(where))
    try:
        me = client.get("/users/me", endpoint="users.me").get("user") or {}
    except RejectedError as error:
        if error.status != 404:
            raise
        raise AuthError(
            f"there is no Zendesk account at {where}", where=where, remedy="Check subdomain or base_url."
        ) from error
    if me.get("id") is None:
        raise AuthError(_NOBODY, where=where, remedy=_SIGN_IN)
    return DeskIdentity("", _host(me.get("url")) or _host(where))


def _host(address: object) -> str:
    return urlsplit(str(address or "")).netloc


def _restrictions(me: Row, where: str, options: ZendeskOptions) -> list[Finding]:
    """What the person behind the credentials may not see, whatever the token's scope [OAS UserObject]."""
    found: list[Finding] = []
    if me.get("role") != "admin":
        message = f"{me.get('email') or me.get('name')} is {me.get('role')}; exports are for admins only"
        found.append(_blocker("ZD-ROLE-001", where, message, options))
    limits = []
    if me.get("ticket_restriction"):
        limits.append(f"tickets are restricted to `{me['ticket_restriction']}`")
    elif me.get("restricted_agent") and me.get("role") != "admin":
        limits.append("tickets are restricted, private groups among them")
    if me.get("only_private_comments"):
        limits.append("only internal comments may be written")
    separation = me.get("separation")
    if isinstance(separation, dict) and separation.get("scope") == "brand":
        limits.append(f"only the brand {separation.get('brand_id')} is seen")
    if limits:
        message = f"{me.get('email') or me.get('name')} does not see everything: {'; '.join(limits)}"
        found.append(_blocker("ZD-INVISIBLE-001", where, message, options))
    return found


def _identity(client: ZendeskClient, me: Row, where: str) -> Finding:
    try:
        count = client.count("/tickets/count", endpoint="tickets.count")
    except RejectedError:
        count = None
    number = "an unknown number of" if count is None else f"{count:,}"
    who = me.get("email") or me.get("name")
    return Finding.info("ZD-ACCOUNT-001", where, f"signed in as {who} ({me.get('role')}); {number} tickets")


def _exports(client: ZendeskClient, where: str, options: ZendeskOptions) -> list[Finding]:
    try:
        export = client.page(
            client.exported("/incremental/tickets/cursor", "tickets", support_type_scope="all", per_page=10)
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
    return Finding.blocker(code, where, message, remedy + ".")


def _pace(client: ZendeskClient, where: str, options: ZendeskOptions) -> list[Finding]:
    """Tell the account's own limit, as its answers do, and what reading takes with it."""
    if client.limit is None:
        return []
    message = f"the account allows {client.limit:,} requests a minute, {int(client.limit * client.pacer.share):,} of them are ours"
    if client.pacer.share < 1:
        message += f" (pace.share {client.pacer.share:g})"
    message += "; exports have 10 a minute of their own, 30 with the High Volume add-on, and leave out the newest minute"
    if options.history != "events":
        message += f"; {client.limit:,} tickets a minute can be read one by one"
    return [Finding.info("ZD-RATE-001", where, message, count=client.limit)]


def _invisible(client: ZendeskClient, where: str, session: Session) -> list[Finding]:
    found: list[Finding] = [*_private_groups(client, where), *_beside(client, where, session)]
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
            (
                "deleted tickets stand in the desk's list of the last 30 days; an extract counts older ones too, whose text"
                " Zendesk has scrubbed, and reads all of them without comments"
            ),
            "Restore in Zendesk what must be kept.",
        ),
    ):
        number = _total(client, path)
        if number is None:
            found.append(Finding.doubt(code, where, f"{path} cannot be read: how many is not known", remedy))
        elif number:
            found.append(Finding.info(code, where, f"{number:,} {said}", remedy, count=number))
    return found


def _private_groups(client: ZendeskClient, where: str) -> list[Finding]:
    """Name the groups whose tickets others than their members and admins do not see: they must stay closed in the target."""
    try:
        names = [
            str(row.get("name"))
            for row in client.every("/groups", "groups", endpoint="check.groups")
            if row.get("is_public") is False
        ]
    except RejectedError:
        return []
    if not names:
        return []
    message = f"{counted(len(names), 'private group')}: {', '.join(sorted(names)[:5])}; only an admin sees their tickets"
    return [Finding.info("ZD-GROUP-001", where, message, count=len(names))]


def _beside(client: ZendeskClient, where: str, session: Session) -> list[Finding]:
    """What hangs on tickets and may not be shown: side conversations (an add-on), links with Jira (a switch of the integration)."""
    start = int(session.clock.time()) - 120
    found: list[Finding] = []
    for path, params, code, said, remedy in (
        (
            "/tickets/side_conversations/events",
            {"start_time": start},
            "ZD-SIDE-001",
            "side conversations are not shown: the account lacks the Collaboration add-on, or the credentials the right",
            "If agents use side conversations, read with an admin's credentials.",
        ),
        (
            "/api/services/jira/links",
            {},
            "ZD-JIRA-001",
            "links with Jira issues are not shown: there is no integration, or `Manage links` is off",
            "Admin Center, Apps and integrations, Integrations, Jira: switch `Manage links` on.",
        ),
    ):
        try:
            client.get(path, params, endpoint="check.beside", group="side")
        except (RejectedError, FatalError):
            found.append(Finding.info(code, where, said, remedy))
    return found


def _total(client: ZendeskClient, path: str) -> int | None:
    """Ask for one record by page number: that dialect tells how many there are."""
    group = "deleted" if path == "/deleted_tickets" else "read"
    try:
        found: Any = client.get(path, {"page": 1, "per_page": 1}, endpoint=path.strip("/"), group=group).get(
            "count"
        )
    except RejectedError:
        return None
    return found if isinstance(found, int) else None
