"""What was found of the guards when they were looked at last: a rehearsal asks no desk."""

from collections.abc import Iterable

from ticketferry.apply.preflight import GuardState
from ticketferry.project.folder import MigrationFolder

__all__ = ["guards_held", "note_guards"]

_PREFIX = "guard:"


def note_guards(folder: MigrationFolder, states: Iterable[GuardState], requests: int = 0) -> None:
    """Keep which guards hold, and how many requests the look took, where they were counted. A folder that can only be read keeps nothing."""
    if folder.readonly:
        return
    if requests:
        folder.workspace.note("reads:guards", str(requests))
    for state in states:
        folder.workspace.note(f"{_PREFIX}{state.guard.code}", "holds" if state.proved else "open")


def guards_held(folder: MigrationFolder) -> frozenset[str]:
    """Return the codes of the guards that held when they were looked at last, and of those that a person has confirmed since."""
    told = folder.workspace.notes(_PREFIX)
    confirmed = {
        guard.code
        for guard in folder.config.target.connector.guards
        if guard.proof == "person" and folder.workspace.confirmed(guard.code) is not None
    }
    return frozenset({code for code, said in told.items() if said == "holds"} | confirmed)
