"""A plan row by row: what is not carried, what is set aside, JSON Lines and CSV, and what moved between two plans. All stream."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ticketferry.plan.file.changes import classes_of_change, root_states
from ticketferry.plan.file.findings import count_findings, impossible_leaves, lost_leaves
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import ChangeRow, unpack_json
from ticketferry.plan.planner import Planner
from ticketferry.schema.refs import Json, parse_ref
from ticketferry.schema.signs import json_safe, unformulated, visible
from ticketferry.sdk.contract import Disposition, Outcome
from ticketferry.sdk.templates import encode

__all__ = [
    "ClassDelta",
    "Comparison",
    "LossGroup",
    "change_rows",
    "compare",
    "csv_lines",
    "impossible",
    "json_lines",
    "losses",
    "operation_rows",
    "set_aside",
]

_NOT_CARRIED = (Disposition.UNSUPPORTED, Disposition.DROPPED, Disposition.KEPT, Disposition.TRANSFORMED)
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class LossGroup:
    """Leaves of one kind and field that do not arrive as they were, by disposition and reason."""

    kind: str
    field: str
    disposition: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class ClassDelta:
    """A class of equal change in two plans."""

    kind: str
    outcome: str
    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What moved between two plans. Per kind: `only_before` + `same` + `moved` records are in the first plan, and so on."""

    before: str
    after: str
    inputs: tuple[str, ...]
    """Inputs that differ, as people know them."""
    classes: tuple[ClassDelta, ...]
    only_before: int
    only_after: int
    same: int
    moved: tuple[tuple[str, str, int, tuple[str, ...]], ...]
    """(class before, class after, records, examples), the most frequent first."""
    new_codes: tuple[tuple[str, str, int], ...]
    """Finding codes (code, severity, count) that the first plan had not."""
    gone_codes: tuple[tuple[str, str, int], ...]
    dispositions: Mapping[str, tuple[int, int]]
    endpoints: Mapping[str, tuple[int, int]]


def losses(plan: PlanFile, *dispositions: Disposition) -> Iterator[LossGroup]:
    """Stream the sums of what is not carried as it is: impossible first, then dropped, kept beside, transformed; by count.

    The values of rejected and skipped records are one row for each reason: their kind is `any`, their field WHOLE.
    """
    for disposition in dispositions or _NOT_CARRIED:
        for row in lost_leaves(plan, disposition):
            yield LossGroup(*row)


def impossible(plan: PlanFile, *, rejected: bool = True) -> Iterator[dict[str, str]]:
    """Stream every leaf that the target cannot hold, each by name; `rejected` tells whether those of rejected records too."""
    for root, kind, id_, path, by in impossible_leaves(plan, rejected=rejected):
        yield {"root": root, "kind": kind, "id": id_, "path": path, "reason": by}


def set_aside(plan: PlanFile, *outcomes: Outcome) -> Iterator[ChangeRow]:
    """Stream the records that are not written (skipped, rejected, in conflict, gone), each with its reason."""
    chosen = outcomes or (Outcome.REJECT, Outcome.CONFLICT, Outcome.GONE, Outcome.SKIP)
    marks = ",".join("?" * len(chosen))
    yield from plan.changes(f"outcome IN ({marks})", [outcome.value for outcome in chosen])


def change_rows(plan: PlanFile, where: str = "1", parameters: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
    """Stream changes as flat rows, in plan order. `where` is SQL over the columns of `change`."""
    for change in plan.changes(where, parameters):
        yield {
            "seq": change.seq,
            "root": change.root,
            "kind": change.kind,
            "outcome": change.outcome.value,
            "class": change.class_,
            "phase": change.phase,
            "title": change.title,
            "target": change.target,
            "because": change.because,
            "fields": list(change.fields),
            "waits": list(change.waits),
            "facts": dict(change.facts),
        }


def operation_rows(plan: PlanFile, planner: Planner | None = None) -> Iterator[dict[str, Any]]:
    """Stream operations in plan order with params and body templates.

    A body that is too large for the plan file is made again by `planner`; without one it is None and its digest stands for it.
    """
    rendered: tuple[str, dict[str, Json]] = ("", {})
    for row in plan.operations():
        body: Json = None
        if row.body is not None:
            body = unpack_json(row.body)
        elif planner is not None:
            if rendered[0] != row.root:
                fresh = planner.render(parse_ref(row.root))
                rendered = (row.root, {key: encode(operation.body) for key, operation in fresh.items()})
            body = rendered[1].get(row.key)
        yield {
            "seq": row.seq,
            "key": row.key,
            "root": row.root,
            "subject": row.subject,
            "endpoint": row.endpoint,
            "lane": row.lane,
            "batch": row.batch,
            "expect": row.expect,
            "digest": row.digest,
            "params": orjson.loads(row.params),
            "body": body,
        }


def json_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Turn rows into JSON Lines, each with its line end."""
    for row in rows:
        yield json_safe(orjson.dumps(row).decode()) + "\n"


def csv_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> Iterator[str]:
    """Turn rows into CSV (RFC 4180) with a heading; lists and objects as JSON.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, and signs that steer a terminal or the direction of
    writing are written as escapes: subjects are written by strangers.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")

    def take() -> str:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    names = list(columns)
    if names:
        writer.writerow(names)
        yield take()
    for row in rows:
        if not names:
            names = list(row)
            writer.writerow(names)
        writer.writerow([_cell(row.get(name)) for name in names])
        yield take()


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, (int, float)):
        return value
    text = visible(value if isinstance(value, str) else orjson.dumps(value).decode())
    return unformulated(text)


def compare(before: PlanFile, after: PlanFile) -> Comparison:
    """Compare two plans by class, walking both once in the order of their roots."""
    moved: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[str]] = {}
    only_before = only_after = same = 0
    for root, old, new in _side_by_side(before, after):
        if old is None:
            only_after += 1
        elif new is None:
            only_before += 1
        elif old == new:
            same += 1
        else:
            key = (old[1], new[1])
            moved[key] += 1
            if len(examples.setdefault(key, [])) < EXAMPLES:
                examples[key].append(root)
    old_codes, new_codes = count_findings(before), count_findings(after)
    old_inputs, new_inputs = before.header.get("inputs", {}), after.header.get("inputs", {})
    return Comparison(
        before=before.id,
        after=after.id,
        inputs=tuple(
            name
            for name in ("source", "target", "mapping", "people", "schema", "connectors", "catalog")
            if old_inputs.get(name) != new_inputs.get(name)
        ),
        classes=_class_deltas(before, after),
        only_before=only_before,
        only_after=only_after,
        same=same,
        moved=tuple(
            (*key, count, tuple(examples[key]))
            for key, count in sorted(moved.items(), key=lambda item: (-item[1], item[0]))
        ),
        new_codes=tuple((*key, new_codes[key]) for key in sorted(new_codes.keys() - old_codes.keys())),
        gone_codes=tuple((*key, old_codes[key]) for key in sorted(old_codes.keys() - new_codes.keys())),
        dispositions=_pairs(
            {name.value: count for name, count in before.dispositions().items()},
            {name.value: count for name, count in after.dispositions().items()},
        ),
        endpoints=_pairs(before.endpoint_counts(), after.endpoint_counts()),
    )


_State = tuple[str, str]


def _side_by_side(before: PlanFile, after: PlanFile) -> Iterator[tuple[str, _State | None, _State | None]]:
    left, right = root_states(before), root_states(after)
    step: Callable[[Iterator[Any]], Any] = lambda rows: next(rows, None)  # noqa: E731
    one, other = step(left), step(right)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            yield one[0], one[1:], None
            one = step(left)
        elif one is None or other[0] < one[0]:
            yield other[0], None, other[1:]
            other = step(right)
        else:
            yield one[0], one[1:], other[1:]
            one, other = step(left), step(right)


def _class_deltas(before: PlanFile, after: PlanFile) -> tuple[ClassDelta, ...]:
    old = {(kind, outcome, name): count for kind, outcome, name, count, _ in classes_of_change(before)}
    new = {(kind, outcome, name): count for kind, outcome, name, count, _ in classes_of_change(after)}
    deltas = [
        ClassDelta(kind, outcome, name, old.get((kind, outcome, name), 0), new.get((kind, outcome, name), 0))
        for kind, outcome, name in old.keys() | new.keys()
    ]
    return tuple(
        sorted(deltas, key=lambda row: (-abs(row.after - row.before), row.kind, row.outcome, row.name))
    )


def _pairs(old: Mapping[str, int], new: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    return {name: (old.get(name, 0), new.get(name, 0)) for name in sorted(old.keys() | new.keys())}
