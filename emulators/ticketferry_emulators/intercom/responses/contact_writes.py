"""Writing contacts, and what hangs on them: tags, companies, notes."""

from __future__ import annotations

from ticketferry_emulators.intercom.exceptions import missing, no_contact, no_resource, refused
from ticketferry_emulators.intercom.models.bodies import from_teammate
from ticketferry_emulators.intercom.models.people import (
    change_contact,
    create_contact,
    erase_contact,
    merge,
)
from ticketferry_emulators.intercom.models.records import Contact, ContactNote, Tagging
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.companies import no_company
from ticketferry_emulators.intercom.responses.contacts import contact_of
from ticketferry_emulators.intercom.responses.shapes import sent_by
from ticketferry_emulators.intercom.responses.wire import company_wire, contact_wire, note_wire, tags_wire
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_MOST_COMPANIES = 1_000


def create(state: WorkspaceState, call: Call) -> Answer:
    """Create a user or lead; 409 with the id of the contact, archived or not, that has these keys."""
    return Answer(200, contact_wire(state, create_contact(state, sent_by(call))))


def update(state: WorkspaceState, call: Call) -> Answer:
    """Change a contact; its time of creation is read only."""
    contact = contact_of(state, call)
    change_contact(state, contact, sent_by(call))
    return Answer(200, contact_wire(state, contact))


def _reference(contact: Contact, **what: bool) -> Answer:
    return Answer(200, {"type": "contact", "id": contact.id, "external_id": contact.external_id, **what})


def delete(state: WorkspaceState, call: Call) -> Answer:
    """Delete a contact for good; what he wrote stays."""
    contact = contact_of(state, call)
    erase_contact(state, contact)
    return _reference(contact, deleted=True)


def archive(state: WorkspaceState, call: Call) -> Answer:
    """Archive a contact."""
    contact = contact_of(state, call)
    contact.archived = True
    state.touch(contact)
    return _reference(contact, archived=True)


def unarchive(state: WorkspaceState, call: Call) -> Answer:
    """Bring an archived contact back."""
    contact = contact_of(state, call)
    contact.archived = False
    state.touch(contact)
    return _reference(contact, archived=False)


def block(state: WorkspaceState, call: Call) -> Answer:
    """Block a contact; conversations go out of lists and searches with it."""
    contact = contact_of(state, call)
    contact.blocked = True
    state.touch(contact)
    return _reference(contact, blocked=True)


def merge_contacts(state: WorkspaceState, call: Call) -> Answer:
    """Merge a lead into a user, for good."""
    sent = sent_by(call)
    source, into = state.contact(str(sent.get("from"))), state.contact(str(sent.get("into")))
    if source is None or into is None:
        raise no_contact()
    merge(state, source, into)
    return Answer(200, contact_wire(state, into))


def add_tag(state: WorkspaceState, call: Call) -> Answer:
    """Tag a contact."""
    contact, tag = contact_of(state, call), state.tags.get(str(sent_by(call).get("id")))
    if tag is None:
        raise no_resource()
    if all(tagging.tag != tag.id for tagging in contact.tags):
        contact.tags.append(Tagging(tag.id, state.now(), "admin", str(call.account)))
        state.touch(contact)
    return Answer(200, next(row for row in tags_wire(state, contact.tags)["tags"] if row["id"] == tag.id))


def remove_tag(state: WorkspaceState, call: Call) -> Answer:
    """Take a tag off a contact."""
    contact, identifier = contact_of(state, call), call.params["tag_id"]
    row = next((row for row in tags_wire(state, contact.tags)["tags"] if row["id"] == identifier), None)
    if row is None:
        raise no_resource()
    contact.tags = [tagging for tagging in contact.tags if tagging.tag != identifier]
    state.touch(contact)
    return Answer(200, row)


def add_company(state: WorkspaceState, call: Call) -> Answer:
    """Make a contact belong to a company; who belongs already stays so once."""
    contact, identifier = contact_of(state, call), sent_by(call).get("id")
    if identifier is None:
        raise missing("company not specified")
    company = state.company(str(identifier))
    if company is None:
        raise no_company()
    if company.id not in contact.companies:
        if len(contact.companies) >= _MOST_COMPANIES:
            text = f"Contact has reached the maximum of {_MOST_COMPANIES} company associations"
            raise refused(400, "contact_company_limit_exceeded", text)
        contact.companies.append(company.id)
        state.touch(contact)
    return Answer(200, company_wire(state, company))


def remove_company(state: WorkspaceState, call: Call) -> Answer:
    """Make a contact not belong to a company any more."""
    contact, company = contact_of(state, call), state.company(call.params["company_id"])
    if company is None or company.id not in contact.companies:
        raise no_company()
    contact.companies.remove(company.id)
    state.touch(contact)
    return Answer(200, company_wire(state, company))


def add_note(state: WorkspaceState, call: Call) -> Answer:
    """Write a note about a contact; always as of now."""
    contact, sent = contact_of(state, call), sent_by(call)
    author = str(call.account) if sent.get("admin_id") is None else str(sent["admin_id"])
    admin = state.admin(author)
    if admin is None:
        raise no_resource()
    if not isinstance(sent.get("body"), str) or not sent["body"].strip():
        raise missing("Body is required", "body")
    note = ContactNote(state.next_id("note"), contact.id, admin.id, from_teammate(sent["body"]), state.now())
    state.notes[note.id] = note
    return Answer(200, note_wire(state, note))


_ONE = "/contacts/{contact_id}"
ROUTES = (
    Route("POST", "/contacts", create, "CreateContact", "contacts", write=True),
    Route("POST", "/contacts/merge", merge_contacts, "MergeContact", "contacts", write=True),
    Route("PUT", _ONE, update, "UpdateContact", "contacts", write=True),
    Route("DELETE", _ONE, delete, "DeleteContact", "contacts", write=True),
    Route("POST", f"{_ONE}/archive", archive, "ArchiveContact", "contacts", write=True),
    Route("POST", f"{_ONE}/unarchive", unarchive, "UnarchiveContact", "contacts", write=True),
    Route("POST", f"{_ONE}/block", block, "BlockContact", "contacts", write=True),
    Route("POST", f"{_ONE}/tags", add_tag, "attachTagToContact", "contacts", write=True),
    Route("DELETE", f"{_ONE}/tags/{{tag_id}}", remove_tag, "detachTagFromContact", "contacts", write=True),
    Route("POST", f"{_ONE}/companies", add_company, "attachContactToACompany", "contacts", write=True),
    Route(
        "DELETE",
        f"{_ONE}/companies/{{company_id}}",
        remove_company,
        "detachContactFromACompany",
        "contacts",
        write=True,
    ),
    Route("POST", f"{_ONE}/notes", add_note, "createNote", "contacts", write=True),
)
