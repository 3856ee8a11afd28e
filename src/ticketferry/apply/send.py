"""Sends the operations of a batch and takes in what came of them; what nobody knows is looked up before it is sent again."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from ticketferry.apply.attempts import MOST_TRIES, Attempts
from ticketferry.apply.compensation import Compensation
from ticketferry.apply.context import ApplyContext
from ticketferry.apply.outage import Outage, backoff
from ticketferry.apply.resolve_symbols import FAILED
from ticketferry.apply.unknown_writes import attempt_of, faults, look_up, unknown_finding
from ticketferry.errors import FatalError, FerryError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.plan.file.rows import OpRow
from ticketferry.plan.pace_of_writes import POLL_SECONDS
from ticketferry.sdk.contract import (
    Endpoint,
    Finding,
    Job,
    Operation,
    Repeat,
    Severity,
    WriteResult,
)
from ticketferry.sdk.pacing import pause
from ticketferry.sdk.sighting import Sighted
from ticketferry.store.journal import OpState

__all__ = ["BatchSender"]

MOST_REFUSED = 100
"""Refusals after which a run stops, where they outnumber what was done."""
ASKED_SECONDS = 15 * 60.0
"""How long, after the window in which absence is not believed, a run asks for a write whose outcome the desk does not tell."""

Item = tuple[OpRow, Operation]


class Figures(Protocol):
    """What a run counts, in operations."""

    performed: int
    repeated: int
    compensated: int
    adopted: int


class BatchSender:
    """The requests of one plan. Every method that sends returns the time at which to come back, None where all has ended.

    `note_done` is called when figures moved. Thread-safe.
    """

    def __init__(
        self, context: ApplyContext, outage: Outage, figures: Figures, note_done: Callable[[], None]
    ) -> None:
        self._context = context
        self._outage = outage
        self._figures = figures
        self._note_done = note_done
        self._attempts = Attempts()
        self._lock = threading.Lock()
        self._began = datetime.fromtimestamp(context.clock.time(), UTC)
        self._jitter = random.Random(0)  # noqa: S311 -- spreads retries, keeps no secret
        self._compensation = Compensation(context, figures, self._lock)
        self._refused = 0
        self._asked: dict[int, float] = {}
        """When the desk was asked first what became of an operation."""
        self._unserved: set[int] = set()
        """Not taken by a desk that was out, and to be sent again."""
        self._maybe_done: set[int] = set()
        """Sent again although an earlier sending may have been done: a refusal now says nothing of that one."""

    # ---- sending -----------------------------------------------------------------------------------------------------

    def send(self, endpoint: Endpoint, items: Sequence[Item]) -> float | None:
        """Send operations of one batch, in as many requests as their earlier failures ask for."""
        again: float | None = None
        for request in self._attempts.requests(items):
            parked = self._send(endpoint, request)
            again = parked if again is None else again if parked is None else max(again, parked)
        return again

    def ended(self, state: OpState) -> bool:
        """Tell whether an operation failed for this run."""
        return state.state in FAILED and state.seq not in self._unserved

    def send_again(self, endpoint: Endpoint, row: OpRow, operation: Operation) -> bool:
        """Send once more what gave a slot that has expired; tell whether it was done."""
        while (again := self._send(endpoint, [(row, operation)])) is not None:
            pause(
                self._context.clock,
                max(0.0, again - self._context.clock.time()),
                "then what has expired is made again",
            )
        state = self._context.journal.states([row.seq]).get(row.seq)
        if state is None or state.state != "done":
            return False
        with self._lock:
            self._figures.performed -= 1
            self._figures.repeated += 1
        return True

    def _send(self, endpoint: Endpoint, items: Sequence[Item]) -> float | None:
        self._unserved.difference_update(row.seq for row, _ in items)
        try:
            items, sights = self._sighted(endpoint, items)
        except RetryableError as error:
            return self._not_served(items, error)
        except (RejectedError, UnknownOutcomeError) as error:  # nothing was sent
            self._reject(items, error)
            self._note_refused(len(items))
            return None
        if not items:
            return None
        seqs = [row.seq for row, _ in items]
        self._context.journal.intend(seqs, sights)
        operations = [operation for _, operation in items]
        taken = False
        try:
            self._context.journal.on_point("before send")
            with faults():
                answer = self._context.target.write(endpoint, operations)
            self._context.journal.on_point("after send")
            if isinstance(answer, Job):
                self._context.journal.take_job(answer, seqs)
                taken = True
                answer = self._await(answer)
        except UnknownOutcomeError as error:
            return self._unknown(items, error)
        except RetryableError as error:
            if taken:  # the desk works on it and could not be asked: it is asked for by its job again, never sent again
                raise
            return self._not_served(items, error)
        except RejectedError as error:
            if taken:
                return self._unknown(
                    items, UnknownOutcomeError(error.message, where=error.where, status=error.status)
                )
            # A refusal of the whole request concerns each of its records.
            self._outage.served(items[0][0].seq)
            self._reject(items, error)
            self._note_refused(len(items))
            return None
        return self._take(endpoint, items, answer)

    def _sighted(self, endpoint: Endpoint, items: Sequence[Item]) -> tuple[Sequence[Item], dict[int, str]]:
        """Let the target look before a create; what finds its place taken fails, and is not sent. Return the others with the notes."""
        target = self._context.target
        if not isinstance(target, Sighted) or endpoint.name not in target.sighted:
            return items, {}
        with faults():
            seen = target.sight(endpoint, [operation for _, operation in items])
        free: list[Item] = []
        notes: dict[int, str] = {}
        for row, operation in items:
            sight = seen.get(operation.key)
            if sight is not None and sight.taken is not None:
                self._context.journal.mark([row.seq], "rejected", row.root, sight.taken)
                self._attempts.done([row])
                continue
            free.append((row, operation))
            notes[row.seq] = sight.note if sight is not None else ""
        if len(free) < len(items):
            self._note_refused(len(items) - len(free))
        return free, notes

    def _not_served(self, items: Sequence[Item], error: RetryableError) -> float | None:
        """Come back later: nothing was done, after all tries of the client. None for a record that the desk never serves, unlike others."""
        maybe = [item for item in items if item[0].seq in self._maybe_done]
        for row, operation in maybe:
            self._context.journal.mark([row.seq], "unknown", row.root, unknown_finding(row, operation, error))
        self._reject([item for item in items if item[0].seq not in self._maybe_done], error)
        counts = self._outage.failed(items[0][0].seq, error, size=len(items))
        self._attempts.failed(items, counts=counts)
        if all(self._attempts.over(row) for row, _ in items):
            self._attempts.done([row for row, _ in items])
            self._note_refused(len(items))
            return None
        self._unserved.update(row.seq for row, _ in items)
        return self._later(items)

    def _later(self, items: Sequence[Item]) -> float:
        tries = max(self._attempts.count(row) for row, _ in items)
        with self._lock:
            return self._context.clock.time() + backoff(max(1, tries), self._jitter)

    def _note_refused(self, count: int) -> None:
        """Stop a run in which more is refused than done: something is wrong with all of it, not with single records."""
        with self._lock:
            self._refused += count
            hopeless = self._refused > MOST_REFUSED and self._refused > self._figures.performed
        if hopeless:
            raise FatalError(
                f"{self._refused} writes were refused and {self._figures.performed} were done: the run stopped",
                where=self._context.plan.id,
                remedy=f"`ticketferry errors {self._context.plan.id}` names the causes; mend them, then run the same command again.",
            )

    def _await(self, job: Job) -> Sequence[WriteResult]:
        with faults():
            while (results := self._context.target.poll(job)) is None:
                pause(self._context.clock, POLL_SECONDS, "the desk works on a job")
        return results

    # ---- taking in ---------------------------------------------------------------------------------------------------

    def _take(
        self, endpoint: Endpoint, items: Sequence[Item], answers: Sequence[WriteResult]
    ) -> float | None:
        by_key = {answer.key: answer for answer in answers}
        known: list[tuple[int, str, WriteResult]] = []
        ended: list[OpRow] = []
        lost: list[Item] = []
        refused = 0
        for row, operation in items:
            answer = by_key.get(operation.key)
            if answer is None or answer.status in ("unknown", "absent"):
                lost.append((row, operation))
                continue
            if answer.compensate:
                answer = self._compensation.take_back(endpoint, operation, answer)
            known.append((row.seq, row.subject, answer))
            ended.append(row)
            with self._lock:
                if answer.status == "done":
                    self._figures.performed += 1
                else:
                    refused += 1
        if known:
            self._outage.served(items[0][0].seq)
            self._attempts.done(ended)
            jobs = {
                state.job
                for state in self._context.journal.states([seq for seq, _, _ in known]).values()
                if state.job
            }
            # What is never repeated has to be known for sure: no look-up would tell after a crash.
            soon = endpoint.repeat is not Repeat.NEVER and not jobs
            self._context.journal.record(known, job=next(iter(jobs), None), soon=soon)
            self._note_done()
        if refused:
            self._note_refused(refused)
        if lost:
            return self._unknown(lost, UnknownOutcomeError("no result came for it", status=200))
        return None

    def _reject(self, items: Sequence[Item], error: FerryError) -> None:
        for row, operation in items:
            finding = Finding(
                "TF-REFUSED",
                Severity.DOUBT,
                operation.subject,
                error.where or row.endpoint,
                error.message,
                error.remedy,
            )
            self._context.journal.mark([row.seq], "rejected", row.root, finding)

    # ---- what nobody knows -------------------------------------------------------------------------------------------

    def _unknown(self, items: Sequence[Item], error: UnknownOutcomeError) -> float:
        """Note that nobody knows, and come back to look it up."""
        for row, operation in items:
            self._context.journal.mark([row.seq], "unknown", row.root, unknown_finding(row, operation, error))
        counts = self._outage.failed(items[0][0].seq, error, size=len(items))
        self._attempts.failed(items, counts=counts)
        return self._later(items)

    def resolve(
        self, endpoint: Endpoint, items: Sequence[tuple[OpRow, Operation, OpState]]
    ) -> tuple[list[Item], float | None]:
        """Find out what became of operations; return those to send (again) and when to come back for the rest."""
        jobs: dict[str, list[tuple[OpRow, Operation, OpState]]] = {}
        plain: list[tuple[OpRow, Operation, OpState]] = []
        for item in items:
            if item[2].job:
                jobs.setdefault(item[2].job, []).append(item)
            else:
                plain.append(item)
        again: float | None = None
        fresh: list[Item] = []
        for id_, members in jobs.items():
            pairs = [(row, operation) for row, operation, _ in members]
            try:
                results = self._await(Job(id_, tuple(operation.key for _, operation in pairs)))
            except (UnknownOutcomeError, RejectedError):
                plain.extend(members)
                continue
            told = {answer.key for answer in results if answer.status not in ("unknown", "absent")}
            # What a job does not tell, or a desk that forgot the job, is not asked for by it again: the records themselves tell.
            plain.extend(item for item in members if item[1].key not in told)
            self._take(endpoint, [pair for pair in pairs if pair[1].key in told], results)
        if not plain:
            return fresh, again
        outcome = look_up(
            self._context.target,
            endpoint,
            [(operation, self._sent(state)) for _, operation, state in plain],
            settle_seconds=self._context.target.limits.settle_seconds,
            last=self._last(),
            clock=self._context.clock,
            attempts={operation.key: attempt_of(state) for _, operation, state in plain if state.began},
        )
        rows = {operation.key: row for row, operation, _ in plain}
        if outcome.found:
            self._adopt(
                endpoint, [(rows[operation.key], operation, answer) for operation, answer in outcome.found]
            )
        for operation, finding in outcome.stopped:
            self._context.journal.mark(
                [rows[operation.key].seq], "stopped", rows[operation.key].root, finding
            )
        for operation, error in outcome.untold:
            finding = replace(
                unknown_finding(rows[operation.key], operation, error),
                message=f"the answer to this write was lost, and what became of it could not be looked up: {error.message}",
                remedy="Look at the record in the target desk; the same command asks again.",
            )
            self._context.journal.mark(
                [rows[operation.key].seq], "unknown", rows[operation.key].root, finding
            )
        errors = {operation.key: state.error for _, operation, state in plain}
        for operation in outcome.again:
            row = rows[operation.key]
            if self._attempts.over(row):
                self._fail(endpoint, row, operation, errors[operation.key])
            else:
                fresh.append((row, operation))
        with self._lock:
            self._figures.repeated += len(fresh)
            if endpoint.repeat in (Repeat.SAFE, Repeat.FREE):
                self._maybe_done.update(row.seq for row, _ in fresh)
        later = [operation for operation in outcome.later if self._may_ask(rows[operation.key], operation)]
        if later:
            again = max(again or 0.0, outcome.at or 0.0)
        return fresh, again

    def _may_ask(self, row: OpRow, operation: Operation) -> bool:
        """Tell whether a write may be asked for again; one that the desk has not told of for long is left to the next run."""
        now = self._context.clock.time()
        with self._lock:
            first = self._asked.setdefault(row.seq, now)
        if now - first < self._context.target.limits.settle_seconds + ASKED_SECONDS:
            return True
        finding = Finding(
            "TF-UNKNOWN",
            Severity.DOUBT,
            operation.subject,
            row.endpoint,
            "the answer to this write was lost, and the desk does not say what became of it",
            "Look at the record in the target desk; the same command asks again.",
        )
        self._context.journal.mark([row.seq], "unknown", row.root, finding)
        return False

    def _adopt(self, endpoint: Endpoint, answered: Sequence[tuple[OpRow, Operation, WriteResult]]) -> None:
        known = [
            (
                row.seq,
                row.subject,
                self._compensation.take_back(endpoint, operation, answer) if answer.compensate else answer,
            )
            for row, operation, answer in answered
        ]
        self._context.journal.record(known, how="adopted")
        self._outage.served(answered[0][0].seq)
        self._attempts.done([row for row, _, _ in answered])
        with self._lock:
            self._figures.adopted += len(known)
            self._figures.performed += sum(1 for _, _, answer in known if answer.status == "done")

    def _fail(self, endpoint: Endpoint, row: OpRow, operation: Operation, cause: str | None) -> None:
        """Let a record fail that got no answer however often it was sent; the others go on."""
        sure = endpoint.repeat is Repeat.FIND
        finding = Finding(
            "TF-REFUSED",
            Severity.DOUBT,
            operation.subject,
            row.endpoint,
            f"{cause or 'no answer came'}, {MOST_TRIES} times; "
            + ("nothing of it is in the desk" if sure else "whether it was done is not known"),
            "Look at the record, mend or leave it out, then run the same command again: it is tried anew.",
        )
        self._context.journal.mark([row.seq], "rejected" if sure else "unknown", row.root, finding)
        self._attempts.done([row])
        self._note_refused(1)

    def _sent(self, state: OpState) -> datetime:
        """Return when a write could last have left: a process that died may have held it back long after its intent."""
        sent = datetime.fromisoformat(state.sent) if state.sent else datetime.fromtimestamp(0, UTC)
        return max(sent, self._began) if state.state == "intent" else sent

    def _last(self) -> dict[str, str]:
        """Return the slots of the newest record with a key that this plan made: where to look for what may be there too."""
        return self._context.journal.newest_with_key()
