"""Tables of the report: rows taken from a stream until a budget of bytes is used up, with the count and command of the rest."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

__all__ = ["Column", "RowBudget", "Table", "fill", "printable", "shorten", "when"]

_CELL = 14
"""Bytes of markup around a cell."""
_ROW = 12
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; `kind` is `text`, `num` (right-aligned), `code` (mono) or `ref` (a record, linked where a sample shows it), `wide` (text with room for a name and an address)."""

    title: str
    kind: str = "text"


@dataclass(slots=True)
class Table:
    """Rows as text. `left_out` rows more are there, which `command` prints; `total` closes the table."""

    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    command: str = ""
    left_out: int = 0
    total: Sequence[str] = ()
    filterable: bool = False
    note: str = ""
    folded: bool = False
    """Closed at first, and printed only where it was opened."""
    marks: Sequence[str] = field(default_factory=list)
    """A class for each row, so that print and screen can set it off; the meaning also stands in a cell."""

    @property
    def long(self) -> bool:
        """Tell whether it gets a scrolling window of its own on a screen."""
        return len(self.rows) > 30


class RowBudget:
    """Bytes that may still be spent on rows."""

    def __init__(self, left: int) -> None:
        self.left = left

    def part(self, share: float) -> "RowBudget":
        """Take a share of what is left as a budget of its own."""
        most = int(self.left * share)
        self.left -= most
        return RowBudget(most)

    def give_back(self, other: "RowBudget") -> None:
        """Return what another budget did not use."""
        self.left += max(0, other.left)
        other.left = 0

    def take(self, row: Sequence[str]) -> bool:
        """Spend a row; False where it does not fit."""
        size = _ROW + sum(_CELL + _escaped(cell) for cell in row)
        if size > self.left:
            return False
        self.left -= size
        return True


def _escaped(text: str) -> int:
    extra = sum(text.count(sign) for sign in "&<>\"'") * 4
    return len(text.encode("utf-8", "replace")) + extra


def fill(
    rows: Iterable[Sequence[str]], budget: RowBudget, total: int, most: int | None = None
) -> tuple[list[Sequence[str]], int]:
    """Take rows while they fit; return them and how many of `total` are left out. The stream is not read any further."""
    taken: list[Sequence[str]] = []
    for row in rows:
        if (most is not None and len(taken) >= most) or not budget.take(row):
            break
        taken.append(row)
    return taken, max(0, total - len(taken))


def printable(text: str) -> str:
    """Put a sign in the place of control characters and halves of characters, which no page can hold; lines end as in HTML."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def when(text: str) -> str:
    """Return an ISO 8601 time in UTC to the minute; other texts as they are."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at.tzinfo else text


def shorten(text: str, most: int = 240) -> str:
    """Cut a long text at `most` characters and say how long it is."""
    text = printable(text)
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()} … [{len(text):,} characters, the first {most} shown]"
