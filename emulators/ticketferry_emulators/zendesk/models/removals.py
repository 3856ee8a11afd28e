"""Tickets deleted, restored, erased for good and merged: what can be undone, and what cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.exceptions import not_found, rejected
from ticketferry_emulators.zendesk.models.comment_bodies import RenderedBody, body_of
from ticketferry_emulators.zendesk.models.ticket_drafts import BY_API, TicketDraft
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp, unix

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["delete_ticket", "erase_ticket", "merge_ticket", "restore_ticket"]

_SCRUBBED = "SCRUBBED"


def delete_ticket(state: DeskState, number: int, now: float, *, caller: int) -> None:
    """Delete a ticket; raises Refused (404). One from the archive is not listed and cannot be restored [DOC support]."""
    if not state.live(number):
        raise not_found()
    archived = state.archived(number)
    draft = TicketDraft(state, state.case(number))
    previous = draft.ticket["status"]
    draft.audit(caller, now)
    draft.set("status", "deleted")
    if not archived:
        draft.deletion = {
            "id": number, "subject": draft.ticket["subject"], "deleted_at": stamp(int(now)), "previous_state": previous,
            "actor": {"id": caller, "name": state.lists["users"][caller]["name"]},
        }  # fmt: skip
    draft.finish(now)


def restore_ticket(state: DeskState, number: int, now: float, *, caller: int) -> None:
    """Bring a deleted ticket back with the status it had; raises Refused (404)."""
    row = state.deletions.get(number)
    if row is None:
        raise not_found()
    draft = TicketDraft(state, state.case(number))
    draft.audit(caller, now)
    draft.set("status", row["previous_state"])
    draft.deletion = None
    del state.deletions[number]
    draft.finish(now)


def erase_ticket(state: DeskState, number: int, now: float) -> None:
    """Erase a deleted ticket for good: the export keeps a scrubbed row, all else forgets it; raises Refused (404)."""
    if number not in state.deletions:
        raise not_found()
    case = state.case(number)
    kept = {"id", "url", "status", "requester_id", "created_at", "via", "generated_timestamp", "updated_at"}
    blank: WireRecord = {
        "subject": _SCRUBBED,
        "raw_subject": _SCRUBBED,
        "description": _SCRUBBED,
        "external_id": None,
        "tags": [],
    }
    ticket: WireRecord = {
        key: value if key in kept else blank.get(key, value) for key, value in case.ticket.items()
    }
    ticket["custom_fields"] = [{"id": row["id"], "value": None} for row in ticket["custom_fields"]]
    for audit in case.audits:
        audit["events"] = [_scrub(event) for event in audit["events"]]
    del state.deletions[number]
    TicketDraft(state, TicketWithAudits(ticket, case.audits)).finish(
        now, updated=max(now, unix(ticket["updated_at"]))
    )


def _scrub(event: WireRecord) -> WireRecord:
    if event["type"] == "Comment":
        texts = dict.fromkeys(("body", "html_body", "plain_body"), _SCRUBBED)
        return {**event, **texts, "attachments": []}
    if event.get("field_name") not in (None, "status"):
        return {
            **event,
            "value": _SCRUBBED,
            **({"previous_value": _SCRUBBED} if "previous_value" in event else {}),
        }
    return event


def merge_ticket(
    state: DeskState, winner: int, loser: int, now: float, *, caller: int, sent: WireRecord
) -> None:  # fmt: skip
    """Merge one ticket into another: it closes with a tag, both get a comment; raises Refused (404, 422).

    Comments stay where they are; the files of the loser's last comment go along [DOC]. There is no way back.
    """
    for number in (loser, winner):
        if not state.live(number):
            raise not_found()
        if state.heads[number].status == "closed":
            raise rejected("status", "closed prevents ticket update")
    if winner == loser:
        raise rejected("base", "A ticket cannot be merged into itself")
    target, source = TicketDraft(state, state.case(winner)), TicketDraft(state, state.case(loser))
    spoken = [event for audit in source.audits for event in audit["events"] if event["type"] == "Comment"]
    files = spoken[-1]["attachments"] if spoken else []
    said = sent.get("source_comment") or f"This request was closed and merged into request #{winner}."
    link = {"from": {}, "to": {"ticket_id": winner}, "rel": "merge"}
    source.audit(caller, now, via={**BY_API, "source": link})
    source.comment(caller, _text(said), public=sent.get("source_comment_is_public") is True)
    source.set("tags", sorted({*source.ticket["tags"], "closed_by_merge"}))
    source.set("status", "closed")
    source.finish(now)
    state.archive_at[loser] = now + 120 * 86_400
    said = sent.get("target_comment") or f"Request #{loser} was closed and merged into this request."
    link = {"from": {"ticket_ids": [loser]}, "to": {}, "rel": "merge"}
    target.audit(caller, now, via={**BY_API, "source": link})
    target.comment(caller, _text(said), public=sent.get("target_comment_is_public") is True, files=files)
    target.finish(now)


def _text(said: object) -> RenderedBody:
    return body_of({"body": str(said)}, agent=False, names={})
