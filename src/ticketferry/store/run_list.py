"""The runs of a folder: when each began, when and how it ended."""

from collections.abc import Iterator, Sequence

from ticketferry.store.workspace import Workspace

__all__ = ["RunList"]

_NOTHING_WRITTEN = '{"performed": 0}'


class RunList:
    """The list in workspace.db; thread-safe."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def begin(self, command: str, plan: str, at: str) -> str:
        """Add a run, and return its name: r-001, r-002 and so on."""
        row = self._workspace.database.one("SELECT count(*) FROM run")
        id_ = f"r-{(int(row[0]) if row else 0) + 1:03d}"
        self._workspace.commit(
            lambda connection: connection.execute(
                "INSERT INTO run(id, command, plan, began, state) VALUES (?, ?, ?, ?, 'running')",
                (id_, command, plan, at),
            )
        )
        return id_

    def end(self, id_: str, state: str, at: str) -> None:
        """Note how a run ended."""
        self._workspace.commit(
            lambda connection: connection.execute(
                "UPDATE run SET ended = ?, state = ? WHERE id = ?", (at, state, id_)
            )
        )

    def rows(self) -> list[tuple[str, str, str, str, str, str]]:
        """Return (name, command, plan, began, ended or "", how it ended) of every run, oldest first."""
        rows = self._workspace.database.rows(
            "SELECT id, command, plan, began, coalesce(ended, ''), state FROM run ORDER BY length(id), id"
        )
        return [(str(a), str(b), str(c), str(d), str(e), str(f)) for a, b, c, d, e, f in rows]

    def ended(self, id_: str) -> str:
        """Return when a run ended."""
        row = self._workspace.database.one("SELECT ended FROM run WHERE id = ?", (id_,))
        return str(row[0]) if row else ""

    def ended_well(self, command: str) -> Iterator[str]:
        """Stream the runs of a command that came to their end, newest first."""
        rows = self._workspace.database.rows(
            "SELECT id FROM run WHERE command = ? AND state = 'ended' ORDER BY length(id) DESC, id DESC",
            (command,),
        )
        return (str(id_) for (id_,) in rows)

    def last_end(self, command: str, states: Sequence[str]) -> str:
        """Return when the last run of a command ended that ended so, "" where none did."""
        row = self._workspace.database.one(
            f"SELECT max(ended) FROM run WHERE command = ? AND state IN ({','.join('?' * len(states))})",
            (command, *states),
        )
        return str(row[0]) if row and row[0] else ""

    def last_well(self, command: str, plan: str) -> str:
        """Return when the last run of a command on a plan ended that came to its end, "" where none did."""
        row = self._workspace.database.one(
            "SELECT max(ended) FROM run WHERE command = ? AND plan = ? AND state = 'ended'", (command, plan)
        )
        return str(row[0]) if row and row[0] else ""

    def last_of(self, command: str, plan: str) -> str:
        """Return when the last run of a command on a plan ended, however it did; "" where none did."""
        row = self._workspace.database.one(
            "SELECT max(ended) FROM run WHERE command = ? AND plan = ?", (command, plan)
        )
        return str(row[0]) if row and row[0] else ""

    def note_idle(self, id_: str) -> None:
        """Note that a run found nothing left to write."""
        self._workspace.commit(
            lambda connection: connection.execute(
                "UPDATE run SET figures = ? WHERE id = ?", (_NOTHING_WRITTEN, id_)
            )
        )

    def last_writing(self, plan: str) -> str:
        """Return when the last apply of a plan ended that wrote something, the first that ended where none did; "" where none ended."""
        for which, but in (("max", "AND figures <> ?2"), ("min", "")):
            row = self._workspace.database.one(
                f"SELECT {which}(ended) FROM run WHERE command = 'apply' AND plan = ?1 {but}",
                (plan, _NOTHING_WRITTEN)[: 2 if but else 1],
            )
            if row and row[0]:
                return str(row[0])
        return ""
