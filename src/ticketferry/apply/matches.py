"""What an apply notes before its first write: matched accounts, the phase of each ticket, references that wait. No desk is written."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from ticketferry.apply.finish import RecordFinisher
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import ChangeRow
from ticketferry.plan.file.writes import has_operations
from ticketferry.schema.refs import Kind
from ticketferry.sdk.contract import Outcome
from ticketferry.store.idmap import IdMap
from ticketferry.store.workspace import Workspace

__all__ = ["take_matches"]

CHUNK = 1_000


def take_matches(
    plan: PlanFile, idmap: IdMap, workspace: Workspace, closing: RecordFinisher, run: str
) -> None:
    """Fill the id map with the accounts that the plan matched, and let tickets stick to their phase. May be done again."""
    changes = plan.changes("outcome IN ('match', 'create', 'update', 'unchanged')")
    for chunk in _chunks(changes):
        silent = [change for change in chunk if _ends_here(plan, idmap, change)]

        def work(
            connection: Any, chunk: Sequence[ChangeRow] = chunk, silent: Sequence[ChangeRow] = silent
        ) -> None:
            for change in chunk:
                if change.outcome is Outcome.UNCHANGED:
                    continue
                if change.kind == Kind.TICKET.value and change.phase:
                    idmap.stick(connection, change.root, change.phase)
                if change.outcome is Outcome.MATCH and change.target:
                    idmap.put(
                        connection, change.root, {"id": change.target}, how="matched", plan=plan.id, run=run
                    )
                if change.waits:
                    idmap.set_waiting(connection, change.root, change.waits)
            for change in silent:
                closing.set_applied(connection, change, dict(change.wanted))

        workspace.commit(work)


def _chunks(changes: Iterator[ChangeRow]) -> Iterator[list[ChangeRow]]:
    while chunk := list(islice(changes, CHUNK)):
        yield chunk


def _ends_here(plan: PlanFile, idmap: IdMap, change: ChangeRow) -> bool:
    """Tell whether a root needs no write: a match, or one that an interrupted run wrote whole and never read back."""
    if change.outcome is Outcome.UNCHANGED:
        return bool(change.target) and idmap.applied(change.root) is None
    return change.outcome is Outcome.MATCH and not has_operations(plan, change.root)
