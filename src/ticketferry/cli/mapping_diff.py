"""`ticketferry mapping diff`: how many tickets a change of the mapping touches."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.project.mapping_diff import ChangedValue, MappingDifference

__all__ = ["diff", "print_kinds"]

SHOWN = 12
"""Changes of one kind that are listed."""
_WORDS = {
    "lossy": "not moved or kept any more",
    "semantic": "shown otherwise in the new desk",
    "cosmetic": "the same words in other letters, spaces or order, or beside the ticket",
}
_file = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command(
    short_help="How many tickets a change touches, and how.",
    epilog=examples(
        "cp mapping.yaml before.yaml     (edit mapping.yaml)",
        "ticketferry mapping diff before.yaml",
        "ticketferry mapping diff before.yaml after.yaml --json",
    ),
)
@click.argument("old", type=_file)
@click.argument("new", type=_file, required=False)
@json_option
@pass_app
def diff(app: App, old: Path, new: Path | None) -> Exit:
    """Map every ticket of the last extract with both files (NEW: else the folder's mapping) and say how many change: lossy, semantic or
    cosmetic, with samples. Talks to no desk. Exit code 2 where anything differs.
    """
    from ticketferry.mapping.changes import ChangeKind
    from ticketferry.project.mapping_diff import compare_mappings

    with app.project() as project, app.console.progress() as progress:
        found = compare_mappings(project, old, new, progress=progress)
    if app.console.json:
        app.console.result(
            {
                "old": found.old, "new": found.new, "tickets": found.tickets,
                "touched": {kind.value: found.touched[kind] for kind in ChangeKind},
                "changes": [{**row.change._asdict(), "records": row.records, "samples": row.samples} for row in found.rows()],
            }
        )  # fmt: skip
    print_difference(app.console, found)
    return Exit.DIFFERENCES if found else Exit.OK


def print_difference(console: Console, found: "MappingDifference") -> None:
    """Print how many tickets change and what, the gravest first."""
    touched = sum(found.touched.values())
    console.text(
        f"{found.old.name} -> {found.new.name}: {number(touched)} of {counted(found.tickets, 'ticket')} change"
    )
    print_kinds(console, found)


def print_kinds(console: Console, found: "MappingDifference") -> None:
    """Print what changes, the gravest first."""
    from ticketferry.mapping.changes import ChangeKind

    rows = found.rows()
    for kind in ChangeKind:
        mine = [row for row in rows if row.change.kind is kind]
        if not mine:
            continue
        console.out()
        most = "" if kind is ChangeKind.LOSSY else " with nothing worse"
        console.text(f"{kind}: {_WORDS[kind]}; {counted(found.touched[kind], 'ticket')}{most}")
        for row in mine[:SHOWN]:
            _row(console, row)
        if len(mine) > SHOWN:
            console.out(f"  … and {number(len(mine) - SHOWN)} more: --json")


def _row(console: Console, row: "ChangedValue") -> None:
    change = row.change
    if change.before == change.after:
        words = "differs"
    elif not change.before:
        words = f"now {change.after}"
    elif not change.after:
        words = f"no longer {change.before}"
    else:
        words = f"{change.before} -> {change.after}"
    console.text(
        f"{change.path}  {words}   such as {', '.join(row.samples[:3])}",
        f"  {number(row.records):>7}  ",
        " " * 11,
    )
