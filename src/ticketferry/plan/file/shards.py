"""A part of a plan in a file of its own, written side by side with others, and what each root of it was made from."""

import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from ticketferry.plan.file.rows import ChangeRow
from ticketferry.plan.file.writer import WANT, FindingKey, PlanRows, SumKey
from ticketferry.sdk.contract import Operation, Outcome

__all__ = [
    "MadeFrom",
    "ShardWriter",
    "key_number",
    "moment_text",
    "packed_counts",
    "shard_figures",
    "shard_names",
    "shard_outcomes",
    "shard_refs",
    "unpacked_counts",
]

_SHARD = """
CREATE TABLE sums(kind TEXT NOT NULL, pattern TEXT NOT NULL, disposition TEXT NOT NULL, by TEXT NOT NULL, count INTEGER NOT NULL);
CREATE TABLE findings(
    code TEXT NOT NULL, severity TEXT NOT NULL, subject TEXT NOT NULL, place TEXT NOT NULL, message TEXT NOT NULL,
    remedy TEXT NOT NULL, count INTEGER NOT NULL);
CREATE TABLE needed(ref TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE name(what TEXT NOT NULL, key TEXT NOT NULL, root TEXT NOT NULL, outcome TEXT NOT NULL, shown TEXT NOT NULL);
CREATE TABLE figure(name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE root(
    n INTEGER PRIMARY KEY, place TEXT NOT NULL, ref TEXT NOT NULL, before INTEGER NOT NULL, change INTEGER NOT NULL,
    ops INTEGER NOT NULL, outcome TEXT NOT NULL, figure TEXT NOT NULL, figures INTEGER NOT NULL, until TEXT, sums BLOB NOT NULL, needs TEXT NOT NULL);
CREATE TABLE answer(n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, until TEXT);
CREATE TABLE asked(what INTEGER NOT NULL, key INTEGER NOT NULL);
CREATE TABLE sum_key(n INTEGER PRIMARY KEY, kind TEXT NOT NULL, pattern TEXT NOT NULL, disposition TEXT NOT NULL, by TEXT NOT NULL);
CREATE TABLE found(root INTEGER NOT NULL, key INTEGER NOT NULL, own INTEGER NOT NULL, count INTEGER NOT NULL);
CREATE TABLE finding_key(
    n INTEGER PRIMARY KEY, code TEXT NOT NULL, severity TEXT NOT NULL, subject TEXT NOT NULL, place TEXT NOT NULL,
    message TEXT NOT NULL, remedy TEXT NOT NULL)
"""
"""`root`: what one root adds beside its rows, which stand behind operation `before`. `asked`: numbers of the keys that a root (its `n`) or an answer (its `n` below 0) had asked."""


class MadeFrom(NamedTuple):
    """What one root, or one answer, was made from: the keys that were asked, and until when it holds."""

    keys: Collection[str]
    until: datetime | None


@lru_cache(maxsize=200_000)
def key_number(key: str) -> int:
    """Return the number by which a key is kept: two keys with one number only make more be planned again than has to be."""
    return int.from_bytes(
        blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )


def moment_text(moment: datetime) -> str:
    """Return a moment as text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def packed_counts(pairs: Sequence[int]) -> bytes:
    """Pack pairs (number of a key, count) one behind the other."""
    if max(pairs, default=0) < 1 << 16:
        return b"H" + array("H", pairs).tobytes()
    return b"Q" + array("Q", pairs).tobytes()


def unpacked_counts(packed: bytes) -> Iterator[tuple[int, int]]:
    """Yield the pairs that were packed."""
    numbers: array[int] = array("H" if packed[:1] == b"H" else "Q")
    numbers.frombytes(packed[1:])
    return zip(numbers[::2], numbers[1::2], strict=True)


class ShardWriter(PlanRows):
    """A part of a plan in a file of its own, to be put together by `PlanWriter.take`. `begin` and `end` stand around each root."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._connection.execute(f"CREATE {WANT}")
        for statement in _SHARD.split(";"):
            self._connection.execute(statement)
        self._connection.execute("BEGIN")
        self.sums: Counter[SumKey] = Counter()
        self.findings: Counter[FindingKey] = Counter()
        self.figures: Counter[str] = Counter()
        """What the root in hand adds."""
        self._all_sums: Counter[SumKey] = Counter()
        self._all_findings: Counter[FindingKey] = Counter()
        self._all_figures: Counter[str] = Counter()
        self._sum_keys: dict[SumKey, int] = {}
        self._finding_keys: dict[FindingKey, int] = {}
        self._needs: list[str] = []
        self._outcome = ""
        self._before = (0, 0)
        self._roots = 0
        self._answers = 0

    def begin(self) -> None:
        """Begin a root."""
        self.sums, self.findings, self.figures = Counter(), Counter(), Counter()
        self._needs, self._outcome = [], ""
        self._before = (self._changes, self._operations)

    def add(
        self,
        change: ChangeRow,
        operations: Sequence[Operation] = (),
        *,
        lane: str | None = None,
        inline: int | None = None,
    ) -> range:
        """Add what becomes of the root in hand."""
        added = super().add(change, operations, lane=lane, inline=inline)
        self._outcome = change.outcome.value
        return added

    def end(self, place: str, ref: str, made_from: MadeFrom) -> None:
        """End a root: add what it counted to the whole, and keep it with what it was made from. `place`: where it stands in the plan."""
        self._roots += 1
        pairs: list[int] = []
        for sum_key, count in self.sums.items():
            pairs += (self._sum_keys.setdefault(sum_key, len(self._sum_keys)), count)
            self._all_sums[sum_key] += count
        rows = []
        for key, count in self.findings.items():
            self._all_findings[key] += count
            own = key[2] == ref
            shared_key = (*key[:2], "", *key[3:]) if own else key
            number = self._finding_keys.setdefault(shared_key, len(self._finding_keys))
            rows.append((self._roots, number, int(own), count))
        self._all_figures.update(self.figures)
        ((figure, figures),) = list(self.figures.items()) or [("", 0)]
        until = moment_text(made_from.until) if made_from.until is not None else None
        execute, many = self._connection.execute, self._connection.executemany
        execute(
            "INSERT INTO root VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._roots, place, ref, self._before[1], self._changes - self._before[0], self._operations - self._before[1], self._outcome, figure,
                figures, until, packed_counts(pairs), "\n".join(self._needs),
            ),
        )  # fmt: skip
        many("INSERT INTO found VALUES (?, ?, ?, ?)", rows)
        self._ask(self._roots, made_from.keys)

    def add_answer(self, key: str, value: str, made_from: MadeFrom) -> None:
        """Keep an answer that was worked out on the way; the same one may be there already."""
        until = moment_text(made_from.until) if made_from.until is not None else None
        number = -self._answers - 1
        if self._connection.execute(
            "INSERT OR IGNORE INTO answer VALUES (?, ?, ?, ?)", (number, key, value, until)
        ).rowcount:
            self._answers += 1
            self._ask(number, made_from.keys)

    def _ask(self, what: int, keys: Collection[str]) -> None:
        self._connection.executemany(
            "INSERT INTO asked VALUES (?, ?)", [(what, number) for number in sorted(map(key_number, keys))]
        )

    def add_names(self, names: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Add names that only one record may bear: kind of name, what is compared, root, outcome, as people read it."""
        self._connection.executemany("INSERT INTO name VALUES (?, ?, ?, ?, ?)", names)

    def add_needed(self, refs: Iterable[str]) -> None:
        """Add records that the root in hand names."""
        self._needs = sorted(set(refs))
        self._connection.executemany(
            "INSERT INTO needed VALUES (?, 1) ON CONFLICT (ref) DO UPDATE SET count = count + 1",
            [(ref,) for ref in self._needs],
        )

    def close(self) -> None:
        """Write what was counted, and close the file."""
        many = self._connection.executemany
        many(
            "INSERT INTO sums VALUES (?, ?, ?, ?, ?)",
            ((*key, count) for key, count in self._all_sums.items()),
        )
        many(
            "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*key, count) for key, count in self._all_findings.items()),
        )
        many("INSERT INTO figure VALUES (?, ?)", sorted(self._all_figures.items()))
        many("INSERT INTO sum_key VALUES (?, ?, ?, ?, ?)", ((n, *key) for key, n in self._sum_keys.items()))
        many(
            "INSERT INTO finding_key VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((n, *key) for key, n in self._finding_keys.items()),
        )
        self._connection.execute("COMMIT")
        super().close()


def _read(shards: Iterable[Path], sql: str) -> Iterator[tuple[Any, ...]]:
    for shard in shards:
        connection = sqlite3.connect(shard)
        try:
            yield from connection.execute(sql)
        finally:
            connection.close()


def shard_figures(shards: Iterable[Path]) -> Counter[str]:
    """Add up what parts counted."""
    figures: Counter[str] = Counter()
    for name, count in _read(shards, "SELECT name, count FROM figure"):
        figures[name] += count
    return figures


def shard_outcomes(shards: Iterable[Path]) -> Iterator[tuple[str, Outcome]]:
    """Stream the roots of parts with what becomes of them."""
    for root, outcome in _read(shards, "SELECT root, outcome FROM change"):
        yield root, Outcome(outcome)


def shard_names(shards: Iterable[Path]) -> Iterator[tuple[Any, ...]]:
    """Stream the names of parts: kind of name, what is compared, root, outcome, as people read it."""
    return _read(shards, "SELECT what, key, root, outcome, shown FROM name")


def shard_refs(shards: Sequence[Path], which: str) -> set[str]:
    """Return refs of parts: those that are `needed`, or `wanted` by operations."""
    sql = {
        "needed": "SELECT ref FROM needed",
        "wanted": "SELECT DISTINCT ref FROM want",
    }[which]
    return {ref for (ref,) in _read(shards, sql)}
