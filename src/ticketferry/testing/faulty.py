"""A target that loses calls on demand, before or after the desk took them: for tests of what a crash leaves behind."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ticketferry.errors import RetryableError, UnknownOutcomeError
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref
from ticketferry.schema.tickets import Attachment
from ticketferry.sdk.contract import (
    Change,
    Compiled,
    Cursor,
    Endpoint,
    Expected,
    Finding,
    Job,
    Operation,
    Page,
    Target,
    Translated,
    Wire,
    WriteResult,
)
from ticketferry.sdk.features import REST, Limits
from ticketferry.sdk.identity import DeskIdentity
from ticketferry.sdk.sighting import Attempt, Sight, Sighted

__all__ = ["FaultyTarget", "InjectedLoss", "Killed", "RecordedWrite"]


class Killed(BaseException):
    """The process was killed at this point: no error, and nothing may catch it."""


@dataclass(frozen=True, slots=True)
class InjectedLoss:
    """One loss. It strikes the write after `skip` others, of those to `endpoint` where one is named.

    `before`: the desk never got it. `after`: the desk did it, the answer was lost; with `items`, it did only so many of the batch.
    """

    when: Literal["before", "after"]
    error: Literal["unknown", "retryable", "killed"] = "unknown"
    endpoint: str = ""
    skip: int = 0
    items: int | None = None

    def __post_init__(self) -> None:
        if self.when == "after" and self.error == "retryable":
            msg = "a desk that answers `try again` did nothing: a retryable fault strikes before the write"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class RecordedWrite:
    """One write as it was asked for; `reached`: how many of its operations the desk got."""

    endpoint: str
    keys: tuple[str, ...]
    reached: int


class FaultyTarget:
    """Hands every call on to `target`, but for those that the list of faults names; each fault strikes once, in order.

    `calls` holds all writes in order. `pending` tells how many faults have not struck. Safe for threads.
    """

    def __init__(self, target: Target, faults: Sequence[InjectedLoss] = ()) -> None:
        self.target = target
        self.calls: list[RecordedWrite] = []
        self._faults = list(faults)
        self._passed = 0
        self._lock = threading.Lock()

    @property
    def pending(self) -> int:
        """Count the faults that have not struck."""
        with self._lock:
            return len(self._faults)

    def _next(self, endpoint: str) -> InjectedLoss | None:
        with self._lock:
            if not self._faults or self._faults[0].endpoint not in ("", endpoint):
                return None
            if self._passed < self._faults[0].skip:
                self._passed += 1
                return None
            self._passed = 0
            return self._faults.pop(0)

    def _note(self, endpoint: Endpoint, batch: Sequence[Operation], reached: int) -> None:
        with self._lock:
            self.calls.append(
                RecordedWrite(endpoint.name, tuple(operation.key for operation in batch), reached)
            )

    def write(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Write, unless the next fault strikes: UnknownOutcomeError, RetryableError or Killed."""
        fault = self._next(endpoint.name)
        if fault is None:
            answer = self.target.write(endpoint, batch)
            self._note(endpoint, batch, len(batch))
            return answer
        reached = 0
        if fault.when == "after":
            taken = batch if fault.items is None else batch[: fault.items]
            if taken:
                self.target.write(endpoint, taken)
            reached = len(taken)
        self._note(endpoint, batch, reached)
        if fault.error == "killed":
            raise Killed(f"{fault.when} {endpoint.name}")
        if fault.error == "retryable":
            raise RetryableError(f"{endpoint.name}: the desk is busy", retry_after=1.0)
        raise UnknownOutcomeError(f"{endpoint.name}: the connection was closed")

    # ---- handed on -----------------------------------------------------------------------------------------------

    @property
    def limits(self) -> Limits:
        """Hand on."""
        return self.target.limits

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Hand on."""
        return self.target.endpoints

    def identity(self) -> DeskIdentity:
        """Hand on."""
        return self.target.identity()

    def check(self) -> Sequence[Finding]:
        """Hand on."""
        return self.target.check()

    def catalog(self) -> Catalog:
        """Hand on."""
        return self.target.catalog()

    def streams(self) -> Sequence[str]:
        """Hand on."""
        return self.target.streams()

    def count(self, stream: str) -> int | None:
        """Hand on."""
        return self.target.count(stream)

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Hand on."""
        return self.target.read(stream, cursor)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Hand on."""
        return self.target.fetch(refs)

    def content(self, attachment: Attachment) -> Iterator[bytes]:
        """Hand on."""
        return self.target.content(attachment)

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Hand on."""
        return self.target.translate(wire, catalog)

    def expected(self, desired: Record, catalog: Catalog, way: str = REST) -> Expected:
        """Hand on."""
        return self.target.expected(desired, catalog, way)

    def compile(self, change: Change, catalog: Catalog) -> Compiled:
        """Hand on."""
        return self.target.compile(change, catalog)

    def undo(self, done: Sequence[tuple[Operation, WriteResult]], before: Record | None) -> Compiled:
        """Hand on."""
        return self.target.undo(done, before)

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Hand on."""
        return self.target.poll(job)

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:
        """Hand on."""
        return self.target.find(operations, last)

    @property
    def sighted(self) -> frozenset[str]:
        """Hand on; nothing where the target does not look before it writes."""
        return self.target.sighted if isinstance(self.target, Sighted) else frozenset()

    def sight(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Mapping[str, Sight]:
        """Hand on."""
        return self.target.sight(endpoint, batch) if isinstance(self.target, Sighted) else {}

    def find_since(
        self, operations: Sequence[Operation], last: Mapping[str, str], attempts: Mapping[str, Attempt]
    ) -> Sequence[WriteResult]:
        """Hand on."""
        if isinstance(self.target, Sighted):
            return self.target.find_since(operations, last, attempts)
        return self.target.find(operations, last)

    def close(self) -> None:
        """Hand on."""
        self.target.close()
