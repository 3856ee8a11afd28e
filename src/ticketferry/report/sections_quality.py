"""What is wrong in the old desk: findings with their share, samples and what mends them."""

from ticketferry.report.blocks import Block, Figure, Grid, Section
from ticketferry.report.charts import Bar, bars
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten
from ticketferry.schema.counting import counted

__all__ = ["quality"]

_SHOWN = 16


def quality(data: ReportData, budget: RowBudget) -> Section | None:
    """Show what a profile found wrong, and the lines of the mapping that mend it."""
    profile = data.profile
    if profile is None or not profile.quality:
        return None
    of_tickets = sorted((row for row in profile.quality if row.unit == "ticket"), key=lambda row: -row.count)
    blocks: list[Block] = []
    if of_tickets:
        shown = [Bar(f"{row.code} {row.short}", row.count) for row in of_tickets[:_SHOWN]]
        blocks.append(
            Figure(
                bars(shown, "Findings by tickets"),
                "Tickets by finding; a ticket counts for each finding that it has, so the shares are of all findings shown.",
                command("profile", ""),
            )
        )
    if profile.languages:
        rows = [Bar(name, tickets) for name, tickets in list(profile.languages.items())[:_SHOWN]]
        caption = "Tickets by the language of their first words; those that do not tell are left out."
        blocks.append(Figure(bars(rows, "Languages"), caption, command("profile", "")))
    cells = [
        (
            row.code, f"{row.title} {row.detail and f'({row.detail})'}".rstrip(), counted(row.count, row.unit), f"{row.share:.1%}",
            shorten("; ".join(row.samples[:3])), shorten(row.remedy.words),
        )
        for row in profile.quality
    ]  # fmt: skip
    taken, left = fill(cells, budget.part(0.03), len(cells), 400)
    heads = (
        Column("Code", "code"), Column("What"), Column("How many", "num"), Column("share", "num"), Column("Such as"), Column("What mends it"),
    )  # fmt: skip
    blocks.append(Grid(Table("wrong", "What is wrong", heads, taken, command("profile", ""), left)))
    lines = [
        (row.code, f"{row.remedy.section}:", line) for row in profile.quality for line in row.remedy.lines
    ]
    if lines:
        taken, left = fill(lines, budget.part(0.02), len(lines), 1_000)
        columns = (Column("Code", "code"), Column("Section", "code"), Column("Line of the mapping", "code"))
        blocks.append(
            Grid(
                Table(
                    "remedies",
                    "Lines for the mapping",
                    columns,
                    taken,
                    command("profile", ""),
                    left,
                    folded=True,
                )
            )
        )
    return Section(
        "quality",
        "What is wrong in the old desk",
        "Each code is told with its reason in docs/profile.md. Tickets that left the desk (deleted, spam, merged) are not looked at. A finding"
        " says that something is worth a look, not that somebody has failed.",
        blocks,
    )
