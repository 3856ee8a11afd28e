"""Roots of the source put together, mapped, and tried on the target's pure half."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ticketferry.desired.cases import assemble
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.result import Mapped
from ticketferry.people.stand_in import behind, stand_in_record
from ticketferry.plan.inputs import Inputs
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Change, Compiled, Endpoint, Expected, Translated, Wire
from ticketferry.sdk.features import REST
from ticketferry.store.idmap import IdMap
from ticketferry.store.quarantine import QuarantinedRoot
from ticketferry.store.snapshots import Snapshots, StoredRow

__all__ = ["PureTarget", "RootMapper"]


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

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one record, as the target gives it, into neutral records."""
        ...


@dataclass(slots=True, kw_only=True)
class RootMapper:
    """The source's snapshot and the compiled mapping (`engine`), as of a plan's inputs."""

    source: Snapshots
    inputs: Inputs
    engine: Engine
    compiler: PureTarget
    target_catalog: Catalog
    idmap: IdMap
    held: Mapping[Ref, QuarantinedRoot] = field(default_factory=dict)
    """Roots of either desk that are in quarantine as of its snapshot."""
    definitions: Mapping[str, Record] = field(default_factory=dict)
    """Ref -> what the plan makes in the target's set-up where a ticket needs it; `target_catalog` holds them already."""
    way: str | None = None
    """All tickets as if they went this way; None: as the mapping says. For comparing ways."""

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
        """Map a ticket as `source_record` gives it: in the phase that it sticks to, by the way by which it got into the target."""
        text = record["ref"]
        slots = self.idmap.slots(text, self.inputs.idmap)
        known = slots.get("way", REST) if "id" in slots else None
        return self.engine.case(record, phase=self.idmap.phase(text), way=self.way or known, folded=True)

    def phase_of(self, record: Record) -> str | None:
        """Return the phase of a ticket: the one that it sticks to, else the first that takes it; None where none does."""
        return self.idmap.phase(record["ref"]) or self.engine.phase_of(record)

    def refuses(self, mapped: Mapped) -> bool:
        """Tell whether the target's connector cannot make the mapped ticket."""
        if mapped.record is None:
            return True
        expected = self.compiler.expected(mapped.record, self.target_catalog, mapped.way)
        return bool(expected.refused) or expected.record is None
