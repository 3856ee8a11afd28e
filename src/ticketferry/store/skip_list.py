"""Records of a plan that a person gave up after they had failed: who, why, and what the failure was."""

from collections.abc import Sequence
from typing import NamedTuple

from ticketferry.store.workspace import Workspace

__all__ = ["SkipList", "SkippedRecord"]


class SkippedRecord(NamedTuple):
    """A record of which `writes` writes of a plan are given up. `code`, `message`: what failed, or what it needed; `because`: why it is given up."""

    plan: str
    ref: str
    code: str
    message: str
    writes: int
    by: str
    at: str
    because: str


class SkipList:
    """The list in workspace.db; thread-safe."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, plan: str, seqs: Sequence[int], records: Sequence[SkippedRecord], run: str) -> None:
        """Give writes of a plan up, with the records that they are of, in one transaction; their problems are no problems any more."""
        at = self._workspace.now().isoformat()

        def work(connection: object) -> None:
            execute = connection.executemany  # type: ignore[attr-defined]
            execute(
                "INSERT INTO op(plan, seq, state, run, at, attempts, error) VALUES (?, ?, 'skipped', ?, ?, 0, 'skipped by a person')"
                " ON CONFLICT(plan, seq) DO UPDATE SET state = 'skipped', run = excluded.run, at = excluded.at, error = excluded.error",
                [(plan, seq, run, at) for seq in seqs],
            )
            execute("DELETE FROM problem WHERE plan = ? AND seq = ?", [(plan, seq) for seq in seqs])
            execute("INSERT OR REPLACE INTO skipped VALUES (?, ?, ?, ?, ?, ?, ?, ?)", records)

        self._workspace.commit(work)

    def rows(self, plan: str | None = None) -> list[SkippedRecord]:
        """Return what was given up of a plan, or of all that were not taken back, oldest first."""
        database = self._workspace.database
        if database.one("SELECT 1 FROM sqlite_master WHERE name = 'skipped'") is None:
            return []
        rows = database.rows(
            "SELECT s.plan, s.ref, s.code, s.message, s.writes, s.by, s.at, s.because FROM skipped AS s JOIN plan AS p ON p.id = s.plan"
            " WHERE (?1 IS NULL AND p.state <> 'undone') OR s.plan = ?1 ORDER BY s.at, s.plan, s.ref",
            (plan,),
        )
        return [SkippedRecord(*row) for row in rows]
