"""A plan as people look at it: sums that add up, findings by cause, classes of equal change. Views only; nothing is printed."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

from ticketferry.plan.file.causes import Cause, Causes, gather_causes
from ticketferry.plan.file.changes import (
    MOST_CLASSES,
    classes_of_change,
    count_changes,
    count_classes,
    moves_by,
    part_sums,
    tickets_by_way,
)
from ticketferry.plan.file.findings import count_impossible
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.writes import further_parts, load_of_endpoints
from ticketferry.plan.show_order import TicketOrder, order_of
from ticketferry.plan.show_record import LeafView, OperationView, RecordView, find_root, show_record
from ticketferry.plan.show_rows import (
    ClassDelta,
    Comparison,
    LossGroup,
    change_rows,
    compare,
    csv_lines,
    impossible,
    json_lines,
    losses,
    operation_rows,
    set_aside,
)
from ticketferry.schema.refs import ROOTS
from ticketferry.sdk.contract import Endpoint, Outcome, Repeat
from ticketferry.sdk.features import Guard

__all__ = [
    "Cause",
    "Causes",
    "ClassDelta",
    "ClassRow",
    "Collapse",
    "Comparison",
    "EndpointRow",
    "Flow",
    "GuardNeed",
    "LeafView",
    "LossGroup",
    "OperationView",
    "Overview",
    "Parts",
    "RecordView",
    "TicketOrder",
    "WayRow",
    "as_json",
    "change_rows",
    "classes",
    "compare",
    "csv_lines",
    "find_root",
    "impossible",
    "json_lines",
    "losses",
    "operation_rows",
    "overview",
    "set_aside",
    "show_record",
]


@dataclass(frozen=True, slots=True)
class Flow:
    """Tickets whose status goes from `before` to `after`; `mark` is `=` or `~`: another meaning, since two statuses fall together."""

    before: str
    after: str
    count: int
    mark: str


@dataclass(frozen=True, slots=True)
class Collapse:
    """Source statuses that fall together into one, with all their `tickets`; `count` of them change their meaning."""

    after: str
    befores: tuple[str, ...]
    count: int
    code: str = ""
    place: str = ""
    tickets: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """What hangs on tickets: held by the source, planned, planned as internal, by the outcome of the ticket.

    `made`: of the planned ones, those that the source does not hold as such, as the description of a ticket that becomes its first comment.
    """

    name: str
    source: int
    planned: int
    internal: int
    by_outcome: Mapping[str, int]
    made: int = 0


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One kind of write: operations, requests (batches), what stays for ever after it was undone, what must hold before."""

    name: str
    method: str
    path: str
    operations: int
    requests: int
    residue: str
    guards: tuple[str, ...]
    never_repeated: bool
    """An unknown outcome stops the record: it is neither asked for nor sent again."""
    further: int = 0
    """Of the operations, those that go on with a text that is too long for one comment."""


@dataclass(frozen=True, slots=True)
class GuardNeed:
    """A guard that the plan needs, and for which writes."""

    code: str
    title: str
    proof: str
    remedy: str
    endpoints: tuple[str, ...]
    operations: int


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of equal change: an auditor looks at one member for all."""

    kind: str
    outcome: str
    name: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class WayRow:
    """A way beside REST that tickets of the plan go; `assumes`: (code, what is taken for granted, source, what catches it)."""

    name: str
    title: str
    tickets: int
    assumes: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """All that fits one screen or one page; every count adds up within it."""

    id: str
    kind: str
    phase: str
    digest: str
    source: Mapping[str, Any]
    target: Mapping[str, Any]
    inputs: Mapping[str, Any]
    outcomes: Mapping[str, Mapping[str, int]]
    """Kind -> outcome -> records; every outcome is there."""
    parts: tuple[Parts, ...]
    statuses: tuple[Flow, ...]
    collapses: tuple[Collapse, ...]
    routes: tuple[tuple[str, int], ...]
    dispositions: Mapping[str, int]
    leaves: int
    leaves_of_rejects: int
    """Values counted as impossible only because their record is rejected."""
    causes: Causes
    endpoints: tuple[EndpointRow, ...]
    operations: int
    requests: int
    guards: tuple[GuardNeed, ...]
    newly_visible: int
    figures: Mapping[str, int]
    classes: tuple[ClassRow, ...]
    classes_left_out: tuple[int, int]
    """(classes, records) beyond the most frequent ones."""
    scope: Sequence[Any] = field(default_factory=list)
    people: bool = False
    """Whether it holds people, organizations and groups alone, before their tickets."""
    reassign: Sequence[Sequence[str]] = field(default_factory=list)
    """Whose tickets it moves to whom."""
    ways: tuple[WayRow, ...] = ()
    quarantine: tuple[str, ...] = ()
    """Records for which nothing is planned, since they could not be read, translated or planned."""
    order: TicketOrder | None = None
    """Where the mapping says in which order tickets are written."""


def overview(
    plan: PlanFile,
    endpoints: Iterable[Endpoint] = (),
    guards: Iterable[Guard] = (),
    *,
    most: int = MOST_CLASSES,
) -> Overview:
    """Read a plan once. `endpoints` and `guards` are the target's: without them residue and guards stay empty."""
    known = {endpoint.name: endpoint for endpoint in endpoints}
    causes = gather_causes(plan)
    flows, collapses = _statuses(plan, causes)
    rows = _endpoints(plan, known)
    dispositions = {name.value: count for name, count in plan.dispositions().items()}
    figures = dict(plan.header.get("figures", {}))
    listed, left = classes(plan, most)
    return Overview(
        id=plan.id,
        kind=str(plan.header.get("kind", "apply")),
        phase=str(plan.header.get("phase", "")),
        digest=plan.digest,
        source=dict(plan.header.get("source", {})),
        target=dict(plan.header.get("target", {})),
        inputs=dict(plan.header.get("inputs", {})),
        outcomes=_outcomes(plan),
        parts=_parts(plan),
        statuses=flows,
        collapses=collapses,
        routes=_routes(plan),
        dispositions=dispositions,
        leaves=sum(dispositions.values()),
        leaves_of_rejects=count_impossible(plan, of_rejects=True),
        causes=causes,
        endpoints=rows,
        operations=sum(row.operations for row in rows),
        requests=sum(row.requests for row in rows),
        guards=_guards(rows, {guard.code: guard for guard in guards}),
        newly_visible=int(figures.get("newly visible", 0)),
        figures=figures,
        classes=listed,
        classes_left_out=left,
        scope=list(plan.header.get("scope", [])),
        people=bool(plan.header.get("people")),
        reassign=[list(pair) for pair in plan.header.get("reassign", ())],
        ways=_ways(plan),
        quarantine=tuple(plan.header.get("quarantine", ())),
        order=order_of(plan, known),
    )


def _ways(plan: PlanFile) -> tuple[WayRow, ...]:
    counts = tickets_by_way(plan)
    return tuple(
        WayRow(row["name"], row["title"], counts[row["name"]], tuple(tuple(item) for item in row["assumes"]))
        for row in plan.header.get("ways", [])
        if row["name"] in counts
    )


def _outcomes(plan: PlanFile) -> dict[str, dict[str, int]]:
    counts = plan.outcomes()
    order = [kind.value for kind in reversed(ROOTS)]
    return {
        kind: {outcome.value: counts[kind].get(outcome.value, 0) for outcome in Outcome}
        for kind in [*order, *sorted(counts.keys() - set(order))]
        if kind in counts
    }


def _parts(plan: PlanFile) -> tuple[Parts, ...]:
    if plan.header.get("kind") == "rollback":
        return ()
    rows = part_sums(plan)
    if not rows:
        return ()

    def part(
        name: str,
        source: int | None,
        planned: int | None,
        internal: int | None = None,
        made: int | None = None,
    ) -> Parts:
        by_outcome = {outcome: values[planned] for outcome, values in rows} if planned is not None else {}
        return Parts(
            name,
            sum(values[source] for _, values in rows) if source is not None else 0,
            sum(by_outcome.values()),
            sum(values[internal] for _, values in rows) if internal is not None else 0,
            by_outcome,
            sum(values[made] for _, values in rows) if made is not None else 0,
        )

    return (part("comments", 1, 2, 3, 8), part("attachments", 4, 5), part("links", None, 7))


def _statuses(plan: PlanFile, causes: Causes) -> tuple[tuple[Flow, ...], tuple[Collapse, ...]]:
    if plan.header.get("kind") == "rollback":
        return (), ()
    counts: dict[tuple[str, str], int] = {}
    for before, after, count in moves_by(plan, "status"):
        counts[str(before), str(after)] = count
    by_after: dict[str, list[str]] = {}
    for (before, after), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        by_after.setdefault(after, []).append(before)
    first = {after: after if after in befores else befores[0] for after, befores in by_after.items()}
    flows = tuple(
        Flow(before, after, count, "=" if first[after] == before else "~")
        for (before, after), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    named = [cause for cause in causes.losses if cause.code == "S204"]
    collapses = []
    for after, befores in by_after.items():
        if len(befores) < 2:
            continue
        words = next((cause for cause in named if after in cause.message), None)
        moved = sum(flow.count for flow in flows if flow.after == after and flow.mark == "~")
        place, code = (words.place, words.code) if words else ("", "")
        tickets = sum(flow.count for flow in flows if flow.after == after)
        collapses.append(Collapse(after, tuple(befores), moved, code, place, tickets))
    return flows, tuple(collapses)


def _routes(plan: PlanFile) -> tuple[tuple[str, int], ...]:
    by_route: Counter[str] = Counter()
    for text, count in moves_by(plan, "route"):
        parts = [part for part in json.loads(text or "[]") if part]
        if parts:
            by_route[" / ".join(parts)] += count
    return tuple(sorted(by_route.items(), key=lambda item: (-item[1], item[0])))


def _endpoints(plan: PlanFile, known: Mapping[str, Endpoint]) -> tuple[EndpointRow, ...]:
    load = load_of_endpoints(plan)
    counts, further = plan.endpoint_counts(), further_parts(plan)
    order = [name for name in chain(known, sorted(counts.keys() - known.keys())) if name in counts]
    rows = []
    for name in order:
        endpoint = known.get(name)
        rows.append(
            EndpointRow(
                name,
                endpoint.method if endpoint else "",
                endpoint.path if endpoint else "",
                counts[name],
                load.get(name, (0, 0))[1],
                endpoint.residue if endpoint else "",
                endpoint.guards if endpoint else (),
                endpoint is not None and endpoint.repeat is Repeat.NEVER,
                further.get(name, 0),
            )
        )
    return tuple(rows)


def _guards(rows: Sequence[EndpointRow], known: Mapping[str, Guard]) -> tuple[GuardNeed, ...]:
    needed: dict[str, list[EndpointRow]] = {}
    for row in rows:
        for code in row.guards:
            needed.setdefault(code, []).append(row)
    result = []
    for code, users in sorted(needed.items()):
        guard = known.get(code)
        result.append(
            GuardNeed(
                code,
                guard.title if guard else "",
                guard.proof if guard else "",
                guard.remedy if guard else "",
                tuple(row.name for row in users),
                sum(row.operations for row in users),
            )
        )
    return tuple(result)


def classes(plan: PlanFile, most: int | None = None) -> tuple[tuple[ClassRow, ...], tuple[int, int]]:
    """Return the classes of equal change, the most frequent of each kind first, and (classes, records) beyond `most`."""
    rows = [ClassRow(*row) for row in classes_of_change(plan, most if most is not None else -1)]
    total, records = count_classes(plan), count_changes(plan)
    return tuple(rows), (total - len(rows), records - sum(row.count for row in rows))


def as_json(view: Any) -> Any:
    """Turn a view into plain data for JSON."""
    return asdict(view)
