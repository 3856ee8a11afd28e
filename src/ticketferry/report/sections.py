"""The sections of the report in their order; what has no data is left out."""

from collections.abc import Callable, Sequence

from ticketferry.report.blocks import Block, FactList, Figure, Grid, Note, Section, Signature
from ticketferry.report.charts import FlowLink, flows
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.sections_desks import completeness, inputs, numbers
from ticketferry.report.sections_done import applied, compared, elsewhere, reverted, verified, witnessed
from ticketferry.report.sections_end import estimated, method, safety
from ticketferry.report.sections_kpi import key_figures
from ticketferry.report.sections_losses import lost
from ticketferry.report.sections_near import near_people
from ticketferry.report.sections_quality import quality
from ticketferry.report.sections_quarantine import quarantine
from ticketferry.report.sections_records import appendix, exceptions, people, sampled, visibility
from ticketferry.report.sections_rehearsal import rehearsed
from ticketferry.report.sections_survey import not_moved
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten, when
from ticketferry.report.verdict import verdict

__all__ = ["sections"]

STATUS_ROWS = 60
ROUTES = 60
CLASSES = 120


def sections(data: ReportData, budget: RowBudget) -> list[Section]:
    """Build every section that has something to show; rows are taken within `budget`."""
    order: Sequence[Callable[[ReportData, RowBudget], Section | None]] = (
        _verdict,
        inputs,
        completeness,
        _changes,
        lost,
        not_moved,
        visibility,
        people,
        near_people,
        exceptions,
        quarantine,
        sampled,
        numbers,
        key_figures,
        quality,
        estimated,
        rehearsed,
        safety,
        elsewhere,
        applied,
        verified,
        witnessed,
        reverted,
        compared,
        appendix,
        method,
    )
    return [section for make in order if (section := make(data, budget)) is not None]


def _verdict(data: ReportData, _: RowBudget) -> Section:
    view = data.overview
    rows = [
        ("Plan", view.id),
        ("Kind", view.kind + (f" · phase {view.phase}" if view.phase else " · all phases")),
        ("Digest", view.digest),
        ("Made", when(data.made) or "time not kept"),
    ]
    if data.state:
        rows.append(("State", data.state))
    return Section(
        "verdict",
        "Verdict",
        "The criteria that ticketferry checks by itself and how each came out, from the plan and what was read since; it"
        " does not judge whether the mapping is what you want.",
        [
            verdict(data),
            FactList(rows, command("overview", view.id)),
            Signature(("Prepared by", "Reviewed by", "Approved by")),
        ],
    )


def _changes(data: ReportData, budget: RowBudget) -> Section:
    view = data.overview
    used = [
        name
        for name in next(iter(view.outcomes.values()), {})
        if any(row[name] for row in view.outcomes.values())
    ]
    rows = [
        (kind.replace("_", " "), *[f"{row[name]:,}" for name in used], f"{sum(row.values()):,}")
        for kind, row in view.outcomes.items()
    ]
    rows += [
        (
            f"{part.name} of these tickets",
            *[f"{part.by_outcome.get(name, 0):,}" for name in used],
            f"{part.planned:,}",
        )
        for part in view.parts
        if part.planned or part.source
    ]
    blocks: list[Block] = [
        Grid(
            Table(
                "outcomes",
                "Records by kind and outcome",
                (Column("Kind"), *[Column(name, "num") for name in used], Column("all", "num")),
                rows,
                command("overview", view.id),
            )
        )
    ]
    blocks += _status_blocks(data, budget)
    if view.routes:
        routes = [(name, f"{count:,}") for name, count in view.routes]
        taken, left = fill(routes, budget.part(0.01), len(routes), ROUTES)
        blocks.append(
            Grid(
                Table(
                    "routes",
                    "Where tickets go (project / type / request type)",
                    (Column("Route"), Column("tickets", "num")),
                    taken,
                    command("overview", view.id),
                    left,
                    ("all", f"{sum(count for _, count in view.routes):,}"),
                )
            )
        )
    drawn = {(sample.outcome, sample.class_): sample.root for sample in reversed(data.samples)}
    classes = [
        (
            row.kind,
            row.outcome,
            shorten(row.name),
            f"{row.count:,}",
            drawn.get((row.outcome, shorten(row.name, 200)), row.example),
        )
        for row in view.classes
    ]
    total = len(view.classes) + view.classes_left_out[0]
    taken, left = fill(classes, budget.part(0.04), total, CLASSES)
    records = sum(row.count for row in view.classes[: len(taken)])
    everything = sum(sum(row.values()) for row in view.outcomes.values())
    blocks.append(
        Grid(
            Table(
                "classes",
                "Classes of equal change",
                (
                    Column("Kind"),
                    Column("Outcome"),
                    Column("Class"),
                    Column("records", "num"),
                    Column("One of them", "ref"),
                ),
                taken,
                command("classes", view.id),
                left,
                ("all shown", "", "", f"{records:,}", f"of {everything:,}"),
                filterable=True,
                note="Members of a class are changed in the same way: looking at one is looking at all.",
            )
        )
    )
    return Section(
        "changes",
        "What would happen",
        "What the plan does with every record, counted from the plan file itself; nothing of it has happened unless a"
        " later section says so.",
        blocks,
    )


def _status_blocks(data: ReportData, budget: RowBudget) -> list[Block]:
    view = data.overview
    if not view.statuses:
        return []
    chart = flows(
        [
            FlowLink(flow.before or "(none)", flow.after or "(none)", flow.count, flow.mark == "~")
            for flow in view.statuses
        ],
        "Status flow",
        "old desk",
        "new desk",
    )
    rows = [
        (
            flow.before or "(none)",
            flow.mark,
            flow.after or "(none)",
            f"{flow.count:,}",
            "another meaning" if flow.mark == "~" else "the same",
        )
        for flow in view.statuses
    ]
    taken, left = fill(rows, budget.part(0.01), len(rows), STATUS_ROWS)
    blocks: list[Block] = [
        Figure(
            chart,
            "Tickets by status, old desk to new desk. Bands with a dashed border (~) change their meaning.",
            command("overview", view.id),
        ),
        Grid(
            Table(
                "statuses",
                "Status, before and after",
                (Column("Old"), Column(""), Column("New"), Column("tickets", "num"), Column("Meaning")),
                taken,
                command("overview", view.id),
                left,
                ("all", "", "", f"{sum(flow.count for flow in view.statuses):,}", ""),
                marks=["moved" if flow.mark == "~" else "" for flow in view.statuses],
            )
        ),
    ]
    for item in view.collapses:
        where = f" ({item.code}, {item.place})" if item.place else ""
        names = ", ".join(name or "(none)" for name in item.befores)
        words = f"~ {item.tickets:,} tickets: {names} fall together into {item.after or '(none)'}, {item.count:,} with another meaning{where}."
        blocks.append(Note(words, strong=True))
    return blocks
