"""How tickets are made and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.intercom.exceptions import body_of, invalid, no_contact, no_resource, refused
from ticketferry_emulators.intercom.models.people import found_contact
from ticketferry_emulators.intercom.models.records import (
    AdminAccount,
    Contact,
    IntercomTicket,
    Party,
    TicketType,
    TicketTypeAttribute,
)
from ticketferry_emulators.intercom.models.state import BOT, WorkspaceState
from ticketferry_emulators.intercom.models.threads import (
    add_part,
    admin_party,
    assign,
    date_of,
    mail_contacts,
    mail_teammates,
)
from ticketferry_emulators.kit.app import NotServed

__all__ = ["change_ticket", "create_ticket", "validated"]


def validated(state: WorkspaceState, sent: Mapping[str, Any]) -> tuple[TicketType, Contact, dict[str, Any]]:
    """Return type, contact and values of a new ticket; raises Refused for what can't be."""
    kind = state.ticket_types.get(str(sent.get("ticket_type_id")))
    if kind is None or kind.archived:
        raise invalid("Ticket type not found", "ticket_type_id")
    named = sent.get("contacts")
    if not isinstance(named, list) or len(named) != 1 or not isinstance(named[0], dict):
        raise invalid("Exactly one contact must be given", "contacts")
    row = named[0]
    contact = found_contact(
        state, identifier=row.get("id"), external=row.get("external_id"), email=row.get("email")
    )
    if contact is None:
        raise no_contact()
    values = _values(kind, {}, sent.get("ticket_attributes"))
    lacking = [row.name for row in kind.attributes if row.required_to_create and values.get(row.name) is None]
    if lacking:
        raise invalid("Missing required ticket attributes", "ticket_attributes")
    return kind, contact, values


def _values(kind: TicketType, current: Mapping[str, Any], sent: Any) -> dict[str, Any]:
    values, known = dict(current), {row.name: row for row in kind.attributes if not row.archived}
    for name, value in body_of(sent).items():
        if name not in known:
            raise invalid(f"Ticket attribute '{name}' does not exist", "ticket_attributes")
        if value is None:
            values.pop(name, None)
        else:
            values[name] = _value(known[name], value)
    return values


def _value(row: TicketTypeAttribute, value: Any) -> Any:
    """Return a value as it is kept: of a list the item's id, whichever of id and label was sent."""
    if row.data_type == "files":
        raise NotServed("values of ticket attributes that are files")
    if row.data_type == "list":
        for key, label in row.items.items():
            if value in (key, label):
                return key
        raise invalid(f"Ticket attribute '{row.name}' has no such item", "ticket_attributes")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "string": isinstance(value, str), "integer": isinstance(value, int) and number, "decimal": number,
        "boolean": isinstance(value, bool), "datetime": isinstance(value, int | str) and not isinstance(value, bool),
    }[row.data_type]  # fmt: skip
    if not fits:
        raise invalid(f"Ticket attribute '{row.name}' must be of type {row.data_type}", "ticket_attributes")
    return value


def create_ticket(state: WorkspaceState, sent: Mapping[str, Any]) -> IntercomTicket:
    """Make a ticket; the contact of a Customer ticket is mailed, unless `skip_notifications` says not to."""
    kind, contact, values = validated(state, sent)
    moment = date_of(state, sent)
    assignment = body_of(sent.get("assignment"))
    chosen = [
        assignment.get(name) for name in ("admin_assignee_id", "team_assignee_id") if assignment.get(name)
    ]
    for identifier in chosen:
        _assignable(state, str(identifier))
    linked = sent.get("conversation_to_link_id")
    if linked is not None and str(linked) not in state.conversations:
        raise no_resource("Conversation not found", "conversation_not_found")
    company = _company(state, sent)
    shared = kind.category == "Customer"
    ticket = IntercomTicket(
        state.next_id("thread"), moment, moment, [contact.id], number=int(state.next_id("number")), type_id=kind.id,
        state_id=_first_state(state, kind), attributes=values, shared=shared, company=company,
    )  # fmt: skip
    state.tickets[ticket.id] = ticket
    before = state.ticket_states[ticket.state_id].category
    add_part(
        state,
        ticket,
        "ticket_state_updated_by_admin",
        BOT,
        at=moment,
        ticket_state=before,
        previous_ticket_state=before,
    )
    owner = next(admin for admin in state.admins.values() if admin.active)
    for identifier in chosen:
        assign(state, ticket, owner, str(identifier), None)
    if linked is not None:
        ticket.linked.append(("conversation", str(linked)))
        state.conversations[str(linked)].linked.append(("ticket", ticket.id))
        state.touch(state.conversations[str(linked)])
    if not sent.get("skip_notifications"):
        mail_teammates(state, ticket, "New ticket")
        if shared:
            mail_contacts(state, ticket, "Ticket created")
    return ticket


def _first_state(state: WorkspaceState, kind: TicketType) -> str:
    return next(key for key in kind.states if state.ticket_states[key].category == "submitted")


def _company(state: WorkspaceState, sent: Mapping[str, Any]) -> str | None:
    identifier = sent.get("company_id")
    if identifier is None:
        return None
    company = state.company(str(identifier))
    if company is None:
        raise no_resource("Company Not Found", "company_not_found")
    return company.id


def _assignable(state: WorkspaceState, identifier: str) -> None:
    team = identifier.isascii() and identifier.isdigit() and int(identifier) in state.teams
    if identifier != "0" and not team and state.admin(identifier) is None:
        raise no_resource("Assignee not found", "assignee_not_found")


def change_ticket(state: WorkspaceState, ticket: IntercomTicket, sent: Mapping[str, Any]) -> None:
    """Change a ticket, after all was checked; the contact is mailed of a new state, unless `skip_notifications` says not to."""
    kind = state.ticket_types[ticket.type_id]
    author = _actor(state, sent)
    values = _values(kind, ticket.attributes, sent.get("ticket_attributes"))
    wanted = sent.get("ticket_state_id")
    if wanted is not None and (str(wanted) not in kind.states or state.ticket_states[str(wanted)].archived):
        text = "Ticket state id is not valid or is not associated with the ticket type"
        raise refused(400, "ticket_state_id_invalid", text)
    if sent.get("assignee_id") is not None:
        _assignable(state, str(sent["assignee_id"]))
    until = sent.get("snoozed_until")
    if until is not None and (isinstance(until, bool) or not isinstance(until, int) or until <= state.now()):
        raise invalid("snoozed_until must be a unix timestamp in the future", "snoozed_until")
    company = _company(state, sent)
    party = admin_party(author) if author is not None else BOT
    _record_values(state, ticket, kind, values, party)
    if "company_id" in sent:
        ticket.company = company
    if sent.get("is_shared") is not None:
        ticket.shared = bool(sent["is_shared"])
    if sent.get("assignee_id") is not None:
        by = author or next(admin for admin in state.admins.values() if admin.active)
        assign(state, ticket, by, str(sent["assignee_id"]), None)
    if wanted is not None and str(wanted) != ticket.state_id:
        _move(state, ticket, str(wanted), party, silent=bool(sent.get("skip_notifications")))
    if until is not None:
        ticket.state, ticket.snoozed_until = "snoozed", until
        add_part(state, ticket, "snoozed", party)
    if sent.get("open") is not None:
        _open_or_close(state, ticket, party, opened=bool(sent["open"]))
    state.touch(ticket)


def _actor(state: WorkspaceState, sent: Mapping[str, Any]) -> AdminAccount | None:
    if sent.get("admin_id") is None:
        return None
    admin = state.admin(str(sent["admin_id"]))
    if admin is None:
        raise no_resource("Assignee not found", "assignee_not_found")
    return admin


def _record_values(
    state: WorkspaceState, ticket: IntercomTicket, kind: TicketType, values: dict[str, Any], party: Party
) -> None:
    """Set the values and add a part for each that changed."""
    for row in kind.attributes:
        value = values.get(row.name)
        if ticket.attributes.get(row.name) == value:
            continue
        label = row.items.get(str(value), value) if row.data_type == "list" else value
        detail = {
            "attribute": {"type": "attribute", "id": row.id, "label": row.name},
            "value": {"type": "value", "id": None if value is None else str(value), "label": str(label if label is not None else "")},
        }  # fmt: skip
        add_part(state, ticket, "ticket_attribute_updated_by_admin", party, attribute=detail)
    ticket.attributes = values


def _move(state: WorkspaceState, ticket: IntercomTicket, to: str, party: Party, *, silent: bool) -> None:
    before = state.ticket_states[ticket.state_id].category
    ticket.state_id = to
    after = state.ticket_states[to].category
    add_part(
        state,
        ticket,
        "ticket_state_updated_by_admin",
        party,
        ticket_state=after,
        previous_ticket_state=before,
    )
    if ticket.shared and not silent:
        mail_contacts(state, ticket, "Ticket state changed")


def _open_or_close(state: WorkspaceState, ticket: IntercomTicket, party: Party, *, opened: bool) -> None:
    wanted = "open" if opened else "closed"
    if ticket.state == wanted or (opened and ticket.state == "snoozed"):
        return
    ticket.state, ticket.snoozed_until = wanted, None
    add_part(state, ticket, "open" if opened else "close", party)
