"""A workspace belongs to one environment: one that was made for another, or before there were any, is refused before it answers anything."""

from collections.abc import Sequence
from pathlib import Path

from ticketferry.errors import UsageError, WorkspaceError
from ticketferry.project.config import Config
from ticketferry.project.environments import FOLDER
from ticketferry.store.workspace import Workspace, only_opened

__all__ = ["hold_environment", "refuse_unmoved", "refuse_untyped"]

_NOTE = "environment"
_ASIDE = "before-environments"
_MOVED = (
    "*.db",
    "*.db-wal",
    "*.db-shm",
    "plans",
    "runs",
    "people",
    "blobs",
    "imports",
    "backups",
    "answers",
    "audits",
    "reports",
    "counts",
)


def hold_environment(workspace: Workspace, config: Config, *, readonly: bool) -> None:
    """Note whose a new workspace is. Raises WorkspaceError for one of another environment: a folder that was copied or renamed."""
    here = config.environment.name if config.environment is not None else ""
    known = workspace.notes(_NOTE).get("", "")
    if known == here:
        return
    if known:
        raise WorkspaceError(
            f"this workspace is of the environment {known}" + (f", not of {here}" if here else ""),
            where=str(workspace.database.path),
            remedy=f"Put it back to environments/{known}. An environment begins with an empty workspace: it reads its own desks.",
        )
    if not readonly and not workspace.database.readonly:
        workspace.note(_NOTE, here)


def refuse_unmoved(config: Config) -> None:
    """Raise WorkspaceError where the migration has a workspace of before its environments: it belongs to one of them, and nobody said to which.

    A move is advised only where nothing lies at its end: what is moved onto a workspace takes its place.
    """
    old = config.home / "workspace.db"
    if config.environment is None or not old.exists():
        return
    name, here = config.environment.name, f"{FOLDER}/{config.environment.name}"
    there = sorted({path.name for pattern in _MOVED for path in config.home.glob(pattern)})
    if _empty(config.home):
        message = "an empty workspace lies beside migration.yaml, and the folder has environments"
        remedy = f"Nothing was planned or written with it. Put it aside, while no command runs; {here} stays as it is:"
        command = f"mkdir -p {_ASIDE} && mv -n {' '.join(_databases(there))} {_ASIDE}/"
    elif not any((config.root / part).exists() for part in there):
        message = "the folder has a workspace of before it had environments"
        remedy = f"Move it into the environment that it was made with, while no command runs. For {name}:"
        command = f"mkdir -p {here} && mv -n {' '.join(there)} {here}/"
    elif _empty(config.root):
        message = f"the folder has a workspace of before it had environments, and {here} has one too"
        remedy = (
            f"Nothing was planned or written with that in {here}. If the other was made with {name}, put the empty one "
            "aside first, while no command runs; the next command then says how to move the other:"
        )
        command = f"mv -n {here} {name}-{_ASIDE}"
    else:
        message = f"the folder has a workspace of before it had environments, and {here} has one too"
        remedy = (
            f"Both hold work, so neither may take the other's place. {here} stays as it is. Put the other aside, while no "
            "command runs; with a migration.yaml of its own it can be looked at there:"
        )
        command = f"mkdir -p {_ASIDE} && mv -n {' '.join(there)} {_ASIDE}/"
    raise WorkspaceError(message, where=str(old), remedy=f"{remedy}\n  {command}")


def _databases(names: Sequence[str]) -> list[str]:
    return [name for name in names if ".db" in name]


def _empty(root: Path) -> bool:
    """Tell whether a workspace holds nothing that somebody did: only opened, as a look does. False where that cannot be read."""
    path = root / "workspace.db"
    if not path.exists() or any(root.glob("plans/*.plan")) or (root / "source.db").exists():
        return False
    return only_opened(path)


def refuse_untyped(config: Config, *, typed: bool, command: str) -> None:
    """Raise UsageError where a command would write into production and nobody has typed its name."""
    here = config.environment
    if here is None or not here.production or typed:
        return
    raise UsageError(
        f"the environment {here.name} is marked production, and what writes into it, or into its books, wants its name typed",
        where=str(Path(config.document.name)),
        remedy=f"Nothing was written. Say it: ticketferry {command} --env {here.name}",
    )
