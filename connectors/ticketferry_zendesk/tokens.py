"""What the credentials are: their scopes, whether they could write, when they end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from ticketferry.sdk import FatalError, Finding, RejectedError, Session, Severity
from ticketferry.sdk.preflight import CredentialEnd, jwt_end
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.wire import Row, moment

__all__ = ["Token", "current", "end_of", "of_target", "tell"]

_LAST_DAY = datetime(2027, 4, 30, tzinfo=UTC)
"""API tokens stop then; none can be created since 2026-10-27; one that is idle for 30 days is switched off [DOC oauth-migration]."""
_SOON_DAYS = 14


class Token(NamedTuple):
    """An OAuth token as the account describes it; None for what it does not say."""

    scopes: tuple[str, ...] | None = None
    until: datetime | None = None


def current(client: ZendeskClient, options: ZendeskOptions) -> Token:
    """Ask for the properties of the token in use [OAS ShowCurrentToken]; nothing is known of an API token."""
    if options.way == "api-token":
        return Token()
    try:
        row = client.get("/oauth/tokens/current", endpoint="oauth.current").get("token")
    except (RejectedError, FatalError):
        return Token()
    if not isinstance(row, dict):
        return Token()
    scopes = row.get("scopes")
    told = tuple(str(one) for one in scopes) if isinstance(scopes, list) else None
    return Token(told, moment(row.get("expires_at")))


def end_of(client: ZendeskClient, options: ZendeskOptions) -> CredentialEnd:
    """Return when the credentials end; one request, none for an API token."""
    page = f"{options.where()}/admin/apps-integrations/apis/zendesk-api"
    match options.way:
        case "api-token":
            return CredentialEnd("API token", _LAST_DAY, note="and after 30 days without use", page=page)
        case "bearer":
            until = current(client, options).until
            if until is None and options.bearer is not None:
                until = jwt_end(options.bearer.get_secret_value())
            return CredentialEnd("bearer token", until, note="it cannot be renewed", page=page)
        case _:
            until = current(client, options).until
            held = client.credentials.until
            if until is None and held not in (None, float("inf")):
                until = datetime.fromtimestamp(held or 0.0, UTC)
            if client.credentials.kept is False:
                return CredentialEnd(
                    "access token",
                    until,
                    note="its refresh token was used up and could not be kept",
                    page=page,
                )
            return CredentialEnd("access token", until, renewed=True)


def tell(
    client: ZendeskClient, options: ZendeskOptions, session: Session, token: Token, me: Row
) -> list[Finding]:
    """Return what there is to say of the credentials."""
    return [*_writing(options, token, me), *_expiry(client, options, session, token)]


def of_target(findings: Sequence[Finding]) -> list[Finding]:
    """Return what there is to say of the credentials of an account that is to be written."""
    found: list[Finding] = []
    for finding in findings:
        if finding.code == "ZD-WRITE-002":
            message = f"{finding.message}: nothing can be written"
            remedy = "Give the OAuth client of the target the scopes `read write`."
            finding = replace(  # noqa: PLW2901 -- the same finding, turned round
                finding, code="ZD-WRITE-003", severity=Severity.BLOCKER, message=message, remedy=remedy
            )
        if finding.code != "ZD-WRITE-001":  # that it may write is what is wanted here
            found.append(finding)
    return found


def _writing(options: ZendeskOptions, token: Token, me: Row) -> list[Finding]:
    """Say whether credentials for reading could write. Nothing is tried: the scopes tell, or that there are none."""
    where = options.where()
    if options.way == "api-token":
        return [
            Finding.doubt(
                "ZD-WRITE-001",
                where,
                f"an API token has no scopes: it may change whatever {me.get('role')} {me.get('email')} may",
                "Read with an OAuth client and the scope `read`.",
            )
        ]
    if token.scopes is None:
        message = "the account does not tell the token's scopes: whether it could write is not known"
        return [Finding.doubt("ZD-WRITE-001", where, message, "Use a token of the scope `read`.")]
    writing = [scope for scope in token.scopes if scope == "impersonate" or scope.split(":")[-1] == "write"]
    if not writing:
        message = f"the token's scopes ({' '.join(token.scopes)}) allow reading only"
        return [Finding.info("ZD-WRITE-002", where, message)]
    message = f"the token's scopes ({' '.join(token.scopes)}) allow changes in the account that is only read"
    remedy = "Ask for the scope `read` alone; a scope that writes is needed for a target only."
    return [Finding.doubt("ZD-WRITE-001", where, message, remedy, len(writing))]


def _expiry(client: ZendeskClient, options: ZendeskOptions, session: Session, token: Token) -> list[Finding]:
    where = options.where()
    now = session.clock.time()
    match options.way:
        case "api-token":
            days = int((_LAST_DAY.timestamp() - now) // 86_400)
            left = f"in {days} days, " if days >= 0 else "which has passed, "
            message = f"API tokens end on 2027-04-30, {left}and after 30 days without use"
            remedy = "Make an OAuth client (Admin Center, Apps and integrations, APIs) and name client_id and client_secret."
            severity = Severity.INFO if days > _SOON_DAYS else Severity.DOUBT
            return [Finding("ZD-TOKEN-001", severity, None, where, message, remedy)]
        case "bearer":
            if token.until is None:
                message = "how long the bearer token holds is not known, and it cannot be renewed"
                severity = Severity.INFO
            else:
                minutes = int((token.until.timestamp() - now) // 60)
                message = f"the bearer token ends at {_stamp(token.until)}, in {minutes} minutes, and cannot be renewed"
                severity = Severity.DOUBT if minutes < _SOON_DAYS * 1440 else Severity.INFO
            return [
                Finding(
                    "ZD-TOKEN-001",
                    severity,
                    None,
                    where,
                    message,
                    "Name client_id and client_secret instead.",
                )
            ]
        case "refresh" if client.credentials.kept is not False:
            message = "the refresh token is used up by each sign-in; the new one was put into the keyring in its place"
            return [Finding.info("ZD-TOKEN-002", where, message)]
        case "refresh":
            message = "the refresh token of migration.yaml was used up by signing in; another command needs a new one"
            remedy = (
                "Name it as `refresh_token: keyring:SERVICE/USER`, where a new one can be kept; an environment"
                " variable cannot be changed from here. Or use an OAuth client with client credentials."
            )
            return [Finding.doubt("ZD-TOKEN-002", where, message, remedy)]
        case _:
            until = token.until.timestamp() if token.until else client.credentials.until
            if until is None or until == float("inf"):
                return []
            minutes = int((until - now) // 60)
            end = _stamp(datetime.fromtimestamp(until, UTC))
            message = f"the access token holds {minutes} minutes, until {end}, and is renewed by itself"
            return [Finding.info("ZD-TOKEN-001", where, message)]


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
