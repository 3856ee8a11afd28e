"""Reading contacts, and what hangs on them."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.intercom.exceptions import no_contact, no_resource
from ticketferry_emulators.intercom.models.records import Contact
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.paging import (
    ListPage,
    by_cursor,
    by_number,
    page_size,
    sorted_rows,
)
from ticketferry_emulators.intercom.responses.search import page_of_search
from ticketferry_emulators.intercom.responses.wire import company_wire, contact_wire, note_wire, tags_wire
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES", "contact_of"]

_DEFAULT = 50


def contact_of(state: WorkspaceState, call: Call) -> Contact:
    """Return the contact of the path, an archived one too; raises Refused (404) for one that was merged or deleted."""
    contact = state.contact(call.params["contact_id"])
    if contact is None:
        raise no_contact()
    return contact


def _listed(state: WorkspaceState, identifier: str) -> bool:
    contact = state.contact(identifier)
    return contact is not None and (state.unsettled.archived_contacts_listed or not contact.archived)


def _listing(state: WorkspaceState, page: ListPage) -> Answer:
    rows = [contact_wire(state, state.contacts[key]) for key in page.ids]
    return Answer(200, {"type": "list", "data": rows, "total_count": page.total, "pages": page.pages})


def list_contacts(state: WorkspaceState, call: Call) -> Answer:
    """List users and leads, the oldest first; merged ones are not there."""
    size = page_size(state, call.query.get("per_page"), _DEFAULT, 150)
    ids = [key for key in state.contacts if _listed(state, key)]
    rows = sorted_rows(ids, lambda key: (state.contacts[key].created_at, key))
    return _listing(state, by_cursor(call, rows, call.query.get("starting_after"), size))


def search(state: WorkspaceState, call: Call) -> Answer:
    """Find contacts; dates go by whole days of the workspace's zone, and new contacts take minutes to be found."""
    return _listing(
        state, page_of_search(state, call, "contacts", _DEFAULT, visible=lambda key: _listed(state, key))
    )


def show(state: WorkspaceState, call: Call) -> Answer:
    """Show a contact with at most ten of its companies, tags and notes."""
    return Answer(200, contact_wire(state, contact_of(state, call)))


def by_external_id(state: WorkspaceState, call: Call) -> Answer:
    """Show the contact with an external id."""
    wanted = call.params["external_id"]
    contact = next((row for row in state.present() if row.external_id == wanted and not row.archived), None)
    if contact is None:
        raise no_contact()
    return Answer(200, contact_wire(state, contact))


def companies(state: WorkspaceState, call: Call) -> Answer:
    """List all companies of a contact, page by number."""
    contact = contact_of(state, call)
    page = by_number(state, call, [key for key in contact.companies if state.company(key)], _DEFAULT, 60)
    rows = [company_wire(state, state.companies[key]) for key in page.ids]
    return Answer(200, _numbered(state, call, page, rows))


def _numbered(
    state: WorkspaceState, call: Call, page: ListPage, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return a list whose next page is an address."""
    following = page.pages["next"]
    link = None
    if following is not None:
        address = f"{state.origins.get('api', '')}{call.path}"
        link = f"{address}?per_page={page.pages['per_page']}&page={following['page']}"
    return {"type": "list", "data": rows, "total_count": page.total, "pages": {**page.pages, "next": link}}


def tags(state: WorkspaceState, call: Call) -> Answer:
    """List all tags of a contact."""
    contact = contact_of(state, call)
    rows = tags_wire(state, contact.tags)["tags"]
    return Answer(200, {"type": "list", "data": rows})


def notes(state: WorkspaceState, call: Call) -> Answer:
    """List the notes on a contact, the newest first."""
    contact = contact_of(state, call)
    ids = [note.id for note in reversed(state.notes.values()) if note.contact == contact.id]
    page = by_number(state, call, ids, _DEFAULT, 60)
    rows = [note_wire(state, state.notes[key]) for key in page.ids]
    return Answer(200, {"type": "list", "data": rows, "total_count": page.total, "pages": page.pages})


def note(state: WorkspaceState, call: Call) -> Answer:
    """Show a note."""
    row = state.notes.get(call.params["note_id"])
    if row is None:
        raise no_resource()
    return Answer(200, note_wire(state, row))


def segments(state: WorkspaceState, call: Call) -> Answer:
    """List the segments of a contact; the stand-in has none."""
    contact_of(state, call)
    return Answer(200, {"type": "list", "data": []})


def subscriptions(state: WorkspaceState, call: Call) -> Answer:
    """List the subscription types that a contact opted in to or out of; the stand-in has none."""
    contact_of(state, call)
    return Answer(200, {"type": "list", "data": []})


ROUTES = (
    Route("GET", "/contacts", list_contacts, "ListContacts", "contacts"),
    Route("POST", "/contacts/search", search, "SearchContacts", "search"),
    Route(
        "GET",
        "/contacts/find_by_external_id/{external_id}",
        by_external_id,
        "ShowContactByExternalId",
        "contacts",
    ),
    Route("GET", "/contacts/{contact_id}", show, "ShowContact", "contacts"),
    Route("GET", "/contacts/{contact_id}/companies", companies, "listCompaniesForAContact", "contacts"),
    Route("GET", "/contacts/{contact_id}/tags", tags, "listTagsForAContact", "contacts"),
    Route("GET", "/contacts/{contact_id}/notes", notes, "listNotes", "contacts"),
    Route("GET", "/contacts/{contact_id}/segments", segments, "listSegmentsForAContact", "contacts"),
    Route(
        "GET",
        "/contacts/{contact_id}/subscriptions",
        subscriptions,
        "listSubscriptionsForAContact",
        "contacts",
    ),
    Route("GET", "/notes/{note_id}", note, "retrieveNote", "contacts"),
)
