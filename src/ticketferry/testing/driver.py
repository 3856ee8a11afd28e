"""The smallest apply there is: operations one by one, symbolic values filled in, jobs waited for, and everything read back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from ticketferry.schema.assembly import put_together
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.rebase import rebase
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import vector
from ticketferry.sdk.contract import (
    Change,
    Compiled,
    Connector,
    Endpoint,
    Expected,
    Finding,
    Job,
    Operation,
    Outcome,
    Target,
    WriteResult,
)
from ticketferry.sdk.session import Session
from ticketferry.sdk.sighting import Attempt, Sighted
from ticketferry.sdk.templates import needs, resolve
from ticketferry.sdk.trace import finish, slim_records

__all__ = ["Done", "Driver"]

Done = tuple[Operation, WriteResult]

_POLLS = 1_000


class Driver:
    """Applies compiled changes to a target and keeps the slots that it gave.

    `slots`: source ref text -> slot -> value; filled beforehand with the accounts that exist already.
    """

    def __init__(
        self,
        target: Target,
        connector: Connector,
        session: Session,
        slots: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.target = target
        self.session = session
        self.slots: dict[str, dict[str, str]] = {ref: dict(values) for ref, values in (slots or {}).items()}
        self.attempts: dict[str, Attempt] = {}
        """What was noticed before each operation was sent, by its key."""
        self.catalog: Catalog = target.catalog()
        self._bodies = connector.bodies
        self._endpoints = {endpoint.name: endpoint for endpoint in target.endpoints}

    def expected(self, desired: Record) -> Expected:
        """Ask what reading gives where a record was written."""
        return self.target.expected(desired, self.catalog)

    def compile(
        self, outcome: Outcome, desired: Record, current: Record | None = None, fields: Iterable[str] = ()
    ) -> Compiled:
        """Compile one change with the slots of its records."""
        return self.target.compile(
            Change(outcome, desired, current, frozenset(fields), self.slots), self.catalog
        )

    def apply(self, operations: Iterable[Operation]) -> list[Done]:
        """Send operations in an order in which every symbolic value is known; within a lane in the order given.

        Fails where some wait for each other, or where one is not done.
        """
        lanes: dict[Ref, list[Operation]] = {}
        for operation in operations:
            lanes.setdefault(operation.lane, []).append(operation)
        done: list[Done] = []
        while any(lanes.values()):
            ready = [lane for lane in lanes.values() if lane and self._knows(lane[0])]
            if not ready:
                waiting = {
                    lane[0].key: [str(need.ref) for need in _needs(lane[0])]
                    for lane in lanes.values()
                    if lane
                }
                raise AssertionError(f"operations wait for what nothing gives: {waiting}")
            for lane in ready:
                operation = lane.pop(0)
                result = self.send([operation])[0]
                assert result.status == "done", f"{operation.key}: {result.status}, {result.error}"
                done.append((operation, result))
        return done

    def send(self, batch: Sequence[Operation]) -> list[WriteResult]:
        """Send operations of one endpoint as one batch and take the slots in."""
        endpoint = self._endpoints[batch[0].endpoint]
        ready = [self.resolved(operation) for operation in batch]
        taken = self._look(endpoint, ready)
        if taken:
            return [
                WriteResult(operation.key, "rejected", error=taken.get(operation.key)) for operation in batch
            ]
        answer = self.target.write(endpoint, ready)
        results = list(self._poll(answer) if isinstance(answer, Job) else answer)
        for operation, result in zip(batch, results, strict=True):
            assert result.key == operation.key, f"the result of {operation.key} came as {result.key}"
            if result.status == "done":
                missing = set(endpoint.gives) - set(result.gives)
                assert not missing, f"{operation.key} did not give {missing}"
                self.slots.setdefault(str(operation.subject), {}).update(result.gives)
        return results

    def _look(self, endpoint: Endpoint, batch: Sequence[Operation]) -> dict[str, Finding]:
        """Let the target look before it writes; return what it finds taken."""
        target = self.target
        looks = isinstance(target, Sighted) and endpoint.name in target.sighted
        seen = target.sight(endpoint, batch) if isinstance(target, Sighted) and looks else {}
        began = datetime.fromtimestamp(self.session.clock.time(), UTC)
        for operation in batch:
            sight = seen.get(operation.key)
            self.attempts[operation.key] = Attempt(sight.note if sight else "", began, None)
        return {key: sight.taken for key, sight in seen.items() if sight.taken is not None}

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:
        """Ask what became of operations, as a run does that lost their answers."""
        ready = [self.resolved(operation) for operation in operations]
        if isinstance(self.target, Sighted):
            return self.target.find_since(ready, last, self.attempts)
        return self.target.find(ready, last)

    def _poll(self, job: Job) -> Sequence[WriteResult]:
        for _ in range(_POLLS):
            results = self.target.poll(job)
            if results is not None:
                return results
            self.session.clock.sleep(1.0)
        raise AssertionError(f"job {job.id} never ended")

    def resolved(self, operation: Operation, slot: str | None = None) -> Operation:
        """Fill in symbolic values; with `slot` every one gets that text instead."""

        def value(ref: Ref, name: str) -> str:
            return self.slots[str(ref)][name] if slot is None else slot

        params = cast("dict[str, Any]", resolve(dict(operation.params), value))
        return replace(operation, params=params, body=resolve(operation.body, value))

    def _knows(self, operation: Operation) -> bool:
        return all(need.slot in self.slots.get(str(need.ref), ()) for need in _needs(operation))

    def read(self, root: str) -> Record | None:
        """Read the record that stands for a source root, in source terms; None where there is none."""
        ref = parse_ref(root)
        id_ = self.slots.get(root, {}).get("id")
        if id_ is None:
            return None
        target_ref = Ref(self.session.desk, ref.kind, id_)
        records: list[Record] = []
        for wire in self.target.fetch([target_ref]):
            if not wire.gone:
                bodies = self._bodies.get(wire.ref.kind.value, frozenset())
                translated = self.target.translate(wire, self.catalog)
                done = finish(translated, wire, bodies)
                # verify and the read-back compare without the accounts of leaves.
                assert [*map(vector, slim_records(translated))] == [*map(vector, done.records)]
                astray = [item for item in done.findings if item.code == "TF-TRACE"]
                assert not astray, (
                    f"{wire.ref}: a value does not stand where its trace says: {astray[0].where}"
                )
                records += done.records
        record = put_together(target_ref, records)
        return None if record is None else rebase(record, self.session.desk, self._source_of)

    def _source_of(self, kind: str, id_: str) -> str | None:
        for ref, values in self.slots.items():
            if values.get("id") == id_ and parse_ref(ref).kind is Kind(kind):
                return ref
        return None


def _needs(operation: Operation) -> list[Any]:
    return [*needs(dict(operation.params)), *needs(operation.body)]
