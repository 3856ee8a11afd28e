"""Who is calling: classic tokens at the site, tokens with scopes and OAuth at Atlassian's gateway, and the giver of OAuth tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from ticketferry_emulators.jsm.exceptions import collection
from ticketferry_emulators.jsm.models.settings import ALL_SCOPES, FIRST_REFRESH, Grant
from ticketferry_emulators.kit.app import Answer, Call, Refused, Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ticketferry_emulators.jsm.models.state import SiteState

__all__ = ["ALL_SCOPES", "CLOUD_ID", "OAUTH_CLIENT", "ROUTES", "JiraAuthenticator", "through_gateway"]

CLOUD_ID = "11111111-2222-4333-8444-555555555555"
"""An id under which the gateway knows every stand-in beside its own, so that a client can be set up before one is served."""
OAUTH_CLIENT = ("emulated-client", "emulated-client-secret")
_ACCESS_SECONDS = 3_600
_SCOPED = "emulated-scoped-token"
_NEEDS = {
    "manage:jira-project": ("screen.", "project.update", "screen_scheme.list", "field.screens", "component.create", "component.delete"),
    "manage:jira-configuration": (
        "workflow.", "workflow_scheme.", "status.search", "priority_scheme.", "field.contexts", "field.options", "preference.",
        "notification_scheme.", "license.", "screen_scheme.of_projects", "screen_scheme.items", "field.create", "field.trash", "field.restore",
        "field.add_", "field.delete_option", "field.context_mapping",
    ),
    "manage:servicedesk-customer": ("customer.", "organization", "desk_customer.", "desk_organization."),
    "read:jira-user": ("user.list", "user.search", "user.bulk", "user.get", "user_property.list", "user_property.get", "myself",
                       "configuration"),
}  # fmt: skip
"""Scope -> beginnings of the operations that need it; others need read or write of the API they belong to [P, S security]."""


class JiraAuthenticator:
    """Checks credentials and gives OAuth tokens; all of them made up and the same on every run."""

    def __init__(self, state: SiteState) -> None:
        self._state = state
        self._tokens = state.oauth

    @property
    def scopes(self) -> frozenset[str]:
        """Scopes of the scoped API token and of new OAuth tokens."""
        return self._tokens.scopes

    @scopes.setter
    def scopes(self, scopes: frozenset[str]) -> None:
        self._tokens.scopes = scopes

    @property
    def email(self) -> str:
        """E-mail of the account that all credentials belong to."""
        return next(iter(self._state.tokens))

    @property
    def credentials(self) -> dict[str, str]:
        """The further credentials that the emulator takes, by variable name."""
        return {
            "JIRA_SCOPED_TOKEN": _SCOPED,
            "JIRA_CLIENT_ID": OAUTH_CLIENT[0],
            "JIRA_CLIENT_SECRET": OAUTH_CLIENT[1],
            "JIRA_REFRESH_TOKEN": FIRST_REFRESH,
        }

    def account(self, call: Call) -> tuple[str, bool]:
        """Return the account and whether it came by OAuth; 401 otherwise, 403 without a body for a desk call without a licence."""
        if call.params.get("cloud", CLOUD_ID) not in (CLOUD_ID, self.cloud_id):
            raise Refused(Answer(404, {"code": 404, "message": "No message available"}))
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        email, oauth = None, False
        if kind.lower() == "bearer" and call.origin == "gateway":
            grant = self._tokens.access.get(value.strip())
            if grant is None or grant.until <= self._state.clock.time():
                raise Refused(Answer(401, {"code": 401, "message": "Unauthorized"}))
            self._admit(call, grant.scopes)
            email, oauth = self.email, True
        elif kind.lower() == "basic":
            email = self._by_token(call, value)
        for account in self._state.accounts.values():
            if email and account.email.lower() == email and account.active:
                if not account.agent and "/rest/servicedeskapi" in call.path:
                    raise Refused(Answer(403))
                return account.id, oauth
        text = "Client must be authenticated to access this resource."
        headers = {"WWW-Authenticate": 'OAuth realm="jira"', "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
        raise Refused(Answer(401, collection(text), headers))

    def _by_token(self, call: Call, value: str) -> str | None:
        try:
            email, _, token = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        email = email.lower()
        if call.origin == "gateway":
            # What the gateway says to a classic token was not found out: here it is refused.
            if email != self.email or token != _SCOPED:
                return None
            self._admit(call, self.scopes)
            return email
        return email if token and self._state.tokens.get(email) == token else None

    @property
    def cloud_id(self) -> str:
        """The site's own id, which tells it from every other: of the address that it is served at, unless it was given one."""
        return self._state.cloud_id or str(uuid5(NAMESPACE_URL, self._state.base_url))

    def _admit(self, call: Call, scopes: frozenset[str]) -> None:
        """Refuse a call whose scope the token lacks."""
        if call.operation != "oauth.resources" and _scope_of(call) not in scopes:
            raise Refused(Answer(401, {"code": 401, "message": "Unauthorized; scope does not match"}))

    def token(self, body: Any) -> Answer:
        """Give a token: by a refresh token, which is used up, or to a service account's client."""
        body = body if isinstance(body, dict) else {}
        if (body.get("client_id"), body.get("client_secret")) != OAUTH_CLIENT:
            return Answer(401, {"error": "access_denied", "error_description": "Unauthorized"})
        answer: dict[str, Any] = {"expires_in": _ACCESS_SECONDS, "token_type": "Bearer", "scope": " ".join(sorted(self.scopes))}  # fmt: skip
        if body.get("grant_type") == "refresh_token":
            if body.get("refresh_token") not in self._tokens.refresh:
                text = "Unknown or invalid refresh token."
                return Answer(403, {"error": "unauthorized_client", "error_description": text})
            self._tokens.refresh.discard(str(body["refresh_token"]))
            answer["refresh_token"] = self._new("refresh")
            self._tokens.refresh.add(answer["refresh_token"])
        elif body.get("grant_type") != "client_credentials":
            return Answer(400, {"error": "unsupported_grant_type"})
        answer["access_token"] = self._new("access")
        self._tokens.access[answer["access_token"]] = Grant(
            self._state.clock.time() + _ACCESS_SECONDS, self.scopes
        )
        return Answer(200, answer)

    def _new(self, kind: str) -> str:
        self._tokens.given += 1
        return f"emulated-{kind}-{hashlib.sha256(f'{kind}{self._tokens.given}'.encode()).hexdigest()[:24]}"


def _scope_of(call: Call) -> str:
    """Return the classic scope that a call needs."""
    for scope, beginnings in _NEEDS.items():
        if call.operation.startswith(beginnings):
            return scope
    product = "servicedesk-request" if "/rest/servicedeskapi" in call.path else "jira-work"
    return f"{'write' if call.route is not None and call.route.write else 'read'}:{product}"


def through_gateway(routes: Iterable[Route]) -> list[Route]:
    """Return the routes of the site as the gateway serves them."""
    prefix = "/ex/jira/{cloud}"
    return [
        replace(route, path=prefix + route.path, origin="gateway")
        for route in routes
        if route.origin == "api" and not route.operation.startswith(("tenant_info", "automation."))
    ]


def tenant_info(state: SiteState, call: Call) -> Answer:
    """GET /_edge/tenant_info of the site: its cloud id, told to everybody [Atlassian support, "Retrieve my Atlassian site's Cloud ID"]."""
    return Answer(200, {"cloudId": JiraAuthenticator(state).cloud_id})


def give(state: SiteState, call: Call) -> Answer:
    """POST /oauth/token of auth.atlassian.com."""
    return JiraAuthenticator(state).token(call.json)


def resources(state: SiteState, call: Call) -> Answer:
    """GET /oauth/token/accessible-resources: the sites that the token may use."""
    scopes = sorted(JiraAuthenticator(state).scopes)
    return Answer(
        200,
        [
            {
                "id": JiraAuthenticator(state).cloud_id,
                "name": "acme",
                "url": state.base_url,
                "scopes": scopes,
                "avatarUrl": "",
            }
        ],
    )


ROUTES = [
    Route("GET", "/_edge/tenant_info", tenant_info, "tenant_info", "catalog", public=True),
    Route("POST", "/oauth/token", give, "oauth.token", "oauth", public=True, origin="auth"),
    Route(
        "GET", "/oauth/token/accessible-resources", resources, "oauth.resources", "oauth", origin="gateway"
    ),
]
