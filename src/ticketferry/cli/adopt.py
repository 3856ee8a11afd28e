"""`ticketferry adopt`: go on with what another copy of the folder, or a lost one, has written."""

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.layout import counted
from ticketferry.errors import UsageError

__all__ = ["adopt"]


@click.command(
    epilog=examples(
        "ticketferry adopt --by Ann", "ticketferry adopt 1f0c2a915b7e --by Ann   # a lost workspace"
    )
)
@click.argument("workspace", required=False, default="", metavar="[WORKSPACE]")
@click.option("--by", default="", metavar="NAME", help="Who says that this folder goes on; needed.")
@json_option
@pass_app
def adopt(app: App, workspace: str, by: str) -> None:
    """Take over what carries our mark in the target and is not known here.

    For a folder that was put back from an old backup, or whose copy wrote the records and is gone for good. With the id of a lost
    WORKSPACE, as a finding names it, this folder goes on in its name. Reads the target and writes to no desk; what people changed
    there since is a conflict of the next plan. Nobody else may go on in the other folder: take it out of use first.
    """
    from ticketferry.project.adopt import adopt as adopting

    if not by.strip():
        raise UsageError("adopt needs the name of the person who says so", remedy="Add --by NAME.")
    with app.project(counts=True) as project:
        with app.console.progress() as progress:
            taken = adopting(project, by.strip(), workspace, progress=progress)
        if app.console.json:
            app.console.result({"adopted": taken.adopted, "workspace": project.workspace.id})
            return
        app.console.out(f"{counted(taken.adopted, 'record')} of the target now this folder's, from here on.")
        app.console.out()
        app.console.out(
            "Next    ticketferry plan    what is still to be done; nothing that is there is made again"
        )
