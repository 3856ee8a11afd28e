"""Writing companies."""

from __future__ import annotations

from ticketferry_emulators.intercom.models.people import put_company
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.companies import company_of
from ticketferry_emulators.intercom.responses.shapes import sent_by
from ticketferry_emulators.intercom.responses.wire import company_wire
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_DELAY = 2.0
"""Seconds until a deletion that was accepted takes effect; no document says how long."""


def create_or_update(state: WorkspaceState, call: Call) -> Answer:
    """Create a company, or change the one with this `company_id`; lists show it once a contact belongs to it."""
    sent = sent_by(call)
    key = sent.get("company_id")
    company = next(
        (
            row
            for row in state.companies.values()
            if row.company_id == key and state.company(row.id) is not None
        ),
        None,
    )
    return Answer(200, company_wire(state, put_company(state, sent, company)))


def update(state: WorkspaceState, call: Call) -> Answer:
    """Change a company, but for its `company_id`."""
    return Answer(200, company_wire(state, put_company(state, sent_by(call), company_of(state, call))))


def delete(state: WorkspaceState, call: Call) -> Answer:
    """Accept that a company is to be archived; it takes effect some time later, and its contacts stay."""
    company = company_of(state, call)
    company.archive_at = state.clock.time() + _DELAY
    return Answer(200, {"id": company.id, "object": "company", "deleted": True})


ROUTES = (
    Route("POST", "/companies", create_or_update, "createOrUpdateCompany", "companies", write=True),
    Route("PUT", "/companies/{company_id}", update, "UpdateCompany", "companies", write=True),
    Route("DELETE", "/companies/{company_id}", delete, "deleteCompany", "companies", write=True),
)
