"""The answer book of the last plan, taken further: what was marked is looked for, roots are taken out, and told where they stood."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ticketferry.plan.file.answers import TICKETS, AnswerBook
from ticketferry.plan.file.shards import key_number, unpacked_counts
from ticketferry.plan.file.writer import SumKey

__all__ = ["GoneRoot", "LastAnswers"]


class GoneRoot(NamedTuple):
    """Where a root that is planned again, or is no more, stood: its place, its changes (0 or 1) and its operations."""

    place: str
    change: int
    ops: int


class LastAnswers(AnswerBook):
    """A copy of the last book, in which the roots that are planned again are taken out and put in anew."""

    _flat = "asked"

    @classmethod
    def copy_of(cls, last: Path, path: Path) -> "LastAnswers":
        """Begin with a copy of the last book."""
        shutil.copyfile(last, path)
        path.chmod(0o600)
        return cls(path)

    def _prepare(self) -> None:
        execute = self._connection.execute
        execute("CREATE TEMP TABLE dirty(key INTEGER PRIMARY KEY)")
        execute("CREATE TEMP TABLE chosen(id INTEGER PRIMARY KEY)")
        execute(
            "CREATE TEMP TABLE gone(place TEXT PRIMARY KEY, change INTEGER, ops INTEGER, ref TEXT) WITHOUT ROWID"
        )

    def _finish(self) -> None:
        """Forget what roots and answers had asked that are no more, once there are many of them."""
        gone = int(self._state().get("gone", 0)) + self._one("SELECT count(*) FROM temp.gone")
        roots = self._one("SELECT count(*) FROM root")
        if gone > roots:
            self._connection.execute(
                "DELETE FROM asked WHERE (what > 0 AND what NOT IN (SELECT id FROM root))"
                " OR (what < 0 AND -what NOT IN (SELECT n FROM answer))"
            )
            for table in ("sum_key", "finding_key"):
                self._connection.execute(f"DELETE FROM {table} WHERE shard NOT IN (SELECT shard FROM root)")
            gone = 0
        self._connection.execute("INSERT OR REPLACE INTO state VALUES ('gone', ?)", (str(gone),))

    def mark(self, keys: Iterable[str]) -> None:
        """Note keys of which something else is known now."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO temp.dirty VALUES (?)", ((key_number(key),) for key in keys)
        )

    def take_answers(self, now: str | None) -> list[tuple[str, str]]:
        """Take out the answers that may be others now, and return (key, value) of each. `now`: the time, where it is another one."""
        rows = self._connection.execute(
            "SELECT n, key, value FROM answer WHERE n IN (SELECT -a.what FROM temp.dirty AS d JOIN asked AS a ON a.key = d.key"
            " WHERE a.what < 0) OR until <= ? ORDER BY n",
            (now or "",),
        ).fetchall()
        self._connection.executemany("DELETE FROM answer WHERE n = ?", [(row[0],) for row in rows])
        return [(str(key), str(value)) for _, key, value in rows]

    def hit(self, now: str | None) -> list[tuple[str, str]]:
        """Return (place, ref) of the roots that had asked for what was marked, or whose comparisons with the time are over."""
        return self._connection.execute(
            "SELECT place, ref FROM root WHERE id IN (SELECT a.what FROM temp.dirty AS d JOIN asked AS a ON a.key = d.key"
            " WHERE a.what > 0) OR until <= ?",
            (now or "",),
        ).fetchall()

    def aside(self) -> list[str]:
        """Return the roots whose rows in the last plan are not those that were planned first."""
        return [ref for (ref,) in self._connection.execute("SELECT ref FROM aside ORDER BY ref")]

    def count(self) -> int:
        """Count all roots."""
        return self._one("SELECT count(*) FROM root")

    def places(self, low: str, high: str) -> list[str]:
        """Return the places of roots from `low` up to, not with, `high`."""
        return [
            place
            for (place,) in self._connection.execute(
                "SELECT place FROM root WHERE place >= ? AND place < ? ORDER BY place", (low, high)
            )
        ]

    def take_out(self, places: Iterable[str]) -> None:
        """Take roots out, with all that they added; `gone` tells where they stood."""
        execute = self._connection.execute
        execute("DELETE FROM temp.chosen")
        self._connection.executemany(
            "INSERT OR IGNORE INTO temp.chosen SELECT id FROM root WHERE place = ?",
            [(place,) for place in places],
        )
        execute(
            "INSERT INTO temp.gone SELECT place, change, ops, ref FROM root WHERE id IN (SELECT id FROM temp.chosen)"
        )
        totals: Counter[SumKey] = Counter()
        needs: Counter[str] = Counter()
        names: dict[int, dict[int, SumKey]] = {}
        for place, shard, sums, needed in execute(
            "SELECT place, shard, sums, needs FROM root WHERE id IN (SELECT id FROM temp.chosen)"
        ).fetchall():
            if shard not in names:
                names[shard] = {
                    n: (kind, pattern, disposition, by)
                    for n, kind, pattern, disposition, by in execute(
                        "SELECT n, kind, pattern, disposition, by FROM sum_key WHERE shard = ?", (shard,)
                    )
                }
            for number, count in unpacked_counts(sums):
                totals[names[shard][number]] += count
            if place >= TICKETS and needed:
                needs.update(needed.split("\n"))
        self._connection.executemany(
            "UPDATE total SET count = count - ? WHERE kind = ? AND pattern = ? AND disposition = ? AND by = ?",
            [(count, *key) for key, count in totals.items()],
        )
        execute("DELETE FROM total WHERE count = 0")
        self._connection.executemany(
            "UPDATE need SET count = count - ? WHERE ref = ?", [(count, ref) for ref, count in needs.items()]
        )
        execute("DELETE FROM need WHERE count = 0")
        for table, column in (("found", "root"), ("name", "id"), ("want", "root"), ("root", "id")):
            execute(f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM temp.chosen)")

    def gone(self) -> list[GoneRoot]:
        """Return where the roots stood that were taken out, in order."""
        return [
            GoneRoot(*row)
            for row in self._connection.execute("SELECT place, change, ops FROM temp.gone ORDER BY place")
        ]

    def gone_refs(self) -> list[str]:
        """Return the refs of the roots that were taken out."""
        return [ref for (ref,) in self._connection.execute("SELECT ref FROM temp.gone")]

    def between(self, low: str, high: str | None) -> tuple[int, int]:
        """Count changes and operations of the roots that stand behind one place and before another (None: to the end)."""
        sql = "SELECT coalesce(sum(change), 0), coalesce(sum(ops), 0) FROM root WHERE place > ?"
        row = (
            self._connection.execute(f"{sql} AND place < ?", (low, high))
            if high is not None
            else self._connection.execute(sql, (low,))
        ).fetchone()
        return int(row[0]), int(row[1])

    def needed(self) -> set[str]:
        """Return whom the last plan brought because tickets name them, and who goes with them."""
        return {ref for (ref,) in self._connection.execute("SELECT ref FROM needed")}

    def wants(self) -> Iterator[tuple[int, str, str]]:
        """Stream what operations want of others: number of the operation in the new plan, ref, slot."""
        before, last, ops = 0, "", 0
        for place, count, nth, ref, slot in self._connection.execute(
            "SELECT r.place, r.ops, w.nth, w.ref, w.slot FROM root AS r INDEXED BY root_writes LEFT JOIN want AS w ON w.root = r.id"
            " WHERE r.ops > 0 ORDER BY r.place, w.nth"
        ):
            if place != last:
                before, last, ops = before + ops, place, count
            if nth is not None:
                yield before + nth, ref, slot
