"""What a user sets for a desk kept as neutral files."""

from pathlib import Path

from pydantic import Field

from ticketferry.sdk import Options

__all__ = ["NeutralOptions"]


class NeutralOptions(Options):
    """Options of the neutral connector; it needs no credentials."""

    folder: Path
    """Folder with desk.json, the JSON Lines files and `files/`. As a target it is made where it is missing."""
    settle: float = Field(default=0.0, ge=0.0)
    """Seconds after which the absence of a record is believed. Files need none; a rehearsal may ask for some."""
    page_size: int = Field(default=500, ge=1, le=100_000)
    """Lines in one page of reading."""

    def where(self) -> str:
        """Return the folder."""
        return str(self.folder)
