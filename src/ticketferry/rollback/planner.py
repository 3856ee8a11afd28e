"""Makes the plan that takes another plan back: inverse operations in reverse order; what people have edited since is kept."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ticketferry.apply.context import ApplyContext
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import ChangeRow, finding_row
from ticketferry.plan.file.writer import PlanWriter
from ticketferry.ranges import HERE, Executor, RangeWork
from ticketferry.rollback.dependents import Elsewhere, MadeByPlan, Users, users_elsewhere
from ticketferry.rollback.looking import Looked, Looking, RootsRead, look_at_roots
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Finding, Operation, Outcome, Severity, Wire

__all__ = ["Apart", "build_rollback"]

RANGE_ROOTS = 50
"""Records of one range at the least: what is read of them waits in memory until it is looked at."""


@dataclass(frozen=True, slots=True)
class Apart:
    """How another process opens what this one has open: to look at roots of the plan, and at those of other plans."""

    looking: Callable[[MadeByPlan, frozenset[int]], Looking]
    elsewhere: Callable[[MadeByPlan], Elsewhere]


def build_rollback(
    path: Path,
    context: ApplyContext,
    *,
    header: dict[str, Any],
    now: PlanContext,
    executor: Executor = HERE,
    apart: Apart | None = None,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> PlanFile:
    """Write the rollback plan of `context.plan` and return it opened. The target is read, never written.

    A root is kept, and listed with the reason, where somebody edited it since our last write, where a later plan wrote it, or
    where it is still in use by a record that is kept or that another plan brought. Matched records are never touched.
    `now`: what planning reads today, with the target as it was just read. The target is asked by this process alone; what it gave is
    looked at by the `executor`, whose processes open their part as `apart` says.
    """
    builder = _Builder(context, now, executor, apart, progress)
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
    """Puts together what the roots tell by themselves, last first: who still uses whom, and what is taken back before what."""

    def __init__(
        self,
        context: ApplyContext,
        now: PlanContext,
        executor: Executor,
        apart: Apart | None,
        progress: Callable[[str, int, int | None], None],
    ) -> None:
        self.figures: Counter[str] = Counter()
        self._context = context
        self._now = now
        self._executor = executor
        self._apart = apart
        self._progress = progress
        self._kept: set[str] = set()
        self._last_op: dict[str, int] = {}
        self._needed_by: dict[str, set[str]] = {}
        self._elsewhere: Users = {}
        filed = {
            row.seq
            for endpoint in context.target.endpoints
            if endpoint.file
            for row in context.plan.operations("endpoint = ?", (endpoint.name,))
        }
        self._begun = frozenset(state.seq for state in context.journal.open() if state.sent) - filed
        """Writes that may have been done: taking back what was not done has no effect."""

    def fill(self, writer: PlanWriter) -> None:
        roots = self._touched()
        made = self._made_of(roots)
        if made.refs:
            self._elsewhere = self._users_elsewhere(made)
        for done, looked in enumerate(self._look(roots, made), 1):
            self._root(writer, looked)
            if done % RANGE_ROOTS == 0 or done == len(roots):
                self._progress("records", done, len(roots))

    # ---- what the roots tell by themselves

    def _look(self, roots: Sequence[str], made: MadeByPlan) -> Iterator[Looked]:
        apart, looking = self._apart, Looking(self._context, made, self._begun)
        opener = partial(apart.looking, made, self._begun) if apart is not None else lambda: looking
        work = RangeWork(opener, look_at_roots)
        for range_ in self._executor.run(work, self._read(roots), lambda: looking, len(roots)):
            yield from range_

    def _read(self, roots: Sequence[str]) -> Iterator[RootsRead]:
        """Read the roots from the target, in ranges."""
        size = max(1, self._context.target.limits.fetch_batch)
        step = size * -(-RANGE_ROOTS // size)
        for start in range(0, len(roots), step):
            part = tuple(roots[start : start + step])
            by_kind: dict[Kind, dict[Ref, str]] = {}
            for text in part:
                id_ = self._context.idmap.get(text)
                kind = parse_ref(text).kind
                if id_ is not None:
                    by_kind.setdefault(kind, {})[Ref(self._now.target.desk, kind, id_)] = text
            asked = {ref: text for refs in by_kind.values() for ref, text in refs.items()}
            wires: list[Wire] = []
            with self._context.clock.busy():
                for refs in by_kind.values():
                    waiting = iter(refs)
                    while batch := list(islice(waiting, size)):
                        wires += self._context.target.fetch(batch)
            yield RootsRead(part, asked, tuple(wires))

    def _users_elsewhere(self, made: MadeByPlan) -> Users:
        apart, here = self._apart, Elsewhere(self._context.plan.id, made, self._now)
        opener = partial(apart.elsewhere, made) if apart is not None else lambda: here
        refs = self._now.idmap.applied_refs()
        ranges = iter(lambda: tuple(islice(refs, RANGE_ROOTS * 10)), ())
        users: Users = {}
        for found in self._executor.run(RangeWork(opener, users_elsewhere), ranges, lambda: here):
            for ref, user in found.items():
                users.setdefault(ref, user)
        return users

    def _made_of(self, roots: Sequence[str]) -> MadeByPlan:
        """Return the people, organizations, groups and set-up that this plan made."""
        made = {root for root in roots if parse_ref(root).kind is not Kind.TICKET}
        entries = [
            (ref, id_)
            for root in roots
            if (ref := parse_ref(root)).kind is Kind.DEFINITION
            and (id_ := self._context.idmap.get(root)) is not None
        ]
        with self._context.clock.busy():
            read = self._context.read(entries, expected=False) if entries else {}
        definitions = [(str(ref), record) for ref, record in read.items() if record is not None]
        return MadeByPlan(made, definitions, self._now)

    def _touched(self) -> list[str]:
        """Return the roots of which anything was done, last first."""
        seen: dict[str, None] = {}
        done = {*self._context.journal.done(), *self._begun}
        for row in self._context.plan.operations():
            if row.seq in done:
                seen.setdefault(row.root)
        return list(reversed(seen))

    # ---- what one means for others

    def _root(self, writer: PlanWriter, looked: Looked) -> None:
        root = looked.root
        for ref in looked.needs:
            self._needed_by.setdefault(ref, set()).add(root)
        why = looked.keep or self._still_in_use(looked)
        if why:
            # What stays as people left it needs whom they named, too: another requester, somebody in copy, a status.
            for ref in looked.uses:
                self._needed_by.setdefault(ref, set()).add(root)
            self._kept.add(root)
            self.figures["kept roots"] += 1
            self._change(writer, looked, Outcome.SKIP, why)
            return
        for finding in looked.findings:
            self._finding(writer, finding)
        for part, named in looked.parts_left:
            # Whom a part that stays names is kept: the author of a comment that nobody can take away.
            self._kept.add(part)
            for ref in named:
                self._needed_by.setdefault(ref, set()).add(part)
        if not looked.operations:
            self._kept.add(root)
            self.figures["residue roots"] += 1
            self._change(writer, looked, Outcome.SKIP, "the target cannot take it back: it stays there")
            return
        self.figures["reversed operations"] += looked.done
        outcome = Outcome.UPDATE if looked.was_there else Outcome.GONE
        numbers = self._change(writer, looked, outcome, "taken back", looked.left, looked.operations)
        # Whoever used this record is taken back before it.
        for user in sorted(self._needed_by.get(root, ())):
            if user != root and user in self._last_op:
                writer.wait(numbers[0], self._last_op[user])
        self._last_op[root] = numbers[-1]
        writer.add_undone(root, looked.made)

    def _still_in_use(self, looked: Looked) -> str:
        """Return why a record that the plan made must stay: who uses it stays, too."""
        if looked.was_there:
            return ""
        users = self._needed_by.get(looked.root, set()) & self._kept
        if users:
            return f"still in use by {min(users)}, which is kept"
        if looked.root in self._elsewhere:
            user, plan = self._elsewhere[looked.root]
            return f"still in use by {user}, which {plan} wrote"
        return ""

    def _change(
        self,
        writer: PlanWriter,
        looked: Looked,
        outcome: Outcome,
        because: str,
        left: Mapping[str, str] = MappingProxyType({}),
        operations: Sequence[Operation] = (),
    ) -> range:
        """Note what becomes of a root; `left`: how it must look when it is taken back, where nothing else tells. Return the numbers
        of its operations.
        """
        return writer.add(
            ChangeRow(
                0,
                looked.root,
                looked.root.split(":", 2)[1],
                outcome,
                "",
                looked.title,
                (),
                left,
                "",
                because,
                looked.target,
                because,
                (),
                looked.facts,
            ),
            operations,
            lane=looked.root,
        )

    def _finding(self, writer: PlanWriter, finding: Finding) -> None:
        if finding.severity is Severity.LOSS:
            self.figures["residue findings"] += 1
        writer.findings.setdefault(finding_row(finding), finding.count)
