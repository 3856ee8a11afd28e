"""What somebody has read of a desk, as plain data: a stand-in can be put up from it, and says what it had to assume."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Assumed", "ToldDesk", "ToldRoot", "ToldRow"]


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One record as the vendor gave it. `kind`: person, ticket, comment, event, …; `gone`: a tombstone."""

    kind: str
    id: str
    body: Any
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ToldRoot:
    """A person, organization, group or ticket with all rows that belong to it, its own among them."""

    id: str
    rows: tuple[ToldRow, ...]

    def own(self, kind: str) -> ToldRow | None:
        """Return the row of the root itself."""
        return next((row for row in self.rows if row.kind == kind and row.id == self.id), None)

    def parts(self, kind: str) -> Iterator[ToldRow]:
        """Yield the rows of a kind."""
        return (row for row in self.rows if row.kind == kind)


@dataclass(slots=True)
class ToldDesk:
    """A desk as it was read.

    `catalog`: its definitions in the neutral schema's form; `roots` streams the roots of a kind in id order; `content` returns the bytes of a
    file by the attachment's id, None where they were never fetched, which `fetched` tells without reading them; `facts`: what else is known: `options`, those of the connector as they are written; and of a desk that is written to
    `quiet`, the codes of guards that were found to hold, and `cost_units`.
    """

    key: str
    url: str
    catalog: Mapping[str, Any]
    roots: Callable[[str], Iterable[ToldRoot]]
    content: Callable[[str], bytes | None] = lambda _: None
    fetched: Callable[[str], bool] = lambda _: False
    facts: Mapping[str, Any] = field(default_factory=dict)


class Assumed:
    """What a stand-in takes for granted since nobody has read it: a sentence each, with how often it was needed."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def note(self, sentence: str, count: int = 1) -> None:
        """Note an assumption; the same sentence adds up."""
        self._counts[sentence] = self._counts.get(sentence, 0) + count

    def sentences(self) -> list[str]:
        """Return the sentences in the order in which they were first needed; `{n}` in one is its count."""
        return [text.replace("{n}", f"{count:,}") for text, count in self._counts.items()]
