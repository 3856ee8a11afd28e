"""The sample workspace: a support team at work, made up of stories by a seed."""

from __future__ import annotations

import random

from ticketferry_emulators.intercom.models.records import (
    Contact,
    Conversation,
    ConversationSource,
    IntercomTicket,
)
from ticketferry_emulators.intercom.models.state import SampleWorkspace
from ticketferry_emulators.intercom.seed import set_up, texts
from ticketferry_emulators.intercom.seed.people import SamplePeople, people
from ticketferry_emulators.intercom.seed.stories import EVERYDAY, Cast
from ticketferry_emulators.intercom.seed.stories_hard import HARD, many_parts
from ticketferry_emulators.intercom.seed.stories_tickets import tell_ticket
from ticketferry_emulators.intercom.seed.telling import Teller, by_contact

__all__ = ["generate"]

_FIRST = 471
_BEGINS = 1_738_368_000  # 2025-02-01
_ENDS = 1_793_404_800  # 2026-10-31
_MANY_AT = 7
_STORIES = tuple(story for pair in zip(EVERYDAY, (*HARD, *HARD), strict=False) for story in pair)
"""Everyday stories and hard ones in turn, so that a small sample has both."""


def generate(tickets: int = 120, seed: int = 1) -> SampleWorkspace:
    """Return a workspace with so many conversations and tickets, every fourth a ticket; the same seed gives the same one."""
    folk = people(max(8, tickets // 4), seed)
    found = SampleWorkspace(
        first=_FIRST, admins=set_up.admins(), teams=set_up.teams(), tags=set_up.tags(), attributes=set_up.attributes(),
        ticket_states=set_up.ticket_states(), ticket_types=set_up.ticket_types(), contacts=folk.contacts,
        companies=folk.companies, notes=folk.notes,
    )  # fmt: skip
    for place in range(tickets):
        dice = random.Random(f"intercom:{seed}:{place}")
        moment = _BEGINS + (_ENDS - _BEGINS) * place // max(1, tickets) + int(dice.random() * 3_600)
        if place % 4 == 3:
            _ticket(found, folk, place, moment, dice)
        else:
            _conversation(found, folk, place, moment, dice)
    return found


def _cast(found: SampleWorkspace, folk: SamplePeople, place: int) -> Cast:
    free = folk.free
    return Cast(free[place * 7 % len(free)], free[(place * 7 + 3) % len(free)], found.admins)


def _conversation(
    found: SampleWorkspace, folk: SamplePeople, place: int, moment: int, dice: random.Random
) -> None:
    cast = _cast(found, folk, place)
    title = texts.subject(dice)
    source = ConversationSource(
        str(403_918_000 + place), by_contact(cast.contact), texts.question(dice, title)
    )
    conversation = Conversation(
        str(_FIRST + place), moment, moment, [cast.contact.id], source=source, waiting_since=moment,
        company=cast.contact.companies[0] if cast.contact.companies and place % 2 else None,
        title=title if place % 3 == 0 else None,
    )  # fmt: skip
    tell = Teller(conversation, dice, found.blobs)
    number = place - place // 4
    story = many_parts if number == _MANY_AT else _STORIES[number % len(_STORIES)]
    story(tell, conversation, cast)
    found.conversations.append(conversation)
    _meet(cast.contact, conversation.updated_at)


def _ticket(found: SampleWorkspace, folk: SamplePeople, place: int, moment: int, dice: random.Random) -> None:
    cast, number = _cast(found, folk, place), place // 4
    kind = found.ticket_types[(0, 0, 1, 0, 2)[number % 5]]
    ticket = IntercomTicket(
        str(_FIRST + place), moment, moment, [cast.contact.id], number=number + 1, type_id=kind.id, state_id="8269",
        company=cast.contact.companies[0] if cast.contact.companies else None,
    )  # fmt: skip
    tell_ticket(Teller(ticket, dice, found.blobs), ticket, kind, cast, number)
    if found.conversations and kind.category != "Customer":
        linked = found.conversations[-1]
        linked.linked.append(("ticket", ticket.id))
        ticket.linked.append(("conversation", linked.id))
    found.tickets.append(ticket)
    _meet(cast.contact, ticket.updated_at)


def _meet(contact: Contact, moment: int) -> None:
    contact.last_replied_at = moment
    contact.updated_at = max(contact.updated_at, moment)
