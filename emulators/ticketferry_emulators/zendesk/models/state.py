"""What the emulated desk holds: lists by kind, cases, and the indexes that exports and counts go by."""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ticketferry_emulators.kit.clock import EmulatorClock
from ticketferry_emulators.zendesk.models.case_file import CaseFile
from ticketferry_emulators.zendesk.models.jobs import JobQueue
from ticketferry_emulators.zendesk.models.mail import ZendeskMail
from ticketferry_emulators.zendesk.models.timeline import Timeline
from ticketferry_emulators.zendesk.models.tokens import Remembered, ZendeskTokens
from ticketferry_emulators.zendesk.models.uploads import Uploads
from ticketferry_emulators.zendesk.models.views import comments
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.desk import SampleDesk, WireRecord
from ticketferry_emulators.zendesk.seed.dice import unix

__all__ = ["ARCHIVE_SECONDS", "RESIDUE", "DeskState", "TicketSummary"]

RESIDUE = (
    "counters", "deleted_organizations", "deleted_tickets", "deleted_users", "firings", "histories", "jobs", "mails",
    "moments", "uploads",
)  # fmt: skip
"""Sections that no rollback through the API restores: numbers are never reused, deleted records stay for exports and
the recycle bin, audits are never taken back, and every touch moves the time of the last change."""

_MOMENTS = ("updated_at", "generated_timestamp")

ARCHIVE_SECONDS = 120 * 86_400
"""A ticket is archived so long after it was closed [DOC support article 4408887617050]."""


class TicketSummary(NamedTuple):
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
    def of(cls, ticket: WireRecord) -> TicketSummary:
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
    `mails` are those that writes through the API would have sent, `firings` counts triggers and automations by title; what people of the
    desk do themselves (see :mod:`.life`) is in neither. `jobs` are worked on whenever somebody looks: see `catch_up`.
    `by_external` and `by_requester` find tickets, deleted ones too. `tombstones` holds deleted organizations, which only the export still shows. `addresses` and `externals` find users
    by e-mail or phone number and records by external id, both in lower case.
    `jira_issues` are the ids of Jira issues that tickets are linked with, by ticket number; the links themselves are a list.
    `unexported` are audits that the export of ticket events leaves out, as it has been seen to do [ISSUE airbyte 8519].
    `sided` are the tickets with side conversations. `comment_counts`: whether tickets come with `comment_count` where it is asked for.
    """

    def __init__(self, desk: SampleDesk, clock: EmulatorClock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.origins: dict[str, str] = {}
        self.oauth = ZendeskTokens()
        self.remembered: dict[str, Remembered] = {}
        """Answers to requests with an idempotency key."""
        self.bulk_users = False
        """Users in bulk, which Zendesk's support enables on request."""
        self.host = desk.host
        self.account_id = desk.account_id
        self.first_number = desk.first_number
        self.mails: list[ZendeskMail] = []
        self.firings: Counter[str] = Counter()
        self.numbers: dict[str, int] = {}
        self.created_addresses: dict[str, float] = {}
        self.jobs = JobQueue(self.host)
        self.uploads = Uploads(self.host)
        self.imports_inherit = False
        """Imported tickets get tags and group of their requester and organization, as all new ones do: not documented for imports."""
        self.archive_at: dict[int, float] = {}
        self.by_external: dict[str, set[int]] = {}
        self.by_requester: dict[int, set[int]] = {}
        self.tombstones: dict[int, WireRecord] = {}
        self.settings = copy.deepcopy(desk.settings)
        self._blob = desk.blob
        self.lists: dict[str, dict[int, WireRecord]] = {
            kind: {row["id"]: copy.deepcopy(row) for row in rows()} for kind, rows in desk.lists.items()
        }
        self.lists.setdefault("jira_links", {})
        self.identities: dict[int, list[WireRecord]] = {}
        self.addresses: dict[str, int] = {}
        for identity in self.lists["identities"].values():
            self.identities.setdefault(identity["user_id"], []).append(identity)
            self.addresses[identity["value"].lower()] = identity["user_id"]
        self._memberships: dict[int, set[int]] = {}
        for row in self.lists["organization_memberships"].values():
            self._memberships.setdefault(row["user_id"], set()).add(row["id"])
        self.externals: dict[str, dict[str, int]] = {"users": {}, "organizations": {}}
        self.names: dict[str, int] = {}
        for kind in self.externals:
            for row in self.lists[kind].values():
                self._name(kind, row)
        self.heads: dict[int, TicketSummary] = {}
        self.ratings: dict[int, WireRecord] = {}
        self.comment_counts = True
        self.unexported: set[int] = set()
        self.sided: set[int] = set()
        self.audit_tickets: dict[int, int] = {}
        """Audit -> its ticket, of audits whose ids do not tell it."""
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

    def _keep(self, case: TicketWithAudits) -> TicketSummary:
        head = TicketSummary.of(case.ticket)
        self._cases.put(head.id, case)
        before = self.heads.get(head.id)
        self.heads[head.id] = head
        if before is not None and before.external_id is not None and before.external_id != head.external_id:
            self.by_external[before.external_id].discard(head.id)
        if head.external_id is not None:
            self.by_external.setdefault(head.external_id, set()).add(head.id)
        if before is not None and before.requester != head.requester:
            self.by_requester[before.requester].discard(head.id)
        self.by_requester.setdefault(head.requester, set()).add(head.id)
        if case.sides:
            self.sided.add(head.id)
        for table, row in ((self.ratings, case.rating), (self.deletions, case.deletion)):
            if row is not None:
                table[head.id] = row
        return head

    def _by_update(self, kind: str) -> Timeline:
        return Timeline((unix(row["updated_at"]), identifier) for identifier, row in self.lists[kind].items())

    # --- reading

    def case(self, number: int) -> TicketWithAudits:
        """Return a copy of a ticket with its audits, also of a deleted one; KeyError when there never was one."""
        return self._cases.get(number)

    def live(self, number: int) -> bool:
        """Say whether the ticket exists for anything but the export."""
        head = self.heads.get(number)
        return head is not None and head.status != "deleted"

    def archived(self, number: int) -> bool:
        """Say whether the ticket was moved to the archive, out of lists and views."""
        head = self.heads[number]
        moment = self.archive_at.get(number, head.updated + ARCHIVE_SECONDS)
        return head.status == "closed" and moment < self.clock.time()

    def seen(self) -> int:
        """Return the last second that incremental exports show: the newest minute is left out [DOC]."""
        return int(self.clock.time()) - 60

    def dump(self) -> dict[str, object]:
        """Return everything in a canonical order; the same state gives the same dump."""
        with self.lock:
            self.catch_up()
            return _dump(self)

    @property
    def notifications(self) -> int:
        """How many mails the real product would have sent."""
        return len(self.mails)

    def blob(self, token: str) -> bytes:
        """Return the bytes behind an attachment's token; KeyError for an unknown one."""
        kept = self.uploads.blobs.get(token)
        return self._blob(token) if kept is None else kept

    def url(self, path: str) -> str:
        """Return the address of a record of this desk."""
        return f"{self.host}/api/v2/{path}.json"

    def owner(self) -> int:
        """Return the id of the first administrator."""
        admins = (row for row in self.lists["users"].values() if row["role"] == "admin" and row["active"])
        return int(next(admins)["id"])

    def note_audits(self) -> None:
        """Note which ticket each audit belongs to: ids that another desk gave tell nothing of it."""
        for number in self.heads:
            for audit in self.case(number).audits:
                self.audit_tickets[audit["id"]] = number

    # --- changing

    def catch_up(self) -> None:
        """Let jobs do what they have had time for."""
        self.jobs.work(self.clock.time())

    def next_id(self, kind: str) -> int:
        """Return a new id of a kind; ids are never given twice, not even after their record is gone."""
        if kind not in self.numbers:
            rows = self.heads if kind == "tickets" else self.lists.get(kind, {})
            first = 0 if kind == "tickets" else self.first_number
            self.numbers[kind] = max(first, max(rows, default=0))
        self.numbers[kind] += 1
        return self.numbers[kind]

    def keep(self, case: TicketWithAudits) -> None:
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
        """Put a changed or new user or organization back."""
        timeline = {"users": self.users, "organizations": self.organizations}[kind]
        before = self.lists[kind].get(record["id"])
        self.lists[kind][record["id"]] = record
        moment = unix(record["updated_at"])
        if before is None:
            timeline.add(moment, record["id"])
        else:
            timeline.move(record["id"], unix(before["updated_at"]), moment)
            self._unname(kind, before)
        self._name(kind, record)

    def bury(self, organization: WireRecord) -> None:
        """Take an organization out of everything but the export, which shows it with `deleted_at`."""
        before = self.lists["organizations"].pop(organization["id"])
        self._unname("organizations", before)
        self.organizations.move(
            organization["id"], unix(before["updated_at"]), unix(organization["updated_at"])
        )
        self.tombstones[organization["id"]] = organization

    def keep_identity(self, identity: WireRecord) -> None:
        """Put a changed or new identity back."""
        self.lists["identities"][identity["id"]] = identity
        rows = self.identities.setdefault(identity["user_id"], [])
        rows[:] = sorted(
            [*(row for row in rows if row["id"] != identity["id"]), identity], key=lambda row: row["id"]
        )
        self.addresses[identity["value"].lower()] = identity["user_id"]

    def drop_identity(self, identity: WireRecord) -> None:
        """Forget an identity; its address is free again."""
        del self.lists["identities"][identity["id"]]
        self.identities[identity["user_id"]].remove(identity)
        self.addresses.pop(identity["value"].lower(), None)

    def memberships_of(self, user: int | None) -> list[WireRecord]:
        """Return a user's memberships in organizations, oldest first."""
        table = self.lists["organization_memberships"]
        return [table[key] for key in sorted(self._memberships.get(user or 0, ()))]

    def keep_membership(self, membership: WireRecord) -> None:
        """Put a changed or new membership in an organization back."""
        self.lists["organization_memberships"][membership["id"]] = membership
        self._memberships.setdefault(membership["user_id"], set()).add(membership["id"])

    def drop_membership(self, membership: WireRecord) -> None:
        """Forget a membership in an organization."""
        del self.lists["organization_memberships"][membership["id"]]
        self._memberships[membership["user_id"]].discard(membership["id"])

    def _name(self, kind: str, record: WireRecord) -> None:
        if record.get("external_id") and record.get("active", True):
            self.externals[kind][record["external_id"].lower()] = record["id"]
        if kind == "organizations":
            self.names[record["name"].strip().lower()] = record["id"]

    def _unname(self, kind: str, record: WireRecord) -> None:
        external = (record.get("external_id") or "").lower()
        if self.externals[kind].get(external) == record["id"]:
            del self.externals[kind][external]
        if kind == "organizations" and self.names.get(record["name"].strip().lower()) == record["id"]:
            del self.names[record["name"].strip().lower()]


def _dump(state: DeskState) -> dict[str, object]:
    """Return the whole desk; sections but those of :data:`RESIDUE` are equal again after an exact rollback."""
    sections: dict[str, object] = {}
    moments: dict[str, WireRecord] = {}
    live: dict[int, WireRecord] = {}
    talk: dict[int, list[WireRecord]] = {}
    histories: dict[int, list[WireRecord]] = {}
    deleted: dict[int, WireRecord] = {}
    for number in sorted(state.heads):
        case = state.case(number)
        if case.ticket["status"] == "deleted":
            deleted[number] = {"ticket": case.ticket, "audits": case.audits, "deletion": case.deletion}
            continue
        live[number] = _still(case.ticket) | {"rating": case.rating}
        talk[number] = comments(case, inline=True)
        histories[number] = case.audits
        moments[f"tickets:{number}"] = _moments(case.ticket)
    sections |= {"tickets": live, "comments": talk, "histories": histories, "deleted_tickets": deleted}
    for kind, rows in sorted(state.lists.items()):
        present = {key: row for key, row in sorted(rows.items()) if _present(state, kind, row)}
        sections[kind] = {key: _still(row) for key, row in present.items()}
        moments |= {f"{kind}:{key}": _moments(row) for key, row in present.items()}
    sections["deleted_users"] = {
        key: row for key, row in sorted(state.lists["users"].items()) if not row["active"]
    }
    return sections | {
        "deleted_organizations": dict(sorted(state.tombstones.items())),
        "settings": state.settings,
        "moments": moments,
        "counters": dict(sorted(state.numbers.items())),
        "jobs": state.jobs.dump(),
        "uploads": state.uploads.dump(),
        "mails": [mail._asdict() for mail in state.mails],
        "firings": dict(sorted(state.firings.items())),
    }


def _present(state: DeskState, kind: str, row: WireRecord) -> bool:
    """Say whether a record still counts: deleted users, and identities of theirs, are kept for the export only."""
    if kind == "users":
        return bool(row["active"])
    if kind == "identities":
        return bool(state.lists["users"][row["user_id"]]["active"])
    return not row.get("deleted", False)


def _still(row: WireRecord) -> WireRecord:
    return {key: value for key, value in row.items() if key not in _MOMENTS}


def _moments(row: WireRecord) -> WireRecord:
    return {key: row[key] for key in _MOMENTS if key in row}
