"""`ticketferry plan`: make a plan and look at plans."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ticketferry.cli.app import (
    MOST,
    App,
    OutputFile,
    examples,
    executor_option,
    json_option,
    pass_app,
    plan_argument,
)
from ticketferry.cli.layout import when
from ticketferry.errors import Exit, UsageError

if TYPE_CHECKING:
    from ticketferry.plan.file.reader import PlanFile
    from ticketferry.plan.inputs import Scope
    from ticketferry.project import Project

__all__ = ["plan"]


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "ticketferry plan",
        "ticketferry plan --phase pilot --workers 4",
        "ticketferry plan --people",
        "ticketferry plan --only ticket:1042,ticket:20177",
        "ticketferry plan show p-07 ticket:1042",
        "ticketferry plan losses p-07",
    ),
)
@click.option("--phase", metavar="NAME", help="One phase of the mapping; else all.")
@click.option("--only", metavar="TICKETS", help="Only these: ticket:1,ticket:2.")
@click.option("--limit", type=click.IntRange(1, MOST), metavar="N", help="The first N tickets.")
@click.option(
    "--people",
    is_flag=True,
    help="Phase 0: the people and organizations that the tickets need, days before these.",
)
@click.option("--offline", is_flag=True, help="Do not refresh what is known of the new desk.")
@click.option(
    "--whole",
    is_flag=True,
    help="Plan all records anew, not only what changed since the last plan; it gives the same.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Short for --executor local:N.",
)
@executor_option
@click.option(
    "--compare-ways", is_flag=True, help="What each way into the new desk keeps and costs; no plan is saved."
)
@click.option("--exit-code", is_flag=True, help="Exit with 2 where the plan is not empty.")
@json_option
@click.pass_context
def plan(
    context: click.Context,
    phase: str | None,
    only: str | None,
    limit: int | None,
    people: bool,
    offline: bool,
    whole: bool,
    workers: int | None,
    executor: str,
    compare_ways: bool,
    exit_code: bool,
) -> Exit | None:
    """Make a plan: the exact difference between what the mapping wants and what the new desk holds.

    The new desk is read, no desk is written to. The plan is saved; `apply` does it and nothing else. Where the folder has an
    acceptance.yaml the plan is held against it: exit code 2 where a criterion is unmet.
    """
    if context.invoked_subcommand is not None:
        return None
    from ticketferry.acceptance.criteria import load_acceptance
    from ticketferry.acceptance.judge import accepted
    from ticketferry.cli.accept import acceptance_json, print_verdict
    from ticketferry.cli.approve import print_covered
    from ticketferry.cli.elsewhere_screen import print_elsewhere
    from ticketferry.cli.plan_screen import overview_json, print_overview
    from ticketferry.cli.window_screen import fit_json, print_fit
    from ticketferry.plan.inputs import Scope
    from ticketferry.project import stages
    from ticketferry.project.accepting import judge_plan
    from ticketferry.project.approving import covering
    from ticketferry.project.elsewhere import runs_elsewhere
    from ticketferry.project.executors import open_executor
    from ticketferry.project.viewing import view_plan

    app = context.ensure_object(App)
    chosen = tuple(part.strip() for part in only.split(",") if part.strip()) if only else ()
    if only is not None and not chosen:
        raise click.UsageError("--only names no ticket: write --only ticket:1,ticket:2")
    scope = Scope(phase, chosen, limit, people=people)
    if people and scope.chosen:
        raise click.UsageError(
            "--people goes with --phase, not with --only or --limit: people are needed by all tickets"
        )
    if people and compare_ways:
        raise click.UsageError("--compare-ways is about tickets: leave --people out")
    with app.project(counts=True) as project:
        if compare_ways:
            return _compare(app, project, scope)
        load_acceptance(project.home)
        with app.console.progress() as progress:
            made = stages.make_plan(
                project,
                scope,
                offline=offline,
                whole=whole,
                executor=open_executor(f"local:{workers}" if workers else executor, project),
                progress=progress,
            )
        shown = view_plan(project, made, workers=project.config.workers, played=True)
        judged = judge_plan(project, made, shown.overview)
        tried = runs_elsewhere(project, made)
        if app.console.json:
            told: dict[str, Any] = {"acceptance": acceptance_json(judged)} if judged is not None else {}
            told |= {"elsewhere": tried} if tried else {}
            told |= fit_json(project.config.windows, shown.estimate, project.now())
            app.console.result({**overview_json(shown.overview, shown.estimate), **told})
        print_overview(app.console, shown.overview, shown.estimate, fresh=True)
        print_elsewhere(app.console, tried)
        print_fit(app.console, project.config.windows, shown.estimate, project.now())
        if judged:
            app.console.out()
            print_verdict(app.console, judged)
        covered = covering(project, made, shown.overview)
        print_covered(app.console, made.id, covered, required=project.config.approval)
        blocked = bool(shown.overview.causes.forbidding)
        made.close()
    if blocked:
        return Exit.ERROR
    if judged is not None and not accepted(judged):
        return Exit.DIFFERENCES
    return Exit.DIFFERENCES if exit_code and shown.overview.operations else Exit.OK


def _compare(app: App, project: "Project", scope: "Scope") -> Exit:
    from ticketferry.cli.plan_work_screen import print_comparison_of_ways
    from ticketferry.project.ways import compare_ways

    with app.console.progress() as progress:
        ways = compare_ways(project, scope, progress=progress)
    if app.console.json:
        app.console.result({"ways": [row.as_json() for row in ways]})
    print_comparison_of_ways(app.console, ways)
    return Exit.OK


@plan.command(
    short_help="A plan, a list of its records, or one record.",
    epilog=examples(
        "ticketferry plan show",
        "ticketferry plan show p-07 --rejected --conflicts",
        "ticketferry plan show p-07 ticket:1042 --operations",
        "ticketferry plan show p-07 --class 'open -> Waiting for support · SUP'",
        "ticketferry plan show p-07 --changes --csv > p-07.csv",
    ),
)
@plan_argument(required=False, metavar="[PLAN]")
@click.argument("record", required=False, metavar="[RECORD]")
@click.option("--changes", is_flag=True, help="All records with what happens to each.")
@click.option("--skipped", is_flag=True, help="Records that a rule leaves out, with the rule.")
@click.option("--rejected", is_flag=True, help="Records that cannot be written, and those that are gone.")
@click.option("--conflicts", is_flag=True, help="Records that were changed in both desks.")
@click.option("--visible", is_flag=True, help="Tickets that more people could see than today.")
@click.option("--class", "class_", metavar="NAME", help="The members of one class of equal change.")
@click.option("--classes", is_flag=True, help="The classes of equal change with counts.")
@click.option("--findings", is_flag=True, help="What was found, by cause, with the place to mend it.")
@click.option("--operations", is_flag=True, help="The writes, in their order; of a RECORD with their bodies.")
@click.option("--ways", is_flag=True, help="The ways that tickets go beside the API, and what each assumes.")
@click.option("--estimate", is_flag=True, help="How long an apply takes, and what holds it back.")
@click.option("--csv", "form", flag_value="csv", help="Changes or operations as CSV.")
@click.option("--jsonl", "form", flag_value="jsonl", help="Changes or operations as JSON Lines.")
@json_option
@pass_app
def show(app: App, /, plan_id: str | None, record: str | None, form: str | None, **chosen: Any) -> None:
    """Show a plan, a list of its records, or one record before and after."""
    from ticketferry.cli import plan_lists
    from ticketferry.plan.show import change_rows
    from ticketferry.project.viewing import open_plan

    if plan_id is not None and record is None and (":" in plan_id or plan_id.lstrip("#").isdigit()):
        plan_id, record = None, plan_id
    with app.project() as project:
        opened = open_plan(project, plan_id)
        where = _where(chosen)
        if record is not None:
            _one(app, project, opened, record, operations=chosen["operations"])
        elif form is not None:
            rows = (
                _operations(project, opened)
                if chosen["operations"]
                else change_rows(opened, *(where or ("1", [])))
            )
            app.console.stream(_lines(form)(rows))
        elif where is not None:
            plan_lists.print_changes(app.console, opened, *where)
        elif chosen["operations"]:
            plan_lists.print_operations(app.console, opened)
        elif chosen["classes"]:
            plan_lists.print_classes(app.console, opened)
        elif chosen["findings"]:
            plan_lists.print_findings(app.console, opened)
        else:
            _whole(app, project, opened, estimate=chosen["estimate"], ways=chosen["ways"])


def _one(app: App, project: "Project", opened: "PlanFile", record: str, *, operations: bool) -> None:
    from ticketferry.cli.record_screen import print_record
    from ticketferry.plan.show import find_root, show_record
    from ticketferry.project.viewing import planner_of
    from ticketferry.project.wanted import written_of

    with planner_of(project, opened) as planner:
        view = show_record(opened, planner, find_root(opened, record), written=written_of(project))
    if app.console.json:
        app.console.result(view)
    print_record(app.console, view, operations=operations)


def _whole(app: App, project: "Project", opened: "PlanFile", *, estimate: bool, ways: bool) -> None:
    from ticketferry.cli.elsewhere_screen import print_elsewhere
    from ticketferry.cli.plan_screen import overview_json, print_overview
    from ticketferry.cli.plan_work_screen import print_estimate, print_ways
    from ticketferry.cli.window_screen import fit_json, print_fit
    from ticketferry.project.elsewhere import runs_elsewhere
    from ticketferry.project.viewing import view_plan

    shown = view_plan(project, opened, played=estimate)
    tried = runs_elsewhere(project, opened)
    if app.console.json:
        told: dict[str, Any] = {"elsewhere": tried} if tried else {}
        told |= fit_json(project.config.windows, shown.estimate, project.now())
        app.console.result({"state": shown.state, **overview_json(shown.overview, shown.estimate), **told})
    if ways:
        print_ways(app.console, shown.overview)
        return
    if estimate:
        print_estimate(app.console, shown.estimate)
        return
    print_overview(app.console, shown.overview, shown.estimate, state=shown.state)
    print_elsewhere(app.console, tried)
    if shown.state == "planned":
        print_fit(app.console, project.config.windows, shown.estimate, project.now())
    app.console.out(f"State   {shown.state}")


def _where(chosen: dict[str, Any]) -> tuple[str, list[str]] | None:
    """Return the condition on changes that the options mean; None where they mean no list."""
    if chosen["class_"] is not None:
        return "class = ?", [chosen["class_"]]
    names = [
        *(("skip",) if chosen["skipped"] else ()),
        *(("reject", "gone") if chosen["rejected"] else ()),
        *(("conflict",) if chosen["conflicts"] else ()),
    ]
    parts = [f"outcome IN ({','.join('?' * len(names))})"] if names else []
    if chosen["visible"]:
        parts.append("json_extract(facts, '$.newly_visible') IS NOT NULL")
    if parts:
        return " OR ".join(parts), names
    return ("1", []) if chosen["changes"] else None


def _lines(form: str) -> Callable[[Iterable[Any]], Iterator[str]]:
    from ticketferry.plan.show import csv_lines, json_lines

    return csv_lines if form == "csv" else json_lines


@plan.command(
    short_help="What does not arrive as it was, and why.",
    epilog=examples("ticketferry plan losses p-07", "ticketferry plan losses p-07 --impossible --json"),
)
@plan_argument(required=False, metavar="[PLAN]")
@click.option("--impossible", is_flag=True, help="Every single value that the new desk cannot hold, by name.")
@json_option
@pass_app
def losses(app: App, plan_id: str | None, impossible: bool) -> None:
    """What does not arrive as it was: impossible, dropped, kept beside, transformed; with the reason of each."""
    from ticketferry.cli import plan_lists
    from ticketferry.project.viewing import open_plan

    with app.project() as project:
        opened = open_plan(project, plan_id)
        if impossible:
            plan_lists.print_impossible(app.console, opened)
        else:
            plan_lists.print_losses(app.console, opened)


@plan.command("list", epilog=examples("ticketferry plan list", "ticketferry plan list --json"))
@json_option
@pass_app
def list_(app: App) -> None:
    """All plans of this folder with their state, newest last."""
    with app.project() as project:
        rows = project.plan_rows()
        if app.console.json:
            app.console.result({"plans": rows})
            return
        if not rows:
            app.console.out("No plan was made yet. Make one: ticketferry plan")
            return
        app.console.table(
            [
                (
                    row["id"],
                    f"takes back {row['undoes']}" if row["undoes"] else (row["phase"] or "all"),
                    row["state"],
                    when(row["made"]),
                    f"{row['digest'][:4]}-{row['digest'][4:8]}",
                )
                for row in rows
            ],
            "lllll",
            header=("plan", "what", "state", "made", "digest"),
            indent=0,
        )


@plan.command(epilog=examples("ticketferry plan diff p-07 p-08"))
@plan_argument("before", metavar="OLDER")
@plan_argument("after", metavar="NEWER")
@json_option
@pass_app
def diff(app: App, before: str, after: str) -> None:
    """What moved between two plans: inputs, classes, findings, writes."""
    from ticketferry.cli import plan_lists
    from ticketferry.plan.show import compare
    from ticketferry.project.viewing import open_plan

    with app.project() as project:
        comparison = compare(open_plan(project, before), open_plan(project, after))
        app.console.result(comparison) if app.console.json else plan_lists.print_comparison(
            app.console, comparison
        )


@plan.command(
    epilog=examples(
        "ticketferry plan export p-07 --jsonl -o p-07.jsonl",
        "ticketferry plan export p-07 --csv > p-07.csv",
        "ticketferry plan export p-07 --csv --operations",
    )
)
@plan_argument()
@click.option("--jsonl", "form", flag_value="jsonl", help="JSON Lines, one object a row.")
@click.option("--csv", "form", flag_value="csv", help="CSV for a spreadsheet.")
@click.option("--operations", is_flag=True, help="The writes with their bodies instead of the records.")
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="Else stdout.")
@pass_app
def export(app: App, plan_id: str, form: str | None, operations: bool, output: Path | None) -> None:
    """All records of a plan, or all its writes, row by row."""
    from ticketferry.plan.show import change_rows
    from ticketferry.project.viewing import open_plan

    if form is None:
        raise UsageError("say the form: --jsonl or --csv")
    with app.project() as project:
        opened = open_plan(project, plan_id)
        rows = _operations(project, opened) if operations else change_rows(opened)
        app.console.stream(_lines(form)(rows), output)
        if output is not None:
            app.console.note(f"wrote {output}")


def _operations(project: "Project", opened: "PlanFile") -> Iterator[dict[str, Any]]:
    from ticketferry.plan.show import operation_rows
    from ticketferry.project.viewing import planner_of

    if opened.header.get("kind") == "rollback":
        yield from operation_rows(opened)
        return
    with planner_of(project, opened) as planner:
        yield from operation_rows(opened, planner)
