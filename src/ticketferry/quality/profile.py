"""What a source desk holds: counts and shares of its snapshot, streamed, with memory that does not grow with the desk."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any

from ticketferry.desired.cases import ContentOf, assemble
from ticketferry.kpi.histories import Terms
from ticketferry.quality.check import DeskFacts, QualityFinding
from ticketferry.quality.inspection import Inspection
from ticketferry.quality.moved import MovedView
from ticketferry.quality.values import Values
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.ticket_records import month_of

__all__ = ["FieldProfile", "Profile", "profile"]

TAGS = 50_000
FIELDS = 2_000
_CHOICES = frozenset({"select", "multiselect", "cascading", "checkbox", "labels"})
SIZES = (0, 1_000, 10_000, 32_767, 65_536, 1_000_000)
"""Upper borders of size classes, in characters; 32,767 is Jira's limit of a text, 65,536 Zendesk's of a comment."""
FILE_SIZES = (0, 100_000, 1_000_000, 10_000_000, 50_000_000, 250_000_000)


@dataclass(slots=True)
class FieldProfile:
    """A custom field: on how many records it has a value, and which values."""

    key: str
    name: str
    type: str
    filled: int
    share: float
    """Of all records of the kind, 0 to 1."""
    values: dict[str, Any]


@dataclass(slots=True)
class Profile:
    """Counts of one snapshot. Distributions are value -> count; a missing value counts as `(none)`."""

    desk: str
    snapshot: int
    digest: str
    tickets: int = 0
    archived: int = 0
    """Tombstones that the desk still shows: deleted or otherwise gone."""
    by_status: dict[str, Any] = field(default_factory=dict)
    by_stage: dict[str, Any] = field(default_factory=dict)
    by_channel: dict[str, Any] = field(default_factory=dict)
    by_group: dict[str, Any] = field(default_factory=dict)
    by_brand: dict[str, Any] = field(default_factory=dict)
    by_form: dict[str, Any] = field(default_factory=dict)
    by_type: dict[str, Any] = field(default_factory=dict)
    by_priority: dict[str, Any] = field(default_factory=dict)
    created_by_month: dict[str, int] = field(default_factory=dict)
    solved_by_month: dict[str, int] = field(default_factory=dict)
    status_by_month: dict[str, dict[str, int]] = field(default_factory=dict)
    """Month of creation -> stage -> tickets."""
    comments: dict[str, Any] = field(default_factory=dict)
    attachments: dict[str, Any] = field(default_factory=dict)
    events: int = 0
    worklogs: int = 0
    side_conversations: int = 0
    links: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    organizations: dict[str, Any] = field(default_factory=dict)
    groups: int = 0
    fields: list[FieldProfile] = field(default_factory=list)
    fields_left_out: int = 0
    tags: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    """Lowest and highest ticket number, and how many numbers between them no ticket uses."""
    languages: dict[str, int] = field(default_factory=dict)
    """Tickets by language, as far as their first words tell it."""
    quality: list[QualityFinding] = field(default_factory=list)
    """What is wrong in the desk, by code (docs/profile.md)."""
    mapped: bool = False
    """Only what the mapping moves was counted."""
    findings: list[dict[str, Any]] = field(default_factory=list)
    """What was found while the desk was read."""
    without_root: int = 0
    """Rows whose ticket, person or organization the snapshot lacks."""
    leaves: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def profile(
    snapshots: Snapshots,
    snapshot: int,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
    view: MovedView | None = None,
) -> Profile:
    """Count everything in a snapshot and say what is wrong with it. `view`: what a mapping leaves of it.

    Raises WorkspaceError for an unknown snapshot.
    """
    info = snapshots.info(snapshot)
    result = Profile(snapshots.desk, snapshot, info.digest, mapped=view is not None and not view.whole)
    catalog: Catalog = (
        snapshots.catalog(info.catalog) if info.catalog else Catalog(desk=snapshots.desk, product="")
    )
    stages: dict[str, str] = {}
    for status in catalog.get("statuses", ()):
        for name in (status["name"], status["id"]):
            stages.setdefault(str(name).casefold(), str(status["stage"]))
    groups: dict[str, str] = {}
    facts = DeskFacts(
        catalog, int(info.began.timestamp()), Terms(stages, {}, groups), groups, mapped=result.mapped
    )
    if view is not None:
        facts.target_status, facts.dropped, facts.named = view.target_status, view.dropped, view.named
    for record in _records(snapshots, Kind.GROUP, snapshot, result):
        result.groups += 1
        groups[record["ref"]] = str(record.get("name", record["ref"]))
    _people(snapshots, snapshot, result, facts)
    _organizations(snapshots, snapshot, result, facts)
    inspection = Inspection(facts)
    moved = (lambda case: case) if view is None else view.case
    _Tickets(result, groups, catalog, snapshots.content, inspection, moved).run(snapshots, snapshot, progress)
    lost = result.without_root
    result.quality = inspection.close(lambda: _records(snapshots, Kind.PERSON, snapshot, result))
    result.without_root = lost
    result.languages = inspection.languages
    result.findings = _findings(snapshots)
    result.leaves = snapshots.leaves((Kind.TICKET, Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP), snapshot)
    return result


def _records(snapshots: Snapshots, kind: Kind, snapshot: int, result: Profile) -> Iterator[Record]:
    for ref, rows in snapshots.roots(kind, snapshot):
        record = assemble(ref, rows)
        if record is None:
            result.without_root += len(rows)
        else:
            yield record


def _people(snapshots: Snapshots, snapshot: int, result: Profile, facts: DeskFacts) -> None:
    roles: dict[str, Counter[str]] = {}
    known: dict[str, str] = {}
    total = with_mail = 0
    for person in _records(snapshots, Kind.PERSON, snapshot, result):
        total += 1
        with_mail += bool(person.get("email"))
        role, state = str(person.get("role", "end_user")), str(person.get("state", "active"))
        roles.setdefault(role, Counter())[state] += 1
        facts.people.add(hash(person["ref"]))
        if role != "end_user":
            known[person["ref"]] = role
            if state != "active":
                facts.inactive_agents.add(person["ref"])
    facts.terms.roles = known
    result.people = {
        "total": total,
        "with_email": with_mail,
        "by_role_and_state": {role: dict(sorted(states.items())) for role, states in sorted(roles.items())},
    }


def _organizations(snapshots: Snapshots, snapshot: int, result: Profile, facts: DeskFacts) -> None:
    total = sharing = with_domain = 0
    for organization in _records(snapshots, Kind.ORGANIZATION, snapshot, result):
        total += 1
        sharing += bool(organization.get("shared_tickets"))
        with_domain += bool(organization.get("domains"))
        facts.organizations.add(hash(organization["ref"]))
    result.organizations = {"total": total, "sharing_tickets": sharing, "with_domain": with_domain}


class _Tickets:
    def __init__(
        self,
        result: Profile,
        groups: Mapping[str, str],
        catalog: Catalog,
        content: ContentOf,
        inspection: Inspection,
        moved: Callable[[Record], Record | None],
    ) -> None:
        self._result = result
        self._inspection = inspection
        self._moved = moved
        self._content = content
        self._groups = groups
        self._defined = {str(item["key"]): item for item in catalog.get("fields", [])}
        names = ("status", "stage", "channel", "group", "brand", "form", "type", "priority")
        self._by = {name: Values() for name in names}
        self._created: Counter[str] = Counter()
        self._solved: Counter[str] = Counter()
        self._grid: dict[str, Counter[str]] = {}
        self._public: Counter[str] = Counter()
        self._sizes: Counter[int] = Counter()
        self._files: Counter[int] = Counter()
        self._types = Values()
        self._states: Counter[str] = Counter()
        self._bytes_by_state: Counter[str] = Counter()
        self._links = Values()
        self._tags = Values(TAGS)
        self._fields: dict[str, Values] = {}
        self._left_out: set[bytes] = set()
        self._characters = self._bytes = self._inline = self._most_comments = 0
        self._longest = self._largest = 0
        self._untagged = 0
        self._low = self._high = self._numbered = 0

    def run(
        self, snapshots: Snapshots, snapshot: int, progress: Callable[[str, int, int | None], None]
    ) -> None:
        total = snapshots.count(Kind.TICKET, snapshot)
        seen = 0
        for seen, whole in enumerate(_records(snapshots, Kind.TICKET, snapshot, self._result), 1):
            if whole.get("attachments"):
                whole["attachments"] = [self._fetched(item) for item in whole["attachments"]]
            ticket = self._moved(whole)
            if ticket is not None:
                self._ticket(ticket)
                self._inspection.ticket(ticket)
            if seen % 1_000 == 0:
                progress("tickets", seen, total)
        progress("tickets", seen, total)
        self._close()

    def _ticket(self, ticket: Record) -> None:
        result = self._result
        result.tickets += 1
        result.archived += ticket.get("stage") in ("deleted", "spam", "suspended", "merged")
        for name, values in self._by.items():
            value = ticket.get(name)
            if name == "group" and value is not None:
                value = self._groups.get(value, value)
            values.add(value if value not in (None, "") else "(none)")
        month = month_of(str(ticket.get("created", ""))) or "(none)"
        self._created[month] += 1
        self._grid.setdefault(month, Counter())[str(ticket.get("stage") or "(none)")] += 1
        if ticket.get("solved"):
            self._solved[str(ticket["solved"])[:7]] += 1
        self._number(str(ticket.get("number", "")))
        self._parts(ticket)
        for link in ticket.get("links", []):
            self._links.add(link.get("type", "(none)"))
        for tag in ticket.get("tags", []):
            self._tags.add(tag)
        self._untagged += not ticket.get("tags")
        for key, value in ticket.get("fields", {}).items():
            if value in (None, "", [], {}):
                continue
            values_of = self._fields.get(key)
            if values_of is None:
                if len(self._fields) >= FIELDS:
                    if len(self._left_out) < TAGS:
                        self._left_out.add(blake2b(key.encode(), digest_size=8).digest())
                    continue
                values_of = self._fields[key] = Values()
            values_of.add(value)

    def _fetched(self, attachment: Record) -> Record:
        """Say of a file what became of its bytes."""
        fetched = self._content(attachment["ref"].split(":", 2)[2])
        if fetched is None:
            return attachment
        # What came counts as it came: desks tell no size of some files (recordings), and of others not the true one.
        size = fetched[1] if fetched[2] == "stored" else attachment.get("size")
        return {**attachment, "state": fetched[2], "size": size}

    def _number(self, text: str) -> None:
        if text.isascii() and text.isdigit():
            number = int(text)
            self._low = min(self._low, number) if self._numbered else number
            self._high = max(self._high, number)
            self._numbered += 1

    def _parts(self, ticket: Record) -> None:
        comments = ticket.get("comments", [])
        self._most_comments = max(self._most_comments, len(comments))
        for comment in comments:
            self._public["public" if comment.get("public") else "internal"] += 1
            size = len(comment.get("body", {}).get("html", ""))
            self._characters += size
            self._longest = max(self._longest, size)
            self._sizes[_class(size, SIZES)] += 1
        for attachment in ticket.get("attachments", []):
            state, size = str(attachment.get("state") or "not fetched"), int(attachment.get("size") or 0)
            self._bytes += size
            self._bytes_by_state[state] += size
            self._largest = max(self._largest, size)
            self._inline += bool(attachment.get("inline"))
            self._files[_class(size, FILE_SIZES)] += 1
            self._types.add(attachment.get("media_type") or "(none)")
            self._states[state] += 1
        self._result.events += len(ticket.get("events", []))
        self._result.worklogs += len(ticket.get("worklogs", []))
        self._result.side_conversations += len(ticket.get("side_conversations", []))

    def _close(self) -> None:
        result = self._result
        for name, values in self._by.items():
            setattr(result, f"by_{name}", values.view())
        result.created_by_month = dict(sorted(self._created.items()))
        result.solved_by_month = dict(sorted(self._solved.items()))
        result.status_by_month = {
            month: dict(sorted(row.items())) for month, row in sorted(self._grid.items())
        }
        result.comments = {
            "total": sum(self._public.values()),
            "public": self._public["public"],
            "internal": self._public["internal"],
            "characters": self._characters,
            "longest": self._longest,
            "most_on_a_ticket": self._most_comments,
            "by_size": _sized(self._sizes, SIZES, "characters"),
        }
        result.attachments = {
            "total": sum(self._files.values()),
            "bytes": self._bytes,
            "largest": self._largest,
            "inline": self._inline,
            "by_type": self._types.view(),
            "by_state": dict(sorted(self._states.items())),
            "bytes_by_state": dict(sorted(self._bytes_by_state.items())),
            "by_size": _sized(self._files, FILE_SIZES, "bytes"),
        }
        result.links = self._links.view()
        result.tags = {**self._tags.view(), "tickets_without": self._untagged}
        result.fields = [
            self._field(key, self._fields.get(key, Values()))
            for key in sorted(
                self._defined.keys() | self._fields.keys(),
                key=lambda key: (-(self._fields[key].total if key in self._fields else 0), key),
            )
        ]
        result.fields_left_out = len(self._left_out)
        unused = self._high - self._low + 1 - self._numbered if self._numbered else 0
        result.numbers = {
            "lowest": self._low,
            "highest": self._high,
            "used": self._numbered,
            "unused_between": unused,
        }

    def _field(self, key: str, values: Values) -> FieldProfile:
        known: Mapping[str, Any] = self._defined.get(key, {})
        return FieldProfile(
            key,
            str(known.get("name", key)),
            str(known.get("type", "")),
            values.total,
            values.total / self._result.tickets if self._result.tickets else 0.0,
            values.view(20 if _choices(str(known.get("type", "")), values) else 0),
        )


def _choices(type_: str, values: Values) -> bool:
    """Tell whether a field's values are choices that may be shown; what people typed in is counted only."""
    if type_ in _CHOICES:
        return True
    return not type_ and values.distinct <= 50 and values.distinct * 10 <= values.total


def _class(size: int, borders: tuple[int, ...]) -> int:
    return next((number for number, border in enumerate(borders) if size <= border), len(borders))


def _sized(counts: Mapping[int, int], borders: tuple[int, ...], unit: str) -> dict[str, int]:
    names = ["empty", *(f"up to {border:,} {unit}" for border in borders[1:]), f"over {borders[-1]:,} {unit}"]
    return {name: counts.get(number, 0) for number, name in enumerate(names)}


def _findings(snapshots: Snapshots) -> list[dict[str, Any]]:
    heaps: dict[tuple[str, str], list[Any]] = {}
    for finding in snapshots.findings.all():
        heap = heaps.setdefault((finding.code, finding.severity.value), [0, 0, finding])
        heap[0] += 1
        heap[1] += finding.count
    return [
        {
            "code": code,
            "severity": severity,
            "records": records,
            "count": count,
            "message": first.message,
            "example": str(first.subject or ""),
            "remedy": first.remedy,
        }
        for (code, severity), (records, count, first) in sorted(
            heaps.items(), key=lambda item: (-item[1][1], item[0])
        )
    ]
