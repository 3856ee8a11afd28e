"""Changing the set-up: tags, attributes, ticket types and their fields."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.intercom.exceptions import invalid, no_contact, no_resource
from ticketferry_emulators.intercom.models.attributes import change_attribute, create_attribute
from ticketferry_emulators.intercom.models.records import (
    Company,
    Contact,
    Tagging,
    TicketType,
    TicketTypeAttribute,
    WorkspaceTag,
)
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.companies import no_company
from ticketferry_emulators.intercom.responses.shapes import sent_by
from ticketferry_emulators.intercom.responses.wire import attribute_wire, type_attribute_wire, type_wire
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_CATEGORIES = ("Customer", "Back-office", "Tracker")
_FIELDS = ("string", "list", "integer", "decimal", "boolean", "datetime", "files")


def put_tag(state: WorkspaceState, call: Call) -> Answer:
    """Create a tag, rename one by id, or put one on companies or contacts; names are one in any case."""
    sent = sent_by(call)
    name = sent.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("invalid tag parameters")
    tag, things = state.tag_named(name), _things(state, sent)
    if sent.get("id") is not None:
        renamed = state.tags.get(str(sent["id"]))
        if renamed is None:
            raise no_resource()
        if tag is not None and tag is not renamed:
            raise invalid("A tag with this name exists already", "name")
        renamed.name, tag = name, renamed
    if tag is None:
        tag = WorkspaceTag(state.next_id("tag"), name)
        state.tags[tag.id] = tag
    for thing, off in things:
        thing.tags = [tagging for tagging in thing.tags if tagging.tag != tag.id]
        if not off:
            thing.tags.append(Tagging(tag.id, state.now(), "admin", str(call.account)))
        if isinstance(thing, Contact):
            state.touch(thing)
    return Answer(200, {"type": "tag", "id": tag.id, "name": tag.name})


def _things(state: WorkspaceState, sent: dict[str, Any]) -> list[tuple[Contact | Company, bool]]:
    """Return the contacts and companies of a request, and whether the tag is to be taken off."""
    found: list[tuple[Contact | Company, bool]] = []
    for row in sent.get("users") or []:
        contact = state.contact(str(row.get("id")))
        if contact is None:
            raise no_contact()
        found.append((contact, False))
    for row in sent.get("companies") or []:
        key = row.get("id")
        company = state.company(str(key)) if key is not None else None
        if key is None:
            same = (each for each in state.companies.values() if each.company_id == row.get("company_id"))
            company = next((each for each in same if state.company(each.id) is not None), None)
        if company is None:
            raise no_company()
        found.append((company, bool(row.get("untag"))))
    return found


def delete_tag(state: WorkspaceState, call: Call) -> Answer:
    """Delete a tag; it comes off everything that has it."""
    identifier = call.params["tag_id"]
    if identifier not in state.tags:
        raise no_resource()
    del state.tags[identifier]
    for thing in (*state.threads(), *state.contacts.values(), *state.companies.values()):
        thing.tags = [tagging for tagging in thing.tags if tagging.tag != identifier]
    return Answer(200)


def add_attribute(state: WorkspaceState, call: Call) -> Answer:
    """Create an attribute of contacts or companies; one of conversations can't be made."""
    return Answer(200, attribute_wire(create_attribute(state, sent_by(call))))


def update_attribute(state: WorkspaceState, call: Call) -> Answer:
    """Change an attribute, or archive it."""
    row = change_attribute(state, call.params["data_attribute_id"], sent_by(call))
    return Answer(200, attribute_wire(row))


def _kind(state: WorkspaceState, call: Call) -> TicketType:
    kind = state.ticket_types.get(call.params["ticket_type_id"])
    if kind is None:
        raise no_resource("Ticket type not found")
    return kind


def add_type(state: WorkspaceState, call: Call) -> Answer:
    """Create a ticket type with title and description, in the states that every workspace has."""
    sent = sent_by(call)
    name, category = sent.get("name"), sent.get("category") or "Customer"
    if not isinstance(name, str) or not name.strip():
        raise invalid("name is required", "name")
    if category not in _CATEGORIES:
        raise invalid(f"category must be one of {', '.join(_CATEGORIES)}", "category")
    now = state.now()
    first: dict[str, str] = {}
    for row in state.ticket_states.values():
        if not row.archived:
            first.setdefault(row.category, row.id)
    kind = TicketType(
        state.next_id("ticket_type"), name, category, str(sent.get("description") or ""), str(sent.get("icon") or "🎟️"),
        states=list(first.values()), created_at=now, updated_at=now,
    )  # fmt: skip
    for label, multiline in (("_default_title_", False), ("_default_description_", True)):
        identifier = state.next_id("type_attribute")
        kind.attributes.append(
            TicketTypeAttribute(
                identifier, label, "string", default=True, multiline=multiline, created_at=now
            )
        )
    state.ticket_types[kind.id] = kind
    return Answer(200, type_wire(state, kind, states=True))


def update_type(state: WorkspaceState, call: Call) -> Answer:
    """Change a ticket type, or archive it."""
    kind, sent = _kind(state, call), sent_by(call)
    if sent.get("category", kind.category) not in _CATEGORIES:
        raise invalid(f"category must be one of {', '.join(_CATEGORIES)}", "category")
    for name in ("name", "description", "icon", "category"):
        if sent.get(name) is not None:
            setattr(kind, name, str(sent[name]))
    kind.archived = bool(sent.get("archived", kind.archived))
    kind.updated_at = state.now()
    return Answer(200, type_wire(state, kind, states=True))


def add_field(state: WorkspaceState, call: Call) -> Answer:
    """Create a field of a ticket type; a list's items are one text, parted by commas."""
    kind, sent = _kind(state, call), sent_by(call)
    name, data_type = sent.get("name"), sent.get("data_type")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name is required", "name")
    if data_type not in _FIELDS:
        raise invalid(f"data_type must be one of {', '.join(_FIELDS)}", "data_type")
    if any(row.name == name and not row.archived for row in kind.attributes):
        raise invalid("A field with this name exists already", "name")
    items = [item.strip() for item in str(sent.get("list_items") or "").split(",") if item.strip()]
    if data_type == "list" and not items:
        raise invalid("list_items is required", "list_items")
    identifier = state.next_id("type_attribute")
    row = TicketTypeAttribute(
        identifier, name, str(data_type), str(sent.get("description") or ""), bool(sent.get("required_to_create")),
        bool(sent.get("visible_to_contacts", True)), multiline=bool(sent.get("multiline")),
        items={f"{identifier}-{place}": item for place, item in enumerate(items)}, created_at=state.now(),
    )  # fmt: skip
    kind.attributes.append(row)
    return Answer(200, type_attribute_wire(state, kind, row))


def update_field(state: WorkspaceState, call: Call) -> Answer:
    """Change a field of a ticket type, or archive it."""
    kind, sent = _kind(state, call), sent_by(call)
    row = next((row for row in kind.attributes if row.id == call.params["attribute_id"]), None)
    if row is None:
        raise no_resource()
    row.archived = bool(sent.get("archived", row.archived))
    row.description = str(sent.get("description", row.description))
    row.required_to_create = bool(sent.get("required_to_create", row.required_to_create))
    return Answer(200, type_attribute_wire(state, kind, row))


_TYPE = "/ticket_types/{ticket_type_id}"
ROUTES = (
    Route("POST", "/tags", put_tag, "createTag", "workspace", write=True),
    Route("DELETE", "/tags/{tag_id}", delete_tag, "deleteTag", "workspace", write=True),
    Route("POST", "/data_attributes", add_attribute, "createDataAttribute", "workspace", write=True),
    Route(
        "PUT",
        "/data_attributes/{data_attribute_id}",
        update_attribute,
        "updateDataAttribute",
        "workspace",
        write=True,
    ),
    Route("POST", "/ticket_types", add_type, "createTicketType", "workspace", write=True),
    Route("PUT", _TYPE, update_type, "updateTicketType", "workspace", write=True),
    Route("POST", f"{_TYPE}/attributes", add_field, "createTicketTypeAttribute", "workspace", write=True),
    Route(
        "PUT",
        f"{_TYPE}/attributes/{{attribute_id}}",
        update_field,
        "updateTicketTypeAttribute",
        "workspace",
        write=True,
    ),
)
