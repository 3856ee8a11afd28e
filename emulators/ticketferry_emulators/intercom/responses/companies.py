"""Reading companies: one by one, by pages of at most 10,000, or by the one scroll that an app may have open."""

from __future__ import annotations

import uuid

from ticketferry_emulators.intercom.exceptions import invalid, no_resource, refused
from ticketferry_emulators.intercom.models.records import Company
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.paging import by_number
from ticketferry_emulators.intercom.responses.wire import company_wire, contact_wire
from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route

__all__ = ["ROUTES", "company_of", "no_company"]

_DEEPEST = 10_000
_SCROLLED = 100
_IDLE = 60.0
"""Seconds after which an unused scroll is gone."""


def no_company() -> Exception:
    """No such company."""
    return no_resource("Company Not Found", "company_not_found")


def company_of(state: WorkspaceState, call: Call) -> Company:
    """Return the company of the path, by the id that Intercom gave it; raises Refused (404)."""
    company = state.company(call.params["company_id"])
    if company is None:
        raise no_company()
    return company


def _inhabited(state: WorkspaceState) -> list[Company]:
    """Return the companies that lists have: those with a contact."""
    used = {key for contact in state.present() for key in contact.companies}
    return [company for key in state.companies if key in used and (company := state.company(key)) is not None]


def list_companies(state: WorkspaceState, call: Call) -> Answer:
    """List companies that have contacts, those seen last first, at most 10,000."""
    order = call.query.get("order") or "desc"
    if order not in ("asc", "desc"):
        raise invalid("order must be asc or desc", "order")
    rows = sorted(
        _inhabited(state), key=lambda row: (row.last_request_at or 0, row.id), reverse=order == "desc"
    )
    page = by_number(state, call, [row.id for row in rows], 15, 60)
    if page.pages["page"] * page.pages["per_page"] > _DEEPEST:
        raise invalid(f"No more than {_DEEPEST} companies can be listed; use the scroll", "page")
    data = [company_wire(state, state.companies[key]) for key in page.ids]
    return Answer(200, {"type": "list", "data": data, "total_count": page.total, "pages": page.pages})


def scroll(state: WorkspaceState, call: Call) -> Answer:
    """Give the companies that have contacts, a hundred at a time; one scroll at once, gone after a minute without use."""
    now, asked = state.clock.time(), call.query.get("scroll_param")
    if state.scroll is not None and state.scroll[1] + _IDLE <= now:
        state.scroll = None
    if not asked:
        if state.scroll is not None:
            raise refused(400, "scroll_exists", "scroll already exists for this workspace")
        parameter, begin = str(uuid.UUID(int=(int(now) << 64) | call.sequence)), 0
    else:
        if state.scroll is None or state.scroll[0] != asked:
            raise no_resource("scroll parameter not found")
        parameter, _, begin = state.scroll
    ids = [company.id for company in _inhabited(state)][begin : begin + _SCROLLED]
    # a step that fails in the network can't be repeated: the scroll has to begin again
    failed = call.suffers("status_after") or call.suffers("drop_after")
    state.scroll = (parameter, now, begin + len(ids)) if ids and not failed else None
    data = [company_wire(state, state.companies[key]) for key in ids]
    body = {"type": "list", "data": data, "pages": None, "total_count": None, "scroll_param": parameter}
    return Answer(200, body)


def find(state: WorkspaceState, call: Call) -> Answer:
    """Show the company with a `company_id` or a name, users or not; other filters are not served."""
    wanted, name = call.query.get("company_id"), call.query.get("name")
    if wanted is None and name is None:
        raise NotServed("GET /companies without company_id or name")
    for key in state.companies:
        company = state.company(key)
        if company is not None and (
            company.company_id == wanted if wanted is not None else company.name == name
        ):
            row = company_wire(state, company)
            pages = {"type": "pages", "next": None, "page": 1, "per_page": 15, "total_pages": 1}
            listed = {"type": "list", "data": [row], "pages": pages, "total_count": 1}
            return Answer(200, listed if state.unsettled.company_found_as == "list" else row)
    raise no_company()


def show(state: WorkspaceState, call: Call) -> Answer:
    """Show a company."""
    return Answer(200, company_wire(state, company_of(state, call)))


def contacts(state: WorkspaceState, call: Call) -> Answer:
    """List the contacts of a company."""
    ids = [row.id for row in state.members(company_of(state, call).id) if not row.archived]
    page = by_number(state, call, ids, 50, 60)
    data = [contact_wire(state, state.contacts[key]) for key in page.ids]
    return Answer(200, {"type": "list", "data": data, "total_count": page.total, "pages": page.pages})


def notes(state: WorkspaceState, call: Call) -> Answer:
    """List the notes on a company; the stand-in has none."""
    company_of(state, call)
    pages = {"type": "pages", "next": None, "page": 1, "per_page": 50, "total_pages": 0}
    return Answer(200, {"type": "list", "data": [], "total_count": 0, "pages": pages})


def segments(state: WorkspaceState, call: Call) -> Answer:
    """List the segments of a company; the stand-in has none."""
    company_of(state, call)
    return Answer(200, {"type": "list", "data": []})


ROUTES = (
    Route("GET", "/companies", find, "retrieveCompany", "companies"),
    Route("POST", "/companies/list", list_companies, "listAllCompanies", "companies"),
    Route("GET", "/companies/scroll", scroll, "scrollOverAllCompanies", "companies"),
    Route("GET", "/companies/{company_id}", show, "RetrieveACompanyById", "companies"),
    Route("GET", "/companies/{company_id}/contacts", contacts, "ListAttachedContacts", "companies"),
    Route("GET", "/companies/{company_id}/notes", notes, "listCompanyNotes", "companies"),
    Route(
        "GET", "/companies/{company_id}/segments", segments, "ListAttachedSegmentsForCompanies", "companies"
    ),
)
