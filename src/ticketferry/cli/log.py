"""`ticketferry log`: who did what to a migration, and when."""

from datetime import datetime
from typing import Any

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, plan_argument
from ticketferry.cli.layout import counted, when

__all__ = ["log"]

MOST = 200
"""Lines that a screen shows, the newest."""


class _Day(click.ParamType[datetime]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except ValueError:
            self.fail(f"{value!r} is no day; write 2026-12-05, or 2026-12-05T14:00", param, ctx)


@click.command(
    epilog=examples("ticketferry log", "ticketferry log p-07", "ticketferry log --since 2026-12-05 --json")
)
@plan_argument(required=False, metavar="[PLAN]")
@click.option("--since", type=_Day(), metavar="DAY", help="Nothing before that day.")
@json_option
@pass_app
def log(app: App, plan_id: str | None, since: datetime | None) -> None:
    """Runs, plans, approvals, confirmations, waivers and audits of this migration, oldest first. Who did it stands there where a name was
    asked for. Talks to no desk.
    """
    from ticketferry.project.activity import log_entries
    from ticketferry.project.viewing import open_plan

    console = app.console
    with app.project() as project:
        name = open_plan(project, plan_id).id if plan_id else ""
        entries = log_entries(project, plan=name, since=since)
    if console.json:
        console.result({"entries": [entry._asdict() for entry in entries]})
        return
    shown = entries[-MOST:]
    if len(shown) < len(entries):
        console.text(
            f"{counted(len(entries) - len(shown), 'older line')} left out: --since, or --json for all"
        )
    widest = max((len(entry.what) for entry in shown), default=0)
    for entry in shown:
        head = f"{when(entry.at)}  {entry.what:<{widest}}  "
        words = ": ".join(filter(None, (entry.by, entry.words)))
        console.text("  ".join(filter(None, (entry.about, words))), head, " " * len(head))
    if not entries:
        console.text("Nothing was done here yet." if since is None else "Nothing was done since then.")
