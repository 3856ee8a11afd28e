"""Writing a plan: every row of one, from wherever it comes, gets into its file here."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ticketferry.plan.file import batches
from ticketferry.plan.file.rows import (
    FORMAT,
    INDEXES,
    SCRIPT,
    ChangeRow,
    content_digest,
    finding_row,
    pack_operation,
)
from ticketferry.plan.inputs import Inputs
from ticketferry.schema.records import canonical
from ticketferry.sdk.contract import Endpoint, Finding, Operation, Outcome

__all__ = [
    "FindingKey",
    "PlanRows",
    "PlanWriter",
    "ShardWriter",
    "SumKey",
    "shard_figures",
    "shard_outcomes",
    "shard_refs",
]

SumKey = tuple[str, str, str, str]
"""Kind, pattern, disposition, by."""
FindingKey = tuple[str, str, str, str, str, str]
"""A finding without its count."""

_WANT = "TABLE want(op INTEGER NOT NULL, ref TEXT NOT NULL, slot TEXT NOT NULL)"
_SHARD = """
CREATE TABLE sums(kind TEXT NOT NULL, pattern TEXT NOT NULL, disposition TEXT NOT NULL, by TEXT NOT NULL, count INTEGER NOT NULL);
CREATE TABLE findings(
    code TEXT NOT NULL, severity TEXT NOT NULL, subject TEXT NOT NULL, place TEXT NOT NULL, message TEXT NOT NULL,
    remedy TEXT NOT NULL, count INTEGER NOT NULL);
CREATE TABLE needed(ref TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE name(what TEXT NOT NULL, key TEXT NOT NULL, root TEXT NOT NULL, outcome TEXT NOT NULL, shown TEXT NOT NULL);
CREATE TABLE figure(name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID
"""


_INSERT_CHANGE = "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_OPERATION = "INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)"


def _change_values(change: ChangeRow) -> tuple[str, ...]:
    """Return the columns of a change from `outcome` on."""
    return (
        change.outcome.value,
        change.phase,
        change.title,
        canonical(list(change.fields)).decode(),
        canonical(dict(change.wanted)).decode(),
        change.inputs,
        change.because,
        change.target,
        change.class_,
        canonical(list(change.waits)).decode(),
        canonical(dict(change.facts)).decode(),
    )


def _operation_values(
    last: int, root: str, operations: Sequence[Operation], lane: str | None, inline: int | None
) -> tuple[list[tuple[Any, ...]], list[tuple[int, str, str]]]:
    """Return the rows of operations that stand behind number `last`, and what each wants of others."""
    rows: list[tuple[Any, ...]] = []
    wants: list[tuple[int, str, str]] = []
    for number, operation in enumerate(operations):
        seq = last + number + 1
        packed = pack_operation(operation)
        rows.append(
            (
                seq,
                operation.key,
                root,
                str(operation.subject),
                operation.endpoint,
                lane or str(operation.lane),
                seq - 1 if number else None,
                int(number == len(operations) - 1),
                operation.expect,
                packed.digest,
                packed.params,
                packed.body if inline is None or len(packed.body) <= inline else None,
            )
        )
        wants.extend((seq, str(need.ref), need.slot) for need in packed.needs)
    return rows, wants


class PlanRows:
    """Rows of changes and operations put into a file. What an operation wants of another one stands in `want`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        for statement in SCRIPT.split(";"):
            self._connection.execute(statement)
        self._changes = 0
        self._operations = 0

    def add(
        self,
        change: ChangeRow,
        operations: Sequence[Operation] = (),
        *,
        lane: str | None = None,
        inline: int | None = None,
    ) -> range:
        """Add what becomes of a root (`seq` is given here) and its writes, each after the one before it; return their numbers.

        `lane`: of all writes, where it is not their own. `inline`: the most bytes of a packed body that stands in the plan; a larger
        one is rendered again at apply (None: all stand there). Everything is worked out first: a fault leaves nothing half written.
        """
        row = _change_values(change)
        rows, wants = _operation_values(self._operations, change.root, operations, lane, inline)
        self._changes += 1
        self._connection.execute(_INSERT_CHANGE, (self._changes, change.root, change.kind, *row))
        return self._add_operations(rows, wants)

    def _add_operations(self, rows: list[tuple[Any, ...]], wants: list[tuple[int, str, str]]) -> range:
        self._connection.executemany(_INSERT_OPERATION, rows)
        self._connection.executemany("INSERT INTO want VALUES (?, ?, ?)", wants)
        first = self._operations + 1
        self._operations += len(rows)
        return range(first, self._operations + 1)

    def add_impossible(self, root: str, leaves: Iterable[tuple[str, str, str, str]]) -> None:
        """Add leaves of a root that the target cannot hold: kind, id, path and what says so."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO impossible VALUES (?, ?, ?, ?, ?)", [(root, *leaf) for leaf in leaves]
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class ShardWriter(PlanRows):
    """A part of a plan in a file of its own: what several processes write side by side, to be put together by `PlanWriter.take`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._connection.execute(f"CREATE {_WANT}")
        for statement in _SHARD.split(";"):
            self._connection.execute(statement)
        self._connection.execute("BEGIN")
        self.sums: Counter[SumKey] = Counter()
        self.findings: Counter[FindingKey] = Counter()
        self.figures: Counter[str] = Counter()

    def add_names(self, names: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Add names that only one record may bear: kind of name, what is compared, root, outcome, as people read it."""
        self._connection.executemany("INSERT INTO name VALUES (?, ?, ?, ?, ?)", names)

    def add_needed(self, refs: Iterable[str]) -> None:
        """Add records that others of this part name."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO needed VALUES (?)", [(ref,) for ref in sorted(refs)]
        )

    def close(self) -> None:
        """Write what was counted, and close the file."""
        self._connection.executemany(
            "INSERT INTO sums VALUES (?, ?, ?, ?, ?)", ((*key, count) for key, count in self.sums.items())
        )
        self._connection.executemany(
            "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*key, count) for key, count in self.findings.items()),
        )
        self._connection.executemany("INSERT INTO figure VALUES (?, ?)", sorted(self.figures.items()))
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


def shard_refs(shards: Sequence[Path], which: str) -> set[str]:
    """Return refs of parts: those that are `needed`, or `wanted` by operations."""
    sql = {
        "needed": "SELECT ref FROM needed",
        "wanted": "SELECT DISTINCT ref FROM want",
    }[which]
    return {ref for (ref,) in _read(shards, sql)}


class PlanWriter(PlanRows):
    """A plan that is being written. Nothing of it is seen before `saved` ends well."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.sums: Counter[SumKey] = Counter()
        self.findings: Counter[FindingKey] = Counter()
        self._connection.execute("CREATE TEMP TABLE edge(op INTEGER NOT NULL, needs INTEGER NOT NULL)")
        self._connection.execute(f"CREATE TEMP {_WANT}")
        self._connection.execute("BEGIN")

    @classmethod
    @contextmanager
    def saved(cls, path: Path) -> Iterator["PlanWriter"]:
        """Write a plan beside its place and put it there, compact and for its owner alone, when `finish` was called."""
        with TemporaryDirectory(dir=path.parent, prefix=".plan-") as folder:
            draft, final = Path(folder) / "plan", Path(folder) / "final"
            writer = cls(draft)
            try:
                yield writer
            finally:
                writer.close()
            connection = sqlite3.connect(draft)
            try:
                connection.execute("PRAGMA journal_mode=OFF")
                connection.execute("VACUUM INTO ?", (str(final),))
            finally:
                connection.close()
            final.chmod(0o600)
            final.replace(path)

    # ---- rows --------------------------------------------------------------------------------------------------------

    def take(self, shard: Path) -> None:
        """Put a part behind what is there."""
        other = sqlite3.connect(shard)
        try:
            self._connection.executemany(
                f"INSERT INTO change VALUES (?+{self._changes}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                other.execute("SELECT * FROM change ORDER BY seq"),
            )
            at = self._operations
            self._connection.executemany(
                f"INSERT INTO operation VALUES (?+{at}, ?, ?, ?, ?, ?, ?+{at}, ?, ?, ?, ?, ?, ?)",
                other.execute("SELECT * FROM operation ORDER BY seq"),
            )
            self._connection.executemany(
                f"INSERT INTO want VALUES (?+{at}, ?, ?)",
                other.execute("SELECT op, ref, slot FROM want ORDER BY rowid"),
            )
            self._connection.executemany(
                "INSERT OR IGNORE INTO impossible VALUES (?, ?, ?, ?, ?)",
                other.execute("SELECT * FROM impossible"),
            )
            for *key, count in other.execute("SELECT kind, pattern, disposition, by, count FROM sums"):
                self.sums[tuple(key)] += count
            for *key, count in other.execute(
                "SELECT code, severity, subject, place, message, remedy, count FROM findings"
            ):
                self.findings[tuple(key)] += count
        finally:
            other.close()
        self._changes = self._last("change")
        self._operations = self._last("operation")

    def _last(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT coalesce(max(seq), 0) FROM {table}").fetchone()[0])

    def add_finding(self, finding: Finding) -> None:
        """Add a finding; equal ones are counted."""
        self.findings[finding_row(finding)] += finding.count

    def add_undone(self, root: str, parts: Iterable[str]) -> None:
        """Add parts that a plan had made on a root that is taken back."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO undone VALUES (?, ?)", [(root, part) for part in parts]
        )

    def wait(self, operation: int, needs: int) -> None:
        """Let an operation wait for another one."""
        self._connection.execute("INSERT INTO edge VALUES (?, ?)", (operation, needs))

    # ---- roots that are planned anew -----------------------------------------------------------------------------------

    def find_givers(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Note which operation gives each slot of each record."""
        self._connection.execute("DROP TABLE IF EXISTS temp.giver")
        self._connection.execute(
            "CREATE TEMP TABLE giver(ref TEXT NOT NULL, slot TEXT NOT NULL, op INTEGER NOT NULL, PRIMARY KEY (ref, slot))"
        )
        for name, endpoint in endpoints.items():
            for slot in endpoint.gives:
                self._connection.execute(
                    "INSERT OR IGNORE INTO giver SELECT subject, ?, min(seq) FROM operation WHERE endpoint = ? GROUP BY subject",
                    (slot, name),
                )

    def ungiven(self) -> list[tuple[str, str, str]]:
        """Return (root, ref, slot) for what operations want and none gives."""
        return self._connection.execute(
            "SELECT o.root, w.ref, w.slot FROM want AS w JOIN operation AS o ON o.seq = w.op"
            " WHERE NOT EXISTS (SELECT 1 FROM giver AS g WHERE g.ref = w.ref AND g.slot = w.slot)"
            " GROUP BY o.root, w.ref, w.slot ORDER BY o.root, w.ref, w.slot"
        ).fetchall()

    def outcome(self, root: str) -> tuple[Outcome, str] | None:
        """Return what becomes of a root, and why; None where the plan says nothing of it."""
        row = self._connection.execute(
            "SELECT outcome, because FROM change WHERE root = ?", (root,)
        ).fetchone()
        return (Outcome(row[0]), row[1]) if row is not None else None

    def keys(self, root: str) -> set[str]:
        """Return the keys of a root's operations."""
        return {
            row[0] for row in self._connection.execute("SELECT key FROM operation WHERE root = ?", (root,))
        }

    def replace(
        self,
        change: ChangeRow,
        operations: Sequence[Operation],
        impossible: Iterable[tuple[str, str, str, str]],
        inline: int | None,
    ) -> None:
        """Put another planning of a root in the place of the first one; its title stays."""
        root = change.root
        execute = self._connection.execute
        execute("DELETE FROM want WHERE op IN (SELECT seq FROM operation WHERE root = ?)", (root,))
        execute("DELETE FROM operation WHERE root = ?", (root,))
        execute("DELETE FROM impossible WHERE root = ?", (root,))
        self._operations = self._last("operation")
        self._add_operations(*_operation_values(self._operations, root, operations, None, inline))
        self.add_impossible(root, impossible)
        outcome, phase, _, fields, wanted, _, because, target, class_, waits, facts = _change_values(change)
        execute(
            "UPDATE change SET outcome = ?, phase = ?, fields = ?, wanted = ?, because = ?, target = ?, class = ?, waits = ?,"
            " facts = ? WHERE root = ?",
            (outcome, phase, fields, wanted, because, target, class_, waits, facts, root),
        )

    # ---- the end -------------------------------------------------------------------------------------------------------

    def finish(self, header: Mapping[str, Any], inputs: Inputs, endpoints: Mapping[str, Endpoint]) -> None:
        """Form the batches, write sums, findings, indexes, header and digest, and commit.

        Each operation waits for the one that gives its symbolic values, where `find_givers` found one: others stand in the id map or
        are matched.
        """
        execute, many = self._connection.execute, self._connection.executemany
        if execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'giver'").fetchone() is not None:
            execute(
                "INSERT INTO edge SELECT w.op, g.op FROM want AS w JOIN giver AS g ON g.ref = w.ref AND g.slot = w.slot"
                " WHERE g.op <> w.op"
            )
        many("INSERT INTO sum VALUES (?, ?, ?, ?, ?)", ((*key, n) for key, n in sorted(self.sums.items())))
        many(
            "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (code, subject, place, message) DO UPDATE SET count = count + excluded.count",
            ((*key, n) for key, n in sorted(self.findings.items())),
        )
        batches.form(self._connection, endpoints)
        for statement in INDEXES.split(";"):
            execute(statement)
        full = {**header, "format": FORMAT, "inputs": asdict(inputs)}
        full["digest"] = content_digest(self._connection, full)
        many(
            "INSERT INTO header VALUES (?, ?)",
            ((key, canonical(value).decode()) for key, value in sorted(full.items())),
        )
        execute("COMMIT")
