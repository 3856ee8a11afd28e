"""Sections on what happened to the plan: applied, read back, taken back, and what moved since another plan."""

from collections.abc import Sequence

from ticketferry.plan.file.changes import count_changes
from ticketferry.report.blocks import Block, FactList, Grid, Section
from ticketferry.report.commands import command
from ticketferry.report.data import ReportData
from ticketferry.report.tables import Column, RowBudget, Table, fill, shorten
from ticketferry.verify.verifier import VerifyLine

__all__ = ["applied", "compared", "elsewhere", "reverted", "verified", "witnessed"]

SIGNS = {
    "=": "the same as planned",
    "+": "only in the old desk: it is missing in the new one",
    "-": "only in the new desk: it has our mark and no row in the id map",
    "*": "differs in a field",
    "!": "could not be compared",
}


def applied(data: ReportData, budget: RowBudget) -> Section | None:
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
    blocks: list[Block] = [FactList(rows, command("errors" if done.failed else "apply", data.overview.id))]
    if data.skipped:
        given_up = (
            (
                one.ref,
                one.code,
                shorten(one.message),
                f"{one.writes:,}",
                one.by,
                one.at[:16],
                shorten(one.because),
            )
            for one in data.skipped
        )
        taken, left = fill(given_up, budget.part(0.2), len(data.skipped))
        heads = (
            Column("Record", "ref"), Column("Code", "code"), Column("What failed"), Column("writes", "num"), Column("Given up by"),
            Column("when"), Column("because"),
        )  # fmt: skip
        title = "Skipped by a person after it failed"
        blocks.append(Grid(Table("skipped", title, heads, taken, command("errors", data.overview.id), left)))
    return Section(
        "applied",
        "What was done",
        "The figures of the run that applied this plan, from its journal; whether the new desk shows what was written is"
        " for the read-back to say.",
        blocks,
    )


def elsewhere(data: ReportData, _: RowBudget) -> Section | None:
    """Show what became of the same mapping in other environments."""
    if not data.elsewhere:
        return None
    blocks: list[Block] = []
    for run in data.elsewhere:
        rows = [(f"{run.environment}: {what}", words) for what, words in run.facts]
        rows += [
            (
                f"{run.environment}: failed [{code}]",
                shorten(f"{count:,}: {message}" + (f" ({place})" if place else "")),
            )
            for count, code, message, place in run.causes
        ]
        blocks.append(FactList(rows, f"ticketferry status --env {run.environment}"))
    return Section(
        "elsewhere",
        "What happened in the other environments",
        "Plans of the same phase by the same mapping that were written in another environment, from its workspace; the desks there hold"
        " other records and settings, so that it shows what the mapping does and not what this desk will answer.",
        blocks,
    )


def _differs(line: VerifyLine) -> str:
    """Return the fields that differ, with both values where they are told."""
    changes = [
        f"{value.key}: {'?' if value.wanted is None else value.wanted or '(nothing)'} → {value.now or '(nothing)'}"
        for value in line.values
    ]
    return "; ".join(changes) or ", ".join(line.fields)


def verified(data: ReportData, budget: RowBudget) -> Section | None:
    """Show what reading the target back found."""
    result = data.verified
    if result is None:
        return None
    rows = [(sign, words, f"{result.counts.get(sign, 0):,}") for sign, words in SIGNS.items()]
    total = ("", "all", f"{sum(result.counts.values()):,}")
    heads: Sequence[Column] = (Column("Sign", "code"), Column("Meaning"), Column("records", "num"))
    blocks: list[Block] = [
        Grid(Table("signs", "Records read back", heads, rows, command("verify", data.overview.id), 0, total)),
        FactList(
            [("Values compared", f"{result.values:,}"), ("Files compared byte by byte", f"{result.files:,}")]
        ),
    ]
    if result.lines:
        lines = (
            (line.sign, line.ref, line.target, shorten(_differs(line), 600), shorten(line.message))
            for line in result.lines
        )
        taken, left = fill(lines, budget.part(0.3), len(result.lines))
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


def reverted(data: ReportData, budget: RowBudget) -> Section | None:
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
    blocks: list[Block] = [FactList(rows, command("rollback", data.overview.id))]
    total = count_changes(undo, "outcome = 'skip'")
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


def compared(data: ReportData, budget: RowBudget) -> Section | None:
    """Show what moved since another plan."""
    comparison = data.comparison
    if comparison is None:
        return None
    this = command("compare", data.overview.id, comparison.before)
    facts = [
        ("Compared with", comparison.before),
        ("Inputs that differ", ", ".join(comparison.inputs) or "none"),
        ("Records in the same class in both", f"{comparison.same:,}"),
        ("Records only in this plan", f"{comparison.only_after:,}"),
        (f"Records only in {comparison.before}", f"{comparison.only_before:,}"),
        ("Records in another class", f"{sum(row[2] for row in comparison.moved):,}"),
        (
            "New finding codes",
            ", ".join(f"{code} ({count:,})" for code, _, count in comparison.new_codes) or "none",
        ),
        (
            "Finding codes that are gone",
            ", ".join(f"{code} ({count:,})" for code, _, count in comparison.gone_codes) or "none",
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
        for row in comparison.classes
        if row.after != row.before
    ]
    blocks: list[Block] = [FactList(facts, this)]
    if rows:
        taken, left = fill(rows, budget.part(0.05), len(rows), 200)
        heads: Sequence[Column] = (
            Column("Kind"),
            Column("Outcome"),
            Column("Class"),
            Column(comparison.before, "num"),
            Column(comparison.after, "num"),
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
        f"Since {comparison.before}",
        "What moved between two plans, class by class and record by record in their order; equal classes can still hold"
        " other values, which the digests of the inputs tell.",
        blocks,
    )


def witnessed(data: ReportData, budget: RowBudget) -> Section | None:
    """Show what the independent witness saw."""
    seen = data.verified.witnessed if data.verified is not None else None
    if seen is None:
        return None
    rows = [
        ("Tickets looked at", f"{seen.tickets:,} of {seen.of:,}, chosen with the seed {seen.seed}"),
        ("Texts looked for", f"{seen.texts:,}"),
        ("Files looked for", f"{seen.files:,}"),
        ("Errors", f"{len(seen.errors):,}"),
        ("Differences that a rule explains", f"{len(seen.explained):,}"),
        ("Not judged", f"{sum(seen.unjudged.values()):,}"),
    ]
    if seen.why_not:
        rows = [("No witness", seen.why_not)]
    again = command("verify", data.overview.id)
    blocks: list[Block] = [FactList(rows, again)]
    heads: Sequence[Column] = (
        Column("Record", "ref"),
        Column("In the new desk", "code"),
        Column("What"),
        Column("Where"),
        Column("Message"),
        Column("Rule", "code"),
    )
    for id_, title, differences in (
        ("witness-errors", "What no rule explains", seen.errors),
        ("witness-explained", "What a rule of the mapping explains", seen.explained),
    ):
        if differences:
            lines = (
                (one.ref, one.target, one.what, one.where, shorten(one.message, 300))
                + ((one.rule,) if one.rule else ())
                for one in differences
            )
            taken, left = fill(lines, budget.part(0.15), len(differences))
            shown = heads if differences is seen.explained else heads[:-1]
            blocks.append(Grid(Table(id_, title, shown, taken, again, left, filterable=True)))
    if seen.unjudged:
        rows = [(what, f"{times:,}") for what, times in seen.unjudged.items()]
        taken, left = fill(rows, budget.part(0.05), len(rows))
        names = (Column("What"), Column("times", "num"))
        title = "What it did not judge: neither right nor wrong, and no rule explains it"
        blocks.append(Grid(Table("witness-unjudged", title, names, taken, again, left)))
    return Section(
        "witnessed",
        "What the witness saw",
        "Both desks were compared by their own records, by code that shares nothing with what made the plan: every message in a"
        " place as visible as before, no internal word in public, no words of one customer in another one's ticket, files by"
        " checksum and as customers see them, requester, times and number."
        " It looks at tickets chosen by chance and at every one with a finding or a difference, not at people and organizations"
        " by themselves.",
        blocks,
    )
