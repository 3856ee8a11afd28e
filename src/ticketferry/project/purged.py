"""What a purge of a folder took away: noted in workspace.db, whatever else goes."""

from dataclasses import dataclass

import orjson

from ticketferry.store.workspace import Workspace

__all__ = ["Purged", "note_purge", "purges"]

_NOTE = "purged:"


@dataclass(frozen=True, slots=True)
class Purged:
    """Who took which parts of the folder away, and when."""

    at: str
    by: str
    parts: tuple[str, ...]
    kept: tuple[str, ...]


def note_purge(workspace: Workspace, purged: Purged) -> None:
    """Keep the entry; on the disk when it returns."""
    told = {"by": purged.by, "parts": purged.parts, "kept": purged.kept}
    workspace.note(f"{_NOTE}{purged.at}", orjson.dumps(told).decode())


def purges(workspace: Workspace) -> list[Purged]:
    """Return what was purged of a folder, oldest first."""
    notes = sorted(workspace.notes(_NOTE).items())
    return [
        Purged(at, told["by"], tuple(told["parts"]), tuple(told["kept"]))
        for at, text in notes
        for told in (orjson.loads(text),)
    ]
