"""`ticketferry report`: a plan as one HTML file."""

from pathlib import Path

import click

from ticketferry.cli.app import App, examples, json_option, output_option, pass_app, plan_argument
from ticketferry.cli.layout import size

__all__ = ["report"]


@click.command(
    epilog=examples(
        "ticketferry report",
        "ticketferry report p-07 -o audit.html",
        "ticketferry report p-08 --against p-07",
    )
)
@plan_argument(required=False, metavar="[PLAN]")
@output_option("reports/PLAN.html")
@click.option("--against", metavar="PLAN", help="An older plan: what moved since.")
@click.option("--no-profile", is_flag=True, help="Without the numbers of the old desk; quicker.")
@json_option
@pass_app
def report(app: App, plan_id: str | None, output: Path | None, against: str | None, no_profile: bool) -> None:
    """Write the report of a plan for an audit: one HTML file, no network, every number with the command that prints it again."""
    from ticketferry.project.reporting import report_plan
    from ticketferry.project.viewing import open_plan

    with app.project() as project:
        opened = open_plan(project, plan_id)
        older = open_plan(project, against) if against else None
        path = output or app.seen(project.root / "reports" / f"{opened.id}.html")
        with app.console.progress() as progress:
            octets = report_plan(
                project, opened, path, against=older, with_profile=not no_profile, progress=progress
            )
        if app.console.json:
            app.console.result({"plan": opened.id, "path": str(path), "bytes": octets})
        app.console.out(f"{path}  {size(octets)}")
