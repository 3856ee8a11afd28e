"""What a draft is made of: one entry a name of the source, with the proposal, its reason and its use; and how that is written as YAML."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ticketferry.mapping.definition_record import UNDECIDED
from ticketferry.mapping.drafting.proposing import DraftDecision

__all__ = ["DraftEntry", "DraftSection", "comment", "flow", "scalar", "section_lines", "used"]

_WIDEST = 64
"""Column up to which reasons are put below one another."""
NO_NAME = "NAME"
"""Stands for a name in a comment for which there is no proposal."""


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """One decision. `data`: the value as it stands in the file, texts, lists and dicts, with `?` where a person must choose."""

    section: str
    key: str
    data: Any
    decision: DraftDecision
    tickets: int | None = None
    """How many tickets use it; None where nobody counted."""
    off: bool = False
    """Written as a comment: nothing uses it, or nothing can be done with it."""
    name: str = ""
    """What people call it, where that is not the key; the whole comment where there is nothing to write (`data` None)."""
    options: tuple["DraftEntry", ...] = ()
    """Choices of a field."""

    @property
    def words(self) -> str:
        """Return what stands behind the line: who it is, its use, score and reason."""
        return "; ".join(filter(None, (self.name, used(self.tickets), self.decision.words)))


@dataclass(frozen=True, slots=True)
class DraftSection:
    """A section of the file. `lines`: what stands there as it is; `entries` below them, as a table or as a list."""

    key: str
    lines: tuple[str, ...] = ()
    entries: tuple[DraftEntry, ...] = ()
    listed: bool = False
    after: tuple[str, ...] = ()
    indent: int = 2
    """Blanks before an entry of a table."""


def used(tickets: int | None) -> str:
    """Return a use in words; empty where nobody counted."""
    if tickets is None:
        return ""
    return "no ticket" if not tickets else "1 ticket" if tickets == 1 else f"{tickets:,} tickets"


def scalar(text: str) -> str:
    """Quote whatever YAML or a reader could take for something else; `$${` is how a mapping writes a plain `${`."""
    plain = text.replace(" ", "").replace("-", "").replace("_", "").replace("/", "").replace(".", "")
    tame = (
        plain.isascii()
        and plain.isalnum()
        and text == text.strip()
        and text[0] not in "-."
        and text[-1] != "."
    )
    if tame and text != "null":
        return text
    body = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${")
    return '"' + "".join(sign if sign.isprintable() else _escape(sign) for sign in body) + '"'


def _escape(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def comment(text: str) -> str:
    """Return a text that a comment can hold."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def flow(data: Any) -> str:
    """Write a value on one line."""
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list | tuple):
        return "[" + ", ".join(flow(item) for item in data) + "]"
    return scalar(str(data))


def section_lines(section: DraftSection) -> Iterator[str]:
    """Yield the lines of a section; nothing where it has none."""
    if not (section.lines or section.entries or section.after):
        return
    live = section.after or not section.entries or not all(entry.off for entry in section.entries)
    yield from (line if live else f"# {line}" for line in section.lines)
    rows = [
        row
        for entry in section.entries
        for row in (_items(entry) if section.listed else _rows(entry, section.indent))
    ]
    yield from _aligned(rows)
    yield from section.after
    yield ""


def _unmarked(data: Any) -> Any:
    """Return what stands in a comment: nothing waits there for a person, so that no `?` marks it."""
    if isinstance(data, Mapping):
        return {key: _unmarked(value) for key, value in data.items()}
    return NO_NAME if data == UNDECIDED else data


def _rows(entry: DraftEntry, indent: int) -> Iterator[tuple[str, str]]:
    if entry.off:
        yield f"{' ' * indent}# {scalar(entry.key)}: {flow(_unmarked(entry.data))}", entry.words
        return
    yield f"{' ' * indent}{scalar(entry.key)}: {flow(entry.data)}", entry.words


def _items(entry: DraftEntry) -> Iterator[tuple[str, str]]:
    if entry.data is None:
        yield f"  # {comment(entry.name)}", ""
        return
    if not entry.options or entry.off:
        yield f"  # - {flow(_unmarked(entry.data))}" if entry.off else f"  - {flow(entry.data)}", entry.words
        return
    plain = {key: value for key, value in entry.data.items() if key != "values"}
    for number, (key, value) in enumerate(plain.items()):
        yield f"  {'- ' if not number else '  '}{key}: {flow(value)}", entry.words if key == "to" else ""
    yield "    values:", ""
    for option in entry.options:
        yield from _rows(option, 6)
    if "*" in entry.data["values"]:
        yield f'      "*": {flow(entry.data["values"]["*"])}', "what no line above names"


def _aligned(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    listed = list(rows)
    column = min(_WIDEST, max((len(text) for text, words in listed if words), default=0))
    for text, words in listed:
        yield f"{text:<{column}}  # {comment(words)}" if words else text
