"""How a conversation goes on: words of both sides, what closes and opens it, who is mailed, and what runs by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.intercom.exceptions import invalid, missing, no_resource
from ticketferry_emulators.intercom.models.mail import reachable
from ticketferry_emulators.intercom.models.records import (
    AdminAccount,
    Contact,
    Conversation,
    ConversationPart,
    IntercomTicket,
    Party,
    StoredFile,
)
from ticketferry_emulators.intercom.models.state import BOT, WorkspaceState

__all__ = [
    "acting_admin", "add_part", "admin_party", "assign", "begin", "close", "contact_party", "contact_speaks", "date_of", "mail_contacts",
    "mail_teammates", "reopen", "snooze", "teammate_speaks",
]  # fmt: skip

_FIN = Party("bot", BOT.id, BOT.name, BOT.email, from_ai_agent=True, is_ai_answer=True)


def admin_party(admin: AdminAccount) -> Party:
    """Return a teammate as an author."""
    return Party("admin", str(admin.id), admin.name, admin.email)


def contact_party(contact: Contact) -> Party:
    """Return a contact as an author."""
    return Party(contact.role, contact.id, contact.name, contact.email)


def acting_admin(state: WorkspaceState, sent: Mapping[str, Any]) -> AdminAccount:
    """Return the teammate that `admin_id` names; one that was removed does not exist any more."""
    if sent.get("admin_id") is None:
        raise missing("admin_id is required", "admin_id")
    admin = state.admin(str(sent["admin_id"]))
    if admin is None:
        raise no_resource()
    return admin


def date_of(state: WorkspaceState, sent: Mapping[str, Any], earliest: int | None = None) -> int:
    """Return `created_at` of a body, or now; a date in the future, or before `earliest`, is refused or clamped."""
    now, moment = state.now(), sent.get("created_at")
    if moment is None:
        return now
    if isinstance(moment, bool) or not isinstance(moment, int) or moment < 0:
        raise invalid("created_at must be a unix timestamp", "created_at")
    way = state.unsettled.early_dates
    if moment > now:
        if way == "refused":
            raise invalid("created_at must not be in the future", "created_at")
        return now
    if earliest is not None and moment < earliest:
        if way == "refused":
            raise invalid("created_at must not be before the conversation", "created_at")
        return earliest if way == "clamped" else moment
    return moment


def add_part(
    state: WorkspaceState,
    thread: Conversation | IntercomTicket,
    part_type: str,
    author: Party,
    body: str | None = None,
    *,
    at: int | None = None,
    **more: Any,
) -> ConversationPart:
    """Add a part and touch the thread."""
    now = state.now()
    moment = now if at is None else at
    part = ConversationPart(
        state.next_id("part"), part_type, author, moment, body, updated_at=now, state=thread.state, **more
    )
    thread.parts.append(part)
    state.touch(thread)
    return part


# --- mails


def mail_contacts(state: WorkspaceState, thread: Conversation | IntercomTicket, event: str) -> None:
    """Mail the contacts of a thread whom a mail reaches."""
    for identifier in thread.contacts:
        contact = state.contact(identifier)
        if contact is not None and reachable(contact, state.unsettled):
            state.mail(event, contact.email, thread.id)
            contact.last_contacted_at = state.now()


def mail_teammates(state: WorkspaceState, thread: Conversation | IntercomTicket, event: str) -> None:
    """Mail who looks after a thread: its assignee, its team, or else everybody with a seat."""
    if not state.automation.teammate_notifications:
        return
    if thread.admin is not None:
        numbers = [thread.admin]
    elif thread.team is not None:
        numbers = state.teams[thread.team].admin_ids
    else:
        numbers = [admin.id for admin in state.admins.values() if admin.has_inbox_seat]
    for number in numbers:
        admin = state.admins.get(number)
        if admin is not None and admin.active:
            state.mail(event, admin.email, thread.id)


# --- words


def begin(state: WorkspaceState, conversation: Conversation) -> None:
    """Take in a conversation that a contact has begun."""
    state.conversations[conversation.id] = conversation
    state.touch(conversation)
    mail_teammates(state, conversation, "New conversation")
    if state.automation.welcome_workflow:
        add_part(state, conversation, "comment", BOT, "<p>Thanks for writing! We reply within a day.</p>")
    _fin_answers(state, conversation)


def contact_speaks(
    state: WorkspaceState,
    thread: Conversation | IntercomTicket,
    contact: Contact,
    body: str | None,
    files: list[StoredFile],
    at: int,
) -> ConversationPart:
    """Add a contact's words: what was closed or snoozed opens, teammates are mailed, workflows run."""
    came_back = thread.state != "open"
    thread.state, thread.snoozed_until = "open", None
    if isinstance(thread, Conversation):
        thread.read = False
        thread.waiting_since = at if thread.waiting_since is None else thread.waiting_since
    part = add_part(state, thread, "comment", contact_party(contact), body, at=at, files=files)
    contact.last_replied_at = max(contact.last_replied_at or 0, at)
    state.touch(contact)
    mail_teammates(state, thread, "Contact replied")
    if isinstance(thread, Conversation):
        if came_back and state.automation.welcome_workflow:
            add_part(state, thread, "comment", BOT, "<p>Welcome back! We reply within a day.</p>")
        _fin_answers(state, thread)
    return part


def _fin_answers(state: WorkspaceState, conversation: Conversation) -> None:
    if not state.automation.fin:
        return
    now = state.now()
    conversation.ai_agent = {
        "source_type": "workflow", "source_title": "Fin", "last_answer_type": "ai_answer", "resolution_state": "assumed_resolution",
        "rating": None, "rating_remark": None, "created_at": now, "updated_at": now,
        "content_sources": {"type": "content_source.list", "total_count": 0, "content_sources": []},
    }  # fmt: skip
    add_part(state, conversation, "comment", _FIN, "<p>Have you tried turning it off and on again?</p>")
    mail_contacts(state, conversation, "Fin answered")


def teammate_speaks(
    state: WorkspaceState,
    thread: Conversation | IntercomTicket,
    admin: AdminAccount,
    part_type: str,
    body: str | None,
    *,
    at: int,
    silent: bool,
    **more: Any,
) -> ConversationPart:
    """Add a teammate's words; contacts are mailed of what they may read, unless it is to be `silent`."""
    public = part_type != "note"
    if public and isinstance(thread, Conversation):
        thread.waiting_since = None
        if thread.state == "closed" and state.unsettled.admin_reply_reopens:
            thread.state = "open"
    part = add_part(state, thread, part_type, admin_party(admin), body, at=at, **more)
    seen = public and (isinstance(thread, Conversation) or thread.shared)
    if seen and not silent:
        mail_contacts(state, thread, "Reply")
    return part


# --- states; all at the time of the call


def close(state: WorkspaceState, conversation: Conversation, admin: AdminAccount, body: str | None) -> None:
    """Close, with words that the contact reads where there are some; the contact may be asked for a rating."""
    conversation.state, conversation.snoozed_until, conversation.waiting_since = "closed", None, None
    add_part(state, conversation, "close", admin_party(admin), body)
    if body is not None:
        mail_contacts(state, conversation, "Reply")
    if state.automation.closing_survey:
        add_part(state, conversation, "comment", BOT, "<p>How was it?</p>")
        mail_contacts(state, conversation, "Survey")


def reopen(state: WorkspaceState, conversation: Conversation, admin: AdminAccount) -> None:
    """Open what is closed or snoozed; what is open stays as it is."""
    if conversation.state == "open":
        return
    kind = "unsnoozed" if conversation.state == "snoozed" else "open"
    conversation.state, conversation.snoozed_until = "open", None
    add_part(state, conversation, kind, admin_party(admin))


def snooze(state: WorkspaceState, conversation: Conversation, admin: AdminAccount, until: Any) -> None:
    """Put off until a moment that is to come."""
    if isinstance(until, bool) or not isinstance(until, int) or until <= state.now():
        raise invalid("snoozed_until must be a unix timestamp in the future", "snoozed_until")
    conversation.state, conversation.snoozed_until = "snoozed", until
    add_part(state, conversation, "snoozed", admin_party(admin))


def assign(
    state: WorkspaceState,
    thread: Conversation | IntercomTicket,
    admin: AdminAccount,
    assignee: str,
    body: str | None,
) -> None:
    """Assign to a teammate or a team; "0" takes both away. The new assignee is mailed, unless it is who assigns."""
    chosen = state.admin(assignee)
    team = state.teams.get(int(assignee)) if assignee.isascii() and assignee.isdigit() else None
    if assignee != "0" and chosen is None and team is None:
        raise no_resource("Assignee not found", "assignee_not_found")
    target: tuple[str, str] | None = None
    if assignee == "0":
        thread.admin = thread.team = None
    elif chosen is not None:
        thread.admin, target = chosen.id, ("admin", assignee)
    elif team is not None:
        thread.team, target = team.id, ("team", assignee)
    add_part(state, thread, "assignment", admin_party(admin), body, assigned_to=target)
    if chosen is not None and chosen.id != admin.id and state.automation.teammate_notifications:
        state.mail("Assigned to you", chosen.email, thread.id)
