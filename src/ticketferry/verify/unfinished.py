"""Records that applied plans should have written and did not: failed, blocked, left alone, interrupted, or not begun."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ticketferry.plan.file.changes import has
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import OpRow
from ticketferry.store.idmap import IdMap
from ticketferry.store.journal import Journal, OpState, has_written
from ticketferry.store.workspace import Workspace

__all__ = ["NOT_BEGUN", "Begun", "Unfinished"]

PORTION = 500
WORDS: Mapping[str, str] = {
    "skipped": "skipped by a person",
    "rejected": "failed",
    "blocked": "not sent",
    "conflict": "left alone",
    "stopped": "stopped",
    "unknown": "nobody knows whether it was done",
    "intent": "interrupted while it was written",
    "job": "the desk has not said yet whether it was done",
}
"""State of an operation -> what it means for the record; the first that one of its operations has, in this order."""
NOT_BEGUN = "not begun"


class Begun(NamedTuple):
    """A plan that was begun: its name, and its state in the workspace."""

    id: str
    state: str


class Unfinished:
    """What begun plans left undone. A later plan that has the record speaks for it; one that was taken back says nothing."""

    def __init__(
        self,
        plans: Sequence[Begun],
        open_plan: Callable[[str], PlanFile],
        workspace: Workspace,
        idmap: IdMap,
        only: Sequence[str] = (),
    ) -> None:
        """`plans`: oldest first, of the kind that writes what is new, not those that were taken back; `only`: those that are asked for."""
        self._only = only
        self._plans = [plan for plan in plans if plan.state == "applied" or _begun(workspace, plan.id)]
        self._files = {plan.id: open_plan(plan.id) for plan in self._plans}
        self._journals = {plan.id: Journal(workspace, idmap, plan.id, "") for plan in self._plans}
        self._some = bool(self._plans) and any(True for _ in self.records())

    def close(self) -> None:
        """Close the plans."""
        for plan in self._files.values():
            plan.close()

    def records(self) -> Iterator[tuple[str, str]]:
        """Yield (root, what became of it), each root once, in the order of the plans."""
        for number, plan in enumerate(self._plans):
            if self._only and plan.id not in self._only:
                continue
            for root, rows in _by_root(self._files[plan.id], self._journals[plan.id]):
                if not self._spoken_for(root, number):
                    yield root, self._said(plan, rows)

    def why(self, root: str) -> str:
        """Say what is not finished of a root; "" where everything is."""
        if not self._some:
            return ""
        for plan in reversed(self._plans):
            if self._has(plan, root):
                rows = list(self._files[plan.id].operations("root = ?", (root,)))
                states = self._journals[plan.id].states([row.seq for row in rows])
                paired = [(row, states.get(row.seq)) for row in rows]
                open_ = any(state is None or state.state != "done" for _, state in paired)
                return self._said(plan, paired) if open_ else ""
        return ""

    def _spoken_for(self, root: str, number: int) -> bool:
        return any(self._has(plan, root) for plan in self._plans[number + 1 :])

    def _has(self, plan: Begun, root: str) -> bool:
        return has(self._files[plan.id], root)

    def _said(self, plan: Begun, rows: Sequence[tuple[OpRow, OpState | None]]) -> str:
        done = sum(1 for _, state in rows if state is not None and state.state == "done")
        part = f"{done} of {len(rows)} writes done" if done else ""
        for name, words in WORDS.items():
            for row, state in rows:
                if state is not None and state.state == name:
                    if plan.state == "awaiting_import" and name == "job":
                        return f"waits for the import of its file; {plan.id}"
                    why = f": {state.error}" if state.error else ""
                    return "; ".join(filter(None, (f"{words} at {row.endpoint}{why}", part, plan.id)))
        return "; ".join(filter(None, (part or NOT_BEGUN, plan.id)))


def _begun(workspace: Workspace, plan: str) -> bool:
    return has_written(workspace, plan)


def _by_root(plan: PlanFile, journal: Journal) -> Iterator[tuple[str, list[tuple[OpRow, OpState | None]]]]:
    """Yield the roots of which an operation is not done, with all that is known of their operations, a portion at a time."""
    seen: set[str] = set()
    portion: list[OpRow] = []

    def open_roots() -> list[str]:
        states = journal.states([row.seq for row in portion])
        roots = [
            row.root for row in portion if (state := states.get(row.seq)) is None or state.state != "done"
        ]
        return [root for root in dict.fromkeys(roots) if root not in seen]

    for row in plan.operations():
        portion.append(row)
        if len(portion) >= PORTION:
            yield from _whole(plan, journal, open_roots(), seen)
            portion.clear()
    yield from _whole(plan, journal, open_roots(), seen)


def _whole(
    plan: PlanFile, journal: Journal, roots: Sequence[str], seen: set[str]
) -> Iterator[tuple[str, list[tuple[OpRow, OpState | None]]]]:
    for root in roots:
        seen.add(root)
        rows = list(plan.operations("root = ?", (root,)))
        states = journal.states([row.seq for row in rows])
        yield root, [(row, states.get(row.seq)) for row in rows]
