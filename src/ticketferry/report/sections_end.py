"""Sections on doing it: time and load, safety, what was done, what reading back shows, taking it back, and how to check all this."""

from collections.abc import Sequence

from ticketferry.mapping.codes import CODES
from ticketferry.report.blocks import Block, Facts, Grid, Note, Section
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Budget, Column, Table, fill, shorten

__all__ = ["applied", "compared", "duration", "estimated", "method", "reverted", "safety", "verified"]

SIGNS = {
    "=": "the same as planned",
    "+": "only in the old desk: it is missing in the new one",
    "-": "only in the new desk: it has our mark and no row in the id map",
    "*": "differs in a field",
    "!": "could not be compared",
}


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{int(seconds // 3600):,} h {int(seconds % 3600 // 60):02d} min"


def estimated(data: ReportData, _: Budget) -> Section | None:
    """Show requests and hours."""
    found = data.estimate
    if found is None or not found.operations:
        return None
    facts = Facts(
        [
            ("Requests", f"{found.requests:,} = {found.writes:,} writes + {found.reads:,} reads"),
            (
                "Reads",
                f"{found.checks:,} before updates + {found.read_backs:,} to read back + {found.polls:,} to ask for jobs",
            ),
            ("Time", f"{duration(found.seconds)} at least"),
            ("Held back by", f"{found.held_by}: {found.words}"),
        ],
        command("estimate", data.overview.id),
    )
    rows = [
        (way.name, duration(way.seconds), way.words)
        for way in sorted(found.ways, key=lambda way: -way.seconds)
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


def safety(data: ReportData, _: Budget) -> Section | None:
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


def applied(data: ReportData, _: Budget) -> Section | None:
    """Show what an apply did."""
    done = data.applied
    if done is None:
        return None
    rows = [
        ("Writes in the plan", f"{data.overview.operations:,}"),
        ("Performed", f"{done.performed:,}"),
        ("Done by an earlier run", f"{done.already:,}"),
        ("Repeated, since the outcome was unknown", f"{done.repeated:,}"),
        ("Found done by our mark", f"{done.adopted:,}"),
        ("Compensated at once", f"{done.compensated:,}"),
        ("Failed", f"{done.failed:,}"),
        ("Not sent", f"{done.left:,}"),
        ("Records finished", f"{done.roots:,}"),
        *[(f"State: {name}", f"{count:,}") for name, count in sorted(done.problems.items())],
    ]
    return Section(
        "applied",
        "What was done",
        "The figures of the run that applied this plan, from its journal; whether the new desk shows what was written is"
        " for the read-back to say.",
        [Facts(rows, command("errors" if done.failed else "apply", data.overview.id))],
    )


def verified(data: ReportData, budget: Budget) -> Section | None:
    """Show what reading the target back found."""
    found = data.verified
    if found is None:
        return None
    rows = [(sign, words, f"{found.counts.get(sign, 0):,}") for sign, words in SIGNS.items()]
    total = ("", "all", f"{sum(found.counts.values()):,}")
    heads: Sequence[Column] = (Column("Sign", "code"), Column("Meaning"), Column("records", "num"))
    blocks: list[Block] = [
        Grid(Table("signs", "Records read back", heads, rows, command("verify", data.overview.id), 0, total)),
        Facts(
            [("Values compared", f"{found.values:,}"), ("Files compared byte by byte", f"{found.files:,}")]
        ),
    ]
    if found.lines:
        lines = (
            (line.sign, line.ref, line.target, shorten(", ".join(line.fields), 300), shorten(line.message))
            for line in found.lines
        )
        taken, left = fill(lines, budget.part(0.3), len(found.lines))
        heads = (
            Column("Sign", "code"),
            Column("Record", "ref"),
            Column("In the new desk", "code"),
            Column("Fields", "code"),
            Column("Message"),
        )
        blocks.append(
            Grid(
                Table(
                    "differences",
                    "Every record that is not the same",
                    heads,
                    taken,
                    command("verify", data.overview.id),
                    left,
                    filterable=True,
                )
            )
        )
    return Section(
        "verified",
        "What reading back shows",
        "The new desk was read again and compared, field by field, with what the applied plans say should be there;"
        " skipped and rejected records are no part of it.",
        blocks,
    )


def reverted(data: ReportData, budget: Budget) -> Section | None:
    """Show the rollback plan of this plan."""
    undo = data.rollback
    if undo is None:
        return None
    figures = dict(undo.header.get("figures", {}))
    rows = [
        ("Rollback plan", undo.id),
        ("Digest", undo.digest),
        ("Writes", f"{sum(undo.endpoint_counts().values()):,}"),
        *[(name[0].upper() + name[1:], f"{count:,}") for name, count in sorted(figures.items())],
    ]
    blocks: list[Block] = [Facts(rows, command("rollback", data.overview.id))]
    total = int(undo.one("SELECT count(*) FROM change WHERE outcome = 'skip'") or 0)
    if total:
        kept = (
            (change.root, shorten(change.title, 120), shorten(change.because))
            for change in undo.changes("outcome = 'skip'")
        )
        taken, left = fill(kept, budget.part(0.2), total)
        heads: Sequence[Column] = (Column("Record", "ref"), Column("Title"), Column("Why it stays"))
        blocks.append(
            Grid(
                Table(
                    "kept",
                    "Records that stay",
                    heads,
                    taken,
                    command("skipped", undo.id),
                    left,
                    filterable=True,
                )
            )
        )
    return Section(
        "rollback",
        "Taking it back",
        "What the rollback plan takes back and what it leaves because people have worked on it since or because the new"
        " desk cannot; it was made by reading the new desk and has changed nothing.",
        blocks,
    )


def compared(data: ReportData, budget: Budget) -> Section | None:
    """Show what moved since another plan."""
    found = data.comparison
    if found is None:
        return None
    this = command("compare", data.overview.id, found.before)
    facts = [
        ("Compared with", found.before),
        ("Inputs that differ", ", ".join(found.inputs) or "none"),
        ("Records in the same class in both", f"{found.same:,}"),
        ("Records only in this plan", f"{found.only_after:,}"),
        (f"Records only in {found.before}", f"{found.only_before:,}"),
        ("Records in another class", f"{sum(row[2] for row in found.moved):,}"),
        (
            "New finding codes",
            ", ".join(f"{code} ({count:,})" for code, _, count in found.new_codes) or "none",
        ),
        (
            "Finding codes that are gone",
            ", ".join(f"{code} ({count:,})" for code, _, count in found.gone_codes) or "none",
        ),
    ]
    rows = [
        (
            row.kind,
            row.outcome,
            shorten(row.name),
            f"{row.before:,}",
            f"{row.after:,}",
            f"{row.after - row.before:+,}",
        )
        for row in found.classes
        if row.after != row.before
    ]
    blocks: list[Block] = [Facts(facts, this)]
    if rows:
        taken, left = fill(rows, budget.part(0.05), len(rows), 200)
        heads: Sequence[Column] = (
            Column("Kind"),
            Column("Outcome"),
            Column("Class"),
            Column(found.before, "num"),
            Column(found.after, "num"),
            Column("difference", "num"),
        )
        blocks.append(
            Grid(
                Table(
                    "class-deltas", "Classes that grew or shrank", heads, taken, this, left, filterable=True
                )
            )
        )
    return Section(
        "compared",
        f"Since {found.before}",
        "What moved between two plans, class by class and record by record in their order; equal classes can still hold"
        " other values, which the digests of the inputs tell.",
        blocks,
    )


def method(data: ReportData, _: Budget) -> Section:
    """Show how to check all this, also without ticketferry."""
    view = data.overview
    codes = sorted({cause.code for _, cause in view.causes.ordered() if cause.code in CODES})
    blocks: list[Block] = [
        Facts(
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
