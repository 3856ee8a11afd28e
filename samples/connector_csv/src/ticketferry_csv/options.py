"""What a user sets for a desk of CSV files."""

from pathlib import Path

from ticketferry.sdk import Options

__all__ = ["CsvOptions"]


class CsvOptions(Options):
    """Options of the CSV connector."""

    folder: Path
    """Folder with tickets.csv (number, subject, status, email, tags, created, …) and comments.csv (id, ticket, email, …)."""
    page_size: int = 200
    """Rows in one page of reading."""

    def where(self) -> str:
        """Return the folder."""
        return str(self.folder)
