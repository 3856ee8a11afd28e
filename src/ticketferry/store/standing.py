"""Under whom people and organizations were written, and whom a plan of `people reassign` put in somebody's place."""

from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.store.workspace import Workspace

__all__ = ["StandingLog"]


class StandingLog:
    """The two lists in workspace.db; thread-safe."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def _there(self) -> bool:
        """Tell whether the file has the tables: one of an older version, for reading only, has not."""
        row = self._workspace.database.one("SELECT 1 FROM sqlite_master WHERE name = 'reassigned'")
        return row is not None

    def reassigned(self) -> dict[str, str]:
        """Return ref -> who stands for it (a ref of either desk, or `separate`), by plans that were begun and not taken back; the last one counts."""
        if not self._there():
            return {}
        rows = self._workspace.database.rows(
            "SELECT ref, stands FROM reassigned JOIN plan ON plan.id = reassigned.plan WHERE state <> 'undone' ORDER BY length(plan.id), plan.id"
        )
        return {str(ref): str(stands) for ref, stands in rows}

    def standing(self) -> dict[str, str]:
        """Return ref -> survivor of those who were one with another when a plan was begun last."""
        if not self._there():
            return {}
        return {
            str(ref): str(survivor)
            for ref, survivor in self._workspace.database.rows(
                "SELECT ref, survivor FROM standing ORDER BY ref"
            )
        }

    def begin(self, plan: str, standing: Iterable[tuple[str, str]], reassigned: Mapping[str, str]) -> None:
        """Note, before the first write of a plan, who is one with whom by it, and whom it puts in somebody's place."""

        def work(connection: Any) -> None:
            connection.execute("DELETE FROM standing")
            connection.executemany("INSERT INTO standing VALUES (?, ?)", standing)
            connection.executemany(
                "INSERT OR REPLACE INTO reassigned VALUES (?, ?, ?)",
                [(plan, ref, stands) for ref, stands in reassigned.items()],
            )

        self._workspace.commit(work)

    def undone(self, plan: str) -> None:
        """Note that a plan was taken back: whom it had moved stand as before."""
        self._workspace.commit(
            lambda connection: connection.execute(
                "DELETE FROM standing WHERE ref IN (SELECT ref FROM reassigned WHERE plan = ?)", (plan,)
            )
        )
