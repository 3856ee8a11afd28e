"""`ticketferry status`: where am I, what next."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, number, plural, size, when
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.project.migration_status import MigrationStatus
    from ticketferry.project.phase_states import PhaseState

__all__ = ["status"]

MOST_DRIFT = 12
"""Names that changed in the desks of which `status` tells."""
LISTED_PLANS = 6
MOST_COLUMNS = 4
COLUMN_WIDTH = 8


@click.command(epilog=examples("ticketferry status", "ticketferry -C acme status --json"))
@json_option
@pass_app
def status(app: App) -> Exit:
    """Where the migration stands, and what to do next. Talks to no desk and works while another command runs.

    Exit code 2 where something failed or stopped half-way, else 0.
    """
    from ticketferry.project.status import status as read_status

    with app.project() as project:
        migration = read_status(project)
    if app.console.json:
        from ticketferry.cli.console import plain

        app.console.result({**plain(migration), "needs_somebody": migration.needs_somebody})
    _print(app.console, migration)
    return Exit.DIFFERENCES if migration.needs_somebody else Exit.OK


def _print(console: Console, migration: "MigrationStatus") -> None:
    source, target = migration.desks
    console.text(
        f"{migration.name}   {source.key} ({source.where or source.title}) -> {target.key} ({target.where or target.title})"
        + (f"   {migration.environment}" if migration.environment else "")
    )
    mapping = (
        f"{migration.mapping} {migration.mapping_digest[:4]}"
        if migration.mapping_digest
        else f"{migration.mapping}: see below"
    )
    window = f"   {migration.window}" if migration.window else ""
    console.text(f"disk {size(migration.used)}, {size(migration.free)} free   mapping {mapping}{window}")
    _drift(console, migration)
    console.out()
    for desk in migration.desks:
        words = "old desk" if desk.role == "source" else "new desk"
        if desk.snapshot is None:
            console.out(f"{words}  never read" + (", an extract was interrupted" if desk.unfinished else ""))
            continue
        counts = ", ".join(
            f"{number(count)} {plural(kind, count)}" for kind, count in desk.records.items() if count
        )
        mark = "s" if desk.role == "source" else "t"
        tail = "; an extract was interrupted" if desk.unfinished else ""
        console.text(
            f"{mark}-{desk.snapshot} of {when(desk.taken)}: {counts or 'empty'}{tail}", f"{words}  ", " " * 10
        )
    if migration.completeness is not None:
        taken = migration.completeness.snapshot
        as_of = "" if taken == source.snapshot else f" (as of s-{taken})"
        console.text(migration.completeness.numbers.words + as_of, "numbers   ", " " * 10)
        for line in migration.completeness.numbers.beside:
            console.text(line, " " * 10)
        if migration.completeness.totals.differs:
            console.text(f"totals: {migration.completeness.totals.words}", " " * 10)
    if migration.quarantined or migration.waived:
        waived = f", {number(migration.waived)} waived" if migration.waived else ""
        console.text(
            f"{number(migration.quarantined)} to mend or to waive{waived}: ticketferry quarantine",
            "quarantine  ",
        )
    if migration.skipped:
        console.text(
            f"{counted(migration.skipped, 'record')} given up by a person: ticketferry errors", "skipped   "
        )
    if migration.not_moved:
        console.text(
            f"{counted(migration.not_moved, 'thing')} to rebuild: ticketferry inventory", "not moved "
        )
    console.out()
    if migration.mapping_error:
        console.text(migration.mapping_error, "mapping   ", " " * 10)
        console.out()
    _phases(console, migration)
    _tickets(console, migration)
    _plans(console, migration)
    if migration.running is not None:
        run = migration.running
        console.text(
            f"`{run.command}` is at work for {duration(run.seconds)} (process {run.process} on {run.host})",
            "Now     ",
        )
    if migration.waiting:
        console.text(
            f"{counted(migration.waiting, 'link')} to tickets that are not in the new desk yet; mended when those come",
            "Waiting ",
        )
    if migration.plans:
        console.out(f"Verified {when(migration.verified)}" if migration.verified else "Verified never")
        console.out()
    if (one := migration.rehearsed) is not None:
        words = (
            f"{one.id} of {when(one.ended)}: {counted(one.tickets, 'ticket')} in {duration(one.hours * 3600)}"
        )
        told = f"{counted(one.failures, 'failure')}, {counted(one.mails, 'mail')}, {number(one.newly_visible)} newly visible"
        console.text(
            f"{words}, {told}{'' if one.current else ' (of an older mapping or snapshot)'}",
            "Rehearsed ",
            " " * 10,
        )
    if migration.settled:
        console.out("Nothing to do: everything planned is applied and verified.")
        return
    if not migration.steps:
        console.text("No command is next, but what the table names is open: see `ticketferry plan show`.")
        return
    console.out("Do next")
    console.table(
        [(f"{position}.", step.command, step.why) for position, step in enumerate(migration.steps, 1)], "rlw"
    )


def _drift(console: Console, migration: "MigrationStatus") -> None:
    """Say first what the desks call otherwise than the plan that was agreed on: the mapping knows nothing of it."""
    drift = migration.drift
    if not drift:
        return
    agreed = "approved" if drift.approved else "planned"
    console.out("", f"Changed in the desks since {drift.plan} was {agreed}")
    rows = [(row, "old desk") for row in drift.source] + [(row, "new desk") for row in drift.target]
    cells = []
    for row, desk in rows[:MOST_DRIFT]:
        tickets = "" if row.tickets is None else counted(row.tickets, "ticket")
        cells.append((row.change, row.what, tickets, desk, row.words))
    console.table(cells, "llrlw")
    if len(rows) > MOST_DRIFT:
        console.out(f"  … and {number(len(rows) - MOST_DRIFT)} more: --json")


def _phases(console: Console, migration: "MigrationStatus") -> None:
    if not migration.tickets:
        return
    rows: list[tuple[str, ...]] = []
    for phase in migration.phases:
        begun = phase.state in ("applying", "awaiting_import")
        part = phase.tickets is not None and 0 < phase.applied < phase.tickets
        share = f" {phase.applied / phase.tickets:.0%}" if phase.tickets and part and begun else ""
        rows.append((
            phase.name,
            "-" if phase.tickets is None else number(phase.tickets),
            phase.state,
            phase.plan or "-",
            (number(phase.applied) if phase.applied else "-") + share,
            number(phase.verified) if phase.verified else "-",
            _problems_of(migration, phase),
        ))  # fmt: skip
    for name, count in (
        ("left out by rule", migration.left_out),
        ("in no phase", migration.unphased),
        ("not planned yet", migration.unplanned),
    ):
        if count:
            rows.append((name, number(count), "", "", "", "", ""))
    rows.append(("in all", number(migration.tickets), "", "", "", "", ""))
    heads = ("phase", "tickets", "state", "plan", "applied", "verified", "problems")
    console.table(rows, "lrllrrl", header=heads, indent=0)
    for phase in migration.phases:
        if phase.by:
            words = f"{phase.name}: {phase.state} since {when(phase.since)}, said by {phase.by}"
            console.text(words + (f": {phase.because}" if phase.because else ""), "", "  ")
    console.out()


def _problems_of(migration: "MigrationStatus", phase: "PhaseState") -> str:
    """Say what is wrong in a phase, or why tickets of it are not there."""
    words = []
    if phase.problems:
        words.append(f"{number(phase.problems)} failed")
    if phase.differs and not phase.cut_over:
        words.append(f"{number(phase.differs)} differ{'s' if phase.differs == 1 else ''}")
    if phase.missing:
        words.append(f"{number(phase.missing)} missing")
    over = phase.state not in ("drafted", "planned", "approved", "applying", "awaiting_import")
    if over and not words and phase.tickets is not None and 0 < phase.applied < phase.tickets:
        words.append(_not_there(migration, phase.name, phase.tickets - phase.applied))
    return ", ".join(filter(None, words)) or "-"


def _not_there(migration: "MigrationStatus", phase: str, missing: int) -> str:
    """Say why tickets of a phase that ended are not in the new desk: never planned to be, or taken back since."""
    counts = migration.census.by_phase.get(phase)
    elsewhere = min(missing, counts["unplanned"] + counts["planned"]) if counts is not None else 0
    words = []
    if missing - elsewhere:
        words.append(f"{number(missing - elsewhere)} not moved, by rule or rejected")
    if elsewhere:
        words.append(f"{number(elsewhere)} taken back or not planned")
    return "; ".join(words)


def _tickets(console: Console, migration: "MigrationStatus") -> None:
    """Show the state of every ticket of the old desk, a column a phase; each column adds up, and so do the rows."""
    from ticketferry.project.census import STATES

    census = migration.census
    if not census.tickets or not migration.plans:
        return
    names = [name for name in (*(phase.name for phase in migration.phases), "") if name in census.by_phase]
    columns = names if 1 < len(names) <= MOST_COLUMNS else []
    rows: list[tuple[str, ...]] = []
    for state, words in STATES.items():
        if census[state]:
            counts = [census.by_phase[name][state] for name in columns]
            rows.append(
                (words, number(census[state]), *(number(count) if count else "-" for count in counts))
            )
    totals = [sum(census.by_phase[name].values()) for name in columns]
    rows.append(("in all", number(census.tickets), *(number(count) for count in totals)))
    heads = [name[:COLUMN_WIDTH] or "no phase" for name in columns]
    console.table(
        rows, "l" + "r" * (1 + len(columns)), header=("tickets of the old desk", "all", *heads), indent=0
    )
    console.out()


def _plans(console: Console, migration: "MigrationStatus") -> None:
    if not migration.plans:
        return
    shown = migration.plans[-LISTED_PLANS:]
    if len(shown) < len(migration.plans):
        console.out(f"plans     {number(len(migration.plans))}; the newest (all: ticketferry plan list)")
    console.table(
        [
            (
                row["id"],
                f"takes back {row['undoes']}" if row["undoes"] else (row["phase"] or "all"),
                row["state"],
                when(row["made"]),
            )
            for row in shown
        ],
        "llll",
        header=("plan", "what", "state", "made"),
        indent=0,
    )
    console.out()
