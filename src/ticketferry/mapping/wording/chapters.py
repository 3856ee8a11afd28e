"""What a mapping in words is made of: chapters with tables, without any layout."""

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Chapter", "MappingWords", "WordTable", "line_told", "tickets_told"]


@dataclass(frozen=True, slots=True)
class WordTable:
    """Rows of texts. `numbers`: columns whose cells are figures."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    caption: str = ""
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the document. `lead`: one sentence that says what the rows mean."""

    id: str
    title: str
    lead: str
    tables: Sequence[WordTable] = ()
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class MappingWords:
    """The whole document. `facts`: what it is about."""

    title: str
    facts: Sequence[tuple[str, str]]
    chapters: Sequence[Chapter] = field(default=())


def tickets_told(count: int | None) -> str:
    """Return a count of tickets as a cell; `-` where nobody counted."""
    return "-" if count is None else f"{count:,}"


def line_told(where: str, file: str) -> str:
    """Return the line of `file:line:column` as a cell; with the file where it is another one than the mapping itself."""
    name, _, place = where.partition(":")
    line = place.partition(":")[0]
    return line if name == file else f"{name} {line}"
