"""The command line: a command parses, calls one function, prints. Commands are loaded when they run."""

import errno
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ticketferry import __version__
from ticketferry.cli.addressing import Address
from ticketferry.cli.app import App, environment_parameter
from ticketferry.errors import Exit, FatalError, FerryError, WorkspaceError

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS: dict[str, dict[str, str]] = {
    "The way": {
        "init": "Make a migration's folder.",
        "check": "Rights, limits and missing things of both desks; reads only.",
        "extract": "Read both desks into the workspace; can be interrupted.",
        "profile": "What the source desk holds, and what is wrong with it.",
        "kpi": "Response and resolution times; whether they survive the move.",
        "people": "Who is one with whom, and which account stands for whom.",
        "mapping": "Check or draft the mapping, list ready ones.",
        "clean": "What the rules of `clean` take, before anything runs.",
        "plan": "The exact difference an apply would make; writes nothing.",
        "accept": "A plan against the criteria of acceptance.yaml.",
        "approve": "Sign a plan by name, within bounds for later ones.",
        "rehearse": "All of it on stand-ins, before anybody is touched by it.",
        "preflight": "What must hold so that nobody is notified.",
        "apply": "Perform a plan, or go on with it.",
        "verify": "Read the target back and compare, field by field.",
        "rollback": "Show what would be taken back; --apply does it.",
        "cutover": "The last hour of a phase, step by step, with its gates.",
        "runbook": "The steps of all weekends as one page, dated.",
        "fallback": "Plan what happened since a cut-over back to the old desk.",
        "stragglers": "What still arrives in the old desk after a cut-over.",
        "adopt": "Take over what a lost or older copy of the folder wrote.",
    },
    "Looking": {
        "status": "Where am I, what next.",
        "phase": "How far each phase is; say that one was cut over.",
        "health": "How the new desk does since, against what the old one was.",
        "log": "Who did what, and when.",
        "hooks": "What is told of events (`on_event`); try one.",
        "errors": "What failed, by cause, with the place to mend it.",
        "quarantine": "Records that could not be read or planned; waive one.",
        "explain": "What becomes of one record, value by value.",
        "catalog": "What a desk calls its things: names for a mapping.",
        "inventory": "What is not moved, with its use, for whoever rebuilds it.",
        "report": "A plan as one HTML file, for an audit.",
        "audit": "Tickets for a person to look at, and what they say of all.",
        "pack": "What an auditor keeps of a plan, with sums and a script.",
        "workspace": "What the folder holds; take away what is not needed.",
        "forget": "Take a person out of the folder, in all of its copies.",
        "export": "The id map, operations or findings as CSV or JSON.",
    },
    "Around it": {
        "demo": "A whole migration in a minute, without any account.",
        "connectors": "The products this installation can talk to.",
        "connector": "A connector of your own, laid out to start from.",
        "emulator": "A local stand-in of a product's API.",
        "schema": "The neutral schema as JSON Schema.",
        "completion": "A script that completes commands in your shell.",
    },
}
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FOLDER_ERRORS = (errno.EROFS, errno.EACCES, errno.EPERM, *_FULL)
_SUMMARIES = {name: summary for group in COMMANDS.values() for name, summary in group.items()}
_OF_A_MIGRATION = frozenset(_SUMMARIES) - frozenset(COMMANDS["Around it"]) - {"init"}


class LazyGroup(click.Group):
    """Knows its commands by name; the module `ticketferry.cli.NAME` is imported when the command NAME is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return all names in the order of the way."""
        return list(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in _SUMMARIES:
            return None
        command: click.Command = getattr(import_module(f"ticketferry.cli.{cmd_name}"), cmd_name)
        command.short_help = _SUMMARIES[cmd_name]
        if cmd_name in _OF_A_MIGRATION:
            _with_environment(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which was meant."""
        name = args[0]
        if name not in _SUMMARIES and not name.startswith("-"):
            near = get_close_matches(name, _SUMMARIES, 1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise click.UsageError(f"there is no command `{name}`{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list without importing the commands."""
        longest = max(len(name) for name in _SUMMARIES)
        for title, group in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(longest), summary) for name, summary in group.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names without importing the commands."""
        names = [
            CompletionItem(name, help=summary)
            for name, summary in _SUMMARIES.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and turn whatever happens into a sentence and an exit code."""
        app = extra.setdefault("obj", App())
        app.console.address = Address(_OF_A_MIGRATION)
        back = Path.cwd()
        try:
            code = _run(
                app,
                lambda: super(LazyGroup, self).main(
                    args, prog_name or "ticketferry", complete_var, standalone_mode=False,
                    windows_expand_args=windows_expand_args, **extra,
                ),
            )  # fmt: skip
        finally:
            if Path.cwd() != back:
                os.chdir(back)
        if standalone_mode:
            sys.exit(code)
        return code


def _with_environment(command: click.Command) -> None:
    """Let a command, and each below it, take `--env`."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _with_environment(each)
    if not any("--env" in parameter.opts for parameter in command.params):
        command.params.append(environment_parameter())


def _run(app: App, work: Any) -> int:
    console = app.console
    try:
        return int(work() or Exit.OK)
    except click.UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a class of newer versions of click
            click.echo(error.format_message(), err=True)
            return int(Exit.USAGE)
        return console.misused(*_misuse(error))
    except click.ClickException as error:
        return console.misused(error.format_message(), "")
    except FerryError as error:
        return console.fail(error)
    except (KeyboardInterrupt, click.Abort):
        return console.interrupted()
    except BrokenPipeError:
        return int(Exit.OK)
    except MemoryError as error:
        return console.crashed(error, app.folder)
    except OSError as error:
        if error.errno in _FULL and not error.filename:
            return console.fail(
                FatalError(
                    f"the disk is full, or a file is larger than it takes: {error.strerror}",
                    remedy="Free some space, then run the same command again; it goes on.",
                )
            )
        if error.errno not in _FOLDER_ERRORS or not error.filename:
            return console.crashed(error, app.folder)
        return console.fail(
            WorkspaceError(
                f"{Path(str(error.filename)).name} cannot be written: {error.strerror}",
                where=str(error.filename),
                remedy="Work in a folder that you may write to, with room on its disk.",
            )
        )
    except Exception as error:  # noqa: BLE001 -- the last net: a sentence rather than a traceback
        return console.crashed(error, app.folder)


def _misuse(error: click.UsageError) -> tuple[str, str]:
    path = error.ctx.command_path if error.ctx is not None else "ticketferry"
    message = error.format_message().rstrip(".")
    message = message[:1].lower() + message[1:]
    if isinstance(error, click.NoSuchOption):
        close = [name for name in error.possibilities or () if name != "--help"]
        message = f"there is no option {error.option_name}"
        nearest = get_close_matches(error.option_name, close, 1, 0.0)
        message += f"; did you mean {nearest[0]}?" if nearest else ""
    if isinstance(error, click.NoSuchOption) and error.option_name in _TOP_OPTIONS:
        return (
            f"{error.option_name} stands before the command",
            f"ticketferry {error.option_name} … {path.partition(' ')[2]} …",
        )
    return message, f"`{path} --help` shows how, with an example."


_TOP_OPTIONS = ("-C", "--folder", "-q", "--quiet", "-v", "--verbose")


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="\b\nA migration, step by step:\n"
    "  ticketferry init acme && cd acme\n"
    "  ticketferry check\n"
    "  ticketferry extract\n"
    "  ticketferry plan\n"
    "  ticketferry apply p-01\n"
    "  ticketferry verify p-01\n"
    "\n\b\n"
    "Exit codes: 0 well, 1 error, 2 differences, 3 waits for a person,\n"
    "4 finished with failed records, 64 wrong usage, 130 interrupted.\n"
    "Completion for your shell: ticketferry completion --help",
)
@click.option(
    "-C", "--folder", type=click.Path(path_type=Path), metavar="DIR",
    help="Work as if started in DIR, the migration's folder.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No notes and no progress; results and errors only.")
@click.option("-v", "--verbose", is_flag=True, help="More words, and tracebacks of unforeseen errors.")
@click.version_option(__version__, prog_name="ticketferry", message="%(prog)s %(version)s")
@click.pass_obj
def cli(app: App, folder: Path | None, quiet: bool, verbose: bool) -> None:
    """Move a help desk to another one, see exactly what will happen first, and take it back if you must."""
    app.console.quiet = quiet
    app.console.verbose = verbose
    if folder is not None:
        try:
            os.chdir(folder)
            app.console.address.folder = str(folder)
        except OSError as error:
            raise click.UsageError(f"there is no folder {folder}: {error.strerror}") from error


cli.params.append(environment_parameter())


def main() -> int:
    """Run the command line; what the console script calls."""
    return int(cli.main(standalone_mode=False))
