"""`ticketferry workspace`: what the folder holds, and taking away what is not needed any more."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, yes_option
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, size
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.project.folder_parts import Held

__all__ = ["workspace"]

KEPT = "idmap,journal,report"
_QUESTION = (
    "Take it away? It cannot be undone, and nothing can be verified, gone on with or taken back afterwards."
)


@click.group(
    invoke_without_command=True,
    subcommand_metavar="[prune | purge --keep PARTS --by NAME]",
    epilog=examples(
        "ticketferry workspace",
        "ticketferry workspace prune",
        f"ticketferry workspace purge --keep {KEPT}",
        f"ticketferry workspace purge --keep {KEPT} --apply --by Ito",
    ),
)
@json_option
@click.pass_context
def workspace(context: click.Context) -> None:
    """The parts of this folder, how large each is, and what makes it again. Talks to no desk."""
    if context.invoked_subcommand is not None:
        return
    from ticketferry.project.folder_parts import held_parts, unknown_files

    app = context.ensure_object(App)
    with app.project() as project:
        held = held_parts(project.root)
        unknown = list(unknown_files(project.root))
    if app.console.json:
        app.console.result({"parts": _rows(held), "others": unknown})
    _table(app.console, held)
    if unknown:
        app.console.out("")
        app.console.text(f"{', '.join(unknown)}: not made by ticketferry, never taken away")


def _rows(held: "list[Held]") -> list[dict[str, object]]:
    return [
        {
            "part": one.part.name,
            "files": one.files,
            "bytes": one.bytes,
            "holds": one.part.holds,
            "made_again_by": one.part.again,
        }
        for one in held
    ]


def _table(console: Console, held: "list[Held]") -> None:
    from ticketferry.project.folder_parts import WITHIN

    for one in held:
        taken = "in idmap" if one.part.name in WITHIN[1:] else size(one.bytes)
        head = f"{one.part.name:<10}{taken:>9}  "
        again = f"; again: {one.part.again}" if one.part.again else ""
        console.text(f"{one.part.holds}{again}", head, " " * len(head))


@workspace.command(
    short_help="Take plans away that nobody can apply.", epilog=examples("ticketferry workspace prune --yes")
)
@yes_option
@json_option
@pass_app
def prune(app: App, yes: bool) -> Exit | None:
    """Take the files of plans away whose place a later plan took before they were begun, and that nobody approved. That they were made stays
    in the list of plans; all that was begun stays, since it can be gone on with or taken back.
    """
    from ticketferry.project.purging import prunable
    from ticketferry.project.purging import prune as pruning

    console = app.console
    with app.project() as project:
        there = prunable(project)
        if not there.plans:
            if console.json:
                console.result({"plans": [], "bytes": 0})
            console.text("There is nothing to take away: every plan that is here may be needed.")
            return None
        words = f"{counted(len(there.plans), 'plan')}, {size(there.bytes)}: {', '.join(there.plans)}"
        if not yes and not (console.asks and console.confirm(f"Take away {words}?")):
            console.text(f"Nothing was taken away. It would be {words}; say it with --yes.")
            return Exit.WAITING
        pruned = pruning(project)
    if console.json:
        console.result({"plans": pruned.plans, "bytes": pruned.bytes})
    console.text(
        f"Took away {counted(len(pruned.plans), 'plan')}, {size(pruned.bytes)}: {', '.join(pruned.plans)}"
    )
    return None


@workspace.command(
    short_help="At the end: take away all but some parts.",
    epilog=examples(
        f"ticketferry workspace purge --keep {KEPT}",
        f"ticketferry workspace purge --keep {KEPT} --apply --by Ito",
    ),
)
@click.option(
    "--keep",
    default=KEPT,
    show_default=True,
    metavar="PARTS",
    help="What stays, as `ticketferry workspace` names it.",
)
@click.option("--apply", "really", is_flag=True, help="Do it; without it nothing is taken away.")
@click.option("--by", default="", metavar="NAME", help="Who decides it.")
@click.option("--unfinished", is_flag=True, help="Although a phase is not done.")
@yes_option
@json_option
@pass_app
def purge(app: App, keep: str, really: bool, by: str, unfinished: bool, yes: bool) -> Exit | None:
    """When a migration is over: take away what customers wrote, and keep what shows how it was moved. Says what would go; --apply does it.

    Of what is gone nothing can be verified, gone on with or taken back any more. Who did it stands in `ticketferry log`. Files that a person
    made (mappings, acceptance.yaml, packs) stay; so do copies of this folder elsewhere, which nobody here knows of.
    """
    from ticketferry.project.environment_workspace import refuse_untyped
    from ticketferry.project.folder_parts import unknown_files
    from ticketferry.project.purging import purge as purging
    from ticketferry.project.purging import what_purge_takes

    kept = tuple(filter(None, (name.strip() for name in keep.split(","))))
    if really and not by.strip():
        raise click.UsageError("who decides it? --by NAME")
    console = app.console
    with app.project() as project:
        if really:
            refuse_untyped(project.config, typed=project.typed, command="workspace purge --apply")
        going = what_purge_takes(project, kept)
        if really and not yes and not (console.asks and console.confirm(_QUESTION)):
            raise click.UsageError("nothing was taken away: it cannot be undone; say it with --yes")
        entry = purging(project, kept, by, unfinished=unfinished) if really else None
        left = list(unknown_files(project.root))
    if console.json:
        console.result(
            {"taken_away": entry is not None, "parts": _rows(going), "kept": sorted(kept), "others": left}
        )
    console.out("Taken away" if entry else "Would go")
    _table(console, going)
    if left:
        console.out("")
        console.text(
            f"Left, since they are not ours: {', '.join(left)}. Look whether customers' words stand there."
        )
    if entry is None:
        console.out("")
        console.text(
            f"Nothing was taken away. It needs --apply --by NAME --yes; kept: {', '.join(sorted(kept)) or 'nothing'}."
        )
        return Exit.WAITING
    return None
