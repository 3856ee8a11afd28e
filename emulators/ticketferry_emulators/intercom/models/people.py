"""How contacts and companies are made, changed, merged and taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.intercom.exceptions import invalid, missing, no_contact, refused
from ticketferry_emulators.intercom.models.attributes import set_attributes
from ticketferry_emulators.intercom.models.mail import reachable
from ticketferry_emulators.intercom.models.records import Company, Contact
from ticketferry_emulators.intercom.models.state import WorkspaceState

__all__ = [
    "change_contact",
    "contact_of_reply",
    "create_contact",
    "erase_contact",
    "found_contact",
    "lead_of",
    "merge",
    "put_company",
]

_TEXTS = ("external_id", "email", "phone", "name", "avatar")
_MOMENTS = ("signed_up_at", "last_seen_at")


def create_contact(state: WorkspaceState, sent: Mapping[str, Any]) -> Contact:
    """Make a user or a lead; raises Refused, 409 where a contact, even an archived one, has these keys."""
    role = sent.get("role") or ("user" if sent.get("email") or sent.get("external_id") else None)
    if role is None:
        raise missing("role, email or external_id is required")
    if role not in ("user", "lead"):
        raise invalid("role must be user or lead", "role")
    if role == "user" and not (sent.get("email") or sent.get("external_id")):
        raise missing("A user needs an email or an external_id", "email")
    now = state.now()
    contact = Contact("", str(role), created_at=now, updated_at=now)
    _fill(state, contact, sent)
    contact.id = state.next_hex()
    state.contacts[contact.id] = contact
    state.touch(contact)
    if (
        role == "user"
        and state.automation.created_campaign
        and reachable(contact, state.unsettled)
        and not contact.unsubscribed
    ):
        state.mail("Campaign: user created", contact.email, None)
    return contact


def change_contact(state: WorkspaceState, contact: Contact, sent: Mapping[str, Any]) -> None:
    """Change what is sent; a lead can become a user, never the other way about. `created_at` is read only."""
    role = sent.get("role")
    if role is not None and role != contact.role:
        if role != "user":
            raise invalid("A user cannot become a lead", "role")
        contact.role = "user"
    _fill(state, contact, sent)
    state.touch(contact)


def _fill(state: WorkspaceState, contact: Contact, sent: Mapping[str, Any]) -> None:
    """Check all that is sent before anything is set."""
    for name in _TEXTS:
        if sent.get(name) is not None and not isinstance(sent[name], str):
            raise invalid(f"{name} must be a string", name)
    for name in _MOMENTS:
        moment = sent.get(name)
        if moment is not None and (isinstance(moment, bool) or not isinstance(moment, int)):
            raise invalid(f"{name} must be a unix timestamp", name)
    email = sent.get("email")
    if email and ("@" not in email.strip("@") or any(sign.isspace() for sign in email)):
        raise invalid("Email is not valid", "email")
    owner = sent.get("owner_id")
    if owner is not None and state.admin(str(owner)) is None:
        raise invalid("Owner not found", "owner_id")
    attributes = set_attributes(state, "contact", contact.custom_attributes, sent.get("custom_attributes"))
    _unique(state, contact, sent)
    for name in (*_TEXTS, *_MOMENTS):
        if name in sent:
            setattr(contact, name, sent[name])
    contact.email = (contact.email or "").lower()
    contact.owner_id = int(owner) if owner is not None else (None if "owner_id" in sent else contact.owner_id)
    if sent.get("unsubscribed_from_emails") is not None:
        contact.unsubscribed = bool(sent["unsubscribed_from_emails"])
    contact.custom_attributes = attributes


def _unique(state: WorkspaceState, contact: Contact, sent: Mapping[str, Any]) -> None:
    """Refuse keys of another contact: an external id of any, an address of users among users [OAS#543]."""
    email, external = (sent.get("email") or "").lower(), sent.get("external_id")
    for other in state.present():
        if other is contact:
            continue
        same = bool(external) and other.external_id == external
        if contact.role == "user" and other.role == "user":
            same = same or (bool(email) and other.email.lower() == email)
        if same:
            kind = "An archived contact" if other.archived else "A contact"
            raise refused(409, "conflict", f"{kind} matching those details already exists with id={other.id}")


def found_contact(
    state: WorkspaceState, *, identifier: Any = None, external: Any = None, email: Any = None
) -> Contact | None:
    """Return the contact that one of the keys names; raises Refused (409) where users share an address."""
    if identifier is not None:
        return state.contact(str(identifier))
    if external is not None:
        return next(
            (row for row in state.present() if row.external_id == str(external) and not row.archived), None
        )
    if email is None:
        raise missing("A contact must be named", "intercom_user_id")
    rows = [row for row in state.present() if row.email.lower() == str(email).lower() and not row.archived]
    users = [row for row in rows if row.role == "user"]
    if len(users) > 1:
        text = "Multiple existing users match this email address - must be more specific using user_id"
        raise refused(409, "conflict", text)
    return users[0] if users else rows[-1] if rows else None


def lead_of(state: WorkspaceState, email: str) -> Contact:
    """Return a new lead with an address."""
    return create_contact(state, {"role": "lead", "email": email})


def merge(state: WorkspaceState, source: Contact, into: Contact) -> None:
    """Merge a lead into a user, for good: its id is 404 from now on."""
    if source.role != "lead" or into.role != "user":
        raise invalid("Only a lead can be merged into a user")
    source.merged_into = into.id
    state.index["contacts"].drop(source.id)
    into.companies += [key for key in source.companies if key not in into.companies]
    tagged = {tagging.tag for tagging in into.tags}
    into.tags += [tagging for tagging in source.tags if tagging.tag not in tagged]
    for note in state.notes.values():
        if note.contact == source.id:
            note.contact = into.id
    if state.unsettled.merge_moves_conversations:
        for thread in state.threads():
            if source.id in thread.contacts:
                thread.contacts = list(
                    dict.fromkeys(into.id if key == source.id else key for key in thread.contacts)
                )
                state.touch(thread, at=thread.updated_at)
    state.touch(into)


def erase_contact(state: WorkspaceState, contact: Contact) -> None:
    """Delete for good: what was written stays, with an id that leads nowhere."""
    del state.contacts[contact.id]
    state.index["contacts"].drop(contact.id)
    state.reporting.append(("contact", contact.id))
    for key in [key for key, note in state.notes.items() if note.contact == contact.id]:
        del state.notes[key]


def put_company(state: WorkspaceState, sent: Mapping[str, Any], company: Company | None) -> Company:
    """Make a company or change one; `company_id` is set once and for all."""
    for name in ("name", "plan", "website", "industry", "company_id"):
        if sent.get(name) is not None and not isinstance(sent[name], str):
            raise refused(400, "bad_request", f"bad '{name}' parameter", name)
    for name in ("size", "remote_created_at", "monthly_spend"):
        number = sent.get(name)
        if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
            raise refused(400, "bad_request", f"bad '{name}' parameter", name)
    current: Mapping[str, Any] = {} if company is None else company.custom_attributes
    attributes = set_attributes(state, "company", current, sent.get("custom_attributes"))
    now = state.now()
    if company is None:
        key = sent.get("company_id")
        if not key:
            raise refused(400, "bad_request", "bad 'company_id' parameter", "company_id")
        company = Company(state.next_hex(), str(key), str(sent.get("name") or ""), created_at=now)
        state.companies[company.id] = company
    for name in ("name", "plan", "size", "website", "industry", "monthly_spend", "remote_created_at"):
        if sent.get(name) is not None:
            setattr(company, name, sent[name])
    company.custom_attributes, company.updated_at = attributes, now
    return company


def contact_of_reply(state: WorkspaceState, sent: Mapping[str, Any]) -> Contact:
    """Return the contact in whose name a reply is sent."""
    contact = found_contact(
        state, identifier=sent.get("intercom_user_id"), external=sent.get("user_id"), email=sent.get("email")
    )
    if contact is None:
        raise no_contact()
    return contact
