"""A workspace put up again from what was read of it: people, companies, teams and cases as they were given, and a set-up from the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.intercom.models.records import (
    AdminAccount,
    Company,
    Contact,
    ContactNote,
    DataAttribute,
    InboxTeam,
    TicketStateRow,
    TicketType,
    TicketTypeAttribute,
    WorkspaceTag,
)
from ticketferry_emulators.intercom.models.state import SampleWorkspace
from ticketferry_emulators.intercom.seed.set_up import built_in
from ticketferry_emulators.intercom.seed.told_files import ToldFiles
from ticketferry_emulators.intercom.seed.told_threads import conversation_of, taggings, ticket_of
from ticketferry_emulators.kit.told import Assumed, ToldDesk

__all__ = ["workspace_of"]

_MODELS = {"person": "contact", "organization": "company", "ticket": "conversation"}
_TYPES = {"integer": "integer", "decimal": "float", "checkbox": "boolean", "date": "date", "datetime": "datetime", "select": "options"}  # fmt: skip
_CATEGORIES = {
    "new": "submitted", "assigned": "submitted", "in_progress": "in_progress", "on_hold": "in_progress",
    "pending_customer": "waiting_on_customer", "resolved": "resolved", "closed": "resolved",
}  # fmt: skip
_TITLE, _DESCRIPTION = "_default_title_", "_default_description_"
_BEGINS = 1_000_000
"""Where ids of attributes begin that no catalog tells."""

Row = Mapping[str, Any]


def workspace_of(told: ToldDesk, files: ToldFiles, assumed: Assumed) -> SampleWorkspace:
    """Return the workspace as data. Its records are the told ones with their ids; what had to be made up is noted in `assumed`."""
    found = SampleWorkspace(code=str(_native(told).get("workspace") or told.key), name=told.key, region="")
    found.teams = [
        InboxTeam(int(row["id"]), str(row.get("name") or ""), [int(one) for one in row.get("admin_ids") or ()],
                  str(row.get("distribution_method") or "manual"))
        for row in _bodies(told, "group")
    ]  # fmt: skip
    _companies(found, told)
    _people(found, told)
    _set_up(found, told, assumed)
    _cases(found, told, files, assumed)
    assumed.note("the time zone of the workspace is in no snapshot: days are those of UTC")
    found.zone = "Etc/UTC"
    return found


def _native(told: ToldDesk) -> Row:
    native = told.catalog.get("native")
    return native if isinstance(native, Mapping) else {}


def _bodies(told: ToldDesk, kind: str) -> list[Row]:
    rows = (root.own(kind) for root in told.roots(kind))
    return [row.body for row in rows if row is not None and not row.gone and isinstance(row.body, Mapping)]


def _companies(found: SampleWorkspace, told: ToldDesk) -> None:
    for row in _bodies(told, "organization"):
        found.companies.append(
            Company(
                str(row["id"]), str(row.get("company_id") or row["id"]), str(row.get("name") or ""), _held(row, "plan").get("name"),
                row.get("size"), row.get("website"), row.get("industry"), row.get("monthly_spend") or 0, int(row.get("created_at") or 0),
                int(row.get("updated_at") or 0), row.get("remote_created_at"), row.get("last_request_at"),
                dict(_held(row, "custom_attributes")), taggings(_held(row, "tags").get("tags") or ()),
            )
        )  # fmt: skip


def _people(found: SampleWorkspace, told: ToldDesk) -> None:
    for row in _bodies(told, "person"):
        if "author" in row:
            continue  # in no list: the cases that name such a person bring it again
        if row.get("type") == "admin":
            found.admins.append(_admin(row))
        else:
            found.contacts.append(_contact(row))
            notes = [one for one in _held(row, "notes").get("data") or () if one.get("body") is not None]
            for note in reversed(notes):
                author = _held(note, "author")
                found.notes.append(
                    ContactNote(str(note["id"]), str(row["id"]), int(author.get("id") or 0), str(note["body"]), int(note.get("created_at") or 0))
                )  # fmt: skip
                if int(author.get("id") or 0) not in {admin.id for admin in found.admins}:
                    found.admins.append(_admin(author, active=False))
    listed = {str(row["id"]) for row in _bodies(told, "person") if row.get("type") == "admin"}
    for admin in found.admins:
        admin.active = str(admin.id) in listed


def _admin(row: Row, *, active: bool = True) -> AdminAccount:
    return AdminAccount(
        int(row.get("id") or 0), str(row.get("name") or ""), str(row.get("email") or ""), str(row.get("job_title") or ""),
        row.get("has_inbox_seat") is not False, row.get("away_mode_enabled") is True, active,
    )  # fmt: skip


def _contact(row: Row) -> Contact:
    location = {name: _held(row, "location").get(name) for name in ("country", "region", "city")}
    owner = row.get("owner_id")
    return Contact(
        str(row["id"]), str(row.get("role") or "user"), str(row.get("email") or ""), row.get("name"), row.get("external_id"),
        row.get("phone"), _held(row, "avatar").get("image_url"), int(owner) if owner else None, int(row.get("created_at") or 0),
        int(row.get("updated_at") or 0), row.get("signed_up_at"), row.get("last_seen_at"), row.get("last_replied_at"),
        row.get("last_contacted_at"), row.get("unsubscribed_from_emails") is True, row.get("has_hard_bounced") is True,
        row.get("marked_email_as_spam") is True, row.get("language_override"), row.get("browser"), row.get("os"), location,
        dict(_held(row, "custom_attributes")), [str(one["id"]) for one in _held(row, "companies").get("data") or ()],
        taggings(_held(row, "tags").get("data") or ()),
    )  # fmt: skip


def _set_up(found: SampleWorkspace, told: ToldDesk, assumed: Assumed) -> None:
    catalog, options = told.catalog, told.facts.get("options") or {}
    tags = _native(told).get("tags") or {}
    found.tags = [WorkspaceTag(str(id_), str(name)) for id_, name in tags.items()]
    found.ticket_states = [
        TicketStateRow(str(row["id"]), _CATEGORIES.get(str(row.get("stage")), "in_progress"), str(row["name"]), str(row["name"]))
        for row in catalog.get("statuses", ())
        if row.get("category") == "ticket"
    ]  # fmt: skip
    found.attributes = built_in()
    for place, row in enumerate(catalog.get("fields", ())):
        of, key = str(row.get("of")), str(row.get("key"))
        if of == "ticket" and row.get("id") != f"ticket:{key}":
            continue  # a ticket type's own
        number = int(row["id"]) if str(row.get("id")).isdecimal() else _BEGINS + place
        found.attributes.append(
            DataAttribute(
                number, _MODELS.get(of, of), key, _TYPES.get(str(row.get("type")), "string"), str(row.get("name") or key),
                options=[str(option["value"]) for option in row.get("options") or ()], archived=row.get("active") is False,
            )
        )  # fmt: skip
    if "quiet" in told.facts:
        mark = str(options.get("mark_attribute") or "ticketferry_origin")
        found.attributes.append(DataAttribute(_BEGINS - 1, "conversation", mark, "string", mark))
        assumed.note(
            f"the conversation attribute {mark} and those of `attributes` are taken to be there: no API lists them; `ticketferry check` asks"
        )


def _cases(found: SampleWorkspace, told: ToldDesk, files: ToldFiles, assumed: Assumed) -> None:
    types: dict[str, TicketType] = {}
    states = {row.id: row for row in found.ticket_states}
    tags = {row.id for row in found.tags}
    for row in _bodies(told, "ticket"):
        for tag in _held(row, "tags").get("tags") or ():
            if str(tag.get("id")) not in tags and tag.get("name"):
                tags.add(str(tag["id"]))
                found.tags.append(WorkspaceTag(str(tag["id"]), str(tag["name"])))
        if row.get("type") != "ticket":
            found.conversations.append(conversation_of(row, files))
            continue
        kind, state = _held(row, "ticket_type"), _held(row, "ticket_state")
        if str(kind.get("id")) not in types:
            types[str(kind["id"])] = _type(kind)
        if str(state.get("id")) not in states:
            states[str(state["id"])] = TicketStateRow(str(state["id"]), "in_progress", "", "")
            found.ticket_states.append(states[str(state["id"])])
        held = states[str(state["id"])]
        held.category = str(state.get("category") or held.category)
        held.internal_label = str(state.get("internal_label") or held.internal_label)
        held.external_label = str(state.get("external_label") or held.external_label)
        found.tickets.append(ticket_of(row, types[str(kind["id"])], files))
    for form in told.catalog.get("forms", ()):
        if str(form["id"]) not in types:
            row = {"id": form["id"], "name": form.get("name"), "category": form.get("type")}
            types[str(form["id"])] = _type(row)
            assumed.note("what {n} ticket types ask for is in no snapshot: a title and a description")
    for one in types.values():
        one.states = [state.id for state in found.ticket_states if not state.archived]
    found.ticket_types = list(types.values())
    if files.missing:
        assumed.note(
            "{n} files were not fetched: bytes of the size that the desk told stand for them", files.missing
        )


def _type(row: Row) -> TicketType:
    id_ = str(row["id"])
    rows = _held(row, "ticket_type_attributes").get("data") or ()
    attributes = [_type_attribute(one) for one in rows]
    if not attributes:
        first = _BEGINS + 10 * int(id_ if id_.isdecimal() else 0)
        attributes = [
            TicketTypeAttribute(str(first), _TITLE, "string", default=True),
            TicketTypeAttribute(str(first + 1), _DESCRIPTION, "string", default=True, multiline=True),
        ]
    return TicketType(
        id_, str(row.get("name") or ""), str(row.get("category") or "Customer"), str(row.get("description") or ""),
        str(row.get("icon") or ""), attributes, archived=row.get("archived") is True, created_at=int(row.get("created_at") or 0),
        updated_at=int(row.get("updated_at") or 0),
    )  # fmt: skip


def _type_attribute(row: Row) -> TicketTypeAttribute:
    options = _held(row, "input_options")
    return TicketTypeAttribute(
        str(row["id"]), str(row.get("name") or ""), str(row.get("data_type") or "string"), str(row.get("description") or ""),
        row.get("required_to_create") is True, row.get("visible_to_contacts") is not False, row.get("default") is True,
        options.get("multiline") is True, {str(one["id"]): str(one.get("label")) for one in options.get("list_options") or ()},
        row.get("archived") is True, int(row.get("created_at") or 0),
    )  # fmt: skip


def _held(row: Row, name: str) -> Row:
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}
