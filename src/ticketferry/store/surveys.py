"""What a desk told about itself beside its records: control totals, why numbers are absent, what is not moved."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import orjson

from ticketferry.sdk.survey import Absence, NotMoved
from ticketferry.store.database import disk_errors
from ticketferry.store.snapshots import Snapshots

__all__ = ["LATE_CLASS", "Cell", "Gap", "Run", "Surveys", "split_number"]

PORTION = 500
MOST_SEQUENCES = 5_000
"""A desk with more is not one that counts its tickets."""
NAMED = 10
LONGEST_PREFIX = 40
LATE_CLASS = "late"
"""There by now, and not read."""
_NUMBER = re.compile(r"(|[^\x00]*[^0-9])(0|[1-9][0-9]{0,14})", re.ASCII)
_COLUMNS = "what, id, name, active, used, used_when, last_used, url, note"


@dataclass(frozen=True, slots=True)
class Cell:
    """Tickets of some stages and a month of creation, counted by the desk and in the snapshot."""

    stage: str
    """One stage, several joined by `+`, or empty: any but deleted, spam and suspended."""
    month: str
    desk: int
    here: int
    allowed: int
    """Tickets of the month that were worked on since reading began: by so many the figures may differ."""
    verdict: str
    """`equal`, `moved` (differs by no more than allowed), `differs`, or `estimate` (the desk only guesses)."""
    where: str


class Run(NamedTuple):
    """A sequence of numbers: what stands before them, the highest, and how many are in use."""

    prefix: str
    high: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers `first` to `last` of a sequence, which no ticket of the snapshot has."""

    prefix: str
    first: int
    last: int


def split_number(text: str) -> tuple[str, int] | None:
    """Cut a ticket's number into its sequence and its place there: `SUP-12` is 12 of `SUP-`. None: it is in no sequence."""
    match = _NUMBER.fullmatch(text)
    if match is None or match[2] == "0" or len(match[1]) > LONGEST_PREFIX:
        return None
    return match[1], int(match[2])


class Surveys:
    """Keeps, in the file of the snapshots, what `Survey` told. What is asked of a whole desk never stands in memory."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._database = snapshots.database

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def begin_numbers(self) -> None:
        """Forget which numbers are in use."""
        with self._database.lock, disk_errors(self._database.path):
            run = self._database.connection.execute
            run(
                "CREATE TEMP TABLE IF NOT EXISTS used(prefix TEXT NOT NULL, number INTEGER NOT NULL, class TEXT NOT NULL,"
                " PRIMARY KEY (prefix, number)) WITHOUT ROWID"
            )
            run("DELETE FROM temp.used")

    def note_numbers(self, numbers: Sequence[tuple[str, int, str]]) -> int:
        """Note numbers in use, each with what its ticket counts as; return how many were not noted before."""
        with self._database.lock, disk_errors(self._database.path):
            sql = "INSERT OR IGNORE INTO temp.used VALUES (?, ?, ?)"
            return max(0, self._database.connection.executemany(sql, numbers).rowcount)

    def sequences(self, *, thin: int, few: int) -> tuple[list[Run], list[str]]:
        """Return the sequences of numbers; and of those that are none, since more than `thin` times those in use and `few`
        are missing, the first few by their highest number. Where there are very many, none is a sequence.
        """
        grouped = "SELECT prefix, max(number), count(*) FROM temp.used GROUP BY prefix HAVING "
        dense = "max(number) - count(*) <= ?1 * count(*) + ?2"
        runs = [
            Run(str(prefix), int(high), int(count))
            for prefix, high, count in self._database.rows(
                f"{grouped} {dense} ORDER BY prefix LIMIT ?3", (thin, few, MOST_SEQUENCES + 1)
            )
        ]
        if len(runs) > MOST_SEQUENCES:
            return [], [f"{run.prefix}{run.high}" for run in runs[:NAMED]]
        others = self._database.rows(f"{grouped} NOT {dense} ORDER BY prefix LIMIT ?3", (thin, few, NAMED))
        return runs, [f"{prefix}{high}" for prefix, high, _ in others]

    def used(self, sequences: Sequence[Run]) -> dict[str, int]:
        """Count the numbers in use of these sequences by what their tickets count as."""
        counts: dict[str, int] = {}
        for sequence in sequences:
            for class_, count in self._database.rows(
                "SELECT class, count(*) FROM temp.used WHERE prefix = ? GROUP BY class", (sequence.prefix,)
            ):
                counts[str(class_)] = counts.get(str(class_), 0) + int(count)
        return counts

    def forget_found(self) -> None:
        """Drop the reasons of numbers that are in use by now (a ticket was restored)."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM absent WHERE EXISTS (SELECT 1 FROM temp.used AS u WHERE u.prefix = absent.prefix"
                " AND u.number = absent.number)"
            )

    def gaps(self, prefix: str, high: int, *, archived: bool = False) -> Iterator[Gap]:
        """Stream what lies between the numbers in use and those whose absence has a reason, from 1 to `high`.

        `archived`: those too that may lie in an archive, from which somebody may have put them back.
        """
        before = 0
        open_ = ["unknown", "late", *([Absence.PURGED_OR_ARCHIVED.value] if archived else [])]
        while before < high:
            numbers = self._database.rows(
                "SELECT number FROM temp.used WHERE prefix = ?1 AND number > ?2 AND number <= ?3"
                " UNION SELECT number FROM absent WHERE prefix = ?1 AND number > ?2 AND number <= ?3"
                " AND class NOT IN (SELECT value FROM json_each(?4)) ORDER BY 1 LIMIT 5000",
                (prefix, before, high, orjson.dumps(open_).decode()),
            )
            for (number,) in numbers:
                if number > before + 1:
                    yield Gap(prefix, before + 1, number - 1)
                before = number
            if not numbers:
                yield Gap(prefix, before + 1, high)
                return

    def explain(self, snapshot: int, reasons: Iterable[tuple[str, int, str]]) -> None:
        """Keep why numbers are absent: (prefix, number, class)."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO absent VALUES (?, ?, ?, ?)",
                ((prefix, number, reason, snapshot) for prefix, number, reason in reasons),
            )

    def late_before(self, numbers: Sequence[tuple[str, int]], snapshot: int) -> set[tuple[str, int]]:
        """Return which of these numbers an earlier extract was told to be there, and did not get."""
        return {
            (prefix, number)
            for prefix, number in numbers
            if self._database.one(
                "SELECT 1 FROM absent WHERE prefix = ? AND number = ? AND class IN (?, ?) AND snapshot < ?",
                (prefix, number, LATE_CLASS, Absence.UNKNOWN.value, snapshot),
            )
        }

    def late(self, prefix: str) -> set[int]:
        """Return the numbers of a sequence that are there by now and were not read."""
        return {
            int(row[0])
            for row in self._database.rows(
                "SELECT number FROM absent WHERE prefix = ? AND class = ?", (prefix, LATE_CLASS)
            )
        }

    def reasons(self, sequences: Sequence[Run]) -> dict[str, int]:
        """Count the absent numbers by class, up to the highest number of each sequence."""
        counts: dict[str, int] = {}
        for prefix, high, _ in sequences:
            for class_, count in self._database.rows(
                "SELECT class, count(*) FROM absent WHERE prefix = ? AND number <= ? GROUP BY class",
                (prefix, high),
            ):
                counts[str(class_)] = counts.get(str(class_), 0) + int(count)
        return counts

    # ---- totals and the summary ------------------------------------------------------------------------------------

    def store_cells(self, cells: Iterable[Cell]) -> None:
        """Keep control totals in the place of the earlier ones."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM control")
            connection.executemany(
                "INSERT OR REPLACE INTO control(stage, month, desk, here, allowed, verdict, place)"
                " VALUES (:stage, :month, :desk, :here, :allowed, :verdict, :where)",
                (asdict(cell) for cell in cells),
            )

    def cells(self) -> list[Cell]:
        """Return the control totals, newest month first."""
        return [
            Cell(*row)
            for row in self._database.rows(
                "SELECT stage, month, desk, here, allowed, verdict, place FROM control ORDER BY month DESC, stage"
            )
        ]

    def store_summary(self, snapshot: int, at: datetime, body: dict[str, Any]) -> None:
        """Keep what a check found."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO survey VALUES (?, ?, ?)",
                (snapshot, at.isoformat(), orjson.dumps(body).decode()),
            )

    def summary(self) -> dict[str, Any] | None:
        """Return what the newest check found; None where none was made."""
        row = self._database.one("SELECT body FROM survey ORDER BY snapshot DESC LIMIT 1")
        return dict(orjson.loads(row[0])) if row else None

    # ---- what is not moved -----------------------------------------------------------------------------------------

    def store_inventory(self, snapshot: int, things: Iterable[NotMoved]) -> int:
        """Keep what is not moved in the place of the earlier list; return how many things there are."""
        count = 0
        source = iter(things)
        while part := list(islice(source, PORTION)):
            count += len(part)
            with self._database.transaction() as connection:
                connection.executemany(
                    f"INSERT OR REPLACE INTO not_moved({_COLUMNS}, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (
                            item.what,
                            item.id,
                            item.name,
                            int(item.active),
                            item.used,
                            item.used_when,
                            item.last_used.isoformat() if item.last_used else None,
                            item.url,
                            item.note,
                            snapshot,
                        )
                        for item in part
                    ],
                )
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM not_moved WHERE snapshot <> ?", (snapshot,))
        return count

    def inventory(self, what: str | None = None) -> Iterator[NotMoved]:
        """Stream what is not moved: by kind, most used first, what nobody counts last."""
        connection = self._database.reader()
        try:
            with disk_errors(self._database.path):
                for row in connection.execute(
                    f"SELECT {_COLUMNS} FROM not_moved WHERE ?1 IS NULL OR what = ?1"
                    " ORDER BY what, active DESC, used IS NULL, used DESC, last_used IS NULL, last_used DESC, name, id",
                    (what,),
                ):
                    thing, id_, name, active, used, used_when, last, url, note = row
                    at = datetime.fromisoformat(last) if last else None
                    yield NotMoved(thing, id_, name, bool(active), used, used_when, at, url, note)
        finally:
            connection.close()

    def inventory_counts(self) -> list[dict[str, Any]]:
        """Return for each kind how many there are, are active, were used, were not, and do not say; and the last use."""
        return [
            dict(zip(("what", "all", "active", "used", "unused", "unsaid", "last_used"), row, strict=True))
            for row in self._database.rows(
                "SELECT what, count(*), sum(active), sum(coalesce(used > 0, 0)), sum(coalesce(used = 0, 0)),"
                " sum(used IS NULL), max(last_used) FROM not_moved GROUP BY what ORDER BY what"
            )
        ]
