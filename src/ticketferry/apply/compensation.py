"""What was done, but not as planned, is taken back at once: an internal comment that came out public."""

import random
import threading
from typing import Any, Protocol, cast

from ticketferry.apply.context import ApplyContext
from ticketferry.apply.outage import backoff
from ticketferry.apply.resolve_symbols import held_slot
from ticketferry.apply.unknown_writes import faults
from ticketferry.errors import FatalError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.sdk.contract import Endpoint, Finding, Job, Operation, Severity, WriteResult
from ticketferry.sdk.pacing import pause
from ticketferry.sdk.templates import resolve

__all__ = ["Compensation"]

TRIES = 5


class CompensatedCount(Protocol):
    """A run's figures, as far as they are counted here."""

    compensated: int


class Compensation:
    """Takes back for one run. `lock` guards its `figures`. Thread-safe."""

    def __init__(self, context: ApplyContext, figures: CompensatedCount, lock: threading.Lock) -> None:
        self._context = context
        self._figures = figures
        self._lock = lock
        self._jitter = random.Random(0)  # noqa: S311 -- spreads retries, keeps no secret

    def take_back(self, endpoint: Endpoint, operation: Operation, answer: WriteResult) -> WriteResult:
        """Take back at once what was not done as planned; the record fails either way."""
        undo = self._context.target.undo([(operation, answer)], None)
        named = [inverse for inverse in undo.operations if inverse.endpoint == endpoint.reverts]
        text = answer.error.message if answer.error else "it was not done as planned"
        for inverse in named:
            params = cast(
                "Any",
                resolve(
                    dict(inverse.params),
                    lambda ref, slot: answer.gives.get(slot) or held_slot(self._context, ref, slot),
                ),
            )
            ready = Operation(
                inverse.key, inverse.subject, inverse.endpoint, params, inverse.body, inverse.lane
            )
            done = self._done(self._context.endpoints[inverse.endpoint], ready)
            with self._lock:
                self._figures.compensated += 1
            if not done:
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

    def _done(self, endpoint: Endpoint, operation: Operation) -> bool:
        """Send what takes back until it is done; it may be sent again without harm."""
        for tries in range(1, TRIES + 1):
            try:
                with faults():
                    results = self._context.target.write(endpoint, [operation])
            except RejectedError:
                return False
            except (UnknownOutcomeError, RetryableError):
                pause(
                    self._context.clock,
                    backoff(tries, self._jitter),
                    "what was not done as planned is taken back",
                )
                continue
            if not isinstance(results, Job) and all(result.status == "done" for result in results):
                return True
            if isinstance(results, Job) or any(result.status == "rejected" for result in results):
                return False
        return False
