"""`ticketferry pack`: what an auditor keeps of a plan."""

from pathlib import Path

import click

from ticketferry.cli.app import App, examples, json_option, output_option, pass_app, plan_argument
from ticketferry.cli.layout import counted, size

__all__ = ["pack"]


@click.command(
    epilog=examples(
        "ticketferry pack p-07",
        "ticketferry pack p-07 -o audit.zip --personal-data",
        "python3 check.py     (in the folder where it was unpacked)",
    )
)
@plan_argument(required=False, metavar="[PLAN]")
@output_option("reports/PLAN.zip")
@click.option(
    "--personal-data",
    is_flag=True,
    help="Also the report, the plan with its bodies, logs, and decisions about people.",
)
@json_option
@pass_app
def pack(app: App, plan_id: str | None, output: Path | None, personal_data: bool) -> None:
    """Put what an auditor keeps of a plan into one archive: what was decided, every write by its digest and what became of it, losses, the
    id map, the read-back, and a script that checks it all without ticketferry. Without personal data, unless you ask for it.
    """
    from ticketferry.project.pack import write_pack
    from ticketferry.project.viewing import open_plan

    with app.project() as project, app.console.progress() as progress:
        opened = open_plan(project, plan_id)
        path = output or Path("reports") / f"{opened.id}.zip"
        sums = write_pack(project, opened, path, personal_data=personal_data, progress=progress)
        name = opened.id
    octets = path.stat().st_size
    if app.console.json:
        app.console.result({"plan": name, "path": str(path), "bytes": octets, "files": sums})
    app.console.out(f"{path}  {counted(len(sums), 'file')}, {size(octets)}")
    if personal_data:
        app.console.text("it holds personal data: keep it as you keep the desk itself", "note      ")
    app.console.out("", "Next    unzip it, and there: python3 check.py")
