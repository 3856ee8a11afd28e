"""Performs a plan: exactly its operations, in its order, each journalled before and after; can be killed at any instant."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ticketferry.apply.attempts import MOST_TRIES
from ticketferry.apply.canary import closure
from ticketferry.apply.context import ApplyContext
from ticketferry.apply.finish import RecordFinisher
from ticketferry.apply.guard_watch import GuardWatch
from ticketferry.apply.import_files import ImportFiles, Waiting
from ticketferry.apply.matches import take_matches
from ticketferry.apply.outage import GIVE_UP_SECONDS, Outage, ask
from ticketferry.apply.preconditions import Preconditions
from ticketferry.apply.probes import Probes, cause_of, find_probes, told
from ticketferry.apply.resolve_symbols import FAILED, SKIPPED, SymbolResolver
from ticketferry.apply.scheduler import Scheduler
from ticketferry.apply.send import BatchSender
from ticketferry.errors import FatalError, RetryableError, RunFailed
from ticketferry.plan.file.rows import OpRow
from ticketferry.plan.file.writes import batches_of_endpoint, last_batch
from ticketferry.plan.workforce import Workforce
from ticketferry.sdk.contract import Endpoint, Operation, Repeat
from ticketferry.sdk.pacing import pause
from ticketferry.store.journal import OpState

__all__ = ["Applier", "ApplyResult"]

_ASK_AGAIN = 5.0
_CLOSING = 0
"""Stands for the reading back of the last records, where batches have numbers."""


@dataclass(slots=True)
class ApplyResult:
    """Figures of a run, in operations."""

    performed: int = 0
    already: int = 0
    repeated: int = 0
    compensated: int = 0
    failed: int = 0
    left: int = 0
    """Not sent: outside of the canary."""
    adopted: int = 0
    imported: int = 0
    """Records that came by a file and were found and bound; counted as performed too."""
    copies: int = 0
    """Tickets that stand in the target once more, found after the run."""
    roots: int = 0
    waiting: list[Waiting] = field(default_factory=list)
    """Files that a person has to import before the run can go on."""
    steps: list[str] = field(default_factory=list)
    """What that person does."""
    problems: dict[str, int] = field(default_factory=dict)


class Applier:
    """One run of one plan. `canary`: refs of the records to go, with what they need, None for all; `without`: of those the ones that stay; `imports`: folder for files that a person imports,
    `imported`: the importer is through with all of them. `prove`: reads the guards, and raises WaitingError where one has fallen.
    `give_up_after`: seconds that a desk which takes no write is waited for; `until`: unix seconds from which on nothing more is begun;
    `paused` is told True when the desk takes no writes for a while, False when it does again.
    Thread-safe where the scheduler calls it.
    """

    def __init__(
        self,
        context: ApplyContext,
        *,
        workers: int | Workforce = 8,
        canary: frozenset[str] | None = None,
        without: frozenset[str] = frozenset(),
        imports: Path | None = None,
        imported: bool = False,
        prove: Callable[[], None] = lambda: None,
        give_up_after: float = GIVE_UP_SECONDS,
        until: float | None = None,
        paused: Callable[[bool], None] = lambda _: None,
        progress: Callable[[str, int, int | None], None] = lambda *_: None,
    ) -> None:
        self._until = until
        self.figures = ApplyResult()
        self._context = context
        self._workers = workers if isinstance(workers, Workforce) else Workforce(max(1, workers))
        self._canary = canary
        self._without = without
        self._progress = progress
        self._lock = threading.Lock()
        plan, target = context.plan, context.target
        self._outage = Outage(context.clock, lambda: ask(target), give_up_after=give_up_after, paused=paused)
        self._watch = GuardWatch(context.clock, prove)
        self._seen: dict[int, int] = {}
        """Batches that were begun in this run and are not ended -> how often a read for them gave up."""
        self._refused: frozenset[str] = frozenset()
        """Tickets that were tried first and refused: this run sends them no second time."""
        self._total = plan.count()
        self._due = self._total
        self._sending = BatchSender(context, self._outage, self.figures, self._tell)
        self._filling = SymbolResolver(context, whole=canary is None, send_again=self._sending.send_again)
        self._files = ImportFiles(
            imports or plan.path.parent, plan, target, context.journal, self._filling.head, finished=imported
        )
        self._closing = RecordFinisher(context, self._note_roots)
        self._expectations = Preconditions(context, self._closing)

    # ---- the whole run -----------------------------------------------------------------------------------------------

    def run(self) -> ApplyResult:
        """Send everything that is not done. Errors of single records are journalled; FatalError and AuthError stop the run."""
        unknown = set(self._context.plan.endpoint_counts()) - set(self._context.endpoints)
        if unknown:
            raise FatalError(
                f"the plan names writes that the connector does not have: {', '.join(sorted(unknown))}"
            )
        if self._canary is not None:
            self._canary = closure(self._context.plan, self._canary, self._filling.load) - self._without
            self._due = self._context.plan.count(self._canary)
        if not self._context.undoing:
            take_matches(
                self._context.plan,
                self._context.idmap,
                self._context.workspace,
                self._closing,
                self._context.journal.run,
            )
        count = last_batch(self._context.plan)
        order = [number for number, _, _ in self._context.plan.batches()]
        try:
            if self._canary is None and not self._context.undoing:
                self._scout(count)
            Scheduler(self._context.clock, self._workers, self._until).run(
                iter(order), self._needs, self._execute, count, self._late()
            )
            with self._context.clock.busy():
                self._catch_up()
        finally:
            self.figures.waiting = sorted(self._files.waiting, key=lambda item: item.file)
            self._count()
        return self.figures

    def _scout(self, count: int) -> None:
        """Try one ticket of each kind with what it needs before the accounts of all are made. Raises RunFailed where a kind is refused."""
        kinds = find_probes(
            self._context.plan, self._context.connector, self._context.journal, self._filling.load
        )
        tried: set[str] = set()
        while going := [kind for kind in kinds if kind.roots and len(kind.causes) == len(kind.tried)]:
            first = {kind.roots[0] for kind in going}
            for kind in going:
                kind.tried.append(kind.roots.pop(0))
            self._try(closure(self._context.plan, first, self._filling.load), count)
            tried |= first
            for kind in going:
                cause = cause_of(self._context.plan, self._context.journal, kind.tried[-1])
                kind.causes += [cause] if cause is not None else []
        self._refused = frozenset(
            root for root in tried if cause_of(self._context.plan, self._context.journal, root)
        )
        self._judge([kind for kind in kinds if kind.hopeless])
        # The pass through all batches counts what the first ones did as done already.
        self.figures.already = -self.figures.performed
        self._seen.clear()

    def _try(self, roots: frozenset[str], count: int) -> None:
        """Send what is planned for some records, and read them back."""
        self._canary, self._filling.whole = roots, False
        try:
            chosen = {
                row.batch for root in roots for row in self._context.plan.operations("root = ?", (root,))
            }
            order = [number for number, _, _ in self._context.plan.batches() if number in chosen]
            Scheduler(self._context.clock, self._workers, self._until).run(
                iter(order),
                lambda batch: [number for number in self._needs(batch) if number in chosen],
                self._execute,
                count,
                self._late(),
            )
        finally:
            self._canary, self._filling.whole = None, True

    def _judge(self, hopeless: list[Probes]) -> None:
        if hopeless:
            self._catch_up()
            raise RunFailed(
                f"stopped before the accounts of all were made: {told(hopeless)}",
                failed=sum(len(kind.causes) for kind in hopeless),
                remedy=f"`ticketferry errors {self._context.plan.id}` names them; mend the desk's set-up or the mapping, then `ticketferry plan`.",
            )

    def settle(self, *, forget_files: bool = False) -> int:
        """Find out what became of writes that a killed run left open; nothing is sent again. Return how many stay unknown.

        What is absent for good counts as never sent; what may be sent twice without harm stays open, and so do records of files
        that nobody has imported, unless `forget_files` says that the files are withdrawn.
        """
        with self._context.clock.busy():
            filed = self._look_for_imports()
            if forget_files:
                self._context.journal.forget(sorted(filed))
            while states := {
                state.seq: state
                for state in self._context.journal.open()
                if state.sent and state.seq not in filed
            }:
                wait: float | None = None
                for endpoint, items in self._open_writes(states):
                    absent, again = self._sending.resolve(endpoint, items)
                    self._context.journal.forget([row.seq for row, _ in absent])
                    wait = again if wait is None else max(wait, again or wait)
                if wait is None:
                    break
                pause(
                    self._context.clock,
                    max(0.0, wait - self._context.clock.time()),
                    "a lost write may still show up in the desk",
                )
            self._closing.catch_up()
        return len(states)

    def _open_writes(
        self, states: Mapping[int, OpState]
    ) -> Iterator[tuple[Endpoint, list[tuple[OpRow, Operation, OpState]]]]:
        """Yield open writes that can be looked up: those of one job together and in its order, since its results name them by that."""
        order = {
            seq: number for _, seqs, _ in self._context.journal.jobs() for number, seq in enumerate(seqs)
        }
        together: dict[tuple[str, int], list[tuple[OpRow, Operation, OpState]]] = {}
        for seq, state in sorted(states.items(), key=lambda item: (order.get(item[0], 0), item[0])):
            row = next(self._context.plan.operations("seq = ?", (seq,)))
            endpoint = self._context.endpoints[row.endpoint]
            operation = self._filling.ready(row, self._context.journal.states([row.prev] if row.prev else []))
            if operation is None or (endpoint.repeat in (Repeat.SAFE, Repeat.FREE) and not state.job):
                continue
            group = (state.job, 0) if state.job else ("", seq)
            together.setdefault(group, []).append((row, operation, state))
        for items in together.values():
            yield self._context.endpoints[items[0][0].endpoint], items

    def _look_for_imports(self) -> frozenset[int]:
        """Bind what of the files handed out is in the target; return the operations that stay open, for a person to import."""
        filed: dict[str, list[OpRow]] = {}
        for state in self._context.journal.open():
            row = next(self._context.plan.operations("seq = ?", (state.seq,)))
            if self._context.endpoints[row.endpoint].file:
                filed.setdefault(state.job or "", []).append(row)
        left: set[int] = set()
        for file, rows in filed.items():
            if file:
                left.update(row.seq for row in self._files.look(file, rows)[1])
            else:  # died before the file was written
                self._context.journal.forget([row.seq for row in rows])
        return frozenset(left)

    def _catch_up(self) -> None:
        while True:
            self._outage.hold()
            try:
                return self._closing.catch_up()
            except RetryableError as error:
                self._outage.failed(_CLOSING, error, size=MOST_TRIES)

    def _tell(self) -> None:
        self._progress("operations", self.figures.performed + self.figures.already, self._due)

    def _note_roots(self, count: int) -> None:
        with self._lock:
            self.figures.roots += count
        self._progress("records", self.figures.roots, None)

    def _late(self) -> frozenset[int]:
        """Return the batches that wait for all others: what they do changes what the others do, or cannot be changed after them."""
        return frozenset(
            number for number, name, _ in self._context.plan.batches() if self._context.endpoints[name].last
        )

    def _needs(self, batch: int) -> list[int]:
        return self._context.plan.needs(batch)

    # ---- one batch ---------------------------------------------------------------------------------------------------

    def _execute(self, batch: int) -> float | None:
        self._outage.hold()
        try:
            again = self._work(batch)
        except RetryableError as error:
            again = self._unread(batch, error)
        if again is None:
            with self._lock:
                self._seen.pop(batch, None)
        return again

    def _unread(self, batch: int, error: RetryableError) -> float | None:
        """Come back later: a read gave up, and nothing was written in its place. None where it fails for this batch alone, again and again."""
        if self._outage.failed(-batch, error):
            with self._lock:
                self._seen[batch] += 1
                over = self._seen[batch] >= MOST_TRIES
            if over:
                rows = self._context.plan.batch(batch)
                states = self._context.journal.states([row.seq for row in rows])
                for row in rows:
                    if row.seq not in states:
                        self._filling.block(row, f"the desk could not be asked ({error.message})")
                return None
        return self._context.clock.time() + _ASK_AGAIN

    def _work(self, batch: int) -> float | None:
        rows = self._context.plan.batch(batch)
        states = self._context.journal.states([row.seq for row in rows])
        before = self._context.journal.states([row.prev for row in rows if row.prev is not None])
        endpoint = self._context.endpoints[rows[0].endpoint]
        with self._lock:
            first = batch not in self._seen
            self._seen.setdefault(batch, 0)
        if endpoint.file:
            self._import(endpoint, batch, rows, states)
            return None
        spared = self._expectations.spared(batch)
        fresh: list[tuple[OpRow, Operation]] = []
        doubtful: list[tuple[OpRow, Operation, OpState]] = []
        for row in rows:
            state = states.get(row.seq)
            if state is not None and state.state == "done":
                if first:
                    with self._lock:
                        self.figures.already += 1
                continue
            if state is not None and state.state == SKIPPED:
                continue
            if not self._takes(row) or (not first and state is not None and self._sending.ended(state)):
                continue
            if spared and row.root != spared:
                self._filling.block(row, f"{spared}, which may need it, is left alone")
                continue
            operation = self._filling.ready(row, before)
            if operation is None:
                continue
            if state is not None and state.state in ("intent", "job", "unknown") and state.sent:
                doubtful.append((row, operation, state))
            else:
                fresh.append((row, operation))
        again: float | None = None
        fresh = self._expectations.keep(fresh)
        if doubtful:
            more, again = self._sending.resolve(endpoint, doubtful)
            fresh.extend(self._expectations.keep(more, sent=True))
        if fresh:
            self._watch.look(endpoint)
            parked = self._sending.send(endpoint, fresh)
            again = parked if again is None else again if parked is None else max(again, parked)
        if again is None:
            self._closing.note(rows)
        return again

    def _takes(self, row: OpRow) -> bool:
        """Tell whether a row is not outside of the canary, and was not refused when it was tried first."""
        return row.root in self._canary if self._canary is not None else row.root not in self._refused

    def _import(
        self, endpoint: Endpoint, batch: int, rows: Sequence[OpRow], states: Mapping[int, OpState]
    ) -> None:
        """Hand a batch out as a file, or bind what was imported of it."""
        number = batches_of_endpoint(self._context.plan, endpoint.name, batch)
        with self._lock:
            self.figures.already += sum(1 for state in states.values() if state.state == "done")
        given_up = {seq for seq, state in states.items() if state.state == SKIPPED}
        bound = self._files.work(
            f"import-{number:04d}", rows, states, lambda row: row.seq not in given_up and self._takes(row)
        )
        with self._lock:
            self.figures.imported += bound
            self.figures.performed += bound
        self._tell()
        self._closing.note(rows)

    def _count(self) -> None:
        counts = self._context.journal.counts()
        self.figures.failed = sum(counts.get(state, 0) for state in (*FAILED, "unknown"))
        self.figures.left = self._total - sum(counts.values())
        self.figures.problems = {state: count for state, count in sorted(counts.items()) if state != "done"}
