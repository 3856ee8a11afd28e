"""Routes that delete, restore, erase and merge tickets."""

from __future__ import annotations

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import detailed, not_found
from ticketferry_emulators.zendesk.models.jobs import Item
from ticketferry_emulators.zendesk.models.removals import (
    delete_ticket,
    erase_ticket,
    merge_ticket,
    restore_ticket,
)
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.requests import caller, take_job, wanted_ids
from ticketferry_emulators.zendesk.responses.routing import identifier, writes
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES"]


def delete(state: DeskState, call: Call) -> Answer:
    """Delete a ticket, to be restored for some 30 days."""
    delete_ticket(state, identifier(call), state.clock.time(), caller=caller(state, call))
    return Answer(204)


def destroy_many(state: DeskState, call: Call) -> Answer:
    """Take a job that deletes up to 100 tickets; it calls itself an update [REC]."""
    ids, who = wanted_ids(call), caller(state, call)

    def item(number: int) -> Item:
        def run(now: float) -> WireRecord:
            delete_ticket(state, number, now, caller=who)
            return {"action": "delete", "id": number, "status": "Deleted", "success": True}

        return run

    return take_job(
        state, "Bulk Update Ticket", "Deleting ticket", [item(number) for number in ids],
        error="TicketDeleteFailed", ids=ids, action="delete",
    )  # fmt: skip


def restore(state: DeskState, call: Call) -> Answer:
    """Restore a deleted ticket."""
    restore_ticket(state, identifier(call), state.clock.time(), caller=caller(state, call))
    return Answer(200, "")


def restore_many(state: DeskState, call: Call) -> Answer:
    """Restore up to 100 deleted tickets at once; none of them when one cannot be."""
    ids = wanted_ids(call)
    if any(number not in state.deletions for number in ids):
        raise not_found()
    for number in ids:
        restore_ticket(state, number, state.clock.time(), caller=caller(state, call))
    return Answer(200, "")


def erase(state: DeskState, call: Call) -> Answer:
    """Take a job that erases one deleted ticket for good."""
    number = identifier(call)
    if number not in state.deletions:
        raise not_found()
    return _erase(state, [number])


def erase_many(state: DeskState, call: Call) -> Answer:
    """Take a job that erases up to 100 deleted tickets for good; one that fails does not keep the others [OAS]."""
    return _erase(state, wanted_ids(call))


def _erase(state: DeskState, ids: list[int]) -> Answer:

    def item(number: int) -> Item:
        def run(now: float) -> WireRecord:
            erase_ticket(state, number, now)
            return {"id": number, "success": True}

        return run

    return take_job(
        state, "Bulk Permanently Delete Ticket", "Erasing ticket", [item(number) for number in ids],
        error="TicketDeleteFailed", ids=ids, action="delete", whole=True,
    )  # fmt: skip


def merge(state: DeskState, call: Call) -> Answer:
    """Take a job that merges tickets into another."""
    winner, who = identifier(call), caller(state, call)
    body = call.json if isinstance(call.json, dict) else {}
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(one, int) for one in ids):
        raise detailed(400, "InvalidValue", "Parameter ids is required")
    if not state.live(winner):
        raise not_found()

    def item(number: int) -> Item:
        def run(now: float) -> WireRecord:
            merge_ticket(state, winner, number, now, caller=who, sent=body)
            return {"action": "merge", "id": number, "status": "Merged", "success": True}

        return run

    return take_job(
        state, "Ticket Merge", "Merging ticket", [item(number) for number in ids], error="TicketMergeFailed",
        ids=ids, action="merge",
    )  # fmt: skip


_DELETED = "/api/v2/deleted_tickets"
ROUTES: tuple[Route, ...] = (
    *writes("DELETE", "/api/v2/tickets/destroy_many", destroy_many, "BulkDeleteTickets", "tickets-bulk"),
    *writes("DELETE", "/api/v2/tickets/{id}", delete, "DeleteTicket", "tickets-delete"),
    *writes("POST", "/api/v2/tickets/{id}/merge", merge, "MergeTicketsIntoTargetTicket", "tickets-merge"),
    *writes("PUT", f"{_DELETED}/restore_many", restore_many, "BulkRestoreDeletedTickets", "tickets-restore"),
    *writes("PUT", f"{_DELETED}/{{id}}/restore", restore, "RestoreDeletedTicket", "tickets-restore"),
    *writes(
        "DELETE",
        f"{_DELETED}/destroy_many",
        erase_many,
        "BulkPermanentlyDeleteTickets",
        "deleted-tickets-destroy",
    ),
    *writes("DELETE", f"{_DELETED}/{{id}}", erase, "DeleteTicketPermanently", "deleted-tickets-destroy"),
)
