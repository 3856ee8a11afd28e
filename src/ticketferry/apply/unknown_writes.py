"""Resolves writes whose outcome nobody knows; the only place that may decide to send one again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from ticketferry.errors import FerryError, RejectedError, UnknownOutcomeError
from ticketferry.plan.file.rows import OpRow
from ticketferry.plan.guarding import ENDS_ALL, fault_of
from ticketferry.sdk.contract import Endpoint, Finding, Operation, Repeat, Severity, Target, WriteResult
from ticketferry.sdk.pacing import Clock
from ticketferry.sdk.sighting import Attempt, Sighted
from ticketferry.store.journal import OpState

__all__ = ["LookupResult", "attempt_of", "faults", "look_up", "resolve_unknown", "unknown_finding"]


@dataclass(slots=True)
class LookupResult:
    """What is known now: results that were found, operations to send again, those to ask for again later, those that stop."""

    found: list[tuple[Operation, WriteResult]] = field(default_factory=list)
    again: list[Operation] = field(default_factory=list)
    later: list[Operation] = field(default_factory=list)
    stopped: list[tuple[Operation, Finding]] = field(default_factory=list)
    untold: list[tuple[Operation, FerryError]] = field(default_factory=list)
    """What the desk refused to tell, or told in no shape that can be read."""
    at: float | None = None
    """Unix seconds at which to ask again; set with `later`."""


@contextmanager
def faults() -> Iterator[None]:
    """Turn an exception that nobody foresaw into a write of which nobody knows what became: it concerns its records, not the run."""
    try:
        yield
    except ENDS_ALL:
        raise
    except Exception as error:
        raise UnknownOutcomeError(f"the answer could not be read: {fault_of(error)}", status=200) from error


def look_up(
    target: Target,
    endpoint: Endpoint,
    operations: Sequence[tuple[Operation, datetime]],
    *,
    settle_seconds: float,
    last: dict[str, str],
    clock: Clock,
    attempts: Mapping[str, Attempt] | None = None,
) -> LookupResult:
    """Resolve operations as `resolve_unknown` does, one by one where the desk refuses to tell of all: then one record's trouble is its own."""
    try:
        with faults():
            return resolve_unknown(
                target,
                endpoint,
                operations,
                settle_seconds=settle_seconds,
                last=last,
                clock=clock,
                attempts=attempts,
            )
    except (RejectedError, UnknownOutcomeError) as error:
        if len(operations) == 1:
            return LookupResult(untold=[(operations[0][0], error)])
    result = LookupResult()
    for item in operations:
        one = look_up(
            target,
            endpoint,
            [item],
            settle_seconds=settle_seconds,
            last=last,
            clock=clock,
            attempts=attempts,
        )
        result.found += one.found
        result.again += one.again
        result.later += one.later
        result.stopped += one.stopped
        result.untold += one.untold
        if one.at is not None:
            result.at = max(result.at or 0.0, one.at)
    return result


def resolve_unknown(
    target: Target,
    endpoint: Endpoint,
    operations: Sequence[tuple[Operation, datetime]],
    *,
    settle_seconds: float,
    last: dict[str, str],
    clock: Clock,
    attempts: Mapping[str, Attempt] | None = None,
) -> LookupResult:
    """Resolve operations (resolved, with the time they were sent) by the endpoint's `repeat`.

    Absence is believed only when `settle_seconds` have gone by since the write could last have arrived: the desk is asked now,
    and again at the end of that window. `attempts`: by operation key, for targets that look before they write.
    """
    result = LookupResult()
    plain = [operation for operation, _ in operations]
    if endpoint.repeat in (Repeat.SAFE, Repeat.FREE):
        result.again = plain
        return result
    if endpoint.repeat is Repeat.NEVER:
        result.stopped = [(operation, _never(operation, endpoint)) for operation in plain]
        return result
    now = clock.time()  # before the desk is asked: an answer says nothing of what came after the question
    if isinstance(target, Sighted):
        results = target.find_since(plain, last, attempts or {})
    else:
        results = target.find(plain, last)
    answers = {answer.key: answer for answer in results}
    for operation, sent in operations:
        answer = answers.get(operation.key)
        settled = sent.timestamp() + settle_seconds
        if answer is not None and answer.status in ("done", "rejected"):
            result.found.append((operation, answer))
        elif answer is not None and answer.status == "unknown":
            result.later.append(operation)
            result.at = max(result.at or 0.0, settled, now + 1.0)
        elif now >= settled:
            result.again.append(operation)
        else:
            result.later.append(operation)
            result.at = max(result.at or 0.0, settled)
    return result


def _never(operation: Operation, endpoint: Endpoint) -> Finding:
    return Finding(
        "TF-UNKNOWN",
        Severity.DOUBT,
        operation.subject,
        endpoint.name,
        "the answer to this write was lost and it can neither be looked up nor be sent twice",
        "Look at the record in the target desk, then decide.",
    )


def attempt_of(state: OpState) -> Attempt:
    """Return what the journal knows of a sending."""
    lost = datetime.fromisoformat(state.lost) if state.lost else None
    return Attempt(state.sight, datetime.fromisoformat(state.began or ""), lost)


def unknown_finding(row: OpRow, operation: Operation, error: FerryError) -> Finding:
    """Return the finding of a write of which nobody knows what became."""
    return Finding(
        "TF-UNKNOWN", Severity.DOUBT, operation.subject, error.where or row.endpoint, error.message
    )
