"""`ticketferry health`: the new desk in its first weeks, against what the old one was."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, number
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ticketferry.kpi.health import Health, Judged
    from ticketferry.kpi.signs import SignDay

__all__ = ["health", "signs_table"]

SHOWN_DAYS = 14


@click.command(
    epilog=examples(
        "ticketferry kpi baseline",
        "ticketferry health",
        "ticketferry health --since 2026-11-30 --days 3",
        "ticketferry health --no-read --json",
    )
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="The cut-over (UTC); else as migration.yaml says, else when the last apply ended.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 365),
    default=7,
    show_default=True,
    help="So many of the last days are judged.",
)
@click.option("--no-read", is_flag=True, help="Use what was read last; talk to no desk.")
@json_option
@pass_app
def health(app: App, since: datetime | None, days: int, no_read: bool) -> Exit:
    """Read the new desk, with the tickets that were born there, and say day by day what goes wrong in it: tickets that come back, lie
    untriaged, go to another group, stall, miss their goal. Writes to no desk.

    `ticketferry kpi baseline` keeps what the old desk was like; `health.bounds` in migration.yaml says how far the new one may be from it:
    exit code 2 past a bound.
    """
    from ticketferry.project.health import desk_health, read_new_desk

    with app.project() as project, app.console.progress() as progress:
        if not no_read:
            read_new_desk(project, progress=progress)
        found = desk_health(
            project, since=since.replace(tzinfo=UTC) if since else None, window=days, progress=progress
        )
    if app.console.json:
        app.console.result(
            {
                "desk": found.desk, "since": found.since, "as_of": found.as_of, "moved": found.moved, "born": found.own,
                "window": found.window, "good": found.good, "baseline": found.baseline, "signs": [_json(item) for item in found.judged],
                "days": [{**day._asdict(), "day": _day(day)} for day in found.days],
            }
        )  # fmt: skip
    _print(app.console, found)
    return Exit.OK if found.good else Exit.DIFFERENCES


def signs_table(console: Console, values: "Mapping[str, float]") -> None:
    """Print shares and times by their names, a line each."""
    from ticketferry.kpi.health import BOUNDED
    from ticketferry.kpi.signs import SIGNS

    console.table(
        [
            [_title(name), _told(name, values.get(name)), SIGNS[name].words if name in SIGNS else "median"]
            for name in BOUNDED
        ],
        "lrl",
        indent=0,
    )


def _print(console: Console, found: "Health") -> None:
    console.text(
        f"{found.desk} since {found.since[:16].replace('T', ' ')} UTC: {counted(found.own, 'ticket')} born there, {number(found.moved)} moved"
    )
    console.out()
    rows = [
        [_day(day), day.created, day.resolved, day.reopened, day.misrouted, day.open, day.untriaged, day.stalled]
        for day in found.days[-SHOWN_DAYS:]
    ]  # fmt: skip
    heads = ("day", "new", "resolved", "reopened", "rerouted", "open", "untriaged", "stalled")
    console.table(rows, "l" + "r" * 7, header=heads, indent=0)
    if len(found.days) > SHOWN_DAYS:
        console.out(f"the last {SHOWN_DAYS} of {len(found.days)} days: ticketferry health --no-read --json")
    console.out()
    lines: list[list[object]] = [
        [
            _title(item.name),
            _told(item.name, item.value),
            _told(item.name, item.baseline),
            item.bound.text if item.bound else "-",
            _verdict(item),
        ]
        for item in found.judged
    ]
    head = (f"last {counted(found.window, 'day')}", "now", "before", "bound", "")
    console.table(lines, "lrrrl", header=head, indent=0)
    console.out()
    if found.baseline is None:
        console.text(
            "nothing to compare with yet: ticketferry kpi baseline keeps what the old desk was like",
            "before    ",
            " " * 10,
        )
    if not any(item.bound for item in found.judged):
        console.text(
            "none is set: `health: {bounds: {reopened: 1.5x, untriaged: 5%}}` in migration.yaml",
            "bounds    ",
            " " * 10,
        )


def _verdict(item: "Judged") -> str:
    if item.past:
        return "past the bound"
    if item.bound is None or item.value is None:
        return ""
    if item.few:
        return f"too few to judge ({number(item.of)})"
    return "no baseline" if item.most is None else "within"


def _json(item: "Judged") -> dict[str, object]:
    return {
        "sign": item.name, "value": item.value, "of": item.of, "baseline": item.baseline, "bound": item.bound.text if item.bound else None,
        "most": item.most, "few": item.few, "past": item.past,
    }  # fmt: skip


def _title(name: str) -> str:
    from ticketferry.kpi.desks import FIGURE_NAMES
    from ticketferry.kpi.signs import SIGNS

    return SIGNS[name].title if name in SIGNS else FIGURE_NAMES[name]


def _told(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return duration(value) if name == "first_response" else f"{value:.1%}"


def _day(day: "SignDay") -> str:
    from ticketferry.kpi.signs import DAY

    return f"{datetime.fromtimestamp(day.day * DAY, UTC):%Y-%m-%d}"
