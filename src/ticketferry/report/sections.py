"""The sections of the report in their order; what has no data is left out."""

from collections.abc import Callable, Sequence

from ticketferry.plan.show import Cause, impossible, losses
from ticketferry.report.blocks import Block, Facts, Figure, Grid, Note, Section, Signature
from ticketferry.report.charts import Bar, Link, bars, columns, flows
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.sections_end import applied, compared, estimated, method, reverted, safety, verified
from ticketferry.report.sections_records import appendix, exceptions, people, sampled, visibility
from ticketferry.report.tables import Budget, Column, Table, fill, shorten, when
from ticketferry.report.verdict import verdict

__all__ = ["sections"]

_DISPOSITIONS = {
    "carried": "carried as it is",
    "transformed": "transformed by a rule",
    "kept_in_provenance": "kept beside",
    "dropped_by_rule": "dropped by rule",
    "unsupported": "impossible in the target",
}
STATUS_ROWS = 60
ROUTES = 60
CLASSES = 120
SUMS = 400


def sections(data: ReportData, budget: Budget) -> list[Section]:
    """Build every section that has something to show; rows are taken within `budget`."""
    order: Sequence[Callable[[ReportData, Budget], Section | None]] = (
        _verdict,
        _inputs,
        _completeness,
        _changes,
        _losses,
        visibility,
        people,
        exceptions,
        sampled,
        _profile,
        estimated,
        safety,
        applied,
        verified,
        reverted,
        compared,
        appendix,
        method,
    )
    return [section for make in order if (section := make(data, budget)) is not None]


def _verdict(data: ReportData, _: Budget) -> Section:
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
            Facts(rows, command("overview", view.id)),
            Signature(("Prepared by", "Reviewed by", "Approved by")),
        ],
    )


def _inputs(data: ReportData, _: Budget) -> Section:
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
    blocks: list[Block] = [Facts(rows, command("overview", view.id))]
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


def _completeness(data: ReportData, budget: Budget) -> Section | None:
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
        blocks.append(
            Grid(Table("control-totals", "Control totals", heads, rows, "ticketferry extract --estimate"))
        )
    facts = [("Values whose end is known", f"{view.leaves:,}")]
    if data.leaves is not None:
        facts.insert(0, ("Values counted at extraction", f"{data.leaves:,}"))
    facts += [(name[0].upper() + name[1:], f"{count:,}") for name, count in sorted(view.figures.items())]
    blocks.append(Facts(facts, command("overview", view.id)))
    if data.profile is not None:
        blocks += _numbers_and_months(data, budget)
    return Section(
        "completeness",
        "Completeness",
        "Whether everything that was read has a place in the plan: values are counted once when they are read and once"
        " more when their end is known; it cannot show what the old desk hides from the credential.",
        blocks,
    )


def _numbers_and_months(data: ReportData, budget: Budget) -> list[Block]:
    profile = data.profile
    assert profile is not None
    numbers = profile.numbers
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
    words = (
        f"Ticket numbers {numbers['lowest']} to {numbers['highest']}: {numbers['used']:,} used,"
        f" {numbers['unused_between']:,} between them used by no ticket of the snapshot."
    )
    return [Note(words, command=command("profile", "")), Grid(table)]


def _changes(data: ReportData, budget: Budget) -> Section:
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


def _status_blocks(data: ReportData, budget: Budget) -> list[Block]:
    view = data.overview
    if not view.statuses:
        return []
    chart = flows(
        [
            Link(flow.before or "(none)", flow.after or "(none)", flow.count, flow.mark == "~")
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
        words = f"~ {item.count:,} tickets: {', '.join(name or '(none)' for name in item.befores)} fall together into {item.after or '(none)'}{where}."
        blocks.append(Note(words, strong=True))
    return blocks


def _losses(data: ReportData, budget: Budget) -> Section | None:
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
                "sums",
                "Values that do not arrive as they were, by field and reason",
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
                note="Impossible values first, then dropped, kept beside, transformed.",
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
    count = int(data.plan.one("SELECT count(*) FROM impossible") or 0) - view.leaves_of_rejects
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


def _causes(id_: str, caption: str, causes: Sequence[Cause], data: ReportData, budget: Budget) -> Table:
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


def _profile(data: ReportData, budget: Budget) -> Section | None:
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
