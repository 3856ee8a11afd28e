"""The thread of a sample conversation or ticket, told part by part on a clock of its own."""

from __future__ import annotations

import hashlib
import random
from typing import Any

from ticketferry_emulators.intercom.models.records import (
    AdminAccount,
    Contact,
    Conversation,
    ConversationPart,
    IntercomTicket,
    Party,
    StoredFile,
)
from ticketferry_emulators.intercom.models.state import BOT

__all__ = ["PNG", "Teller", "by_admin", "by_contact"]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf50"
    "0f00038101804aa2d5b50000000049454e44ae426082"
)
"""A picture of one pixel."""


def by_contact(contact: Contact) -> Party:
    """Return a contact as an author."""
    return Party(contact.role, contact.id, contact.name, contact.email)


def by_admin(admin: AdminAccount) -> Party:
    """Return a teammate as an author."""
    return Party("admin", str(admin.id), admin.name, admin.email)


class Teller:
    """Adds parts to a thread; every part takes some minutes unless `after` says how many seconds."""

    def __init__(
        self, thread: Conversation | IntercomTicket, dice: random.Random, blobs: dict[str, bytes]
    ) -> None:
        self.thread = thread
        self.dice = dice
        self.now = thread.created_at
        self._blobs = blobs
        self._files = 0

    def part(
        self, part_type: str, author: Party, body: str | None = None, *, after: int | None = None, **more: Any
    ) -> ConversationPart:
        """Add a part."""
        self.now += int(60 + self.dice.random() * 7_000) if after is None else after
        number = int(self.thread.id) * 1_000 + len(self.thread.parts)
        part = ConversationPart(
            str(number),
            part_type,
            author,
            self.now,
            body,
            updated_at=self.now,
            state=self.thread.state,
            **more,
        )
        self.thread.parts.append(part)
        self.thread.updated_at = max(self.thread.updated_at, self.now)
        if (
            isinstance(self.thread, Conversation)
            and part_type in ("comment", "quick_reply", "close")
            and body
        ):
            by_them = author.type in ("user", "lead", "contact")
            self.thread.waiting_since = self.now if by_them else None
        return part

    def event(self, part_type: str, author: Party = BOT, **details: Any) -> ConversationPart:
        """Add an event with details."""
        return self.part(part_type, author, event_details=details or None)

    def assign(
        self, admin: AdminAccount, by: Party, part_type: str = "assignment", body: str | None = None
    ) -> None:
        """Assign to a teammate."""
        self.thread.admin = admin.id
        self.part(part_type, by, body, assigned_to=("admin", str(admin.id)))

    def close(self, by: Party, body: str | None = None) -> None:
        """Close."""
        self.thread.state = "closed"
        self.part("close", by, body)
        if isinstance(self.thread, Conversation):
            self.thread.waiting_since = None

    def reopen(self, by: Party, part_type: str = "open", body: str | None = None) -> None:
        """Open again."""
        self.thread.state = "open"
        self.part(part_type, by, body)

    def snooze(self, by: Party, seconds: int) -> None:
        """Snooze for so long."""
        self.thread.state = "snoozed"
        self.part("snoozed", by)
        self.thread.snoozed_until = self.now + seconds

    def file(self, name: str, content: bytes, content_type: str) -> StoredFile:
        """Make a file."""
        self._files += 1
        digest = hashlib.sha256(f"{self.thread.id}:{self._files}".encode()).hexdigest()
        token = digest[:24]
        self._blobs[token] = content
        size = (1, 1) if content_type == "image/png" else (None, None)
        return StoredFile(token, name, content_type, len(content), *size)
