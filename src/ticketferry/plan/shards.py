"""One range of roots planned into a shard file: what several processes do side by side."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from ticketferry.desired.dispositions import Sum
from ticketferry.mapping.result import Mapped
from ticketferry.people.stand_in import behind
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.rows import ChangeRow, finding_row
from ticketferry.plan.file.shards import MadeFrom, ShardWriter
from ticketferry.plan.file.writer import SumKey
from ticketferry.plan.guarding import ENDS_ALL, fault_of, quarantine_finding
from ticketferry.plan.inputs import Scope
from ticketferry.plan.name_clashes import names_of
from ticketferry.plan.naming import unless_named
from ticketferry.plan.planner import Planned, Planner
from ticketferry.plan.turns import turn_of
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import REST
from ticketferry.store.snapshots import order_key

__all__ = [
    "INLINE_BYTES",
    "Task",
    "change_of",
    "named_key",
    "place_of",
    "plan_range",
    "plan_shard",
    "shown_as",
    "sum_key",
]

INLINE_BYTES = 8_192
"""A body template up to this size (compressed) stands in the plan; a larger one is rendered again at apply."""


@dataclass(frozen=True, slots=True)
class Task:
    """A range of roots of one kind, or the roots of `refs`; the shard file that they go to."""

    kind: Kind
    low: str | None
    high: str | None
    scope: Scope
    refs: tuple[str, ...] | None
    shard: Path
    inline: int
    force: bool = False
    """Take the tickets whatever their phase: they wait for one that this plan brings."""


_RANKS = {Kind.DEFINITION: "0", Kind.ORGANIZATION: "1", Kind.GROUP: "2", Kind.PERSON: "3", Kind.TICKET: "4"}


def named_key(ref: str) -> str:
    """Return the key of whether the tickets of a plan name a person or organization."""
    return f"!{ref}"


def place_of(ref: Ref, *, whole: bool) -> str:
    """Return a text by which the roots of a plan are in order: kinds one after the other, each by id. `whole`: of a plan of everything;
    else people and what goes with them stand in the order in which they are gathered.
    """
    rank, text = _RANKS[ref.kind], str(ref)
    if ref.kind is Kind.TICKET or (whole and ref.kind is not Kind.DEFINITION and behind(text) is None):
        return f"{rank}0{order_key(ref.id)}"
    if ref.kind is Kind.DEFINITION or whole:
        return f"{rank}1{text}"
    return f"{rank}0{len(text):06d}{text}"


def _roots(task: Task, planning: PlanContext, wanted: Collection[str]) -> Iterator[tuple[Ref, list[Any]]]:
    """Yield the roots of a range with their rows; one in quarantine of which nothing could be read has none, nor has a stand-in."""
    if task.refs is not None:
        for text in task.refs:
            ref = parse_ref(text)
            if ref.desk == planning.source.desk:
                yield ref, planning.source_rows(ref)
        return
    rowless = {
        ref
        for ref in planning.held
        if ref.desk == planning.source.desk
        and ref.kind is task.kind
        and (task.low is None or order_key(ref.id) >= task.low)
        and (task.high is None or order_key(ref.id) < task.high)
    }
    waiting = sorted(rowless, key=lambda one: order_key(one.id), reverse=True)
    for ref, rows in planning.source.roots(task.kind, planning.inputs.source_snapshot, task.low, task.high):
        while waiting and order_key(waiting[-1].id) <= order_key(ref.id):
            other = waiting.pop()
            if other != ref:
                yield other, []
        yield ref, rows
    for ref in reversed(waiting):
        yield ref, []
    for text in sorted(wanted):
        if parse_ref(text).kind is task.kind and behind(text) is not None:
            yield parse_ref(text), []


def plan_range(task: Task, planning: PlanContext, needed: Iterable[str] | None = None) -> None:
    """Plan every root of a range into a shard file. What one record makes fail is that record's: it goes to quarantine."""
    planner, recorder = Planner(planning), planning.recorder
    before = recorder.keep
    shard = ShardWriter(task.shard)
    wanted = set(needed) if needed is not None else None
    try:
        recorder.keep = lambda answer: shard.add_answer(
            answer.key, answer.value, MadeFrom(answer.frame.keys, answer.frame.until)
        )
        for ref, rows in _roots(task, planning, wanted or ()):
            shard.begin()
            with recorder.frame() as frame:
                if not _add_held(task, planner, shard, ref, rows):
                    _add(task, planner, shard, ref, rows, wanted)
            frame.keys.discard(str(ref))
            shard.end(place_of(ref, whole=task.scope.whole), str(ref), MadeFrom(frame.keys, frame.until))
    finally:
        recorder.keep = before
        shard.close()


def plan_shard(planning: PlanContext, task: Task) -> None:
    """Plan a range as one of several who do so: its shard stands there whole, or not at all, however often it was begun."""
    begun = task.shard.with_name(f"{task.shard.name}.{uuid4().hex}")
    try:
        plan_range(replace(task, shard=begun), planning)
        begun.replace(task.shard)
    finally:
        begun.unlink(missing_ok=True)


def _add(
    task: Task, planner: Planner, shard: ShardWriter, ref: Ref, rows: list[Any], wanted: set[str] | None
) -> None:
    record: Record | None = None
    mapped: Mapped | None = None
    try:
        record = planner.planning.source_record(ref, rows)
        if record is None:
            shard.figures["rows without a root"] += len(rows)
            return
        if ref.kind is Kind.TICKET and not task.force and task.scope.phase is not None:
            # Asked first: what belongs to another phase is not mapped for this one.
            phase = planner.planning.phase_of(record)
            if phase != task.scope.phase:
                _count_elsewhere(shard, phase)
                return
        mapped = planner.map(ref, record)
        if (
            ref.kind is Kind.TICKET
            and not task.force
            and mapped.phase is None
            and mapped.outcome is not Outcome.SKIP
        ):
            _count_elsewhere(shard, None)
            return
        if wanted is not None and ref.kind in (Kind.PERSON, Kind.ORGANIZATION):
            planner.planning.recorder.asked(named_key(str(ref)))
            mapped = unless_named(mapped, ref.kind, named=str(ref) in wanted)
        planned = planner.plan(ref, rows, mapped, record)
        if planned is not None:
            _write(shard, task, planned, planner, rows)
    except ENDS_ALL:
        raise
    except Exception as error:  # noqa: BLE001 -- one record's fault is that record's
        finding = quarantine_finding(ref, "planning", fault_of(error))
        phase = planner.planning.idmap.phase(str(ref)) or (mapped.phase if mapped is not None else None)
        if ref.kind is Kind.TICKET and task.scope.phase is not None and phase is None:
            phase = task.scope.phase
        _write(shard, task, planner.quarantined(ref, rows, record, finding, phase), planner, rows)


def _add_held(task: Task, planner: Planner, shard: ShardWriter, ref: Ref, rows: list[Any]) -> bool:
    """Put a root that is in quarantine since the desks were read into the plan as one for which nothing is done."""
    planning = planner.planning
    held = planner.held(ref, planning.idmap.get(str(ref), upto=planning.inputs.idmap))
    if held is None:
        return False
    phase = planning.idmap.phase(str(ref)) if ref.kind is Kind.TICKET else None
    record: Record | None = None
    try:
        record = planning.source_record(ref, rows)
        if record is not None and phase is None:
            phase = planning.phase_of(record)
    except ENDS_ALL:
        raise
    except Exception:  # noqa: BLE001 -- it is held already; what can be told of it is told
        record = None
    if ref.kind is Kind.TICKET and task.scope.phase not in (None, phase) and not task.force:
        shard.figures["quarantined elsewhere"] += 1
        return True
    _write(shard, task, planner.quarantined(ref, rows, record, held[1], phase), planner, rows)
    return True


def _count_elsewhere(shard: ShardWriter, phase: str | None) -> None:
    shard.figures["tickets in no phase" if phase is None else "tickets in other phases"] += 1


def _write(shard: ShardWriter, task: Task, planned: Planned, planner: Planner, rows: Sequence[Any]) -> None:
    """Write one root; a fault leaves nothing half written."""
    root = str(planned.root)
    change = change_of(planned, planner.planning)
    totals, impossible = planner.leaf_totals(planned, rows)
    findings = planner.findings(planned)
    names = names_of(planned, planner.planning.compiler)
    shard.add(change, planned.operations, inline=task.inline)
    for key, count in totals.items():
        shard.sums[sum_key(key)] += count
    shard.add_impossible(root, ((end.kind, end.id, end.path, end.by) for end in impossible))
    for finding in findings:
        shard.findings[finding_row(finding)] += finding.count
    shard.add_names((what, same, root, planned.outcome.value, shown) for what, same, shown in names)
    if planned.outcome not in (Outcome.SKIP, Outcome.REJECT):
        shard.add_needed(planned.mapped.needs)
    if figure := shown_as(planned):
        shard.figures[figure] += 1


def sum_key(key: Sum) -> SumKey:
    """Return a key of the leaves' totals as it stands in the file."""
    return key.kind, key.pattern, key.disposition.value, key.by


def shown_as(planned: Planned) -> str:
    """Return the figure of the plan that counts a root which more people than today see, "" where none does."""
    if not planned.mapped.newly_visible or planned.outcome not in (
        Outcome.CREATE,
        Outcome.UPDATE,
        Outcome.MATCH,
    ):
        return ""
    return "newly visible" if planned.root.kind is Kind.TICKET else "members of more"


def change_of(planned: Planned, planning: PlanContext) -> ChangeRow:
    """Return what a plan's table of changes says of a root."""
    record, decision, mapped = planned.record, planned.decision, planned.mapped
    desired = mapped.record or {}
    title = planned.title[:200]
    facts: dict[str, Any] = {}
    if planned.root.kind is Kind.TICKET:
        facts = {
            "number": record.get("number", planned.root.id),
            "status": [record.get("status", ""), desired.get("status", "")],
            "route": [desired.get("project", ""), desired.get("type", ""), desired.get("form", "")],
            "comments": [len(record.get("comments", [])), len(desired.get("comments", []))],
            "internal": sum(1 for item in desired.get("comments", []) if not item.get("public", False)),
            "attachments": [len(record.get("attachments", [])), len(desired.get("attachments", []))],
            "events": len(record.get("events", [])),
            "links": len(desired.get("links", [])),
            "stage": record.get("stage", ""),
        }
        source_comments = {item["ref"] for item in record.get("comments", [])}
        if made := sum(1 for item in desired.get("comments", []) if item["ref"] not in source_comments):
            facts["made"] = made
        if mapped.way != REST:
            facts["way"] = mapped.way
        if by := planning.engine.mapping.rules.order.by:
            facts["turn"] = turn_of(record, by)
    elif planned.root.kind is Kind.PERSON:
        facts = {
            "role": record.get("role", ""),
            "state": record.get("state", ""),
            "email": record.get("email", ""),
        }
        if mapped.because:
            facts["because"] = mapped.because
    if mapped.newly_visible:
        facts["newly_visible"] = list(dict.fromkeys(mapped.newly_visible))
    because = decision.because or mapped.because
    class_ = _class_of(planned, facts, because)
    waits = _waits(planned, planning) if planned.outcome in (Outcome.CREATE, Outcome.UPDATE) else []
    return ChangeRow(
        0,
        str(planned.root),
        planned.root.kind.value,
        decision.outcome,
        mapped.phase or "",
        title,
        tuple(sorted(decision.fields)),
        dict(decision.wanted or {}),
        planned.inputs,
        because,
        planned.target_id or "",
        class_,
        tuple(waits),
        facts,
    )


def _waits(planned: Planned, planning: PlanContext) -> list[str]:
    """Return the tickets that this one refers to and that are not in the target yet."""
    wanted = {str(link["to"]) for link in planned.record.get("links", []) if link.get("to")}
    return sorted(ref for ref in wanted if not planning.ticket_scope.takes_part(ref))


def _class_of(planned: Planned, facts: dict[str, Any], because: str) -> str:
    """Name the class of equal change: what an auditor looks at once for all its members."""
    if planned.outcome in (Outcome.SKIP, Outcome.REJECT, Outcome.GONE):
        return f"{planned.outcome.value}: {because}"
    if planned.outcome is Outcome.UPDATE:
        names = sorted({field.split("[", 1)[0] for field in planned.decision.fields})
        return f"update: {', '.join(names)}"
    if planned.root.kind is Kind.TICKET:
        before, after = facts["status"]
        return f"{before} -> {after} · {' / '.join(part for part in facts['route'] if part)}"
    steps = Counter(operation.endpoint for operation in planned.operations)
    return f"{planned.outcome.value}: {', '.join(sorted(steps)) or because or 'nothing to write'}"
