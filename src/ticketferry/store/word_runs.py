"""Which tickets have a run of words: hashes, in a database without a name that lives on disk and goes with the process."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from json import dumps

__all__ = ["WordRuns"]

_ASKED = 500
_TABLES = """
PRAGMA journal_mode = off;
PRAGMA synchronous = off;
CREATE TABLE text (id INTEGER PRIMARY KEY, ticket TEXT, place TEXT, public INTEGER, requester TEXT);
CREATE TABLE run (hash INTEGER, text INTEGER);
"""


class WordRuns:
    """Texts of tickets by the hashes of their runs of words; first all are added, then they are asked for."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_TABLES)
        self._indexed = False

    def close(self) -> None:
        """Give back the database."""
        self._database.close()

    def add(self, ticket: str, place: str, public: bool, requester: str, hashes: Iterable[int]) -> None:
        """Keep a text of a ticket. `place`: where it stands in it; `requester`: the id of whose ticket it is; `hashes`: of 63 bits."""
        text = self._database.execute(
            "INSERT INTO text (ticket, place, public, requester) VALUES (?, ?, ?, ?)",
            (ticket, place, public, requester),
        ).lastrowid
        self._database.executemany("INSERT INTO run VALUES (?, ?)", ((hash_, text) for hash_ in hashes))

    def holders(self, hashes: Sequence[int]) -> Iterator[tuple[int, list[tuple[str, str, bool, str]]]]:
        """Yield each hash that any text has, with (ticket, place, public, requester) of those texts."""
        if not self._indexed:
            self._database.execute("CREATE INDEX by_hash ON run (hash)")
            self._indexed = True
        for start in range(0, len(hashes), _ASKED):
            part = hashes[start : start + _ASKED]
            texts: dict[int, list[tuple[str, str, bool, str]]] = {}
            for hash_, ticket, place, public, requester in self._database.execute(
                "SELECT hash, ticket, place, public, requester FROM run JOIN text ON text.id = run.text"
                " WHERE hash IN (SELECT value FROM json_each(?))",
                (dumps(part),),
            ):
                texts.setdefault(hash_, []).append((ticket, place, bool(public), requester))
            yield from ((hash_, texts[hash_]) for hash_ in part if hash_ in texts)
