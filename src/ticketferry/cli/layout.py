"""Texts fitted to a screen: display widths, wrapping, tables, figures. Pure functions; nothing is printed here."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from ticketferry.schema.counting import counted, duration, plural
from ticketferry.schema.signs import visible

__all__ = [
    "COLUMNS",
    "DISPOSITIONS",
    "clean",
    "columns",
    "counted",
    "duration",
    "fit",
    "number",
    "plural",
    "residues",
    "size",
    "table",
    "when",
    "width",
    "wrap",
]

COLUMNS = 80
DISPOSITIONS = {
    "carried": "carried",
    "transformed": "transformed",
    "kept_in_provenance": "kept beside",
    "dropped_by_rule": "dropped by rule",
    "unsupported": "impossible",
}
"""What becomes of a value, in the words of every screen."""
_WORDS = re.compile(r"(\S+)([^\S\n]*)")
_UNITS = ("B", "kB", "MB", "GB", "TB")


def clean(text: object) -> str:
    """Make a text of unknown origin harmless for a terminal: control and direction characters become escapes that can be seen.

    Subjects and names are written by strangers; an escape sequence in one must not reach the screen.
    """
    return visible(str(text))


def width(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii():
        return len(text)
    total = 0
    for sign in text:
        if unicodedata.combining(sign) or sign in "\u200b\u200c\u200d\ufe0e\ufe0f":
            continue
        total += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
    return total


def fit(text: object, most: int) -> str:
    """Put a text on one line of at most `most` columns; `…` shows that something is left out."""
    line = " ".join(clean(text).split())
    if width(line) <= most:
        return line
    kept, used = [], 0
    for sign in line:
        step = width(sign)
        if used + step > most - 1:
            break
        kept.append(sign)
        used += step
    return "".join(kept).rstrip() + "…"


def wrap(text: object, first: str = "", rest: str | None = None, most: int = COLUMNS) -> list[str]:
    """Break a text at blanks into lines of at most `most` columns. Words (paths, addresses) are never cut.

    `first` stands before the first line and `rest` before the others (blanks as wide as `first` where it is not given).
    Line breaks in the text stay, and so does the indent of a line.
    """
    rest = " " * width(first) if rest is None else rest
    lines: list[str] = []
    for paragraph in clean(text).split("\n"):
        lead = rest if lines else first
        indent = paragraph[: len(paragraph) - len(paragraph.lstrip(" "))]
        line, used = lead + indent, width(lead) + len(indent)
        empty = True
        for word, blanks in _WORDS.findall(paragraph):
            step = width(word)
            if not empty and used + step > most:
                lines.append(line.rstrip())
                line, used = rest + indent, width(rest) + len(indent)
            line += word + blanks
            used += step + len(blanks)
            empty = False
        lines.append(line.rstrip())
    return lines


def table(
    rows: Sequence[Sequence[object]],
    align: str,
    *,
    header: Sequence[str] = (),
    indent: int = 2,
    gap: int = 2,
    most: int = COLUMNS,
) -> list[str]:
    """Lay out rows; `align` has a letter a column: `l`, `r`, or `w` for a last text that is wrapped in what is left.

    Where the columns do not fit, the widest `l` columns are shortened; a table never exceeds `most` columns.
    """
    texts = [[number(cell) if isinstance(cell, int) else clean(cell) for cell in row] for row in rows]
    shown = [list(header), *texts] if header else texts
    if not shown:
        return []
    fixed = [column for column, letter in enumerate(align) if letter != "w"]
    widths = {column: max(width(row[column]) for row in shown) for column in fixed}
    room = most - indent - gap * (len(align) - 1) - (24 if "w" in align else 0)
    while sum(widths.values()) > room:
        shrinkable = [column for column in fixed if align[column] == "l" and widths[column] > 8]
        if not shrinkable:
            break
        widths[max(shrinkable, key=lambda column: widths[column])] -= 1
    left = most - indent - gap * (len(align) - 1) - sum(widths.values())
    lines = []
    for row in shown:
        cells = []
        for column, letter in enumerate(align):
            if letter == "w":
                wrapped = wrap(row[column], most=max(12, left)) if row[column] else [""]
                cells.append(wrapped)
            else:
                cells.append([_pad(fit(row[column], widths[column]), widths[column], letter)])
        for depth in range(max(len(cell) for cell in cells)):
            parts = [
                cell[depth] if depth < len(cell) else " " * widths.get(column, 0)
                for column, cell in enumerate(cells)
            ]
            lines.append((" " * indent + (" " * gap).join(parts)).rstrip())
    return lines


def _pad(text: str, to: int, letter: str) -> str:
    blanks = " " * max(0, to - width(text))
    return blanks + text if letter == "r" else text + blanks


def columns(words: Sequence[str], indent: int = 2, most: int = COLUMNS) -> list[str]:
    """Put words side by side, as many as fit a line."""
    return wrap("  ".join(words), " " * indent, most=most) if words else []


def number(value: float) -> str:
    """Write a figure with thousands apart."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def residues(rows: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Add up what stays for ever of several writes, where it is the same."""
    counts: dict[str, int] = {}
    for count, residue in rows:
        if residue:
            counts[residue] = counts.get(residue, 0) + count
    return [(count, residue) for residue, count in counts.items()]


def size(octets: float) -> str:
    """Write a number of bytes: `38 GB`."""
    for unit in _UNITS[:-1]:
        if octets < 1000:
            return f"{octets:.0f} {unit}" if octets >= 10 or unit == "B" else f"{octets:.1f} {unit}"
        octets /= 1000
    return f"{octets:.1f} {_UNITS[-1]}"


def when(moment: datetime | str | None) -> str:
    """Write a time: `Sat 5 Dec 14:12 UTC`, with the year where it is another one."""
    if not moment:
        return "-"
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    at = at.astimezone(UTC)
    year = f" {at.year}" if at.year != datetime.now(UTC).year else ""
    return f"{at:%a} {at.day} {at:%b}{year} {at:%H:%M} UTC"
