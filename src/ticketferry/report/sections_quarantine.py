"""The section on records in quarantine: what could not be read, translated or planned, how it is mended, who leaves it out."""

from collections.abc import Iterable, Sequence

from ticketferry.report.blocks import Block, Grid, Section
from ticketferry.report.commands import command
from ticketferry.report.data import InQuarantine, ReportData
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten, when

__all__ = ["quarantine"]

_WHERE = {"source": "old desk", "target": "new desk"}


def quarantine(data: ReportData, budget: RowBudget) -> Section | None:
    """Show every record in quarantine with cause and remedy; those that nobody waived come first."""
    held = data.quarantine
    if not held:
        return None
    own = budget.part(0.2)
    blocks: list[Block] = []
    for id_, title, records in (
        ("quarantine-open", "Neither mended nor waived", [one for one in held if not one.waived]),
        ("quarantine-waived", "Left out knowingly", [one for one in held if one.waived]),
    ):
        if records:
            blocks.append(Grid(_table(id_, title, records, data, own.part(0.7))))
    budget.give_back(own)
    return Section(
        "quarantine",
        "In quarantine",
        "Records that could not be read, translated or planned: nothing is written for them, and the last step of the migration"
        " waits until each is mended or waived. As it is when this report is written, also where the plan is older.",
        blocks,
    )


def _table(
    id_: str, title: str, records: Sequence[InQuarantine], data: ReportData, budget: RowBudget
) -> Table:
    waived = bool(records[0].waived)
    heads = [Column("Record", "ref"), Column("Where"), Column("Cause")]
    heads += [Column("Why"), Column("Who says so")] if waived else [Column("Since"), Column("Remedy")]
    taken, left = fill(_rows(records), budget, len(records))
    return Table(
        id_, title, heads, taken, command("quarantine", data.overview.id), left, filterable=len(records) > 1
    )


def _rows(records: Iterable[InQuarantine]) -> Iterable[Sequence[str]]:
    for one in records:
        place = f"{_WHERE.get(one.where, one.where)}, {one.stage}" + (f" ({one.part})" if one.part else "")
        first = (one.ref, place, shorten(one.cause, 300))
        if one.waived:
            yield (*first, shorten(one.waived, 300), one.by or "not named")
        else:
            tries = f", {one.tries:,} tries" if one.tries > 1 else ""
            since = (when(one.first) or "the plan") + tries
            yield (*first, since, shorten(one.remedy, 400))
