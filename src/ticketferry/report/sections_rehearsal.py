"""The section on the last rehearsal: hours, failures and mails as they came on stand-ins, and what these had to assume."""

from ticketferry.report.blocks import Block, FactList, Grid, Section
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Column, RowBudget, Table, shorten

__all__ = ["rehearsed"]


def rehearsed(data: ReportData, _: RowBudget) -> Section | None:
    """Show what the last rehearsal found; nothing where nothing was rehearsed."""
    found = data.rehearsal
    if found is None:
        return None
    again = command("rehearsal", data.overview.id)
    blocks: list[Block] = [
        FactList(list(found.facts), again),
        Grid(
            Table(
                "rehearsal-steps",
                "Step by step",
                (
                    Column("Phase"),
                    Column("Step"),
                    Column("time", "num"),
                    Column("estimate", "num"),
                    Column("requests", "num"),
                    Column("writes", "num"),
                    Column("failed", "num"),
                    Column("mails", "num"),
                ),
                list(found.steps),
                again,
            )
        ),
    ]
    if found.failures:
        heads = (
            Column("Stage"),
            Column("Code"),
            Column("times", "num"),
            Column("What"),
            Column("Where to mend it"),
        )
        rows = [(*row[:3], shorten(row[3], 300), shorten(row[4], 300)) for row in found.failures]
        blocks.append(Grid(Table("rehearsal-failures", "What would have gone wrong", heads, rows, again)))
    if found.mails:
        heads_of_mails = (Column("What people would have been told"), Column("mails", "num"))
        blocks.append(Grid(Table("rehearsal-mails", "Mails", heads_of_mails, list(found.mails), again)))
    if found.assumed:
        rows_assumed = [(text,) for text in found.assumed]
        blocks.append(
            Grid(
                Table(
                    "rehearsal-assumed",
                    "What the stand-ins took for granted",
                    (Column("No snapshot knows it"),),
                    rows_assumed,
                    again,
                )
            )
        )
    return Section(
        "rehearsal",
        "Rehearsal",
        "The migration as it was played before on stand-ins of both desks, made of what was extracted, on a simulated clock. It may"
        " be older than this plan.",
        blocks,
    )
