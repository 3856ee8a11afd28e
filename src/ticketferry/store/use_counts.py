"""How many tickets ask for whom, how many members an organization has and how often a tag is used, in one snapshot: a file that is only read."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ticketferry.store.database import quoted
from ticketferry.store.tables_file import TablesFile

__all__ = ["SnapshotCounts"]

_TABLES = """
CREATE TABLE IF NOT EXISTS figure(ref TEXT PRIMARY KEY, tickets INTEGER NOT NULL, users INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS use(tag TEXT PRIMARY KEY, tickets INTEGER NOT NULL) WITHOUT ROWID;
"""


class SnapshotCounts(TablesFile):
    """Of people and organizations those who stand for others hold the figures of all. Tags are under the names that the mapping gives them."""

    tables = _TABLES

    def add_figures(self, rows: Iterable[tuple[str, int, int]]) -> None:
        """Add (ref, tickets, users) to what is there."""
        self.connection.executemany(
            "INSERT INTO figure VALUES (?,?,?) ON CONFLICT(ref) DO UPDATE SET tickets = tickets + excluded.tickets,"
            " users = users + excluded.users",
            rows,
        )

    def add_uses(self, rows: Mapping[str, int]) -> None:
        """Add uses of tags."""
        self.connection.executemany(
            "INSERT INTO use VALUES (?,?) ON CONFLICT(tag) DO UPDATE SET tickets = tickets + excluded.tickets",
            rows.items(),
        )

    def add_members(self, rows: Iterable[tuple[str, str]]) -> None:
        """Count the members of organizations from (organization, person); a pair that comes again counts once."""
        execute = self.connection.execute
        execute(
            "CREATE TEMP TABLE member(organization TEXT, person TEXT, PRIMARY KEY (organization, person)) WITHOUT ROWID"
        )
        self.connection.executemany("INSERT OR IGNORE INTO member VALUES (?, ?)", rows)
        self.add_figures(
            execute("SELECT organization, 0, count(*) FROM member GROUP BY organization").fetchall()
        )
        execute("DROP TABLE member")

    def figures(self, ref: str) -> dict[str, int]:
        """Return `tickets` and `users` of a person or organization."""
        row = self.connection.execute("SELECT tickets, users FROM figure WHERE ref = ?", (ref,)).fetchone()
        return {"tickets": int(row[0]), "users": int(row[1])} if row else {"tickets": 0, "users": 0}

    def uses(self, tag: str) -> int:
        """Return on how many tickets a tag is."""
        row = self.connection.execute("SELECT tickets FROM use WHERE tag = ?", (tag,)).fetchone()
        return int(row[0]) if row else 0

    def differing(self, other: Path, least: int) -> tuple[set[str], set[str]]:
        """Return of whom another file has other figures, and which tags are on fewer tickets than `least` in one of the two alone."""
        self.connection.execute("ATTACH DATABASE ? AS other", (f"file:{quoted(other)}?mode=ro",))
        try:
            refs: set[str] = set()
            tags: set[str] = set()
            for one, two in (("main", "other"), ("other", "main")):
                refs.update(
                    row[0]
                    for row in self.connection.execute(
                        f"SELECT * FROM {one}.figure EXCEPT SELECT * FROM {two}.figure"
                    )
                )
                tags.update(
                    row[0]
                    for row in self.connection.execute(
                        f"SELECT tag FROM {one}.use WHERE tickets >= ? EXCEPT SELECT tag FROM {two}.use WHERE tickets >= ?",
                        (least, least),
                    )
                )
            return refs, tags
        finally:
            self.connection.execute("DETACH DATABASE other")

    def commit(self) -> None:
        """Keep what was written."""
        self.connection.commit()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
