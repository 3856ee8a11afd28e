"""The workspace's set-up: who works there, attributes, tags, ticket types and states."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.intercom.exceptions import invalid, no_resource
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.wire import (
    admin_wire,
    app_wire,
    attribute_wire,
    state_wire,
    team_wire,
    type_wire,
)
from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route

__all__ = ["ROUTES"]


def _listed(rows: list[dict[str, Any]]) -> Answer:
    return Answer(200, {"type": "list", "data": rows})


def me(state: WorkspaceState, call: Call) -> Answer:
    """Show the teammate of the token, with the workspace."""
    admin = state.admins[int(call.account or 0)]
    avatar = {"type": "avatar", "image_url": None}
    wire = admin_wire(state, admin) | {"email_verified": True, "app": app_wire(state), "avatar": avatar}
    wire.pop("away_status_reason_id")
    return Answer(200, wire)


def admins(state: WorkspaceState, call: Call) -> Answer:
    """List teammates; removed ones are not there."""
    rows = [admin_wire(state, admin) for admin in state.admins.values() if admin.active]
    return Answer(200, {"type": "admin.list", "admins": rows})


def admin(state: WorkspaceState, call: Call) -> Answer:
    """Show a teammate."""
    wanted = call.params["admin_id"]
    if not wanted.isdigit():
        raise NotServed(f"GET {call.path}")
    row = state.admin(wanted)
    if row is None:
        raise no_resource("Admin not found", "admin_not_found")
    return Answer(200, admin_wire(state, row))


def teams(state: WorkspaceState, call: Call) -> Answer:
    """List teams."""
    return Answer(200, {"type": "team.list", "teams": [team_wire(team) for team in state.teams.values()]})


def team(state: WorkspaceState, call: Call) -> Answer:
    """Show a team."""
    wanted = call.params["team_id"]
    row = state.teams.get(int(wanted)) if wanted.isascii() and wanted.isdigit() else None
    if row is None:
        raise no_resource("Team not found", "team_not_found")
    return Answer(200, team_wire(row))


def attributes(state: WorkspaceState, call: Call) -> Answer:
    """List attributes of contacts and companies; archived ones with `include_archived`. Conversations' are not among them."""
    model, archived = call.query.get("model"), call.query.get("include_archived") == "true"
    if model not in (None, "contact", "company", "conversation"):
        raise invalid("model must be contact, company or conversation", "model")
    listed = (
        "contact",
        "company",
        *(("conversation",) if state.unsettled.conversation_attributes_listed else ()),
    )
    rows = [
        attribute_wire(row)
        for row in state.attributes
        if row.model in listed and model in (None, row.model) and (archived or not row.archived)
    ]
    return _listed(rows)


def tags(state: WorkspaceState, call: Call) -> Answer:
    """List tags."""
    return _listed([{"type": "tag", "id": tag.id, "name": tag.name} for tag in state.tags.values()])


def tag(state: WorkspaceState, call: Call) -> Answer:
    """Show a tag."""
    row = state.tags.get(call.params["tag_id"])
    if row is None:
        raise no_resource()
    return Answer(200, {"type": "tag", "id": row.id, "name": row.name})


def ticket_types(state: WorkspaceState, call: Call) -> Answer:
    """List ticket types with their attributes and states, archived ones too."""
    return _listed([type_wire(state, kind, states=True) for kind in state.ticket_types.values()])


def ticket_type(state: WorkspaceState, call: Call) -> Answer:
    """Show a ticket type."""
    kind = state.ticket_types.get(call.params["ticket_type_id"])
    if kind is None:
        raise no_resource("Ticket type not found")
    return Answer(200, type_wire(state, kind, states=True))


def ticket_states(state: WorkspaceState, call: Call) -> Answer:
    """List ticket states with the types that have them, archived ones too."""
    rows = []
    for row in state.ticket_states.values():
        kinds = [
            type_wire(state, kind, brief=True)
            for kind in state.ticket_types.values()
            if row.id in kind.states
        ]
        rows.append(
            {**state_wire(row), "archived": row.archived, "ticket_types": {"type": "list", "data": kinds}}
        )
    return _listed(rows)


def segments(state: WorkspaceState, call: Call) -> Answer:
    """List segments; the stand-in has none."""
    return Answer(200, {"type": "segment.list", "segments": []})


def subscription_types(state: WorkspaceState, call: Call) -> Answer:
    """List subscription types; the stand-in has none."""
    return _listed([])


def brands(state: WorkspaceState, call: Call) -> Answer:
    """List brands: the one that every workspace has."""
    row = {
        "type": "brand", "id": "10", "name": state.name, "is_default": True, "created_at": state.created_at,
        "updated_at": state.created_at, "help_center_id": "1", "default_address_settings_id": "1",
    }  # fmt: skip
    return _listed([row])


def away_reasons(state: WorkspaceState, call: Call) -> Answer:
    """List the reasons to be away: two."""
    rows = [
        {
            "type": "away_status_reason", "id": str(number), "label": label, "emoji": emoji, "order": number, "deleted": False,
            "created_at": state.created_at, "updated_at": state.created_at,
        }
        for number, (label, emoji) in enumerate((("On a break", "☕️"), ("In a meeting", "📅")), 1)
    ]  # fmt: skip
    return _listed(rows)


ROUTES = (
    Route("GET", "/me", me, "identifyAdmin", "workspace"),
    Route("GET", "/admins", admins, "listAdmins", "workspace"),
    Route("GET", "/admins/{admin_id}", admin, "retrieveAdmin", "workspace"),
    Route("GET", "/teams", teams, "listTeams", "workspace"),
    Route("GET", "/teams/{team_id}", team, "retrieveTeam", "workspace"),
    Route("GET", "/data_attributes", attributes, "lisDataAttributes", "workspace"),
    Route("GET", "/tags", tags, "listTags", "workspace"),
    Route("GET", "/tags/{tag_id}", tag, "findTag", "workspace"),
    Route("GET", "/ticket_types", ticket_types, "listTicketTypes", "workspace"),
    Route("GET", "/ticket_types/{ticket_type_id}", ticket_type, "getTicketType", "workspace"),
    Route("GET", "/ticket_states", ticket_states, "listTicketStates", "workspace"),
    Route("GET", "/segments", segments, "listSegments", "workspace"),
    Route("GET", "/subscription_types", subscription_types, "listSubscriptionTypes", "workspace"),
    Route("GET", "/brands", brands, "listBrands", "workspace"),
    Route("GET", "/away_status_reasons", away_reasons, "listAwayStatusReasons", "workspace"),
)
