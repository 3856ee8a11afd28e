"""The section on what changes its form, stays behind or is lost, value by value."""

from collections import Counter
from collections.abc import Sequence

from ticketferry.plan.file.findings import count_impossible
from ticketferry.plan.show import Cause, impossible, losses
from ticketferry.report.blocks import Block, Figure, Grid, Note, Section
from ticketferry.report.charts import Bar, bars
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten

__all__ = ["lost"]

_DISPOSITIONS = {
    "carried": "carried as it is",
    "transformed": "transformed by a rule",
    "kept_in_provenance": "kept beside",
    "dropped_by_rule": "dropped by rule",
    "unsupported": "impossible in the target",
}
SUMS = 400
REASONS = 150
FIELDS = 6


def lost(data: ReportData, budget: RowBudget) -> Section | None:
    """Show what becomes of every value."""
    view = data.overview
    if not view.leaves:
        return None
    chart = bars(
        [Bar(words, view.dispositions.get(name, 0), name) for name, words in _DISPOSITIONS.items()],
        "Values by disposition",
    )
    of_rejects = (
        f" ({view.leaves_of_rejects:,} of them in rejected records)" if view.leaves_of_rejects else ""
    )
    sums = " + ".join(f"{view.dispositions.get(name, 0):,} {words}" for name, words in _DISPOSITIONS.items())
    grouped = _by_reason(data)
    groups, groups_left = fill(grouped, budget.part(0.03), len(grouped), REASONS)
    total = sum(1 for _ in losses(data.plan))
    rows = (
        (_DISPOSITIONS[row.disposition], row.kind, row.field, shorten(row.reason, 200), f"{row.count:,}")
        for row in losses(data.plan)
    )
    taken, left = fill(rows, budget.part(0.12), total, SUMS)
    blocks: list[Block] = [
        Note(
            f"{view.leaves:,} values = {sums}{of_rejects}.", strong=True, command=command("losses", view.id)
        ),
        Figure(chart, "What becomes of every value of the old desk.", command("losses", view.id)),
        Grid(
            Table(
                "reasons",
                "Values that do not arrive as they were, by reason",
                (
                    Column("What becomes of it"),
                    Column("Kind"),
                    Column("Reason or rule"),
                    Column("Fields", "code"),
                    Column("values", "num"),
                ),
                groups,
                command("losses", view.id),
                groups_left,
                filterable=True,
                note="Impossible values first, then dropped, kept beside, transformed.",
            )
        ),
        Grid(
            Table(
                "sums",
                "The same, field by field",
                (
                    Column("What becomes of it"),
                    Column("Kind"),
                    Column("Field", "code"),
                    Column("Reason or rule"),
                    Column("values", "num"),
                ),
                taken,
                command("losses", view.id),
                left,
                filterable=True,
                folded=True,
            )
        ),
    ]
    if view.causes.losses:
        blocks.append(
            Grid(
                _causes(
                    "loss-causes", "Findings of loss, by cause", view.causes.losses, data, budget.part(0.05)
                )
            )
        )
    count = count_impossible(data.plan) - view.leaves_of_rejects
    if count:
        each = (
            (row["root"], row["kind"], row["path"], shorten(row["reason"], 200))
            for row in impossible(data.plan, rejected=False)
        )
        named, rest = fill(each, budget.part(0.2), count)
        blocks.append(
            Grid(
                Table(
                    "impossible",
                    "Every value of a moved record that the target cannot hold",
                    (Column("Record", "ref"), Column("Kind"), Column("Field", "code"), Column("Reason")),
                    named,
                    command("impossible", view.id),
                    rest,
                    filterable=True,
                )
            )
        )
    return Section(
        "losses",
        "What changes meaning or is lost",
        "Every value of the old desk ends in exactly one of five ways, added up while planning from the record as it was"
        " read; values that the old desk never gave to the credential are not in it.",
        blocks,
    )


def _by_reason(data: ReportData) -> list[tuple[str, ...]]:
    """Put fields together that share kind, disposition and reason; the order is that of the losses."""
    fields: dict[tuple[str, str, str], list[str]] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in losses(data.plan):
        key = (row.disposition, row.kind, row.reason)
        fields.setdefault(key, []).append(row.field)
        counts[key] += row.count
    order = {name: number for number, name in enumerate(dict.fromkeys(key[0] for key in fields))}
    return [
        (_DISPOSITIONS[key[0]], key[1], shorten(key[2], 200), _names(fields[key]), f"{counts[key]:,}")
        for key in sorted(fields, key=lambda key: (order[key[0]], -counts[key], key))
    ]


def _names(fields: Sequence[str]) -> str:
    shown = ", ".join(shorten(field, 80) for field in fields[:FIELDS])
    return shown if len(fields) <= FIELDS else f"{shown} and {len(fields) - FIELDS:,} more"


def _causes(id_: str, caption: str, causes: Sequence[Cause], data: ReportData, budget: RowBudget) -> Table:
    rows = [
        (
            item.code,
            shorten(item.message),
            item.place,
            f"{item.records:,}",
            f"{item.count:,}",
            shorten(item.remedy, 160),
        )
        for item in causes
    ]
    taken, left = fill(rows, budget, len(rows))
    heads = (
        Column("Code", "code"),
        Column("What"),
        Column("Place", "code"),
        Column("records", "num"),
        Column("times", "num"),
        Column("What to do"),
    )
    return Table(id_, caption, heads, taken, command("findings", data.overview.id), left, filterable=True)
