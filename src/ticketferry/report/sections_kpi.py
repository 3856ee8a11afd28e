"""Key figures of the old desk, and which of them survive the move."""

from ticketferry.kpi.desks import FIGURE_NAMES, ComparedFigures, DeskFigures
from ticketferry.kpi.figures import FigureRow, Span
from ticketferry.kpi.parity import Parity
from ticketferry.report.blocks import Block, Figure, Grid, Note, Section
from ticketferry.report.charts import columns
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Column, RowBudget, Table, fill
from ticketferry.schema.counting import counted, duration

__all__ = ["key_figures"]

_BY_MONTH = ("first_response", "full_resolution", "requester_wait", "agent_wait")


def key_figures(data: ReportData, budget: RowBudget) -> Section | None:
    """Show how long people waited before the move, and whether the new desk can still tell."""
    figures = data.figures
    if figures is None or not len(figures.figures):
        return None
    (row,) = figures.figures.rows()
    blocks: list[Block] = [
        *([] if data.parity is None else _parity(data.parity, budget)),
        Grid(_spans(figures, row)),
        Note(
            f"{row.resolved:,} of {counted(row.tickets, 'ticket')} are resolved. Of those {row.reopened:.1%} were reopened, {row.one_touch:.1%}"
            f" took one reply or none, {row.first_contact:.1%} were done at first contact; {row.replies:.1f} replies a ticket.",
            command=command("kpi", ""),
        ),
    ]
    last = {day[:7]: sum(ages) for day, ages in figures.backlog()}
    blocks.append(
        Figure(
            columns(list(last.items()), "Open tickets at the end of each month"),
            "Tickets that were open at the end of each month (the latest sixty; the last is the day of the snapshot).",
            command("kpi", ""),
        )
    )
    months = [
        (
            month.value,
            f"{month.tickets:,}",
            *(_time(month.calendar[name]) for name in _BY_MONTH),
            f"{month.reopened:.1%}",
        )
        for month in reversed(list(figures.figures.rows("month")))
    ]
    taken, left = fill(months, budget.part(0.02), len(months), 200)
    heads = (
        Column("Created in"), Column("tickets", "num"), *(Column(FIGURE_NAMES[name], "num") for name in _BY_MONTH), Column("reopened", "num"),
    )  # fmt: skip
    blocks.append(
        Grid(
            Table(
                "kpi-months",
                "Medians by month of creation, in calendar time",
                heads,
                taken,
                command("kpi-months", ""),
                left,
            )
        )
    )
    return Section(
        "kpi",
        "Key figures",
        f"Worked out of the histories of the old desk's tickets by the definition `{figures.definition.name}` (docs/kpis.md). They do not"
        " predict reports of the new desk, which knows its own dates alone.",
        blocks,
    )


def _spans(figures: DeskFigures, row: FigureRow) -> Table:
    business = figures.figures.business
    rows = []
    for name, span in row.calendar.items():
        cells = [FIGURE_NAMES[name], f"{span.tickets:,}", _time(span), _time(span, high=True)]
        if business:
            cells += [_time(row.business[name]), _time(row.business[name], high=True)]
        rows.append(tuple(cells))
    heads = [
        Column("Figure"),
        Column("tickets", "num"),
        Column("median", "num"),
        Column("90 % within", "num"),
    ]
    if business:
        heads += [Column("business median", "num"), Column("business 90 %", "num")]
    return Table("kpi-spans", "Times of the old desk", tuple(heads), tuple(rows), command("kpi", ""))


def _time(span: Span, *, high: bool = False) -> str:
    return duration(span.p90 if high else span.median) if span.tickets else "–"


def _parity(found: ComparedFigures, budget: RowBudget) -> list[Block]:
    blocks: list[Block] = []
    for words, side in (
        ("can be told from the mapping's statuses", found.mapped),
        ("stand in the new desk, with what is kept beside its tickets", found.read),
    ):
        if side is None or not side.tickets:
            continue
        whole = side.equal == side.tickets
        text = (
            f"All {side.figures:,} figures of {counted(side.tickets, 'ticket')} {words}, equal to the second."
            if whole
            else f"All figures of {side.equal:,} of {counted(side.tickets, 'ticket')} {words}; the others' causes are below."
        )
        blocks.append(Note(text, not whole, command("parity", "")))
        if not whole:
            blocks.append(Grid(_causes(side, budget, "kpi-mapped" if side is found.mapped else "kpi-read")))
    return blocks


def _causes(side: Parity, budget: RowBudget, key: str) -> Table:
    rows = [
        (
            cause,
            f"{lost.tickets:,}",
            ", ".join(FIGURE_NAMES[name] for name in lost.figures),
            ", ".join(example.ref for example in lost.examples),
        )
        for cause, lost in sorted(side.causes.items(), key=lambda item: (-item[1].tickets, item[0]))
    ]
    taken, left = fill(rows, budget.part(0.01), len(rows), 240)
    heads = (Column("Cause"), Column("tickets", "num"), Column("Figures"), Column("Such as", "code"))
    title = (
        "Figures that statuses of the new desk cannot tell"
        if key == "kpi-mapped"
        else "Figures that the new desk holds otherwise"
    )
    return Table(key, title, heads, taken, command("parity", ""), left)
