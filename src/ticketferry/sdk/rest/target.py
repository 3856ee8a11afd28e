"""What a target with a REST API need not say itself: operations go out one by one, as their endpoints declare."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, TypeAlias
from urllib.parse import quote

from ticketferry.errors import RejectedError, UnknownOutcomeError, UnsupportedError
from ticketferry.sdk.contract import Blob, Endpoint, Job, Operation, WriteResult
from ticketferry.sdk.outcomes import by_mark, rejected
from ticketferry.sdk.rest.client import RestClient
from ticketferry.sdk.session import Session

__all__ = ["Answering", "LookingUp", "Preparing", "RestTarget", "WriteStep"]

Preparing: TypeAlias = Callable[[Operation], Operation | None]
"""Turns a resolved operation into the one that is sent; None where nothing has to be. Raises RejectedError."""
Answering: TypeAlias = Callable[[Operation, dict[str, Any]], str | None]
"""Reads the slot that an operation gives off its answer; None where the answer does not show what was done."""
LookingUp: TypeAlias = Callable[[Operation, Mapping[str, str]], Sequence[str]]
"""Returns the ids of what an operation may have made; beside it what `Target.find` is told last."""


class WriteStep(NamedTuple):
    """What the operations of an endpoint need besides its declaration: what a plan cannot know, where an answer holds the slot if that is
    no member of its name, and how what was made is found again after a lost answer.
    """

    prepare: Preparing | None = None
    slot: Answering | None = None
    found: LookingUp | None = None


class RestTarget:
    """Beside :class:`RestSource`. `steps`: of the endpoints that need one. Findings are `code-REFUSED` and `code-TWICE`."""

    client: RestClient
    session: Session
    endpoints: Sequence[Endpoint]
    steps: Mapping[str, WriteStep]
    code: ClassVar[str]

    def write(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Do operations in order; a refusal is a result, and a deletion of what is not there is done."""
        return [self._write(endpoint, operation) for operation in batch]

    def count(self, stream: str) -> int | None:  # noqa: ARG002 -- the contract's
        """Return None: what is counted is a source."""
        return None

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Raise UnsupportedError: nothing works by jobs."""
        raise UnsupportedError(f"there is no job {job.id}: writes are answered at once")

    def prepared(self, operation: Operation) -> Operation | None:
        """Return a resolved operation as it is sent."""
        prepare = self.steps.get(operation.endpoint, WriteStep()).prepare
        return operation if prepare is None else prepare(operation)

    def bytes_of(self, blob: Blob) -> bytes:
        """Return the bytes of a file. Raises RejectedError where the workspace does not hold them."""
        try:
            with self.session.blobs.open(blob.sha256) as stream:
                return stream.read()
        except FileNotFoundError as error:
            message = f"the workspace does not hold the bytes of {blob.name!r}"
            raise RejectedError(message, remedy="Extract again.") from error

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:
        """Tell which operations were done, by what their steps find. Raises KeyError for one that no step can find."""
        return [self._find(operation, last) for operation in operations]

    def _find(self, operation: Operation, last: Mapping[str, str]) -> WriteResult:
        look = self.steps[operation.endpoint].found
        if look is None:
            raise KeyError(operation.endpoint)
        endpoint = next(one for one in self.endpoints if one.name == operation.endpoint)
        return by_mark(operation, look(operation, last), code=f"{self.code}-TWICE", slot=endpoint.gives[0])

    def _write(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        try:
            ready = self.prepared(operation)
            gives = {} if ready is None else self._send(endpoint, ready)
        except RejectedError as error:
            if endpoint.method == "DELETE" and error.status == 404:
                return WriteResult(operation.key, "done")
            why = {"code": f"{self.code}-REFUSED", "where": operation.key, "remedy": error.remedy}
            return rejected(operation, error.message, **why)
        return WriteResult(operation.key, "done", gives)

    def _send(self, endpoint: Endpoint, operation: Operation) -> Mapping[str, str]:
        """Send an operation and return its slots. Raises UnknownOutcomeError for an answer that lacks one."""
        params = {name: quote(str(value), safe="") for name, value in operation.params.items()}
        path, where = endpoint.path.format(**params), f"{endpoint.method} {endpoint.path}"
        parsed = self.client.write(
            endpoint.method, path, endpoint=endpoint.name, group=endpoint.group, json=operation.body
        )
        answer = parsed.body
        if not isinstance(answer, dict):
            raise UnknownOutcomeError("the answer to a write is no object", where=where)
        read = self.steps.get(endpoint.name, WriteStep()).slot
        gives = {slot: read(operation, answer) if read else answer.get(slot) for slot in endpoint.gives}
        if not all(gives.values()):
            raise UnknownOutcomeError("the answer to a write does not show what was made", where=where)
        return {slot: str(value) for slot, value in gives.items()}
