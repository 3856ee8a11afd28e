"""`ticketferry profile`: what the old desk holds, in numbers, and what is wrong with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ticketferry.cli.app import App, OutputFile, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.extract_words import print_completeness
from ticketferry.cli.layout import counted, number, size
from ticketferry.cli.profile_quality import QUALITY_COLUMNS, print_quality, quality_rows

if TYPE_CHECKING:
    from ticketferry.extract.completeness import Completeness
    from ticketferry.quality.profile import Profile
    from ticketferry.store.surveys import Cell

__all__ = ["profile"]

STATES = {"stored": "here", "missing": "not given by the desk", "redacted": "taken out of the desk"}
"""What a file is that stands in the old desk, in words; others say it themselves."""
MOST = 8
DIFFERENCES = 20


@click.command(
    epilog=examples(
        "ticketferry profile",
        "ticketferry profile --mapped",
        "ticketferry profile --csv -o wrong.csv",
        "ticketferry profile --parquet wrong.parquet",
        "ticketferry profile --json > profile.json",
    )
)
@click.option(
    "--mapped",
    is_flag=True,
    help="Only what the mapping moves: what is left of each finding after the cleaning.",
)
@click.option("--csv", "as_csv", is_flag=True, help="CSV of what is wrong, for a spreadsheet.")
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="CSV to a file.")
@click.option(
    "--parquet", type=OutputFile(), metavar="FILE", help="What is wrong as a Parquet file, for a data frame."
)
@json_option
@pass_app
def profile(app: App, mapped: bool, as_csv: bool, output: Path | None, parquet: Path | None) -> None:
    """Count everything in the newest snapshot of the old desk, and say what is wrong in it: each finding with a code (docs/profile.md),
    samples, and lines for the mapping that mend it. Talks to no desk.
    """
    from ticketferry.extract.completeness import Completeness
    from ticketferry.project.profiling import profile_desk
    from ticketferry.store.surveys import Surveys

    with app.project() as project:
        with app.console.progress() as progress:
            counts = profile_desk(project, mapped=mapped, progress=progress)
        snapshots = project.snapshots("source")
        surveys = Surveys(snapshots)
        complete, cells, things = Completeness.read(snapshots), surveys.cells(), surveys.inventory_counts()
    if parquet is not None:
        from ticketferry.store.parquet import write_parquet

        write_parquet(parquet, QUALITY_COLUMNS, list(quality_rows(counts)))
        app.console.note(f"wrote {parquet}")
        if not app.console.json:
            return
    if as_csv or output is not None:
        from ticketferry.plan.show import csv_lines

        app.console.stream(csv_lines(quality_rows(counts), list(QUALITY_COLUMNS)), output)
        if output is not None:
            app.console.note(f"wrote {output}")
        return
    if app.console.json:
        beside = {"completeness": complete, "control_totals": cells, "not_moved": things}
        app.console.result({**counts.as_json(), **beside})
    _print(app.console, counts, numbers=complete is None)
    if not mapped:
        _told(app.console, complete, cells, things)
    _fields(app.console, counts)
    _values(app.console, "tags", counts.tags)
    print_quality(app.console, counts)
    if not mapped:
        _findings(app.console, counts)


def _told(
    console: Console, complete: "Completeness | None", cells: "list[Cell]", things: list[dict[str, Any]]
) -> None:
    """Print what the desk told about itself."""
    if complete is not None:
        console.out()
        print_completeness(console, complete, indent="", pointer=False)
        rows = [
            (cell.month or "any", cell.stage.replace("_", " ") or "any", cell.here, cell.desk, cell.allowed)
            for cell in cells
            if cell.verdict == "differs"
        ]
        head = ("created in", "stage", "here", "the desk says", "worked on meanwhile")
        console.table(rows[:DIFFERENCES], "llrrr", header=head, indent=10)
        if len(rows) > DIFFERENCES:
            console.out(f"{'':10}… and {number(len(rows) - DIFFERENCES)} more: ticketferry profile --json")
    if things:
        words = ", ".join(
            f"{row['what']} {number(row['all'])} ({number(row['active'])} active)" for row in things
        )
        console.text(f"{words}: ticketferry inventory", "not moved ", " " * 10)


def _print(console: Console, profile: "Profile", *, numbers: bool) -> None:
    comments, files, people = profile.comments, profile.attachments, profile.people
    console.text(
        f"{profile.desk}, snapshot s-{profile.snapshot}{', what the mapping moves' if profile.mapped else ''}: {counted(profile.tickets, 'ticket')}, {counted(people.get('total', 0), 'person')},"
        f" {counted(profile.organizations.get('total', 0), 'organization')}, {counted(profile.groups, 'group')}"
    )
    console.text(f"{counted(profile.leaves, 'value')} to account for")
    console.out()
    for title in ("status", "type", "priority", "channel", "group", "brand", "form"):
        _values(console, title, getattr(profile, f"by_{title}"))
    console.out()
    console.text(
        f"{number(comments.get('total', 0))} = {number(comments.get('public', 0))} public +"
        f" {number(comments.get('internal', 0))} internal; at most {number(comments.get('most_on_a_ticket', 0))} on a ticket;"
        f" longest {number(comments.get('longest', 0))} characters",
        "messages  ",
    )
    console.text(
        f"{_files(files)}; largest {size(files.get('largest', 0))}; {number(files.get('inline', 0))} inside texts",
        "files     ",
        " " * 10,
    )
    roles = people.get("by_role_and_state", {})
    widest = max((len(role) for role in roles), default=0)
    for role, states in roles.items():
        words = ", ".join(f"{number(count)} {state}" for state, count in states.items())
        console.text(words, f"{role:<{max(9, widest)}} ")
    used = profile.numbers
    if numbers and used.get("used"):
        console.text(
            f"{used['lowest']} to {used['highest']}: {number(used['used'])} used, {number(used['unused_between'])} not",
            "numbers   ",
        )
    if profile.without_root:
        console.text(
            f"{number(profile.without_root)} rows whose ticket, person or organization is missing",
            "orphans   ",
        )


def _files(files: Mapping[str, Any]) -> str:
    """Say how many files there are and where: `37 = 36 here, 17 kB + 1 taken out of the desk`."""
    states, octets = files.get("by_state", {}), files.get("bytes_by_state", {})
    parts = []
    for state in sorted(states, key=lambda name: name != "stored"):
        held = f", {size(octets[state])}" if octets.get(state) else ""
        parts.append(f"{number(states[state])} {STATES.get(state, state)}{held}")
    return f"{number(files.get('total', 0))}" + (f" = {' + '.join(parts)}" if parts else "")


def _values(console: Console, title: str, view: Mapping[str, Any]) -> None:
    values = view.get("values", {})
    if not values or set(values) == {"(none)"}:
        return
    shown = list(values.items())[:MOST]
    rest = view["total"] - sum(count for _, count in shown)
    words = ", ".join(f"{name} {number(count)}" for name, count in shown)
    console.text(words + (f", others {number(rest)}" if rest else ""), f"{title:<9} ", " " * 10)


def _fields(console: Console, profile: "Profile") -> None:
    if not profile.fields:
        return
    console.out("", "fields")
    rows = []
    for item in profile.fields[:40]:
        values = item.values
        few = ", ".join(
            f"{name} {number(count)}" for name, count in list(values.get("values", {}).items())[:3]
        )
        distinct = values.get("over") or number(values.get("distinct", 0))
        rows.append((item.name, item.type or "-", item.filled, f"{item.share:.0%}", distinct, few))
    console.table(rows, "llrrrl", header=("name", "type", "filled", "", "distinct", "most frequent"))
    more = len(profile.fields) - 40 + profile.fields_left_out
    if more > 0:
        console.out(f"  … and {number(more)} more: ticketferry profile --json")


def _findings(console: Console, profile: "Profile") -> None:
    if not profile.findings:
        return
    console.out("", "found while reading")
    for item in profile.findings:
        console.text(
            f"{item['message']}  [{item['code']}]"
            + (f"  such as {item['example']}" if item["example"] else ""),
            f"  {number(item['count']):>7} {item['severity']:<7} ",
            " " * 18,
        )
        if item["remedy"] and item["severity"] in ("doubt", "blocker", "loss"):
            console.text(item["remedy"], " " * 18)
