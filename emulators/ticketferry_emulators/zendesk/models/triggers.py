"""What real changes set off: triggers that fire, what they change, and mails to people; imports come by none of this.

Triggers are looked at from the first to the last. One that fires and changes the ticket lets it begin again from the first, and none fires twice
in one update; a ticket that was closed before runs none [support 4408822236058].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.models.conditions import TicketMoment, meets
from ticketferry_emulators.zendesk.models.mail import ZendeskMail
from ticketferry_emulators.zendesk.models.ticket_drafts import TicketDraft
from ticketferry_emulators.zendesk.models.ticket_input import default_status
from ticketferry_emulators.zendesk.models.values import settle
from ticketferry_emulators.zendesk.seed.dice import WireRecord

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["act", "changed", "created", "notifies"]

_PLAIN = frozenset({"priority", "type", "group_id", "assignee_id", "brand_id", "ticket_form_id"})
_TAGS = frozenset({"set_tags", "current_tags", "remove_tags"})
_ELSEWHERE = ("notification_", "satisfaction_score", "cc", "follower", "side_conversation", "deflection")
"""How actions begin that change nothing on the ticket that is kept here."""


def created(state: DeskState, draft: TicketDraft, comment: WireRecord, now: float) -> None:
    """Fire triggers for a new ticket: a public first word is answered, the assignee is told."""
    fired = _fire(state, draft, None, comment)
    if comment["public"]:
        _tell(state, draft, "received", _hearers(draft, None), now, fired)
    if draft.ticket["assignee_id"] not in (None, draft.audits[-1]["author_id"]):
        _tell(state, draft, "assigned", [draft.ticket["assignee_id"]], now, fired)


def changed(
    state: DeskState, draft: TicketDraft, comment: WireRecord | None, before: WireRecord, now: float
) -> None:
    """Fire triggers for a changed ticket: a public comment goes to the requester and the CCs, a new assignee is told."""
    if before["status"] == "closed":
        return
    fired = _fire(state, draft, before, comment)
    if comment is not None and comment["public"]:
        _tell(state, draft, "comment", _hearers(draft, comment["author_id"]), now, fired)
    assignee = draft.ticket["assignee_id"]
    if assignee not in (None, before["assignee_id"], draft.audits[-1]["author_id"]):
        _tell(state, draft, "assigned", [assignee], now, fired)


def notifies(rule: WireRecord) -> bool:
    """Tell whether a rule tells somebody by mail."""
    return any(str(action["field"]).startswith("notification_") for action in rule["actions"])


def _fire(
    state: DeskState, draft: TicketDraft, before: WireRecord | None, comment: WireRecord | None
) -> list[WireRecord]:
    """Let triggers act until none is left that fires; return those that fired."""
    rules = sorted(
        (row for row in state.lists["triggers"].values() if row["active"]),
        key=lambda row: int(row["position"]),
    )
    caller = draft.audits[-1]["author_id"]
    fired: list[WireRecord] = []
    again = True
    while again:
        again = False
        for rule in rules:
            if rule in fired or not meets(
                rule["conditions"], TicketMoment(draft.ticket, before, comment, caller)
            ):
                continue
            fired.append(rule)
            state.firings[rule["title"]] += 1
            if act(state, draft, rule, caller):
                again = True
                break
    return fired


def act(state: DeskState, draft: TicketDraft, rule: WireRecord, caller: int) -> bool:
    """Do what a rule does to the ticket; tell whether that changed anything. Raises ValueError for what is not played here."""
    count = len(draft.audits[-1]["events"])
    for action in rule["actions"]:
        field, value = str(action["field"]), action["value"]
        if field == "status":
            draft.set("status", value)
            draft.set("custom_status_id", default_status(state, str(value)))
        elif field in _PLAIN:
            draft.set(field, _target(field, value, caller))
        elif field in _TAGS:
            _retag(state, draft, field, str(value).split())
        elif not field.startswith(_ELSEWHERE):
            raise ValueError(f"this stand-in does not play the action {field!r}")
    return len(draft.audits[-1]["events"]) > count


def _target(field: str, value: object, caller: int) -> object:
    if value == "current_user":
        return caller
    if not field.endswith("_id"):
        return value
    return int(str(value)) if value else None


def _retag(state: DeskState, draft: TicketDraft, field: str, words: list[str]) -> None:
    now = list(draft.ticket["tags"])
    wanted = {
        "set_tags": words,
        "current_tags": [*now, *words],
        "remove_tags": [tag for tag in now if tag not in words],
    }[field]
    fields = {key: row for key, row in state.lists["ticket_fields"].items() if row["removable"]}
    values = draft.values()
    settled = settle(fields, values, wanted, {})
    draft.put_values(values)
    if settled != sorted(draft.ticket["tags"]):
        draft.set("tags", settled)


def _hearers(draft: TicketDraft, author: int | None) -> list[int]:
    people = [draft.ticket["requester_id"], *draft.ticket["email_cc_ids"]]
    return [number for number in dict.fromkeys(people) if number != author]


def _tell(
    state: DeskState, draft: TicketDraft, event: str, people: list[int], now: float, fired: list[WireRecord]
) -> None:
    """Mail people by a trigger that fired and notifies, and leave the Notification in the audit; without one there are no mails."""
    rules = [row for row in fired if notifies(row)]
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
