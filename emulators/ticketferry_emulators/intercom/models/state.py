"""What the workspace holds: records by id, the indexes that searches go by, files, mails; and how records are found and touched."""

from __future__ import annotations

import itertools
import pickle
import threading
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar, cast

from ticketferry_emulators.intercom.models.files import FileStore
from ticketferry_emulators.intercom.models.mail import IntercomMail
from ticketferry_emulators.intercom.models.records import (
    AdminAccount,
    Company,
    Contact,
    ContactNote,
    Conversation,
    DataAttribute,
    InboxTeam,
    IntercomTicket,
    Party,
    TicketStateRow,
    TicketType,
    WorkspaceTag,
)
from ticketferry_emulators.intercom.models.search_index import SearchIndex
from ticketferry_emulators.intercom.models.search_values import (
    contact_values,
    conversation_values,
    ticket_values,
)
from ticketferry_emulators.intercom.models.settings import UnsettledBehaviour, WorkspaceAutomation
from ticketferry_emulators.intercom.models.shadows import shadow_of
from ticketferry_emulators.kit.clock import EmulatorClock

__all__ = ["BOT", "RESIDUE", "SampleWorkspace", "TicketJob", "WorkspaceState"]

RESIDUE = ("counters", "files", "jobs", "mails", "moments", "reporting")
"""Sections that no rollback through the API restores: ids are never given twice, what was deleted stays in reporting, every touch
moves the time of the last change.
"""

BOT = Party("bot", "278", "Fin", "operator+acme@intercom.io")
"""The workspace's own bot."""


Row = TypeVar("Row")


@dataclass(slots=True)
class SampleWorkspace:
    """A workspace to begin with; `zone` is the time zone that contact searches count days in, `region` US, EU or AU."""

    code: str = "acme1234"
    name: str = "Acme"
    region: str = "US"
    zone: str = "Europe/Zurich"
    created_at: int = 1_640_995_200
    first: int = 1
    """Where the numbers of conversations and tickets begin, which are one sequence."""
    admins: list[AdminAccount] = field(default_factory=list)
    teams: list[InboxTeam] = field(default_factory=list)
    tags: list[WorkspaceTag] = field(default_factory=list)
    attributes: list[DataAttribute] = field(default_factory=list)
    ticket_states: list[TicketStateRow] = field(default_factory=list)
    ticket_types: list[TicketType] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    notes: list[ContactNote] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    tickets: list[IntercomTicket] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class TicketJob:
    """A ticket that is to be made; `status`: pending, success, failed."""

    id: str
    due: float
    sent: dict[str, Any]
    status: str = "pending"
    ticket: str | None = None


class WorkspaceState:
    """Everything the workspace holds. All access under `lock`."""

    def __init__(self, data: SampleWorkspace, clock: EmulatorClock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.origins: dict[str, str] = {}
        self.code, self.name, self.region, self.zone = data.code, data.name, data.region, data.zone
        self.created_at = data.created_at
        self.token = f"dG9rOg_{data.code}"
        self.configured_version = "2.15"
        """What answers a request without a version header."""
        self.unsettled = UnsettledBehaviour()
        self.automation = WorkspaceAutomation()
        self.admins = {row.id: _own(row) for row in data.admins}
        self.teams = {row.id: _own(row) for row in data.teams}
        self.tags = {row.id: _own(row) for row in data.tags}
        self.attributes = [_own(row) for row in data.attributes]
        self.ticket_states = {row.id: _own(row) for row in data.ticket_states}
        self.ticket_types = {row.id: _own(row) for row in data.ticket_types}
        self.contacts = {row.id: _own(row) for row in data.contacts}
        self.companies = {row.id: _own(row) for row in data.companies}
        self.notes = {row.id: _own(row) for row in data.notes}
        self.conversations = {row.id: _own(row) for row in data.conversations}
        self.tickets = {row.id: _own(row) for row in data.tickets}
        self.files = FileStore(data.code)
        self.files.blobs.update(data.blobs)
        self.mails: list[IntercomMail] = []
        self.jobs: dict[str, TicketJob] = {}
        self.reporting: list[tuple[str, str]] = []
        """Kind and id of what was deleted: reports go on counting it."""
        self.deleted: dict[str, int] = {}
        """Conversations that were deleted -> when."""
        self.scroll: tuple[str, float, int] | None = None
        """The one scroll over companies: its parameter, when it was last used, how many rows were given."""
        self.extra_lag = 0.0
        """Seconds that the present request's changes reach the index later."""
        self.counters: dict[str, int] = {"thread": data.first - 1}
        self.index = {kind: SearchIndex() for kind in ("conversations", "tickets", "contacts")}
        self._load()

    def _load(self) -> None:
        now = float("-inf")
        for conversation in self.conversations.values():
            self.index["conversations"].put(conversation.id, conversation_values(conversation), now)
        for ticket in self.tickets.values():
            self._index_ticket(ticket, now)
        for contact in self.contacts.values():
            self.index["contacts"].put(contact.id, contact_values(contact), now)
        for kind, numbers in (
            ("thread", (*self.conversations, *self.tickets)),
            ("part", tuple(part.id for thread in self.threads() for part in thread.parts)),
            ("message", tuple(each.source.id for each in self.conversations.values())),
            ("number", tuple(str(ticket.number) for ticket in self.tickets.values())),
            ("tag", tuple(self.tags)),
            ("note", tuple(self.notes)),
            ("attribute", tuple(str(row.id) for row in self.attributes if row.id is not None)),
            ("ticket_type", tuple(self.ticket_types)),
            (
                "type_attribute",
                tuple(row.id for form in self.ticket_types.values() for row in form.attributes),
            ),
        ):
            largest = max((int(text) for text in numbers), default=0)
            self.counters[kind] = max(self.counters.get(kind, 0), largest)
        self.counters["hex"] = len(self.contacts) + len(self.companies)

    # --- ids and times

    def next_id(self, kind: str) -> str:
        """Return the next id of a kind; ids are never given twice."""
        self.counters[kind] = self.counters.get(kind, 0) + 1
        return str(self.counters[kind])

    def next_hex(self) -> str:
        """Return a new id of 24 hexadecimal digits, as contacts, companies and files have them."""
        number = int(self.next_id("hex"))
        return f"{self.now():08x}{self.code.encode().hex()[:8]:0<8}{number:08x}"

    def now(self) -> int:
        """Return the time in whole seconds."""
        return int(self.clock.time())

    # --- finding

    def threads(self) -> itertools.chain[Conversation | IntercomTicket]:
        """Return all conversations and tickets."""
        return itertools.chain[Conversation | IntercomTicket](
            self.conversations.values(), self.tickets.values()
        )

    def contact(self, identifier: str) -> Contact | None:
        """Return a contact that can be seen: not one that was merged into another or deleted."""
        contact = self.contacts.get(identifier)
        return contact if contact is not None and contact.merged_into is None else None

    def present(self) -> list[Contact]:
        """Return all contacts but merged ones."""
        return [contact for contact in self.contacts.values() if contact.merged_into is None]

    def admin(self, identifier: str) -> AdminAccount | None:
        """Return a teammate who was not removed."""
        admin = self.admins.get(int(identifier)) if identifier.isascii() and identifier.isdigit() else None
        return admin if admin is not None and admin.active else None

    def company(self, identifier: str) -> Company | None:
        """Return a company whose deletion, where one was accepted, has not come through yet."""
        company = self.companies.get(identifier)
        if company is None or (company.archive_at is not None and company.archive_at <= self.clock.time()):
            return None
        return company

    def members(self, company: str) -> list[Contact]:
        """Return the contacts of a company."""
        return [contact for contact in self.present() if company in contact.companies]

    def attribute(self, model: str, name: str) -> list[DataAttribute]:
        """Return the live attributes of this name; there can be two among those of conversations."""
        return [
            row for row in self.attributes if row.model == model and row.name == name and not row.archived
        ]

    def tag_named(self, name: str) -> WorkspaceTag | None:
        """Return the tag of this name, in any case."""
        return next((tag for tag in self.tags.values() if tag.name.casefold() == name.casefold()), None)

    def conversation(self, identifier: str) -> Conversation | None:
        """Return a conversation, or what a shared Customer ticket shows of itself where the switch says that it does."""
        found = self.conversations.get(identifier)
        ticket = self.tickets.get(identifier)
        if (
            found is None
            and ticket is not None
            and ticket.shared
            and self.unsettled.tickets_in_conversation_search
        ):
            return shadow_of(ticket)
        return found

    def listed(self, conversation: Conversation) -> bool:
        """Say whether lists and searches have a conversation: not those of contacts who were blocked."""
        people = [self.contact(identifier) for identifier in conversation.contacts]
        return not people or not all(contact is not None and contact.blocked for contact in people)

    # --- changing

    def touch(self, record: Conversation | IntercomTicket | Contact, *, at: int | None = None) -> None:
        """Bring the index up to date with a record that has changed, and its `updated_at` unless `at` says which."""
        record.updated_at = self.now() if at is None else at
        now = self.clock.time() + self.extra_lag
        if isinstance(record, Conversation):
            due = now + self.unsettled.search_lag
            self.index["conversations"].put(record.id, conversation_values(record), due)
        elif isinstance(record, IntercomTicket):
            due = now + self.unsettled.search_lag
            self._index_ticket(record, due)
        else:
            due = now + self.unsettled.contact_search_lag
            self.index["contacts"].put(record.id, contact_values(record), due)

    def _index_ticket(self, ticket: IntercomTicket, due: float) -> None:
        """Index a ticket, and the conversation that its contact sees of it."""
        values = ticket_values(ticket, self.ticket_types, self.ticket_states)
        self.index["tickets"].put(ticket.id, values, due)
        self.index["conversations"].put(ticket.id, conversation_values(shadow_of(ticket)), due)

    def catch_up(self) -> None:
        """Let happen what has come due: the index, deletions of companies, enqueued tickets."""
        now = self.clock.time()
        for index in self.index.values():
            index.catch_up(now)
        for company in list(self.companies.values()):
            if company.archive_at is not None and company.archive_at <= now:
                for contact in self.members(company.id):
                    contact.companies.remove(company.id)

    def mail(self, event: str, to: str, thread: str | None) -> None:
        """Note a mail that the product would send."""
        self.mails.append(IntercomMail(self.clock.time(), event, to, thread))

    # --- what a test asks

    @property
    def notifications(self) -> int:
        """How many mails the real product would have sent."""
        return len(self.mails)

    def dump(self) -> dict[str, Any]:
        """Return everything in a canonical order; the same state gives the same dump."""
        with self.lock:
            self.catch_up()
            return _dump(self)


def _own(row: Row) -> Row:
    """Copy a record with all that is in it; a fifth of the time that `deepcopy` takes."""
    return cast("Row", pickle.loads(pickle.dumps(row, pickle.HIGHEST_PROTOCOL)))  # noqa: S301 -- bytes of our own


def _dump(state: WorkspaceState) -> dict[str, Any]:
    sections: dict[str, Any] = {}
    moments: dict[str, int] = {}
    tables: dict[str, dict[Any, Any]] = {
        "admins": dict(state.admins), "teams": dict(state.teams), "tags": dict(state.tags),
        "ticket_states": dict(state.ticket_states), "ticket_types": dict(state.ticket_types),
        "contacts": dict(state.contacts), "companies": {key: row for key, row in state.companies.items() if state.company(key)},
        "notes": dict(state.notes), "conversations": dict(state.conversations), "tickets": dict(state.tickets),
    }  # fmt: skip
    for kind, rows in tables.items():
        plain = {str(key): asdict(rows[key]) for key in sorted(rows)}
        for key, row in plain.items():
            if "updated_at" in row:
                moments[f"{kind}:{key}"] = row.pop("updated_at")
        sections[kind] = plain
    return sections | {
        "attributes": [asdict(row) for row in state.attributes],
        "moments": moments,
        "counters": dict(sorted(state.counters.items())),
        "files": sorted(state.files.blobs),
        "jobs": {key: asdict(job) for key, job in state.jobs.items()},
        "mails": [mail._asdict() for mail in state.mails],
        "reporting": [[*pair, state.deleted.get(pair[1])] for pair in state.reporting],
    }
