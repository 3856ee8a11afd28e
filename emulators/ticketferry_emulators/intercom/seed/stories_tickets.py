"""The tickets of the sample: of each category and state, with fields of every type and a history of them."""

from __future__ import annotations

from ticketferry_emulators.intercom.models.records import IntercomTicket, TicketType
from ticketferry_emulators.intercom.models.state import BOT
from ticketferry_emulators.intercom.seed import texts
from ticketferry_emulators.intercom.seed.stories import Cast
from ticketferry_emulators.intercom.seed.telling import PNG, Teller, by_admin, by_contact

__all__ = ["tell_ticket"]

_ENDS = ("8269", "8270", "8271", "8272", "8273", "closed")
_CATEGORIES = {
    "8269": "submitted",
    "8270": "in_progress",
    "8271": "waiting_on_customer",
    "8272": "resolved",
    "8273": "in_progress",
}


def tell_ticket(tell: Teller, ticket: IntercomTicket, kind: TicketType, cast: Cast, place: int) -> None:
    """Let a ticket of a type happen; `place` decides where it ends."""
    agent, customer = by_admin(cast.admins[1]), kind.category == "Customer"
    ticket.shared = customer and place % 5 != 4
    ticket.attributes = {
        "_default_title_": texts.subject(tell.dice),
        "_default_description_": _description(place),
    }
    tell.part(
        "ticket_state_updated_by_admin",
        BOT,
        after=1,
        ticket_state="submitted",
        previous_ticket_state="submitted",
    )
    if customer:
        _fields(tell, ticket, place)
    elif kind.category == "Back-office":
        ticket.attributes |= {"Amount": 12.5, "Approved": place % 2 == 0}
    if ticket.shared:
        tell.part("comment", by_contact(cast.contact), texts.answer(tell.dice))
        tell.part("comment", agent, texts.reply(tell.dice))
    tell.part(
        "note", agent, texts.HOSTILE[place % len(texts.HOSTILE)] if place % 3 == 2 else texts.note(tell.dice)
    )
    end = _ENDS[place % len(_ENDS)]
    if end != "8269":
        tell.assign(cast.admins[1], agent)
        _move(tell, ticket, end if end != "closed" else "8272", cast)
    if end == "closed":
        ticket.state = "closed"
    if place % 7 == 6 and ticket.state == "open":
        ticket.state, ticket.snoozed_until = "snoozed", tell.now + 86_400 * 90


def _description(place: int) -> str:
    return (
        "Line one\nLine two & <b>no markup</b>",
        "",
        texts.LANGUAGES[place % len(texts.LANGUAGES)],
        "x" * 3_000,
    )[place % 4]


def _move(tell: Teller, ticket: IntercomTicket, to: str, cast: Cast) -> None:
    before = _CATEGORIES[ticket.state_id]
    ticket.state_id = to
    part = tell.part(
        "ticket_state_updated_by_admin",
        by_admin(cast.admins[1]),
        ticket_state=_CATEGORIES[to],
        previous_ticket_state=before,
    )
    part.app_package_code = "test-integration"


def _fields(tell: Teller, ticket: IntercomTicket, place: int) -> None:
    """Fill the fields of a bug, one after the other; the last change is of a list."""
    ticket.attributes |= {
        "Serial": ("A1", "SN-204518 – “x”", None)[place % 3], "Severity": ("s1", "s2", "s3")[place % 3],
        "Found at": ticket.created_at - 86_400, "Amount": 0.1 * place, "Seats": place, "Urgent?": place % 2 == 0,
    }  # fmt: skip
    if place % 4 == 0:
        ticket.attributes["Screens"] = [
            tell.file(f"screen-{place}.png", PNG + bytes([place % 251]), "image/png")
        ]
    tell.part("ticket_attribute_updated_by_admin", BOT, attribute={
        "attribute": {"type": "attribute", "id": "553", "label": "Severity"},
        "value": {"type": "value", "id": ticket.attributes["Severity"], "label": "Major"},
    })  # fmt: skip
