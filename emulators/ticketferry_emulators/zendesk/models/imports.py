"""Importing a ticket with comments of other authors and times: one Create audit, one audit a comment, nobody is told.

Nothing else is replayed [DOC ticket_import]: no field history, no trigger, no mail, no metric but what the dates give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.exceptions import rejected
from ticketferry_emulators.zendesk.models.ticket_drafts import BY_API, TicketDraft, blank_ticket
from ticketferry_emulators.zendesk.models.ticket_input import (
    Spoken,
    TicketInput,
    ask,
    default_status,
    moment_of,
)
from ticketferry_emulators.zendesk.models.values import settle
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["bind", "first_author", "import_ticket", "opening", "speak"]

_ARCHIVE_SECONDS = 120 * 86_400


def import_ticket(
    state: DeskState, sent: WireRecord, now: float, *, caller: int, archive: bool = False
) -> TicketWithAudits:
    """Import one ticket; raises Refused before anything has changed (a requester made by e-mail excepted).

    The times are kept: a ticket's before 1970 become 1970, a comment's are refused there and in the future. `archive`
    moves a closed ticket to the archive at once; any other is archived in its turn, counted from the import.
    """
    times = {key: _time(sent, key) for key in ("created_at", "updated_at", "solved_at")}
    asked = ask(state, sent, now, dated=True)
    first = asked.comments[0].moment
    created = times["created_at"] if times["created_at"] is not None else first if first is not None else now
    if created > now:
        raise rejected("created_at", "created_at: is in the future")
    draft = opening(state, asked, created, caller=caller, inherit=state.imports_inherit)
    if times["solved_at"] is not None:
        draft.solved = stamp(int(times["solved_at"]))
    authors = [
        first_author(asked, caller),
        *(spoken.author or caller for spoken in asked.comments[1:]),
    ]
    draft.ticket["submitter_id"] = authors[0]
    via = draft.ticket["via"]
    for index, (spoken, author) in enumerate(zip(asked.comments, authors, strict=True)):
        moment = spoken.moment if spoken.moment is not None else created if index == 0 else now
        draft.audit(
            author, moment, via=via if index == 0 else BY_API, custom=asked.custom if index == 0 else None
        )
        speak(draft, spoken, author, now)
        if index == 0:
            draft.created()
    case = draft.finish(now, updated=times["updated_at"])
    number = case.ticket["id"]
    if case.ticket["status"] == "closed":
        state.archive_at[number] = now - 1 if archive else now + _ARCHIVE_SECONDS
    bind(state, draft)
    return case


def _time(sent: WireRecord, key: str) -> float | None:
    return None if sent.get(key) is None else max(0.0, moment_of(sent[key], key))


def first_author(asked: TicketInput, caller: int) -> int:
    """Return who says the first word: as it says itself, else the submitter, whom a follow-up ignores, else the requester."""
    submitter = asked.changes.get("submitter_id") if asked.source is None else None
    return int(asked.comments[0].author or submitter or asked.changes.get("requester_id") or caller)


def opening(
    state: DeskState, asked: TicketInput, created: float, *, caller: int, inherit: bool = True
) -> TicketDraft:
    """Return the draft of a new ticket with the fields asked for, before its first audit.

    It gets an assignee and the status Open as the rules of tickets say, the tags of its requester and of its organization [DOC 203662006], and the organization's group where it has none
    [DOC organizations, group_id]. Whether an import does so is not documented: `inherit`.
    """
    ticket = blank_ticket(state, state.next_id("tickets"), created)
    draft = TicketDraft(state, TicketWithAudits(ticket, []))
    ticket["requester_id"] = caller
    ticket |= asked.changes
    ticket["raw_subject"] = ticket["subject"]
    if "organization_id" not in asked.changes:
        ticket["organization_id"] = state.lists["users"][ticket["requester_id"]]["organization_id"]
    for key, kind in (("brand_id", "brands"), ("ticket_form_id", "ticket_forms")):
        if ticket[key] is None:
            defaults = [row["id"] for row in state.lists[kind].values() if row["default"]]
            ticket[key] = defaults[0] if defaults else None
    inherited: list[str] = []
    if inherit:
        company = state.lists["organizations"].get(ticket["organization_id"], {})
        if state.settings["active_features"].get("user_tagging"):
            inherited = [*state.lists["users"][ticket["requester_id"]]["tags"], *company.get("tags", ())]
        if ticket["group_id"] is None and ticket["assignee_id"] is None:
            ticket["group_id"] = company.get("group_id")
        _assign(state, ticket, caller)
    if (
        ticket["status"] == "new"
        and ticket["assignee_id"] is not None
        and (inherit or "status" not in asked.changes)
    ):
        # A New ticket that is assigned becomes Open; of an import that says New nobody documents when.
        ticket |= {"status": "open", "custom_status_id": None}
    if ticket["custom_status_id"] is None:
        ticket["custom_status_id"] = default_status(state, ticket["status"])
    fields = {key: row for key, row in state.lists["ticket_fields"].items() if row["removable"]}
    values = draft.values()
    ticket["tags"] = settle(fields, values, [*(asked.tags or ()), *asked.more_tags, *inherited], asked.values)
    draft.put_values(values, audited=False)
    if asked.source is not None:
        source = state.case(asked.source).ticket
        came = {"ticket_id": asked.source, "subject": source["subject"], "channel": source["via"]["channel"]}
        ticket["via"] = {"channel": "api", "source": {"from": came, "to": {}, "rel": "follow_up"}}
    ticket["subject"] = ticket["raw_subject"] = ticket["subject"] or ""
    return draft


def _assign(state: DeskState, ticket: WireRecord, caller: int) -> None:
    """Give a ticket without an assignee to its group's only member [DOC 4408827594266], or a solved one to who solves it, where the
    account is set so [support 4408894213018].
    """
    if ticket["assignee_id"] is not None:
        return
    members = [
        row["user_id"]
        for row in state.lists["group_memberships"].values()
        if row["group_id"] == ticket["group_id"] and state.lists["users"][row["user_id"]]["active"]
    ]
    if len(members) == 1:
        ticket["assignee_id"] = members[0]
    elif ticket["status"] in ("solved", "closed") and state.settings.get("tickets", {}).get(
        "assign_tickets_upon_solve"
    ):
        ticket["assignee_id"] = caller


def speak(draft: TicketDraft, spoken: Spoken, author: int, now: float) -> WireRecord:
    """Write a comment of a request into the newest audit and use up its uploads.

    Without `public` it is as the ticket is [PROBE]. A light agent's comment is private whatever it says: of imports that
    is not known, and a migration that relies on the opposite would be wrong on the safe side here.
    """
    state, ticket = draft.state, draft.ticket
    body = spoken.text(state, ticket, author)
    first = not ticket["description"] and len(draft.audits) == 1
    public = spoken.public if spoken.public is not None else ticket["is_public"]
    if state.lists["users"][author]["only_private_comments"]:
        public = False
    files = state.uploads.use(spoken.tokens, now) or []
    event = draft.comment(author, body, public=public, files=files)
    if first:
        ticket["description"], ticket["is_public"] = body.text, public
        if not ticket["subject"]:
            ticket["subject"] = ticket["raw_subject"] = body.text[:150]
    elif public:
        ticket["is_public"] = True
    return event


def bind(state: DeskState, draft: TicketDraft) -> None:
    """Tell the tickets that a new one hangs together with: its problem, and what it follows up."""
    problem = draft.ticket["problem_id"]
    if problem is not None and not state.case(problem).ticket["has_incidents"]:
        case = state.case(problem)
        case.ticket["has_incidents"] = True
        state.keep(case)
    source = draft.ticket["via"]["source"]
    if source["rel"] == "follow_up" and source["from"].get("ticket_id") is not None:
        case = state.case(source["from"]["ticket_id"])
        if draft.number not in case.ticket["followup_ids"]:
            case.ticket["followup_ids"] = [*case.ticket["followup_ids"], draft.number]
            state.keep(case)
