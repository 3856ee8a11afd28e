"""Sections on what the report stands on: the desks and inputs, completeness, numbers of the old desk."""

from ticketferry.quality.profile import Profile
from ticketferry.report.blocks import Block, FactList, Figure, Grid, Note, Section
from ticketferry.report.charts import columns
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.sections_survey import control_totals, numbers_section
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten, when

__all__ = ["completeness", "inputs", "numbers"]


def inputs(data: ReportData, _: RowBudget) -> Section:
    """Show what is compared with what."""
    view = data.overview
    rows = []
    for role, words in (("source", "Old desk"), ("target", "New desk")):
        desk = view.source if role == "source" else view.target
        text = f"{desk.get('key', '')} · {desk.get('where', '')}".strip(" ·")
        if role in data.snapshots:
            number, began, digest = data.snapshots[role]
            text += f" · snapshot {number} of {when(began)}, digest {digest}"
        rows.append((words, text or "not named in the plan"))
    for key, words in (
        ("mapping", "Mapping"),
        ("people", "Decisions on people"),
        ("catalog", "Catalog of the new desk"),
        ("connectors", "Connectors"),
        ("schema", "Neutral schema"),
    ):
        if view.inputs.get(key):
            rows.append((words, str(view.inputs[key])))
    if data.version:
        rows.append(("ticketferry", data.version))
    blocks: list[Block] = [FactList(rows, command("overview", view.id))]
    if data.ledger is not None:
        words = data.ledger.words or "Requests sent for this plan"
        blocks.append(
            Note(
                f"{words}: {data.ledger.reads:,} reads, {data.ledger.writes:,} writes.",
                data.ledger.writes > 0,
            )
        )
    return Section(
        "inputs",
        "What is compared with what",
        "The two desks and everything the plan depends on, each by its digest as it was when the plan was made; it does"
        " not show what changed in either desk afterwards.",
        blocks,
    )


def completeness(data: ReportData, budget: RowBudget) -> Section:
    """Show whether everything that was read has an end."""
    view = data.overview
    blocks: list[Block] = []
    if data.counts:
        rows = [
            (
                item.name,
                f"{item.desk:,}" if item.desk is not None else "it cannot say",
                f"{item.snapshot:,}",
                "" if item.desk is None else f"{item.snapshot - item.desk:+,}",
            )
            for item in data.counts
        ]
        heads = (
            Column("Records"),
            Column("Counted by the desk", "num"),
            Column("In the snapshot", "num"),
            Column("Difference", "num"),
        )
        blocks.append(Grid(Table("control-totals", "Control totals", heads, rows, command("totals", ""))))
    facts = [("Values whose end is known", f"{view.leaves:,}")]
    if data.leaves is not None:
        facts.insert(0, ("Values counted at extraction", f"{data.leaves:,}"))
    facts += [(name[0].upper() + name[1:], f"{count:,}") for name, count in sorted(view.figures.items())]
    blocks.append(FactList(facts, command("overview", view.id)))
    how_complete = data.survey.completeness if data.survey is not None else None
    if how_complete is not None:
        blocks += numbers_section(how_complete)
    if data.survey is not None and how_complete is not None and data.survey.cells:
        months = data.profile.status_by_month if data.profile is not None else {}
        blocks += control_totals(data.survey, months, budget)
    elif data.profile is not None:
        blocks.append(_months(data, budget))
    if data.profile is not None and how_complete is None:
        blocks.append(_numbers(data.profile))
    return Section(
        "completeness",
        "Completeness",
        "Whether everything that was read has a place in the plan: values are counted once when they are read and once"
        " more when their end is known. Where the old desk counts its tickets by another way and explains gaps in their"
        " numbers, its figures stand beside those of the snapshot; what it hides from the credential it cannot show else.",
        blocks,
    )


def _numbers(profile: Profile) -> Note:
    numbers = profile.numbers
    return Note(
        f"Ticket numbers {numbers['lowest']} to {numbers['highest']}: {numbers['used']:,} used,"
        f" {numbers['unused_between']:,} between them used by no ticket of the snapshot. The old desk was not asked why.",
        command=command("profile", ""),
    )


def _months(data: ReportData, budget: RowBudget) -> Grid:
    profile = data.profile
    assert profile is not None
    stages = sorted({stage for row in profile.status_by_month.values() for stage in row})
    rows = [
        (month, *[f"{row.get(stage, 0):,}" for stage in stages], f"{sum(row.values()):,}")
        for month, row in sorted(profile.status_by_month.items(), reverse=True)
    ]
    taken, left = fill(rows, budget.part(0.03), len(rows), 240)
    totals = [sum(row.get(stage, 0) for row in profile.status_by_month.values()) for stage in stages]
    table = Table(
        "stage-by-month",
        "Tickets of the old desk by stage and month of creation",
        (
            Column("Month"),
            *[Column(stage.replace("_", " "), "num") for stage in stages],
            Column("all", "num"),
        ),
        taken,
        command("profile", ""),
        left,
        ("all", *[f"{count:,}" for count in totals], f"{sum(totals):,}"),
    )
    return Grid(table)


def numbers(data: ReportData, budget: RowBudget) -> Section | None:
    """Show the profile of the old desk."""
    profile = data.profile
    if profile is None:
        return None
    blocks: list[Block] = [
        Figure(
            columns(list(profile.created_by_month.items()), "Tickets created by month"),
            "Tickets of the old desk by month of creation (the latest sixty).",
            command("profile", ""),
        )
    ]
    fields = [
        (
            item.name,
            item.type,
            f"{item.filled:,}",
            f"{100 * item.share:.1f} %",
            item.values["over"] or f"{item.values['distinct']:,}",
        )
        for item in profile.fields
    ]
    taken, left = fill(fields, budget.part(0.03), len(fields), 300)
    heads = (
        Column("Field"),
        Column("Type"),
        Column("tickets with a value", "num"),
        Column("share", "num"),
        Column("distinct values", "num"),
    )
    if taken:
        blocks.append(
            Grid(
                Table("fields", "Custom fields", heads, taken, command("profile", ""), left, filterable=True)
            )
        )
    if profile.findings:
        rows = [
            (
                row["code"],
                row["severity"],
                shorten(row["message"]),
                f"{row['records']:,}",
                f"{row['count']:,}",
            )
            for row in profile.findings
        ]
        taken, left = fill(rows, budget.part(0.02), len(rows), 200)
        heads = (
            Column("Code", "code"),
            Column("Severity"),
            Column("What"),
            Column("records", "num"),
            Column("times", "num"),
        )
        blocks.append(
            Grid(Table("extraction", "Findings of extraction", heads, taken, command("profile", ""), left))
        )
    return Section(
        "numbers",
        "Numbers of the old desk",
        "Counts and shares of the snapshot, made by reading all of it; they say what is there, not whether it is good.",
        blocks,
    )
