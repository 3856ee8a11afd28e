"""`ticketferry apply`: a plan, and nothing else, into the new desk."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ticketferry.cli.app import (
    MOST,
    App,
    examples,
    give_up_option,
    json_option,
    old_option,
    pass_app,
    plan_argument,
    yes_option,
)
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, number, residues
from ticketferry.cli.until import until_option, watch_option
from ticketferry.cli.watched import print_watched, watched_json
from ticketferry.errors import Exit, RunFailed, StalePlanError, UsageError
from ticketferry.plan.workforce import MOST_WORKERS

if TYPE_CHECKING:
    from ticketferry.apply.applier import ApplyResult
    from ticketferry.plan.file.reader import PlanFile
    from ticketferry.project import Project
    from ticketferry.project.ages import Ages
    from ticketferry.project.skipping import Retried
    from ticketferry.project.viewing import PlanView
    from ticketferry.project.watching import Watched

__all__ = ["apply", "perform"]


@click.command(
    epilog=examples(
        "ticketferry apply p-07 --canary 20 --watch 10m",
        "ticketferry apply p-07 --max-creates 6000 --yes",
        "ticketferry apply p-07 --until 'Mon 05:00'",
        "ticketferry apply p-07 --retry-failed --code JSM-FIELD",
        "ticketferry apply p-07 --allow-notify customer.create",
    )
)
@plan_argument()
@click.option(
    "--canary", type=click.IntRange(1, MOST), metavar="N", help="Only the first N tickets and what they need."
)
@click.option(
    "--max-creates", type=click.IntRange(0, MOST), metavar="N", help="Refuse a plan that creates more."
)
@click.option(
    "--max-updates", type=click.IntRange(0, MOST), metavar="N", help="Refuse a plan that updates more."
)
@click.option(
    "--max-deletes", type=click.IntRange(0, MOST), metavar="N", help="Refuse a plan that deletes more."
)
@click.option("--workers", type=click.IntRange(1, MOST_WORKERS), metavar="N", help="Writes at the same time.")
@click.option(
    "--allow-notify",
    multiple=True,
    metavar="ENDPOINT",
    help="Let this write notify people; may be said again.",
)
@click.option(
    "--imported", is_flag=True, help="The importer is through: what it left out is written into a new file."
)
@click.option("--retry-failed", is_flag=True, help="Only what failed, and what it needs; with --code X.")
@click.option("--skip-failed", is_flag=True, help="Give up what failed with --code X; --by and --because.")
@click.option("--code", metavar="CODE", help="A code that `errors` names.")
@click.option("--by", default="", metavar="NAME", help="Who gives it up.")
@click.option("--because", default="", metavar="WHY", help="Why it is given up.")
@click.option("--allow-visible", is_flag=True, help="Let tickets become visible to more people than today.")
@old_option
@give_up_option
@until_option
@watch_option
@yes_option
@json_option
@pass_app
def apply(
    app: App,
    plan_id: str,
    canary: int | None,
    max_creates: int | None,
    max_updates: int | None,
    max_deletes: int | None,
    workers: int | None,
    allow_notify: tuple[str, ...],
    allow_visible: bool,
    allow_old: bool,
    give_up_after: float,
    until: datetime | None,
    watch: float | None,
    imported: bool,
    yes: bool,
    retry_failed: bool,
    skip_failed: bool,
    code: str | None,
    by: str,
    because: str,
) -> Exit:
    """Perform a plan: exactly its writes, in its order. Interrupt it at any time: the same command goes on.

    Says what it will write and asks on a terminal; without one, or with --json, it needs --yes. A desk that takes no write is
    waited for. Exit codes: 0 done, 2 somebody changed what --watch looked at, 3 a person must act first or the time of --until is over,
    4 records failed.
    """
    from ticketferry.project.viewing import open_plan, view_plan

    _refuse_mixed(code, canary, retry=retry_failed, skip=skip_failed)
    caps = {
        name: most
        for name, most in (("creates", max_creates), ("updates", max_updates), ("deletes", max_deletes))
        if most is not None
    }
    with app.project(counts=True) as project:
        opened = open_plan(project, plan_id)
        shown = view_plan(project, opened, workers=workers, played=True)
        if shown.state in ("superseded", "undone"):
            raise StalePlanError(
                f"{opened.id} is {shown.state}: a later plan was applied, or it was taken back",
                where=str(project.root),
                remedy="Make a new plan: `ticketferry plan`.",
            )
        known = {row.name for row in shown.overview.endpoints}
        for endpoint in allow_notify:
            if endpoint not in known:
                raise UsageError(
                    f"{opened.id} has no write {endpoint!r}",
                    remedy=f"Its writes: {', '.join(sorted(known)) or 'none'}.",
                )
        if skip_failed and code is not None:
            _skip(app, project, opened, code, by, because, yes=yes)
        return perform(
            app,
            project,
            opened,
            shown,
            yes=yes,
            canary=canary,
            retry=_retry(project, opened, code) if retry_failed else None,
            caps=caps,
            workers=workers,
            allow_notify=allow_notify,
            allow_visible=allow_visible,
            allow_old=allow_old,
            give_up_after=give_up_after * 60,
            until=until,
            watch=watch,
            imported=imported,
        )


def _refuse_mixed(code: str | None, canary: int | None, *, retry: bool, skip: bool) -> None:
    if retry and (skip or canary is not None):
        raise click.UsageError("--retry-failed goes with neither --skip-failed nor --canary")
    if skip and code is None:
        raise click.UsageError("--skip-failed wants the code of what is given up: --code X")
    if code is not None and not (retry or skip):
        raise click.UsageError("--code goes with --retry-failed or --skip-failed")


def _retry(project: "Project", opened: "PlanFile", code: str | None) -> "Retried":
    from ticketferry.project.skipping import retried

    return retried(project, opened, code)


def _skip(
    app: App, project: "Project", opened: "PlanFile", code: str, by: str, because: str, *, yes: bool
) -> None:
    """Ask, give up what failed with a code, and say which records."""
    from ticketferry.project.skipping import refuse_waiting, retried, skip_failed

    refuse_waiting(project, opened, code)
    failed = retried(project, opened, code).roots
    question = f"Give up {counted(len(failed), 'record')} of {opened.id} that failed with {code}, and what needs them?"
    if not yes and (not app.console.asks or not app.console.confirm(question)):
        raise UsageError(
            "nobody has said that they may be given up",
            where="apply",
            remedy="Nothing was changed. Say --yes.",
        )
    given_up = skip_failed(project, opened, code=code, by=by, because=because)
    app.console.text(
        f"{counted(len(given_up), 'record')} skipped by {by}: {because}; status, verify and report go on naming them"
    )
    for one in given_up[:SKIPPED_NAMED]:
        app.console.text(f"{one.ref}  [{one.code}] {counted(one.writes, 'write')}", "  ")
    if len(given_up) > SKIPPED_NAMED:
        app.console.out(f"  and {number(len(given_up) - SKIPPED_NAMED)} more: ticketferry errors {opened.id}")
    app.console.out()


SKIPPED_NAMED = 8
"""Records that are named where they are given up."""


def perform(
    app: App,
    project: "Project",
    opened: "PlanFile",
    shown: "PlanView",
    *,
    yes: bool,
    watch: float | None = None,
    **options: Any,
) -> Exit:
    """Say what will be written, ask, apply, print the figures."""
    from ticketferry.project import stages
    from ticketferry.project.ages import ages_of
    from ticketferry.project.importing import waiting_for_import
    from ticketferry.project.problems import failed_roots
    from ticketferry.project.window_gate import close_at

    console = app.console
    done = _already(project, opened.id)
    left = shown.overview.operations - done
    if left and not yes and not console.asks:
        raise UsageError(
            f"nobody is there to ask whether {opened.id} may be written",
            where="apply",
            remedy="Nothing was written. Say --yes: without a terminal on stdin and stderr, and with --json, it is needed.",
        )
    if left:
        stages.refuse(
            project,
            opened,
            caps=options.get("caps"),
            allow_notify=options.get("allow_notify", ()),
            allow_visible=options.get("allow_visible", False),
            **({"give_up_after": options["give_up_after"]} if "give_up_after" in options else {}),
        )
        options["until"] = close_at(project, opened, options.get("until"))
    ages = ages_of(project, opened)
    _say(console, shown, done, options.get("canary"), ages, options.get("until"), options.get("retry"))
    try:
        refused = left and not yes and not console.confirm(_question(ages, options))
    except click.Abort:
        console.note("\nNothing was written.")
        raise
    if refused:
        console.note("Nothing was written.")
        return Exit.OK
    if left and not yes:
        options["allow_old"] = True  # the question told the age
    with console.progress() as progress:
        figures = stages.apply(project, opened, progress=progress, fail=False, **options)
    waits = figures.left
    if figures.copies:
        console.note(
            f"{counted(figures.copies, 'ticket')} too many in the new desk, each the copy of one: `ticketferry errors {opened.id}` names them"
        )
    # What failed or waits for an importer is told first: a look at the rest would hide it.
    looks = watch and not figures.failed and not figures.waiting and shown.overview.kind == "apply"
    watched = _watch(app, project, opened, watch) if looks and watch is not None else None
    if console.json:
        code = Exit.DIFFERENCES if watched is not None and not watched.quiet else _exit(figures)
        told = {} if watched is None else {"watch": watched_json(watched)}
        console.result(
            {"plan": opened.id, "kind": shown.overview.kind, "figures": figures, **told, "exit": int(code)}
        )
    caused = failed_roots(project, opened.id, waiting=False) if figures.failed else {}
    _figures(console, opened.id, figures, len(caused))
    if figures.waiting:
        raise waiting_for_import(project, opened.id, figures, imported=bool(options.get("imported")))
    if figures.failed:
        records = len({root for root, _ in caused.values()})
        blocked = figures.failed - len(caused)
        behind = f", and {number(blocked)} that need them were not sent" if blocked else ""
        raise RunFailed(
            f"{counted(len(caused), 'write')} of {counted(records, 'record')} failed in {opened.id}{behind}; everything"
            " else was done",
            failed=figures.failed,
            remedy=f"`ticketferry errors {opened.id}` names them and the cause; mend it, then run"
            f" `ticketferry apply {opened.id}` again.",
        )
    if watched is not None:
        print_watched(console, watched)
        if not watched.quiet:
            console.out(
                f"Next    ticketferry verify {opened.id}", f"        ticketferry rollback {opened.id}"
            )
            return Exit.DIFFERENCES
    if waits:
        console.out(f"Next    ticketferry verify {opened.id}     look at these first")
        console.out(f"        ticketferry apply {opened.id}      then the rest")
    elif shown.overview.kind == "rollback":
        console.out("Next    ticketferry status")
    else:
        console.out(f"Next    ticketferry verify {opened.id}     reads it all back, field by field")
    return Exit.OK


def _watch(app: App, project: "Project", opened: "PlanFile", seconds: float) -> "Watched":
    from ticketferry.project.watching import watch

    with app.console.progress() as progress:
        return watch(project, opened, seconds, progress=progress)


def _exit(figures: "ApplyResult") -> Exit:
    if figures.waiting:
        return Exit.WAITING
    return Exit.RECORDS_FAILED if figures.failed else Exit.OK


def _already(project: "Project", plan: str) -> int:
    return project.journal(plan, "").counts().get("done", 0)


def _question(ages: "Ages", options: dict[str, Any]) -> str:
    if not ages.old or options.get("allow_old"):
        return "Write it now?"
    return "It is older than a day, and the desk may have moved on. Write it all the same?"


def _age(ages: "Ages") -> str:
    if ages.begun:
        return f"last worked on {duration(ages.plan)} ago"
    return f"made {duration(ages.plan)} ago; the new desk was read for it {duration(ages.target)} ago"


def _say(
    console: Console,
    shown: "PlanView",
    done: int,
    canary: int | None,
    ages: "Ages",
    until: datetime | None,
    retry: "Retried | None",
) -> None:
    view = shown.overview
    verb = "takes back in" if view.kind == "rollback" else "writes to"
    console.text(f"Plan {view.id} {verb} {view.target.get('where') or view.target.get('key', '')}")
    console.table(
        [(row.operations, row.name, f"{row.method} {row.path}".strip()) for row in view.endpoints], "rll"
    )
    requests = view.requests if shown.estimate is None else shown.estimate.requests
    words = f"{counted(view.operations, 'write')} in {counted(requests, 'request')}"
    if done:
        words += f", {number(done)} of them done already"
    if retry is not None:
        words += f"; now only {counted(len(retry.roots), 'record')} that failed, and what they need"
    if canary is not None:
        words += f"; now only the first {counted(canary, 'ticket')} and what they need"
    console.text(words, "  ")
    console.text(_age(ages), "  ")
    if shown.estimate is not None and not done and canary is None:
        console.out(f"  {duration(shown.estimate.seconds)} at least")
    if until is not None:
        left = (until - datetime.now(UTC)).total_seconds()
        console.text(
            f"begins no write after {until:%a %Y-%m-%d %H:%M}, in {duration(left)}; the same command goes on",
            "  ",
        )
    left_behind = residues((row.operations, row.residue) for row in view.endpoints)
    stays = [f"{number(count)} x {residue}" for count, residue in left_behind]
    if stays:
        console.text("; ".join(stays), "  stays for ever: ")
    console.out()


def _why_left(figures: "ApplyResult") -> str:
    return "waiting for these" if figures.waiting else "outside of the canary, or waiting for it"


def _figures(console: Console, plan: str, figures: "ApplyResult", caused: int) -> None:
    """Print what became of the writes. `caused`: those that failed for a cause of their own, as `errors` counts them."""
    blocked = figures.failed - caused
    rows = [
        ("performed", figures.performed, ""),
        ("done before", figures.already, "by an earlier run of this plan"),
        ("repeated", figures.repeated, "the answer was lost, and they were sent again"),
        ("adopted", figures.adopted, "the answer was lost, and they were found done"),
        ("imported", figures.imported, "among the performed: came by a file, were found and bound"),
        ("compensated", figures.compensated, "not done as planned, and taken back at once"),
        (
            "in files",
            sum(item.records - item.found for item in figures.waiting),
            "handed out, to be imported",
        ),
        ("skipped", figures.problems.get("skipped", 0), "given up by a person"),
        ("failed", caused, f"ticketferry errors {plan}" if figures.failed else ""),
        ("not sent", blocked, "they need one that failed"),
        ("left", figures.left, _why_left(figures)),
    ]
    console.out(f"{plan}  {counted(figures.roots, 'record')}; of their writes:")
    console.table([row for row in rows if row[1] or row[0] in ("performed", "failed")], "lrl")
    console.out()
