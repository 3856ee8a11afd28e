"""Resolves writes whose outcome nobody knows; the only place that may decide to send one again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ticketferry.sdk.contract import Endpoint, Finding, Operation, Repeat, Severity, Target, WriteResult
from ticketferry.sdk.pacing import Clock

__all__ = ["Resolution", "resolve_unknown"]


@dataclass(slots=True)
class Resolution:
    """What is known now: results that were found, operations to send again, those to ask for again later, those that stop."""

    found: list[tuple[Operation, WriteResult]] = field(default_factory=list)
    again: list[Operation] = field(default_factory=list)
    later: list[Operation] = field(default_factory=list)
    stopped: list[tuple[Operation, Finding]] = field(default_factory=list)
    at: float | None = None
    """Unix seconds at which to ask again; set with `later`."""


def resolve_unknown(
    target: Target,
    endpoint: Endpoint,
    operations: Sequence[tuple[Operation, datetime]],
    *,
    settle_seconds: float,
    last: dict[str, str],
    clock: Clock,
) -> Resolution:
    """Resolve operations (resolved, with the time they were sent) by the endpoint's `repeat`.

    Absence is believed only when `settle_seconds` have gone by since the write could last have arrived: the desk is asked now,
    and again at the end of that window.
    """
    result = Resolution()
    plain = [operation for operation, _ in operations]
    if endpoint.repeat in (Repeat.SAFE, Repeat.FREE):
        result.again = plain
        return result
    if endpoint.repeat is Repeat.NEVER:
        result.stopped = [(operation, _never(operation, endpoint)) for operation in plain]
        return result
    now = clock.time()  # before the desk is asked: an answer says nothing of what came after the question
    answers = {answer.key: answer for answer in target.find(plain, last)}
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
