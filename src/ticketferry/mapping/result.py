"""What mapping one record gives, and what the mapping asks of the snapshot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from ticketferry.people.account import Account, MatchState
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Finding, Outcome
from ticketferry.sdk.trace import parents, pattern_of

__all__ = ["Account", "Lookups", "MapFate", "Mapped", "MatchState", "NoLookups", "fate_of"]


T = TypeVar("T")
REMEMBERED = 20_000
MANY = 1 << 62
_SIGNS = frozenset('.[]"')


class MapFate(NamedTuple):
    """What the mapping does with the neutral leaves at a path.

    `to`: desired path (`subject`, `fields["Serial no."]`, `comments[789].body`), where it is kept for `keep`, "" for `drop`;
    `transformed`: a rule changed value or meaning; `by`: the rule as people read it. Only `held.as_held` says `lost`.
    """

    action: Literal["to", "keep", "drop", "lost"]
    to: str
    transformed: bool
    by: str


class Lookups(Protocol):
    """Random access to the snapshots; pure reads."""

    def record(self, ref: str) -> Record | None:
        """Return an assembled source root (person, organization, group) or ticket head (no parts)."""
        ...

    def survivor(self, ref: str) -> str:
        """Return who a person or organization is one with: itself where it stands alone."""
        ...

    def one_with(self, ref: str) -> Sequence[str]:
        """Return who else of the source is one with a person or organization that stands for them, in no order."""
        ...

    def account(self, ref: str) -> Account | None:
        """Return the match in the target for a source person, organization or group."""
        ...

    def named(self, account: str) -> str | None:
        """Return the ref of an account of the target that the mapping names (e-mail or id): that of the person of the source for whom it stands, else its
        own. None where nothing can be assigned to it.
        """
        ...

    def ours(self, ref: str) -> bool:
        """Tell whether an earlier plan made this record in the target."""
        ...

    def match_state(self, ref: str) -> MatchState:
        """Tell what is known of a person or organization beside its account: doubts, who sees more, what somebody decided."""
        ...

    def figures(self, ref: str) -> Mapping[str, int]:
        """Return how many `tickets` a person or organization asks in and how many `users` belong to it; of one that stands for others, all of theirs."""
        ...

    def tag_uses(self, tag: str) -> int:
        """Return on how many tickets of the source a tag is, by the name that the mapping gives it."""
        ...

    def in_scope(self, ref: str) -> bool:
        """Tell whether the ticket exists in the source and is, was or will be migrated."""
        ...

    def ticket(self, number: str) -> str | None:
        """Return the ref of the source ticket with this number, for `#123` in texts."""
        ...

    def remembered(self, work: Callable[[str], T]) -> Callable[[str], T]:
        """Return `work`, which asks these look-ups, with a memory of what it gave for its argument."""
        ...

    def holds_until(self, moment: datetime) -> None:
        """Take note that a comparison with the snapshot's time may come out otherwise once that is `moment` or later."""
        ...


class NoLookups:
    """For those who map nothing and have nothing to look up: the lint, the definitions."""

    def record(self, _ref: str) -> Record | None:
        """Find nothing."""
        return None

    def survivor(self, ref: str) -> str:
        """Return the one itself."""
        return ref

    def one_with(self, _ref: str) -> Sequence[str]:
        """Return nobody."""
        return ()

    def account(self, _ref: str) -> None:
        """Find nothing."""

    def named(self, _account: str) -> str | None:
        """Find nothing."""
        return None

    def ours(self, _ref: str) -> bool:
        """Find nothing."""
        return False

    def match_state(self, _ref: str) -> MatchState:
        """Find nothing."""
        return MatchState()

    def figures(self, _ref: str) -> Mapping[str, int]:
        """Count one of each: somebody is asked for because a ticket names them."""
        return {"tickets": 1, "users": 1}

    def tag_uses(self, _tag: str) -> int:
        """Count so many that no rule takes a tag out."""
        return MANY

    def in_scope(self, _ref: str) -> bool:
        """Find nothing."""
        return False

    def ticket(self, _number: str) -> str | None:
        """Find nothing."""
        return None

    def remembered(self, work: Callable[[str], T]) -> Callable[[str], T]:
        """Remember as long as this process runs."""
        return lru_cache(maxsize=REMEMBERED)(work)

    def holds_until(self, _moment: datetime) -> None:
        """Nobody asks again."""


@dataclass
class Mapped:
    """One record in the target's terms, what became of every leaf of it, and what it needs.

    `fates`: neutral path -> fate, concrete (`ticket[12].fields.serial`) or pattern (`ticket[].subject`); `fate_of` looks
    them up: concrete, pattern, then what is above. `newly_visible`: why more people than today would see it.
    """

    outcome: Outcome
    record: Record | None = None
    phase: str | None = None
    fates: dict[str, MapFate] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    because: str = ""
    newly_visible: list[str] = field(default_factory=list)
    way: str = "rest"
    unasked: bool = False
    """Whether the record is made although nothing that is migrated names it."""
    made: dict[str, str] = field(default_factory=dict)
    """Desired path -> the rule that made a value which comes of no leaf (`set`, `expr` without `from`, the assignee of a group)."""
    lists: dict[str, list[Any]] = field(default_factory=dict)
    """Neutral path -> a list as the source has it, where its items have fates of their own (`ticket[12].tags[3]`)."""


def fate_of(fates: dict[str, MapFate], path: str) -> MapFate | None:
    """Find what the mapping does with a leaf."""
    pattern = pattern_of(path)
    fate = fates.get(path) or fates.get(pattern)
    if fate is not None:
        return fate
    for above, shape in zip(parents(path), parents(pattern), strict=False):
        fate = fates.get(above) or fates.get(shape)
        if fate is not None:
            return fate
    return None
