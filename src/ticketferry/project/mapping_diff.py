"""How many tickets a change of the mapping touches, and how."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from ticketferry.mapping.changes import ChangeKind, ValueChange, changes
from ticketferry.mapping.held import as_held, field_keys
from ticketferry.mapping.result import Mapped
from ticketferry.plan.context import PlanContext
from ticketferry.project.explain_values import held_by_target
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind

__all__ = ["ChangedValue", "MappingDifference", "changes_held", "compare_mappings"]

SAMPLES = 5


@dataclass(slots=True)
class ChangedValue:
    """One kind of change, and how many records it touches. `samples`: numbers of tickets, else refs, the first few."""

    change: ValueChange
    records: int = 0
    samples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class MappingDifference:
    """What two mappings make differently of the newest snapshots."""

    old: Path
    new: Path
    tickets: int = 0
    touched: Counter[ChangeKind] = field(default_factory=Counter)
    """Tickets by the gravest of their changes."""
    values: dict[ValueChange, ChangedValue] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.values)

    def rows(self) -> list[ChangedValue]:
        """Return the changes, the gravest first, then those of the most records."""
        order = list(ChangeKind)
        return sorted(
            self.values.values(),
            key=lambda row: (order.index(row.change.kind), -row.records, row.change.path, row.change.before),
        )

    def add(self, found: list[ValueChange], name: str, *, ticket: bool) -> None:
        """Count the changes of one record."""
        self.tickets += ticket
        if not found:
            return
        if ticket:
            self.touched[min((change.kind for change in found), key=list(ChangeKind).index)] += 1
        for change in found:
            row = self.values.setdefault(change, ChangedValue(change))
            row.records += 1
            if len(row.samples) < SAMPLES:
                row.samples.append(name)


def compare_mappings(
    project: Project, old: Path, new: Path | None = None, *, progress: Progress = quiet
) -> MappingDifference:
    """Map every ticket of the newest snapshot with both mappings, and every person and organization that tickets may name. Talks to no desk.

    `new`: else the mapping of the folder. Raises MappingError where one of them cannot be read, WorkspaceError where a desk was not.
    """
    newer = new or project.config.mapping
    result = MappingDifference(old, newer)
    with _with_mapping(project, old) as before_project, _with_mapping(project, newer) as after_project:
        before, after = before_project.planning(), after_project.planning()
        try:
            number = after.inputs.source_snapshot
            for kind in (Kind.ORGANIZATION, Kind.PERSON, Kind.TICKET):
                total = after.source.count(kind, number)
                for done, (root, rows) in enumerate(after.source.roots(kind, number), 1):
                    record = after.source_record(root, rows)
                    if record is None:
                        continue
                    found = _changes(kind, record, before, after)
                    label = (
                        f"#{record['number']}" if kind is Kind.TICKET and record.get("number") else str(root)
                    )
                    result.add(found, label, ticket=kind is Kind.TICKET)
                    if done % 200 == 0:
                        progress(f"{kind.value}s", done, total)
        finally:
            before.close()
            after.close()
    return result


def _changes(kind: Kind, record: Record, before: PlanContext, after: PlanContext) -> list[ValueChange]:
    if kind is Kind.TICKET:
        return changes_held(record, (before, before.case(record)), (after, after.case(record)))
    if kind is Kind.PERSON:
        mapped = before.engine.person(record), after.engine.person(record)
    else:
        mapped = before.engine.organization(record), after.engine.organization(record)
    found = changes_held(record, (before, mapped[0]), (after, mapped[1]))
    return [change._replace(path=f"{kind.value}.{change.path}") for change in found]


def changes_held(
    record: Record, before: tuple[PlanContext, Mapped], after: tuple[PlanContext, Mapped]
) -> list[ValueChange]:
    """Compare what the new desk will hold of one record by two mappings. It is asked only where they ask for something else."""
    (_, one), (_, other) = before, after
    if (one.outcome, one.record, one.way) == (other.outcome, other.record, other.way):
        return changes(record, one, other)
    held = [
        as_held(mapped, held_by_target(planning, mapped), field_keys(planning.target_catalog))
        for planning, mapped in (before, after)
    ]
    return changes(record, *held)


def _with_mapping(project: Project, path: Path) -> Project:
    """Return the project as it is with another mapping file."""
    return Project(replace(project.config, mapping=path.resolve()), project.clock)
