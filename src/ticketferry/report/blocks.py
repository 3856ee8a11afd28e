"""What a section of the report is made of; the template lays out each shape."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from markupsafe import Markup

from ticketferry.report.samples import Sample
from ticketferry.report.tables import Table

__all__ = [
    "Block",
    "Criterion",
    "FactList",
    "Figure",
    "Grid",
    "Note",
    "ReportVerdict",
    "Samples",
    "Section",
    "Signature",
]


@dataclass(slots=True)
class FactList:
    """Terms with values."""

    rows: Sequence[tuple[str, str]]
    command: str = ""
    shape: ClassVar[str] = "facts"


@dataclass(slots=True)
class Note:
    """A paragraph; `strong` sets it off."""

    text: str
    strong: bool = False
    command: str = ""
    shape: ClassVar[str] = "note"


@dataclass(slots=True)
class Figure:
    """A chart with its caption."""

    svg: Markup
    caption: str
    command: str = ""
    shape: ClassVar[str] = "figure"


@dataclass(slots=True)
class Grid:
    """A table of the report."""

    table: Table
    shape: ClassVar[str] = "grid"


@dataclass(slots=True)
class Samples:
    """Records side by side."""

    samples: Sequence[Sample]
    command: str = ""
    opened: int = 3
    """How many are shown open at first."""
    shape: ClassVar[str] = "samples"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the verdict: `state` is `met`, `look` or `unmet`."""

    state: str
    text: str
    link: str = ""
    """Id of the section that shows more."""


@dataclass(slots=True)
class ReportVerdict:
    """The verdict: its state, a word for it, a sentence and the criteria."""

    state: str
    word: str
    words: str
    criteria: Sequence[Criterion]
    shape: ClassVar[str] = "verdict"


@dataclass(slots=True)
class Signature:
    """Lines for signatures on paper."""

    names: Sequence[str]
    shape: ClassVar[str] = "signature"


Block = FactList | Note | Figure | Grid | Samples | ReportVerdict | Signature


@dataclass(slots=True)
class Section:
    """A part of the report. `lead`: what it shows, how it was made, what it does not show."""

    id: str
    title: str
    lead: str
    blocks: list[Block] = field(default_factory=list)
