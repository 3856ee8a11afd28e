"""What stands in a migration's folder, part by part: which files each is, how large, and whether it holds what customers wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ticketferry.store.workspace import BACKUPS

__all__ = ["PARTS", "WITHIN", "FolderPart", "Held", "held_parts", "part_files", "unknown_files"]


@dataclass(frozen=True, slots=True)
class FolderPart:
    """One part of the folder. `patterns`: its files, as globs below the folder; `holds`: what, in words; `again`: what makes it again,
    empty where nothing does.
    """

    name: str
    patterns: tuple[str, ...]
    holds: str
    again: str = ""


WITHIN = ("idmap", "journal", "images")
"""Parts that are tables of workspace.db and no files of their own."""

PARTS = (
    FolderPart("idmap", (), "which record became which: ids and digests, no words"),
    FolderPart("journal", (), "what was written when, what failed, who approved and confirmed"),
    FolderPart("images", (), "records of the new desk as they were before an update"),
    FolderPart("report", ("reports/**/*", "report.html"), "reports that were written here"),
    FolderPart("plans", ("plans/**/*",), "plans, with all that they write"),
    FolderPart("audits", ("audits/**/*",), "tickets that were drawn for an audit, and what was said of them"),
    FolderPart("decisions", ("decisions/**/*",), "what people decided, by name and address"),
    FolderPart("fallback", ("fallback/**/*",), "what a fallback lists, and its migration back"),
    FolderPart("rehearsals", ("rehearsals/**/*",), "rehearsals, with all that both desks gave", "rehearse"),
    FolderPart("imports", ("imports/**/*",), "files for an importer"),
    FolderPart("logs", ("runs/**/*",), "each request with its address, and what verify found"),
    FolderPart("backups", (f"{BACKUPS}/**/*", "workspace.db.before-*"), "copies of workspace.db"),
    FolderPart("source", ("source.db*",), "the old desk as it was read", "extract"),
    FolderPart("target", ("target.db*", "new-desk.db*"), "the new desk as it was read", "extract"),
    FolderPart("files", ("blobs/**/*",), "attachments, byte by byte", "extract files"),
    FolderPart(
        "working", ("answers/**/*", "people/**/*"), "what the last plan was made from, and who is one", "plan"
    ),
)
"""In the order in which a screen shows them. What no part names is a person's: it is never taken away."""

_OURS = ("migration.yaml", "mapping.yaml", "workspace.db*", "lock", "lock.held", ".gitignore")
"""Files of the folder itself, which stay whatever goes."""


@dataclass(frozen=True, slots=True)
class Held:
    """A part as it is now: how many files, and their bytes. Those `WITHIN` workspace.db count its bytes under `idmap`."""

    part: FolderPart
    files: int
    bytes: int


def part_files(root: Path, part: FolderPart) -> list[Path]:
    """Return the files of a part, ordered. A link is one itself: what it points at is somebody else's."""
    found = {
        path
        for pattern in part.patterns
        for path in root.glob(pattern)
        if (path.is_file() or path.is_symlink()) and not _through_a_link(root, path)
    }
    return sorted(found)


def _through_a_link(root: Path, path: Path) -> bool:
    return any(parent.is_symlink() for parent in path.parents if parent != root and root in parent.parents)


def held_parts(root: Path) -> list[Held]:
    """Return every part with what it takes on the disk now."""
    held = []
    for part in PARTS:
        files = part_files(root, part)
        if part.name == WITHIN[0]:
            files = sorted(root.glob("workspace.db")) + sorted(root.glob("workspace.db-*"))
        held.append(Held(part, len(files), sum(path.lstat().st_size for path in files)))
    return held


def unknown_files(root: Path) -> Iterator[str]:
    """Yield what stands in the folder and is no part of it: files, and folders as one line each, ordered."""
    known = {path for part in PARTS for path in part_files(root, part)}
    known |= {path for pattern in _OURS for path in root.glob(pattern)}
    folders = {pattern.split("/")[0] for part in PARTS for pattern in part.patterns if "/" in pattern}
    for path in sorted(root.iterdir()):
        if path not in known and path.name not in folders:
            yield f"{path.name}/" if path.is_dir() else path.name
