"""Makes a plan: every root through the planner, in ranges that can run side by side, then put together in one order.

The cut into ranges and the order of everything depend on the inputs alone, so the plan is the same with any number of workers.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from ticketferry.errors import ConfigError, StalePlanError
from ticketferry.mapping.result import Mapped
from ticketferry.people.stand_in import behind
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.answers import AnswerBook
from ticketferry.plan.file.continuing import PlanContinuer
from ticketferry.plan.file.last_answers import LastAnswers
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.shards import moment_text, shard_figures, shard_refs
from ticketferry.plan.gone_accounts import gone_accounts
from ticketferry.plan.guarding import ENDS_ALL, QUARANTINE
from ticketferry.plan.inputs import Scope
from ticketferry.plan.keeping import AnswerKeeper, LastPlan
from ticketferry.plan.name_clashes import colliding_names
from ticketferry.plan.planner import Planner
from ticketferry.plan.recording import RecordedAnswer
from ticketferry.plan.replanning import Again, splice
from ticketferry.plan.shards import INLINE_BYTES, Task, place_of, plan_range, plan_shard
from ticketferry.plan.turns import tickets_in_turn
from ticketferry.plan.withdrawing import withdraw_dangling
from ticketferry.ranges import HERE, Executor, RangeWork
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json, Kind, Ref, parse_ref
from ticketferry.sdk.contract import Finding, Outcome
from ticketferry.store.database import disk_errors
from ticketferry.store.snapshots import StoredRow, order_key

__all__ = ["INLINE_BYTES", "build"]

Progress = Callable[[str, int, int], None]
RANGE_ROOTS = 2_500
"""Roots that one range holds; also the unit of parallel work."""


Open = Callable[[], PlanContext]


def build(
    path: Path,
    open_planning: Open,
    *,
    scope: Scope,
    header: dict[str, Any],
    open_here: Open | None = None,
    findings: Sequence[Finding] = (),
    executor: Executor = HERE,
    inline: int = INLINE_BYTES,
    range_roots: int = RANGE_ROOTS,
    keeper: AnswerKeeper | None = None,
    progress: Progress = lambda *_: None,
) -> PlanFile:
    """Write the plan file and return it opened. `open_planning` is called once in each process of the
    `executor` and must be picklable for more than one; `open_here` gives what this process has open already. `header` and `findings` (of the mapping
    as a whole, of people) are saved with the plan. `keeper`: where the answers of the last plan are, so that only what changed is
    planned again; the plan is the same without. Raises ConfigError where a blocker forbids planning.
    """
    with TemporaryDirectory(dir=path.parent, prefix=".plan-") as folder, disk_errors(path):
        planning = (open_here or open_planning)()
        recorder = planning.recorder
        keeper = keeper if not scope.narrowed else None
        last = keeper.last(planning, scope, inline) if keeper is not None else None
        try:
            for one in (last, None) if last is not None else (None,):
                here = Path(folder) / ("again" if one is not None else "whole")
                here.mkdir()
                try:
                    work = _Build(
                        here,
                        planning,
                        open_planning,
                        scope,
                        executor,
                        inline,
                        range_roots,
                        keeper,
                        one,
                        progress,
                    )
                    return work.write(path, header, findings)
                except (StalePlanError, sqlite3.DatabaseError):
                    # A book or a last plan that is torn: everything is planned anew, and kept anew.
                    if one is None:
                        raise
                finally:
                    recorder.rest()
        finally:
            if open_here is None:
                planning.close()
    raise AssertionError


class _Build:
    """One plan on its way: from nothing, or (`last`) from the last one and what changed since."""

    def __init__(
        self,
        folder: Path,
        planning: PlanContext,
        open_planning: Open,
        scope: Scope,
        executor: Executor,
        inline: int,
        range_roots: int,
        keeper: AnswerKeeper | None,
        last: LastPlan | None,
        progress: Progress,
    ) -> None:
        self._folder = folder
        self._planning = planning
        self._open_planning = open_planning
        self._scope = scope
        self._executor = executor
        self._inline = inline
        self._range_roots = range_roots
        self._keeper = keeper
        self._last = last
        self._progress = progress
        self._made_from = keeper.now(planning, inline) if keeper is not None else {}
        self._mended: tuple[str, ...] = ()
        book = folder / "answers"
        self._continued = LastAnswers.copy_of(last.book, book) if last is not None else None
        self._book = self._continued or AnswerBook(book)
        planning.recorder.keep = self._keep

    def _keep(self, answer: RecordedAnswer) -> None:
        until = moment_text(answer.frame.until) if answer.frame.until is not None else None
        self._book.add_answer(answer.key, answer.value, until, answer.frame.keys)

    def write(self, path: Path, header: dict[str, Any], findings: Sequence[Finding]) -> PlanFile:
        """Plan what has to be planned, write the plan, and keep its answers."""
        planning, book = self._planning, self._book
        try:
            with PlanContinuer.saved(path, self._last.plan if self._last is not None else None) as writer:
                tickets = self._tickets()
                others = self._others()
                # From here on it is another plan that is asked about: some roots are taken out of it again.
                planning.recorder.rest()
                # People who go before their tickets: those were planned to see whom they name.
                shards = [task.shard for task in (others if self._scope.people else [*others, *tickets])]
                if self._continued is None:
                    for shard in shards:
                        writer.take(shard)
                else:
                    writer.copy_impossible([*self._continued.gone_refs(), *self._aside])
                    splice(writer, self._continued, shards)
                figures = Counter(shard_figures(shards) if self._scope.people else book.figures())
                if self._mended:
                    writer.take(self._mend_shard)
                    figures.update(shard_figures([self._mend_shard]))
                for finding in (*findings, *colliding_names(book.names(), planning)):
                    writer.add_finding(finding)
                unseen = withdraw_dangling(writer, planning)
                for finding in gone_accounts(writer):
                    writer.add_finding(finding)
                figures.subtract(unseen)
                header = {**header, "figures": dict(sorted(figures.items())), **_order_of(planning)}
                if held := _quarantined(planning, writer):
                    header["quarantine"] = held
                if left_out := planning.ticket_scope.left_out:
                    header["left_out"] = sorted(left_out)
                writer.finish(header, planning.inputs, planning.endpoints)
                replaced = writer.replaced
            plan = PlanFile(path)
            if self._keeper is not None:
                book.set_aside({*replaced, *self._mended})
                book.follow_contents(planning.source.database.path)
                self._keeper.save(book, self._scope, plan, self._made_from)
            return plan
        finally:
            book.close()

    # ---- tickets -------------------------------------------------------------------------------------------------------

    def _tickets(self) -> list[Task]:
        """Plan the tickets, all of them or those that changed; return the parts."""
        planning, scope = self._planning, self._scope
        snapshot = planning.inputs.source_snapshot
        count = planning.source.count(Kind.TICKET, snapshot)
        chosen = _chosen(planning, scope, self._folder / "turns")
        planning.ticket_scope.choose(frozenset(chosen) if chosen is not None else None)
        ranges: list[tuple[str | None, str | None]] = [(None, None)]
        parts: list[tuple[str, ...] | None] = [chosen]
        self._aside: list[str] = []
        if self._continued is not None:
            refs = self._begin_again(self._continued)
            count = len(refs)
            parts = [refs[start : start + self._range_roots] for start in range(0, count, self._range_roots)]
            ranges *= len(parts)
        elif chosen is None:
            ranges = planning.source.ranges(Kind.TICKET, snapshot, max(1, -(-count // self._range_roots)))
            parts *= len(ranges)
        tasks = [
            Task(Kind.TICKET, low, high, scope, part, self._folder / f"ticket-{number:05d}", self._inline)
            for number, ((low, high), part) in enumerate(zip(ranges, parts, strict=True))
        ]
        work = RangeWork(self._open_planning, plan_shard)
        for done, _ in enumerate(self._executor.run(work, tasks, lambda: planning, count), 1):
            self._progress("tickets", min(done * self._range_roots, count), count)
        for task in tasks:
            self._book.put_in(task.shard)
        self._mend()
        return tasks

    def _begin_again(self, book: LastAnswers) -> tuple[str, ...]:
        """Return the tickets that are planned again; what was known of them is taken out of the book."""
        planning, keeper, last = self._planning, self._keeper, self._last
        assert keeper is not None
        assert last is not None
        planning.recorder.recall = book.answer
        changed = keeper.changed(last, planning, book)
        self._aside = book.aside()
        self._again = Again(last, book, planning, self._scope, changed, self._made_from["now"])
        if self._again.most() > book.count() // 2 + 1_000:
            raise StalePlanError("more changed than stays")
        self._again.take_out(Kind.TICKET)
        return self._again.refs(Kind.TICKET, self._exists)

    def _exists(self, ref: Ref) -> bool:
        planning = self._planning
        return bool(planning.source.root(ref, planning.inputs.source_snapshot)) or ref in planning.held

    def _mend(self) -> None:
        """Plan the tickets outside of this plan that refer to one that it creates: their links are mended with it."""
        self._mend_shard = self._folder / "ticket-mend"
        waiting = () if self._scope.people else self._planning.idmap.waiting()

        def outcome(ref: str) -> str:
            return self._book.outcome(place_of(parse_ref(ref), whole=self._scope.whole)) or ""

        mended = {
            ref for wants, ref in waiting if outcome(wants) == Outcome.CREATE.value and not outcome(ref)
        }
        self._mended = tuple(sorted(mended, key=lambda text: (len(text), text)))
        if self._mended:
            task = Task(
                Kind.TICKET, None, None, self._scope, self._mended, self._mend_shard, self._inline, force=True
            )
            plan_range(task, self._planning)

    # ---- people and what goes with them --------------------------------------------------------------------------------

    def _others(self) -> list[Task]:
        """Plan whom and what the tickets name, and in a plan of everything all others; return the parts."""
        book, planning, scope = self._book, self._planning, self._scope
        planning.recorder.keep = self._keep
        mended = [self._mend_shard] if self._mended else []
        needed = _needed(book.needs() | shard_refs(mended, "needed"), planning)
        wanted = book.wanted() | shard_refs(mended, "wanted")
        made = tuple(sorted(ref for ref in wanted if parse_ref(ref).kind is Kind.DEFINITION))
        tasks: list[Task] = []
        if made and not scope.people:
            tasks.append(self._other(Kind.DEFINITION, made))
        if self._continued is not None:
            self._again.named_otherwise(self._continued.needed() ^ set(needed))
            self._continued.take_out(self._continued.places("0", "1"))
        for kind in (Kind.ORGANIZATION, Kind.GROUP, Kind.PERSON):
            refs = None if scope.whole else tuple(ref for ref in needed if parse_ref(ref).kind is kind)
            if self._continued is not None:
                refs = self._others_again(kind, frozenset(needed))
            tasks.append(self._other(kind, refs))
        for task in tasks:
            plan_range(task, planning, needed)
            book.put_in(task.shard)
            self._progress(task.kind.value, 1, 1)
        book.set_needed(needed)
        return tasks

    def _other(self, kind: Kind, refs: tuple[str, ...] | None) -> Task:
        return Task(kind, None, None, self._scope, refs, self._folder / kind.value, self._inline)

    def _others_again(self, kind: Kind, needed: frozenset[str]) -> tuple[str, ...]:
        self._again.take_out(kind)

        def exists(ref: Ref) -> bool:
            if not self._scope.whole or behind(str(ref)) is not None:
                return str(ref) in needed
            return self._exists(ref)

        return self._again.refs(kind, exists)


def _order_of(planning: PlanContext) -> dict[str, Any]:
    """Return, for a plan's header, what the mapping says of the order of tickets, where it says anything."""
    order = planning.engine.mapping.rules.order
    told = {
        **({"by": order.by} if order.by else {}),
        **({"serial_keys": True} if order.serial_keys else {}),
    }
    return {"order": told} if told else {}


def _quarantined(planning: PlanContext, writer: PlanContinuer) -> list[str]:
    """Return all roots in quarantine: those that the desk or the plan holds there."""
    named = writer.named(QUARANTINE)
    held = {str(ref) for ref in planning.held if ref.desk == planning.source.desk}
    return sorted(named | held, key=lambda text: (text.split(":", 2)[1], len(text), text))


def _chosen(planning: PlanContext, scope: Scope, path: Path) -> tuple[str, ...] | None:
    """Return the tickets that `only` and `limit` name; None: all. `path`: where they can be sorted."""
    if not scope.chosen:
        return None
    snapshot = planning.inputs.source_snapshot
    if scope.only or scope.reassign:
        known = []
        for text in scope.only:
            ref = _ticket_ref(text, planning.source.desk)
            if planning.source.row(Kind.TICKET, ref.id, snapshot) is None:
                raise ConfigError(
                    f"there is no ticket {ref.id} in the source snapshot", where=f"--only {text}"
                )
            known.append(str(ref))
        chosen = sorted(set(known), key=lambda text: (len(text), text))
        return tuple(chosen[: scope.limit] if scope.limit is not None else chosen)
    first: list[str] = []
    planner = Planner(planning)
    for ref, rows in _first(planning, path):
        if len(first) >= (scope.limit or 0):
            break
        try:
            record = planning.source_record(ref, rows) if ref not in planning.held else None
            if record is None:
                continue
            if scope.phase is not None and planning.phase_of(record) != scope.phase:
                continue
            mapped = planner.map(ref, record)
        except ENDS_ALL:
            raise
        except Exception:  # noqa: BLE001, S112 -- `limit` counts tickets that can be planned; the whole plan names this one
            continue
        if mapped.outcome is Outcome.SKIP:
            continue
        first.append(str(ref))
    return tuple(sorted(first, key=lambda text: order_key(parse_ref(text).id)))


def _first(planning: PlanContext, path: Path) -> Iterator[tuple[Ref, list[StoredRow]]]:
    """Stream the tickets with their rows in the order in which they are written."""
    by = planning.engine.mapping.rules.order.by
    if by is None:
        yield from planning.source.roots(Kind.TICKET, planning.inputs.source_snapshot)
        return
    for ref in tickets_in_turn(planning, by, path):
        yield ref, planning.source_rows(ref)


def _ticket_ref(text: str, desk: str) -> Ref:
    parts = text.split(":")
    if len(parts) == 1:
        return Ref(desk, Kind.TICKET, parts[0])
    if parts[-2] == "ticket" and len(parts) in (2, 3):
        return Ref(desk, Kind.TICKET, parts[-1])
    raise ConfigError(
        f"{text!r} does not name a ticket", where="--only", remedy="Write --only ticket:123,ticket:124."
    )


def _needed(named: set[str], planning: PlanContext) -> list[str]:
    """Return whom and what the tickets name, with what goes along: people bring their organizations, and organizations their groups."""
    needed = set(named)
    engine = planning.engine
    for kind, needs_of in ((Kind.PERSON, engine.person), (Kind.ORGANIZATION, engine.organization)):
        for text in sorted(needed):
            if parse_ref(text).kind is kind:
                needed.update(_brought(text, needs_of, planning))
    return sorted(needed, key=lambda text: (len(text), text))


def _brought(text: str, needs_of: Callable[[Record], Mapped], planning: PlanContext) -> list[str]:
    """Return what goes along with somebody: an answer of its own."""

    def work() -> list[Json]:
        try:
            record = planning.source_record(parse_ref(text))
            return list(needs_of(record).needs) if record is not None else []
        except ENDS_ALL:
            raise
        except Exception:  # noqa: BLE001 -- it goes to quarantine where it is planned
            return []

    return cast("list[str]", planning.recorder.answer(f"%{text}", work))
