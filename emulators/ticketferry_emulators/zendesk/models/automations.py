"""Automations: rules that look at every ticket that is not closed once an hour. Off until `LiveDesk.automate` says from when on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.models.conditions import TicketMoment, meets
from ticketferry_emulators.zendesk.models.mail import ZendeskMail
from ticketferry_emulators.zendesk.models.ticket_drafts import TicketDraft
from ticketferry_emulators.zendesk.models.triggers import act, notifies
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import unix

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["run_automations"]

_HOUR = 3_600.0
_SYSTEM = -1
_STATUSES = frozenset({"NEW", "OPEN", "PENDING", "HOLD", "SOLVED"})


def run_automations(state: DeskState, now: float) -> None:
    """Run them once at `now`, in their order, each at most once on a ticket."""
    rules = sorted(
        (row for row in state.lists["automations"].values() if row["active"]),
        key=lambda row: int(row["position"]),
    )
    for number, head in sorted(state.heads.items()):
        if head.status in ("closed", "deleted"):
            continue
        for rule in rules:
            case = state.case(number)
            moment = TicketMoment(case.ticket, case.ticket, None, _SYSTEM, partial(_hours, case, now))
            if case.ticket["status"] == "closed" or not meets(rule["conditions"], moment):
                continue
            state.firings[rule["title"]] += 1
            draft = TicketDraft(state, case)
            source = {
                "from": {"deleted": False, "title": rule["title"], "id": rule["id"]},
                "to": {},
                "rel": "automation",
            }
            draft.audit(_SYSTEM, now, via={"channel": "rule", "source": source})
            changed = act(state, draft, rule, _SYSTEM)
            if notifies(rule):
                told = state.lists["users"][case.ticket["requester_id"]]
                if told["email"]:
                    state.mails.append(ZendeskMail(now, "automation", told["email"], number))
            if changed:
                draft.finish(now)


def _hours(case: TicketWithAudits, now: float, field: str) -> float | None:
    """Return the hours since a ticket got a status (`SOLVED`), or was updated; None where that never was."""
    if field == "updated_at":
        return (now - unix(case.ticket["updated_at"])) / _HOUR
    if field not in _STATUSES:
        raise ValueError(f"this stand-in knows no condition on {field!r}")
    status = field.lower()
    if status == "solved" and case.solved:
        return (now - unix(case.solved)) / _HOUR
    for audit in reversed(case.audits):
        for event in audit["events"]:
            if event.get("field_name") == "status" and event.get("value") == status:
                return (now - unix(audit["created_at"])) / _HOUR
    return None
