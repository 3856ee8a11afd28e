"""One record, value by value: where it stands in the old desk, where it goes, by which rule; findings and writes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ticketferry.cli.console import Console
from ticketferry.cli.layout import DISPOSITIONS, clean, fit, number
from ticketferry.plan.show_moves import MoveView
from ticketferry.plan.show_record import LeafView, OperationView, RecordView, preview
from ticketferry.sdk.trace import pattern_of

__all__ = ["print_record"]

SIGNS = {
    "carried": "=",
    "transformed": "~",
    "kept_in_provenance": "kept",
    "dropped_by_rule": "drop",
    "unsupported": "LOST",
}


def print_record(console: Console, view: RecordView, *, operations: bool = False, values: int = 200) -> None:
    """Print a record before and after. `operations`: with the bodies of the writes; `values`: characters of a value."""
    console.text(f"{view.root}  {view.title}", "", "  ")
    facts = [
        view.outcome,
        f"phase {view.phase}" if view.phase else "",
        f"target {view.target}" if view.target else "",
    ]
    console.text("  ".join(fact for fact in facts if fact), "  ")
    if view.because:
        console.text(view.because, "  because ")
    if view.moves:
        print_moves(console, view, values)
    elif view.fields:
        console.text(", ".join(view.fields), "  moved   ")
    if view.waits:
        console.text(", ".join(view.waits), "  waits for ")
    if not view.true_to_plan:
        console.text(
            "The snapshot or the mapping changed since the plan was made: what follows is as of now.", "  ! "
        )
    print_leaves(console, view.leaves, view.dispositions, values, rejected=view.outcome == "reject")
    print_findings(console, view.findings, view.because if view.outcome == "reject" else "")
    print_operations(console, view.operations, bodies=operations)
    if not operations and view.operations:
        console.out("  with bodies: add --operations")


def print_moves(console: Console, view: RecordView, most: int) -> None:
    """Print what an update changes, each entry with the value that stands there, the one that will, and the rule."""
    if view.outcome == "conflict":
        console.out("", f"Changed in both desks {number(len(view.moves))}; nothing is written")
        for move in view.moves:
            print_conflict(console, move, most)
        return
    console.out("", f"Changes {number(len(view.moves))}: what stands in the new desk -> what will")
    for move in view.moves:
        before, after = (_flat(preview(value, most)[0]) or "nothing" for value in (move.before, move.after))
        rules = f"  [{', '.join(move.rules)}]" if move.rules else ""
        console.text(f"{move.field}: {before} -> {after}{rules}", "  ", "      ")


def print_conflict(console: Console, move: MoveView, most: int) -> None:
    """Print the three values of an entry that both desks changed."""
    old, new, written = (
        _flat(preview(value, most)[0]) or "nothing" for value in (move.after, move.before, move.written)
    )
    ours = written if move.written is not None else "(cannot be told any more)"
    rules = f"  [{', '.join(move.rules)}]" if move.rules else ""
    console.text(f"{move.field}{rules}", "  ", "      ")
    console.text(f"old desk {old}", "      ", " " * 15)
    console.text(f"new desk {new}", "      ", " " * 15)
    console.text(f"we wrote {ours}", "      ", " " * 15)


def print_leaves(
    console: Console,
    leaves: Sequence[LeafView],
    dispositions: Mapping[str, int],
    most: int,
    *,
    rejected: bool = False,
) -> None:
    """Print every leaf under the wire record that it stands in; what one rule drops from a list is one line. `rejected`: nothing of the record goes,
    for a reason that stands above once and not again at each leaf.
    """
    if not leaves:
        return
    words = " + ".join(f"{number(count)} {DISPOSITIONS[name]}" for name, count in dispositions.items())
    console.out()
    console.text(f"Values  {number(len(leaves))} = {words}", "", "        ")
    alike: dict[tuple[str, ...], list[LeafView]] = {}
    for leaf in leaves:
        alike.setdefault(_kind_of(leaf), []).append(leaf)
    head = ""
    for leaf in leaves:
        name = f"{leaf.kind} {leaf.id}"
        if name != head:
            head = name
            console.out("", head)
        sign = SIGNS.get(leaf.disposition, leaf.disposition)
        several = alike[_kind_of(leaf)]
        if leaf is not several[0]:
            continue
        if len(several) > 1:
            values = ", ".join(preview(each.value, most)[0] for each in several)
            shown, more = preview(values, most)
            path, tail = pattern_of(leaf.path), " …" if more else ""
            console.text(f"{number(len(several))} x {path}: {_flat(shown)}{tail}", f"  {sign:<4}  ", " " * 10)
        else:
            shown, more = preview(leaf.value, most)
            tail = f" (+ {number(more)} characters)" if more else ""
            console.text(f"{leaf.path}: {_flat(shown)}{tail}", f"  {sign:<4}  ", " " * 10)
        if leaf.target and leaf.disposition != "dropped_by_rule":
            planned, left = preview(leaf.planned, most)
            value = f" = {_flat(planned)}" if planned and (planned, left) != (shown, more) else ""
            console.text(f"-> {leaf.target}{value}  [{leaf.rule}]", " " * 8, " " * 11)
        elif not (rejected and leaf.disposition == "unsupported"):
            console.text(f"[{leaf.rule}]", " " * 8, " " * 9)


def _kind_of(leaf: LeafView) -> tuple[str, ...]:
    """Return what leaves have in common that stand on one line."""
    dropped = leaf.disposition == "dropped_by_rule" and "[" in leaf.path
    return (leaf.kind, leaf.id, pattern_of(leaf.path) if dropped else leaf.path, leaf.rule)


def print_findings(console: Console, findings: Iterable[Mapping[str, Any]], said: str = "") -> None:
    """Print findings with the place and the next step. `said`: why the record is rejected, where that stands above already."""
    first = True
    told = list(findings)
    if any(item["code"] != "TF-REJECT" and item["message"] in said for item in told if said):
        told = [item for item in told if item["code"] != "TF-REJECT" or item["message"] not in said]
    for item in told:
        if first:
            console.out("", "Findings")
            first = False
        place = f"  {item['place']}" if item["place"] else ""
        console.text(f"{item['message']}  [{item['code']}]{place}", f"  {item['severity']:<8} ", " " * 11)
        if item["remedy"]:
            console.text(item["remedy"], " " * 11)


def print_operations(console: Console, operations: Sequence[OperationView], *, bodies: bool) -> None:
    """Print the writes of one record in their order."""
    if not operations:
        console.out("", "Writes  none")
        return
    console.out("", f"Writes  {number(len(operations))}, in this order")
    for item in operations:
        way = f"{item.method} {item.path}".strip()
        console.text(f"{item.endpoint}  {fit(item.subject, 50)}  {way}", "  ", "      ")
        if bodies:
            for name, value in (("params", item.params), ("body", item.body)):
                if value not in (None, {}, []):
                    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
                    console.out(f"      {name}")
                    console.out(*(f"        {clean(line)}" for line in text.splitlines()))


def _flat(text: str) -> str:
    return " ".join(clean(text).split())
