"""What real changes set off: triggers that fire, and mails to people; imports come by none of this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.models.mail import ZendeskMail
from ticketferry_emulators.zendesk.models.ticket_drafts import TicketDraft
from ticketferry_emulators.zendesk.seed.dice import WireRecord

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["changed", "created"]


def created(state: DeskState, draft: TicketDraft, comment: WireRecord, now: float) -> None:
    """Fire triggers for a new ticket: each active one once; a public first word is answered, the assignee is told."""
    _fire(state)
    if comment["public"]:
        _tell(state, draft, "received", _hearers(draft, None), now)
    if draft.ticket["assignee_id"] not in (None, draft.audits[-1]["author_id"]):
        _tell(state, draft, "assigned", [draft.ticket["assignee_id"]], now)


def changed(
    state: DeskState, draft: TicketDraft, comment: WireRecord | None, before: WireRecord, now: float
) -> None:
    """Fire triggers for a changed ticket: a public comment goes to the requester and the CCs, a new assignee is told."""
    _fire(state)
    if comment is not None and comment["public"]:
        _tell(state, draft, "comment", _hearers(draft, comment["author_id"]), now)
    assignee = draft.ticket["assignee_id"]
    if assignee not in (None, before["assignee_id"], draft.audits[-1]["author_id"]):
        _tell(state, draft, "assigned", [assignee], now)


def _triggers(state: DeskState) -> list[WireRecord]:
    return [row for row in state.lists["triggers"].values() if row["active"]]


def _notifies(trigger: WireRecord) -> bool:
    return any(str(action["field"]).startswith("notification_") for action in trigger["actions"])


def _fire(state: DeskState) -> None:
    """Count: the sample's triggers all ask for a status below closed, which any ticket that changes has."""
    for row in _triggers(state):
        state.firings[row["title"]] += 1


def _hearers(draft: TicketDraft, author: int | None) -> list[int]:
    people = [draft.ticket["requester_id"], *draft.ticket["email_cc_ids"]]
    return [number for number in dict.fromkeys(people) if number != author]


def _tell(state: DeskState, draft: TicketDraft, event: str, people: list[int], now: float) -> None:
    """Mail people by a trigger that notifies, and leave the Notification in the audit; without one there are no mails."""
    rules = [row for row in _triggers(state) if _notifies(row)]
    told = [state.lists["users"][number] for number in people]
    told = [one for one in told if one["email"] and one["active"] and not one["suspended"]]
    if not rules or not told:
        return
    rule = rules[0]
    source = {
        "from": {"deleted": False, "title": rule["title"], "id": rule["id"], "revision_id": 1},
        "to": {},
        "rel": "trigger",
    }
    draft.event(
        "NotificationWithCcs" if len(told) > 1 else "Notification",
        subject=f"Re: {draft.ticket['subject']}",
        body=f"Your request (#{draft.number}) has been updated.\n\n{{{{ticket.comments_formatted}}}}",
        recipients=[one["id"] for one in told],
        via={"channel": "rule", "source": source},
    )
    state.mails.extend(ZendeskMail(now, event, one["email"], draft.number) for one in told)
