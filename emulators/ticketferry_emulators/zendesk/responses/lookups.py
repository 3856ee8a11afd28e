"""Routes that find users, organizations and whatever a query means, past the limits of plain search."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import orjson

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import detailed, listed
from ticketferry_emulators.zendesk.responses.paging import integer, listing
from ticketferry_emulators.zendesk.responses.routing import both
from ticketferry_emulators.zendesk.responses.search import found
from ticketferry_emulators.zendesk.seed.dice import HOST, WireRecord

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["ROUTES"]

_CURSOR_SECONDS = 3_600
_KINDS = ("ticket", "user", "organization", "group")


def search_users(state: DeskState, call: Call) -> Answer:
    """Find active users by external id, or by a word or an address in `query`: name, identities, notes [OAS]."""
    rows = state.lists["users"]
    external, query = call.query.get("external_id"), call.query.get("query")
    if external is not None:
        number = state.externals["users"].get(external.lower())
        keys = [] if number is None else [number]
    elif query is not None:
        keys = _users(state, query)
    else:
        raise detailed(400, "InvalidValue", "The parameter query or external_id is required")
    return listing(call, "users", keys, lambda ids: [rows[key] for key in ids])


def _users(state: DeskState, query: str) -> list[int]:
    """Return the users that a query means: `email:` and `phone:` go by identities, bare words by name and address."""
    name, colon, value = query.partition(":")
    if colon and name in ("email", "phone", "external_id", "name", "role", "type", "tags", "organization"):
        if name in ("email", "phone"):
            number = state.addresses.get(value.strip('" ').lower())
            return [] if number is None else [number]
        return sorted(found(state, query if name == "type" else f"type:user {query}")[1])
    words = query.lower().strip('" ').split()
    return [
        key
        for key, row in sorted(state.lists["users"].items())
        if row["active"] and all(any(word in text for text in _texts(state, row)) for word in words)
    ]


def _texts(state: DeskState, row: WireRecord) -> list[str]:
    own = [str(row[key]).lower() for key in ("name", "alias", "notes", "details", "external_id") if row[key]]
    return own + [str(identity["value"]).lower() for identity in state.identities.get(row["id"], ())]


def search_organizations(state: DeskState, call: Call) -> Answer:
    """Find organizations by external id or by their whole name, in any case [OAS]."""
    external, name = call.query.get("external_id"), call.query.get("name")
    if (external is None) == (name is None):
        raise detailed(400, "InvalidValue", "One of the parameters external_id and name is required")
    if external is not None:
        number = state.externals["organizations"].get(external.lower())
    else:
        number = state.names.get((name or "").strip().lower())
    return _organizations(state, call, [] if number is None else [number])


def autocomplete(state: DeskState, call: Call) -> Answer:
    """Find organizations whose name begins so; two characters at least [OAS]."""
    name = (call.query.get("name") or "").strip().lower()
    if len(name) < 2:
        raise listed(400, "InvalidValue", "Invalid name", "name must have at least 2 characters")
    rows = state.lists["organizations"]
    keys = [key for key in sorted(rows) if rows[key]["name"].strip().lower().startswith(name)]
    return _organizations(state, call, keys)


def _organizations(state: DeskState, call: Call, keys: list[int]) -> Answer:
    rows = state.lists["organizations"]
    return listing(call, "organizations", keys, lambda ids: [rows[key] for key in ids])


def export(state: DeskState, call: Call) -> Answer:
    """Give all that a query finds, oldest first, by a cursor that ends an hour after the export began [DOC]."""
    now = state.clock.time()
    kind = call.query.get("filter[type]")
    if kind not in _KINDS:
        raise detailed(400, "InvalidValue", "The parameter filter[type] is required")
    query = call.query.get("query")
    if query is None:
        raise detailed(400, "InvalidValue", "The parameter query is required")
    size = integer(call, "page[size]", 100) or 0
    if not 1 <= size <= 1_000:
        raise listed(
            400, "InvalidPaginationParameter", "Invalid page size", "page[size] must be from 1 to 1000"
        )
    began, last = now, 0
    text = call.query.get("page[after]")
    if text:
        began, last = _position(text)
        if began + _CURSOR_SECONDS < now:
            raise listed(400, "InvalidCursor", "Invalid cursor", "The cursor has expired")
    if kind == "group":
        rows = state.lists["groups"]
        keys = [key for key in sorted(rows) if query.lower().strip("*") in rows[key]["name"].lower()]
    else:
        keys = sorted(found(state, f"type:{kind} {query}")[1])
    rest = [key for key in keys if key > last]
    chosen = rest[:size]
    results = [
        (state.case(key).ticket if kind == "ticket" else state.lists[f"{kind}s"][key]) | {"result_type": kind}
        for key in chosen
    ]
    cursor = None
    if chosen:
        cursor = base64.b64encode(orjson.dumps({"began": began, "last": chosen[-1]})).decode()
    more = len(rest) > size
    link = f"{HOST}{call.path}?page[after]={cursor}" if more else None
    meta = {"has_more": more, "after_cursor": cursor, "before_cursor": None}
    return Answer(
        200, {"results": results, "facets": None, "meta": meta, "links": {"prev": None, "next": link}}
    )


def _position(text: str) -> tuple[float, int]:
    try:
        row = orjson.loads(base64.b64decode(text, validate=True))
        return float(row["began"]), int(row["last"])
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise listed(400, "InvalidCursor", "Invalid cursor", "The cursor is invalid") from None


ROUTES: tuple[Route, ...] = (
    *both("/api/v2/users/search", search_users, "SearchUsers", "search"),
    *both("/api/v2/organizations/search", search_organizations, "SearchOrganizations", "search"),
    *both("/api/v2/organizations/autocomplete", autocomplete, "AutocompleteOrganizations", "search"),
    *both("/api/v2/search/export", export, "ExportSearchResults", "search_export"),
)
