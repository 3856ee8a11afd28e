"""Which events hooks were told of, each once, and how the hooks ended: facts in workspace.db."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from ticketferry.store.workspace import Workspace

__all__ = ["EventLog", "HookEnd"]

_EVENT, _SINCE = "event:", "events since"


class HookEnd(NamedTuple):
    """How the call of a hook ended. `fault`: what went wrong, empty where nothing did; `place`: where the hook stands."""

    place: str
    fault: str


class EventLog:
    """The events in workspace.db; thread-safe, and safe against another process that is told of the same."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def since(self) -> str:
        """Return from when on events are told: since hooks were first there. What was before is not told later."""
        now = self._workspace.now().isoformat()
        return str(self._workspace.commit(lambda connection: _kept(connection, _SINCE, now)))

    def claim(self, id_: str, facts: Mapping[str, Any]) -> bool:
        """Note, before any hook is called, that an event is told; False where it was before."""
        value = orjson.dumps(dict(facts)).decode()

        def work(connection: Any) -> bool:
            key = f"note:{_EVENT}{id_}"
            found = connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))
            return bool(found.rowcount)

        return self._workspace.commit(work)

    def ended(self, id_: str, ends: list[HookEnd]) -> None:
        """Note how the hooks of an event ended."""
        told = self._workspace.notes(f"{_EVENT}{id_}").get("")
        facts = orjson.loads(told) if told else {}
        facts["hooks"] = [*facts.get("hooks", ()), *(end._asdict() for end in ends)]
        self._workspace.note(f"{_EVENT}{id_}", orjson.dumps(facts).decode())

    def rows(self) -> list[dict[str, Any]]:
        """Return all events that were told, oldest first."""
        rows = [orjson.loads(value) for value in self._workspace.notes(_EVENT).values()]
        return sorted(rows, key=lambda row: (row["at"], row["id"]))


def _kept(connection: Any, name: str, value: str) -> str:
    connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (f"note:{name}", value))
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (f"note:{name}",)).fetchone()
    return str(row[0])
