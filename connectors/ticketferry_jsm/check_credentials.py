"""What the credentials can do, when they end, and what their kind costs in speed."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ticketferry.sdk import AuthError, Finding, RejectedError
from ticketferry.sdk.preflight import CredentialEnd, jwt_end

from .budget import COST, CREATED, POINTS
from .client import JsmClient
from .options import JsmOptions
from .wire import API, DESK_API, neutral_time

__all__ = ["check_credentials", "credential_end"]

_OAUTH = ("client", "refresh", "bearer")
_SKEW = 120.0
_PROBES = (
    ("read:jira-work", "read issues", f"{API}/issueLinkType", "link_type.list", ""),
    ("manage:jira-project", "read screens", f"{API}/screens", "screen.list", "maxResults"),
    (
        "manage:jira-configuration", "read workflows, their schemes, priorities and field options", f"{API}/workflows/search", "workflow.search",
        "maxResults",
    ),
    ("read:servicedesk-request", "read service desks and requests", f"{DESK_API}/servicedesk", "desk.list", "limit"),
    ("manage:servicedesk-customer", "read customers and organizations", f"{DESK_API}/organization", "organization.list", "limit"),
)  # fmt: skip
"""Scope, what it is for, a read that needs it, and how one row of it is asked for [P, S security]. Scopes to write cannot be tried without writing."""


def check_credentials(client: JsmClient, options: JsmOptions) -> Iterator[Finding]:
    """Yield findings on scopes, expiry, cost and clock. Raises AuthError where nothing can be read."""
    where = options.where()
    if options.way != "classic":
        yield from _scopes(client, where)
    yield _expiry(client, options)
    yield _cost(client, options)
    yield from _clock(client, where)


def _scopes(client: JsmClient, where: str) -> Iterator[Finding]:
    lacking: list[str] = []
    for scope, why, path, endpoint, most in _PROBES:
        try:
            client.get(path, {most: 1} if most else None, endpoint=endpoint)
        except AuthError as error:
            if "scope" not in error.message.casefold():
                raise
            lacking.append(f"{scope} ({why})")
        except RejectedError:
            continue  # a right, not a scope: told below
    if lacking:
        yield Finding.blocker(
            "JSM-SCOPE", where, f"the token lacks the scopes {', '.join(lacking)}",
            "Make a token with these scopes too; a target also needs write:jira-work and write:servicedesk-request.", len(lacking),
        )  # fmt: skip


def _expiry(client: JsmClient, options: JsmOptions) -> Finding:
    where = options.where()
    until = client.credentials.until
    if options.way in ("client", "refresh") and until is not None and until != float("inf"):
        end = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = f"the access token holds until {end} and is renewed by itself"
        if options.way == "client":
            return Finding.info("JSM-TOKEN", where, message)
        if client.credentials.kept is not False:
            message += "; the refresh token was used up by signing in, and the new one was put into the keyring in its place"
            return Finding.info("JSM-TOKEN", where, message)
        return Finding.doubt(
            "JSM-TOKEN", where, message + "; the refresh token of migration.yaml was used up by signing in, another command needs a new one",
            "Name it as `refresh_token: keyring:SERVICE/USER`, where a new one can be kept; an environment variable cannot be"
            " changed from here. Or use an API token with scopes.",
        )  # fmt: skip
    if options.way == "bearer":
        return Finding.doubt(
            "JSM-TOKEN", where, "when the bearer token ends is not known (Atlassian's hold an hour), and it cannot be renewed",
            "Use an API token with scopes, or name client_id and client_secret.",
        )  # fmt: skip
    return Finding.info(
        "JSM-TOKEN", where, "API tokens end a year after they were made at the latest; no API tells the day",
        "Look it up at id.atlassian.com > Security > API tokens before a long migration.",
    )  # fmt: skip


def credential_end(client: JsmClient, options: JsmOptions) -> CredentialEnd:
    """Return when the credentials end: Atlassian's access tokens are JWTs and tell it themselves; of API tokens no API does [support
    "Manage API tokens": a year at most].
    """
    page = "https://id.atlassian.com/manage-profile/security/api-tokens"
    if options.way in ("client", "refresh"):
        client.credentials.headers()
        held = client.credentials.until
        until = datetime.fromtimestamp(held, UTC) if held is not None and held != float("inf") else None
        if options.way == "refresh" and client.credentials.kept is False:
            return CredentialEnd(
                "access token", until, note="its refresh token was used up and could not be kept", page=page
            )
        return CredentialEnd("access token", until, renewed=True)
    if options.way == "bearer" and options.bearer is not None:
        until = jwt_end(options.bearer.get_secret_value())
        return CredentialEnd("bearer token", until, note="it cannot be renewed", page=page)
    return CredentialEnd("API token", note="a year after it was made at the latest", page=page)


def _cost(client: JsmClient, options: JsmOptions) -> Finding:
    where = options.where()
    if options.way in _OAUTH:
        hours = f"{POINTS:,} points an hour, shared by all sites of the app: a write costs 1, an issue read 1, a user read 2"
        return Finding.info(
            "JSM-PACE", where, f"OAuth apps have a quota of {hours}; a migration of a million records takes days, not hours",
            "An API token has no such quota.",
        )  # fmt: skip
    if client.cost_units:
        return Finding.doubt(
            "JSM-PACE", where,
            f"this account may spend {client.cost_units:,} units an hour, as the site's answers say ({COST}): a created issue costs about"
            f" {CREATED:g}, so about {client.cost_units / CREATED:,.0f} tickets an hour can be made",
            "Plan the days for it (`ticketferry plan show --estimate`). Each account has a budget of its own; the import file needs none.",
        )  # fmt: skip
    return Finding.info(
        "JSM-PACE", where, "API tokens have no hourly quota here: 100 reads and 50 to 100 writes a second by endpoint, 20 writes in 2 s on one issue",
    )  # fmt: skip


def _clock(client: JsmClient, where: str) -> Iterator[Finding]:
    """Compare the clocks: what changed since the last reading is asked for by our time."""
    try:
        row = client.get(f"{API}/serverInfo", endpoint="server.info") or {}
    except (RejectedError, AuthError):
        return
    told = neutral_time(row.get("serverTime"))
    if told is None:
        return
    skew = datetime.fromisoformat(told).timestamp() - client.now()
    if abs(skew) > _SKEW:
        yield Finding.doubt(
            "JSM-CLOCK", where, f"this machine's clock and Jira's differ by {abs(skew):.0f} seconds: a delta may miss changes",
            "Set this machine's clock.",
        )  # fmt: skip
