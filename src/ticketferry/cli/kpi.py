"""`ticketferry kpi`: how long people waited, how often tickets came back; whether the figures survive the move."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ticketferry.cli.app import App, OutputFile, examples, executor_option, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, number
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.kpi.desks import ComparedFigures, DeskFigures
    from ticketferry.kpi.figures import FigureColumns, FigureRow
    from ticketferry.kpi.parity import Parity

__all__ = ["kpi"]

BREAKDOWNS = ("group", "priority", "channel", "handler", "brand", "month")
DEFINITIONS = ("stage", "zendesk")
SHOWN = 20
GAPS = {
    "status-unknown": "a status in the history that the desk no longer has",
    "first-stage-unknown": "the history does not say in which status the ticket began",
    "history-ends-elsewhere": "the history does not lead to the ticket's status; its dates are taken instead",
}

_definition = click.option(
    "--definition",
    type=click.Choice(DEFINITIONS),
    help="How figures are counted; else as migration.yaml says, else stage.",
)


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "ticketferry kpi",
        "ticketferry kpi --by group --definition zendesk",
        "ticketferry kpi --by month --csv -o kpi.csv",
        "ticketferry kpi --plot kpi.png",
        "ticketferry kpi parity",
        "ticketferry kpi baseline",
    ),
)
@click.option(
    "--by",
    type=click.Choice(BREAKDOWNS),
    help="One line a group, priority, … instead of all tickets together.",
)
@_definition
@click.option("--csv", "as_csv", is_flag=True, help="CSV for a spreadsheet, times in seconds.")
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="CSV to a file.")
@click.option(
    "--plot", type=OutputFile(), metavar="FILE", help="Backlog, volume and times as a picture (PNG)."
)
@executor_option
@json_option
@pass_app
@click.pass_context
def kpi(
    context: click.Context,
    app: App,
    by: str | None,
    definition: str | None,
    as_csv: bool,
    output: Path | None,
    plot: Path | None,
    executor: str,
) -> None:
    """First response, resolution, waiting times, reopens and backlog of the old desk, in calendar time and, where `kpi.hours` stands in
    migration.yaml, in business hours. Talks to no desk.
    """
    if context.invoked_subcommand is not None:
        return
    from ticketferry.plan.show import csv_lines
    from ticketferry.project.executors import open_executor
    from ticketferry.project.kpi import desk_figures

    if plot is not None:
        from ticketferry.kpi.plot import draw_figures, refuse_without_matplotlib

        refuse_without_matplotlib()
    with app.project() as project, app.console.progress() as progress:
        desk = desk_figures(project, definition, executor=open_executor(executor, project), progress=progress)
    if plot is not None:
        draw_figures(desk, plot)
        app.console.note(f"wrote {plot}")
    if as_csv or output is not None:
        app.console.stream(csv_lines(_flat(desk.figures, by), _columns(desk.figures)), output)
        if output is not None:
            app.console.note(f"wrote {output}")
        return
    rows = list(desk.figures.rows(by))
    if app.console.json:
        app.console.result(
            {
                "desk": desk.desk, "snapshot": desk.snapshot, "definition": desk.definition.name, "by": by or "",
                "rows": rows, "gaps": desk.figures.gaps, "backlog": _backlog(desk),
            }
        )  # fmt: skip
    _print(app.console, desk, rows, by)


@kpi.command(
    short_help="Whether the figures survive the move.",
    epilog=examples("ticketferry kpi parity", "ticketferry kpi parity --definition zendesk --json"),
)
@_definition
@executor_option
@json_option
@pass_app
def parity(app: App, definition: str | None, executor: str) -> Exit:
    """Compare the figures of each ticket before and after: as the mapping's statuses allow and, after an apply, as the new desk holds
    them. Equal to the second, or the cause is named. Talks to no desk; exit code 2 where a figure differs.
    """
    from ticketferry.project.executors import open_executor
    from ticketferry.project.kpi import compare_figures

    with app.project() as project, app.console.progress() as progress:
        compared = compare_figures(
            project, definition, executor=open_executor(executor, project), progress=progress
        )
    if app.console.json:
        app.console.result(
            {
                "definition": compared.definition.name, "equal": compared.equal, "merged": compared.merged, "undecided": compared.undecided,
                "mapped": compared.mapped, "read": compared.read,
            }
        )  # fmt: skip
    _compared(app.console, compared)
    return Exit.OK if compared.equal else Exit.DIFFERENCES


@kpi.command(
    short_help="Keep what the old desk was like, for `health`.",
    epilog=examples("ticketferry kpi baseline", "ticketferry kpi baseline --weeks 26 --replace"),
)
@click.option(
    "--weeks",
    type=click.IntRange(1, 520),
    default=12,
    show_default=True,
    help="So many weeks before the newest extract.",
)
@click.option("--replace", is_flag=True, help="Take the place of the baseline that is kept.")
@json_option
@pass_app
def baseline(app: App, weeks: int, replace: bool) -> None:
    """Keep in the workspace how the old desk did in its last weeks: shares of tickets that came back, lay untriaged, went to another group,
    stalled or missed their goal, and the first response. `ticketferry health` holds the new desk against it. Talks to no desk.
    """
    from ticketferry.cli.health import signs_table
    from ticketferry.project.health import keep_baseline

    with app.project() as project, app.console.progress() as progress:
        kept = keep_baseline(project, weeks, replace=replace, progress=progress)
    if app.console.json:
        app.console.result(kept)
    app.console.text(
        f"{kept.desk}, {counted(kept.weeks, 'week')} up to {kept.as_of[:10]} (snapshot s-{kept.snapshot}), kept"
    )
    app.console.out()
    signs_table(app.console, kept.values)
    app.console.out("", "Next    ticketferry health    after the cut-over, once a day")


def _columns(figures: "FigureColumns") -> list[str]:
    names = ["value", "tickets", "resolved", "reopened", "one_touch", "first_contact", "replies"]
    from ticketferry.kpi.measures import SPANS

    for clock in ("calendar", "business") if figures.business else ("calendar",):
        names += [f"{clock}.{span}.{what}" for span in SPANS for what in ("tickets", "median", "mean", "p90")]
    return names


def _flat(figures: "FigureColumns", by: str | None) -> Iterator[dict[str, Any]]:
    for row in figures.rows(by):
        flat = asdict(row)
        for clock in ("calendar", "business"):
            for span, values in flat.pop(clock).items():
                for what, value in values.items():
                    flat[f"{clock}.{span}.{what}"] = round(value, 1)
        yield {name: round(value, 4) if isinstance(value, float) else value for name, value in flat.items()}


def _backlog(desk: "DeskFigures") -> list[dict[str, Any]]:
    return [{"day": day, "open": sum(ages), "by_age": list(ages)} for day, ages in desk.backlog()]


def _print(console: Console, desk: "DeskFigures", rows: "list[FigureRow]", by: str | None) -> None:
    console.text(
        f"{desk.desk}, snapshot s-{desk.snapshot}: {counted(len(desk.figures), 'ticket')}, definition `{desk.definition.name}`"
    )
    console.out()
    if by is None:
        _whole(console, rows[0], business=desk.figures.business)
    else:
        _broken_down(console, rows, by)
    last = _backlog(desk)[-1:]
    for day in last:
        ages = zip(("up to 1 day", "to 7 days", "to 30 days", "older"), day["by_age"], strict=True)
        console.text(
            f"{number(day['open'])} open at the end of {day['day']}: " + ", ".join(f"{number(count)} {age}" for age, count in ages),
            "backlog   ", " " * 10,
        )  # fmt: skip
    for gap, count in sorted(desk.figures.gaps.items()):
        console.text(f"{counted(count, 'ticket')}: {GAPS.get(gap, gap)}", "not told  ", " " * 10)


def _whole(console: Console, row: "FigureRow", *, business: bool) -> None:
    from ticketferry.kpi.desks import FIGURE_NAMES

    lines = []
    for name, span in row.calendar.items():
        cells: list[object] = [FIGURE_NAMES[name], number(span.tickets)]
        for clock in (row.calendar, row.business) if business else (row.calendar,):
            times = clock[name]
            cells += [duration(times.median), duration(times.p90)] if times.tickets else ["-", "-"]
        lines.append(cells)
    head = ("", "tickets", "median", "90 %", *(("business", "90 %") if business else ()))
    console.table(lines, "lr" + "r" * (len(head) - 2), header=head, indent=0)
    console.out()
    console.text(
        f"{number(row.resolved)} of {counted(row.tickets, 'ticket')} resolved; of those {row.reopened:.1%} were reopened,"
        f" {row.one_touch:.1%} took one reply or none, {row.first_contact:.1%} were done at first contact;"
        f" {row.replies:.1f} replies a ticket",
        "resolved  ", " " * 10,
    )  # fmt: skip


def _broken_down(console: Console, rows: "list[FigureRow]", by: str) -> None:
    lines = []
    for row in rows[:SHOWN]:
        cells: list[object] = [row.value, row.tickets]
        for name in ("first_response", "full_resolution", "requester_wait"):
            span = row.calendar[name]
            cells.append(duration(span.median) if span.tickets else "-")
        lines.append([*cells, f"{row.reopened:.1%}", f"{row.one_touch:.1%}"])
    head = (by, "tickets", "response", "resolution", "waited", "reopened", "one touch")
    console.table(lines, "lrrrrrr", header=head, indent=0)
    if len(rows) > SHOWN:
        console.out(f"… and {number(len(rows) - SHOWN)} more: ticketferry kpi --by {by} --csv")
    console.out("", "medians in calendar time")


def _compared(console: Console, compared: "ComparedFigures") -> None:
    console.text(f"definition `{compared.definition.name}`")
    console.out()
    _side(console, "mapping", "the mapping's statuses", compared.mapped)
    for group in compared.merged:
        console.text(
            f"{', '.join(group.statuses)} fall together in {group.to}: their times are counted as {group.stage.replace('_', ' ')}",
            " " * 10,
        )
    if compared.undecided:
        console.text(f"no rule decides {', '.join(compared.undecided)}: ticketferry mapping check", " " * 10)
    if compared.read is None:
        console.text(
            "nothing was applied yet; after an apply the new desk is compared too", "new desk  ", " " * 10
        )
    else:
        _side(
            console,
            "new desk",
            "what the new desk holds, with what is kept beside its tickets",
            compared.read,
        )


def _side(console: Console, title: str, words: str, side: "Parity") -> None:
    from ticketferry.kpi.desks import FIGURE_NAMES

    if side.equal == side.tickets:
        console.text(
            f"all {number(side.figures)} figures of {counted(side.tickets, 'ticket')} survive by {words}", f"{title:<10}", " " * 10
        )  # fmt: skip
    else:
        console.text(
            f"{number(side.equal)} of {counted(side.tickets, 'ticket')} keep all their figures by {words}", f"{title:<10}", " " * 10
        )  # fmt: skip
    if side.missing:
        console.text(f"{counted(side.missing, 'ticket')} of the old desk are not there", " " * 10)
    for cause, lost in sorted(side.causes.items(), key=lambda item: (-item[1].tickets, item[0])):
        figures = ", ".join(FIGURE_NAMES[name] for name in lost.figures)
        console.text(f"{counted(lost.tickets, 'ticket')}: {cause} ({figures})", " " * 10, " " * 12)
        for item in lost.examples[:1]:
            before, after = (_told(item.figure, value) for value in (item.before, item.after))
            console.text(
                f"such as {item.ref}: {FIGURE_NAMES[item.figure]} {before}, then {after}", " " * 12, " " * 14
            )


def _told(figure: str, value: int | None) -> str:
    if value is None:
        return "none"
    if figure in ("replies", "reopens", "assignees", "groups"):
        return number(value)
    if figure in ("resolved", "one_touch", "first_contact"):
        return "yes" if value else "no"
    return duration(value)
