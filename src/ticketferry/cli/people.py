"""`ticketferry people`: who is one with whom, and which account stands for whom."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number

if TYPE_CHECKING:
    from ticketferry.project.people import PeopleReview

__all__ = ["people"]

LISTED = 12


@click.command(
    epilog=examples("ticketferry people", "ticketferry people --write", "ticketferry people --json")
)
@click.option(
    "--write", is_flag=True, help="Write suggestions into the decisions file; what was decided stays."
)
@json_option
@pass_app
def people(app: App, write: bool) -> None:
    """Who is one with whom, which account of the new desk stands for whom, who is created, who becomes a placeholder.

    A person reviews the decisions file (CSV); `plan` takes it into account. Talks to no desk.
    """
    from ticketferry.project.people import review_people

    with app.project() as project, app.console.progress() as progress:
        found = review_people(project, write=write, progress=progress)
    if app.console.json:
        app.console.result(found)
    _print(app.console, found)


def _print(console: Console, found: "PeopleReview") -> None:
    console.text(
        f"{number(found.people)} people, {counted(found.organizations, 'organization')}"
        f" ({number(found.organizations_matched)} found in the new desk)"
    )
    console.text(f"{number(found.merged)} are one with another, in {counted(found.clusters, 'cluster')}")
    console.out()
    console.table(
        [(fate.count, fate.end, fate.role, fate.because) for fate in found.fates],
        "rllw",
        header=("people", "end", "role", "because"),
        indent=0,
    )
    console.text(
        "`create` and `placeholder` only where a ticket of a plan needs the person, unless the mapping says more"
    )
    if found.listed:
        console.out("", "One with another (the first stays)")
        for cluster in found.listed[:LISTED]:
            console.text(f"{cluster.survivor}  [{cluster.why}]", "  ", "    ")
            for other in cluster.others:
                console.text(other, "    = ", "      ")
        if found.clusters > LISTED:
            console.out(f"  … and {number(found.clusters - LISTED)} more: ticketferry people --json")
    if found.findings:
        console.out("", "In doubt")
        for finding in found.findings[:LISTED]:
            console.text(f"{finding.subject}  {finding.message}  [{finding.code}]", "  ", "    ")
            console.text(finding.remedy, "    ")
        if len(found.findings) > LISTED:
            console.out(f"  … and {number(len(found.findings) - LISTED)} more: ticketferry people --json")
    console.out()
    if found.written:
        console.text(f"wrote {found.decisions}: {number(found.decided)} decided, {number(found.open)} open")
    elif found.decided or found.open:
        console.text(f"{found.decisions}: {number(found.decided)} decided, {number(found.open)} open")
    if not found.written and found.merged:
        console.out("Next    ticketferry people --write     the decisions file, for a person to review")
    else:
        console.out("Next    ticketferry plan")
