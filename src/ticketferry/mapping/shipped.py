"""The ready mapping files that come with ticketferry."""

from pathlib import Path

import ticketferry

__all__ = ["shipped"]


def shipped() -> dict[str, Path]:
    """Return name -> file of every shipped mapping, from the installed package or from the source tree."""
    package = Path(ticketferry.__file__).parent
    for folder in (package / "_mappings", package.parents[1] / "mappings"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return {}
