"""Users, their identities, organizations, groups and memberships; and who one is."""

from __future__ import annotations

from collections.abc import Callable

from ticketferry_emulators.kit.app import Answer, Call, Refused, Route
from ticketferry_emulators.zendesk.exceptions import detailed, not_found
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.oauth import ZendeskAuthenticator
from ticketferry_emulators.zendesk.responses.paging import listing
from ticketferry_emulators.zendesk.responses.routing import both, identifier, identifiers
from ticketferry_emulators.zendesk.responses.sideloads import sideload
from ticketferry_emulators.zendesk.responses.tickets import counted
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES"]

_ANONYMOUS: WireRecord = {
    "id": None,
    "name": "Anonymous user",
    "email": "invalid@example.com",
    "role": "end-user",
}


def _user(state: DeskState, number: int) -> WireRecord:
    user = state.lists["users"].get(number)
    if user is None:
        raise not_found()
    return user


def me(state: DeskState, call: Call) -> Answer:
    """Show the caller; wrong or no credentials give 200 and an anonymous user [REC, PROBE]."""
    try:
        number, _ = ZendeskAuthenticator(state).user(call)
    except Refused:
        return Answer(200, {"user": _ANONYMOUS})
    return Answer(200, {"user": _user(state, number)})


def users(state: DeskState, call: Call) -> Answer:
    """List active users; `role` and `external_id` narrow it."""
    rows = state.lists["users"]
    roles = [*call.query.all("role"), *call.query.all("role[]")]
    external = call.query.get("external_id")
    keys = [
        key
        for key in sorted(rows)
        if rows[key]["active"]
        and (not roles or rows[key]["role"] in roles)
        and (external is None or (rows[key]["external_id"] or "").lower() == external.lower())
    ]
    answer = listing(call, "users", keys, lambda ids: [rows[key] for key in ids])
    return Answer(200, answer.body | sideload(state, call, answer.body["users"]))


def user_count(state: DeskState, call: Call) -> Answer:
    """Count active users; `role` narrows it."""
    roles = [*call.query.all("role"), *call.query.all("role[]")]
    rows = state.lists["users"].values()
    return counted(state, sum(1 for row in rows if row["active"] and (not roles or row["role"] in roles)))


def user(state: DeskState, call: Call) -> Answer:
    """Show a user, also a deleted one (`active` false)."""
    record = _user(state, identifier(call))
    return Answer(200, {"user": record} | sideload(state, call, [record]))


def users_many(state: DeskState, call: Call) -> Answer:
    """Show up to 100 users by id or external id."""
    rows = state.lists["users"]
    names = {part.lower() for part in (call.query.get("external_ids") or "").split(",") if part}
    wanted = identifiers(call)
    wanted += [key for key, row in rows.items() if names and (row["external_id"] or "").lower() in names]
    return _many(call, "users", rows, wanted)


def identities(state: DeskState, call: Call) -> Answer:
    """List a user's identities."""
    number = identifier(call)
    _user(state, number)
    rows = {row["id"]: row for row in state.identities.get(number, ())}
    return listing(call, "identities", sorted(rows), lambda ids: [rows[key] for key in ids])


def organization(state: DeskState, call: Call) -> Answer:
    """Show an organization."""
    record = state.lists["organizations"].get(identifier(call))
    if record is None:
        raise not_found()
    return Answer(200, {"organization": record})


def organizations_many(state: DeskState, call: Call) -> Answer:
    """Show up to 100 organizations by id or external id."""
    rows = state.lists["organizations"]
    names = {part.lower() for part in (call.query.get("external_ids") or "").split(",") if part}
    wanted = identifiers(call)
    wanted += [key for key, row in rows.items() if names and (row["external_id"] or "").lower() in names]
    return _many(call, "organizations", rows, wanted)


def organization_count(state: DeskState, call: Call) -> Answer:
    """Count organizations."""
    return counted(state, len(state.lists["organizations"]))


def group_count(state: DeskState, call: Call) -> Answer:
    """Count groups."""
    return counted(state, len(state.lists["groups"]))


def group(state: DeskState, call: Call) -> Answer:
    """Show a group."""
    record = state.lists["groups"].get(identifier(call))
    if record is None:
        raise not_found()
    return Answer(200, {"group": record})


def _many(call: Call, name: str, rows: dict[int, WireRecord], wanted: list[int]) -> Answer:
    if len(wanted) > 100:
        raise detailed(400, "TooManyValues", "Parameter ids cannot specify more than 100 values")
    found = [rows[key] for key in dict.fromkeys(wanted) if key in rows]
    return Answer(200, {name: found, "next_page": None, "previous_page": None, "count": len(found)})


def _list_of(name: str, state: DeskState, call: Call) -> Answer:
    rows = state.lists[name]
    return listing(call, name, sorted(rows), lambda ids: [rows[key] for key in ids])


def organizations(state: DeskState, call: Call) -> Answer:
    """List organizations."""
    return _list_of("organizations", state, call)


def groups(state: DeskState, call: Call) -> Answer:
    """List groups."""
    return _list_of("groups", state, call)


def organization_memberships(state: DeskState, call: Call) -> Answer:
    """List who belongs to which organization."""
    return _list_of("organization_memberships", state, call)


def group_memberships(state: DeskState, call: Call) -> Answer:
    """List which agent works in which group."""
    return _list_of("group_memberships", state, call)


def _of_user(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler of the memberships of one user."""

    def handler(state: DeskState, call: Call) -> Answer:
        number = _user(state, identifier(call))["id"]
        rows = state.lists[kind]
        keys = [key for key in sorted(rows) if rows[key]["user_id"] == number]
        return listing(call, kind, keys, lambda ids: [rows[key] for key in ids])

    return handler


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/v2/users/me", me, "ShowCurrentUser", "users", public=True),
    Route("GET", "/api/v2/users/me.json", me, "ShowCurrentUser", "users", public=True),
    *both("/api/v2/users", users, "ListUsers", "users"),
    *both("/api/v2/users/count", user_count, "CountUsers", "users"),
    *both("/api/v2/users/show_many", users_many, "ShowManyUsers", "users"),
    *both("/api/v2/users/{id}", user, "ShowUser", "users"),
    *both("/api/v2/users/{id}/identities", identities, "ListUserIdentities", "users"),
    *both("/api/v2/organizations", organizations, "ListOrganizations", "organizations"),
    *both("/api/v2/organizations/count", organization_count, "CountOrganizations", "organizations"),
    *both("/api/v2/organizations/show_many", organizations_many, "ShowManyOrganizations", "organizations"),
    *both("/api/v2/organizations/{id}", organization, "ShowOrganization", "organizations"),
    *both(
        "/api/v2/organization_memberships",
        organization_memberships,
        "ListOrganizationMemberships",
        "memberships",
    ),
    *both(
        "/api/v2/users/{id}/organization_memberships",
        _of_user("organization_memberships"),
        "ListUserOrganizationMemberships",
        "memberships",
    ),
    *both(
        "/api/v2/users/{id}/group_memberships",
        _of_user("group_memberships"),
        "ListUserGroupMemberships",
        "memberships",
    ),
    *both("/api/v2/groups", groups, "ListGroups", "groups"),
    *both("/api/v2/groups/count", group_count, "CountGroups", "groups"),
    *both("/api/v2/groups/{id}", group, "ShowGroupById", "groups"),
    *both("/api/v2/group_memberships", group_memberships, "ListGroupMemberships", "memberships"),
)
