"""Counts over the tickets of a desk: distributions, sizes, files, fields."""

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from ticketferry.quality.parts import Highest, absorb
from ticketferry.quality.result import FieldProfile, Profile
from ticketferry.quality.values import Values
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.store.ticket_records import month_of

__all__ = ["TicketCounts"]

_TOP = 1 << 62
TAGS = 50_000
FIELDS = 2_000
_CHOICES = frozenset({"select", "multiselect", "cascading", "checkbox", "labels"})
SIZES = (0, 1_000, 10_000, 32_767, 65_536, 1_000_000)
"""Upper borders of size classes, in characters; 32,767 is Jira's limit of a text, 65,536 Zendesk's of a comment."""
FILE_SIZES = (0, 100_000, 1_000_000, 10_000_000, 50_000_000, 250_000_000)


class TicketCounts:
    """Counts over tickets, one by one; memory grows with tags and fields alone. Parts of a desk are counted apart and put together."""

    def __init__(self, groups: Mapping[str, str]) -> None:
        self.tickets = self.archived = self.events = self.worklogs = self.side_conversations = 0
        self.without_root = 0
        self._groups = groups
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
        self._characters = self._bytes = self._inline = 0
        self._most_comments, self._longest, self._largest = Highest(), Highest(), Highest()
        self._untagged = 0
        self._numbered = 0
        self._below, self._high = Highest(), Highest()
        """How far the lowest number is below `_TOP`, and the highest."""

    def add(self, ticket: Record) -> None:
        """Count a ticket."""
        self.tickets += 1
        self.archived += ticket.get("stage") in ("deleted", "spam", "suspended", "merged")
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

    def _number(self, text: str) -> None:
        if text.isascii() and text.isdigit() and len(text) <= 18:
            number = int(text)
            self._below.see(_TOP - number)
            self._high.see(number)
            self._numbered += 1

    def _parts(self, ticket: Record) -> None:
        comments = ticket.get("comments", [])
        self._most_comments.see(len(comments))
        for comment in comments:
            self._public["public" if comment.get("public") else "internal"] += 1
            size = len(comment.get("body", {}).get("html", ""))
            self._characters += size
            self._longest.see(size)
            self._sizes[_class(size, SIZES)] += 1
        for attachment in ticket.get("attachments", []):
            state, size = str(attachment.get("state") or "not fetched"), int(attachment.get("size") or 0)
            self._bytes += size
            self._bytes_by_state[state] += size
            self._largest.see(size)
            self._inline += bool(attachment.get("inline"))
            self._files[_class(size, FILE_SIZES)] += 1
            self._types.add(attachment.get("media_type") or "(none)")
            self._states[state] += 1
        self.events += len(ticket.get("events", []))
        self.worklogs += len(ticket.get("worklogs", []))
        self.side_conversations += len(ticket.get("side_conversations", []))

    def absorb(self, other: "TicketCounts") -> None:
        """Add the counts of another part of the desk."""
        absorb(self, other, {"_groups"})

    def close(self, result: Profile, catalog: Catalog) -> None:
        """Write all counts into a profile."""
        defined = {str(item["key"]): item for item in catalog.get("fields", [])}
        result.tickets, result.archived, result.events = self.tickets, self.archived, self.events
        result.worklogs, result.side_conversations = self.worklogs, self.side_conversations
        result.without_root += self.without_root
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
            "longest": self._longest.value,
            "most_on_a_ticket": self._most_comments.value,
            "by_size": _sized(self._sizes, SIZES, "characters"),
        }
        result.attachments = {
            "total": sum(self._files.values()),
            "bytes": self._bytes,
            "largest": self._largest.value,
            "inline": self._inline,
            "by_type": self._types.view(),
            "by_state": dict(sorted(self._states.items())),
            "bytes_by_state": dict(sorted(self._bytes_by_state.items())),
            "by_size": _sized(self._files, FILE_SIZES, "bytes"),
        }
        result.links = self._links.view()
        result.tags = {**self._tags.view(), "tickets_without": self._untagged}
        result.fields = [
            self._field(key, defined.get(key, {}), self._fields.get(key, Values()))
            for key in sorted(
                defined.keys() | self._fields.keys(),
                key=lambda key: (-(self._fields[key].total if key in self._fields else 0), key),
            )
        ]
        result.fields_left_out = len(self._left_out)
        low = _TOP - self._below.value if self._numbered else 0
        unused = self._high.value - low + 1 - self._numbered if self._numbered else 0
        result.numbers = {
            "lowest": low,
            "highest": self._high.value,
            "used": self._numbered,
            "unused_between": unused,
        }

    def _field(self, key: str, known: Mapping[str, Any], values: Values) -> FieldProfile:
        return FieldProfile(
            key,
            str(known.get("name", key)),
            str(known.get("type", "")),
            values.total,
            values.total / self.tickets if self.tickets else 0.0,
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
