"""Reading tickets, which have no list of their own."""

from __future__ import annotations

from ticketferry_emulators.intercom.exceptions import no_resource
from ticketferry_emulators.intercom.models.records import IntercomTicket
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.intercom.responses.search import page_of_search
from ticketferry_emulators.intercom.responses.thread_wire import ticket_wire
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES", "ticket_of"]


def ticket_of(state: WorkspaceState, call: Call) -> IntercomTicket:
    """Return the ticket of the path, by its `id`, never by the number that people see; raises Refused (404)."""
    ticket = state.tickets.get(call.params["ticket_id"])
    if ticket is None:
        raise no_resource("Ticket not found", "ticket_not_found")
    return ticket


def search(state: WorkspaceState, call: Call) -> Answer:
    """Find tickets, without parts; categories go by terms of their own (request, task, tracker)."""
    page = page_of_search(state, call, "tickets", 20, visible=lambda key: key in state.tickets)
    rows = [ticket_wire(state, state.tickets[key], parts=False) for key in page.ids]
    return Answer(
        200, {"type": "ticket.list", "pages": page.pages, "total_count": page.total, "tickets": rows}
    )


def show(state: WorkspaceState, call: Call) -> Answer:
    """Show a ticket with its newest 500 parts."""
    return Answer(200, ticket_wire(state, ticket_of(state, call)))


ROUTES = (
    Route("POST", "/tickets/search", search, "searchTickets", "search"),
    Route("GET", "/tickets/{ticket_id}", show, "getTicket", "tickets"),
)
