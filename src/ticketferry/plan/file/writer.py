"""Writing a plan: every row of one, from wherever it comes, gets into its file here."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

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
from ticketferry.plan.file.sums import keep_sums
from ticketferry.plan.inputs import Inputs
from ticketferry.schema.records import canonical
from ticketferry.sdk.contract import Endpoint, Finding, Operation, Outcome
from ticketferry.store.database import quoted

__all__ = [
    "FindingKey",
    "PlanRows",
    "PlanWriter",
    "SumKey",
]

SumKey = tuple[str, str, str, str]
"""Kind, pattern, disposition, by."""
FindingKey = tuple[str, str, str, str, str, str]
"""A finding without its count."""

WANT = "TABLE want(op INTEGER NOT NULL, ref TEXT NOT NULL, slot TEXT NOT NULL)"
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
        self._connection = sqlite3.connect(path, uri=True, isolation_level=None)
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


class PlanWriter(PlanRows):
    """A plan that is being written. Nothing of it is seen before `saved` ends well."""

    def __init__(self, path: Path, last: Path | None = None) -> None:
        """Begin a plan; `last`: an earlier one of which rows are taken."""
        super().__init__(path)
        self.sums: Counter[SumKey] = Counter()
        self.findings: Counter[FindingKey] = Counter()
        """What is to be added to the findings of all parts, or taken from them."""
        self.replaced: set[str] = set()
        """Roots that were planned anew after all others."""
        if last is not None:
            self._connection.execute(
                "ATTACH DATABASE ? AS last", (f"file:{quoted(last)}?mode=ro&immutable=1",)
            )
        self._connection.execute(
            "CREATE TEMP TABLE found(code TEXT, severity TEXT, subject TEXT, place TEXT, message TEXT, remedy TEXT, count INTEGER)"
        )
        self._connection.execute("CREATE TEMP TABLE edge(op INTEGER NOT NULL, needs INTEGER NOT NULL)")
        self._connection.execute(f"CREATE TEMP {WANT}")
        self._connection.execute("BEGIN")

    @classmethod
    @contextmanager
    def saved(cls, path: Path, last: Path | None = None) -> Iterator[Self]:
        """Write a plan beside its place and put it there, compact and for its owner alone, when `finish` was called."""
        with TemporaryDirectory(dir=path.parent, prefix=".plan-") as folder:
            draft, final = Path(folder) / "plan", Path(folder) / "final"
            writer = cls(draft, last)
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
            keep_sums(final)
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
            self.add_found(
                other.execute("SELECT code, severity, subject, place, message, remedy, count FROM findings")
            )
        finally:
            other.close()
        self._changes = self._last("change")
        self._operations = self._last("operation")

    def add_found(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Add findings, each with its count."""
        self._connection.executemany("INSERT INTO temp.found VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def add_wants(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Add what operations want of others."""
        self._connection.executemany("INSERT INTO temp.want VALUES (?, ?, ?)", rows)

    def named(self, code: str) -> set[str]:
        """Return the subjects of the findings with a code."""
        return {row[0] for row in self._findings("code = ?", (code,))}

    def _findings(self, where: str = "1", parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Stream (subject, code, severity, place, message, remedy, count) of all findings, by code and on."""
        self._connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS more(code TEXT, severity TEXT, subject TEXT, place TEXT, message TEXT, remedy TEXT, count INTEGER)"
        )
        self._connection.execute("DELETE FROM temp.more")
        self._connection.executemany(
            "INSERT INTO temp.more VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*key, n) for key, n in self.findings.items()),
        )
        return self._connection.execute(
            "SELECT subject, code, severity, place, message, remedy, sum(count) AS n FROM"
            " (SELECT * FROM temp.found UNION ALL SELECT * FROM temp.more)"
            f" WHERE {where} GROUP BY code, severity, subject, place, message, remedy HAVING n <> 0"
            " ORDER BY code, severity, subject, place, message, remedy",
            parameters,
        )

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

    def gone_yet_wanted(self, kinds: Sequence[str]) -> list[tuple[str, int]]:
        """Return the roots of some kinds that are gone, with how many other roots have an operation that wants something of them."""
        return self._connection.execute(
            "SELECT w.ref, count(DISTINCT o.root) FROM want AS w JOIN operation AS o ON o.seq = w.op WHERE o.root <> w.ref AND w.ref IN"
            f" (SELECT root FROM change WHERE outcome = ? AND kind IN ({','.join('?' * len(kinds))}))"
            " GROUP BY w.ref ORDER BY length(w.ref), w.ref",
            (Outcome.GONE.value, *kinds),
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
        self.replaced.add(root)
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
            "INSERT INTO finding VALUES (?3, ?4, ?2, ?5, ?6, ?7, ?8)"
            " ON CONFLICT (code, subject, place, message) DO UPDATE SET count = count + excluded.count",
            ((None, *row) for row in self._findings()),
        )
        order = header.get("order", {})
        alone = batches.form(
            self._connection,
            endpoints,
            in_turn=bool(order.get("by")),
            one_by_one=bool(order.get("serial_keys")),
        )
        for statement in INDEXES.split(";"):
            execute(statement)
        full = {**header, "format": FORMAT, "inputs": asdict(inputs)}
        if alone:
            full["one_by_one"] = alone
        full["digest"] = content_digest(self._connection, full)
        many(
            "INSERT INTO header VALUES (?, ?)",
            ((key, canonical(value).decode()) for key, value in sorted(full.items())),
        )
        execute("COMMIT")
