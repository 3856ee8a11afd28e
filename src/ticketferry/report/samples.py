"""Which records an auditor looks at, and their before and after: by class of equal change, drawn by the plan's own digest."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from ticketferry.audit.names import ReaderNames
from ticketferry.audit.readable import MessagePair, ReadableMessage, readable
from ticketferry.plan.file.changes import members_of_class
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.planner import Planner
from ticketferry.plan.show import ClassRow, RecordView, classes, find_root, show_record
from ticketferry.plan.show_record import LeafView, preview
from ticketferry.report.tables import shorten
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Disposition

__all__ = ["Sample", "SampleLeaf", "SampleRest", "choose", "sample"]

CLASSES = 30
TICKETS = 40
OTHERS = 8
LEAVES = 60
MESSAGES = 12
TEXT = 1_200
"""Characters of a message that are shown."""
VALUE = 420
VALUES = 8
_WHOLE = 1_000_000
_ORDER = {
    name.value: number
    for number, name in enumerate(
        (
            Disposition.UNSUPPORTED,
            Disposition.TRANSFORMED,
            Disposition.CARRIED,
            Disposition.KEPT,
            Disposition.DROPPED,
        )
    )
}
_BESIDE = frozenset({Disposition.KEPT.value, Disposition.DROPPED.value})
_WORDS = {
    "carried": "carried",
    "transformed": "transformed",
    "kept_in_provenance": "kept beside",
    "dropped_by_rule": "dropped by rule",
    "unsupported": "impossible",
}


@dataclass(frozen=True, slots=True)
class SampleLeaf:
    """One value: where it stands, what is planned for it, and by which rule."""

    source: str
    value: str
    target: str
    planned: str
    same: bool
    """The planned value is the old one, or holds it in its list."""
    fate: str
    css: str
    rule: str


@dataclass(frozen=True, slots=True)
class SampleRest:
    """Values that do not arrive as fields of their own, put together by what becomes of them."""

    fate: str
    css: str
    rule: str
    count: int
    values: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A record side by side, ready to be laid out."""

    root: str
    anchor: str
    heading: str
    title: str
    outcome: str
    class_: str
    members: int
    """Records of the same class; 0 for one that was asked for."""
    leaves: tuple[SampleLeaf, ...]
    leaves_left_out: int
    rest: tuple[SampleRest, ...]
    counts: tuple[tuple[str, int], ...]
    operations: tuple[tuple[str, str, str], ...]
    operations_left_out: int
    findings: tuple[tuple[str, str, str], ...]
    true_to_plan: bool
    messages: tuple[MessagePair, ...] = ()
    """As somebody reads them in the old desk, and will read them in the new one."""
    messages_left_out: int = 0


def choose(plan: PlanFile, golden: Sequence[str] = ()) -> list[tuple[str, int]]:
    """Return (root, size of its class): golden ones first, then members of each class drawn by hash of digest and root.

    The most frequent classes give three each, the others one; the same plan always gives the same sample.
    """
    chosen: dict[str, int] = {}
    for text in golden:
        chosen[find_root(plan, text)] = 0
    rows, _ = classes(plan)
    tickets = [row for row in rows if row.kind == "ticket"]
    written = [row for row in tickets if row.outcome not in ("skip", "unchanged", "reject", "gone")]
    aside = [row for row in tickets if row.outcome in ("reject", "skip", "gone")]
    others = [row for row in rows if row.kind != "ticket" and row.outcome not in ("skip", "unchanged")]
    wanted: dict[ClassRow, int] = {}
    for number, row in enumerate([*written[:CLASSES], *aside[: CLASSES // 5]]):
        wanted[row] = 3 if number < 4 and row.outcome != "skip" else 1
    for row in others[:OTHERS]:
        wanted[row] = 1
    drawn = _draw(plan, wanted)
    room = TICKETS + OTHERS - len(chosen)
    for row in wanted:
        for root in drawn.get((row.kind, row.outcome, row.name), []):
            if room > 0 and root not in chosen:
                chosen[root] = row.count
                room -= 1
    return list(chosen.items())


def _draw(plan: PlanFile, wanted: dict[ClassRow, int]) -> dict[tuple[str, str, str], list[str]]:
    result = {}
    salt = plan.digest.encode()
    for row, count in wanted.items():
        members = members_of_class(plan, row.kind, row.outcome, row.name)
        best = heapq.nsmallest(
            count, ((blake2b(salt + root.encode(), digest_size=8).digest(), root) for root in members)
        )
        result[row.kind, row.outcome, row.name] = [root for _, root in best]
    return result


def sample(plan: PlanFile, planner: Planner, root: str, members: int, number: int) -> Sample:
    """Plan one root again and lay it side by side, long texts shortened with a note."""
    view = show_record(plan, planner, root)
    ordered = sorted(
        view.leaves,
        key=lambda leaf: (leaf.kind != view.kind, leaf.kind, len(leaf.id), leaf.id, _ORDER[leaf.disposition]),
    )
    telling = [leaf for leaf in ordered if leaf.disposition not in _BESIDE]
    shown = _most_telling(telling)
    messages = _messages(planner, root) if view.kind == "ticket" else ()
    return Sample(
        root=root,
        anchor=f"sample-{number}",
        heading=_heading(view),
        title=shorten(view.title, 160),
        outcome=view.outcome,
        class_=shorten(view.class_, 200),
        members=members,
        leaves=tuple(_leaf(leaf, view.kind) for leaf in shown),
        leaves_left_out=len(telling) - len(shown),
        rest=tuple(_rest(view.kind, [leaf for leaf in ordered if leaf.disposition in _BESIDE])),
        counts=tuple((_WORDS[name], count) for name, count in view.dispositions.items() if count),
        operations=tuple(
            (str(item.seq), item.endpoint, shorten(item.key, 120)) for item in view.operations[:20]
        ),
        operations_left_out=max(0, len(view.operations) - 20),
        findings=tuple(
            (str(item["code"]), shorten(str(item["message"]), 200), str(item["place"]))
            for item in view.findings[:20]
        ),
        true_to_plan=view.true_to_plan,
        messages=messages[:MESSAGES],
        messages_left_out=max(0, len(messages) - MESSAGES),
    )


def _messages(planner: Planner, root: str) -> tuple[MessagePair, ...]:
    """Return what people read of a ticket, before and after; nothing where it is not written."""
    ref = parse_ref(root)
    planned = planner.plan(ref, planner.planning.source_rows(ref))
    if planned is None or planned.mapped.record is None:
        return ()
    names = ReaderNames(planner.planning)
    # What reading the new desk will give, not what the mapping asked for.
    after = planned.decision.compiled.expected or planned.mapped.record
    sides = readable(planned.record, after, names.old, names.new, {})
    return tuple(MessagePair(_short(pair.before), _short(pair.after)) for pair in sides.messages)


def _short(message: ReadableMessage | None) -> ReadableMessage | None:
    if message is None:
        return None
    return replace(
        message,
        line=shorten(message.line, 240),
        text=shorten(message.text, TEXT),
        files=message.files[:VALUES],
    )


def _most_telling(leaves: Sequence[LeafView]) -> list[LeafView]:
    """Keep what is impossible or changed before what is carried as it is, in the order of the record."""
    if len(leaves) <= LEAVES:
        return list(leaves)
    ranked = sorted(range(len(leaves)), key=lambda number: (_ORDER[leaves[number].disposition], number))
    return [leaves[number] for number in sorted(ranked[:LEAVES])]


def _rest(kind: str, leaves: Sequence[LeafView]) -> Iterator[SampleRest]:
    heaps: dict[tuple[str, str], list[LeafView]] = {}
    for leaf in leaves:
        heaps.setdefault((leaf.disposition, leaf.rule), []).append(leaf)
    for (fate, rule), heap in sorted(
        heaps.items(), key=lambda item: (_ORDER[item[0][0]], -len(item[1]), item[0])
    ):
        named = "; ".join(
            f"{_name(leaf, kind)} = {shorten(preview(leaf.value, _WHOLE)[0], 40)}" for leaf in heap[:VALUES]
        )
        more = f"; and {len(heap) - VALUES:,} more" if len(heap) > VALUES else ""
        yield SampleRest(_WORDS[fate], fate, shorten(rule, 160), len(heap), named + more)


def _name(leaf: LeafView, kind: str) -> str:
    return leaf.path if leaf.kind == kind else f"{leaf.kind.replace('_', ' ')} {leaf.id}: {leaf.path}"


def _heading(view: RecordView) -> str:
    if view.kind == "ticket":
        return f"Ticket {view.facts.get('number', parse_ref(view.root).id)}"
    return f"{view.kind.replace('_', ' ').capitalize()} {parse_ref(view.root).id}"


def _leaf(leaf: LeafView, kind: str) -> SampleLeaf:
    name = _name(leaf, kind)
    value, fate = preview(leaf.value, _WHOLE)[0], leaf.disposition
    planned = preview(leaf.planned, _WHOLE)[0]
    same = bool(planned) and (
        planned == value or (isinstance(leaf.planned, list) and leaf.value in leaf.planned)
    )
    native = fate in (Disposition.CARRIED.value, Disposition.TRANSFORMED.value)
    after = shorten(planned, VALUE) if native and not same else ""
    return SampleLeaf(
        shorten(name, 160),
        shorten(value, VALUE),
        shorten(leaf.target, 160),
        after,
        same,
        _WORDS[fate],
        fate,
        shorten(leaf.rule, 160),
    )
