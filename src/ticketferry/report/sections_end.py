"""Sections on time, load and safety, and on how to check all this."""

from collections.abc import Sequence

from ticketferry.mapping.codes import CODES
from ticketferry.report.blocks import Block, FactList, Grid, Note, Section
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Column, RowBudget, Table

__all__ = ["estimated", "method", "safety"]


def _duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{int(seconds // 3600):,} h {int(seconds % 3600 // 60):02d} min"


def estimated(data: ReportData, _: RowBudget) -> Section | None:
    """Show requests and hours."""
    estimate = data.estimate
    if estimate is None or not estimate.operations:
        return None
    facts = FactList(
        [
            ("Requests", f"{estimate.requests:,} = {estimate.writes:,} writes + {estimate.reads:,} reads"),
            (
                "Reads",
                f"{estimate.checks:,} before updates + {estimate.read_backs:,} to read back + {estimate.polls:,} to ask for jobs",
            ),
            ("Time", f"{_duration(estimate.seconds)} at least"),
            ("Held back by", f"{estimate.held_by}: {estimate.words}"),
        ],
        command("estimate", data.overview.id),
    )
    rows = [
        (way.name, _duration(way.seconds), way.words)
        for way in sorted(estimate.ways, key=lambda way: -way.seconds)
    ]
    table = Table(
        "ways",
        "What could hold it back, each by itself",
        (Column("What"), Column("time", "num"), Column("How it is worked out")),
        rows,
        command("estimate", data.overview.id),
    )
    return Section(
        "time",
        "Time and load",
        "How many requests the apply sends and how long that takes at least, from the plan's batches and the new desk's"
        " limits; repeated requests, pauses that the desk asks for and the transfer of files are not in it.",
        [facts, Grid(table), *_endpoints(data)],
    )


def _endpoints(data: ReportData) -> list[Block]:
    view = data.overview
    rows = [
        (row.name, f"{row.method} {row.path}".strip(), f"{row.operations:,}", f"{row.requests:,}")
        for row in view.endpoints
    ]
    heads: Sequence[Column] = (
        Column("Write", "code"),
        Column("Request", "code"),
        Column("operations", "num"),
        Column("requests", "num"),
    )
    total = ("all", "", f"{view.operations:,}", f"{view.requests:,}")
    return [
        Grid(Table("endpoints", "Writes by endpoint", heads, rows, command("operations", view.id), 0, total))
    ]


def safety(data: ReportData, _: RowBudget) -> Section | None:
    """Show guards and what stays after taking back."""
    view = data.overview
    if not view.operations:
        return None
    blocks: list[Block] = []
    if data.guards is not None:
        rows = [
            (
                state.guard.code,
                state.guard.title,
                "proved" if state.proved else "NOT PROVED",
                state.evidence,
                ", ".join(state.endpoints),
            )
            for state in data.guards
        ]
        heads: Sequence[Column] = (
            Column("Guard", "code"),
            Column("What must hold"),
            Column("State"),
            Column("Evidence"),
            Column("Needed for", "code"),
        )
        marks = ["" if state.proved else "moved" for state in data.guards]
        if rows:
            blocks.append(
                Grid(
                    Table(
                        "guards",
                        "Guards, as preflight found them",
                        heads,
                        rows,
                        command("preflight", view.id),
                        marks=marks,
                    )
                )
            )
    elif view.guards:
        rows = [
            (
                need.code,
                need.title,
                {"read": "read from the desk", "person": "confirmed by a person"}.get(need.proof, ""),
                f"{need.operations:,}",
                need.remedy,
            )
            for need in view.guards
        ]
        heads = (
            Column("Guard", "code"),
            Column("What must hold"),
            Column("Proved by"),
            Column("writes", "num"),
            Column("What to do"),
        )
        blocks.append(
            Grid(Table("guards", "Guards that this plan needs", heads, rows, command("preflight", view.id)))
        )
    if not view.guards and not data.guards:
        blocks.append(
            Note(
                "No write of this plan can notify anybody: none of its endpoints has a guard.",
                command=command("preflight", view.id),
            )
        )
    residue = [(row.name, row.residue, f"{row.operations:,}") for row in view.endpoints if row.residue]
    if residue:
        heads = (Column("Write", "code"), Column("What stays for ever"), Column("times", "num"))
        blocks.append(
            Grid(
                Table(
                    "residue", "What stays after taking it back", heads, residue, command("overview", view.id)
                )
            )
        )
    never = [row for row in view.endpoints if row.never_repeated]
    if never:
        words = ", ".join(f"{row.name} ({row.operations:,})" for row in never)
        blocks.append(Note(f"Writes whose unknown outcome stops their record until a person looks: {words}."))
    return Section(
        "safety",
        "Safety",
        "What must hold before anything is written so that nobody is notified, and what a rollback cannot take away; the"
        " state of the guards is that of the moment when they were read.",
        blocks,
    )


def method(data: ReportData, _: RowBudget) -> Section:
    """Show how to check all this, also without ticketferry."""
    view = data.overview
    codes = sorted({cause.code for _, cause in view.causes.ordered() if cause.code in CODES})
    blocks: list[Block] = [
        FactList(
            [
                (
                    "Value (leaf)",
                    "a single value of a record as the old desk gave it, read once, not empty; a text body is one",
                ),
                ("Carried", "the value stands in the new desk as it was"),
                ("Transformed", "a named rule changed its form or meaning"),
                ("Kept beside", "not a field of its own in the new desk, but stored with the record"),
                (
                    "Dropped by rule",
                    "the mapping, or a named derivation of the connector, says that it stays behind",
                ),
                ("Impossible", "the new desk cannot hold it; each is named"),
                ("~", "tickets with another status before have the same status now"),
                (
                    "Plan file",
                    f"plans/{view.id}.plan, a SQLite file that any SQLite reader opens; its tables are change, operation, sum, finding, impossible",
                ),
                (
                    "Check without ticketferry",
                    f'sqlite3 plans/{view.id}.plan "SELECT kind, outcome, count(*) FROM change GROUP BY 1, 2"',  # noqa: S608 -- words for a reader
                ),
            ]
        )
    ]
    if codes:
        rows = [(code, CODES[code][0].value, CODES[code][1]) for code in codes]
        heads: Sequence[Column] = (Column("Code", "code"), Column("Severity"), Column("Meaning"))
        blocks.append(Grid(Table("codes", "Finding codes of this plan", heads, rows)))
    return Section(
        "method",
        "Method and definitions",
        "The words that this report uses, the codes that appear in it and how to count again; it is no manual of the mapping.",
        blocks,
    )
