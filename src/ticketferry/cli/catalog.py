"""`ticketferry catalog`: the names of a desk, for whoever writes a mapping."""

from typing import TYPE_CHECKING, Any

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import number, when

if TYPE_CHECKING:
    from ticketferry.project.catalog import DeskNames

__all__ = ["catalog"]

SHOWN = 12
"""Rows of a kind, and options of a field, that are shown where not one kind was asked for."""


@click.command(
    epilog=examples(
        "ticketferry catalog",
        "ticketferry catalog source --what fields",
        "ticketferry catalog target --json > target.json",
    )
)
@click.argument("role", type=click.Choice(["source", "target"]), default="target", metavar="[source|target]")
@click.option("--what", metavar="KIND", help="Only these, and all of them: statuses, fields, forms, …")
@json_option
@pass_app
def catalog(app: App, role: str, what: str | None) -> None:
    """Print what a desk calls its things: the names that a mapping may use.

    Statuses, priorities, types, fields with their options, groups, brands, projects, request types (forms) and link types of
    the new desk, or of the old one. Read by `extract`; talks to no desk.
    """
    from ticketferry.errors import UsageError
    from ticketferry.project.catalog import KINDS, desk_names

    if what is not None and what not in KINDS:
        raise UsageError(f"there is no kind {what!r}", remedy=f"Kinds: {', '.join(KINDS)}.")
    with app.project() as project:
        desk = desk_names(project, role)
    shown = {kind: rows for kind, rows in desk.names.items() if what in (None, kind)}
    if app.console.json:
        app.console.result({
            "role": desk.role, "desk": desk.desk, "product": desk.product, "where": desk.where,
            "read": desk.read, "names": shown,
        })  # fmt: skip
    _print(app.console, desk, shown, what)


def _print(
    console: Console, desk: "DeskNames", shown: dict[str, list[dict[str, Any]]], what: str | None
) -> None:
    from ticketferry.project.catalog import KINDS

    console.text(f"Names of the {desk.role} desk {desk.desk}, {desk.where}, read {when(desk.read)}")
    if not shown:
        console.text(f"It has no {what}." if what else "It names nothing: any name will do.")
    for kind, rows in shown.items():
        console.out("")
        console.text(
            f"{kind.replace('_', ' ')}: {number(len(rows))}; in a mapping under {KINDS[kind][1]}", rest="  "
        )
        most = None if what else SHOWN
        console.table([_row(kind, row, most) for row in rows[:most]], "lw")
        if most is not None and len(rows) > most:
            console.out(
                f"  … and {number(len(rows) - most)} more: ticketferry catalog {desk.role} --what {kind}"
            )


def _row(kind: str, row: dict[str, Any], most: int | None) -> tuple[str, str]:
    traits: list[str] = [] if row["active"] else ["off"]
    if kind == "statuses":
        traits.append(str(row["category"] or row["stage"]))
    elif kind == "fields":
        traits.append(row["type"] if row["of"] == "ticket" else f"{row['type']} of {row['of']}s")
        traits += [f"key {row['key']}"] if row["key"] != row["name"] else []
        traits += (
            [f"options: {_list([option['name'] for option in row['options']], most)}"]
            if row["options"]
            else []
        )
    elif kind == "forms":
        traits += [f"project {row['project']}"] if row["project"] else []
        traits += [f"issue type {row['type']}"] if row["type"] else []
    elif kind == "projects":
        traits.append(f"key {row['key']}")
        for label in ("issue_types", "security", "components"):
            traits += [f"{label.replace('_', ' ')}: {_list(row[label], most)}"] if row[label] else []
    return str(row["name"]), "; ".join(traits)


def _list(names: list[str], most: int | None) -> str:
    more = f", … {number(len(names) - most)} more" if most is not None and len(names) > most else ""
    return ", ".join(names[:most]) + more
