"""Who is calling: API tokens by basic authentication, OAuth tokens with scopes, expiry and rotation."""

from __future__ import annotations

import base64
import binascii
import hashlib

from ticketferry_emulators.kit.app import Answer, Call, Refused
from ticketferry_emulators.zendesk.exceptions import forbidden, not_found, unauthorized
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.models.tokens import IssuedToken
from ticketferry_emulators.zendesk.seed.desk import WireRecord
from ticketferry_emulators.zendesk.seed.dice import api_url, stamp

__all__ = ["API_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "OWNER", "ZendeskAuthenticator", "current", "give"]

API_TOKEN = "sample-api-token-0001"
CLIENT_ID = "ticketferry_sample"
CLIENT_SECRET = "sample-client-secret-0001"
OWNER = "ana.silva@acme.example"

_ACCESS_SECONDS = 1_800  # clients made since 2026-04-30 [PROBE]
_REFRESH_SECONDS = 2_592_000
_ADMINS = frozenset({"incremental", "imports", "setup-write", "groups-write", "users-delete"})
"""Groups of routes that are for administrators only [OAS]."""
_WITHIN_TICKETS = frozenset({
    "ticket_events", "search", "attachments", "imports", "uploads", "deleted_tickets", "job_statuses",
})  # fmt: skip
"""Resources without a scope of their own [RECALL]; the document says nothing of scopes."""
_RANGES = {"expires_in": (300, 172_800), "refresh_token_expires_in": (604_800, 7_776_000)}


class ZendeskAuthenticator:
    """Checks credentials and gives out OAuth tokens; every token is made up and the same on every run."""

    def __init__(self, state: DeskState) -> None:
        self._state = state
        self._clock = state.clock
        self._tokens = state.oauth

    def user(self, call: Call) -> tuple[int, str]:
        """Return the id of the caller and the token's scope; raises Refused (401)."""
        kind, _, secret = call.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            token = self._tokens.access.get(secret.strip())
            if token is None or token.until <= self._clock.time():
                raise unauthorized()
            return token.user, token.scope
        if kind.lower() == "basic" and self._tokens.api_tokens:
            return self._by_api_token(secret), "read write"
        raise unauthorized()

    def _by_api_token(self, secret: str) -> int:
        try:
            name, _, token = base64.b64decode(secret, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise unauthorized() from None
        email, slash, word = name.rpartition("/")
        if token != API_TOKEN or (slash, word) != ("/", "token"):
            raise unauthorized()
        return self._agent(email)

    def _agent(self, email: str) -> int:
        for user in self._state.lists["users"].values():
            if (
                user["email"] == email.lower()
                and user["role"] != "end-user"
                and user["active"]
                and not user["suspended"]
            ):
                return int(user["id"])
        raise unauthorized()

    def admit(self, call: Call) -> str:
        """Return the caller's e-mail if role and scope suffice for the call; raises Refused (401, 403)."""
        number, scope = self.user(call)
        user = self._state.lists["users"][number]
        if call.group in _ADMINS and user["role"] != "admin":
            raise forbidden()
        if not _suffices(call, set(scope.split())):
            raise forbidden()
        return str(user["email"])

    def current(self, call: Call) -> Answer:
        """Show the properties of the token that the call bears, of the token itself its first ten characters only [OAS ShowCurrentToken]."""
        kind, _, secret = call.headers.get("authorization", "").partition(" ")
        token = self._tokens.access.get(secret.strip()) if kind.lower() == "bearer" else None
        if token is None:
            raise not_found()
        number = 600_000 + token.number
        return Answer(200, {"token": {
            "url": api_url(f"oauth/tokens/{number}"), "id": number, "user_id": token.user, "client_id": 500_001,
            "scopes": token.scope.split(), "token": secret[:10], "created_at": stamp(int(token.made)),
            "expires_at": stamp(int(token.until)), "used_at": stamp(int(self._clock.time())),
        }})  # fmt: skip

    def give(self, call: Call) -> Answer:
        """Answer `POST /oauth/tokens`: client credentials, or a refresh token that is used up by it [OAS]."""
        request = call.json if call.body else {}
        if not isinstance(request, dict):
            raise _refusal(400, "invalid_request", "The request must be a JSON object")
        if request.get("client_id") != CLIENT_ID or request.get("client_secret") != CLIENT_SECRET:
            raise _refusal(401, "invalid_client", "Client authentication failed")
        seconds = {key: _seconds(request, key) for key in _RANGES}
        grant = request.get("grant_type")
        if grant == "client_credentials":
            user, scope = self._agent(OWNER), _scope(request, "read")
        elif grant == "refresh_token":
            old = self._tokens.refresh.get(str(request.get("refresh_token")))
            if old is None or old.until <= self._clock.time():
                raise _refusal(
                    400, "invalid_grant", "The provided refresh token is invalid, expired or revoked"
                )
            user, scope = old.user, _scope(request, old.scope)
            del self._tokens.refresh[str(request["refresh_token"])]
        else:
            raise _refusal(400, "unsupported_grant_type", f"The grant type {grant!r} is not supported here")
        return Answer(201, self._give(user, scope, **seconds))

    def _give(self, user: int, scope: str, *, expires_in: int, refresh_token_expires_in: int) -> WireRecord:
        self._tokens.given += 1
        now = self._clock.time()
        access, refresh = (
            hashlib.sha256(f"{kind}:{self._tokens.given}".encode()).hexdigest()
            for kind in ("access", "refresh")
        )
        self._tokens.access[access] = IssuedToken(user, scope, now + expires_in, self._tokens.given, now)
        self._tokens.refresh[refresh] = IssuedToken(user, scope, now + refresh_token_expires_in)
        return {
            "access_token": access, "token_type": "bearer", "scope": scope, "expires_in": expires_in,
            "refresh_token": refresh, "refresh_token_expires_in": refresh_token_expires_in,
        }  # fmt: skip


def _suffices(call: Call, scopes: set[str]) -> bool:
    """Say whether the scopes allow the call; audits ask for the whole `read` [DOC ticket_audits]."""
    if call.operation == "ShowCurrentToken":
        return True  # of any scope: "Admins, Agents, End Users" [OAS]
    verb = "write" if call.route and call.route.write else "read"
    if verb in scopes:
        return True
    if call.operation == "ListAuditsForTicket":
        return False
    parts = [
        part
        for part in call.path.removesuffix(".json").split("/")
        if part not in ("", "api", "v2", "incremental")
    ]
    resource = "tickets" if parts and parts[0] in _WITHIN_TICKETS else parts[0]
    return f"{resource}:{verb}" in scopes


def _scope(request: WireRecord, default: str) -> str:
    scope = request.get("scope", default)
    return scope if isinstance(scope, str) else "invalid"


def _seconds(request: WireRecord, key: str) -> int:
    least, most = _RANGES[key]
    value = request.get(key, _ACCESS_SECONDS if key == "expires_in" else _REFRESH_SECONDS)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _refusal(400, "invalid_request", f"{key} must be a number of seconds from {least} to {most}")
    return value


def _refusal(status: int, error: str, description: str) -> Refused:
    return Refused(Answer(status, {"error": error, "error_description": description}))


def give(state: DeskState, call: Call) -> Answer:
    """Give a token."""
    return ZendeskAuthenticator(state).give(call)


def current(state: DeskState, call: Call) -> Answer:
    """Show the token of this call."""
    return ZendeskAuthenticator(state).current(call)
