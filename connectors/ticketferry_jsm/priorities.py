"""Priorities: what the site's schemes hold, and what each create screen takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ticketferry.sdk import Named, RejectedError

from .client import JsmClient
from .wire import API

__all__ = ["Priorities", "read_priorities"]


@dataclass(slots=True)
class Priorities:
    """Priorities by id, in the site's order, and the name of the one that a new issue gets by itself."""

    named: dict[str, Named] = field(default_factory=dict)
    default: str | None = None

    def learn(self, allowed: Any, default: Any) -> list[str]:
        """Note what a create screen takes; return the ids."""
        rows = [row for row in allowed if isinstance(row, Mapping)] if isinstance(allowed, list) else []
        for row in rows:
            self.named.setdefault(str(row["id"]), {"id": str(row["id"]), "name": str(row["name"])})
        if self.default is None and isinstance(default, Mapping) and default.get("name"):
            self.default = str(default["name"])
        return [str(row["id"]) for row in rows]


def read_priorities(client: JsmClient) -> Priorities:
    """Read the priorities of all schemes [P GET /priorityscheme, the successor of the deprecated /priority/search].

    Where the schemes may not be read, the create screens alone tell what there is.
    """
    found = Priorities()
    try:
        schemes = list(
            client.every(
                f"{API}/priorityscheme",
                endpoint="priority_scheme.list",
                params={"expand": "priorities"},
                size=50,
            )
        )
        for scheme in sorted(schemes, key=lambda row: row.get("isDefault") is not True):
            shown = scheme.get("priorities") or {}
            rows = shown.get("values") or []
            if shown.get("isLast") is False:
                path = f"{API}/priorityscheme/{scheme['id']}/priorities"
                rows = list(client.every(path, endpoint="priority_scheme.priorities"))
            found.learn(rows, next((row for row in rows if row.get("isDefault")), None))
    except RejectedError as error:
        if error.status not in (403, 404):
            raise
    return found
