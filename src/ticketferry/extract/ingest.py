"""Takes wire records into a snapshot: translated, stored, and kept apart where one cannot be read or translated."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from ticketferry.errors import FerryError, RejectedError
from ticketferry.extract.holding_back import HeldBack
from ticketferry.plan.guarding import fault_of
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref
from ticketferry.sdk.contract import Connector, Source, Translated, Wire
from ticketferry.sdk.pacing import Clock
from ticketferry.sdk.trace import count_leaves, finish, slim_records
from ticketferry.store.quarantine import READING, TRANSLATING, Quarantine
from ticketferry.store.snapshots import Snapshots

__all__ = ["Ingester", "Translator", "by_root", "translate", "translate_unaccounted"]

Triple = tuple[Wire, Translated, int]
_UNREAD = (
    "Nothing of it is planned; what was read before is kept. Look at it in the desk with the same credentials, mend what stands"
    " in the way, then `ticketferry extract --retry`."
)
_UNTRANSLATED = (
    "Nothing of it is planned; it is kept as the desk gave it. Mend the record in the desk, or use a version of ticketferry"
    " that reads it, then `ticketferry extract --retry`."
)


class Translator(Protocol):
    """The pure half of a source: it turns records into neutral ones, and asks no desk."""

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one wire record into neutral records."""
        ...


def translate(source: Translator, connector: Connector, wire: Wire, catalog: Any) -> Triple:
    """Translate one wire record and complete it: leaves that the connector did not name are kept, leaves are counted."""
    bodies = connector.bodies.get(wire.ref.kind.value, frozenset())
    if wire.gone and wire.body is None:
        return wire, Translated((), {}), 0
    done = finish(source.translate(wire, catalog), wire, bodies)
    return wire, done, count_leaves(wire.body, bodies)


def translate_unaccounted(
    source: Translator, connector: Connector, wire: Wire, catalog: Any
) -> Sequence[Record]:
    """Translate one wire record for a comparison: no leaf is counted, and what the trace does not name is not kept in `native`.

    Vectors are the same as of the whole translation. Raises ValueError where that would: no record, and leaves without a word.
    """
    if wire.gone and wire.body is None:
        return ()
    translated = source.translate(wire, catalog)
    if translated.records:
        return slim_records(translated)
    bodies = connector.bodies.get(wire.ref.kind.value, frozenset())
    return finish(translated, wire, bodies).records


def by_root(wires: Sequence[Wire], roots: Sequence[Ref]) -> dict[Ref, list[Wire]]:
    """Group wires under the roots that were asked for; one that did not come has an empty list."""
    wires_of: dict[Ref, list[Wire]] = {ref: [] for ref in roots}
    for wire in wires:
        wires_of.setdefault(wire.root or wire.ref, []).append(wire)
    return wires_of


class Ingester:
    """Stores what a desk gives in one snapshot. No record's fault ends it: its root goes to quarantine with the cause.

    `held`: the roots that came into quarantine, or stayed there, while this object worked.
    """

    def __init__(
        self,
        source: Source,
        connector: Connector,
        snapshots: Snapshots,
        snapshot: int,
        catalog: Any,
        clock: Clock,
        held_back: HeldBack | None = None,
    ) -> None:
        self.source = source
        self.connector = connector
        self.snapshots = snapshots
        self.snapshot = snapshot
        self.catalog = catalog
        self.clock = clock
        self.held_back = held_back
        self.quarantine = Quarantine(snapshots)
        self.held: set[Ref] = set()
        self._open = {(one.root, one.stage, one.part) for one in self.quarantine.held(snapshot)}

    def store(
        self, stream: str | None, wires: Sequence[Wire], cursor: str | None = None, *, last: bool = False
    ) -> int:
        """Translate and store wires, with a stream's cursor; return how many rows were new or changed."""
        rows: list[Triple] = []
        good: list[tuple[Ref, str]] = []
        for wire in wires:
            root = wire.root or wire.ref
            if wire.unread:
                self.note(root, READING, wire.unread, _UNREAD)
                continue
            part = "" if wire.ref == root else f"{wire.ref.kind.value}:{wire.ref.id}"
            done = self._tried(wire)
            if isinstance(done, str):
                self.note(root, TRANSLATING, done, _UNTRANSLATED, part)
                kept = wire if self.held_back is None else self.held_back.before(wire)
                rows.append((kept, Translated((), {}), _counted(self.connector, kept)))
            else:
                rows.append(done)
                good.append((root, part))
        changed = self.snapshots.writer.store(self.snapshot, stream, rows, cursor, last=last)
        for root, part in good:
            self._lift(root, TRANSLATING, part)
        return changed

    def whole(self, root: Ref, wires: Sequence[Wire]) -> int:
        """End the parts of a root that was read with all its parts and that are not among `wires`; nothing where it is unread."""
        if any(wire.unread for wire in wires):
            return 0
        keep = {(wire.ref.kind.value, wire.ref.id) for wire in wires}
        changed = self.snapshots.writer.remove_root_parts(self.snapshot, root, keep)
        for held, stage, part in list(self._open):
            gone = stage == TRANSLATING and (part or f"{root.kind.value}:{root.id}") not in {
                f"{kind}:{id_}" for kind, id_ in keep
            }
            if held == root and (stage == READING or gone):
                self._lift(root, stage, part)
        return changed

    def refresh(self, refs: Sequence[Ref], progress: Any = lambda *_: None) -> int:
        """Read roots with all their parts by id; what is gone ends here."""
        changed = 0
        size = max(1, self.source.limits.fetch_batch)
        for start in range(0, len(refs), size):
            part = refs[start : start + size]
            for root, wires in by_root(self.fetched(part), part).items():
                changed += self.store(None, wires)
                changed += self.whole(root, wires)
            progress("by id", min(start + size, len(refs)), len(refs))
        return changed

    def fetched(self, refs: Sequence[Ref]) -> list[Wire]:
        """Fetch roots; where one of them makes the desk refuse, the others are read without it."""
        try:
            return list(self.source.fetch(refs))
        except RejectedError as error:
            if len(refs) == 1:
                return [Wire(refs[0], None, None, unread=error.message)]
            half = len(refs) // 2
            return [*self.fetched(refs[:half]), *self.fetched(refs[half:])]

    def numbers_in(self, root: Ref, wires: Sequence[Wire]) -> set[str]:
        """Return the numbers that the records of a root bear; none where it cannot be translated."""
        numbers: set[str] = set()
        for wire in wires:
            done = self._tried(wire)
            records = done[1].records if isinstance(done, tuple) else ()
            numbers |= {str(record.get("number", "")) for record in records if record["ref"] == str(root)}
        return numbers

    def _tried(self, wire: Wire) -> Triple | str:
        """Translate a wire, without those who were forgotten, or say why it cannot be."""
        if self.held_back is None:
            return self._translated(wire)
        done = self._translated(self.held_back.before(wire))
        return done if isinstance(done, str) else self.held_back.after(wire, done, self._translated)

    def _translated(self, wire: Wire) -> Triple | str:
        try:
            return translate(self.source, self.connector, wire, self.catalog)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 -- one record's fault is that record's
            return error.message if isinstance(error, FerryError) else fault_of(error)

    def note(self, root: Ref, stage: str, cause: str, remedy: str, part: str = "") -> None:
        """Take a root into quarantine."""
        now = datetime.fromtimestamp(self.clock.time(), UTC)
        self.quarantine.note(self.snapshot, root, stage, cause, remedy, now, part)
        self._open.add((root, stage, part))
        self.held.add(root)

    def _lift(self, root: Ref, stage: str, part: str) -> None:
        if (root, stage, part) not in self._open:
            return
        self.quarantine.lift(self.snapshot, root, stage, part)
        self._open.discard((root, stage, part))
        if not any(held == root for held, _, _ in self._open):
            self.held.discard(root)

    @property
    def waiting(self) -> list[Ref]:
        """Return the roots that are in quarantine now, in order."""
        return sorted(
            {root for root, _, _ in self._open}, key=lambda ref: (ref.kind.value, len(ref.id), ref.id)
        )


def _counted(connector: Connector, wire: Wire) -> int:
    bodies: Mapping[str, frozenset[str]] = connector.bodies
    try:
        return count_leaves(wire.body, bodies.get(wire.ref.kind.value, frozenset()))
    except Exception:  # noqa: BLE001 -- it is in quarantine already, with the first cause
        return 0
