"""Sections that name records: who sees what, people, exceptions, samples, and a page of each class."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from heapq import nsmallest
from typing import Any

from ticketferry.plan.file.changes import first_of_each_class, newly_visible, people_by_role, set_aside_rows
from ticketferry.plan.show import Cause
from ticketferry.report.blocks import Block, FactList, Grid, Samples, Section
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten

__all__ = ["appendix", "exceptions", "people", "sampled", "visibility"]

ACCOUNTS = 2_000
"""People and organizations that are listed at most."""
PAGE = 10
"""Records of each class in the appendix."""
_ASIDE = ("reject", "conflict", "gone")


def visibility(data: ReportData, budget: RowBudget) -> Section | None:
    """Show who would see more than today."""
    view = data.overview
    comments = next((part for part in view.parts if part.name == "comments"), None)
    if comments is None:
        return None
    public = comments.planned - comments.internal
    rows = [
        ("Tickets that more people than today would see", f"{view.newly_visible:,}"),
        ("Comments planned", f"{comments.planned:,}"),
        ("of these internal", f"{comments.internal:,}"),
        ("of these public", f"{public:,}"),
    ]
    blocks: list[Block] = [FactList(rows, command("visible", view.id))]
    if view.newly_visible:
        more_visible = (
            (
                root,
                shorten(title, 120),
                shorten("; ".join(map(str, why if isinstance(why, list) else [why])), 240),
            )
            for root, title, why in newly_visible(data.plan)
        )
        taken, left = fill(more_visible, budget.part(0.1), view.newly_visible)
        heads: Sequence[Column] = (Column("Ticket", "ref"), Column("Subject"), Column("Why"))
        table = Table(
            "newly-visible",
            "Tickets that become visible to more people",
            heads,
            taken,
            command("visible", view.id),
            left,
        )
        table.filterable = True
        blocks.append(Grid(table))
    return Section(
        "visibility",
        "Who sees what",
        "Tickets that the plan would open to more people than today and how comments are split between public and"
        " internal, worked out by the mapping's rules; rights that the new desk grants outside of tickets are not in it.",
        blocks,
    )


def people(data: ReportData, budget: RowBudget) -> Section | None:
    """Show accounts that are matched, made or left alone."""
    view = data.overview
    if "person" not in view.outcomes or view.kind == "rollback":
        return None
    rows = [
        (str(role or "(none)"), str(outcome), f"{count:,}", example)
        for role, outcome, count, example in people_by_role(data.plan)
    ]
    total = sum(view.outcomes["person"].values())
    heads: Sequence[Column] = (
        Column("Role"),
        Column("Outcome"),
        Column("people", "num"),
        Column("One of them", "ref"),
    )
    blocks: list[Block] = [
        Grid(
            Table(
                "people-roles",
                "People by role and outcome",
                heads,
                rows,
                command("overview", view.id),
                0,
                ("all", "", f"{total:,}", ""),
            )
        )
    ]
    doubts = [cause for _, cause in view.causes.ordered() if cause.code.startswith("P3")]
    if doubts:
        blocks.append(
            Grid(
                _cause_table(
                    "people-findings",
                    "Doubts and losses about people",
                    [("", cause) for cause in doubts],
                    data,
                    budget.part(0.03),
                )
            )
        )
    if data.accounts is not None:
        blocks.append(Grid(_accounts(data, budget.part(0.15))))
    return Section(
        "people",
        "People",
        "Which people are found in the new desk, which are made and which are left out, as decided by the mapping and the"
        " decisions file, and the account that stands for each.",
        blocks,
    )


_ACCOUNTS: Sequence[Column] = (
    Column("Here", "wide"), Column("There", "wide"), Column("How"), Column("Verified"), Column("Shared"), Column("tickets", "num"),
)  # fmt: skip
_FIRST = ("waits", "match", "placeholder")


def _accounts(data: ReportData, budget: RowBudget) -> Table:
    """List everybody with the account that stands for them: first whose match shows more, who waits, who was matched."""
    total = Counter[str]()

    def counted() -> Iterator[Mapping[str, Any]]:
        assert data.accounts is not None
        for row in data.accounts():
            total["rows"] += 1
            yield row

    accounts = nsmallest(
        ACCOUNTS,
        counted(),
        key=lambda row: (
            not row["seen_by_more"], _FIRST.index(row["end"]) if row["end"] in _FIRST else len(_FIRST), -row["tickets"], row["ref"],
        ),
    )  # fmt: skip
    rows = (
        (
            f"{row['name']} <{row['email']}> {row['ref']}",
            f"{row['account_name']} <{row['account_email']}> {row['account']}"
            if row["account"]
            else row["end"],
            shorten(f"{row['end']}: {row['seen_by_more'] or row['how']}", 300),
            f"{row['verified'] or '-'} / {row['account_verified'] or '-'}",
            shorten(f"{row['shared'] or '-'} / {row['account_shared'] or '-'}", 200),
            f"{row['tickets']:,}",
        )
        for row in accounts
    )
    taken, left = fill(rows, budget, total["rows"])
    return Table(
        "accounts",
        "Whose account stands for whom",
        _ACCOUNTS,
        taken,
        "ticketferry people --csv -o people.csv",
        left,
    )


def exceptions(data: ReportData, budget: RowBudget) -> Section | None:
    """Show every record that is not moved as wanted, and why."""
    view = data.overview
    headings = {
        "blockers": "blocked",
        "rejects": "rejected",
        "conflicts": "conflict",
        "gone": "gone",
        "doubts": "doubt",
    }
    if view.kind == "rollback":
        headings = {"blockers": "blocked", "doubts": "doubt", "losses": "residue", "skips": "kept"}
    causes = [(headings[name], cause) for name, cause in view.causes.ordered() if name in headings]
    if not causes:
        return None
    blocks: list[Block] = [
        Grid(_cause_table("causes", "Exceptions by cause", causes, data, budget.part(0.08)))
    ]
    aside = (*_ASIDE[:2], "skip") if view.kind == "rollback" else _ASIDE
    total = sum(row.get(name, 0) for row in view.outcomes.values() for name in aside)
    if total:
        taken, left = fill(_aside(data, aside), budget.part(0.55), total)
        heads: Sequence[Column] = (
            Column("Record", "ref"),
            Column("Title"),
            Column("Outcome"),
            Column("Why"),
            Column("Findings", "code"),
        )
        blocks.append(
            Grid(
                Table(
                    "exceptions-all",
                    "Every record that is rejected, in conflict or gone"
                    if view.kind != "rollback"
                    else "Every record that is kept",
                    heads,
                    taken,
                    command("rejected", view.id),
                    left,
                    filterable=True,
                )
            )
        )
    skipped = sum(cause.records for cause in view.causes.skips)
    if skipped and view.kind != "rollback":
        rows = [
            (shorten(cause.message), f"{cause.records:,}", cause.examples[0]) for cause in view.causes.skips
        ]
        taken, left = fill(rows, budget.part(0.05), len(rows))
        heads = (Column("Reason"), Column("records", "num"), Column("One of them", "ref"))
        blocks.append(
            Grid(
                Table(
                    "skipped",
                    "Skipped by rule",
                    heads,
                    taken,
                    command("skipped", view.id),
                    left,
                    ("all", f"{skipped:,}", ""),
                )
            )
        )
    return Section(
        "exceptions",
        "Exceptions",
        "Every record that is not moved as it stands and every doubt, put together by what would mend it; findings that"
        " change nothing in a record are under the losses.",
        blocks,
    )


def _aside(data: ReportData, outcomes: Sequence[str]) -> Iterator[Sequence[str]]:
    for root, title, outcome, because, codes in set_aside_rows(data.plan, outcomes):
        yield root, shorten(title, 120), outcome, shorten(because), shorten(codes or "", 160)


def _cause_table(
    id_: str, caption: str, causes: Sequence[tuple[str, Cause]], data: ReportData, budget: RowBudget
) -> Table:
    rows: list[tuple[str, ...]] = []
    for heading, cause in causes:
        message = shorten(cause.message)
        if cause.wordings > 1:
            message += f" (and {cause.wordings - 1} other wordings or more)"
        rows.append(
            (heading, f"{cause.records:,}", cause.code, message, cause.place, shorten(cause.remedy, 160))
        )
    if not any(heading for heading, _ in causes):
        rows = [row[1:] for row in rows]
    heads = [
        Column("What"),
        Column("records", "num"),
        Column("Code", "code"),
        Column("Cause"),
        Column("Place", "code"),
        Column("What to do"),
    ]
    taken, left = fill(rows, budget, len(rows))
    shown = heads if any(heading for heading, _ in causes) else heads[1:]
    return Table(id_, caption, shown, taken, command("findings", data.overview.id), left, filterable=True)


def sampled(data: ReportData, _: RowBudget) -> Section | None:
    """Show records side by side."""
    if not data.samples:
        return None
    return Section(
        "samples",
        "Samples",
        "Records drawn from every frequent class of equal change, by a hash of the plan's digest and the record's name, so"
        " that nobody chose them and everybody draws the same; source and planned value of each leaf stand side by side."
        " Messages stand as people read them; long texts are shortened, and how the new desk lays them out is not shown.",
        [
            Samples(data.samples, command("record", data.overview.id, "RECORD")),
        ],
    )


def appendix(data: ReportData, budget: RowBudget) -> Section | None:
    """Show a page of each class."""
    view = data.overview
    total = sum(sum(row.values()) for row in view.outcomes.values())
    if not total:
        return None
    rows = (
        (root, shorten(title, 120), kind, outcome, shorten(class_, 160), target)
        for root, title, kind, outcome, class_, target in first_of_each_class(data.plan, PAGE)
    )
    taken, left = fill(rows, budget.part(0.6), total)
    heads: Sequence[Column] = (
        Column("Record", "ref"),
        Column("Title"),
        Column("Kind"),
        Column("Outcome"),
        Column("Class"),
        Column("In the new desk", "code"),
    )
    note = f"The first {PAGE} of each class."
    table = Table(
        "page",
        "A page of each class",
        heads,
        taken,
        command("changes", view.id),
        left,
        filterable=True,
        note=note,
    )
    return Section(
        "records",
        "Records",
        "A page of every class of equal change, in the order of the plan, to search in; it is not the whole plan, which"
        " the command beneath it prints.",
        [Grid(table)],
    )
