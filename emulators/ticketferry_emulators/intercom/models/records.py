"""The records of a workspace; times in unix seconds, ids as the vendor writes them: contacts, companies, conversations, tickets and
tags by text, admins and teams by number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "AdminAccount",
    "Company",
    "Contact",
    "ContactNote",
    "Conversation",
    "ConversationPart",
    "ConversationSource",
    "DataAttribute",
    "InboxTeam",
    "IntercomTicket",
    "Party",
    "StoredFile",
    "Tagging",
    "Thread",
    "TicketStateRow",
    "TicketType",
    "TicketTypeAttribute",
    "WorkspaceTag",
]


@dataclass(frozen=True, slots=True)
class Party:
    """Who did something, as it is kept with what was done: names stay when the person is gone. `type`: user, lead, contact,
    admin, team, bot.
    """

    type: str
    id: str
    name: str | None = None
    email: str = ""
    from_ai_agent: bool = False
    is_ai_answer: bool = False


@dataclass(slots=True)
class AdminAccount:
    """A teammate; one that was removed (`active` False) is in no list, his words stay."""

    id: int
    name: str
    email: str
    job_title: str = ""
    has_inbox_seat: bool = True
    away: bool = False
    active: bool = True


@dataclass(slots=True)
class InboxTeam:
    """A team; `distribution_method`: round_robin, manual, balanced."""

    id: int
    name: str
    admin_ids: list[int]
    distribution_method: str = "manual"


@dataclass(slots=True)
class WorkspaceTag:
    """A tag of the workspace."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Tagging:
    """A tag on something: when and by whom (type, id)."""

    tag: str
    applied_at: int
    by_type: str
    by_id: str


@dataclass(slots=True)
class DataAttribute:
    """An attribute of contacts, companies or conversations; `id` None for what is built in."""

    id: int | None
    model: str
    name: str
    data_type: str
    label: str = ""
    description: str = ""
    options: list[str] = field(default_factory=list)
    custom: bool = True
    api_writable: bool = True
    archived: bool = False
    messenger_writable: bool = False
    created_at: int = 0
    updated_at: int = 0


@dataclass(slots=True)
class TicketStateRow:
    """A state of tickets; `category`: submitted, in_progress, waiting_on_customer, resolved."""

    id: str
    category: str
    internal_label: str
    external_label: str
    archived: bool = False


@dataclass(slots=True)
class TicketTypeAttribute:
    """A field of a ticket type; `items` are a list's values by id."""

    id: str
    name: str
    data_type: str
    description: str = ""
    required_to_create: bool = False
    visible_to_contacts: bool = True
    default: bool = False
    multiline: bool = False
    items: dict[str, str] = field(default_factory=dict)
    archived: bool = False
    created_at: int = 0


@dataclass(slots=True)
class TicketType:
    """A type of tickets; `category`: Customer, Back-office, Tracker."""

    id: str
    name: str
    category: str
    description: str = ""
    icon: str = "🎟️"
    attributes: list[TicketTypeAttribute] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    archived: bool = False
    created_at: int = 0
    updated_at: int = 0


@dataclass(slots=True)
class Contact:
    """A user or lead. `merged_into`: the contact that took this one up; it is 404 then."""

    id: str
    role: str
    email: str = ""
    name: str | None = None
    external_id: str | None = None
    phone: str | None = None
    avatar: str | None = None
    owner_id: int | None = None
    created_at: int = 0
    updated_at: int = 0
    signed_up_at: int | None = None
    last_seen_at: int | None = None
    last_replied_at: int | None = None
    last_contacted_at: int | None = None
    unsubscribed: bool = False
    bounced: bool = False
    spam: bool = False
    language: str | None = None
    browser: str | None = None
    os: str | None = None
    location: dict[str, str | None] = field(default_factory=dict)
    custom_attributes: dict[str, Any] = field(default_factory=dict)
    companies: list[str] = field(default_factory=list)
    tags: list[Tagging] = field(default_factory=list)
    archived: bool = False
    blocked: bool = False
    merged_into: str | None = None


@dataclass(slots=True)
class Company:
    """A company; `archive_at`: when a deletion that was accepted takes effect."""

    id: str
    company_id: str
    name: str
    plan: str | None = None
    size: int | None = None
    website: str | None = None
    industry: str | None = None
    monthly_spend: int = 0
    created_at: int = 0
    updated_at: int = 0
    remote_created_at: int | None = None
    last_request_at: int | None = None
    custom_attributes: dict[str, Any] = field(default_factory=dict)
    tags: list[Tagging] = field(default_factory=list)
    archive_at: float | None = None


@dataclass(slots=True)
class ContactNote:
    """What a teammate wrote about a contact."""

    id: str
    contact: str
    author: int
    body: str
    created_at: int


@dataclass(slots=True)
class StoredFile:
    """A file on a message; its bytes lie under the token."""

    token: str
    name: str
    content_type: str
    size: int
    width: int | None = None
    height: int | None = None
    type: str = "upload"


@dataclass(slots=True)
class ConversationPart:
    """One entry of a thread, words or event. `ticket_state` and the one before it: on parts of tickets alone."""

    id: str
    part_type: str
    author: Party
    created_at: int
    body: str | None = None
    updated_at: int = 0
    notified_at: int | None = None
    assigned_to: tuple[str, str] | None = None
    files: list[StoredFile] = field(default_factory=list)
    external_id: str | None = None
    redacted: bool = False
    state: str = "open"
    tags: list[str] = field(default_factory=list)
    email: dict[str, Any] | None = None
    quick_replies: list[dict[str, str]] = field(default_factory=list)
    event_details: dict[str, Any] | None = None
    app_package_code: str | None = None
    ticket_state: str | None = None
    previous_ticket_state: str | None = None
    attribute: dict[str, Any] | None = None


@dataclass(slots=True)
class ConversationSource:
    """The first message of a conversation: no part of it."""

    id: str
    author: Party
    body: str = ""
    type: str = "conversation"
    delivered_as: str = "customer_initiated"
    subject: str = ""
    files: list[StoredFile] = field(default_factory=list)
    url: str | None = None
    redacted: bool = False


@dataclass(slots=True)
class Thread:
    """What conversations and tickets have in common; `state`: open, closed, snoozed."""

    id: str
    created_at: int
    updated_at: int
    contacts: list[str]
    state: str = "open"
    snoozed_until: int | None = None
    admin: int | None = None
    team: int | None = None
    tags: list[Tagging] = field(default_factory=list)
    parts: list[ConversationPart] = field(default_factory=list)
    linked: list[tuple[str, str]] = field(default_factory=list)
    company: str | None = None


@dataclass(slots=True)
class Conversation(Thread):
    """A conversation."""

    source: ConversationSource = field(default_factory=lambda: ConversationSource("", Party("bot", "0")))
    title: str | None = None
    waiting_since: int | None = None
    read: bool = False
    priority: str = "not_priority"
    custom_attributes: dict[str, Any] = field(default_factory=dict)
    sla: tuple[str, str] | None = None
    rating: dict[str, Any] | None = None
    ai_agent: dict[str, Any] | None = None
    pauses: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class IntercomTicket(Thread):
    """A ticket; `number` is the one that people see. `shared`: the contact sees it."""

    number: int = 0
    type_id: str = ""
    state_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    shared: bool = False
