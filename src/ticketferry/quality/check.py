"""What every check of a desk's quality is made of: its words, what it counted, and what mends it."""

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import ClassVar, NamedTuple, Self

from ticketferry.kpi.histories import History, Terms, history_of
from ticketferry.quality.parts import absorb
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.personal_data import Spot, spots
from ticketferry.schema.records import Record

__all__ = [
    "SAMPLES",
    "DeskFacts",
    "QualityCheck",
    "QualityFinding",
    "Remedy",
    "TicketLook",
    "number_of",
    "numbered",
    "quoted",
    "unknown_status",
]

SAMPLES = 5
NUMBERS = 500
"""Tickets, tags, … that one remedy names; of more the rest is told by the next run."""
_LONGEST = 60
_BREAKS = re.compile(
    r"</?(?:p|br|div|li|ul|ol|tr|td|th|table|pre|blockquote|h[1-6]|hr)\b[^>]*>", re.IGNORECASE
)
_TAGS = re.compile(r"<[^>]*>")


class Remedy(NamedTuple):
    """What mends a finding. `lines` go below `section:` of the mapping; where there are none, `words` say who decides what."""

    words: str
    section: str = ""
    lines: tuple[str, ...] = ()
    replaces: bool = False
    """The lines stand for those that the mapping has for the same keys."""


@dataclass(slots=True)
class QualityFinding:
    """What one check found. `share` of `of`, 0 to 1; `samples` name some of what is counted."""

    code: str
    short: str
    title: str
    unit: str
    count: int
    of: int
    share: float
    samples: list[str]
    detail: str
    why: str
    source: str
    remedy: Remedy


def unknown_status(_status: str) -> None:
    """Know no status of the target: there is no mapping."""


@lru_cache(maxsize=32_768)
def number_of(ref: str) -> int:
    """Return a number that stands for a ref, the same in every process: sets of numbers are small."""
    return int.from_bytes(blake2b(ref.encode("utf-8", "surrogatepass"), digest_size=8).digest())


@dataclass(slots=True)
class DeskFacts:
    """What checks know of the desk. `as_of`: the snapshot's time, seconds since 1970.

    `target_status`: status -> (key of `status:` that decides it, the target's status), where a mapping can be read;
    `dropped`: fields that the mapping drops whole; `named`: fields that its rules read.
    """

    catalog: Catalog
    as_of: int
    terms: Terms
    groups: Mapping[str, str] = field(default_factory=dict)
    inactive_agents: set[str] = field(default_factory=set)
    people: set[int] = field(default_factory=set)
    """Numbers of the refs of all people."""
    organizations: set[int] = field(default_factory=set)
    target_status: Callable[[str], tuple[str, str] | None] = unknown_status
    dropped: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    mapped: bool = False
    """Only what the mapping moves is counted."""


class TicketLook:
    """One ticket as checks see it; what is worked out of it is worked out once."""

    def __init__(self, case: Record, facts: DeskFacts) -> None:
        self.case = case
        self.facts = facts
        self.name = f"#{case.get('number') or case['ref'].split(':', 2)[2]}"
        self.stage = str(case.get("stage") or "")
        self.people: Sequence[int] = ()
        """Numbers of everybody whom the ticket names."""

    @cached_property
    def history(self) -> History | None:
        """The ticket's life; None where its times cannot be read."""
        try:
            return history_of(self.case, self.facts.terms)
        except (ValueError, KeyError):
            return None

    @cached_property
    def bodies(self) -> list[str]:
        """The plain texts of the description and of all messages."""
        case = self.case
        holders = [case, *(case.get("comments") or ())]
        return [text for holder in holders if (text := plain(holder.get("body")))]

    @cached_property
    def text(self) -> str:
        """Everything that somebody typed in: subject, texts, text fields, names of files; parted by a line."""
        case = self.case
        parts = [case.get("subject") or "", *self.bodies]
        parts += [value for value in (case.get("fields") or {}).values() if isinstance(value, str)]
        parts += [item.get("name") or "" for item in case.get("attachments") or ()]
        return "\n\n".join(parts)

    @cached_property
    def personal(self) -> list[Spot]:
        """Personal data in `text`."""
        return spots(self.text)


class QualityCheck:
    """A check: one code. Counts what `unit` says; `ticket` looks at each ticket, `close` at the desk as a whole."""

    code: ClassVar[str]
    short: ClassVar[str]
    """What a chart calls it."""
    title: ClassVar[str]
    unit: ClassVar[str] = "ticket"
    why: ClassVar[str]
    source: ClassVar[str] = ""
    """Where the judgement comes from; empty: what the record itself says."""
    mends: ClassVar[str]
    """The remedy in words."""
    shared: ClassVar[frozenset[str]] = frozenset()
    """Attributes that are the same in all parts of a desk, or that the class adds itself."""

    def __init__(self, facts: DeskFacts) -> None:
        self.facts = facts
        self.count = 0
        self.of = 0
        """What the count is a share of; 0: all tickets."""
        self.samples: list[str] = []
        self.names: list[str] = []
        """What the remedy names, `NUMBERS` at most."""
        self.detail = ""

    def hit(self, sample: str, name: str | None = None, count: int = 1) -> None:
        """Count one. `name`: what a remedy calls it."""
        self.count += count
        if len(self.samples) < SAMPLES:
            self.samples.append(sample if len(sample) <= _LONGEST else f"{sample[: _LONGEST - 1]}…")
        if name is not None and len(self.names) < NUMBERS:
            self.names.append(name)

    def ticket(self, look: TicketLook) -> None:
        """Look at a ticket that stays in the desk."""

    def close(self) -> None:
        """All tickets were seen."""

    def absorb(self, other: Self) -> None:
        """Add what the same check found in a later part of the desk."""
        absorb(self, other, {"facts", *self.shared})
        del self.samples[SAMPLES:], self.names[NUMBERS:]

    def remedy(self) -> Remedy:
        """Say what mends it."""
        return Remedy(self.mends)

    def finding(self, tickets: int) -> QualityFinding | None:
        """Return what was found; None where nothing is wrong."""
        if not self.count:
            return None
        of = self.of or tickets
        return QualityFinding(
            self.code, self.short, self.title, self.unit, self.count, of, self.count / of if of else 0.0, self.samples, self.detail, self.why,
            self.source, self.remedy(),
        )  # fmt: skip


def plain(body: Mapping[str, str] | None) -> str:
    """Return the words of a body."""
    text = (body or {}).get("html") or ""
    if "<" in text:
        text = _TAGS.sub("", _BREAKS.sub("\n", text))
    return (html.unescape(text) if "&" in text else text).strip()


def quoted(text: str) -> str:
    """Write a text as the mapping reads it back, whatever signs it has."""
    return (
        json.dumps(text, ensure_ascii=False)
        .replace("${", "$${")
        .replace("\x7f", "\\u007f")
        .replace("  ", " \\u0020")
    )


def listed(names: Iterable[str]) -> str:
    """Write a list of texts."""
    return f"[{', '.join(quoted(name) for name in names)}]"


def numbered(rule: str, numbers: Sequence[str], because: str) -> Remedy:
    """Leave tickets behind by their numbers."""
    line = f"- {{id: {rule}, when: {{number: {listed(numbers)}}}, do: skip, because: {quoted(because)}}}"
    return Remedy("Leave them behind", "clean", (line,))


def day(seconds: int) -> str:
    """Write a moment as a day."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
