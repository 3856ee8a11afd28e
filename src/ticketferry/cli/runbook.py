"""`ticketferry runbook`: the steps of all weekends as one page, dated, for paper and screen."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import click

from ticketferry.cli.app import App, examples, json_option, output_option, pass_app
from ticketferry.cli.layout import size
from ticketferry.errors import UsageError

__all__ = ["runbook"]

ROLES = {
    "owner": "Owner", "admin": "Administrator", "lead": "Agents' lead", "desk": "Desk administrator", "channels": "Mail and web",
    "phone": "Phone",
}  # fmt: skip
"""Word of `--who` -> role on the page; `phone`: the number in the letters to customers."""
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")


class _Day(click.ParamType[date]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write 2026-12-04", param, ctx)


@click.command(
    epilog=examples(
        "ticketferry runbook --go-live 2026-12-04 2026-12-11",
        "ticketferry runbook --go-live 2026-12-04 --channels open \\\n      --who owner='M. Ito' --who admin='Ada Byron'",
    )
)
@click.option(
    "--go-live",
    "first",
    type=_Day(),
    required=True,
    metavar="DAY...",
    help="The evening of each phase, in order; one for all that follow.",
)
@click.argument("days", nargs=-1, type=_Day(), metavar="[DAY]...")
@click.option(
    "--at",
    "start",
    default="18:00",
    show_default=True,
    metavar="TIME",
    help="When the writing of an evening begins; a second phase of it follows.",
)
@click.option(
    "--channels",
    "switching",
    metavar="PHASE",
    help="With which phase mail and web are switched; else with most open tickets.",
)
@click.option(
    "--who", "who", multiple=True, metavar="ROLE=NAME", help=f"May be said again: {', '.join(ROLES)}."
)
@click.option(
    "--preflight", is_flag=True, help="Also look at both desks, reading only, and tell what was found."
)
@output_option("reports/runbook.html")
@json_option
@pass_app
def runbook(
    app: App,
    first: date,
    days: tuple[date, ...],
    start: str,
    switching: str | None,
    who: tuple[str, ...],
    preflight: bool,
    output: Path | None,
) -> None:
    """Write the steps of all phases as one page: when, who, command, what is expected, gate, way back; what to do when it goes wrong; letters to
    customers and agents in the languages of the desk. Made of mapping, plans, estimates and guards as they are now; without
    --preflight it talks to no desk.
    """
    from ticketferry.cli import COMMANDS
    from ticketferry.project.runbook import gather_runbook, write_runbook

    if not _TIME.match(start):
        raise UsageError(f"{start!r} is no time of day", remedy="Write --at 18:00.")
    people = dict(_named(item) for item in who)
    with app.project() as project, app.console.progress() as progress:
        path = output or app.seen(project.root / "reports" / "runbook.html")
        facts = gather_runbook(
            project,
            [first, *days],
            start=start,
            switching=switching,
            people=people,
            preflight=preflight,
            commands=frozenset(name for group in COMMANDS.values() for name in group),
            progress=progress,
        )
        octets = write_runbook(path, facts)
    if app.console.json:
        app.console.result(
            {
                "path": str(path),
                "bytes": octets,
                "phases": [phase.name for phase in facts.phases],
                "channels": facts.switching,
            }
        )
    unplanned = [phase.name for phase in facts.phases if not phase.plan]
    app.console.out(f"{path}  {size(octets)}")
    app.console.text(f"channels are switched with {facts.switching}; --channels PHASE says otherwise")
    if unplanned:
        app.console.text(
            f"no hours and counts yet for {', '.join(unplanned)}: ticketferry plan --phase {unplanned[0]}"
        )


def _named(item: str) -> tuple[str, str]:
    role, _, name = item.partition("=")
    if role not in ROLES or not name.strip():
        raise UsageError(
            f"{item!r} names nobody", remedy=f"Write --who ROLE=NAME; the roles: {', '.join(ROLES)}."
        )
    return ROLES[role], name.strip()
