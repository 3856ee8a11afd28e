"""The doors of planning: snapshots, id map and look-ups that note what was asked of them, and refuse what they could not note."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.mapping.result import Account, Lookups, MatchState
from ticketferry.people.stand_in import behind
from ticketferry.plan.recording import Recorder
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.idmap import IdMap, LastWrite
from ticketferry.store.snapshots import Snapshots, StoredRow

__all__ = [
    "RecordedIdMap",
    "RecordedLookups",
    "RecordedRefs",
    "RecordedSnapshots",
    "figures_key",
    "number_key",
    "owner_key",
    "uses_key",
]

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


def owner_key(kind: str, id_: str) -> str:
    """Return the key of whose record of the target one is."""
    return f"={kind}:{id_}"


def number_key(number: str) -> str:
    """Return the key of which tickets people know by a number, in letters of any case."""
    return f"#{number.casefold()}"


def figures_key(ref: str) -> str:
    """Return the key of what is counted of a person or organization."""
    return f"^{ref}"


def uses_key(tag: str) -> str:
    """Return the key of whether a tag is used often enough to be kept."""
    return f"~{tag}"


class RecordedSnapshots(Snapshots):
    """Snapshots through doors. What has no door here goes to the database, which is shut while something is worked out."""

    def __init__(self, inner: Snapshots, recorder: Recorder) -> None:
        self.desk = inner.desk
        self.packing = inner.packing
        self._trace_tables = inner._trace_tables  # noqa: SLF001 -- one of its own kind
        self._inner = inner
        self._recorder = recorder

    @property
    def database(self) -> Any:  # type: ignore[override]
        """Return the database, for what goes through whole tables."""
        self._recorder.refuse("a snapshot")
        return self._inner.database

    def close(self) -> None:
        """Close the file."""
        self._inner.close()

    def root(self, root: Ref, snapshot: int) -> list[StoredRow]:
        """Return all rows of one root; its key is its ref."""
        self._recorder.asked(str(root))
        return self._inner.root(root, snapshot)

    def row(self, kind: Kind, id_: str, snapshot: int) -> StoredRow | None:
        """Return one row by its own kind and id, of a root; its key is its ref."""
        self._recorder.asked(f"{self.desk}:{kind.value}:{id_}")
        return self._inner.row(kind, id_, snapshot)

    def content(self, attachment: str) -> tuple[str, int, str] | None:
        """Return what is known of an attachment's bytes; its key is `@` and its id."""
        self._recorder.asked(f"@{attachment}")
        return self._inner.content(attachment)


class RecordedIdMap(IdMap):
    """The id map through doors: what is known of a record has its ref as key, whose a record of the target is has `owner_key`."""

    def __init__(self, inner: IdMap, recorder: Recorder) -> None:
        self._workspace = inner._workspace  # noqa: SLF001 -- one of its own kind
        self._inner = inner
        self._recorder = recorder

    @property
    def _database(self) -> Any:  # type: ignore[override]
        self._recorder.refuse("the id map")
        return self._inner._database  # noqa: SLF001 -- one of its own kind

    def get(self, ref: str, slot: str = "id", upto: int | None = None) -> str | None:
        """Return a slot's value."""
        self._recorder.asked(ref)
        return self._inner.get(ref, slot, upto)

    def how(self, ref: str, upto: int | None = None) -> str | None:
        """Tell how the record's id came about."""
        self._recorder.asked(ref)
        return self._inner.how(ref, upto)

    def slots(self, ref: str, upto: int | None = None) -> dict[str, str]:
        """Return all slots of a record."""
        self._recorder.asked(ref)
        return self._inner.slots(ref, upto)

    def source_of(self, kind: str, value: str, upto: int | None = None) -> str | None:
        """Return the source record to which one of the target belongs."""
        self._recorder.asked(owner_key(kind, value))
        return self._inner.source_of(kind, value, upto)

    def applied(self, ref: str) -> LastWrite | None:
        """Return the state of a root after our last write."""
        self._recorder.asked(ref)
        return self._inner.applied(ref)

    def applied_before(self, ref: str, plan: str) -> LastWrite | None:
        """Return the state of a root before a plan wrote it; never asked where a new plan is made."""
        self._recorder.refuse("the state before a plan")
        return self._inner.applied_before(ref, plan)

    def address(self, ref: str) -> str:
        """Return the hash of the address that we made an account with."""
        self._recorder.asked(ref)
        return self._inner.address(ref)

    def phase(self, ref: str) -> str | None:
        """Return the phase that a ticket sticks to."""
        self._recorder.asked(ref)
        return self._inner.phase(ref)


class RecordedRefs(Mapping[K, V]):
    """What is known of single records, by ref, through a door: its key is the ref."""

    def __init__(self, inner: Mapping[K, V], recorder: Recorder) -> None:
        self._inner = inner
        self._recorder = recorder

    def __getitem__(self, ref: K) -> V:
        """Return what is known of a record."""
        self._recorder.asked(str(ref))
        return self._inner[ref]

    def __iter__(self) -> Iterator[K]:
        """Go through all, where nothing is being worked out."""
        self._recorder.refuse("a whole list of records")
        return iter(self._inner)

    def __len__(self) -> int:
        """Count them."""
        return len(self._inner)


class RecordedLookups(Lookups):
    """The look-ups of the mapping through doors: what is known of a record has its ref as key."""

    def __init__(self, inner: SnapshotLookups, recorder: Recorder) -> None:
        self._inner = inner
        self._recorder = recorder

    def within(self, takes_part: Callable[[str], bool]) -> "RecordedLookups":
        """Return the same view, for which `takes_part` tells which tickets are migrated; it notes that it was asked by itself."""
        return RecordedLookups(self._inner.within(takes_part), self._recorder)

    def record(self, ref: str) -> Record | None:
        """Return a source root; that of a stand-in is made of the person's."""
        self._recorder.asked(ref)
        person = behind(ref)
        if person is not None:
            self._recorder.asked(person)
        return self._inner.record(ref)

    def survivor(self, ref: str) -> str:
        """Return who stands for this person or organization."""
        self._recorder.asked(ref)
        return self._inner.survivor(ref)

    def one_with(self, ref: str) -> Sequence[str]:
        """Return who else is one with somebody who stands for them."""
        self._recorder.asked(ref)
        return self._inner.one_with(ref)

    def account(self, ref: str) -> Account | None:
        """Return what stands in the target for somebody, or None."""
        self._recorder.asked(ref)
        account: Account | None = self._inner.account(ref)
        return account

    def named(self, account: str) -> str | None:
        """Return the ref of an account that the mapping names; its key is `&` and the name."""
        self._recorder.asked(f"&{account}")
        return self._inner.named(account)

    def ours(self, ref: str) -> bool:
        """Tell whether an earlier plan made this record."""
        self._recorder.asked(ref)
        return self._inner.ours(ref)

    def match_state(self, ref: str) -> MatchState:
        """Tell what is known of a person or organization beside its account."""
        self._recorder.asked(ref)
        return self._inner.match_state(ref)

    def figures(self, ref: str) -> Mapping[str, int]:
        """Return what is counted of a person or organization; its key is `figures_key`."""
        self._recorder.asked(figures_key(ref))
        return self._inner.figures(ref)

    def tag_uses(self, tag: str) -> int:
        """Return on how many tickets a tag is; its key is `uses_key`."""
        self._recorder.asked(uses_key(tag))
        return self._inner.tag_uses(tag)

    def in_scope(self, ref: str) -> bool:
        """Tell whether a ticket takes part."""
        return self._inner.in_scope(ref)

    def ticket(self, number: str) -> str | None:
        """Return the ticket that people know by a number: an answer of its own."""

        def look() -> str | None:
            self._recorder.asked(number_key(number))
            return self._inner.ticket(number)

        ticket = self._recorder.answer(f"#{number}", look)
        return str(ticket) if ticket is not None else None

    def remembered(self, work: Callable[[str], T]) -> Callable[[str], T]:
        """Return `work` with a memory that notes what it had asked."""
        return self._recorder.remembered(work)

    def holds_until(self, moment: datetime) -> None:
        """Note that a comparison with the time may come out otherwise from a moment on."""
        self._recorder.holds_until(moment)
