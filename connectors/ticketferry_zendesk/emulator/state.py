"""What the emulated desk holds: lists by kind, cases, and the indexes that exports and counts go by."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from typing import NamedTuple

from ticketferry.emulation.clock import Clock

from .casefile import CaseFile
from .sample.case import Case
from .sample.dice import unix
from .seed import SampleDesk, WireRecord
from .timeline import Timeline

__all__ = ["ARCHIVE_SECONDS", "DeskState", "Head"]

ARCHIVE_SECONDS = 120 * 86_400
"""A ticket is archived so long after it was closed [DOC support article 4408887617050]."""


class Head(NamedTuple):
    """What counting and searching need of a ticket, kept in memory; times in unix seconds."""

    id: int
    status: str
    created: int
    updated: int
    generated: int
    type: str | None
    priority: str | None
    group: int | None
    assignee: int | None
    requester: int
    organization: int | None
    brand: int | None
    form: int | None
    custom_status: int | None
    external_id: str | None
    channel: str
    support_type: str
    tags: tuple[str, ...]

    @classmethod
    def of(cls, ticket: WireRecord) -> Head:
        """Return the head of a ticket record."""
        return cls(
            ticket["id"], ticket["status"], unix(ticket["created_at"]), unix(ticket["updated_at"]),
            ticket["generated_timestamp"], ticket["type"], ticket["priority"], ticket["group_id"], ticket["assignee_id"],
            ticket["requester_id"], ticket["organization_id"], ticket["brand_id"], ticket["ticket_form_id"],
            ticket["custom_status_id"], ticket["external_id"], ticket["via"]["channel"], ticket["support_type"],
            tuple(ticket["tags"]),
        )  # fmt: skip


class DeskState:
    """The whole desk. Everything below is read and changed under `lock`.

    `lists` holds all records but tickets by kind and id; tickets with their audits are in a :class:`CaseFile`.
    `jira_issues` are the ids of Jira issues that tickets are linked with, by ticket number; the links themselves are a list.
    `unexported` are audits that the export of ticket events leaves out, as it has been seen to do [ISSUE airbyte 8519].
    `sided` are the tickets with side conversations. `comment_counts`: whether tickets come with `comment_count` where it is asked for.
    `notifications` counts mails that writes through the API would have sent; what people of the desk do themselves
    (see :mod:`.life`) is not counted.
    """

    def __init__(self, desk: SampleDesk, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.notifications = 0
        self.settings = copy.deepcopy(desk.settings)
        self.blob = desk.blob
        self.lists: dict[str, dict[int, WireRecord]] = {
            kind: {row["id"]: copy.deepcopy(row) for row in rows()} for kind, rows in desk.lists.items()
        }
        self.identities: dict[int, list[WireRecord]] = {}
        for identity in self.lists["identities"].values():
            self.identities.setdefault(identity["user_id"], []).append(identity)
        self.heads: dict[int, Head] = {}
        self.ratings: dict[int, WireRecord] = {}
        self.comment_counts = True
        self.unexported: set[int] = set()
        self.sided: set[int] = set()
        self.jira_issues: dict[int, list[str]] = {}
        for link in self.lists.setdefault("jira_links", {}).values():
            self.jira_issues.setdefault(int(link["ticket_id"]), []).append(link["issue_id"])
        self.deletions: dict[int, WireRecord] = {}
        self._cases = CaseFile()
        moments: list[tuple[int, int]] = []
        self.tickets = Timeline(self._load(desk, moments))
        self.audits = Timeline(moments)
        self.users = self._by_update("users")
        self.organizations = self._by_update("organizations")

    def _load(self, desk: SampleDesk, moments: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        for case in desk.cases():
            head = self._keep(case)
            moments.extend((unix(audit["created_at"]), audit["id"]) for audit in case.audits)
            yield head.generated, head.id

    def _keep(self, case: Case) -> Head:
        head = Head.of(case.ticket)
        self._cases.put(head.id, case)
        self.heads[head.id] = head
        if case.sides:
            self.sided.add(head.id)
        for table, row in ((self.ratings, case.rating), (self.deletions, case.deletion)):
            if row is not None:
                table[head.id] = row
        return head

    def _by_update(self, kind: str) -> Timeline:
        return Timeline((unix(row["updated_at"]), identifier) for identifier, row in self.lists[kind].items())

    # --- reading

    def case(self, number: int) -> Case:
        """Return a copy of a ticket with its audits, also of a deleted one; KeyError when there never was one."""
        return self._cases.get(number)

    def live(self, number: int) -> bool:
        """Say whether the ticket exists for anything but the export."""
        head = self.heads.get(number)
        return head is not None and head.status != "deleted"

    def archived(self, number: int) -> bool:
        """Say whether the ticket was moved to the archive, out of lists and views."""
        head = self.heads[number]
        return head.status == "closed" and head.updated + ARCHIVE_SECONDS < self.clock.time()

    def seen(self) -> int:
        """Return the last second that incremental exports show: the newest minute is left out [DOC]."""
        return int(self.clock.time()) - 60

    def dump(self) -> dict[str, object]:
        """Return everything in a canonical order; the same state gives the same dump."""
        cases = (self.case(number) for number in sorted(self.heads))
        return {
            "lists": {kind: [rows[key] for key in sorted(rows)] for kind, rows in sorted(self.lists.items())},
            "cases": [
                {
                    "ticket": case.ticket,
                    "audits": case.audits,
                    "rating": case.rating,
                    "deletion": case.deletion,
                    "sides": case.sides,
                }
                for case in cases
            ],
            "settings": self.settings,
            "notifications": self.notifications,
        }

    # --- changing

    def keep(self, case: Case) -> None:
        """Put a changed or new case back and bring the indexes up to date."""
        number = case.ticket["id"]
        before = self.heads.get(number)
        known = {audit["id"] for audit in self.case(number).audits} if before else set()
        head = self._keep(case)
        if before is None:
            self.tickets.add(head.generated, number)
        else:
            self.tickets.move(number, before.generated, head.generated)
        for audit in case.audits:
            if audit["id"] not in known:
                self.audits.add(unix(audit["created_at"]), audit["id"])

    def keep_record(self, kind: str, record: WireRecord) -> None:
        """Put a changed user or organization back."""
        timeline = {"users": self.users, "organizations": self.organizations}[kind]
        before = self.lists[kind].get(record["id"])
        self.lists[kind][record["id"]] = record
        moment = unix(record["updated_at"])
        if before is None:
            timeline.add(moment, record["id"])
        else:
            timeline.move(record["id"], unix(before["updated_at"]), moment)
