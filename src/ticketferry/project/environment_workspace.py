"""A workspace belongs to one environment: one that was made for another, or before there were any, is refused before it answers anything."""

from pathlib import Path

from ticketferry.errors import UsageError, WorkspaceError
from ticketferry.project.config import Config
from ticketferry.store.workspace import Workspace

__all__ = ["hold_environment", "refuse_unmoved", "refuse_untyped"]

_NOTE = "environment"
_MOVED = (
    "*.db",
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
    """Raise WorkspaceError where the migration has a workspace of before its environments: it belongs to one of them, and nobody said to which."""
    if config.environment is None or not (config.home / "workspace.db").exists():
        return
    name = config.environment.name
    there = sorted({path.name for pattern in _MOVED for path in config.home.glob(pattern)})
    raise WorkspaceError(
        "the folder has a workspace of before it had environments",
        where=str(config.home / "workspace.db"),
        remedy=f"Move it into the environment that it was made with, while no command runs. For {name}:"
        f"\n  mkdir -p environments/{name} && mv {' '.join(there)} environments/{name}/",
    )


def refuse_untyped(config: Config, *, typed: bool, command: str) -> None:
    """Raise UsageError where a command would write into production and nobody has typed its name."""
    here = config.environment
    if here is None or not here.production or typed:
        return
    raise UsageError(
        f"the environment {here.name} is marked production, and what writes into it wants its name typed",
        where=str(Path(config.document.name)),
        remedy=f"Nothing was written. Say it: ticketferry {command} --env {here.name}",
    )
