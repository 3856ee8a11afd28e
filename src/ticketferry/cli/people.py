"""`ticketferry people`: who is one with whom, and which account stands for whom."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, OutputFile, examples, executor_option, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.project.people import PeopleReview

__all__ = ["people"]

LISTED = 12
NEAR_LISTED = 6
PLACEHOLDERS = 40


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "ticketferry people",
        "ticketferry people --csv -o people.csv",
        "ticketferry people --write",
        "ticketferry people --words",
        "ticketferry people placeholders",
        "ticketferry people reassign person:7 --to person:2",
        "ticketferry people --json",
    ),
)
@click.option(
    "--write", is_flag=True, help="Write suggestions into the decisions file; what was decided stays."
)
@click.option("--csv", "as_csv", is_flag=True, help="Everybody as CSV, one a line, for a spreadsheet.")
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="CSV to a file.")
@click.option("--words", is_flag=True, help="What may stand in the decisions file, and what follows.")
@json_option
@click.pass_context
def people(context: click.Context, write: bool, as_csv: bool, output: Path | None, words: bool) -> None:
    """Who is one with whom, which account of the new desk stands for whom, who is created, who becomes a placeholder.

    A person reviews the decisions file (CSV); `plan` takes it into account. Talks to no desk.
    """
    if context.invoked_subcommand is not None:
        return
    app = context.ensure_object(App)
    from ticketferry.people.decisions import WORDS
    from ticketferry.project.people import review_people

    if words:
        if app.console.json:
            app.console.result(dict(WORDS))
        for word, meaning in WORDS.items():
            app.console.text(f"{word or '(empty)':<16}{meaning}", "", " " * 16)
        return
    if as_csv or output is not None:
        _stream(app, output)
        return
    with app.project() as project, app.console.progress() as progress:
        review = review_people(project, write=write, rows=app.console.json, progress=progress)
    if app.console.json:
        app.console.result(review)
    _print(app.console, review)


@people.command(
    short_help="Placeholders that were written, with their tickets.",
    epilog=examples(
        "ticketferry people placeholders",
        "ticketferry people placeholders --csv -o placeholders.csv",
        "ticketferry people reassign placeholder:7 --to account:ann@acme.com",
    ),
)
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, one a line.")
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="CSV to a file.")
@json_option
@pass_app
def placeholders(app: App, as_csv: bool, output: Path | None) -> None:
    """The placeholders that were written: for whom each stands, with its tickets and words. Talks to no desk."""
    from dataclasses import asdict

    from ticketferry.plan.show import csv_lines
    from ticketferry.project.placeholders import WrittenPlaceholder, written_placeholders

    with app.project() as project, app.console.progress() as progress:
        rows = written_placeholders(project, progress)
    if as_csv or output is not None:
        app.console.stream(csv_lines((asdict(row) for row in rows), WrittenPlaceholder.__slots__), output)
        if output is not None:
            app.console.note(f"wrote {output}")
        return
    if app.console.json:
        app.console.result({"placeholders": rows})
    if not rows:
        app.console.text("no placeholder was written")
        return
    app.console.text(
        f"{counted(len(rows), 'placeholder')} in the new desk, under which {counted(sum(row.asked for row in rows), 'ticket')}"
        f" and {counted(sum(row.words for row in rows), 'message')} stand"
    )
    app.console.out()
    app.console.table(
        [
            (row.asked, row.assigned, row.words, row.name, row.person or "(nobody)", row.moved or row.because)
            for row in rows[:PLACEHOLDERS]
        ],
        "rrrllw",
        header=("asks", "assigned", "messages", "placeholder", "for", "by, or who has its tickets now"),
        indent=0,
    )
    if len(rows) > PLACEHOLDERS:
        app.console.out(
            f"  … and {number(len(rows) - PLACEHOLDERS)} more: ticketferry people placeholders --csv"
        )
    app.console.out()
    app.console.out(f"Next    ticketferry people reassign {rows[0].name} --to account:E-MAIL")


@people.command(
    short_help="Plan to move tickets from one person to another.",
    epilog=examples(
        "ticketferry people reassign person:7 --to person:2",
        "ticketferry people reassign placeholder:7 --to account:ann@acme.com",
        "ticketferry people reassign placeholder:nobody --to account:desk@acme.com",
        "ticketferry people reassign person:7 --to separate",
    ),
)
@click.argument("old")
@click.option(
    "--to",
    "new",
    required=True,
    metavar="WHOM",
    help="A person of the old desk, account:E-MAIL, or separate.",
)
@click.option("--offline", is_flag=True, help="Do not refresh what is known of the new desk.")
@executor_option
@json_option
@pass_app
def reassign(app: App, old: str, new: str, offline: bool, executor: str) -> Exit:
    """Plan to move what was written from one person, organization or placeholder to another.

    OLD is a person or organization of the old desk (`person:7`, an e-mail) or a placeholder (`placeholder:7`). The plan is shown, approved, applied,
    verified and taken back like any other; no desk is written to now. Later plans know who stands for whom.
    """
    from ticketferry.cli.plan_screen import overview_json, print_overview
    from ticketferry.project.executors import open_executor
    from ticketferry.project.reassigning import moved_fields, plan_reassign, reassignment
    from ticketferry.project.viewing import view_plan

    with app.project(counts=True) as project:
        with app.console.progress() as progress:
            moved = reassignment(project, old, new, offline=offline, progress=progress)
            made = plan_reassign(
                project, moved, offline=offline, executor=open_executor(executor, project), progress=progress
            )
        shown = view_plan(project, made, workers=project.config.workers, played=True)
        fields, stays = moved_fields(made)
        if app.console.json:
            told = {
                "old": moved.old,
                "new": moved.new,
                "tickets": len(moved.tickets),
                "fields": fields,
                "stays": stays,
            }
            app.console.result({**overview_json(shown.overview, shown.estimate), "reassign": told})
        print_overview(app.console, shown.overview, shown.estimate, fresh=True)
        app.console.out()
        app.console.text(
            f"{moved.old} -> {moved.new}: {counted(len(moved.tickets), 'ticket')} that were written name them"
        )
        for words, count in (*fields.items(), *stays.items()):
            app.console.text(f"{number(count):>8}  {words}", "", " " * 10)
        blocked = bool(shown.overview.causes.forbidding)
        made.close()
    return Exit.ERROR if blocked else Exit.OK


def _stream(app: App, output: Path | None) -> None:
    from dataclasses import asdict

    from ticketferry.plan.show import csv_lines
    from ticketferry.project.people_rows import COLUMNS, reviewed

    with app.project() as project:
        rows = (asdict(row) for row in reviewed(project.planning()))
        app.console.stream(csv_lines(rows, COLUMNS), output)
    if output is not None:
        app.console.note(f"wrote {output}")


def _print(console: Console, review: "PeopleReview") -> None:
    console.text(
        f"{counted(review.people, 'person')}, {counted(review.organizations, 'organization')}"
        f" ({number(review.organizations_matched)} found in the new desk)"
    )
    console.text(f"{number(review.merged)} are one with another, in {counted(review.clusters, 'cluster')}")
    console.out()
    console.table(
        [(count, tickets, kind, end) for kind, end, count, tickets in review.ends],
        "rrll",
        header=("records", "tickets", "kind", "end"),
        indent=0,
    )
    console.out()
    console.table(
        [(fate.count, fate.end, fate.role, fate.because) for fate in review.fates],
        "rllw",
        header=("people", "end", "role", "because"),
        indent=0,
    )
    console.text(
        "`create` and `placeholder` only where a ticket of a plan needs the person, unless the mapping says more"
    )
    _print_near(console, review)
    if review.looked_at:
        console.out("", "Look at these first")
        for row in review.looked_at[:LISTED]:
            asks_in = counted(row.tickets, "ticket")
            console.text(f"{row.end}  {row.name} <{row.email}>  {row.ref}  {asks_in}", "  ", "    ")
            account = f"{row.account_name} <{row.account_email}> {row.account}".strip()
            shared = f"  {row.shared or '-'} -> {row.account_shared or '-'}" if row.account else ""
            if row.account:
                console.text(f"{account}{shared}", "    = ", "      ")
            console.text(row.seen_by_more or row.how, "    ")
    if review.listed:
        console.out("", "One with another (the first stays)")
        for cluster in review.listed[:LISTED]:
            console.text(f"{cluster.survivor}  [{cluster.why}]", "  ", "    ")
            for other in cluster.others:
                console.text(other, "    = ", "      ")
        if review.clusters > LISTED:
            console.out(f"  … and {number(review.clusters - LISTED)} more: ticketferry people --json")
    if review.findings:
        console.out("", "In doubt")
        for finding in review.findings[:LISTED]:
            console.text(f"{finding.subject}  {finding.message}  [{finding.code}]", "  ", "    ")
            console.text(finding.remedy, "    ")
        if len(review.findings) > LISTED:
            console.out(f"  … and {number(len(review.findings) - LISTED)} more: ticketferry people --json")
    console.out()
    console.text("everybody, with the account that stands for them: ticketferry people --csv -o people.csv")
    if review.written:
        console.text(
            f"wrote {review.decisions}: {number(review.decided)} decided, {number(review.open)} open"
        )
    elif review.decided or review.open:
        console.text(f"{review.decisions}: {number(review.decided)} decided, {number(review.open)} open")
    if not review.written and (
        review.merged or (review.near is not None and (review.near.joined or review.near.asked))
    ):
        console.out("Next    ticketferry people --write     the decisions file, to be reviewed")
    else:
        console.out("Next    ticketferry plan")


def _print_near(console: Console, review: "PeopleReview") -> None:
    """Print the three bands, with the first pairs of each and what made their score."""
    from ticketferry.project.near_people import NEEDED

    near = review.near
    console.out("", "Near matches")
    if near is None:
        console.text(f"not compared: {NEEDED}", "  ")
        return
    console.table(
        [
            (
                near.automatic,
                "automatic",
                f"joined by the tool with its reason, {counted(near.joined, 'line')} of the decisions file",
            ),
            (
                near.review,
                "review",
                f"separate until a person decides, {counted(near.asked, 'line')} of the decisions file",
            ),
            (near.separate, "separate", f"compared and unlike, of {counted(near.people, 'person')}"),
        ],
        "rlw",
        header=("pairs", "band", "what becomes of them"),
    )
    there = near.there
    if there.accounts:
        console.text(
            f"{counted(there.accounts, 'account')} of the new desk {'are' if there.accounts != 1 else 'is'} nobody's of the old one by a key"
            + (
                f", {number(there.hidden)} of which show no e-mail address: only a name can tell of them"
                if there.hidden
                else ""
            )
            + f"; {number(there.matched)} given to who is near by a line of the decisions file, {number(there.asked)} wait for a person",
            "  ",
        )
    if near.further:
        console.text(
            f"{counted(near.further, 'pair')} of people who have a line already: they come once that is decided",
            "  ",
        )
    if near.taken_out:
        console.text(
            f"{counted(near.taken_out, 'pair')} stay separate since somebody took their line out", "  "
        )
    for pair in near.samples[:NEAR_LISTED]:
        console.text(
            f"{pair.band}  {pair.one} = {pair.other}  {pair.score:+.1f}  {pair.tie if pair.band == 'automatic' else pair.never}",
            "  ",
            "    ",
        )
        steps = [f"{trait.replace('_', ' ')} {said} {weight:+.1f}" for trait, said, weight in pair.steps]
        console.text(", ".join([f"to begin with {pair.prior:+.1f}", *steps]), "    ", "      ")
