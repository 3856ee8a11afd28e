"""What every command is given: the console and the folder; and the options that commands share."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ticketferry.cli.console import Console
from ticketferry.errors import RunFailed, UsageError

if TYPE_CHECKING:
    from ticketferry.project import Project

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "MOST",
    "App",
    "OutputFile",
    "catalog_option",
    "environment_parameter",
    "examples",
    "executor_option",
    "give_up_option",
    "json_option",
    "mapping_option",
    "old_option",
    "output_option",
    "pass_app",
    "plan_argument",
    "record_argument",
    "yes_option",
]

ENVIRONMENT_VARIABLE = "TICKETFERRY_ENV"
"""Names the environment where nobody types it; never enough to write into production."""
MOST = 1_000_000_000
"""The largest number that an option takes: far more tickets than a desk has, and one that a database can count with."""
F = TypeVar("F", bound=Callable[..., Any])


class App:
    """One call of the program."""

    def __init__(self) -> None:
        self.console = Console()
        self.environment: str | None = None
        """The environment whose name was typed."""
        self.mapping_file: Path | None = None
        """The mapping whose name was typed: a folder's desks are held against no other than its own."""
        self._shown = False

    @property
    def folder(self) -> Path:
        """Return the migration's folder: where the program stands (`-C` goes there first)."""
        return Path.cwd()

    def seen(self, path: Path) -> Path:
        """Return a file as it is named from where the program stands: an environment's files stand in a folder of its own."""
        whole, here = path.resolve(), self.folder.resolve()
        return whole.relative_to(here) if whole.is_relative_to(here) else path

    @contextmanager
    def project(self, *, counts: bool = False) -> "Iterator[Project]":
        """Open the migration in the folder. Raises ConfigError with every problem of migration.yaml.

        `counts`: the command changes much, so what `status` counts over all tickets is counted at its end.
        """
        from ticketferry.project import Project
        from ticketferry.project.counted import keep_counts
        from ticketferry.project.phase_states import note_states
        from ticketferry.sdk.pacing import ask_before_long_waits

        ask_before_long_waits(self._waits if self.console.asks else None)
        named = self.environment or os.environ.get(ENVIRONMENT_VARIABLE) or None
        project = Project.load(self.folder, environment=named)
        try:
            with project:
                project.typed = self.environment is not None
                self._only_its_own(project)
                self._show(project)
                try:
                    yield project
                except RunFailed:
                    if counts:
                        keep_counts(project)
                        note_states(project)
                    raise
                if counts:
                    keep_counts(project)
                    note_states(project)
        finally:
            for fault in project.hook_faults:
                self.console.note(f"{fault.place}: the hook for {fault.event} {fault.words}")

    def _only_its_own(self, project: "Project") -> None:
        named, own = self.mapping_file, project.config.mapping
        if named is not None and named.resolve() != own.resolve():
            raise UsageError(
                f"-m {named}: without --catalog the mapping of this folder is read, {own.name}",
                remedy=f"Leave -m out, or hold {named} against definitions of both desks: `ticketferry export catalog -o catalogs.json`, then"
                f" `--catalog catalogs.json -m {named}`.",
            )

    def _show(self, project: "Project") -> None:
        """Say on every screen, beside its result, in which environment it is; JSON has it as `environment`."""
        here = project.config.environment
        if here is None or self._shown:
            return
        self._shown = True
        self.console.environment = self.console.address.environment = here.name
        where = f"{project.config.source.key} -> {project.config.target.where or project.config.target.key}"
        self.console.banner(f"== {here.banner} ==  {where}", always=here.production)

    def _waits(self, seconds: float, why: str) -> bool:
        from ticketferry.cli.layout import duration

        return self.console.confirm(
            f"The desk wants us to wait {duration(seconds)} before the next request ({why}).\n"
            "Nothing is lost if you stop: the same command goes on later. Wait?"
        )


pass_app = click.make_pass_decorator(App)


def _set_environment(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(App).environment = value


def _environments(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from ticketferry.project.config import environment_names

    return [name for name in environment_names(Path.cwd()) if name.startswith(incomplete)]


def environment_parameter() -> click.Option:
    """Return `--env`, which every command of a migration takes."""
    return click.Option(
        ["--env"],
        metavar="NAME",
        expose_value=False,
        callback=_set_environment,
        shell_complete=_environments,
        help="Which of the file's environments; production is written to only where it is named here.",
    )


def examples(*lines: str) -> str:
    """Return the epilog of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(App).console.json = True


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_set_json,
        help="Print one JSON object and nothing else.",
    )(command)


def catalog_option(command: F) -> F:
    """Add `--catalog`."""
    return click.option(
        "--catalog",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Definitions of both desks (`export catalog`) in place of the folder.",
    )(command)


def _name_mapping(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    source = context.get_parameter_source(parameter.name or "")
    if source is click.core.ParameterSource.COMMANDLINE:
        context.ensure_object(App).mapping_file = value
    return value


def mapping_option(command: F) -> F:
    """Add `-m`, the mapping that goes with `--catalog`."""
    return click.option(
        "-m",
        "--mapping",
        "mapping_file",
        type=click.Path(path_type=Path),
        callback=_name_mapping,
        default="mapping.yaml",
        show_default=True,
        metavar="FILE",
        help="The mapping, with --catalog.",
    )(command)


def yes_option(command: F) -> F:
    """Add `--yes`."""
    return click.option("--yes", is_flag=True, help="Do not ask.")(command)


def old_option(command: F) -> F:
    """Add `--allow-old`."""
    return click.option(
        "--allow-old", is_flag=True, help="Write a plan that is older than a day, or that saw the desk then."
    )(command)


def give_up_option(command: F) -> F:
    """Add `--give-up-after`."""
    return click.option(
        "--give-up-after",
        type=click.FloatRange(min=0),
        default=120.0,
        show_default=True,
        metavar="MINUTES",
        help="How long a desk that does not answer, or takes no write, is waited for.",
    )(command)


def executor_option(command: F) -> F:
    """Add `--executor`."""
    return click.option(
        "--executor",
        metavar="WHERE",
        default="local",
        show_default=True,
        help="Who works on ranges of records: local (processes on all processors), local:N, dask://HOST:PORT.",
    )(command)


def _plans(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    here = Path()
    found = [*here.glob("plans/*.plan"), *here.glob("environments/*/plans/*.plan")]
    return sorted({path.stem for path in found if path.stem.startswith(incomplete)})


def plan_argument(
    name: str = "plan_id", *, required: bool = True, many: bool = False, metavar: str = "PLAN"
) -> Callable[[F], F]:
    """Add a plan's name as an argument, completed from the folder `plans`."""
    return click.argument(
        name, required=required, nargs=-1 if many else 1, metavar=metavar, shell_complete=_plans
    )


class OutputFile(click.Path):
    """A file that is written; none that the migration in this folder is made of."""

    name = "file"

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse a database, a mapping, a plan or whatever else cannot be made again."""
        path = super().convert(value, param, ctx)
        here = Path.cwd().resolve()
        whole = Path(str(value)).resolve()
        if (here / "migration.yaml").exists() and whole.is_relative_to(here) and whole.exists():
            inner = whole.relative_to(here)
            if inner.parts[0] == "environments" and len(inner.parts) > 2:
                inner = Path(*inner.parts[2:])
            if inner.parts[0] in _KEPT_FOLDERS or inner.suffix.lower() in _KEPT_ENDINGS:
                self.fail(f"{inner} belongs to this migration; name another file", param, ctx)
        return path


_KEPT_FOLDERS = frozenset({"answers", "audits", "backups", "blobs", "counts", "decisions", "plans", "runs"})
_KEPT_ENDINGS = frozenset({".db", ".yaml", ".yml"})


def output_option(default: str) -> Callable[[F], F]:
    """Add `-o`, a file that is written; `default`: where it goes without."""
    return click.option(
        "-o",
        "--output",
        type=OutputFile(),
        metavar="FILE",
        help=f"Else {default}.",
    )


def record_argument(name: str = "record", *, required: bool = True) -> Callable[[F], F]:
    """Add a record as an argument: `ticket:123`, `acme:ticket:123`, `person:5`, `123`."""
    return click.argument(name, required=required, metavar="RECORD" if required else "[RECORD]")
