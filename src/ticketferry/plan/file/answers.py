"""The answer book: of each root of the last plan of a scope what it was made from and what it added, so that it need not be planned again.

The rows of a root stand in the plan file; the book says where each root is in it (`place`, how many changes and operations), what it added
to sums, findings, figures, names and needs, and which keys it had asked. Disposable: without it a plan is made from nothing.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from ticketferry.plan.file.shards import key_number
from ticketferry.plan.file.writer import SumKey
from ticketferry.store.database import quoted

__all__ = ["TICKETS", "AnswerBook"]

TICKETS = "4"
"""Places of tickets begin so, and stand behind all others."""
_FORMAT = 1
_SCRIPT = """
CREATE TABLE state(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE root(
    id INTEGER PRIMARY KEY, place TEXT NOT NULL, ref TEXT NOT NULL, change INTEGER NOT NULL, ops INTEGER NOT NULL, outcome TEXT NOT NULL,
    figure TEXT NOT NULL, figures INTEGER NOT NULL, until TEXT, shard INTEGER NOT NULL, sums BLOB NOT NULL, needs TEXT NOT NULL);
CREATE TABLE answer(n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, until TEXT);
CREATE TABLE asked(key INTEGER NOT NULL, what INTEGER NOT NULL, PRIMARY KEY (key, what)) WITHOUT ROWID;
CREATE TABLE sum_key(
    shard INTEGER NOT NULL, n INTEGER NOT NULL, kind TEXT NOT NULL, pattern TEXT NOT NULL, disposition TEXT NOT NULL, by TEXT NOT NULL,
    PRIMARY KEY (shard, n)) WITHOUT ROWID;
CREATE TABLE finding_key(
    shard INTEGER NOT NULL, n INTEGER NOT NULL, code TEXT NOT NULL, severity TEXT NOT NULL, subject TEXT NOT NULL, place TEXT NOT NULL,
    message TEXT NOT NULL, remedy TEXT NOT NULL, PRIMARY KEY (shard, n)) WITHOUT ROWID;
CREATE TABLE found(
    root INTEGER NOT NULL, shard INTEGER NOT NULL, key INTEGER NOT NULL, own INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (root, shard, key, own)) WITHOUT ROWID;
CREATE TABLE name(
    id INTEGER NOT NULL, what TEXT NOT NULL, key TEXT NOT NULL, root TEXT NOT NULL, outcome TEXT NOT NULL, shown TEXT NOT NULL);
CREATE TABLE want(root INTEGER NOT NULL, nth INTEGER NOT NULL, ref TEXT NOT NULL, slot TEXT NOT NULL);
CREATE TABLE need(ref TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE needed(ref TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE total(
    kind TEXT NOT NULL, pattern TEXT NOT NULL, disposition TEXT NOT NULL, by TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (kind, pattern, disposition, by)) WITHOUT ROWID;
CREATE TABLE content(id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE aside(ref TEXT PRIMARY KEY) WITHOUT ROWID
"""
"""`aside`: roots whose rows in the plan are not those of `root`: withdrawn or mended after all others were planned."""
_INDEXES = """
CREATE INDEX root_place ON root(place, change, ops);
CREATE INDEX root_until ON root(until) WHERE until IS NOT NULL;
CREATE INDEX root_figure ON root(figure, figures) WHERE figure <> '';
CREATE INDEX root_writes ON root(place) WHERE ops > 0;
CREATE INDEX answer_until ON answer(until) WHERE until IS NOT NULL;
CREATE INDEX name_id ON name(id);
CREATE INDEX want_root ON want(root, nth)
"""
_SOME = 500


class AnswerBook:
    """A book that is being written, of a plan that is made from nothing. Nobody sees it before `save`."""

    _flat = "temp.flat"
    """Where what was asked is gathered."""

    def __init__(self, path: Path) -> None:
        """Begin an empty book at a path where nothing is yet."""
        self.path = path
        self._connection = sqlite3.connect(f"file:{quoted(path)}", uri=True, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._prepare()

    def _prepare(self) -> None:
        self.path.chmod(0o600)
        self._connection.execute("CREATE TEMP TABLE flat(key INTEGER, what INTEGER)")
        for statement in _SCRIPT.split(";"):
            self._connection.execute(statement)

    def _finish(self) -> None:
        """Put what was gathered in order."""
        execute = self._connection.execute
        execute("BEGIN")
        execute("INSERT INTO asked SELECT DISTINCT key, what FROM temp.flat ORDER BY key, what")
        for statement in _INDEXES.split(";"):
            execute(statement)
        execute("COMMIT")

    @staticmethod
    def state_of(path: Path) -> dict[str, Any] | None:
        """Return what a saved book was made from; None where there is none, or none that can be read."""
        if not path.exists():
            return None
        try:
            with closing(sqlite3.connect(f"file:{quoted(path)}?mode=ro", uri=True)) as connection:
                rows = connection.execute("SELECT key, value FROM state").fetchall()
        except sqlite3.Error:
            return None
        state = {key: orjson.loads(value) for key, value in rows}
        return state if state.get("format") == _FORMAT else None

    def save(self, path: Path, state: dict[str, Any]) -> None:
        """Note what the book was made from, and put it in its place when it is on the disk."""
        execute = self._connection.execute
        self._finish()
        state = {**self._state(), **state, "format": _FORMAT}
        execute("BEGIN")
        execute("DELETE FROM state")
        self._connection.executemany(
            "INSERT INTO state VALUES (?, ?)",
            [(key, orjson.dumps(value).decode()) for key, value in state.items()],
        )
        execute("COMMIT")
        self.close()
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        path.parent.mkdir(exist_ok=True, mode=0o700)
        self.path.replace(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _state(self) -> dict[str, Any]:
        return {
            key: orjson.loads(value)
            for key, value in self._connection.execute("SELECT key, value FROM state")
        }

    def _one(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        row = self._connection.execute(sql, parameters).fetchone()
        return int(row[0] or 0) if row else 0

    # ---- what is worked out ------------------------------------------------------------------------------------------------

    def answer(self, key: str) -> str | None:
        """Return an answer that holds."""
        row = self._connection.execute("SELECT value FROM answer WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def add_answer(self, key: str, value: str, until: str | None, keys: Iterable[str]) -> None:
        """Keep an answer that was worked out beside all shards."""
        added = self._connection.execute(
            "INSERT OR IGNORE INTO answer(key, value, until) VALUES (?, ?, ?)", (key, value, until)
        )
        if added.rowcount:
            what = -int(added.lastrowid or 0)
            self._connection.executemany(
                f"INSERT OR IGNORE INTO {self._flat} VALUES (?, ?)", [(key_number(one), what) for one in keys]
            )

    def set_aside(self, refs: Iterable[str]) -> None:
        """Note the roots whose rows in the plan are not those that were planned first."""
        self._connection.execute("DELETE FROM aside")
        self._connection.executemany("INSERT OR IGNORE INTO aside VALUES (?)", [(ref,) for ref in refs])

    def outcome(self, place: str) -> str | None:
        """Return what becomes of a root; empty where the plan says nothing of it, None where it has no such root."""
        row = self._connection.execute("SELECT outcome FROM root WHERE place = ?", (place,)).fetchone()
        return str(row[0]) if row else None

    def put_in(self, shard: Path) -> None:
        """Add the roots of a part of the new plan."""
        execute = self._connection.execute
        state = self._state()
        number, base = int(state.get("shards", 0)) + 1, int(state.get("ids", 0))
        execute("ATTACH DATABASE ? AS part", (str(shard),))
        try:
            execute("BEGIN")
            self._put_in(number, base)
            ids = base + self._one("SELECT coalesce(max(n), 0) FROM part.root")
            for key, value in (("shards", number), ("ids", ids)):
                execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, str(value)))
            execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            execute("DETACH DATABASE part")

    def _put_in(self, number: int, base: int) -> None:
        execute = self._connection.execute
        execute("CREATE INDEX IF NOT EXISTS part.root_ref ON root(ref)")
        execute("CREATE INDEX IF NOT EXISTS part.root_before ON root(before, n)")
        execute(
            "INSERT INTO root SELECT n + ?, place, ref, change, ops, outcome, figure, figures, until, ?, sums, needs FROM part.root ORDER BY n",
            (base, number),
        )
        execute("INSERT INTO sum_key SELECT ?, * FROM part.sum_key", (number,))
        execute("INSERT INTO finding_key SELECT ?, * FROM part.finding_key", (number,))
        execute("INSERT INTO found SELECT root + ?, ?, key, own, count FROM part.found", (base, number))
        execute(
            "INSERT INTO name SELECT r.n + ?, n.what, n.key, n.root, n.outcome, n.shown FROM part.name AS n"
            " JOIN part.root AS r ON r.ref = n.root ORDER BY n.rowid",
            (base,),
        )
        # Of several roots behind one operation all but the last have none.
        execute(
            "INSERT INTO want SELECT r.n + ?, w.op - r.before, w.ref, w.slot FROM part.want AS w JOIN part.root AS r ON r.n ="
            " (SELECT n FROM part.root WHERE before < w.op ORDER BY before DESC, n DESC LIMIT 1) ORDER BY w.rowid",
            (base,),
        )
        execute(
            "INSERT INTO total SELECT kind, pattern, disposition, by, count FROM part.sums WHERE true"
            " ON CONFLICT (kind, pattern, disposition, by) DO UPDATE SET count = count + excluded.count"
        )
        execute(
            "INSERT INTO need SELECT ref, count FROM part.needed WHERE (SELECT min(place) FROM part.root) >= ?"
            " ON CONFLICT (ref) DO UPDATE SET count = count + excluded.count",
            (TICKETS,),
        )
        execute(
            "INSERT OR IGNORE INTO answer(key, value, until) SELECT key, value, until FROM part.answer ORDER BY n DESC"
        )
        select = (
            "SELECT key, what + ? FROM part.asked WHERE what > 0 UNION ALL SELECT a.key, -b.n FROM part.asked AS a"
            " JOIN part.answer AS p ON p.n = a.what JOIN answer AS b ON b.key = p.key WHERE a.what < 0"
        )
        execute(f"INSERT OR IGNORE INTO {self._flat} {select}", (base,))

    # ---- what the plan is made of ----------------------------------------------------------------------------------------

    def totals(self) -> Counter[SumKey]:
        """Return the ledger of all roots."""
        return Counter(
            {
                (kind, pattern, disposition, by): count
                for kind, pattern, disposition, by, count in self._connection.execute("SELECT * FROM total")
            }
        )

    def figures(self) -> dict[str, int]:
        """Return the figures of all roots."""
        return dict(
            self._connection.execute(
                "SELECT figure, sum(figures) FROM root WHERE figure <> '' GROUP BY figure ORDER BY figure"
            )
        )

    def findings(self) -> Iterator[tuple[Any, ...]]:
        """Stream the findings of all roots, each with its count; equal ones may come several times."""
        return self._connection.execute(
            "SELECT k.code, k.severity, CASE f.own WHEN 1 THEN r.ref ELSE k.subject END, k.place, k.message, k.remedy, f.count"
            " FROM found AS f JOIN finding_key AS k ON k.shard = f.shard AND k.n = f.key JOIN root AS r ON r.id = f.root"
        )

    def names(self) -> Iterator[tuple[Any, ...]]:
        """Stream names that only one record may bear: kind of name, what is compared, root, outcome, as people read it."""
        return self._connection.execute("SELECT what, key, root, outcome, shown FROM name")

    def wanted(self) -> set[str]:
        """Return the records of which an operation of a ticket wants something."""
        return {
            ref
            for (ref,) in self._connection.execute(
                "SELECT DISTINCT w.ref FROM want AS w JOIN root AS r ON r.id = w.root WHERE r.place >= ?",
                (TICKETS,),
            )
        }

    def needs(self) -> set[str]:
        """Return the records that tickets name."""
        return {ref for (ref,) in self._connection.execute("SELECT ref FROM need")}

    def set_needed(self, refs: Iterable[str]) -> None:
        """Note whom this plan brings because tickets name them."""
        self._connection.execute("DELETE FROM needed")
        self._connection.executemany("INSERT INTO needed VALUES (?)", [(ref,) for ref in refs])

    # ---- bytes of attachments ----------------------------------------------------------------------------------------------

    def follow_contents(self, source: Path) -> set[str]:
        """Take over what source.db knows of the bytes of attachments; return the attachments of which it is something else now."""
        execute = self._connection.execute
        execute("ATTACH DATABASE ? AS desk", (f"file:{quoted(source)}?mode=ro",))
        try:
            changed: set[str] = set()
            for one, two in (("main", "desk"), ("desk", "main")):
                changed.update(
                    id_
                    for (id_,) in execute(
                        f"SELECT id FROM (SELECT id, sha256, size, state FROM {one}.content EXCEPT"
                        f" SELECT id, sha256, size, state FROM {two}.content)"
                    )
                )
            if changed:
                execute("DELETE FROM main.content")
                execute(
                    "INSERT INTO main.content SELECT id, sha256, size, state FROM desk.content ORDER BY id"
                )
        finally:
            execute("DETACH DATABASE desk")
        return changed
