"""Writing tickets: at once or as a job, with replies, states and tags."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.intercom.exceptions import invalid, no_resource, refused
from ticketferry_emulators.intercom.models.bodies import from_contact
from ticketferry_emulators.intercom.models.jobs import enqueue
from ticketferry_emulators.intercom.models.people import contact_of_reply
from ticketferry_emulators.intercom.models.records import IntercomTicket, Tagging
from ticketferry_emulators.intercom.models.state import TicketJob, WorkspaceState
from ticketferry_emulators.intercom.models.threads import (
    acting_admin,
    contact_speaks,
    date_of,
    teammate_speaks,
)
from ticketferry_emulators.intercom.models.ticketing import change_ticket, create_ticket
from ticketferry_emulators.intercom.models.uploads import checked_files, files_of
from ticketferry_emulators.intercom.responses.conversation_writes import spoken_by_teammate, words_of
from ticketferry_emulators.intercom.responses.shapes import sent_by
from ticketferry_emulators.intercom.responses.thread_wire import ticket_part_wire, ticket_wire
from ticketferry_emulators.intercom.responses.tickets import ticket_of
from ticketferry_emulators.intercom.responses.wire import tags_wire
from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route

__all__ = ["ROUTES"]


def create(state: WorkspaceState, call: Call) -> Answer:
    """Create a ticket of one contact."""
    return Answer(200, ticket_wire(state, create_ticket(state, sent_by(call))))


def _job_wire(state: WorkspaceState, job: TicketJob) -> dict[str, Any]:
    base = state.origins.get("api", "")
    return {
        "type": "job", "id": job.id, "status": job.status, "url": f"{base}/jobs/status/{job.id}", "resource_type": "ticket",
        "resource_id": job.ticket, "resource_url": None if job.ticket is None else f"{base}/tickets/{job.ticket}",
    }  # fmt: skip


def create_later(state: WorkspaceState, call: Call) -> Answer:
    """Take a job that creates a ticket."""
    return Answer(200, _job_wire(state, enqueue(state, sent_by(call))))


def job_status(state: WorkspaceState, call: Call) -> Answer:
    """Show a job: pending, success with the ticket's id, or failed."""
    job = state.jobs.get(call.params["job_id"])
    if job is None:
        raise no_resource("Job not found", "job_not_found")
    return Answer(200, _job_wire(state, job))


def update(state: WorkspaceState, call: Call) -> Answer:
    """Change a ticket: values, state, assignee, open or closed, put off, seen by the contact."""
    ticket = ticket_of(state, call)
    change_ticket(state, ticket, sent_by(call))
    return Answer(200, ticket_wire(state, ticket))


def reply(state: WorkspaceState, call: Call) -> Answer:
    """Answer a ticket as a teammate or as its contact; files only by address, and no words of contacts on Back-office tickets."""
    ticket, sent = ticket_of(state, call), sent_by(call)
    if sent.get("attachment_files"):
        raise NotServed("attachment_files on a ticket, which come with version 2.16")
    part = (
        _contact_reply(state, ticket, sent)
        if sent.get("type") == "user"
        else _admin_reply(state, ticket, sent)
    )
    return Answer(200, part)


def _contact_reply(state: WorkspaceState, ticket: IntercomTicket, sent: dict[str, Any]) -> dict[str, Any]:
    if state.ticket_types[ticket.type_id].category != "Customer":
        raise refused(400, "parameter_mismatch", "User replies are not allowed on Backoffice tickets")
    contact = contact_of_reply(state, sent)
    if contact.id not in ticket.contacts:
        raise no_resource()
    moment = date_of(state, sent, ticket.created_at)
    uploads = checked_files(state, sent, base64_too=False)
    text = words_of(sent, needed=not uploads)
    body = None if text is None else from_contact(text)
    return ticket_part_wire(
        state, contact_speaks(state, ticket, contact, body, files_of(state, uploads), moment)
    )


def _admin_reply(state: WorkspaceState, ticket: IntercomTicket, sent: dict[str, Any]) -> dict[str, Any]:
    if sent.get("type") != "admin":
        raise invalid("type must be admin or user", "type")
    if sent.get("cross_post"):
        raise NotServed("cross_post")
    admin, message = acting_admin(state, sent), sent.get("message_type")
    more = spoken_by_teammate(state, sent, message, base64_too=False)
    moment = date_of(state, sent, ticket.created_at)
    body, uploads = more.pop("body"), more.pop("uploads")
    part = teammate_speaks(
        state, ticket, admin, str(message), body, at=moment, silent=bool(sent.get("skip_notifications")),
        files=files_of(state, uploads), **more,
    )  # fmt: skip
    return ticket_part_wire(state, part)


def delete(state: WorkspaceState, call: Call) -> Answer:
    """Delete a ticket for good; reports go on counting it, and its number is never given again."""
    ticket = ticket_of(state, call)
    del state.tickets[ticket.id]
    state.index["tickets"].drop(ticket.id)
    state.reporting.append(("ticket", ticket.id))
    for _, identifier in ticket.linked:
        other = state.conversations.get(identifier)
        if other is not None:
            other.linked = [pair for pair in other.linked if pair != ("ticket", ticket.id)]
    return Answer(200, {"id": ticket.id, "object": "ticket", "deleted": True})


def add_tag(state: WorkspaceState, call: Call) -> Answer:
    """Tag a ticket."""
    ticket, sent = ticket_of(state, call), sent_by(call)
    admin, tag = acting_admin(state, sent), state.tags.get(str(sent.get("id")))
    if tag is None:
        raise no_resource()
    if all(tagging.tag != tag.id for tagging in ticket.tags):
        ticket.tags.append(Tagging(tag.id, state.now(), "admin", str(admin.id)))
        state.touch(ticket)
    return Answer(200, next(row for row in tags_wire(state, ticket.tags)["tags"] if row["id"] == tag.id))


def remove_tag(state: WorkspaceState, call: Call) -> Answer:
    """Take a tag off a ticket."""
    ticket, identifier = ticket_of(state, call), call.params["tag_id"]
    acting_admin(state, sent_by(call))
    row = next((row for row in tags_wire(state, ticket.tags)["tags"] if row["id"] == identifier), None)
    if row is None:
        raise no_resource()
    ticket.tags = [tagging for tagging in ticket.tags if tagging.tag != identifier]
    state.touch(ticket)
    return Answer(200, row)


_ONE = "/tickets/{ticket_id}"
ROUTES = (
    Route("POST", "/tickets", create, "createTicket", "tickets", write=True),
    Route("POST", "/tickets/enqueue", create_later, "enqueueCreateTicket", "tickets", write=True),
    Route("GET", "/jobs/status/{job_id}", job_status, "jobsStatus", "tickets"),
    Route("PUT", _ONE, update, "updateTicket", "tickets", write=True),
    Route("DELETE", _ONE, delete, "deleteTicket", "tickets", write=True),
    Route("POST", f"{_ONE}/reply", reply, "replyTicket", "tickets", write=True),
    Route("POST", f"{_ONE}/tags", add_tag, "attachTagToTicket", "tickets", write=True),
    Route("DELETE", f"{_ONE}/tags/{{tag_id}}", remove_tag, "detachTagFromTicket", "tickets", write=True),
)
