"""Limits of writing that count by record: one ticket and caller, one user, one organization [DOC rate limits, OAS]."""

from __future__ import annotations

import hashlib
from functools import partial

from ticketferry_emulators.kit.app import Call, MalformedBodyError
from ticketferry_emulators.kit.limits import FixedWindow, Limit

__all__ = ["write_rules"]


def write_rules() -> list[Limit]:
    """Return the limits by record. Only `per-ticket-updates` is a recorded name; the others are named alike."""
    return [
        Limit("per-ticket-updates", partial(FixedWindow, 30, 600), _ticket_and_caller),
        Limit("per-user-updates", partial(FixedWindow, 5, 60), _user),
        Limit("per-organization-updates", partial(FixedWindow, 5, 60), _organization),
        Limit("permanent-user-deletions", partial(FixedWindow, 700, 600), _erased_user),
    ]


def _ticket_and_caller(call: Call) -> str | None:
    if call.group != "tickets-update":
        return None
    who = hashlib.sha256(call.headers.get("authorization", "").encode()).hexdigest()[:12]
    return f"{call.params['id'].removesuffix('.json')}:{who}"


def _user(call: Call) -> str | None:
    """Return the user that a change is about: by the path, or by what create_or_update finds him with."""
    if call.group != "users-update":
        return None
    if "id" in call.params:
        return call.params["id"].removesuffix(".json")
    try:
        body = call.json
    except MalformedBodyError:
        return None
    sent = body.get("user") if isinstance(body, dict) else None
    if not isinstance(sent, dict):
        return None
    name = sent.get("external_id") or sent.get("email")
    return None if name is None else str(name).lower()


def _organization(call: Call) -> str | None:
    return call.params["id"].removesuffix(".json") if call.group == "organizations-update" else None


def _erased_user(call: Call) -> str | None:
    return "" if call.operation == "PermanentlyDeleteUser" else None
