"""Performs a plan: exactly its operations, in its order, each journalled before and after; can be killed at any instant."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import orjson

from ticketferry.errors import FatalError, FerryError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.plan.definition import OpRow, PlanFile
from ticketferry.plan.materials import Materials
from ticketferry.run.closing import Closing
from ticketferry.run.expectations import Expectations
from ticketferry.run.filling import FAILED, Filling
from ticketferry.run.handout import Importing, Waiting
from ticketferry.run.matches import take_matches
from ticketferry.run.outcomes import resolve_unknown
from ticketferry.run.scheduler import Scheduler
from ticketferry.sdk.contract import (
    Connector,
    Endpoint,
    Finding,
    Job,
    Operation,
    Repeat,
    Severity,
    Target,
    WriteResult,
)
from ticketferry.sdk.pacing import Clock, pause
from ticketferry.sdk.templates import resolve
from ticketferry.store.journal import Journal, OpState
from ticketferry.store.workspace import Workspace

__all__ = ["Applied", "Applier"]

POLL_SECONDS = 2.0
MOST_REFUSED = 100
"""Refusals after which a run stops, where they outnumber what was done."""


@dataclass(slots=True)
class Applied:
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
    roots: int = 0
    waiting: list[Waiting] = field(default_factory=list)
    """Files that a person has to import before the run can go on."""
    steps: list[str] = field(default_factory=list)
    """What that person does."""
    problems: dict[str, int] = field(default_factory=dict)


class Applier:
    """One run of one plan. `canary`: refs of the tickets to go first, None for all; `imports`: folder for files that a person imports,
    `imported`: the importer is through with all of them. Thread-safe where the scheduler calls it.
    """

    def __init__(
        self,
        plan: PlanFile,
        target: Target,
        connector: Connector,
        materials: Materials,
        workspace: Workspace,
        journal: Journal,
        clock: Clock,
        *,
        workers: int = 8,
        canary: frozenset[str] | None = None,
        imports: Path | None = None,
        imported: bool = False,
        progress: Callable[[str, int, int | None], None] = lambda *_: None,
    ) -> None:
        self.figures = Applied()
        self._plan = plan
        self._target = target
        self._connector = connector
        self._materials = materials
        self._idmap = materials.idmap
        self._workspace = workspace
        self._journal = journal
        self._clock = clock
        self._workers = workers
        self._canary = canary
        self._progress = progress
        self._endpoints: dict[str, Endpoint] = {endpoint.name: endpoint for endpoint in target.endpoints}
        self._lock = threading.Lock()
        self._plan_lock = threading.Lock()
        self._undoing = plan.header.get("kind") == "rollback"
        self._refused = 0
        self._began = datetime.fromtimestamp(clock.time(), UTC)
        self._total = plan.count()
        self._due = plan.count(canary)
        self._filling = Filling(
            plan, self._plan_lock, materials, self._endpoints, journal, clock,
            whole=canary is None, send_again=self._send_again,
        )  # fmt: skip
        self._files = Importing(
            imports or plan.path.parent, plan, target, journal, self._filling.head, finished=imported
        )
        self._closing = Closing(
            plan, self._plan_lock, target, connector, materials, workspace, journal, clock, self._note_roots
        )
        self._expectations = Expectations(
            plan, self._plan_lock, target, connector, materials, workspace, journal, clock, self._closing
        )

    # ---- the whole run -----------------------------------------------------------------------------------------------

    def run(self) -> Applied:
        """Send everything that is not done. Errors of single records are journalled; FatalError and AuthError stop the run."""
        unknown = set(self._plan.endpoint_counts()) - set(self._endpoints)
        if unknown:
            raise FatalError(
                f"the plan names writes that the connector does not have: {', '.join(sorted(unknown))}"
            )
        if not self._undoing:
            take_matches(self._plan, self._idmap, self._workspace, self._closing, self._journal.run)
        count = int(self._plan.one("SELECT coalesce(max(number), 0) FROM batch") or 0)
        order = [number for number, _, _ in self._plan.batches()]
        try:
            Scheduler(self._clock, self._workers).run(iter(order), self._needs, self._execute, count)
            with self._clock.busy():
                self._closing.catch_up()
        finally:
            self.figures.waiting = sorted(self._files.waiting, key=lambda item: item.file)
            self._count()
        return self.figures

    def settle(self, *, forget_files: bool = False) -> int:
        """Find out what became of writes that a killed run left open; nothing is sent again. Return how many stay unknown.

        What is absent for good counts as never sent; what may be sent twice without harm stays open, and so do records of files
        that nobody has imported, unless `forget_files` says that the files are withdrawn.
        """
        with self._clock.busy():
            filed = self._look_for_imports()
            if forget_files:
                self._journal.forget(sorted(filed))
            while states := {
                state.seq: state for state in self._journal.open() if state.sent and state.seq not in filed
            }:
                wait: float | None = None
                for seq, state in states.items():
                    row = next(self._plan.operations("seq = ?", (seq,)))
                    endpoint = self._endpoints[row.endpoint]
                    operation = self._filling.ready(row, self._journal.states([row.prev] if row.prev else []))
                    if operation is None or (endpoint.repeat in (Repeat.SAFE, Repeat.FREE) and not state.job):
                        continue
                    absent, again = self._resolve(endpoint, [(row, operation, state)])
                    self._journal.forget([row.seq for row, _ in absent])
                    wait = again if wait is None else max(wait, again or wait)
                if wait is None:
                    break
                pause(
                    self._clock,
                    max(0.0, wait - self._clock.time()),
                    "a lost write may still show up in the desk",
                )
            self._closing.catch_up()
        return len(states)

    def _look_for_imports(self) -> frozenset[int]:
        """Bind what of the files handed out is in the target; return the operations that stay open, for a person to import."""
        filed: dict[str, list[OpRow]] = {}
        for state in self._journal.open():
            row = next(self._plan.operations("seq = ?", (state.seq,)))
            if self._endpoints[row.endpoint].file:
                filed.setdefault(state.job or "", []).append(row)
        left: set[int] = set()
        for file, rows in filed.items():
            if file:
                left.update(row.seq for row in self._files.look(file, rows)[1])
            else:  # died before the file was written
                self._journal.forget([row.seq for row in rows])
        return frozenset(left)

    def _note_roots(self, count: int) -> None:
        with self._lock:
            self.figures.roots += count
        self._progress("records", self.figures.roots, None)

    def _needs(self, batch: int) -> list[int]:
        with self._plan_lock:
            return self._plan.needs(batch)

    # ---- one batch ---------------------------------------------------------------------------------------------------

    def _execute(self, batch: int) -> float | None:
        with self._plan_lock:
            rows = list(self._plan.operations("batch = ?", (batch,)))
        states = self._journal.states([row.seq for row in rows])
        before = self._journal.states([row.prev for row in rows if row.prev is not None])
        endpoint = self._endpoints[rows[0].endpoint]
        if endpoint.file:
            self._import(endpoint, batch, rows, states)
            return None
        spared = self._expectations.spared(batch)
        fresh: list[tuple[OpRow, Operation]] = []
        doubtful: list[tuple[OpRow, Operation, OpState]] = []
        for row in rows:
            state = states.get(row.seq)
            if state is not None and state.state == "done":
                with self._lock:
                    self.figures.already += 1
                continue
            if not self._takes(row):
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
            more, again = self._resolve(endpoint, doubtful)
            fresh.extend(self._expectations.keep(more, sent=True))
        if fresh:
            parked = self._send(endpoint, fresh)
            again = parked if again is None else again if parked is None else max(again, parked)
        if again is None:
            self._closing.note(rows)
        return again

    def _takes(self, row: OpRow) -> bool:
        """Tell whether a row is not outside of the canary."""
        return self._canary is None or row.root.split(":", 2)[1] != "ticket" or row.root in self._canary

    def _import(
        self, endpoint: Endpoint, batch: int, rows: Sequence[OpRow], states: Mapping[int, OpState]
    ) -> None:
        """Hand a batch out as a file, or bind what was imported of it."""
        with self._plan_lock:
            number = self._plan.one(
                "SELECT count(*) FROM batch WHERE endpoint = ? AND number <= ?", (endpoint.name, batch)
            )
        with self._lock:
            self.figures.already += sum(1 for state in states.values() if state.state == "done")
        bound = self._files.work(f"import-{number:04d}", rows, states, self._takes)
        with self._lock:
            self.figures.imported += bound
            self.figures.performed += bound
        self._progress("operations", self.figures.performed + self.figures.already, self._due)
        self._closing.note(rows)

    # ---- sending -----------------------------------------------------------------------------------------------------

    def _send(self, endpoint: Endpoint, items: Sequence[tuple[OpRow, Operation]]) -> float | None:
        seqs = [row.seq for row, _ in items]
        self._journal.intend(seqs)
        operations = [operation for _, operation in items]
        try:
            self._journal.on_point("before send")
            answer = self._target.write(endpoint, operations)
            self._journal.on_point("after send")
            if isinstance(answer, Job):
                self._journal.take_job(answer, seqs)
                answer = self._await(answer)
        except UnknownOutcomeError as error:
            return self._unknown(endpoint, items, error)
        except RetryableError as error:
            # Nothing was done, after all tries: the desk is not there. What is left waits for the next run.
            self._reject_all(items, error)
            raise
        except RejectedError as error:
            # A refusal of the whole request concerns each of its records.
            self._reject_all(items, error)
            self._note_refused(len(items))
            return None
        return self._take(endpoint, items, answer)

    def _send_again(self, endpoint: Endpoint, row: OpRow, operation: Operation) -> bool:
        if self._send(endpoint, [(row, operation)]) is not None:
            return False
        with self._lock:
            self.figures.performed -= 1
            self.figures.repeated += 1
        return True

    def _note_refused(self, count: int) -> None:
        """Stop a run in which more is refused than done: something is wrong with all of it, not with single records."""
        with self._lock:
            self._refused += count
            hopeless = self._refused > MOST_REFUSED and self._refused > self.figures.performed
        if hopeless:
            raise FatalError(
                f"{self._refused} writes were refused and {self.figures.performed} were done: the run stopped",
                where=self._plan.id,
                remedy=f"`ticketferry errors {self._plan.id}` names the causes; mend them, then run the same command again.",
            )

    def _await(self, job: Job) -> Sequence[WriteResult]:
        while (results := self._target.poll(job)) is None:
            pause(self._clock, POLL_SECONDS, "the desk works on a job")
        return results

    def _take(
        self,
        endpoint: Endpoint,
        items: Sequence[tuple[OpRow, Operation]],
        answers: Sequence[WriteResult],
        *,
        how: str = "created",
    ) -> float | None:
        by_key = {answer.key: answer for answer in answers}
        known: list[tuple[int, str, WriteResult]] = []
        lost: list[tuple[OpRow, Operation]] = []
        refused = 0
        for row, operation in items:
            answer = by_key.get(operation.key)
            if answer is None or answer.status in ("unknown", "absent"):
                lost.append((row, operation))
                continue
            if answer.compensate:
                answer = self._compensate(endpoint, operation, answer)
            known.append((row.seq, row.subject, answer))
            with self._lock:
                if answer.status == "done":
                    self.figures.performed += 1
                else:
                    refused += 1
        if known:
            jobs = {
                state.job
                for state in self._journal.states([seq for seq, _, _ in known]).values()
                if state.job
            }
            self._journal.record(known, how=how, job=next(iter(jobs), None))
            self._progress("operations", self.figures.performed + self.figures.already, self._due)
        if refused:
            self._note_refused(refused)
        if lost:
            return self._unknown(endpoint, lost, UnknownOutcomeError("no result came for it"))
        return None

    def _compensate(self, endpoint: Endpoint, operation: Operation, answer: WriteResult) -> WriteResult:
        """Take back at once what was not done as planned; the record fails either way."""
        undo = self._target.undo([(operation, answer)], None)
        named = [inverse for inverse in undo.operations if inverse.endpoint == endpoint.reverts]
        text = answer.error.message if answer.error else "it was not done as planned"
        for inverse in named:
            params = cast(
                "Any",
                resolve(
                    dict(inverse.params),
                    lambda ref, slot: answer.gives.get(slot) or self._filling.slot(ref, slot),
                ),
            )
            ready = Operation(
                inverse.key, inverse.subject, inverse.endpoint, params, inverse.body, inverse.lane
            )
            results = self._target.write(self._endpoints[inverse.endpoint], [ready])
            with self._lock:
                self.figures.compensated += 1
            if isinstance(results, Job) or any(result.status != "done" for result in results):
                raise FatalError(
                    f"{operation.key}: {text}, and taking it back failed",
                    remedy="Delete it in the target desk now, by hand.",
                )
        finding = Finding(
            "TF-COMPENSATED",
            Severity.BLOCKER,
            operation.subject,
            endpoint.name,
            f"{text}; it was taken back at once" if named else text,
            "Find out why the desk does this before going on.",
        )
        return WriteResult(operation.key, "rejected", error=finding)

    def _reject_all(self, items: Sequence[tuple[OpRow, Operation]], error: FerryError) -> None:
        for row, operation in items:
            finding = Finding(
                "TF-REFUSED",
                Severity.DOUBT,
                operation.subject,
                error.where or row.endpoint,
                error.message,
                error.remedy,
            )
            self._journal.mark([row.seq], "rejected", row.root, finding)

    def _unknown(
        self,
        endpoint: Endpoint,
        items: Sequence[tuple[OpRow, Operation]],
        error: UnknownOutcomeError,
    ) -> float | None:
        finding = Finding("TF-UNKNOWN", Severity.DOUBT, None, error.where or endpoint.name, error.message)
        for row, _ in items:
            self._journal.mark([row.seq], "unknown", row.root, finding)
        states = self._journal.states([row.seq for row, _ in items])
        more, again = self._resolve(endpoint, [(row, operation, states[row.seq]) for row, operation in items])
        if more:
            parked = self._send(endpoint, more)
            again = parked if again is None else again if parked is None else max(again, parked)
        return again

    def _resolve(
        self, endpoint: Endpoint, items: Sequence[tuple[OpRow, Operation, OpState]]
    ) -> tuple[list[tuple[OpRow, Operation]], float | None]:
        """Find out what became of operations; return those to send (again) and when to come back for the rest."""
        jobs: dict[str, list[tuple[OpRow, Operation, OpState]]] = {}
        plain: list[tuple[OpRow, Operation, OpState]] = []
        for item in items:
            if item[2].job:
                jobs.setdefault(item[2].job, []).append(item)
            else:
                plain.append(item)
        again: float | None = None
        fresh: list[tuple[OpRow, Operation]] = []
        for id_, members in jobs.items():
            pairs = [(row, operation) for row, operation, _ in members]
            try:
                results = self._await(Job(id_, tuple(operation.key for _, operation in pairs)))
            except (UnknownOutcomeError, RejectedError):
                plain.extend(members)
                continue
            parked = self._take(endpoint, pairs, results)
            again = parked if parked is not None else again
        if not plain:
            return fresh, again
        found = resolve_unknown(
            self._target,
            endpoint,
            [(operation, self._sent(state)) for _, operation, state in plain],
            settle_seconds=self._target.limits.settle_seconds,
            last=self._last(),
            clock=self._clock,
        )
        rows = {operation.key: row for row, operation, _ in plain}
        if found.found:
            known = [
                (
                    rows[operation.key].seq,
                    rows[operation.key].subject,
                    self._compensate(endpoint, operation, answer) if answer.compensate else answer,
                )
                for operation, answer in found.found
            ]
            self._journal.record(known, how="adopted")
            with self._lock:
                self.figures.adopted += len(known)
                self.figures.performed += sum(1 for _, _, answer in known if answer.status == "done")
        for operation, finding in found.stopped:
            self._journal.mark([rows[operation.key].seq], "stopped", rows[operation.key].root, finding)
        with self._lock:
            self.figures.repeated += len(found.again)
        fresh.extend((rows[operation.key], operation) for operation in found.again)
        if found.later:
            again = max(again or 0.0, found.at or 0.0)
        return fresh, again

    def _sent(self, state: OpState) -> datetime:
        """Return when a write could last have left: a process that died may have held it back long after its intent."""
        sent = datetime.fromisoformat(state.sent) if state.sent else datetime.fromtimestamp(0, UTC)
        return max(sent, self._began) if state.state == "intent" else sent

    def _last(self) -> dict[str, str]:
        """Return the slots of the newest record with a key that this plan made: where to look for what may be there too."""
        row = self._workspace.database.one(
            "SELECT gives FROM op WHERE plan = ? AND state = 'done' AND gives IS NOT NULL AND seq IN"
            " (SELECT max(seq) FROM op WHERE plan = ? AND state = 'done' AND gives LIKE '%\"key\"%')",
            (self._plan.id, self._plan.id),
        )
        return cast("dict[str, str]", orjson.loads(row[0])) if row else {}

    def _count(self) -> None:
        counts = self._journal.counts()
        self.figures.failed = sum(counts.get(state, 0) for state in FAILED)
        self.figures.left = self._total - sum(counts.values())
        self.figures.problems = {state: count for state, count in sorted(counts.items()) if state != "done"}
