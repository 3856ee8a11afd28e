"""What becomes of one record: every leaf from the vendor's wire to the new desk, findings, and the writes as of now."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ticketferry.errors import UsageError, WorkspaceError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.inputs import Inputs, Scope
from ticketferry.plan.naming import UNNAMED, is_named, unless_named
from ticketferry.plan.planner import Planned, Planner
from ticketferry.plan.show_record import LeafView, OperationView, finding_views, leaf_views
from ticketferry.project.project import Project
from ticketferry.schema.refs import PARTS, ROOTS, Kind, Ref
from ticketferry.sdk.contract import Disposition, Outcome
from ticketferry.sdk.templates import encode
from ticketferry.store.snapshots import StoredRow

__all__ = ["Explained", "explain", "find_record"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One root. `part`: the part of it that was asked for; the leaves are that part's alone then."""

    root: str
    part: str
    title: str
    outcome: str
    because: str
    phase: str
    target: str
    slots: Mapping[str, str]
    plan: str
    """The plan that wrote it last; empty: none."""
    fields: tuple[str, ...]
    leaves: tuple[LeafView, ...]
    dispositions: Mapping[str, int]
    findings: tuple[Mapping[str, Any], ...]
    operations: tuple[OperationView, ...]
    newly_visible: tuple[str, ...]


def explain(project: Project, text: str, planning: PlanContext | None = None) -> Explained:
    """Explain a record with the snapshots, the mapping and the decisions of now (`planning`, where it is open already).

    Raises UsageError for an unknown one.
    """
    root, part = find_record(project, text)
    planning = planning or project.planning()
    planner = Planner(planning)
    rows = planning.source_rows(root)
    planned = _planned(project, planner, root, rows)
    if planned is None:
        raise UsageError(
            f"{root} has parts in the source snapshot, but is not there itself",
            remedy="Run `ticketferry extract source` again.",
        )
    chosen = [row for row in rows if part is None or (row.kind is part.kind and row.id == part.id)]
    leaves = leaf_views(planned, planning, chosen)
    counts = Counter(leaf.disposition for leaf in leaves)
    applied = project.idmap.applied(str(root))
    return Explained(
        root=str(root),
        part=str(part) if part is not None else "",
        title=planned.title,
        outcome=planned.outcome.value,
        because=planned.decision.because or planned.mapped.because,
        phase=project.idmap.phase(str(root)) or planned.mapped.phase or "",
        target=planned.target_id or "",
        slots=project.idmap.slots(str(root)),
        plan=applied.plan if applied is not None else "",
        fields=tuple(sorted(planned.decision.fields)),
        leaves=leaves,
        dispositions={name.value: counts[name.value] for name in Disposition},
        findings=finding_views(planner.findings(planned)),
        operations=tuple(_operations(planned, planning)),
        newly_visible=tuple(planned.mapped.newly_visible),
    )


def _planned(project: Project, planner: Planner, root: Ref, rows: Sequence[StoredRow]) -> Planned | None:
    """Plan one root as a plan of everything would: people and organizations only where something that is migrated names them."""
    planning = planner.planning
    record = planning.source_record(root, rows)
    if record is None or root.kind not in (Kind.PERSON, Kind.ORGANIZATION):
        return planner.plan(root, rows, record=record)
    mapped = planner.map(root, record)
    if mapped.outcome is Outcome.CREATE and not mapped.unasked:
        named = _named_in_plan(project, planning, root)
        if named is None:
            named = is_named(planner, root, planning.one_with(str(root)))
        mapped = unless_named(mapped, root.kind, named=named)
    return planner.plan(root, rows, mapped, record)


def _named_in_plan(project: Project, planning: PlanContext, root: Ref) -> bool | None:
    """Tell whether the newest plan found a ticket that names a person or organization; None where it was not made from what stands here now.

    Without it all tickets are asked.
    """
    row = next((row for row in reversed(project.plan_rows()) if row["kind"] == "apply"), None)
    if row is None or not project.plan_path(row["id"]).exists() or planning.way is not None:
        return None
    with closing(project.plan(row["id"])) as plan:
        if not Scope.of(plan.header).whole or Inputs.of(plan.header) != planning.inputs:
            return None
        change = plan.change(str(root))
    return None if change is None else change.because != UNNAMED[root.kind]


def find_record(project: Project, text: str) -> tuple[Ref, Ref | None]:
    """Return the root, and the part where `text` names one, of `acme:ticket:1`, `ticket:1`, `comment:5`, `1` or `#1`."""
    source = project.snapshots("source")
    latest = source.latest()
    if latest is None:
        raise WorkspaceError(
            "the extract of the source desk was interrupted",
            remedy="Run `ticketferry extract` again; it goes on.",
        )
    desk, kind, id_ = _parse(text, source.desk)
    if desk != source.desk:
        remedy = f"Records of the old desk begin with `{source.desk}:`."
        if desk == project.config.target.key:
            source_ref = project.idmap.source_of(kind.value, id_)
            if source_ref is not None:
                remedy = f"It came from {source_ref}: ticketferry explain {source_ref}"
        raise UsageError(f"{text} is no record of the old desk", remedy=remedy)
    signed = text.strip().startswith("#")
    if signed and (ticket := _by_number(source, latest.number, f"#{id_}")) is not None:
        return ticket, None  # a product whose numbers bear the sign has others without
    row = source.row(kind, id_, latest.number)
    if row is not None:
        return row.root, (None if row.root.kind is kind and row.root.id == id_ else Ref(desk, kind, id_))
    by_number = _by_number(source, latest.number, id_) if kind is Kind.TICKET else None
    if by_number is not None:
        return by_number, None
    raise UsageError(
        f"there is no {kind.value} {id_} in the source snapshot s-{latest.number}",
        remedy="It may be newer than the snapshot (`ticketferry extract source`), or have no such id.",
    )


def _parse(text: str, desk: str) -> tuple[str, Kind, str]:
    parts = text.strip().lstrip("#").split(":", 2)
    if len(parts) == 1:
        parts = ["ticket", *parts]
    if len(parts) == 2 or parts[0] in {kind.value for kind in Kind}:
        parts = [desk, parts[0], ":".join(parts[1:])]
    try:
        kind = Kind(parts[1])
    except ValueError:
        kinds = ", ".join(kind.value for kind in (*ROOTS, *PARTS))
        raise UsageError(
            f"{text!r} names no record: there is no kind {parts[1]!r}",
            remedy=f"Write ticket:123 or {desk}:ticket:123. Kinds: {kinds}.",
        ) from None
    if not parts[2]:
        raise UsageError(f"{text!r} names no record: its id is empty", remedy="Write ticket:123.")
    return parts[0], kind, parts[2]


def _by_number(source: Any, snapshot: int, number: str) -> Ref | None:
    """Find a ticket by its number where that is not its id."""
    for row in source.numbered(number, snapshot):
        if str(row.records[0].get("number")) == number:
            return Ref(source.desk, Kind.TICKET, row.id)
    return None


def _operations(planned: Planned, planning: PlanContext) -> Iterator[OperationView]:
    known = planning.endpoints
    for number, operation in enumerate(planned.operations, 1):
        endpoint = known.get(operation.endpoint)
        yield OperationView(
            number,
            operation.key,
            operation.endpoint,
            endpoint.method if endpoint else "",
            endpoint.path if endpoint else "",
            str(operation.subject),
            0,
            operation.expect,
            {name: encode(value) for name, value in operation.params.items()},
            encode(operation.body),
            rendered=True,
        )
