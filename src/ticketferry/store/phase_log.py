"""The states that each phase of a migration was in: what a person said of it, and what commands brought about. Nothing of it is ever changed."""

from typing import NamedTuple

from ticketferry.store.workspace import Workspace

__all__ = ["CUT_OVER", "DONE", "ROLLED_BACK", "PhaseEntry", "PhaseLog"]

CUT_OVER, DONE, ROLLED_BACK = "cut-over", "done", "rolled-back"


class PhaseEntry(NamedTuple):
    """A phase came into a state. `by`: who said so, empty where a command brought it about; `plan`: by which plan, empty for none."""

    phase: str
    state: str
    at: str
    by: str
    because: str
    plan: str


class PhaseLog:
    """The list in workspace.db; thread-safe."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, phase: str, state: str, *, by: str = "", because: str = "", plan: str = "") -> PhaseEntry:
        """Note, now, that a phase came into a state."""
        entry = PhaseEntry(phase, state, self._workspace.now().isoformat(), by, because, plan)
        self._workspace.commit(
            lambda connection: connection.execute(
                "INSERT INTO phase_state(phase, state, at, by, because, plan) VALUES (?, ?, ?, ?, ?, ?)",
                entry,
            )
        )
        return entry

    def rows(self) -> list[PhaseEntry]:
        """Return everything, oldest first; nothing from a folder of an older version that can only be read."""
        database = self._workspace.database
        if database.one("SELECT 1 FROM sqlite_master WHERE name = 'phase_state'") is None:
            return []
        rows = database.rows("SELECT phase, state, at, by, because, plan FROM phase_state ORDER BY seq")
        return [PhaseEntry(*map(str, row)) for row in rows]
