"""One record of a plan, before and after: every leaf with its planned value and rule, and the writes in their order."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from ticketferry.desired.dispositions import LeafFate, settle
from ticketferry.errors import UsageError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.changes import has, roots_by_number
from ticketferry.plan.file.findings import findings_of
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import ChangeRow, OpRow, unpack_json
from ticketferry.plan.planner import Planned, Planner
from ticketferry.plan.show_moves import MoveView, moves_of
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json, Kind, Ref, parse_ref
from ticketferry.sdk.contract import Disposition, Endpoint, Finding, Outcome
from ticketferry.sdk.templates import encode
from ticketferry.sdk.trace import parents

__all__ = [
    "LeafView",
    "OperationView",
    "RecordView",
    "find_root",
    "finding_views",
    "leaf_views",
    "preview",
    "show_record",
    "steps_of",
    "value_at",
]


_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.\[\]]+)')


def steps_of(path: str) -> list[str]:
    """Return the names and indexes of a path, as in `fields.Origin` or `fields["a.b"]`, each without its signs."""
    return [
        json.loads(f'"{quoted}"') if quoted else index or plain
        for quoted, index, plain in _STEP.findall(path)
    ]


SHOWN_ITEMS = 20
"""Items of a list that are told with each leaf which went into it; a longer one is cut."""


@dataclass(frozen=True, slots=True)
class LeafView:
    """One leaf of the source with its end. `planned` is None where nothing native is written at `target`."""

    kind: str
    id: str
    path: str
    value: Json
    neutral: str
    target: str
    planned: Any
    disposition: str
    rule: str


@dataclass(frozen=True, slots=True)
class OperationView:
    """One write: `body` as JSON with its symbolic values (`$from`, `$join`, `$blob`)."""

    seq: int
    key: str
    endpoint: str
    method: str
    path: str
    subject: str
    batch: int
    expect: str | None
    params: Mapping[str, Any]
    body: Json
    rendered: bool
    """The body was too large for the plan file and was made again here."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """What the plan does with one root, and why."""

    root: str
    kind: str
    title: str
    outcome: str
    because: str
    class_: str
    phase: str
    target: str
    fields: tuple[str, ...]
    moves: tuple[MoveView, ...]
    """What an update changes, old and new."""
    facts: Mapping[str, Any]
    waits: tuple[str, ...]
    leaves: tuple[LeafView, ...]
    dispositions: Mapping[str, int]
    operations: tuple[OperationView, ...]
    findings: tuple[Mapping[str, Any], ...]
    true_to_plan: bool
    """False: the snapshot or the mapping has changed since, so that the leaves shown are not those that were planned."""


def find_root(plan: PlanFile, text: str) -> str:
    """Return the root that `text` names: a ref, `ticket:123`, an id or a ticket number. Raises UsageError where none or several fit."""
    parts = text.strip().lstrip("#").split(":")
    desk = str(plan.header.get("source", {}).get("key", ""))
    tries = [text]
    if len(parts) == 2:
        tries.append(f"{desk}:{text}")
    elif len(parts) == 1:
        tries.append(f"{desk}:ticket:{parts[0]}")
    for name in tries:
        if has(plan, name):
            return name
    fitting = roots_by_number(plan, parts[-1], 3)
    if len(fitting) == 1:
        return fitting[0]
    raise UsageError(
        f"{text} names several records: {', '.join(fitting)}"
        if fitting
        else f"{plan.id} says nothing of {text}",
        remedy="Write the whole reference, as in acme:ticket:123."
        if fitting
        else "It may be in no phase, or in another plan.",
    )


def show_record(
    plan: PlanFile,
    planner: Planner,
    root: str,
    endpoints: Mapping[str, Endpoint] | None = None,
    *,
    written: Callable[[Ref], Mapping[str, Any]] = lambda _: {},
) -> RecordView:
    """Show one root. The planner reads what the plan was made from; `written` tells what our last write left. Raises UsageError for an
    unknown root.
    """
    change = plan.change(root)
    if change is None:
        raise UsageError(f"{plan.id} says nothing of {root}")
    known = endpoints if endpoints is not None else planner.planning.endpoints
    ref = parse_ref(root)
    rollback = plan.header.get("kind") == "rollback"
    rows = [] if rollback else planner.planning.source_rows(ref)
    planned = _plan(planner, change, rows) if rows else None
    leaves = leaf_views(planned, planner.planning, rows) if planned is not None else ()
    true = planned is None or (planned.inputs == change.inputs and planned.outcome is change.outcome)
    rendered = {operation.key: encode(operation.body) for operation in planned.operations} if planned else {}
    return RecordView(
        root=root,
        kind=change.kind,
        title=change.title,
        outcome=change.outcome.value,
        because=change.because,
        class_=change.class_,
        phase=change.phase,
        target=change.target,
        fields=change.fields,
        moves=moves_of(
            planned,
            change.fields,
            leaves,
            written(ref) if change.outcome is Outcome.CONFLICT else {},
        ),
        facts=change.facts,
        waits=change.waits,
        leaves=leaves,
        dispositions=_count(leaves),
        operations=tuple(_operation(row, known, rendered) for row in plan.operations("root = ?", (root,))),
        findings=finding_views(findings_of(plan, root)),
        true_to_plan=true,
    )


def _plan(planner: Planner, change: ChangeRow, rows: Sequence[Any]) -> Planned | None:
    """Plan a root as the plan did: whom no ticket of the plan names is skipped, which the root alone does not tell."""
    ref = parse_ref(change.root)
    planned = planner.plan(ref, rows)
    if planned is None or change.outcome is not Outcome.SKIP or planned.outcome is not Outcome.CREATE:
        return planned
    if ref.kind not in (Kind.PERSON, Kind.ORGANIZATION):
        return planned
    mapped = replace(planned.mapped, outcome=Outcome.SKIP, record=None, because=change.because)
    return planner.plan(ref, rows, mapped)


def leaf_views(planned: Planned, planning: PlanContext, rows: Sequence[Any]) -> tuple[LeafView, ...]:
    """Return the end of every leaf of a root: its own row first, then its parts."""
    desired = planned.mapped.record
    views = []
    planned_values = _PlannedValues(desired or {})
    for row in sorted(
        rows,
        key=lambda item: (item.kind is not Kind(planned.root.kind), item.kind.value, len(item.id), item.id),
    ):
        trace = planning.source.trace(row)
        for end in settle(row, trace, planned.fates, planning.bodies.get(row.kind.value, frozenset())):
            value = planned_values.of(end) if desired and end.desired else None
            views.append(
                LeafView(
                    end.kind,
                    end.id,
                    end.path,
                    end.value,
                    end.neutral,
                    end.desired,
                    value,
                    end.disposition.value,
                    end.by,
                )
            )
    return tuple(views)


def _planned_value(desired: Record, end: LeafFate) -> Any:
    """Return what the plan holds for a leaf; of what is kept beside, only the piece that this leaf is in."""
    value = value_at(desired, end.desired)
    if not end.desired.startswith("provenance") or not isinstance(value, (dict, list)):
        return value
    if isinstance(value, dict):
        for path in (end.neutral, *parents(end.neutral)):
            if path in value:
                return value[path] if not isinstance(value[path], (dict, list)) else end.value
    return end.value


class _PlannedValues:
    """The planned value of each leaf. What many leaves have in common, as a list of tags, is not told with each of them whole."""

    def __init__(self, desired: Record) -> None:
        self._desired = desired
        self._lists: dict[str, tuple[frozenset[str], Any]] = {}

    def of(self, end: LeafFate) -> Any:
        """Return the item that a leaf became where it stands in a list, else the value, of a long list the beginning."""
        known = self._lists.get(end.desired)
        if known is None:
            value = _planned_value(self._desired, end)
            if not isinstance(value, list) or len(value) <= SHOWN_ITEMS:
                return value
            beginning = [*value[:SHOWN_ITEMS], f"… {len(value) - SHOWN_ITEMS:,} more"]
            known = (frozenset(item for item in value if isinstance(item, str)), beginning)
            self._lists[end.desired] = known
        items, beginning = known
        return end.value if isinstance(end.value, str) and end.value in items else beginning


def finding_views(findings: Iterable[Finding]) -> tuple[dict[str, Any], ...]:
    """Return findings as JSON-able data."""
    return tuple(
        {
            "code": item.code,
            "severity": item.severity.value,
            "place": item.where,
            "message": item.message,
            "remedy": item.remedy,
            "count": item.count,
        }
        for item in findings
    )


def _count(leaves: Sequence[LeafView]) -> dict[str, int]:
    counts = Counter(leaf.disposition for leaf in leaves)
    return {name.value: counts[name.value] for name in Disposition}


def _operation(row: OpRow, known: Mapping[str, Endpoint], rendered: Mapping[str, Json]) -> OperationView:
    endpoint = known.get(row.endpoint)
    body = unpack_json(row.body) if row.body is not None else rendered.get(row.key)
    return OperationView(
        row.seq,
        row.key,
        row.endpoint,
        endpoint.method if endpoint else "",
        endpoint.path if endpoint else "",
        row.subject,
        row.batch,
        row.expect,
        orjson.loads(row.params),
        body,
        rendered=row.body is None,
    )


def value_at(record: Record, path: str) -> Any:
    """Return what stands at a desired path (`fields["Serial no."]`, `comments[789].body`); None where nothing does.

    A part is named by the last piece of its ref, an entry of a plain list by its number.
    """
    value: Any = record
    for quoted, index, plain in _STEP.findall(path):
        name = json.loads(f'"{quoted}"') if quoted else plain
        if index and isinstance(value, list):
            value = _item(value, index)
        elif name and isinstance(value, dict):
            value = value.get(name)
        else:
            return None
        if value is None:
            return None
    return value


def _item(items: Sequence[Any], index: str) -> Any:
    for item in items:
        if isinstance(item, dict) and str(item.get("ref", "")).split(":", 2)[-1] == index:
            return item
    return items[int(index)] if index.isdigit() and int(index) < len(items) else None


def preview(value: Any, most: int = 600) -> tuple[str, int]:
    """Return a value as text, at most `most` characters, and how many were left out. A body is shown by its HTML."""
    if isinstance(value, dict) and isinstance(value.get("html"), str):
        value = value["html"]
    if value is None:
        return "", 0
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    return text[:most], max(0, len(text) - most)
