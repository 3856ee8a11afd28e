"""What a plan is about and what it depends on, as its header keeps them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ticketferry.store.use_counts import SnapshotCounts

__all__ = ["EVERYTHING", "Beside", "Inputs", "Scope"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan is about. `phase` None: all phases. `only`: refs of tickets. `limit`: the first tickets in order.

    `reassign`: the tickets of `only`, maybe none, move from the first of each pair to the second (a ref of either desk, or `separate`).
    `people`: whom and what those tickets need, without the tickets.
    """

    phase: str | None = None
    only: tuple[str, ...] = ()
    limit: int | None = None
    reassign: tuple[tuple[str, str], ...] = ()
    people: bool = False

    @classmethod
    def of(cls, header: Mapping[str, Any]) -> "Scope":
        """Read the scope from a plan's header; a header that says nothing of it is about everything."""
        phase, only, limit = header.get("scope") or (None, (), None)
        reassign = tuple((ref, stands) for ref, stands in header.get("reassign", ()))
        return cls(phase, tuple(only), limit, reassign, bool(header.get("people")))

    @property
    def narrowed(self) -> bool:
        """Tell whether tickets were named, counted off or left out: then the plan itself says which they are."""
        return self.chosen or self.people

    @property
    def chosen(self) -> bool:
        """Tell whether tickets were named or counted off."""
        return bool(self.only) or self.limit is not None or bool(self.reassign)

    @property
    def whole(self) -> bool:
        """Tell whether the plan is about everything."""
        return self.phase is None and not self.narrowed

    def header(self) -> dict[str, Any]:
        """Return what `of` reads."""
        moved = {"reassign": [list(pair) for pair in self.reassign]} if self.reassign else {}
        apart = {"people": True} if self.people else {}
        return {"scope": [self.phase, list(self.only), self.limit], **moved, **apart}


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Beside:
    """What no answer names one by one. `everything()`: a digest of what holds for all of them (rules, set-ups, programs, ways); `now`: the
    time of the source's snapshot; `directory`: the file of who is one with whom; `counts`: what the mapping counts, None where it counts nothing.
    """

    everything: Callable[[], str] = lambda: ""
    now: datetime | None = None
    directory: Path | None = None
    counts: SnapshotCounts | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Digests of everything a plan depends on; a difference refuses the plan and names the input."""

    source: str
    target: str
    mapping: str
    people: str
    schema: str
    connectors: str
    catalog: str
    source_snapshot: int
    target_snapshot: int
    idmap: int

    @classmethod
    def of(cls, header: Mapping[str, Any]) -> "Inputs":
        """Read the inputs from a plan's header."""
        return cls(**header["inputs"])

    def names(self) -> dict[str, str]:
        """Return the inputs by the words that people know them by."""
        return {
            "the source snapshot": self.source,
            "the target snapshot": self.target,
            "the mapping": self.mapping,
            "the decisions": self.people,
            "the neutral schema": self.schema,
            "the connectors' output": self.connectors,
            "the target's catalog": self.catalog,
        }
