"""What the old desk told about itself: its own counts beside those of the snapshot, its numbers, and what is not moved."""

from collections.abc import Sequence

from ticketferry.extract.completeness import CLASSES, Completeness
from ticketferry.report.blocks import Block, Grid, Note, Section
from ticketferry.report.commands import command
from ticketferry.report.data import DeskSurvey, ReportData
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten
from ticketferry.schema.lifecycle import Stage
from ticketferry.store.surveys import Cell

__all__ = ["control_totals", "not_moved", "numbers_section"]

MONTHS = 240
THINGS = 600
_SIGNS = {"equal": "=", "moved": "~", "differs": "≠", "estimate": "≈"}
_CLASS_WORDS = {
    "deleted": ("deleted", "the desk lists them as deleted"),
    "merged": ("merged", "they went into another ticket"),
    "spam": ("spam", "the desk holds them as spam"),
    "suspended": ("suspended", "the desk holds them back"),
    "purged": ("deleted for good", "nothing of them is left in the desk"),
    "purged_or_archived": (
        "deleted for good or archived",
        "nothing answers; the desk says the same of both, and an administrator sees its archive",
    ),
    "unused": ("never a ticket", "the desk lists what was deleted, and neither shows nor lists them"),
    "moved": ("renumbered", "they have another number now"),
    "invisible": ("not visible", "they are there, and the credentials may not see them"),
}


def numbers_section(completeness: Completeness) -> list[Block]:
    """Show the sum of the ticket numbers and what they are."""
    numbers = completeness.numbers
    blocks: list[Block] = [
        Note(f"{_capital(numbers.words)}.", numbers.unknown > 0, command("profile", "")),
        *(Note(f"{_capital(line)}.", strong=line.startswith("unexplained")) for line in numbers.beside),
    ]
    if not numbers.used:
        return blocks
    rows = [("here", f"{numbers.here:,}", "tickets that live in the snapshot")]
    rows += [(_CLASS_WORDS[name][0], f"{numbers.classes[name]:,}", _CLASS_WORDS[name][1]) for name in CLASSES
             if name in numbers.classes]  # fmt: skip
    if numbers.late:
        rows.append(
            (
                "not read yet",
                f"{numbers.late:,}",
                "made while the desk was read; the next extract brings them",
            )
        )
    rows.append(("unexplained", f"{numbers.unknown:,}", "no ticket has them, and nobody can say why"))
    blocks.append(
        Grid(
            Table(
                "numbers-by-class",
                f"Ticket numbers of the old desk, 1 to the highest, snapshot {completeness.snapshot}",
                (Column("What it is"), Column("numbers", "num"), Column("Meaning")),
                rows,
                command("profile", ""),
                total=("all", f"{numbers.used:,}", ""),
                marks=[
                    "moved" if row[0] in ("unexplained", "not visible") and row[1] != "0" else ""
                    for row in rows
                ],
            )
        )
    )
    return blocks


def control_totals(
    desk: DeskSurvey, status_by_month: dict[str, dict[str, int]], budget: RowBudget
) -> list[Block]:
    """Show months by stages with both figures, the snapshot's first."""
    assert desk.completeness is not None
    counted = desk.completeness.totals
    blocks: list[Block] = [Note(f"{_capital(counted.words)}.", counted.differs > 0, command("profile", ""))]
    cells = {(cell.month, cell.stage): cell for cell in desk.cells}
    if not cells:
        return blocks
    stages = _stages(desk.cells, status_by_month)
    months = sorted({month for month, _ in cells} | status_by_month.keys(), reverse=True)
    rows, marks = [], []
    for month in months:
        row = status_by_month.get(month, {})
        rows.append(
            (month or "any month", *[_both(cells.get((month, stage)), row.get(stage, 0)) for stage in stages])
        )
        verdicts = {cells[month, stage].verdict for stage in stages if (month, stage) in cells}
        marks.append("moved" if "differs" in verdicts else "")
    taken, left = fill(rows, budget.part(0.05), len(rows), MONTHS)
    blocks.append(
        Grid(
            Table(
                "both-counts",
                "Tickets by month of creation and stage: in the snapshot, and as the desk counts them",
                (Column("Month"), *[Column(_stage_words(stage), "num") for stage in stages]),
                taken,
                command("profile", ""),
                left,
                note="= the same · ~ other by no more than was worked on meanwhile · ≠ different · ≈ the desk only"
                " estimates; a figure alone was not asked for.",
                marks=marks[: len(taken)],
            )
        )
    )
    return blocks


def _stages(cells: Sequence[Cell], status_by_month: dict[str, dict[str, int]]) -> list[str]:
    named = {cell.stage for cell in cells}
    alone = {stage for row in status_by_month.values() for stage in row}
    joined = {part for stage in named for part in stage.split("+") if "+" in stage}
    order = [stage.value for stage in Stage]
    return sorted(
        named | (alone - joined),
        key=lambda stage: (
            stage == "",
            order.index(first) if (first := stage.split("+")[0]) in order else 99,
            stage,
        ),
    )


def _stage_words(stage: str) -> str:
    return stage.replace("_", " ").replace("+", " + ") if stage else "all living"


def _both(cell: Cell | None, here: int) -> str:
    if cell is None:
        return f"{here:,}" if here else ""
    return f"{cell.here:,} {_SIGNS[cell.verdict]} {cell.desk:,}"


def not_moved(data: ReportData, budget: RowBudget) -> Section | None:
    """Show what somebody has to rebuild."""
    desk = data.survey
    if desk is None or not desk.kinds:
        return None
    rows = [
        (
            shorten(str(kind["what"]), 80),
            f"{kind['all']:,}",
            f"{kind['active']:,}",
            f"{kind['used']:,}",
            f"{kind['unused']:,}",
            f"{kind['unsaid']:,}",
            str(kind["last_used"] or "")[:10],
        )
        for kind in desk.kinds
    ]
    heads = (
        Column("Kind"),
        Column("all", "num"),
        Column("active", "num"),
        Column("used", "num"),
        Column("not used", "num"),
        Column("use not told", "num"),
        Column("Last use"),
    )
    total = sum(int(kind["all"]) for kind in desk.kinds)
    sums = [
        sum(int(kind[name]) for kind in desk.kinds) for name in ("all", "active", "used", "unused", "unsaid")
    ]
    things = [
        (
            shorten(item.what, 80),
            shorten(item.name or item.id, 160),
            "yes" if item.active else "no",
            "" if item.used is None else f"{item.used:,}",
            shorten(item.used_when, 60),
            f"{item.last_used:%Y-%m-%d}" if item.last_used else "",
            shorten(item.note, 160),
        )
        for item in desk.things
    ]
    taken, left = fill(things, budget.part(0.06), total, THINGS)
    return Section(
        "notmoved",
        "What is not moved",
        "What the old desk holds beside tickets, people and organizations, as it was listed when the desk was read last;"
        " nothing of it is written to the new desk, and somebody rebuilds there what is still needed.",
        [
            Grid(
                Table(
                    "not-moved-kinds",
                    "Things that are not moved, by kind",
                    heads,
                    rows,
                    command("inventory", ""),
                    total=("all", *[f"{count:,}" for count in sums], ""),
                )
            ),
            Grid(
                Table(
                    "not-moved",
                    "Things that are not moved, most used first within a kind",
                    (
                        Column("Kind"),
                        Column("Name"),
                        Column("active"),
                        Column("used", "num"),
                        Column("in"),
                        Column("Last use"),
                        Column("Note"),
                    ),
                    taken,
                    command("inventory", ""),
                    left,
                    filterable=True,
                )
            ),
        ],
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
