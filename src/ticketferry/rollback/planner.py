"""Makes the plan that takes another plan back: inverse operations in reverse order; what people have edited since is kept."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ticketferry.apply.beside import beside_of_others
from ticketferry.apply.context import ApplyContext
from ticketferry.apply.finish import before_image
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import ChangeRow, finding_row, load_operation, unpack_json
from ticketferry.plan.file.writer import PlanWriter
from ticketferry.plan.planner import Planner
from ticketferry.rollback.dependents import MadeByPlan, users_elsewhere
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import foreign, vector
from ticketferry.schema.vectors import moved as moved_of
from ticketferry.sdk.contract import (
    Finding,
    Operation,
    Outcome,
    Severity,
    WriteResult,
)
from ticketferry.sdk.templates import encode, needs
from ticketferry.store.before_images import BeforeImages

__all__ = ["build_rollback"]


def build_rollback(
    path: Path,
    context: ApplyContext,
    *,
    header: dict[str, Any],
    now: PlanContext,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> PlanFile:
    """Write the rollback plan of `context.plan` and return it opened. The target is read, never written.

    A root is kept, and listed with the reason, where somebody edited it since our last write, where a later plan wrote it, or
    where it is still in use by a record that is kept or that another plan brought. Matched records are never touched.
    `now`: what planning reads today, with the target as it was just read.
    """
    builder = _Builder(context, now, progress)
    with PlanWriter.saved(path) as writer:
        builder.fill(writer)
        about = {
            "kind": "rollback",
            "undoes": context.plan.id,
            "figures": dict(sorted(builder.figures.items())),
        }
        writer.finish({**header, **about}, now.inputs, context.endpoints)
    return PlanFile(path)


class _Builder:
    def __init__(
        self,
        context: ApplyContext,
        now: PlanContext,
        progress: Callable[[str, int, int | None], None],
    ) -> None:
        self.figures: Counter[str] = Counter()
        self._context = context
        self._now = now
        self._progress = progress
        self._planner = Planner(context.planning, context.plan.id)
        self._kept: set[str] = set()
        self._last_op: dict[str, int] = {}
        self._needed_by: dict[str, set[str]] = {}
        self._elsewhere: Mapping[str, tuple[str, str]] = {}
        self._made = MadeByPlan((), (), now)
        filed = {
            row.seq
            for endpoint in context.target.endpoints
            if endpoint.file
            for row in context.plan.operations("endpoint = ?", (endpoint.name,))
        }
        self._open = {state.seq for state in context.journal.open() if state.sent} - filed
        """Writes that may have been done: taking back what was not done has no effect."""

    def fill(self, writer: PlanWriter) -> None:
        roots = self._touched()
        total = len(roots)
        self._made = self._made_of(roots)
        if self._made.refs:
            self._elsewhere = users_elsewhere(self._context.plan.id, self._made, self._now)
        size = max(1, self._context.target.limits.fetch_batch)
        for start in range(0, total, size):
            part = roots[start : start + size]
            with self._context.clock.busy():
                current = self._read(part)
            for root in part:
                self._root(writer, root, current.get(parse_ref(root)))
            self._progress("records", min(start + size, total), total)

    def _made_of(self, roots: Sequence[str]) -> MadeByPlan:
        """Return the people, organizations, groups and set-up that this plan made."""
        made = {root for root in roots if parse_ref(root).kind is not Kind.TICKET}
        entries = [root for root in roots if parse_ref(root).kind is Kind.DEFINITION]
        with self._context.clock.busy():
            read = self._read(entries)
        definitions = [(str(ref), record) for ref, record in read.items() if record is not None]
        return MadeByPlan(made, definitions, self._now)

    def _touched(self) -> list[str]:
        """Return the roots of which anything was done, last first."""
        seen: dict[str, None] = {}
        done = {*self._context.journal.done(), *self._open}
        for row in self._context.plan.operations():
            if row.seq in done:
                seen.setdefault(row.root)
        return list(reversed(seen))

    def _read(self, roots: Sequence[str]) -> dict[Ref, Any]:
        records: dict[Ref, Any] = {}
        by_kind: dict[Kind, list[tuple[Ref, str]]] = {}
        for text in roots:
            id_ = self._context.planning.idmap.get(text)
            if id_ is not None:
                by_kind.setdefault(parse_ref(text).kind, []).append((parse_ref(text), id_))
        for pairs in by_kind.values():
            records.update(self._context.read(pairs, expected=False))
        return records

    def _root(self, writer: PlanWriter, root: str, current: Any) -> None:
        rows = list(self._context.plan.operations("root = ?", (root,)))
        states = self._context.journal.states([row.seq for row in rows])
        rows = [
            row
            for row in rows
            if row.seq in self._open or (row.seq in states and states[row.seq].state == "done")
        ]
        rendered: dict[str, Operation] = {}
        done: list[tuple[Operation, WriteResult]] = []
        for row in rows:
            if row.body is None and not rendered:
                rendered = self._planner.render(parse_ref(root))
            body = unpack_json(row.body) if row.body is not None else encode(rendered[row.key].body)
            operation = load_operation(row, body)
            for need in [*needs(dict(operation.params)), *needs(operation.body)]:
                self._needed_by.setdefault(str(need.ref), set()).add(root)
            done.append((operation, WriteResult(row.key, "done", dict(states[row.seq].gives))))
        image = before_image(self._context.workspace, self._context.plan.id, root)
        why = self._reason_to_keep(root, current, image)
        if why:
            # What stays as people left it needs whom they named, too: another requester, somebody in copy, a status.
            for ref in self._made.used_by(current or {}):
                self._needed_by.setdefault(ref, set()).add(root)
            self._keep(writer, root, why)
            return
        undo = self._context.target.undo(done, image)
        for finding in undo.findings:
            self._finding(writer, finding)
        self._keep_needs(root, done, undo.findings)
        if not undo.operations:
            self._kept.add(root)
            self.figures["residue roots"] += 1
            self._change(writer, root, Outcome.SKIP, "the target cannot take it back: it stays there")
            return
        self.figures["reversed operations"] += len(done)
        half = self._stopped_half_way(root, image) or self._context.planning.idmap.applied(root) is None
        left = vector(current) if half else {}
        outcome = Outcome.UPDATE if image is not None else Outcome.GONE
        numbers = self._change(writer, root, outcome, "taken back", left, undo.operations)
        # Whoever used this record is taken back before it.
        for user in sorted(self._needed_by.get(root, ())):
            if user != root and user in self._last_op:
                writer.wait(numbers[0], self._last_op[user])
        self._last_op[root] = numbers[-1]
        made = [
            operation
            for operation, _ in done
            if image is None or self._context.endpoints[operation.endpoint].gives
        ]
        writer.add_undone(root, (str(one.subject) for one in made if str(one.subject) != root))

    def _keep_needs(
        self, root: str, done: Sequence[tuple[Operation, WriteResult]], findings: Sequence[Finding]
    ) -> None:
        """Keep whom a part that stays names: the author of a comment that nobody can take away."""
        stay = {str(finding.subject) for finding in findings if finding.severity is Severity.LOSS} - {root}
        for operation, _ in done:
            if str(operation.subject) in stay:
                self._kept.add(str(operation.subject))
                for need in (*needs(dict(operation.params)), *needs(operation.body)):
                    self._needed_by.setdefault(str(need.ref), set()).add(str(operation.subject))

    def _stopped_half_way(self, root: str, image: Any) -> bool:
        """Tell whether the plan began to update a root and never ended: what we know of it is older than the plan."""
        applied = self._context.planning.idmap.applied(root)
        kept = BeforeImages(self._context.workspace).get(self._context.plan.id, root)
        return image is not None and applied is not None and kept is not None and applied.plan == kept.owner

    def _reason_to_keep(self, root: str, current: Any, image: Any) -> str:
        applied = self._context.planning.idmap.applied(root)
        if current is None:
            if self._context.planning.idmap.get(root) is None:
                return "the plan began it and never made it: nothing of it is in the target"
            return "it is not in the target any more"
        if self._stopped_half_way(root, image):
            change, seen = self._context.plan.change(root), vector(current)
            wanted = change.wanted if change is not None else {}
            moved = sorted(key for key in moved_of(vector(image), seen) if seen.get(key) != wanted.get(key))
            if moved:
                return f"it stopped half-way, and is neither as before nor as wanted: {', '.join(moved[:5])}"
        elif applied is not None and applied.plan != self._context.plan.id:
            return f"written by {applied.plan} since"
        elif applied is not None:
            seen = vector(current)
            was = vector(image) if image is not None else None
            # What stood there before this plan stands there afterwards too.
            moved = sorted(
                key for key in moved_of(applied.seen, seen) if was is None or seen.get(key) != was.get(key)
            )
            if moved:
                return f"edited since in the target: {', '.join(moved[:5])}"
        elif image is None:
            change = self._context.plan.change(root)
            began = self._context.journal.oldest()
            theirs = (
                sorted(foreign(change.wanted, current, began))
                if change is not None and began is not None
                else []
            )
            if theirs:
                return f"it stopped half-way, and was edited in the target: {', '.join(theirs[:5])}"
        if image is not None:
            return ""  # it was there before, and is there afterwards
        linked = self._linked_by_somebody(root, current)
        if linked:
            return f"edited since in the target: {', '.join(linked[:5])}"
        users = self._needed_by.get(root, set()) & self._kept
        if users:
            return f"still in use by {min(users)}, which is kept"
        if root in self._elsewhere:
            user, plan = self._elsewhere[root]
            return f"still in use by {user}, which {plan} wrote"
        return ""

    def _linked_by_somebody(self, root: str, current: Any) -> list[str]:
        """Return what people put beside what we made: links, by their name in the record's vector, and further organizations."""
        return list(beside_of_others(root, current, self._context.planning.idmap, self._wanted_there))

    def _wanted_there(self, other: str) -> Iterable[str]:
        change = self._context.plan.change(other)
        return change.wanted if change is not None and change.wanted else ()

    def _keep(self, writer: PlanWriter, root: str, why: str) -> None:
        self._kept.add(root)
        self.figures["kept roots"] += 1
        self._change(writer, root, Outcome.SKIP, why)

    def _change(
        self,
        writer: PlanWriter,
        root: str,
        outcome: Outcome,
        because: str,
        left: Mapping[str, str] = MappingProxyType({}),
        operations: Sequence[Operation] = (),
    ) -> range:
        """Note what becomes of a root; `left`: how it must look when it is taken back, where nothing else tells. Return the numbers
        of its operations.
        """
        before = self._context.plan.change(root)
        title = before.title if before else ""
        facts = dict(before.facts) if before else {}
        return writer.add(
            ChangeRow(
                0,
                root,
                root.split(":", 2)[1],
                outcome,
                "",
                title,
                (),
                left,
                "",
                because,
                self._context.idmap.get(root) or "",
                because,
                (),
                facts,
            ),
            operations,
            lane=root,
        )

    def _finding(self, writer: PlanWriter, finding: Finding) -> None:
        if finding.severity is Severity.LOSS:
            self.figures["residue findings"] += 1
        writer.findings.setdefault(finding_row(finding), finding.count)
