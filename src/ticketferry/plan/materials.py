"""All that planning reads: two snapshots, the mapping, people decisions, the id map, and the target's pure half."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ticketferry.desired.cases import assemble
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.result import Mapped
from ticketferry.people.stand_in import behind, stand_in_record
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.rebase import rebase
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Change, Compiled, Endpoint, Expected, Finding
from ticketferry.sdk.features import REST, Feature
from ticketferry.store.idmap import IdMap
from ticketferry.store.quarantine import QuarantinedRoot
from ticketferry.store.snapshots import Snapshots, StoredRow

if TYPE_CHECKING:
    from ticketferry.plan.participation import TicketScope

__all__ = ["EVERYTHING", "Inputs", "PlanContext", "PureTarget", "Scope"]


class PureTarget(Protocol):
    """The pure half of a Target."""

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Every write that exists."""
        ...

    def expected(self, desired: Record, catalog: Catalog, way: str = REST) -> Expected:
        """Say what reading gives where a record was written."""
        ...

    def compile(self, change: Change, catalog: Catalog) -> Compiled:
        """Turn a change into operations."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan is about. `phase` None: all phases. `only`: refs of tickets. `limit`: the first tickets in order."""

    phase: str | None = None
    only: tuple[str, ...] = ()
    limit: int | None = None

    @property
    def whole(self) -> bool:
        """Tell whether the plan is about everything."""
        return self.phase is None and not self.only and self.limit is None


EVERYTHING = Scope()


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

    def names(self) -> dict[str, str]:
        """Return the inputs by the words that people know them by."""
        return {
            "the source snapshot": self.source,
            "the target snapshot": self.target,
            "the mapping": self.mapping,
            "the decisions on people": self.people,
            "the neutral schema": self.schema,
            "the connectors' output": self.connectors,
            "the target's catalog": self.catalog,
        }


@dataclass(slots=True)
class PlanContext:
    """Open handles for one process. `engine` is the compiled mapping, `bodies` the source connector's one-leaf paths."""

    source: Snapshots
    target: Snapshots
    inputs: Inputs
    engine: Engine
    compiler: PureTarget
    target_catalog: Catalog
    source_catalog: Catalog
    features: frozenset[Feature]
    idmap: IdMap
    bodies: Mapping[str, frozenset[str]]
    account: Callable[[str], object]
    participation: "TicketScope"
    conflicts: str = "hold"
    winners: Mapping[str, str] = field(default_factory=dict)
    """Name of a field -> who wins where both desks changed it."""
    blockers: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    """Source ref of a root -> what was found while a desk was read and forbids every plan that writes the root."""
    way: str | None = None
    """All tickets as if they went this way; None: as the mapping says. For comparing ways."""
    held: Mapping[Ref, QuarantinedRoot] = field(default_factory=dict)
    """Roots of either desk that are in quarantine as of its snapshot."""
    one_with: Callable[[str], Sequence[str]] = lambda _ref: ()
    """Person or organization of the source -> who it stands for, beside itself."""
    drawn_into: Callable[[str], Sequence[str]] = lambda _ref: ()
    """Organization of the source -> people whom the target makes its members by their addresses."""
    titles: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, Record] = field(default_factory=dict)
    """Ref -> what the plan makes in the target's set-up where a ticket needs it; `target_catalog` holds them already."""
    read_catalog: Catalog = field(default_factory=lambda: Catalog(desk="", product=""))
    """The target's catalog as it was read last: what is read from the target is translated with it."""

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """Return the target's endpoints by name, in dependency order."""
        return {endpoint.name: endpoint for endpoint in self.compiler.endpoints}

    def source_rows(self, root: Ref) -> list[StoredRow]:
        """Return the source rows of a root; a definition and a stand-in have none."""
        if root.kind is Kind.DEFINITION or behind(str(root)) is not None:
            return []
        return self.source.root(root, self.inputs.source_snapshot)

    def source_record(self, root: Ref, rows: Sequence[StoredRow] | None = None) -> Record | None:
        """Return a source root assembled and folded; a definition as the mapping asks for it, a stand-in by whom it stands for."""
        if root.kind is Kind.DEFINITION:
            return self.definitions.get(str(root))
        person = behind(str(root))
        if person is not None:
            return stand_in_record(str(root), self.source_record(parse_ref(person)))
        return assemble(root, rows if rows is not None else self.source_rows(root), self.source.content)

    def case(self, record: Record) -> Mapped:
        """Map a ticket: in the phase that it sticks to, by the way by which it got into the target."""
        text = record["ref"]
        slots = self.idmap.slots(text, self.inputs.idmap)
        known = slots.get("way", REST) if "id" in slots else None
        return self.engine.case(record, phase=self.idmap.phase(text), way=self.way or known)

    def refuses(self, mapped: Mapped) -> bool:
        """Tell whether the target's connector cannot make the mapped ticket."""
        if mapped.record is None:
            return True
        expected = self.compiler.expected(mapped.record, self.target_catalog, mapped.way)
        return bool(expected.refused) or expected.record is None

    def current(self, kind: Kind, target_id: str) -> Record | None:
        """Return a target root as of the target's snapshot, in source terms."""
        ref = Ref(self.target.desk, kind, target_id)
        record = assemble(ref, self.target.root(ref, self.inputs.target_snapshot))
        return self.in_source_terms(record, self.inputs.idmap) if record is not None else None

    def in_source_terms(self, record: Record, upto: int | None = None) -> Record:
        """Turn the references of a target record back."""
        return rebase(record, self.target.desk, lambda kind, id_: self.idmap.source_of(kind, id_, upto))

    def close(self) -> None:
        """Close both snapshots."""
        self.source.close()
        self.target.close()
