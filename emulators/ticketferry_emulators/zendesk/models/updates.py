"""Creating and changing a ticket the real way: audits, triggers and mails, and `closed` as the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ticketferry_emulators.zendesk.exceptions import collision, detailed, rejected
from ticketferry_emulators.zendesk.models import triggers
from ticketferry_emulators.zendesk.models.imports import bind, first_author, opening, speak
from ticketferry_emulators.zendesk.models.ticket_drafts import TicketDraft
from ticketferry_emulators.zendesk.models.ticket_input import ask, default_status
from ticketferry_emulators.zendesk.models.values import settle
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import WireRecord, unix

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["Updated", "create_ticket", "set_tags", "update_ticket"]

_ORDER = ("subject", "requester_id", "organization_id", "brand_id", "ticket_form_id", "type", "priority", "status",
          "custom_status_id", "group_id", "assignee_id", "problem_id", "due_at", "external_id", "recipient",
          "email_cc_ids", "follower_ids")  # fmt: skip
_LATE = frozenset({"tags", "additional_tags", "remove_tags", "subject", "priority"})
"""What a closed ticket takes."""
_REOPENED = frozenset({"pending", "hold", "solved"})
"""Statuses of which a customer's comment makes Open."""


class Updated(NamedTuple):
    """A changed ticket and the audit of the change, None where nothing changed."""

    case: TicketWithAudits
    audit: WireRecord | None


def create_ticket(state: DeskState, sent: WireRecord, now: float, *, caller: int) -> Updated:
    """Create a ticket now; triggers fire and people are told. Raises Refused before anything has changed."""
    asked = ask(state, sent, now)
    draft = opening(state, asked, now, caller=caller)
    spoken = asked.comments[0]
    author = first_author(asked, caller)
    draft.ticket["submitter_id"] = author
    draft.audit(caller, now, via=draft.ticket["via"], custom=asked.custom)
    comment = speak(draft, spoken, author, now)
    draft.created()
    triggers.created(state, draft, comment, now)
    case = draft.finish(now)
    bind(state, draft)
    return Updated(case, case.audits[0])


def update_ticket(
    state: DeskState, number: int, sent: WireRecord, now: float, *, caller: int, bulk: bool = False
) -> Updated:
    """Change a live ticket; raises Refused: 422 `closed prevents ticket update`, 409 for a stale `updated_stamp` [PROBE, DOC].

    A closed one takes tags, subject and priority [support 4408894213018], by an update of many tickets (`bulk`) [DOC tags, limitations].

    `description` is ignored without a word [REC]. `safe_update: false` is as good as true [DOC]. A request without any
    wish changes nothing and leaves no audit.
    """
    case = state.case(number)
    before = dict(case.ticket)
    if "safe_update" in sent:
        stamped = sent.get("updated_stamp")
        if not stamped:
            raise detailed(400, "InvalidValue", "updated_stamp is required with safe_update")
        if _stamp(stamped) != unix(before["updated_at"]):
            raise collision("Update")
    wishes = {key: value for key, value in sent.items() if key not in ("description", "id")}
    untaken = set(wishes) - {"safe_update", "updated_stamp"} - (_LATE if bulk else set())
    if before["status"] == "closed" and untaken:
        raise rejected("status", "closed prevents ticket update")
    if wishes.get("priority", "") is None and before["priority"] is not None:
        # "When you set a priority, you can't reset it back to no priority" [support 4408894213018]: asked for, nothing happens.
        del wishes["priority"]
    if wishes.get("status") == "new" and before["status"] != "new":
        del wishes["status"]  # "it can never be set back to New" [same page]
    asked = ask(state, wishes, now, before=before)
    assignee = asked.changes.get("assignee_id", before["assignee_id"])
    taken_on = assignee and asked.changes.get("status", before["status"]) == "new"
    if taken_on:
        # A New ticket that is assigned becomes Open, "after you update the ticket" [same page].
        asked.changes |= {"status": "open", "custom_status_id": default_status(state, "open")}
    said = asked.comments[0].author if asked.comments else None
    customers = said is not None and state.lists["users"][said]["role"] == "end-user"
    if customers and "status" not in asked.changes and before["status"] in _REOPENED:
        # "If an end user comments on a ticket with a status set to Pending, Solved, or On-hold, the ticket status is changed to Open" [same page].
        asked.changes |= {"status": "open", "custom_status_id": default_status(state, "open")}
    if asked.changes.get("status") in ("solved", "closed") and before["assignee_id"] is None:
        _take(state, asked.changes, caller)
    draft = TicketDraft(state, case)
    draft.audit(caller, now, custom=asked.custom)
    comment = None
    if asked.comments:
        spoken = asked.comments[0]
        comment = speak(draft, spoken, spoken.author or caller, now)
    for key in _ORDER:
        if key in asked.changes:
            draft.set(key, asked.changes[key])
    _settle(state, draft, asked.values, asked.tags, asked.more_tags, asked.less_tags)
    if not draft.audits[-1]["events"]:
        return Updated(state.case(number), None)
    triggers.changed(state, draft, comment, before, now)
    kept = draft.finish(now)
    if kept.ticket["status"] == "closed" and before["status"] != "closed":
        state.archive_at[number] = now + 120 * 86_400
    bind(state, draft)
    return Updated(kept, kept.audits[-1])


def _stamp(text: object) -> int:
    try:
        return unix(str(text))
    except ValueError:
        raise detailed(400, "InvalidValue", "updated_stamp is not a time") from None


def _take(state: DeskState, changes: WireRecord, caller: int) -> None:
    """Give a ticket that is solved without an assignee to the agent who solves it, where the account is set so."""
    if state.settings.get("tickets", {}).get("assign_tickets_upon_solve") and "assignee_id" not in changes:
        changes["assignee_id"] = caller
        group = state.lists["users"][caller]["default_group_id"]
        if group is not None:
            changes.setdefault("group_id", group)


def _settle(
    state: DeskState, draft: TicketDraft, values: dict[int, object], tags: list[str] | None, more: list[str], less: list[str]
) -> None:  # fmt: skip
    fields = {key: row for key, row in state.lists["ticket_fields"].items() if row["removable"]}
    base = draft.ticket["tags"] if tags is None else tags
    wanted = [tag for tag in [*base, *more] if tag not in less]
    changed = draft.values()
    settled = settle(fields, changed, wanted, values)
    draft.put_values(changed)
    if settled != sorted(draft.ticket["tags"]):
        draft.set("tags", settled)


def set_tags(
    state: DeskState, number: int, now: float, *, caller: int, tags: list[str] | None = None,
    more: list[str] | None = None, less: list[str] | None = None,
) -> list[str]:  # fmt: skip
    """Replace, add or remove tags of a ticket, as an update does."""
    sent: WireRecord = {"additional_tags": more or [], "remove_tags": less or []}
    if tags is not None:
        sent["tags"] = tags
    return list(update_ticket(state, number, sent, now, caller=caller).case.ticket["tags"])
