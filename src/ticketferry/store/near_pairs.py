"""The file of near matches: pairs of people with the reasons for their score, as `ticketferry people --write` found them last."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ticketferry.store.database import quoted

__all__ = ["KeptPair", "NearPairs"]


class KeptPair(NamedTuple):
    """One pair. `steps`: trait, what was found, weight in bits; `prior`: what the score begins with."""

    band: str
    one: str
    other: str
    score: float
    tie: str
    never: str
    prior: float
    steps: Sequence[tuple[str, str, float]]


class NearPairs:
    """Reads the file; `write` replaces it whole."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(f"file:{quoted(path)}?mode=ro", uri=True)

    @classmethod
    def write(cls, path: Path, pairs: Iterable[KeptPair]) -> None:
        """Write pairs, in the order in which they come within a band, to a neighbour that takes the file's place."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".part")
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        database = sqlite3.connect(partial)
        try:
            database.execute(
                "CREATE TABLE pairs (id INTEGER PRIMARY KEY, band TEXT, one TEXT, other TEXT, score REAL, tie TEXT, never TEXT, prior REAL, steps TEXT)"
            )
            database.executemany(
                "INSERT INTO pairs (band, one, other, score, tie, never, prior, steps) VALUES (?,?,?,?,?,?,?,?)",
                ((*pair[:-1], json.dumps(pair.steps, ensure_ascii=False)) for pair in pairs),
            )
            database.execute("CREATE INDEX pairs_band ON pairs (band, id)")
            database.commit()
        finally:
            database.close()
        partial.replace(path)

    def counts(self) -> dict[str, int]:
        """Return how many pairs each band has."""
        return dict(self._database.execute("SELECT band, count(*) FROM pairs GROUP BY band").fetchall())

    def first(self, band: str, most: int) -> Iterator[KeptPair]:
        """Yield the first pairs of a band."""
        for row in self._database.execute(
            "SELECT band, one, other, score, tie, never, prior, steps FROM pairs WHERE band = ? ORDER BY id LIMIT ?",
            (band, most),
        ).fetchall():
            band_, one, other, score, tie, never, prior, steps = row
            yield KeptPair(
                band_,
                one,
                other,
                score,
                tie,
                never,
                prior,
                [(trait, said, weight) for trait, said, weight in json.loads(steps)],
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()
