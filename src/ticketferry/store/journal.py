"""Intents and results of operations: what a run meant to write, sent, and got."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from ticketferry.sdk.contract import Finding, Job, WriteResult
from ticketferry.sdk.secrets import redact
from ticketferry.store.idmap import IdMap
from ticketferry.store.workspace import Workspace

__all__ = ["Journal", "OpState", "has_written", "problem_rows", "refs_with_problems"]


@dataclass(frozen=True, slots=True)
class OpState:
    """Where one operation of a plan stands: `intent job done rejected unknown blocked conflict stopped`.

    `began`: when it was meant to be sent last; `lost`: when the answer to that failed to come; `sight`: what the target noticed before.
    """

    seq: int
    state: str
    attempts: int
    gives: Mapping[str, str]
    job: str | None
    error: str | None
    sent: str | None
    began: str | None = None
    lost: str | None = None
    sight: str = ""


_COLUMNS = "seq, state, attempts, gives, job, error, sent, began, lost, sight"


class Journal:
    """The op table of workspace.db for one plan and one run. Every method that writes is durable when it returns, but for `record` with `soon`.

    `on_point` is called with the name of each point at which a crash would leave another state behind; tests kill there.
    """

    def __init__(self, workspace: Workspace, idmap: IdMap, plan: str, run: str) -> None:
        self.plan = plan
        self.run = run
        self._workspace = workspace
        self._idmap = idmap
        self.on_point: Callable[[str], None] = lambda _: None

    def states(self, seqs: Sequence[int]) -> dict[int, OpState]:
        """Return the state of operations; those never begun are left out."""
        states: dict[int, OpState] = {}
        for start in range(0, len(seqs), 500):
            part = list(seqs[start : start + 500])
            marks = ",".join("?" * len(part))
            for row in self._workspace.database.rows(
                f"SELECT {_COLUMNS} FROM op WHERE plan = ? AND seq IN ({marks})",
                (self.plan, *part),
            ):
                states[row[0]] = _state(row)
        return states

    def closed(self, ref: str, seq: int) -> bool:
        """Tell whether what operation `seq` wrote of a root is in the books: as the last write, or under one of a later run, whose state may not be
        taken for that of an older plan that is applied once more.
        """
        row = self._workspace.database.one(
            "SELECT applied.plan, applied.run, op.run FROM applied LEFT JOIN op ON op.plan = ? AND op.seq = ? WHERE applied.ref = ?",
            (self.plan, seq, ref),
        )
        if row is None:
            return False
        owner, last_run, run = row
        return owner == self.plan or (run is not None and (len(last_run), last_run) > (len(run), run))

    def open(self) -> Iterator[OpState]:
        """Yield operations whose outcome is not known: an earlier process died, or the answer was lost."""
        for row in self._workspace.database.rows(
            f"SELECT {_COLUMNS} FROM op WHERE plan = ?"
            " AND state IN ('intent', 'job', 'unknown') ORDER BY seq",
            (self.plan,),
        ):
            yield _state(row)

    def done(self) -> Iterator[int]:
        """Stream the numbers of done operations, in order."""
        connection = self._workspace.database.reader()
        try:
            for (seq,) in connection.execute(
                "SELECT seq FROM op WHERE plan = ? AND state = 'done' ORDER BY seq", (self.plan,)
            ):
                yield seq
        finally:
            connection.close()

    def newest(self) -> datetime | None:
        """Return when the last operation was noted as done."""
        row = self._workspace.database.one(
            "SELECT max(at) FROM op WHERE plan = ? AND state = 'done'", (self.plan,)
        )
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def oldest(self) -> datetime | None:
        """Return when the first operation of those that are noted was last sent."""
        row = self._workspace.database.one(
            "SELECT min(coalesce(sent, at)) FROM op WHERE plan = ?", (self.plan,)
        )
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def latest(self) -> datetime | None:
        """Return when anything was noted last."""
        row = self._workspace.database.one("SELECT max(at) FROM op WHERE plan = ?", (self.plan,))
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def all_states(self) -> dict[int, str]:
        """Return the state of every operation that is noted."""
        return dict(self._workspace.database.rows("SELECT seq, state FROM op WHERE plan = ?", (self.plan,)))

    def states_alone(self, seqs: Sequence[int]) -> dict[int, str]:
        """Return the state of operations by its name alone; those never begun are left out."""
        states: dict[int, str] = {}
        for start in range(0, len(seqs), 5_000):
            part = seqs[start : start + 5_000]
            states.update(
                self._workspace.database.rows(
                    f"SELECT seq, state FROM op WHERE plan = ? AND seq IN ({','.join('?' * len(part))})",
                    (self.plan, *part),
                )
            )
        return states

    def newest_with_key(self) -> dict[str, str]:
        """Return the slots of the newest record with a key that this plan made."""
        row = self._workspace.database.one(
            "SELECT gives FROM op WHERE plan = ? AND state = 'done' AND gives IS NOT NULL AND seq IN"
            " (SELECT max(seq) FROM op WHERE plan = ? AND state = 'done' AND gives LIKE '%\"key\"%')",
            (self.plan, self.plan),
        )
        return dict(orjson.loads(row[0])) if row else {}

    def repeated(self) -> int:
        """Return how many times operations were sent again."""
        row = self._workspace.database.one(
            "SELECT coalesce(sum(attempts - 1), 0) FROM op WHERE plan = ? AND attempts > 1", (self.plan,)
        )
        return int(row[0]) if row else 0

    def problem_counts(self) -> dict[str, int]:
        """Count problems by code."""
        rows = self._workspace.database.rows(
            "SELECT code, count(*) FROM problem WHERE plan = ? GROUP BY code", (self.plan,)
        )
        return {str(code): int(count) for code, count in rows}

    def problems(self, but: str = "") -> list[int]:
        """Return the operations with a problem, but for those with this code."""
        rows = self._workspace.database.rows(
            "SELECT seq FROM problem WHERE plan = ? AND code <> ? ORDER BY seq", (self.plan, but)
        )
        return [int(seq) for (seq,) in rows]

    def in_state(self, state: str) -> set[int]:
        """Return the operations in a state other than `done`."""
        rows = self._workspace.database.rows(
            "SELECT seq FROM op WHERE plan = ? AND state = ? AND state <> 'done'", (self.plan, state)
        )
        return {int(seq) for (seq,) in rows}

    def counts(self) -> dict[str, int]:
        """Count operations by state."""
        return dict(
            self._workspace.database.rows(
                "SELECT state, count(*) FROM op WHERE plan = ? GROUP BY state", (self.plan,)
            )
        )

    def intend(self, seqs: Sequence[int], sights: Mapping[int, str] | None = None) -> datetime:
        """Note that these operations are about to be sent, and what was noticed before; return the time noted."""
        self.on_point("before intent")
        now = self._workspace.now()
        at, seen = now.isoformat(), sights or {}

        def work(connection: Any) -> None:
            connection.executemany(
                "INSERT INTO op(plan, seq, state, run, at, attempts, sent, began, sight)"
                " VALUES (?, ?, 'intent', ?, ?, 1, ?, ?, ?)"
                " ON CONFLICT(plan, seq) DO UPDATE SET state = 'intent', run = excluded.run, at = excluded.at,"
                " attempts = attempts + 1, sent = excluded.sent, job = NULL, error = NULL, began = excluded.began,"
                " lost = NULL, sight = excluded.sight",
                [(self.plan, seq, self.run, at, at, at, seen.get(seq)) for seq in seqs],
            )

        self._workspace.commit(work)
        self.on_point("after intent")
        return now

    def take_job(self, job: Job, seqs: Sequence[int]) -> None:
        """Note the vendor's job at once: also the next process can ask for it."""
        self.on_point("before job")
        at = self._workspace.now().isoformat()

        def work(connection: Any) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO job(plan, id, seqs, at, forgotten) VALUES (?, ?, ?, ?, ?)",
                (
                    self.plan,
                    job.id,
                    orjson.dumps(list(seqs)).decode(),
                    at,
                    job.forgotten_at.isoformat() if job.forgotten_at else None,
                ),
            )
            connection.executemany(
                "UPDATE op SET state = 'job', job = ? WHERE plan = ? AND seq = ?",
                [(job.id, self.plan, seq) for seq in seqs],
            )

        self._workspace.commit(work)
        self.on_point("after job")

    def jobs(self) -> list[tuple[str, list[int], datetime | None]]:
        """Return the jobs whose results were not taken yet: (id, operations, forgotten at)."""
        return [
            (id_, orjson.loads(seqs), datetime.fromisoformat(forgotten) if forgotten else None)
            for id_, seqs, forgotten in self._workspace.database.rows(
                "SELECT id, seqs, forgotten FROM job WHERE plan = ? AND done = 0 ORDER BY id", (self.plan,)
            )
        ]

    def record(
        self,
        results: Sequence[tuple[int, str, WriteResult]],
        *,
        how: str = "created",
        job: str | None = None,
        soon: bool = False,
    ) -> None:
        """Note results (operation number, subject's ref, result) with their slots in one transaction.

        `soon`: they are on the disk with the next intent of anybody, and so before anything is sent that knows of them; where a crash
        loses them, the intents that they belong to are looked up as those of a crash before the answer.
        """
        self.on_point("before result")
        at = self._workspace.now().isoformat()

        def work(connection: Any) -> None:
            for seq, ref, result in results:
                self._record_one(connection, seq, ref, result, how, at)
            if job is not None:
                connection.execute("UPDATE job SET done = 1 WHERE plan = ? AND id = ?", (self.plan, job))

        (self._workspace.note_soon if soon else self._workspace.commit)(work)
        self.on_point("after result")

    def _record_one(
        self, connection: Any, seq: int, ref: str, result: WriteResult, how: str, at: str
    ) -> None:
        error = result.error
        connection.execute(
            "INSERT INTO op(plan, seq, state, run, at, attempts, gives, error) VALUES (?, ?, ?, ?, ?, 0, ?, ?)"
            " ON CONFLICT(plan, seq) DO UPDATE SET state = excluded.state, run = excluded.run, at = excluded.at,"
            " gives = excluded.gives, error = excluded.error",
            (
                self.plan,
                seq,
                result.status,
                self.run,
                at,
                orjson.dumps(dict(result.gives)).decode() if result.gives else None,
                redact(error.message) if error else None,
            ),
        )
        if result.status == "done":
            expires = result.expires.isoformat() if result.expires else None
            self._idmap.put(
                connection, ref, result.gives, how=how, plan=self.plan, run=self.run, expires=expires
            )
            connection.execute("DELETE FROM problem WHERE plan = ? AND seq = ?", (self.plan, seq))
        if error is not None:
            self._problem(connection, seq, ref, error, at)

    def mark(self, seqs: Sequence[int], state: str, ref: str, finding: Finding | None) -> None:
        """Set operations to `blocked`, `conflict`, `stopped`, `rejected` or `unknown`; the finding is listed once, under the first.

        An unknown one counts as sent now: the request may have waited long after its intent before it left.
        """
        at = self._workspace.now().isoformat()

        def work(connection: Any) -> None:
            connection.executemany(
                "INSERT INTO op(plan, seq, state, run, at, attempts, error) VALUES (?, ?, ?, ?, ?, 0, ?)"
                " ON CONFLICT(plan, seq) DO UPDATE SET state = excluded.state, run = excluded.run, at = excluded.at,"
                " error = excluded.error, sent = CASE excluded.state WHEN 'unknown' THEN excluded.at ELSE sent END,"
                " lost = CASE excluded.state WHEN 'unknown' THEN coalesce(lost, excluded.at) ELSE lost END",
                [
                    (self.plan, seq, state, self.run, at, redact(finding.message) if finding else None)
                    for seq in seqs
                ],
            )
            if finding is not None and seqs:
                self._problem(connection, seqs[0], ref, finding, at)

        self._workspace.commit(work)

    def forget(self, seqs: Sequence[int]) -> None:
        """Drop operations that turned out never to have been done."""
        self._workspace.commit(
            lambda connection: connection.executemany(
                "DELETE FROM op WHERE plan = ? AND seq = ?", [(self.plan, seq) for seq in seqs]
            )
        )

    def _problem(self, connection: Any, seq: int, ref: str, finding: Finding, at: str) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO problem VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.plan,
                seq,
                ref,
                finding.code,
                finding.severity.value,
                redact(finding.where),
                redact(finding.message),
                redact(finding.remedy),
                self.run,
                at,
            ),
        )


def _state(row: tuple[Any, ...]) -> OpState:
    seq, state, attempts, gives, job, error, sent, began, lost, sight = row
    given = orjson.loads(gives) if gives else {}
    return OpState(seq, state, attempts, given, job, error, sent, began, lost, sight or "")


def has_written(workspace: Workspace, plan: str | None = None) -> bool:
    """Tell whether a plan, or any, has noted an operation."""
    row = workspace.database.one("SELECT 1 FROM op WHERE ?1 IS NULL OR plan = ?1 LIMIT 1", (plan,))
    return row is not None


def problem_rows(workspace: Workspace, plan: str | None) -> list[tuple[Any, ...]]:
    """Return (plan, operation, code, severity, place, message, remedy) of a plan, or of all that are begun and not finished."""
    return workspace.database.rows(
        "SELECT p.plan, p.seq, p.code, p.severity, p.place, p.message, p.remedy FROM problem AS p"
        " JOIN plan AS q ON q.id = p.plan WHERE (? IS NULL AND q.state IN ('applying', 'awaiting_import')) OR p.plan = ?"
        " ORDER BY p.plan, p.seq",
        (plan, plan),
    )


def refs_with_problems(workspace: Workspace) -> Iterator[str]:
    """Stream the records with a problem in any plan."""
    return (ref for (ref,) in workspace.database.rows("SELECT DISTINCT ref FROM problem") if ref)
