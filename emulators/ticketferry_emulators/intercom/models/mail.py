"""The mails that the real product would send for writes through the API: the record of them, and who is reached."""

from __future__ import annotations

from typing import NamedTuple

from ticketferry_emulators.intercom.models.records import Contact
from ticketferry_emulators.intercom.models.settings import UnsettledBehaviour

__all__ = ["IntercomMail", "reachable"]


class IntercomMail(NamedTuple):
    """One mail: when, why, to whom, about which conversation or ticket (None: about none)."""

    time: float
    event: str
    to: str
    thread: str | None


def reachable(contact: Contact, unsettled: UnsettledBehaviour) -> bool:
    """Say whether a reply reaches a contact by mail: an address that does not bounce, of somebody who is not blocked."""
    if not contact.email or contact.bounced or contact.blocked or contact.archived:
        return False
    return unsettled.replies_reach_unsubscribed or not contact.unsubscribed
