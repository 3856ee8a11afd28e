"""Routes that create and change tickets, one by one and in bulk, and their tags."""

from __future__ import annotations

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import detailed, not_found
from ticketferry_emulators.zendesk.models.jobs import Item
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.models.ticket_input import CREATE_KEYS, UPDATE_KEYS
from ticketferry_emulators.zendesk.models.tokens import Remembered
from ticketferry_emulators.zendesk.models.updates import create_ticket, set_tags, update_ticket
from ticketferry_emulators.zendesk.responses.requests import (
    caller,
    fingerprint,
    named,
    records,
    take_job,
    wanted_ids,
    warned,
)
from ticketferry_emulators.zendesk.responses.routing import both, identifier, writes
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES"]

_REMEMBERED_SECONDS = 7_200.0
_LONGEST_KEY = 255


def create(state: DeskState, call: Call) -> Answer:
    """Create a ticket; the same `Idempotency-Key` within two hours gives the same answer again [DOC]."""
    key, now = call.headers.get("idempotency-key"), state.clock.time()
    if key is None:
        return _create(state, call)
    if not 0 < len(key) <= _LONGEST_KEY:
        raise detailed(
            400, "IdempotentRequestError", f"The idempotency key must have 1 to {_LONGEST_KEY} characters"
        )
    known = state.remembered.get(key)
    if known is not None and known.until > now:
        if known.digest != fingerprint(call):
            text = "Request parameters don't match the given idempotency key"
            raise detailed(400, "IdempotentRequestError", text)
        headers = {**known.answer.headers, "x-idempotency-lookup": "hit"}
        return Answer(known.answer.status, known.answer.body, headers, committed=False)
    answer = _create(state, call)
    state.remembered[key] = Remembered(fingerprint(call), answer, now + _REMEMBERED_SECONDS)
    return Answer(answer.status, answer.body, {**answer.headers, "x-idempotency-lookup": "miss"})


def _create(state: DeskState, call: Call) -> Answer:
    sent = named(call, "ticket")
    wanted = {key: value for key, value in sent.items() if key in CREATE_KEYS}
    now = state.clock.time()
    made = create_ticket(state, wanted, now, caller=caller(state, call))
    ticket = made.case.ticket | {"generated_timestamp": 0}
    return warned(Answer(201, {"ticket": ticket, "audit": made.audit}), [sent], CREATE_KEYS, "ticket")


def create_many(state: DeskState, call: Call) -> Answer:
    """Take a job that creates up to 100 tickets, not in the order they were sent."""
    sent = records(call, "tickets")
    who = caller(state, call)

    def item(index: int, row: WireRecord) -> Item:
        wanted = {key: value for key, value in row.items() if key in CREATE_KEYS}

        def run(now: float) -> WireRecord:
            case = create_ticket(state, wanted, now, caller=who).case
            return {"index": index, "id": case.ticket["id"], "account_id": state.account_id}

        return run

    items = [item(index, row) for index, row in enumerate(sent)]
    answer = take_job(
        state, "Bulk Create Ticket", "Creating ticket", items, error="TicketCreateFailed", scattered=True
    )
    return warned(answer, sent, CREATE_KEYS, "ticket")


def update(state: DeskState, call: Call) -> Answer:
    """Change a ticket; the answer has the ticket and the audit of the change."""
    number = identifier(call)
    if not state.live(number):
        raise not_found()
    sent = named(call, "ticket")
    wanted = {key: value for key, value in sent.items() if key in UPDATE_KEYS}
    now = state.clock.time()
    done = update_ticket(state, number, wanted, now, caller=caller(state, call))
    body: WireRecord = {"ticket": done.case.ticket}
    if done.audit is not None:
        body["audit"] = done.audit
    return warned(Answer(200, body), [sent], UPDATE_KEYS, "ticket")


def update_many(state: DeskState, call: Call) -> Answer:
    """Take a job that changes up to 100 tickets: the same way (`ids`), or each in its own (`tickets`)."""
    who = caller(state, call)
    if "ids" in call.query:
        same = named(call, "ticket")
        sent = [same | {"id": number} for number in wanted_ids(call)]
    else:
        sent = records(call, "tickets")
    if not all(isinstance(row.get("id"), int) for row in sent):
        raise detailed(400, "InvalidValue", "Every ticket needs an id")

    def item(row: WireRecord) -> Item:
        wanted = {key: value for key, value in row.items() if key in UPDATE_KEYS}

        def run(now: float) -> WireRecord:
            if not state.live(row["id"]):
                raise not_found()
            update_ticket(state, row["id"], wanted, now, caller=who, bulk=True)
            return {"action": "update", "id": row["id"], "status": "Updated", "success": True}

        return run

    answer = take_job(
        state, "Bulk Update Ticket", "Updating ticket", [item(row) for row in sent], error="TicketUpdateFailed",
        ids=[row["id"] for row in sent], action="update",
    )  # fmt: skip
    return warned(answer, sent, UPDATE_KEYS, "ticket")


def _tags(state: DeskState, call: Call, how: str) -> Answer:
    number = identifier(call)
    if not state.live(number):
        raise not_found()
    body = call.json if isinstance(call.json, dict) else {}
    tags = list(body.get("tags") or ())
    wish: dict[str, list[str]] = {how: tags}
    found = set_tags(state, number, state.clock.time(), caller=caller(state, call), **wish)
    return Answer(201 if how == "tags" else 200, {"tags": found})


def tags_of_ticket(state: DeskState, call: Call) -> Answer:
    """List the tags of a ticket."""
    number = identifier(call)
    if not state.live(number):
        raise not_found()
    return Answer(200, {"tags": state.case(number).ticket["tags"]})


def replace_tags(state: DeskState, call: Call) -> Answer:
    """Set a ticket's tags in the place of those it has."""
    return _tags(state, call, "tags")


def add_tags(state: DeskState, call: Call) -> Answer:
    """Add tags to a ticket."""
    return _tags(state, call, "more")


def remove_tags(state: DeskState, call: Call) -> Answer:
    """Take tags off a ticket."""
    return _tags(state, call, "less")


ROUTES: tuple[Route, ...] = (
    *writes("POST", "/api/v2/tickets", create, "CreateTicket", "tickets-create"),
    *writes("POST", "/api/v2/tickets/create_many", create_many, "TicketsCreateMany", "tickets-bulk"),
    *writes("PUT", "/api/v2/tickets/update_many", update_many, "TicketsUpdateMany", "tickets-bulk"),
    *writes("PUT", "/api/v2/tickets/{id}", update, "UpdateTicket", "tickets-update"),
    *both("/api/v2/tickets/{id}/tags", tags_of_ticket, "ListResourceTags", "tickets"),
    *writes("POST", "/api/v2/tickets/{id}/tags", replace_tags, "SetTagsTicket", "tags"),
    *writes("PUT", "/api/v2/tickets/{id}/tags", add_tags, "PutTagsTicket", "tags"),
    *writes("DELETE", "/api/v2/tickets/{id}/tags", remove_tags, "DeleteTagsTicket", "tags"),
)
