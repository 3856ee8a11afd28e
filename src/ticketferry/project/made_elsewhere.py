"""Tickets that a plan would make and that are in the target already: looked for just before an apply."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ticketferry.errors import StalePlanError
from ticketferry.extract.ingest import translate
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.changes import tickets_to_make
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import OpRow, load_operation, unpack_json
from ticketferry.plan.file.writes import operations_by_root
from ticketferry.plan.planner import Planner
from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import (
    Endpoint,
    Operation,
    Repeat,
    Target,
)
from ticketferry.sdk.templates import resolve

__all__ = [
    "gives_id",
    "refuse_made",
]


def gives_id(row: OpRow, endpoints: Mapping[str, Endpoint]) -> bool:
    """Tell whether an operation makes something that bears our mark; an upload's token is nothing that anybody sees."""
    endpoint = endpoints[row.endpoint]
    return "id" in endpoint.gives and endpoint.repeat is not Repeat.FREE


def refuse_made(project: Project, plan: PlanFile, target: Target, planning: PlanContext) -> None:
    """Read our marks once more, just before the first write: StalePlanError names what is there and would be made again.

    A few of the tickets to be made are looked up one by one, since lists lag behind; then what came or changed since the target's
    snapshot is read.
    """
    pending = _pending(project, plan)
    if not pending:
        return
    named = _looked_up(plan, target, planning, sorted(pending, key=lambda text: (len(text), text)))
    named = named or sorted(_since(project, target, pending))
    if named:
        raise StalePlanError(
            f"tickets that {plan.id} would make carry our mark in the target already: {', '.join(named[:5])}",
            where=plan.id,
            remedy="A copy of this folder wrote them, or this workspace.db is older than the write: nothing was written now.\n  "
            "`ticketferry plan` takes over what is this folder's own, and says what to do about the rest.",
        )


def _looked_up(plan: PlanFile, target: Target, planning: PlanContext, roots: Sequence[str]) -> list[str]:
    """Ask for a few of the tickets by our mark, the first and others spread over all; return those that are there."""
    endpoints = {endpoint.name: endpoint for endpoint in target.endpoints}
    sample = dict.fromkeys([*roots[:2], *roots[:: max(1, len(roots) // 2)]])
    by_endpoint: dict[str, list[Operation]] = {}
    for root in sample:
        row = next(plan.operations("root = ? AND subject = ? AND prev IS NULL", (root, root)), None)
        row = row or next(plan.operations("root = ? AND subject = ?", (root, root)), None)
        if row is not None and gives_id(row, endpoints) and not endpoints[row.endpoint].file:
            by_endpoint.setdefault(row.endpoint, []).append(_rendered(plan, planning, row))
    answers = [answer for operations in by_endpoint.values() for answer in target.find(operations, {})]
    done = {answer.key for answer in answers if answer.status == "done"}
    return [
        str(operation.subject)
        for operations in by_endpoint.values()
        for operation in operations
        if operation.key in done
    ]


def _rendered(plan: PlanFile, planning: PlanContext, row: OpRow) -> Operation:
    """Return an operation to look up by its mark; ids that are not known yet do not matter for that."""
    if row.body is not None:
        operation = load_operation(row, unpack_json(row.body))
    else:
        operation = Planner(planning, plan.id).render(parse_ref(row.root))[row.key]
    params = cast("Any", resolve(dict(operation.params), lambda *_: "0"))
    return replace(operation, params=params, body=resolve(operation.body, lambda *_: "0"))


def _pending(project: Project, plan: PlanFile) -> frozenset[str]:
    """Return the tickets that the plan makes and of which the journal has no row yet."""
    if plan.header["kind"] != "apply":
        return frozenset()
    roots = {root for root in tickets_to_make(plan) if project.idmap.get(root) is None}
    noted = project.journal(plan.id, "").all_states()
    for seq, root in operations_by_root(plan) if noted else ():
        if seq in noted:
            roots.discard(root)
    return frozenset(roots)


def _since(project: Project, target: Target, pending: frozenset[str]) -> set[str]:
    """Return the tickets to be made whose mark came since the target's snapshot, which stays as the plan knows it.

    Reading ends with the first page that shows one, and does not wait for what a desk lists only after a while.
    """
    snapshots = project.snapshots("target")
    info = snapshots.latest()
    if info is None:
        return set()
    catalog = snapshots.catalog(info.catalog)
    connector = project.config.target.connector
    marked: set[str] = set()
    with project.clock.busy():
        for name in {"tickets", Kind.TICKET.value} & set(target.streams()):
            for page in target.read(name, snapshots.cursor(name)[0]):
                for wire in page.records:
                    if not wire.gone:
                        records = translate(target, connector, wire, catalog)[1].records
                        marked.update(str(record.get("origin")) for record in records)
                # A page without records is no end: a target leaves out what is not ours.
                if marked & pending or page.caught_up:
                    break
    return marked & pending
