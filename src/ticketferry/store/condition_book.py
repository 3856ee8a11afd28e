"""What the conditions of a mapping say of each ticket of the source, so that only tickets that changed are asked again."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ticketferry.store.database import BUSY_SECONDS, quoted

__all__ = ["ConditionAnswer", "ConditionBook"]

_SCRIPT = """
CREATE TABLE IF NOT EXISTS state(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer(n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS ticket(id TEXT PRIMARY KEY, answer INTEGER NOT NULL, until TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ticket_until ON ticket(until) WHERE until IS NOT NULL;
CREATE TABLE IF NOT EXISTS asked(key TEXT NOT NULL, ticket TEXT NOT NULL, PRIMARY KEY (key, ticket)) WITHOUT ROWID
"""


class ConditionAnswer(NamedTuple):
    """The answer of one ticket (id): as text, until when it holds (a time that sorts as text), and which other records it was made from."""

    ticket: str
    text: str
    until: str | None
    keys: Sequence[str]


class ConditionBook:
    """A file that is kept or thrown away: `open` makes an empty one where it cannot be read. All of an update is seen, or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["ConditionBook"]:
        """Open a book for one update; another command waits. Raises sqlite3.Error where the file cannot be written."""
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        try:
            connection = cls._connect(path)
        except sqlite3.DatabaseError:
            path.write_bytes(b"")
            connection = cls._connect(path)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield cls(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()

    @staticmethod
    def _connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quoted(path)}", uri=True, isolation_level=None, timeout=BUSY_SECONDS
        )
        try:
            for statement in _SCRIPT.split(";"):
                connection.execute(statement)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def state(self) -> dict[str, Any]:
        """Return what the answers were made from."""
        return {
            key: orjson.loads(value)
            for key, value in self._connection.execute("SELECT key, value FROM state")
        }

    def clear(self) -> None:
        """Forget all answers."""
        for table in ("state", "answer", "ticket", "asked"):
            self._connection.execute(f"DELETE FROM {table}")

    def hit(self, keys: Iterable[str], now: str) -> set[str]:
        """Return the tickets (ids) that had asked for one of the keys, or whose answer does not hold at a time any more."""
        execute = self._connection.execute
        execute("CREATE TEMP TABLE dirty(key TEXT PRIMARY KEY) WITHOUT ROWID")
        self._connection.executemany("INSERT OR IGNORE INTO temp.dirty VALUES (?)", ((key,) for key in keys))
        return {
            id_
            for (id_,) in execute(
                "SELECT a.ticket FROM temp.dirty AS d JOIN asked AS a ON a.key = d.key UNION SELECT id FROM ticket WHERE until <= ?",
                (now,),
            )
        }

    def replace(self, gone: Iterable[str], answers: Iterable[ConditionAnswer], state: dict[str, Any]) -> None:
        """Put new answers in the place of those of the tickets `gone`, and note what all are made from now."""
        execute, many = self._connection.execute, self._connection.executemany
        execute("CREATE TEMP TABLE gone(id TEXT PRIMARY KEY) WITHOUT ROWID")
        many("INSERT OR IGNORE INTO temp.gone VALUES (?)", ((id_,) for id_ in gone))
        execute("DELETE FROM ticket WHERE id IN (SELECT id FROM temp.gone)")
        if self._one("SELECT count(*) FROM temp.gone"):
            execute("DELETE FROM asked WHERE ticket IN (SELECT id FROM temp.gone)")
        numbers: dict[str, int] = {}
        for answer in answers:
            if answer.text not in numbers:
                execute("INSERT OR IGNORE INTO answer(text) VALUES (?)", (answer.text,))
                numbers[answer.text] = self._one("SELECT n FROM answer WHERE text = ?", (answer.text,))
            execute(
                "INSERT INTO ticket VALUES (?, ?, ?)", (answer.ticket, numbers[answer.text], answer.until)
            )
            many("INSERT INTO asked VALUES (?, ?)", [(key, answer.ticket) for key in answer.keys])
        self._settle(state)

    def extend(
        self, answers: Iterable[ConditionAnswer], together: Callable[[str, str], str], state: dict[str, Any]
    ) -> None:
        """Add answers to further questions to those that are there, as `together` puts both texts into one, and note what all are made from now.

        What is added holds no longer than what was there, and depends on the keys of both.
        """
        execute, many = self._connection.execute, self._connection.executemany
        known: dict[str, tuple[int, str, str | None]] = {
            id_: (n, text, until)
            for id_, n, text, until in execute(
                "SELECT t.id, a.n, a.text, t.until FROM ticket AS t JOIN answer AS a ON a.n = t.answer"
            )
        }
        numbers: dict[tuple[int, str], int] = {}
        for answer in answers:
            before, text, until = known[answer.ticket]
            both = (before, answer.text)
            if both not in numbers:
                whole = together(text, answer.text)
                execute("INSERT OR IGNORE INTO answer(text) VALUES (?)", (whole,))
                numbers[both] = self._one("SELECT n FROM answer WHERE text = ?", (whole,))
            ends = min((each for each in (until, answer.until) if each is not None), default=None)
            execute(
                "UPDATE ticket SET answer = ?, until = ? WHERE id = ?", (numbers[both], ends, answer.ticket)
            )
            many("INSERT OR IGNORE INTO asked VALUES (?, ?)", [(key, answer.ticket) for key in answer.keys])
        self._settle(state)

    def _settle(self, state: dict[str, Any]) -> None:
        execute = self._connection.execute
        execute("DELETE FROM answer WHERE n NOT IN (SELECT answer FROM ticket)")
        execute("DELETE FROM state")
        self._connection.executemany(
            "INSERT INTO state VALUES (?, ?)",
            [(key, orjson.dumps(value).decode()) for key, value in state.items()],
        )

    def counts(self) -> list[tuple[str, int]]:
        """Return each answer with the number of tickets that gave it, in the order of the texts."""
        return self._connection.execute(
            "SELECT a.text, count(*) FROM ticket AS t JOIN answer AS a ON a.n = t.answer GROUP BY a.n ORDER BY a.text"
        ).fetchall()

    def _one(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        row = self._connection.execute(sql, parameters).fetchone()
        return int(row[0]) if row else 0
