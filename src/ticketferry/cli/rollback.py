"""`ticketferry rollback`: what an applied plan wrote, taken back."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import (
    App,
    examples,
    executor_option,
    give_up_option,
    json_option,
    old_option,
    pass_app,
    plan_argument,
    yes_option,
)
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number, residues
from ticketferry.cli.until import until_option
from ticketferry.errors import Exit, UsageError, WaitingError
from ticketferry.plan.workforce import MOST_WORKERS

if TYPE_CHECKING:
    from ticketferry.plan.differences import PlanDifference
    from ticketferry.plan.file.reader import PlanFile
    from ticketferry.project import Project
    from ticketferry.project.viewing import PlanView

__all__ = ["rollback"]

LISTED = 20


@click.command(
    epilog=examples(
        "ticketferry rollback p-07", "ticketferry rollback p-07 --apply", "ticketferry rollback p-07 --copies"
    )
)
@plan_argument()
@click.option(
    "--copies", is_flag=True, help="Only the tickets that came more than once: all but the one that is bound."
)
@click.option("--apply", "apply_", is_flag=True, help="Do it, through apply.")
@click.option("--workers", type=click.IntRange(1, MOST_WORKERS), metavar="N", help="Writes at the same time.")
@executor_option
@old_option
@give_up_option
@until_option
@yes_option
@json_option
@pass_app
def rollback(
    app: App,
    plan_id: str,
    copies: bool,
    apply_: bool,
    workers: int | None,
    executor: str,
    allow_old: bool,
    give_up_after: float,
    until: datetime | None,
    yes: bool,
) -> Exit:
    """Show what would be taken back of a plan, what is kept and why, and what stays for ever.

    The inverse writes are saved as a plan of their own. Nothing is written without --apply; what people have edited since
    is never touched. With --apply, after one was shown: where the desk has moved on since, so that other things would be taken
    back, the difference is told and asked for; --yes alone does not do.
    """
    from ticketferry.cli.apply import perform
    from ticketferry.project import stages
    from ticketferry.project.executors import open_executor
    from ticketferry.project.viewing import open_plan, view_plan

    console = app.console
    if apply_ and not yes and not console.asks:
        raise UsageError(
            "nobody is there to ask whether it may be taken back",
            where="rollback --apply",
            remedy="Nothing was written. Say --yes: without a terminal on stdin and stderr, and with --json, it is needed.",
        )
    with app.project(counts=True) as project:
        opened = open_plan(project, plan_id)
        nothing = "" if copies else _nothing_left(project, opened)
        if nothing:
            if console.json:
                console.result(
                    {"plan": "", "undoes": opened.id, "reversed": 0, "writes": 0, "kept": [], "residue": []}
                )
            console.text(nothing)
            return Exit.OK
        reviewed = _reviewed(project, opened.id, copies=copies) if apply_ else None
        begun = _unfinished(project, opened.id) if apply_ and not copies else None
        if begun is not None:
            undo = project.plan(begun)
            console.note(f"goes on with {begun}, which takes {opened.id} back")
        elif copies:
            undo = stages.plan_copies(project, opened.id)
        else:
            with console.progress() as progress:
                undo = stages.plan_rollback(
                    project, opened.id, executor=open_executor(executor, project), progress=progress
                )
        shown = view_plan(project, undo, workers=workers)
        residue = [] if copies else _residue(project, opened, view_plan(project, opened))
        figures = shown.overview.figures
        kept = [(change.root, change.because) for change in undo.changes("outcome = 'skip'")]
        over = next(
            (row for row in project.plan_rows() if row["id"] == opened.id and row["state"] == "undone"), None
        )
        if over is not None and not shown.overview.operations and not console.json:
            console.text(f"{opened.id} was taken back already; nothing of it is left to take back.")
            return Exit.OK
        if console.json and not apply_:
            console.result(
                {
                    "plan": undo.id,
                    "undoes": opened.id,
                    "reversed": figures.get("reversed operations", 0),
                    "writes": shown.overview.operations,
                    "kept": [{"record": root, "because": because} for root, because in kept],
                    "residue": residue,
                }
            )
        _print(console, opened.id, dict(figures), kept, residue, copies=copies)
        if not apply_:
            if shown.overview.operations:
                writes, taken = shown.overview.operations, figures.get("reversed operations", 0)
                console.text(
                    f"Nothing was written. {undo.id} holds the {number(writes)} inverse writes"
                    + ("; the rest goes with its record." if writes < taken else ".")
                )
                console.out()
                console.out(f"Next    ticketferry plan show {undo.id} --operations     each of them")
                console.out(f"        ticketferry apply {undo.id}                      takes it back")
            else:
                never = f"{opened.id} has written nothing: there is nothing to take back."
                wrote = any(True for _ in project.journal(opened.id, "").done())
                console.out(
                    "Nothing came twice." if copies else "Nothing is left to take back." if wrote else never
                )
            return Exit.OK
        if reviewed is not None and begun is None:
            _compare(console, reviewed, undo, yes=yes)
        return perform(
            app,
            project,
            undo,
            shown,
            yes=yes,
            workers=workers,
            allow_old=allow_old,
            give_up_after=give_up_after * 60,
            until=until,
        )


def _nothing_left(project: "Project", opened: "PlanFile") -> str:
    """Say why nothing of a plan can be taken back, where the folder alone tells: no desk is read and no plan is made for that."""
    from ticketferry.store.before_images import BeforeImages

    plan = opened.id
    state = next((row["state"] for row in project.plan_rows() if row["id"] == plan), "")
    if opened.header["kind"] != "apply":
        return ""
    if state in ("planned", "superseded") and not project.journal(plan, "").counts():
        return f"{plan} has written nothing: there is nothing to take back."
    kept = project.idmap.holds_of(plan) or BeforeImages(project.workspace).any(plan)
    return (
        ""
        if state != "undone" or kept
        else f"{plan} was taken back already; nothing of it is left to take back."
    )


def _residue(project: "Project", plan: "PlanFile", shown: "PlanView") -> list[dict[str, object]]:
    """Return what stays for ever of what a plan has written, or may have: words and how often."""
    journal = project.journal(plan.id, "")
    done = {*journal.done()}
    sent = {state.seq for state in journal.open() if state.sent}
    rows: list[dict[str, object]] = []
    for row in shown.overview.endpoints:
        if row.residue:
            # What was handed out in a file is noted as sent, and is in no desk before it is found there.
            written = done if row.method == "FILE" else done | sent
            operations = plan.operations("endpoint = ?", (row.name,))
            if count := sum(1 for operation in operations if operation.seq in written):
                rows.append({"what": row.residue, "count": count})
    return rows


def _reviewed(project: "Project", plan: str, *, copies: bool) -> "PlanFile | None":
    """Return the newest rollback of `plan` that was shown and not applied."""
    rows = [row for row in project.plan_rows() if row["kind"] == "rollback" and row["state"] == "planned"]
    for row in reversed(rows):
        plan_file = project.plan(row["id"])
        if (plan_file.header.get("copies") if copies else row["undoes"]) == plan:
            return plan_file
    return None


def _compare(console: Console, reviewed: "PlanFile", undo: "PlanFile", *, yes: bool) -> None:
    """Tell whether a rollback does what the one did that was shown; else name the difference. Raises WaitingError where nobody is asked."""
    from ticketferry.plan.differences import difference

    differing = difference(reviewed, undo)
    if not differing:
        console.text(f"{undo.id} does the same as {reviewed.id}, which was shown.")
        return
    _differences(console, reviewed.id, undo.id, differing)
    if yes:
        raise WaitingError(
            f"{undo.id} does not do what {reviewed.id} did, which was shown: they differ in {counted(len(differing.records), 'record')}",
            where=undo.id,
            remedy=f"Nothing was written. Look at it: `ticketferry plan show {undo.id}`; then `ticketferry apply {undo.id}`.",
        )


def _differences(console: Console, before: str, now: str, differing: "PlanDifference") -> None:
    console.text(f"The desk has moved on since {before} was shown; {now} differs from it:")
    for record in differing.records[:LISTED]:
        console.text(f"{record.root}  now {record.now} (was {record.before})", "  ", " " * 6)
    if len(differing.records) > LISTED:
        console.out(f"  … and {number(len(differing.records) - LISTED)} more")
    console.out()


def _unfinished(project: object, plan: str) -> str | None:
    """Return a rollback of `plan` that was begun and not ended: it is finished rather than planned anew."""
    rows = project.plan_rows()  # type: ignore[attr-defined]
    begun = [row["id"] for row in rows if row["undoes"] == plan and row["state"] == "applying"]
    return str(begun[-1]) if begun else None


def _print(
    console: Console,
    plan: str,
    figures: dict[str, int],
    kept: list[tuple[str, str]],
    residue: list[dict[str, object]],
    *,
    copies: bool,
) -> None:
    if copies:
        console.out(f"Deleting what {plan} brought more than once", "")
        return
    console.out(f"Taking {plan} back")
    console.out(f"  {number(figures.get('reversed operations', 0)):>9}  writes are reversed")
    console.out(f"  {number(len(kept)):>9}  records are kept as they are")
    reasons: dict[str, list[str]] = {}
    for root, because in kept:
        reasons.setdefault(because, []).append(root)
    for because, roots in [*reasons.items()][:LISTED]:
        more = f" and {number(len(roots) - 1)} more" if len(roots) > 1 else ""
        console.text(f"{roots[0]}{more}  {because}", " " * 13, " " * 15)
    if len(reasons) > LISTED:
        rest = sum(len(roots) for roots in [*reasons.values()][LISTED:])
        console.out(f"{' ' * 13}… and {number(rest)} more")
    for count, what in residues((int(str(item["count"])), str(item["what"])) for item in residue):
        console.text(f"{what}: stays for ever", f"  {number(count):>9}  x ", " " * 15)
    console.out()
