"""`ticketferry forget`: somebody taken out of the folder."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, yes_option
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.project.forgetting import ForgetPreview
    from ticketferry.store.forgotten_list import Forgetting

__all__ = ["forget"]

SHOWN = 12
_WORD = "forget"
_DESKS = "Neither desk is touched: what they hold of the person is theirs to take out. So are copies of this folder elsewhere."


@click.command(
    short_help="Take somebody out of the folder.",
    epilog=examples(
        "ticketferry forget ann@mail.example",
        "ticketferry forget 4711 --texts erase",
        "ticketferry forget 4711 --texts keep --by Ito --because 'request 17' --apply",
        "ticketferry forget --resume",
    ),
)
@click.argument("person", required=False)
@click.option(
    "--texts",
    type=click.Choice(["keep", "erase"]),
    help="What they wrote: keep it without names and addresses, or erase it, files too.",
)
@click.option("--apply", "really", is_flag=True, help="Do it; without it nothing is taken out.")
@click.option("--by", default="", metavar="NAME", help="Who decides it.")
@click.option("--because", default="", metavar="TEXT", help="Why, without the person's name: it is kept.")
@click.option("--resume", is_flag=True, help="Go on with one that was killed.")
@yes_option
@json_option
@pass_app
def forget(
    app: App,
    person: str | None,
    texts: str | None,
    really: bool,
    by: str,
    because: str,
    resume: bool,
    yes: bool,
) -> Exit | None:
    """Take somebody out of this folder: their accounts, addresses, names and phone numbers in both desks as they were read, in plans, logs,
    reports, decisions, packs and copies. PERSON: the id of an account, an address, or a placeholder. Says what would go; --apply does it.

    Kept are numbers of accounts and records, digests, and an entry that it was done. A later extract holds the person back. A name by itself
    ("Ann") is taken out in their own tickets alone. It cannot be undone.
    """
    from ticketferry.project import forgetting
    from ticketferry.project.environment_workspace import refuse_untyped

    console = app.console
    with app.project() as project:
        if resume:
            ended = forgetting.resume_forget(project)
            if ended is None:
                console.text("There is none to go on with.")
                return None
            return _done(console, ended)
        if not person:
            raise click.UsageError("who? the id of an account, an address, or a placeholder")
        if really and (not texts or not by.strip() or not because.strip()):
            raise click.UsageError("--apply wants --texts keep or erase, --by NAME and --because TEXT")
        if really:
            refuse_untyped(project.config, typed=project.typed, command="forget --apply")
        with console.progress() as progress:
            preview = forgetting.forget_preview(project, person, progress)
        if not really:
            _preview(console, preview)
            return Exit.WAITING
        if not yes:
            if not console.asks:
                raise click.UsageError("nothing was taken out: it cannot be undone; say it with --yes")
            _preview(console, preview)
            if (
                click.prompt(
                    f"It cannot be undone. Type {_WORD} to do it", default="", show_default=False, err=True
                )
                != _WORD
            ):
                console.text("Nothing was taken out.")
                return Exit.WAITING
        with console.progress() as progress:
            ended = forgetting.forget(project, person, texts or "", by, because, progress)
        return _done(console, ended, preview.left)


def _preview(console: Console, preview: "ForgetPreview") -> None:
    if console.json:
        console.result(
            {
                "forgotten": False, "counts": preview.counts, "files": preview.files, "left": preview.left,
                "shared": preview.somebody.shared, "accounts": sorted(preview.somebody.refs),
            }
        )  # fmt: skip
        return
    console.text(f"Would be taken out: {', '.join(sorted(preview.somebody.refs))}")
    for name, count in preview.counts.items():
        console.text(name, f"{count:>9,}  ", " " * 11)
    if preview.files:
        console.text(f"mentions in {counted(len(preview.files), 'further file')}:", " " * 11, " " * 11)
        for name in list(preview.files)[:SHOWN]:
            console.text(name, " " * 13, " " * 15)
        if len(preview.files) > SHOWN:
            console.text(f"and {len(preview.files) - SHOWN} more (--json)", " " * 13)
    for words in preview.somebody.shared:
        console.text(f"Is another's too, and goes in their own tickets alone: {words}")
    _left(console, preview.left)
    console.out("")
    console.text(_DESKS)
    console.text(
        "--texts keep: what they wrote stays without names and addresses; --texts erase: it goes, files too. Plans that name them become stale."
    )
    console.text("Nothing was taken out. It needs --texts, --by NAME, --because TEXT and --apply.")


def _left(console: Console, left: list[str]) -> None:
    if left:
        console.text(
            f"Not changed, since people write them or they cannot be looked into; take the person out of them: {', '.join(left)}"
        )


def _done(console: Console, ended: "Forgetting", left: list[str] | None = None) -> Exit | None:
    if console.json:
        console.result(
            {
                "forgotten": True, "at": ended.at, "by": ended.by, "texts": ended.texts, "counts": dict(ended.counts),
                "digests_before": dict(ended.files), "left": left or [],
            }
        )  # fmt: skip
    console.text(f"Taken out of this folder, by {ended.by}: {ended.because}")
    for name, count in ended.counts.items():
        console.text(name, f"{count:>9,}  ", " " * 11)
    console.text(f"{counted(len(ended.files), 'file')} changed; the digest that each had before is kept.")
    _left(console, left or [])
    console.text(_DESKS)
    return Exit.DIFFERENCES if left else None
