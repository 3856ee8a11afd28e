"""What carries our mark in the target is never made again: taken over where this folder began to write it, else it stops the plan.

Every write is journalled before it is sent. A mark without a row in the journal was therefore written by another life of the
workspace: by a copy of the folder, or later than this workspace.db knows, since it was put back from a backup. Which of both it is
the plans tell: a backup is made after the plan that is about to be applied was noted as begun, so what such a plan makes is ours
and is taken over; what no plan that was begun here makes was written by somebody who goes on without us.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ticketferry.desired.cases import assemble
from ticketferry.extract.ingest import translate
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import ChangeRow, OpRow
from ticketferry.plan.planner import Planner
from ticketferry.project.made_elsewhere import gives_id
from ticketferry.project.project import Project
from ticketferry.schema.assembly import put_together
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import PART_LISTS
from ticketferry.sdk.contract import (
    Endpoint,
    Finding,
    Outcome,
    Severity,
    Target,
    WriteResult,
)
from ticketferry.store.idmap import IdMap
from ticketferry.store.run_log import RunLog

__all__ = [
    "LATER",
    "MarkedRecord",
    "TakenOver",
    "match_all",
    "take_over",
]

LATER = "TF-MARK-LATER"
_KINDS = (Kind.ORGANIZATION, Kind.GROUP, Kind.PERSON, Kind.TICKET)
_LIVE = ("applying", "awaiting_import", "applied", "undone")
_FROM = "adopted"
"""Stands for the plan of what was taken over without one."""


@dataclass(frozen=True, slots=True)
class MarkedRecord:
    """A record of the target that carries our mark and is not in the id map: the source record, and the target's."""

    root: str
    there: Ref


@dataclass(slots=True)
class TakenOver:
    """What became of the marks without a row: how many were taken over, and which are somebody else's."""

    adopted: int = 0
    strange: list[MarkedRecord] = field(default_factory=list)


def take_over(
    project: Project, run: str, log: RunLog, *, everything: bool = False, offline: bool = False
) -> TakenOver:
    """Take over what plans that were begun here make and the newest target snapshot shows; the rest is kept as findings.

    `everything`: a person said that this folder is the one that goes on, so whatever carries the mark is taken over. `offline`: the
    snapshot alone is believed, and what this folder has taken back is not looked at again.
    """
    target = project.snapshots("target")
    info = target.latest()
    result = TakenOver()
    if info is None:
        return result
    marked = [
        MarkedRecord(origin, Ref(target.desk, kind, id_))
        for kind in _KINDS
        for id_, origin in target.origins(kind, info.number)
        if _unknown(project.idmap, origin, id_)
    ]
    target.findings.forget_codes([LATER])
    if not marked:
        return result
    known = project.idmap
    makers: dict[str, PlanFile] = {}
    with _plans(project, everything=everything) as plans, project.open_target(log, offline=offline) as desk:
        endpoints = {endpoint.name: endpoint for endpoint in desk.endpoints}
        for item, record in _alive(project, desk, marked, info.number, offline=offline):
            if known.get(item.root) is not None:
                continue  # two records with one mark: the first was taken over
            begun = _maker(plans, item.root)
            if begun is None and not everything:
                result.strange.append(item)
                continue
            _adopt(project, run, item, begun, record, endpoints)
            result.adopted += 1
            if begun is not None:
                makers[begun.id] = begun
        for plan in makers.values():
            _match(project, run, plan)
    target.findings.keep(info.number, [_later(item) for item in result.strange])
    return result


def _match(project: Project, run: str, plan: PlanFile) -> None:
    """Note the accounts that the plan matched, as its apply did: what was made for them refers to them."""

    def work(connection: Any) -> None:
        for change in plan.changes("outcome = 'match' AND target <> ''"):
            if project.idmap.get(change.root) is None:
                slots = {"id": change.target}
                project.idmap.put(connection, change.root, slots, how="matched", plan=plan.id, run=run)

    project.workspace.commit(work)


def match_all(project: Project, run: str) -> None:
    """Note every account that the mapping matches now: those that were made carry no mark where a vendor has no place for it."""
    planning = project.planning()
    planner = Planner(planning)
    for kind in (Kind.ORGANIZATION, Kind.GROUP, Kind.PERSON):
        matches: dict[str, str] = {}
        for root, rows in planning.source.roots(kind, planning.inputs.source_snapshot):
            planned = planner.plan(root, rows) if project.idmap.get(str(root)) is None else None
            if planned is not None and planned.outcome is Outcome.MATCH and planned.target_id:
                matches[str(root)] = planned.target_id

        def work(connection: Any, matches: Mapping[str, str] = matches) -> None:
            for root, id_ in matches.items():
                project.idmap.put(connection, root, {"id": id_}, how="matched", plan=_FROM, run=run)

        project.workspace.commit(work)


def _alive(
    project: Project, desk: Target, marked: Sequence[MarkedRecord], snapshot: int, *, offline: bool
) -> Iterator[tuple[MarkedRecord, Record]]:
    """Yield those that are still there with their records: a snapshot may go on showing what a rollback took away."""
    target = project.snapshots("target")
    if offline:
        for item in marked:
            record = assemble(item.there, target.root(item.there, snapshot))
            if record is not None and not project.idmap.had(item.root, item.there.id):
                yield item, record
        return
    info = target.info(snapshot)
    catalog = target.catalog(info.catalog)
    size = max(1, desk.limits.fetch_batch)
    for start in range(0, len(marked), size):
        part = marked[start : start + size]
        by_root: dict[Ref, list[Record]] = {}
        for wire in desk.fetch([item.there for item in part]):
            if not wire.gone:
                done = translate(desk, project.config.target.connector, wire, catalog)[1]
                by_root.setdefault(wire.root or wire.ref, []).extend(done.records)
        for item in part:
            record = put_together(item.there, by_root.get(item.there, ()))
            if record is not None and record.get("origin") == item.root:
                yield item, record


def _unknown(idmap: IdMap, origin: str, id_: str) -> bool:
    return origin.count(":") >= 2 and idmap.get(origin) is None and bool(id_)


def _later(item: MarkedRecord) -> Finding:
    return Finding(
        LATER,
        Severity.BLOCKER,
        parse_ref(item.root),
        "",
        f"{item.there.kind.value} {item.there.id} of the target carries its mark, and this folder does not know of it: a copy of"
        " the folder wrote it, or this workspace.db is older than the write",
        "Go on in the folder that wrote it, or put its workspace.db (or the newest of backups/) into this one. Where that folder"
        " is gone for good, take its work over: `ticketferry adopt --by NAME`.",
    )


@contextmanager
def _plans(project: Project, *, everything: bool) -> Iterator[list[PlanFile]]:
    """Open the plans that were begun here, newest first; with `everything` all that make something."""
    opened: list[PlanFile] = []
    try:
        for row in reversed(project.plan_rows()):
            if row["kind"] != "apply" or not project.plan_path(row["id"]).exists():
                continue
            begun = row["state"] in _LIVE or bool(project.journal(row["id"], "").counts())
            if begun or everything:
                opened.append(project.plan(row["id"]))
        yield opened
    finally:
        for plan in opened:
            plan.close()


def _maker(plans: Sequence[PlanFile], root: str) -> PlanFile | None:
    for plan in plans:
        change = plan.change(root)
        if change is not None and change.outcome is Outcome.CREATE:
            return plan
    return None


def _adopt(
    project: Project,
    run: str,
    item: MarkedRecord,
    plan: PlanFile | None,
    record: Record,
    endpoints: Mapping[str, Endpoint],
) -> None:
    """Note what the target shows of a root as done: its ids, the operations that gave them, and what was wanted."""
    ids = _ids(record, item)
    change = plan.change(item.root) if plan is not None else None
    if plan is None or change is None:
        _keep(project, run, item, record, ids, None, {})
        return
    rows = list(plan.operations("root = ?", (item.root,)))
    journal = project.journal(plan.id, run)
    noted = journal.states([row.seq for row in rows])
    if any(state.state in ("intent", "job", "unknown") for state in noted.values()):
        return  # what the journal holds open is looked up by itself
    results, whole = _results(rows, endpoints, ids, record, change)
    if not noted:
        journal.record(results, how="adopted")
    _keep(project, run, item, record, ids, plan.id, change.wanted if whole else None, change)


def _ids(record: Record, item: MarkedRecord) -> dict[str, str]:
    """Return source ref -> id in the target, of a root and of its parts that carry a mark."""
    ids = {item.root: item.there.id}
    for name in PART_LISTS:
        for part in record.get(name, ()):
            if isinstance(part.get("origin"), str):
                ids[part["origin"]] = parse_ref(part["ref"]).id
    return ids


def _results(
    rows: Sequence[OpRow],
    endpoints: Mapping[str, Endpoint],
    ids: Mapping[str, str],
    record: Record,
    change: ChangeRow,
) -> tuple[list[tuple[int, str, WriteResult]], bool]:
    """Return the operations that were done, and whether that is the whole lane.

    A lane is written in strict order: all before the last part that is there was done, whatever became of it since. Behind it
    nothing was, where a part is missing there; else the lane has ended.
    """
    ids_by_seq = {
        row.seq: ids[row.subject] for row in rows if gives_id(row, endpoints) and row.subject in ids
    }
    last = max(ids_by_seq, default=-1)
    whole = not any(gives_id(row, endpoints) for row in rows if row.seq > last)
    results = []
    for row in rows:
        if row.seq > last and not whole:
            continue
        gives: dict[str, str] = {}
        if row.seq in ids_by_seq:
            gives["id"] = ids_by_seq[row.seq]
            if "key" in endpoints[row.endpoint].gives and record.get("number"):
                gives["key"] = str(record["number"])
            if "way" in endpoints[row.endpoint].gives and change.facts.get("way"):
                gives["way"] = str(change.facts["way"])
        results.append((row.seq, row.subject, WriteResult(row.key, "done", gives)))
    return results, whole


def _keep(
    project: Project,
    run: str,
    item: MarkedRecord,
    record: Record,
    ids: Mapping[str, str],
    plan: str | None,
    wanted: Mapping[str, str] | None,
    change: ChangeRow | None = None,
) -> None:
    """Keep the ids and what was wanted. What differs from it by now is other people's work, and is spared like it.

    `wanted` None: the lane is half-made and goes on as our own; {}: nobody knows, so every difference is a conflict.
    """

    def work(connection: Any) -> None:
        for ref, id_ in ids.items():
            values = {"id": id_}
            if ref == item.root and item.there.kind is Kind.TICKET and record.get("number"):
                values["key"] = str(record["number"])
            project.idmap.put(connection, ref, values, how="adopted", plan=plan or _FROM, run=run)
        if change is not None and change.phase:
            project.idmap.stick(connection, item.root, change.phase)
        if wanted is not None:
            project.idmap.set_applied(
                connection,
                item.root,
                wanted=wanted,
                seen=wanted,
                inputs=change.inputs if change is not None else "",
                how="created",
                plan=plan or _FROM,
                run=run,
            )

    project.workspace.commit(work)
