"""What SQLite really does for a command: each statement with its query plan, and how many instructions it took in all."""

import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

__all__ = ["BOUNDED", "Statements", "recorded"]

BOUNDED = (
    "sqlite_master", "sqlite_sequence", "pragma_user_version",  # SQLite's own
    "meta", "plan", "run", "desk", "confirmation", "waiver", "state_token", "anchor", "phase_state", "skipped",  # workspace.db
    "reassigned", "standing",  # workspace.db too: who is one with whom by decisions about people
    "snapshot", "catalog", "stream", "survey", "control", "not_moved", "dictionary", "quarantine",  # source.db and target.db
    "header", "kept", "sum",  # a plan
    "digest", "decided",  # a directory of people
    "slot_copies", "finding_blocking",  # indexes of what a person has to look at one by one
)  # fmt: skip
"""Tables, and indexes of a part of one, that do not grow with the tickets. Any other table is taken to grow."""

_READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_STEPS = 10
"""Instructions that are counted at once."""


@dataclass
class Statements:
    """What was executed, by file."""

    texts: dict[tuple[Path, str], None] = field(default_factory=dict)
    steps: Counter[str] = field(default_factory=Counter)
    """Instructions of SQLite's machine, by the name of the file."""

    def scans(self, bounded: Collection[str] = BOUNDED) -> list[str]:
        """Return the readings that go through the whole of a table, or of an index of it, that is not one of `bounded`.

        Statements are explained as they were sent, with their values, by a connection of its own to the same file.
        """
        found = []
        for path, text in self.texts:
            if not _READS.match(text) or not path.exists():
                continue
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                aliases = {alias: table for table, alias in _aliases(text)}
                for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {text}"):
                    scanned = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", detail)
                    if scanned and not {aliases.get(scanned[1], scanned[1]), scanned[2]} & {*bounded}:
                        found.append(f"{path.name}: {detail}: {text}")
        return found


def _aliases(text: str) -> list[tuple[str, str]]:
    return re.findall(r"\b(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?(\w+)", text, re.IGNORECASE)


@contextmanager
def recorded() -> Iterator[Statements]:
    """Record what all connections execute that are opened meanwhile."""
    seen, connect = Statements(), sqlite3.connect

    def opened(database: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(database, *args, **kwargs)
        ((_, _, file),) = [row for row in connection.execute("PRAGMA database_list") if row[1] == "main"]
        path = Path(file)

        def count() -> int:
            seen.steps[path.name] += _STEPS
            return 0

        connection.set_trace_callback(lambda text: seen.texts.setdefault((path, text)))
        connection.set_progress_handler(count, _STEPS)
        return connection

    with mock.patch.object(sqlite3, "connect", opened):
        yield seen
