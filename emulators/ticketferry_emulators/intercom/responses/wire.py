"""Records of people and of the set-up as the API writes them [OAS schemas and their examples]."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ticketferry_emulators.intercom.models.records import (
    AdminAccount,
    Company,
    Contact,
    ContactNote,
    DataAttribute,
    InboxTeam,
    Party,
    StoredFile,
    Tagging,
    TicketStateRow,
    TicketType,
    TicketTypeAttribute,
)
from ticketferry_emulators.intercom.models.state import WorkspaceState

__all__ = [
    "admin_wire", "app_wire", "attribute_wire", "company_wire", "contact_wire", "file_wire", "note_wire", "party_wire", "state_wire",
    "tags_wire", "team_wire", "type_attribute_wire", "type_wire",
]  # fmt: skip

_EMBEDDED = 10
"""A contact's embedded lists are cut here [OAS]."""


def app_wire(state: WorkspaceState) -> dict[str, Any]:
    """Return the workspace."""
    return {
        "type": "app", "id_code": state.code, "name": state.name, "created_at": state.created_at, "secure": False,
        "identity_verification": False, "timezone": state.zone, "region": state.region,
    }  # fmt: skip


def admin_wire(state: WorkspaceState, admin: AdminAccount) -> dict[str, Any]:
    """Return a teammate; the ids of teams are numbers here."""
    return {
        "type": "admin", "id": str(admin.id), "name": admin.name, "email": admin.email, "job_title": admin.job_title,
        "away_mode_enabled": admin.away, "away_mode_reassign": False, "away_status_reason_id": None,
        "has_inbox_seat": admin.has_inbox_seat, "avatar": None,
        "team_ids": [team.id for team in state.teams.values() if admin.id in team.admin_ids],
    }  # fmt: skip


def team_wire(team: InboxTeam) -> dict[str, Any]:
    """Return a team."""
    return {
        "type": "team", "id": str(team.id), "name": team.name, "admin_ids": list(team.admin_ids), "admin_priority_level": None,
        "assignment_limit": None, "distribution_method": team.distribution_method,
    }  # fmt: skip


def party_wire(party: Party, *, ai: bool = False) -> dict[str, Any]:
    """Return an author; `ai`: with what tells of the AI agent, as conversations have it."""
    row = {"type": party.type, "id": party.id, "name": party.name, "email": party.email}
    return row | {"from_ai_agent": party.from_ai_agent, "is_ai_answer": party.is_ai_answer} if ai else row


def file_wire(state: WorkspaceState, file: StoredFile) -> dict[str, Any]:
    """Return an attachment with a link that expires."""
    origin, now = state.origins.get("downloads", ""), state.clock.time()
    link = state.files.link(origin, file.token, "original", now, state.unsettled.file_life)
    row = {
        "type": file.type,
        "name": file.name,
        "url": link,
        "content_type": file.content_type,
        "filesize": file.size,
    }
    return row | ({"width": file.width, "height": file.height} if file.width is not None else {})


def tags_wire(state: WorkspaceState, tags: Iterable[Tagging]) -> dict[str, Any]:
    """Return the tags on something; one that was deleted from the workspace is gone."""
    rows = [
        {
            "type": "tag", "id": tagging.tag, "name": state.tags[tagging.tag].name, "applied_at": tagging.applied_at,
            "applied_by": {"type": tagging.by_type, "id": tagging.by_id},
        }
        for tagging in tags
        if tagging.tag in state.tags
    ]  # fmt: skip
    return {"type": "tag.list", "tags": rows}


def _embedded(rows: list[dict[str, Any]], url: str) -> dict[str, Any]:
    return {
        "type": "list", "data": rows[:_EMBEDDED], "url": url, "total_count": len(rows), "has_more": len(rows) > _EMBEDDED,
    }  # fmt: skip


def contact_wire(state: WorkspaceState, contact: Contact) -> dict[str, Any]:
    """Return a contact with the first ten of its companies, tags and notes."""
    base = f"/contacts/{contact.id}"
    tags = [
        {"type": "tag", "id": tagging.tag, "url": f"/tags/{tagging.tag}"}
        for tagging in contact.tags
        if tagging.tag in state.tags
    ]
    notes = [
        {"type": "note", "id": note.id, "url": f"/notes/{note.id}"}
        for note in reversed(state.notes.values())
        if note.contact == contact.id
    ]
    companies = [
        {"type": "company", "id": key, "url": f"/companies/{key}"}
        for key in contact.companies
        if state.company(key)
    ]
    location = {name: contact.location.get(name) for name in ("country", "region", "city")}
    empty = ("last_email_opened_at", "last_email_clicked_at", "browser_version", "browser_language", "referrer",
             "utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term", "enabled_push_messaging")  # fmt: skip
    devices = [f"{system}_{name}" for system in ("android", "ios")
               for name in ("app_name", "app_version", "device", "os_version", "sdk_version", "last_seen_at")]  # fmt: skip
    return {
        "type": "contact", "id": contact.id, "workspace_id": state.code, "external_id": contact.external_id, "role": contact.role,
        "email": contact.email, "email_domain": contact.email.partition("@")[2], "phone": contact.phone, "name": contact.name,
        "avatar": None if contact.avatar is None else {"type": "avatar", "image_url": contact.avatar}, "owner_id": contact.owner_id,
        "social_profiles": {"type": "list", "data": []}, "has_hard_bounced": contact.bounced, "marked_email_as_spam": contact.spam,
        "unsubscribed_from_emails": contact.unsubscribed, "created_at": contact.created_at, "updated_at": contact.updated_at,
        "signed_up_at": contact.signed_up_at, "last_seen_at": contact.last_seen_at, "last_replied_at": contact.last_replied_at,
        "last_contacted_at": contact.last_contacted_at, "language_override": contact.language, "browser": contact.browser,
        "os": contact.os, "location": {"type": "location", **location, "country_code": None, "continent_code": None},
        "custom_attributes": dict(contact.custom_attributes), "tags": _embedded(tags, f"{base}/tags"),
        "notes": _embedded(notes, f"{base}/notes"), "companies": _embedded(companies, f"{base}/companies"),
        "opted_out_subscription_types": _embedded([], f"{base}/subscriptions"),
        "opted_in_subscription_types": _embedded([], f"{base}/subscriptions"),
        **dict.fromkeys((*empty, *devices)),
    }  # fmt: skip


def company_wire(state: WorkspaceState, company: Company) -> dict[str, Any]:
    """Return a company; size, website and industry are there only where they are set."""
    optional = {
        "size": company.size, "website": company.website, "industry": company.industry, "last_request_at": company.last_request_at,
    }  # fmt: skip
    tags = [
        {"type": "tag", "id": tagging.tag, "name": state.tags[tagging.tag].name}
        for tagging in company.tags
        if tagging.tag in state.tags
    ]
    plan = {} if company.plan is None else {"type": "plan", "id": "1", "name": company.plan}
    return {
        "type": "company", "company_id": company.company_id, "id": company.id, "app_id": state.code, "name": company.name,
        "created_at": company.created_at, "updated_at": company.updated_at,
        "remote_created_at": company.created_at if company.remote_created_at is None else company.remote_created_at,
        "monthly_spend": company.monthly_spend, "session_count": 0, "user_count": len(state.members(company.id)),
        "tags": {"type": "tag.list", "tags": tags}, "segments": {"type": "segment.list", "segments": []},
        "plan": plan, "custom_attributes": dict(company.custom_attributes),
        **{name: value for name, value in optional.items() if value is not None},
    }  # fmt: skip


def note_wire(state: WorkspaceState, note: ContactNote) -> dict[str, Any]:
    """Return a note on a contact."""
    return {
        "type": "note", "id": note.id, "created_at": note.created_at, "contact": {"type": "contact", "id": note.contact},
        "author": admin_wire(state, state.admins[note.author]), "body": note.body,
    }  # fmt: skip


def attribute_wire(row: DataAttribute) -> dict[str, Any]:
    """Return an attribute of contacts or companies; those that are built in have no id."""
    full = f"custom_attributes.{row.name}" if row.custom else row.name
    wire = {
        "type": "data_attribute", "name": row.name, "full_name": full, "label": row.label or row.name,
        "description": row.description, "data_type": "string" if row.data_type == "options" else row.data_type,
        "api_writable": row.api_writable, "ui_writable": row.custom, "messenger_writable": row.messenger_writable,
        "custom": row.custom, "archived": row.archived, "model": row.model,
    }  # fmt: skip
    if row.options:
        wire["options"] = list(row.options)
    if row.id is not None:
        wire |= {"id": row.id, "created_at": row.created_at, "updated_at": row.updated_at}
    return wire


def state_wire(row: TicketStateRow) -> dict[str, Any]:
    """Return a ticket state."""
    return {
        "type": "ticket_state", "id": row.id, "category": row.category, "internal_label": row.internal_label,
        "external_label": row.external_label,
    }  # fmt: skip


def type_wire(
    state: WorkspaceState, kind: TicketType, *, brief: bool = False, states: bool = False
) -> dict[str, Any]:
    """Return a ticket type: `brief` without its attributes, `states` with those that its tickets can have."""
    wire: dict[str, Any] = {
        "type": "ticket_type", "id": kind.id, "name": kind.name, "description": kind.description, "icon": kind.icon,
        "archived": kind.archived, "is_internal": kind.category != "Customer", "category": kind.category,
    }  # fmt: skip
    if brief:
        return wire
    rows = [type_attribute_wire(state, kind, attribute) for attribute in kind.attributes]
    wire |= {"workspace_id": state.code, "created_at": kind.created_at, "updated_at": kind.updated_at}
    wire["ticket_type_attributes"] = {"type": "list", "data": rows}
    if states:
        wire["ticket_states"] = {
            "type": "list",
            "data": [state_wire(state.ticket_states[key]) for key in kind.states],
        }
    return wire


def type_attribute_wire(state: WorkspaceState, kind: TicketType, row: TicketTypeAttribute) -> dict[str, Any]:
    """Return a field of a ticket type."""
    options: dict[str, Any] | None = None
    if row.data_type == "string":
        options = {"multiline": row.multiline}
    elif row.data_type == "list":
        options = {"list_options": [{"label": label, "id": key} for key, label in row.items.items()]}
    return {
        "type": "ticket_type_attribute", "id": row.id, "workspace_id": state.code, "name": row.name, "description": row.description,
        "data_type": row.data_type, "input_options": options, "order": kind.attributes.index(row),
        "required_to_create": row.required_to_create, "required_to_create_for_contacts": row.required_to_create,
        "visible_on_create": True, "visible_to_contacts": row.visible_to_contacts, "default": row.default,
        "ticket_type_id": int(kind.id), "archived": row.archived, "created_at": row.created_at, "updated_at": row.created_at,
    }  # fmt: skip
