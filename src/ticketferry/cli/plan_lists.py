"""Lists out of a plan: records, writes, classes, losses, what moved between two plans."""

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from ticketferry.cli.console import Console
from ticketferry.cli.layout import DISPOSITIONS, counted, number
from ticketferry.plan.file.causes import gather_causes
from ticketferry.plan.file.changes import count_changes
from ticketferry.plan.file.findings import count_impossible
from ticketferry.plan.show import (
    Comparison,
    change_rows,
    classes,
    impossible,
    losses,
    operation_rows,
)

if TYPE_CHECKING:
    from ticketferry.plan.file.reader import PlanFile

__all__ = [
    "print_changes",
    "print_classes",
    "print_comparison",
    "print_findings",
    "print_impossible",
    "print_losses",
    "print_operations",
]

LISTED = 60
"""Rows of a list on the screen; --json and `plan export` give all."""


def print_changes(console: Console, plan: "PlanFile", where: str, parameters: list[str]) -> None:
    """List records by a condition, each with its reason."""
    total = count_changes(plan, where, parameters)
    rows = change_rows(plan, where, parameters)
    if console.json:
        console.result({"plan": plan.id, "count": total, "records": list(rows)})
        return
    for row in islice(rows, LISTED):
        visible = row["facts"].get("newly_visible")
        why = "; ".join(visible) if visible else row["because"] or row["class"]
        console.text(f"{_short(row['root'])}  {row['title']}", f"{row['outcome']:<9} ", " " * 12)
        console.text(why, " " * 12)
    _left_out(console, total, f"ticketferry plan export {plan.id} --csv")


def print_operations(console: Console, plan: "PlanFile") -> None:
    """List the writes in plan order."""
    total = plan.count()
    if console.json:
        console.result({"plan": plan.id, "count": total, "operations": list(operation_rows(plan))})
        return
    rows = [
        (row["seq"], row["batch"], row["endpoint"], row["key"])
        for row in islice(operation_rows(plan), LISTED)
    ]
    console.table(rows, "rrll", header=("no.", "batch", "write", "key"), indent=0)
    _left_out(console, total, f"ticketferry plan export {plan.id} --operations --jsonl")


def print_classes(console: Console, plan: "PlanFile") -> None:
    """List the classes of equal change: one member stands for all."""
    listed, (more, records) = classes(plan, None if console.json else LISTED)
    if console.json:
        console.result({"plan": plan.id, "classes": listed})
        return
    rows = [(row.count, row.kind, row.outcome, row.name, _short(row.example)) for row in listed]
    console.table(rows, "rllll", header=("count", "kind", "outcome", "class", "look at"), indent=0)
    if more:
        console.out(f"… and {counted(records, 'record')} in {number(more)} more classes")


def print_findings(console: Console, plan: "PlanFile") -> None:
    """List what was found by cause: one line for what one change would mend."""
    causes = list(gather_causes(plan).ordered())
    if console.json:
        console.result(
            {"plan": plan.id, "causes": [{"heading": name, **asdict(cause)} for name, cause in causes]}
        )
        return
    heading = ""
    for name, cause in causes:
        if name != heading:
            heading = name
            console.out("", name)
        more = f" ({number(cause.wordings)} wordings)" if cause.wordings > 1 else ""
        code = f"  [{cause.code}]" if cause.code else ""
        console.text(f"{cause.message}{more}{code}", f"{number(cause.records):>9}  ", " " * 11)
        for text in (cause.place, cause.remedy):
            if text:
                console.text(text, " " * 11)
        if cause.examples:
            console.text(f"such as {', '.join(_short(ref) for ref in cause.examples)}", " " * 11)
    if not causes:
        console.out("nothing was found")


def print_losses(console: Console, plan: "PlanFile") -> None:
    """List what does not arrive as it was, by disposition, field and reason."""
    shares = {name.value: count for name, count in plan.dispositions().items()}
    if console.json:
        console.result({
            "plan": plan.id, "leaves": sum(shares.values()), "dispositions": shares, "losses": list(losses(plan)),
        })  # fmt: skip
        return
    console.text(
        f"{number(sum(shares.values()))} values = "
        + " + ".join(f"{number(count)} {DISPOSITIONS[name]}" for name, count in shares.items())
    )
    heading = ""
    count = shown = 0
    for loss in losses(plan):
        count += 1
        if loss.disposition != heading:
            heading, shown = loss.disposition, 0
            console.out("", f"{DISPOSITIONS[heading]}  {number(shares.get(heading, 0))}")
        shown += 1
        if shown <= LISTED:
            console.text(f"{loss.kind} {loss.field}  {loss.reason}", f"{number(loss.count):>9}  ", " " * 13)
        elif shown == LISTED + 1:
            console.out(f"{'…':>9}  more: ticketferry plan losses {plan.id} --json")
    if not count:
        console.out("Everything is carried as it is.")
    elif shares.get("unsupported"):
        console.out("", f"Each impossible value by name: ticketferry plan losses {plan.id} --impossible")


def print_impossible(console: Console, plan: "PlanFile") -> None:
    """List every value that the target cannot hold."""
    total = count_impossible(plan)
    if console.json:
        console.result({"plan": plan.id, "count": total, "values": list(impossible(plan))})
        return
    for row in islice(impossible(plan), LISTED):
        part = "" if row["root"].endswith(f":{row['kind']}:{row['id']}") else f" {row['kind']}:{row['id']}"
        console.text(f"{_short(row['root'])}{part}  {row['path']}: {row['reason']}", "  ", "      ")
    _left_out(console, total, f"ticketferry plan losses {plan.id} --impossible --json")


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print what moved between two plans."""
    console.out(f"{comparison.before} -> {comparison.after}")
    inputs = ", ".join(comparison.inputs) or "none: the same inputs give the same plan"
    console.text(inputs, "  inputs that differ   ")
    moved = sum(row[2] for row in comparison.moved)
    console.text(
        f"{number(comparison.same)} the same, {number(moved)} moved, {number(comparison.only_before)} only in"
        f" {comparison.before}, {number(comparison.only_after)} only in {comparison.after}",
        "  records              ",
    )
    for before, after, count, some in comparison.moved[:20]:
        console.text(f"{before}  ->  {after}", f"  {number(count):>9}  ", " " * 15)
        console.text(f"such as {', '.join(_short(ref) for ref in some)}", " " * 13)
    for title, codes in (("new findings", comparison.new_codes), ("findings gone", comparison.gone_codes)):
        if codes:
            words = ", ".join(f"{code} {severity} {number(count)}" for code, severity, count in codes)
            console.text(words, f"  {title:<21}")
    for title, pairs in (("values", comparison.dispositions), ("writes", comparison.endpoints)):
        rows: list[tuple[Any, ...]] = [
            (DISPOSITIONS.get(name, name), old, "->", new, f"{new - old:+,}")
            for name, (old, new) in pairs.items()
            if old != new
        ]
        if rows:
            console.out("", title)
            console.table(rows, "lrlrr")


def _left_out(console: Console, total: int, command: str) -> None:
    if not total:
        console.out("none")
    elif total > LISTED:
        console.out(f"… and {number(total - LISTED)} more: {command}")


def _short(ref: str) -> str:
    return ref.split(":", 1)[1] if ref.count(":") >= 2 else ref
