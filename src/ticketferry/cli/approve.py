"""`ticketferry approve`: a plan signed by name, within bounds for later ones."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, plan_argument
from ticketferry.cli.console import Console
from ticketferry.cli.layout import number
from ticketferry.cli.shares import ShareType

if TYPE_CHECKING:
    from ticketferry.acceptance.envelope import Approval
    from ticketferry.project.approving import Covered

__all__ = ["approve", "print_covered"]


@click.command(
    epilog=examples(
        "ticketferry approve p-15 --by 'Ada Byron'",
        "ticketferry approve p-15 --by 'Ada Byron' --growth 2% --because 'CAB 12 Nov'",
        "ticketferry approve p-15 --revoke --by Grace",
        "ticketferry approve --list",
    )
)
@plan_argument(required=False, metavar="[PLAN]")
@click.option("--by", metavar="NAME", help="Who approves, or takes an approval back.")
@click.option(
    "--growth",
    type=ShareType(),
    default="0%",
    show_default=True,
    metavar="SHARE",
    help="By so much later plans may differ in records, tickets and losses.",
)
@click.option("--because", default="", metavar="WHY", help="A reason or a reference.")
@click.option("--revoke", "revoked", is_flag=True, help="Take the approval of PLAN back.")
@click.option("--list", "listed", is_flag=True, help="All approvals of this folder.")
@json_option
@pass_app
def approve(
    app: App, plan_id: str | None, by: str | None, growth: float, because: str, revoked: bool, listed: bool
) -> None:
    """Approve a plan by name. It covers later plans too, of the same phase by the same mapping, that differ by at most --growth, reject no more
    records, show nothing to more people and bring no finding of a new kind; else it lapses and says why.

    `approval: required` in migration.yaml lets `apply` refuse a plan that no approval covers.
    """
    from ticketferry.project.approving import approvals, approve_plan, revoke
    from ticketferry.project.viewing import latest_plan, open_plan

    if revoked and listed:
        raise click.UsageError("--revoke and --list do not go together")
    if not revoked and not listed and not by:
        raise click.UsageError("who approves? --by NAME")
    with app.project() as project:
        if listed:
            rows = approvals(project)
        elif revoked:
            rows = [revoke(project, plan_id or latest_plan(project), by=by or "")]
        else:
            rows = [
                approve_plan(
                    project, open_plan(project, plan_id), by=by or "", growth=growth, because=because
                )
            ]
    if app.console.json:
        app.console.result({"approvals": rows})
    if not rows:
        app.console.out("No plan was approved yet: ticketferry approve PLAN --by NAME")
    for row in rows:
        _row(app.console, row)


def _row(console: Console, row: "Approval") -> None:
    state = (
        f"revoked {row.revoked[:16].replace('T', ' ')}" if row.revoked else f"{row.growth:.1%} more or fewer"
    )
    why = f": {row.because}" if row.because else ""
    console.text(
        f"{row.at[:16].replace('T', ' ')} by {row.by}{why}; {number(row.tickets)} tickets, {number(row.records)} records,"
        f" digest {row.digest[:4]}-{row.digest[4:8]}, {state}",
        f"{row.plan}  ",
        " " * 6,
    )


def print_covered(console: Console, plan: str, covered: "Covered", *, required: bool) -> None:
    """Print whether a plan is approved, where anything was, or has to be."""
    given = covered.approval
    if given is None:
        if required:
            console.text(
                f"no: migration.yaml wants an approval: ticketferry approve {plan} --by NAME",
                "approved  ",
                " " * 10,
            )
        return
    if covered.holds:
        console.text(f"by {given.by} on {given.at[:10]}, {given.plan} covers it", "approved  ", " " * 10)
        return
    console.text(
        f"no: that of {given.plan} by {given.by} does not cover it: {'; '.join(covered.reasons)}",
        "approved  ",
        " " * 10,
    )
