"""All that planning reads: two snapshots, the mapping, people decisions, the id map, and the target's pure half."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ticketferry.desired.cases import assemble
from ticketferry.desired.leaf_totals import LeafTotals
from ticketferry.people.directory import Directory
from ticketferry.plan.inputs import Beside
from ticketferry.plan.recording import Recorder
from ticketferry.plan.root_mapper import RootMapper
from ticketferry.plan.ticket_scope import TicketScope
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.rebase import rebase
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Endpoint, Finding
from ticketferry.sdk.features import Feature
from ticketferry.store.snapshots import Snapshots

__all__ = ["PlanContext"]


@dataclass(slots=True, kw_only=True)
class PlanContext(RootMapper):
    """Open handles for one process. `bodies`: the source connector's one-leaf paths; `ticket_scope` is what the engine asks which
    tickets take part.
    """

    target: Snapshots
    source_catalog: Catalog
    features: frozenset[Feature]
    bodies: Mapping[str, frozenset[str]]
    account: Callable[[str], object]
    ticket_scope: TicketScope
    conflicts: str = "hold"
    winners: Mapping[str, str] = field(default_factory=dict)
    """Name of a field -> who wins where both desks changed it."""
    decided: Callable[[str, str, str], str | None] = lambda _ref, _field, _state: None
    """Who wins a field of a record in a state, as a person has decided."""
    leaves: Callable[[str, str, str | None], bool] = lambda _ref, _field, _seen: False
    """Whether a person left what the new desk holds of a field (its hash) to that desk."""
    owned: frozenset[str] = frozenset()
    """Phases whose tickets the new desk owns since their cut-over: what came late is added to them, and nothing is overwritten."""
    reading_of: Callable[[str], int] = lambda _plan: 0
    """Plan -> the reading of the source that it was made from; 0: not known any more."""
    reassigns: bool = False
    """Whether the plan moves tickets from one person to another: also those that the new desk owns."""
    own_people: bool = False
    """Whether accounts of the target that are nobody's of the source stand for somebody."""
    wrote: Callable[[str, str], frozenset[str] | None] = lambda _plan, _ref: None
    """Plan, ref -> the entries that it wrote of a record which is not ours otherwise; None: the whole record is ours."""
    blockers: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    """Source ref of a root -> what was found while a desk was read and forbids every plan that writes the root."""
    one_with: Callable[[str], Sequence[str]] = lambda _ref: ()
    """Person or organization of the source -> who it stands for, beside itself."""
    drawn_into: Callable[[str], Sequence[str]] = lambda _ref: ()
    """Organization of the source -> people whom the target makes its members by their addresses."""
    titles: dict[str, str] = field(default_factory=dict)
    read_catalog: Catalog = field(default_factory=lambda: Catalog(desk="", product=""))
    """The target's catalog as it was read last: what is read from the target is translated with it."""
    recorder: Recorder = field(default_factory=Recorder)
    """What the doors of all this note in."""
    beside: Beside = field(default_factory=Beside)
    """What else the answers of a plan depend on."""
    directory: Directory | None = None
    ticket_of: Callable[[str], str | None] = lambda _number: None
    """The ticket that people know by a number."""
    leaf_totals: LeafTotals = field(init=False)
    """Adds up leaves; it knows by then what becomes of rows that are alike."""

    def __post_init__(self) -> None:
        self.leaf_totals = LeafTotals(self.source.trace, self.source.shape, self.bodies)

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """Return the target's endpoints by name, in dependency order."""
        return {endpoint.name: endpoint for endpoint in self.compiler.endpoints}

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
