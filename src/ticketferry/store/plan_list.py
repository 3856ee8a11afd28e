"""The plans of a folder and their states."""

from typing import Any

from ticketferry.store.workspace import Workspace

__all__ = ["PlanList"]

_COLUMNS = ("id", "kind", "phase", "digest", "made", "state", "undoes")


class PlanList:
    """The list in workspace.db; thread-safe."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def rows(self) -> list[dict[str, Any]]:
        """Return all plans, oldest first."""
        rows = self._workspace.database.rows(
            f"SELECT {', '.join(_COLUMNS)} FROM plan ORDER BY length(id), id"
        )
        return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]

    def add(self, id_: str, kind: str, phase: str, digest: str, made: str, undoes: str) -> None:
        """Add a plan that was just made."""
        row = (id_, kind, phase, digest, made, "planned", undoes)
        self._workspace.commit(
            lambda connection: connection.execute("INSERT INTO plan VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        )

    def set_state(self, id_: str, state: str) -> None:
        """Note how far a plan is."""
        self._workspace.commit(
            lambda connection: connection.execute("UPDATE plan SET state = ? WHERE id = ?", (state, id_))
        )

    def supersede(self, id_: str, kind: str, phase: str, undoes: str) -> list[str]:
        """Once a plan is begun, older ones are no longer true: those that were never begun, and those of its phase that were not
        finished. What a rollback takes back is not gone on with either. Return those of them whose files waited for their import.
        """

        def work(connection: Any) -> list[str]:
            waiting = {
                row[0]
                for row in connection.execute(
                    "SELECT id FROM plan WHERE state = 'awaiting_import'"
                ).fetchall()
            }
            connection.execute(
                "UPDATE plan SET state = 'superseded' WHERE state = 'planned' AND (length(id), id) < (length(?1), ?1)",
                (id_,),
            )
            if kind == "apply":
                connection.execute(
                    "UPDATE plan SET state = 'superseded' WHERE state IN ('applying', 'awaiting_import') AND kind = 'apply'"
                    " AND (length(id), id) < (length(?1), ?1) AND (phase = ?2 OR phase = '' OR ?2 = '')",
                    (id_, phase),
                )
            else:
                connection.execute(
                    "UPDATE plan SET state = 'superseded' WHERE state IN ('applying', 'awaiting_import') AND id = ?",
                    (undoes,),
                )
            rows = connection.execute("SELECT id FROM plan WHERE state = 'superseded'").fetchall()
            return [row[0] for row in rows if row[0] in waiting]

        return self._workspace.commit(work)
