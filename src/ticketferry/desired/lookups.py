"""Random access of the mapping into the snapshots: records, people clusters, accounts, and which tickets take part."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

from ticketferry.desired.cases import assemble
from ticketferry.mapping.result import NoLookups
from ticketferry.people.account import Account, MatchState
from ticketferry.people.stand_in import behind, stand_in_record
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.use_counts import SnapshotCounts

__all__ = ["SnapshotLookups"]

T = TypeVar("T")
REMEMBERED = 20_000


class SnapshotLookups:
    """The engine's view of the source desk at one snapshot.

    `directory` answers survivors and accounts; `ours(ref)` tells that the account was made by us, so that it is compared, not
    matched; `bound(ref)`: an earlier plan gave it an account, made or matched; `address(ref)`: the hash of the address that it was made with; `group(name)` finds the target's group; `counts`: what the mapping counts, None where it counts nothing; `takes_part(ref)` tells whether a ticket is migrated already or by this plan.
    """

    def __init__(
        self,
        source: Snapshots,
        snapshot: int,
        directory: Any,
        *,
        ours: Callable[[str], bool],
        takes_part: Callable[[str], bool] = lambda _: True,
        bound: Callable[[str], bool] = lambda _: False,
        address: Callable[[str], str] = lambda _: "",
        group: Callable[[str], Account | None] = lambda _: None,
        counts: SnapshotCounts | None = None,
    ) -> None:
        self._ours = ours
        self._bound = bound
        self._address = address
        self._group = group
        self._source = source
        self._snapshot = snapshot
        self._directory = directory
        self._takes_part = takes_part
        self._record = lru_cache(maxsize=REMEMBERED)(self._read)
        self._counts = counts
        self._uses = (
            lru_cache(maxsize=REMEMBERED)(counts.uses) if counts is not None else NoLookups().tag_uses
        )

    def within(self, takes_part: Callable[[str], bool]) -> "SnapshotLookups":
        """Return the same view, over the same records, for which `takes_part` tells which tickets are migrated."""
        other = copy(self)
        other._takes_part = takes_part  # noqa: SLF001 -- one of its own kind
        return other

    def _read(self, text: str) -> Record | None:
        ref = parse_ref(text)
        if ref.desk != self._source.desk:
            return None
        person = behind(text)
        if person is not None:
            return stand_in_record(text, self._record(person))
        if ref.kind is Kind.TICKET:
            row = self._source.row(Kind.TICKET, ref.id, self._snapshot)
            return row.records[0] if row and row.records else None
        return assemble(ref, self._source.root(ref, self._snapshot))

    def record(self, ref: str) -> Record | None:
        """Return a source root by its ref; of a ticket the head only."""
        return self._record(ref)

    def survivor(self, ref: str) -> str:
        """Return who stands for this person or organization."""
        return str(self._directory.survivor(ref))

    def one_with(self, ref: str) -> Sequence[str]:
        """Return who else is one with a person or organization that stands for them."""
        return cast("Sequence[str]", self._directory.one_with(ref))

    def account(self, ref: str) -> Any:
        """Return what stands in the target for a source person, organization or group, or None."""
        if self._ours(ref):
            return None
        if parse_ref(ref).kind is Kind.GROUP:
            record = self.record(ref)
            return self._group(record["name"]) if record is not None else None
        return self._directory.account(ref)

    def named(self, account: str) -> str | None:
        """Return the ref of an account of the target that the mapping names, or None."""
        return cast("str | None", self._directory.named(account))

    def match_state(self, ref: str) -> MatchState:
        """Tell what is known of a person or organization beside its account."""
        state: MatchState = self._directory.match_state(ref)
        if not state.contested:
            return state
        return state._replace(bound=self._bound(ref), address=self._address(ref))

    def ours(self, ref: str) -> bool:
        """Tell whether an earlier plan made this record in the target."""
        return self._ours(ref)

    def figures(self, ref: str) -> Mapping[str, int]:
        """Return how many tickets a person or organization asks in, and how many belong to it."""
        if self._counts is None:
            return NoLookups().figures(ref)
        figures = self._counts.figures(ref)
        # Nobody is asked for whom no ticket names, be it in a comment or in its history alone.
        return figures | {"tickets": max(1, figures["tickets"])} if ":person:" in ref else figures

    def tag_uses(self, tag: str) -> int:
        """Return on how many tickets a tag is."""
        return self._uses(tag)

    def in_scope(self, ref: str) -> bool:
        """Tell whether the ticket is in the target already or comes with this plan."""
        return self._takes_part(ref)

    def remembered(self, work: Callable[[str], T]) -> Callable[[str], T]:
        """Return `work` with a memory."""
        return lru_cache(maxsize=REMEMBERED)(work)

    def holds_until(self, _moment: datetime) -> None:
        """One snapshot has one time."""

    def ticket(self, number: str) -> str | None:
        """Return the ref of the source ticket that people know by this number or key; None where none or several bear it."""
        rows = self._source.numbered(number, self._snapshot)
        return f"{self._source.desk}:ticket:{rows[0].id}" if len(rows) == 1 else None
