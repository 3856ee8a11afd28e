"""`ticketferry check`: both desks before anything else."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, size
from ticketferry.errors import Exit, UsageError

if TYPE_CHECKING:
    from ticketferry.project.desks import DeskCheck
    from ticketferry.sdk.features import Limits

__all__ = ["check"]

_SIGNS = {"info": "ok", "repair": "repair", "loss": "loss", "doubt": "doubt", "blocker": "BLOCKER"}


@click.command(
    epilog=examples(
        "ticketferry check", "ticketferry check target --measure", "ticketferry check target --json"
    )
)
@click.argument("desk", required=False, metavar="[source|target]", type=click.Choice(["source", "target"]))
@click.option(
    "--moved",
    type=click.Choice(["source", "target"]),
    metavar="DESK",
    help="That desk (source or target) is the same as before, under a new address or in a new folder.",
)
@click.option("--by", default="", metavar="NAME", help="Who says so; needed with --moved.")
@click.option("--measure", is_flag=True, help="Also measure how long answers take, for the estimates.")
@json_option
@pass_app
def check(app: App, desk: str | None, moved: str | None, by: str, measure: bool) -> Exit:
    """Read identity, rights, limits and guards of the desks, and say what is missing.

    --measure asks each desk 20 harmless questions and keeps the median of the answers with the date: estimates go by the target's, until an
    apply has seen its writes. Reads only: no desk is written to. Exit code 1 where something stands in the way; a guard that does not hold yet stands only in
    the way of plans that need it. A folder belongs to the desks that it met first: another one is refused.
    """
    from ticketferry.project.desks import check_desks
    from ticketferry.project.identity import moved_desk

    if moved is not None and not by.strip():
        raise UsageError("--moved needs the name of the person who says so", remedy="Add --by NAME.")
    roles = (desk,) if desk else ("source", "target")
    with app.project() as project:
        if moved is not None:
            before, now = moved_desk(project, moved, by.strip())
            app.console.note(f"{moved}: {before} is {now} from here on, as {by.strip()} says")
        checks = check_desks(project, roles, measured=measure)
    blockers = sum(item.blockers for item in checks)
    if app.console.json:
        app.console.result(
            {
                "good": not blockers,
                "desks": {item.role: _json(item) for item in checks},
                "requests": sum(item.requests for item in checks),
                "writes": sum(item.writes for item in checks),
            }
        )
    else:
        _print(app.console, checks, blockers)
    return Exit.ERROR if blockers else Exit.OK


def _json(item: "DeskCheck") -> dict[str, object]:
    error = item.error
    return {
        "connector": item.connector,
        "title": item.title,
        "key": item.key,
        "where": item.where,
        "identity": {"id": item.identity.id, "place": item.identity.place} if item.identity else None,
        "findings": item.findings,
        "limits": item.limits,
        "blockers": item.blockers,
        "open_guards": item.open_guards,
        "requests": item.requests,
        "answers": asdict(item.answers) if item.answers is not None else None,
        "error": {"message": error.message, "where": error.where, "remedy": error.remedy} if error else None,
    }


def _print(console: Console, checks: "list[DeskCheck]", blockers: int) -> None:
    for item in checks:
        console.text(f"{item.role}  {item.title}, key `{item.key}`  {item.where}", "", "        ")
        if item.identity is not None:
            console.text(str(item.identity), "  it is    ", " " * 11)
        if item.error is not None:
            console.text(item.error.message, "  BLOCKER  ")
            for text in (item.error.where, item.error.remedy):
                if text:
                    console.text(text, "           ")
        for finding in sorted(item.findings, key=lambda found: found.severity.value != "blocker"):
            sign = "guard" if item.is_open(finding) else _SIGNS[finding.severity.value]
            counted_already = finding.count < 2 or f"{finding.count:,}" in finding.message
            times = "" if counted_already else f" (found {counted(finding.count, 'time')})"
            console.text(f"{finding.message}{times} [{finding.code}]", f"  {sign:<7}  ", " " * 11)
            if sign != "ok":
                if finding.where:
                    console.text(finding.where, " " * 11)
                if finding.remedy:
                    console.text(finding.remedy, " " * 11)
        if item.limits is not None:
            console.text(_limits(item.limits, writes=item.role == "target"), "  limits   ", " " * 11)
            if item.limits.credential:
                console.text(item.limits.credential, " " * 11)
        if item.answers is not None:
            console.text(f"{item.answers.median * 1000:,.0f} ms, {item.answers}", "  answers  ", " " * 11)
        elif item.measured and item.error is None:
            console.text("no request is needed to ask it: nothing to measure", "  answers  ", " " * 11)
        console.out()
    requests, writes = sum(item.requests for item in checks), sum(item.writes for item in checks)
    console.out(f"reads only: {counted(requests, 'request')}, {counted(writes, 'write')}")
    console.out()
    if blockers:
        console.out(f"{blockers} in the way. Mend what is marked BLOCKER, then run this again.")
    else:
        if open_guards := sum(item.open_guards for item in checks):
            console.text(
                f"{open_guards} marked guard: a plan whose writes could tell people waits for it; `ticketferry preflight PLAN`"
                " says whether one does."
            )
            console.out()
        console.out("Next    ticketferry extract    both desks into the workspace; can be interrupted")


def _limits(limits: "Limits", *, writes: bool) -> str:
    def rate(value: float) -> str:
        return f"{value:,.4g}/s" if value else "not limited"

    words = [f"reads {rate(limits.read_rate)}"]
    if not writes:
        return words[0]
    words.append(f"writes {rate(limits.write_rate)}")
    if limits.attachment_bytes:
        words.append(f"files up to {size(limits.attachment_bytes)}")
    if limits.comments_per_ticket:
        words.append(f"{counted(limits.comments_per_ticket, 'comment')} a ticket")
    return ", ".join(words)
