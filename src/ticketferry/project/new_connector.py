"""A connector laid out to start from: the sample for REST products under a name of its own, with a stand-in and its tests."""

import re
from collections.abc import Iterable
from pathlib import Path

import ticketferry
from ticketferry.errors import UsageError, WorkspaceError

__all__ = ["lay_out", "template"]

_NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
_LEFT = frozenset({"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".hypothesis", "dist"})


def template() -> Path:
    """Return the folder of the sample, from the installed package or from the source tree."""
    package = Path(ticketferry.__file__).parent
    for folder in (package / "_connector_rest", package.parents[1] / "samples" / "connector_rest"):
        if folder.is_dir():
            return folder
    raise WorkspaceError(
        "this installation does not hold the sample of a connector",
        where=str(package),
        remedy="Install ticketferry from its wheel, or work in a clone.",
    )


def lay_out(name: str, into: Path, taken: Iterable[str] = ()) -> list[Path]:
    """Write the distribution `ticketferry-NAME` into a new folder of `into`; return its files. `taken`: names of connectors that are
    there.

    Raises UsageError for a name that is none or is taken, WorkspaceError where the folder is there already.
    """
    if not _NAME.fullmatch(name) or name in taken:
        why = (
            f"there is a connector {name!r} already"
            if name in taken
            else f"{name!r} is no name of a connector"
        )
        raise UsageError(
            why, remedy="Take the product's name: small letters and digits, a letter first, as `freshdesk`."
        )
    root = into / f"ticketferry-{name}"
    try:
        root.mkdir()
    except FileExistsError as error:
        raise WorkspaceError(
            "the folder is there already", where=str(root), remedy="Take it away, or take another name."
        ) from error
    source = template()
    words = {"tiny": name, "Tiny": name.capitalize(), "TINY": name.upper()}
    made = []
    for file in sorted(source.rglob("*")):
        path = file.relative_to(source)
        if file.is_file() and not _LEFT & set(path.parts):
            new = root / _renamed(path.as_posix(), words)
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(_renamed(file.read_text(encoding="utf-8"), words), encoding="utf-8")
            made.append(new)
    return made


def _renamed(text: str, words: dict[str, str]) -> str:
    return re.sub("tiny|Tiny|TINY", lambda found: words[found[0]], text)
