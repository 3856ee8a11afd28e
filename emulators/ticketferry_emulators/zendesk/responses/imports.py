"""Routes of the ticket import, one by one and by the hundred."""

from __future__ import annotations

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.models.imports import import_ticket
from ticketferry_emulators.zendesk.models.jobs import Item
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.models.ticket_input import IMPORT_KEYS
from ticketferry_emulators.zendesk.responses.requests import caller, named, records, take_job, warned
from ticketferry_emulators.zendesk.responses.routing import writes
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES"]


def _archive(call: Call) -> bool:
    return call.query.get("archive_immediately") == "true"


def create(state: DeskState, call: Call) -> Answer:
    """Import a ticket; unknown keys are dropped and named in a header. `generated_timestamp` is 0 in the answer [REC]."""
    sent = named(call, "ticket")
    wanted = {key: value for key, value in sent.items() if key in IMPORT_KEYS}
    now = state.clock.time()
    case = import_ticket(state, wanted, now, caller=caller(state, call), archive=_archive(call))
    return warned(
        Answer(201, {"ticket": case.ticket | {"generated_timestamp": 0}}), [sent], IMPORT_KEYS, "ticket"
    )


def create_many(state: DeskState, call: Call) -> Answer:
    """Take a job that imports up to 100 tickets, not in the order they were sent."""
    sent = records(call, "tickets")
    who, archive = caller(state, call), _archive(call)

    def item(index: int, row: WireRecord) -> Item:
        wanted = {key: value for key, value in row.items() if key in IMPORT_KEYS}

        def run(now: float) -> WireRecord:
            case = import_ticket(state, wanted, now, caller=who, archive=archive)
            return {"index": index, "id": case.ticket["id"], "account_id": state.account_id}

        return run

    items = [item(index, row) for index, row in enumerate(sent)]
    answer = take_job(
        state, "Bulk Import Ticket", "Importing ticket", items, error="TicketImportFailed", scattered=True
    )
    return warned(answer, sent, IMPORT_KEYS, "ticket")


ROUTES: tuple[Route, ...] = (
    *writes("POST", "/api/v2/imports/tickets", create, "TicketImport", "imports"),
    *writes("POST", "/api/v2/imports/tickets/create_many", create_many, "TicketBulkImport", "imports"),
)
