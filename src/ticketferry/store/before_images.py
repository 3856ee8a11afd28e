"""Records as they were in the target just before a plan updated them, with what was known of them: an update can be taken back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from ticketferry.schema.records import Record
from ticketferry.store.idmap import LastWrite, pack, unpack
from ticketferry.store.workspace import Workspace

__all__ = ["BeforeImage", "BeforeImages"]


class BeforeImage(NamedTuple):
    """One record. `wanted` and the rest: as the id map had them, None and "" where it knew nothing; `owner`: the plan that wrote last."""

    record: Record
    wanted: Mapping[str, str] | None
    seen: Mapping[str, str] | None
    inputs: str
    how: str
    owner: str | None


class BeforeImages:
    """The images of a folder; thread-safe."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def keep(self, plan: str, ref: str, record: Record, applied: LastWrite | None) -> None:
        """Keep a record, unless the plan has kept it already."""
        row = (
            plan,
            ref,
            pack(record),
            orjson.dumps(dict(applied.wanted)).decode() if applied else None,
            orjson.dumps(dict(applied.seen)).decode() if applied else None,
            applied.inputs if applied else None,
            applied.how if applied else None,
            applied.plan if applied else None,
        )
        self._workspace.commit(
            lambda connection: connection.execute(
                "INSERT OR IGNORE INTO before_image VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
            )
        )

    def get(self, plan: str, ref: str) -> BeforeImage | None:
        """Return what a plan kept of a record."""
        row = self._workspace.database.one(
            "SELECT image, wanted, seen, inputs, how, owner FROM before_image WHERE plan = ? AND ref = ?",
            (plan, ref),
        )
        if row is None:
            return None
        image, wanted, seen, inputs, how, owner = row
        return BeforeImage(unpack(image), _hashes(wanted), _hashes(seen), inputs or "", how or "", owner)

    def any(self, plan: str) -> bool:
        """Tell whether a plan kept any record."""
        return (
            self._workspace.database.one("SELECT 1 FROM before_image WHERE plan = ? LIMIT 1", (plan,))
            is not None
        )

    def drop(self, connection: Any, plan: str, ref: str) -> None:
        """Forget a record that is as it was, inside a transaction."""
        connection.execute("DELETE FROM before_image WHERE plan = ? AND ref = ?", (plan, ref))


def _hashes(text: str | None) -> Mapping[str, str] | None:
    return orjson.loads(text) if text is not None else None
