"""One range of roots planned into a shard file: what several processes do side by side."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ticketferry.mapping.result import Mapped
from ticketferry.people.stand_in import behind
from ticketferry.plan.context import PlanContext
from ticketferry.plan.definition import dump_operation, pack_json
from ticketferry.plan.guarding import ENDS_ALL, fault_of, quarantine_finding
from ticketferry.plan.inputs import Scope
from ticketferry.plan.name_clashes import names_of
from ticketferry.plan.naming import unless_named
from ticketferry.plan.planner import Planned, Planner
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Finding, Outcome
from ticketferry.sdk.features import REST
from ticketferry.sdk.templates import needs
from ticketferry.store.snapshots import order_key

__all__ = ["INLINE_BYTES", "Task", "change_row", "finding_key", "operation_rows", "plan_range", "shown_as"]

INLINE_BYTES = 2_048
"""A body template up to this size (compressed) stands in the plan; a larger one is rendered again at apply."""

_SHARD = """
CREATE TABLE change(n INTEGER PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE operation(n INTEGER PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE body(n INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE edge(n INTEGER NOT NULL, ref TEXT NOT NULL, slot TEXT NOT NULL);
CREATE TABLE sum(key BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE impossible(row BLOB NOT NULL);
CREATE TABLE finding(key BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE needed(ref TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE name(what TEXT NOT NULL, key TEXT NOT NULL, root TEXT NOT NULL, outcome TEXT NOT NULL, shown TEXT NOT NULL);
CREATE TABLE figure(name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID
"""


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
    for ref, rows in planning.source.roots(task.kind, planning.inputs.source_snapshot, task.low, task.high):
        rowless.discard(ref)
        yield ref, rows
    for ref in sorted(rowless, key=lambda one: order_key(one.id)):
        yield ref, []
    for text in sorted(wanted):
        if parse_ref(text).kind is task.kind and behind(text) is not None:
            yield parse_ref(text), []


def plan_range(task: Task, planning: PlanContext, needed: Iterable[str] | None = None) -> None:
    """Plan every root of a range into a shard file. What one record makes fail is that record's: it goes to quarantine."""
    planner = Planner(planning)
    shard = _Shard(task.shard, task.inline)
    wanted = set(needed) if needed is not None else None
    try:
        for ref, rows in _roots(task, planning, wanted or ()):
            if not _add_held(task, planner, shard, ref, rows):
                _add(task, planner, shard, ref, rows, wanted)
    finally:
        shard.close()


def _add(
    task: Task, planner: Planner, shard: "_Shard", ref: Ref, rows: list[Any], wanted: set[str] | None
) -> None:
    record: Record | None = None
    mapped: Mapped | None = None
    try:
        record = planner.planning.source_record(ref, rows)
        if record is None:
            shard.figures["rows without a root"] += len(rows)
            return
        mapped = planner.map(ref, record)
        if ref.kind is Kind.TICKET and not task.force and _elsewhere(task, planner, shard, ref, mapped):
            return
        if wanted is not None and ref.kind in (Kind.PERSON, Kind.ORGANIZATION):
            mapped = unless_named(mapped, ref.kind, named=str(ref) in wanted)
        planned = planner.plan(ref, rows, mapped, record)
        if planned is not None:
            shard.add(planned, planner, rows)
    except ENDS_ALL:
        raise
    except Exception as error:  # noqa: BLE001 -- one record's fault is that record's
        finding = quarantine_finding(ref, "planning", fault_of(error))
        phase = planner.planning.idmap.phase(str(ref)) or (mapped.phase if mapped is not None else None)
        if ref.kind is Kind.TICKET and task.scope.phase is not None and phase is None:
            phase = task.scope.phase
        shard.add(planner.quarantined(ref, rows, record, finding, phase), planner, rows)


def _add_held(task: Task, planner: Planner, shard: "_Shard", ref: Ref, rows: list[Any]) -> bool:
    """Put a root that is in quarantine since the desks were read into the plan as one for which nothing is done."""
    planning = planner.planning
    found = planner.held(ref, planning.idmap.get(str(ref), upto=planning.inputs.idmap))
    if found is None:
        return False
    phase = planning.idmap.phase(str(ref)) if ref.kind is Kind.TICKET else None
    record: Record | None = None
    try:
        record = planning.source_record(ref, rows)
        if record is not None and phase is None:
            phase = planner.map(ref, record).phase
    except ENDS_ALL:
        raise
    except Exception:  # noqa: BLE001 -- it is held already; what can be told of it is told
        record = None
    if ref.kind is Kind.TICKET and task.scope.phase not in (None, phase) and not task.force:
        shard.figures["quarantined elsewhere"] += 1
        return True
    shard.add(planner.quarantined(ref, rows, record, found[1], phase), planner, rows)
    return True


def _elsewhere(task: Task, planner: Planner, shard: "_Shard", ref: Ref, mapped: Mapped) -> bool:
    if _takes(task.scope, mapped, planner.planning.idmap.phase(str(ref))):
        return False
    shard.figures["tickets in no phase" if mapped.phase is None else "tickets in other phases"] += 1
    return True


def _takes(scope: Scope, mapped: Mapped, sticky: str | None) -> bool:
    phase = sticky or mapped.phase
    if mapped.outcome is Outcome.SKIP and scope.phase is None:
        return True
    if phase is None:
        return False
    return scope.phase is None or phase == scope.phase


class _Shard:
    def __init__(self, path: Path, inline: int) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for statement in _SHARD.split(";"):
            self._connection.execute(statement)
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("BEGIN")
        self._inline = inline
        self._changes = 0
        self._operations = 0
        self._sums: Counter[bytes] = Counter()
        self._findings: Counter[bytes] = Counter()
        self.figures: Counter[str] = Counter()

    def add(self, planned: Planned, planner: Planner, rows: Sequence[Any]) -> None:
        """Write one root: everything is worked out first, so that a fault leaves nothing half written."""
        change = orjson.dumps(change_row(planned, planner.planning))
        operations = list(operation_rows(planned, self._inline))
        totals, impossible = planner.ledger(planned, rows)
        findings = planner.findings(planned)
        execute = self._connection.execute
        self._changes += 1
        execute("INSERT INTO change VALUES (?, ?)", (self._changes, change))
        for row, packed, wants in operations:
            self._operations += 1
            execute("INSERT INTO operation VALUES (?, ?)", (self._operations, row))
            if packed is not None:
                execute("INSERT INTO body VALUES (?, ?)", (self._operations, packed))
            for ref, slot in wants:
                execute("INSERT INTO edge VALUES (?, ?, ?)", (self._operations, ref, slot))
        for key, count in totals.items():
            self._sums[orjson.dumps([key.kind, key.pattern, key.disposition.value, key.by])] += count
        for end in impossible:
            execute(
                "INSERT INTO impossible VALUES (?)",
                (orjson.dumps([str(planned.root), end.kind, end.id, end.path, end.by]),),
            )
        for finding in findings:
            self._findings[orjson.dumps(finding_key(finding))] += finding.count
        names = names_of(planned, planner.planning.compiler)
        self._connection.executemany(
            "INSERT INTO name VALUES (?, ?, ?, ?, ?)",
            [(what, same, str(planned.root), planned.outcome.value, shown) for what, same, shown in names],
        )
        for ref in planned.mapped.needs if planned.outcome not in (Outcome.SKIP, Outcome.REJECT) else ():
            execute("INSERT OR IGNORE INTO needed VALUES (?)", (ref,))
        if figure := shown_as(planned):
            self.figures[figure] += 1

    def close(self) -> None:
        self._connection.executemany("INSERT INTO sum VALUES (?, ?)", sorted(self._sums.items()))
        self._connection.executemany("INSERT INTO finding VALUES (?, ?)", sorted(self._findings.items()))
        self._connection.executemany("INSERT INTO figure VALUES (?, ?)", sorted(self.figures.items()))
        self._connection.execute("COMMIT")
        self._connection.close()


def operation_rows(
    planned: Planned, inline: int
) -> Iterator[tuple[bytes, bytes | None, list[tuple[str, str]]]]:
    """Yield each operation as (row, packed body or None where it is rendered again, slots that it needs)."""
    for number, operation in enumerate(planned.operations):
        params, body, digest = dump_operation(operation)
        row = [
            operation.key,
            str(planned.root),
            str(operation.subject),
            operation.endpoint,
            str(operation.lane),
            number > 0,
            int(number == len(planned.operations) - 1),
            operation.expect,
            digest,
            params,
        ]
        packed = pack_json(body)
        wants = [
            (str(need.ref), need.slot) for need in [*needs(dict(operation.params)), *needs(operation.body)]
        ]
        yield orjson.dumps(row), packed if len(packed) <= inline else None, wants


def finding_key(finding: Finding) -> list[str]:
    """Return what makes two findings the same: all but the count."""
    return [
        finding.code,
        finding.severity.value,
        str(finding.subject) if finding.subject else "",
        finding.where,
        finding.message,
        finding.remedy,
    ]


def shown_as(planned: Planned) -> str:
    """Return the figure of the plan that counts a root which more people than today see, "" where none does."""
    if not planned.mapped.newly_visible or planned.outcome not in (
        Outcome.CREATE,
        Outcome.UPDATE,
        Outcome.MATCH,
    ):
        return ""
    return "newly visible" if planned.root.kind is Kind.TICKET else "members of more"


def change_row(planned: Planned, planning: PlanContext) -> list[Any]:
    """Return what a plan's table of changes says of a root, in the order of its columns."""
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
        said = {item["ref"] for item in record.get("comments", [])}
        if made := sum(1 for item in desired.get("comments", []) if item["ref"] not in said):
            facts["made"] = made
        if mapped.way != REST:
            facts["way"] = mapped.way
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
    return [
        str(planned.root),
        planned.root.kind.value,
        decision.outcome.value,
        mapped.phase or "",
        title,
        sorted(decision.fields),
        dict(decision.wanted or {}),
        planned.inputs,
        because,
        planned.target_id or "",
        class_,
        waits,
        facts,
    ]


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
