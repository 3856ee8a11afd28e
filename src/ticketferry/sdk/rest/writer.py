"""Operations as requests, one by one, by what their endpoints declare: method, path, the slots of the answer, what a refusal means."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from ticketferry.errors import RejectedError, UnknownOutcomeError
from ticketferry.sdk.contract import Endpoint, Finding, Operation, Severity, WriteResult
from ticketferry.sdk.rest.client import RestClient

__all__ = ["Answering", "Preparing", "RestWriter"]

Preparing: TypeAlias = Callable[[Operation], Operation | None]
"""Turns a resolved operation into the one that is sent; None where nothing has to be. Raises RejectedError."""
Answering: TypeAlias = Callable[[Operation, dict[str, Any]], str | None]
"""Reads the slot that an operation gives off its answer; None where the answer does not show what was done."""


class RestWriter:
    """Sends the operations of a target. `code`: of the finding that a refusal becomes. `prepare`: endpoint -> what its requests need that
    a plan cannot know; `slots`: endpoint -> how its slot is read, where it is no member of the answer with the slot's name.
    """

    def __init__(
        self,
        client: Callable[[], RestClient],
        endpoints: Sequence[Endpoint],
        code: str,
        prepare: Mapping[str, Preparing],
        slots: Mapping[str, Answering],
    ) -> None:
        self._client = client
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._code = code
        self._prepare = prepare
        self._slots = slots

    def write(self, operations: Sequence[Operation]) -> list[WriteResult]:
        """Do operations in order; a refusal is a result, and a deletion of what is not there is done."""
        return [self._write(operation) for operation in operations]

    def prepared(self, operation: Operation) -> Operation | None:
        """Return a resolved operation as it is sent."""
        prepare = self._prepare.get(operation.endpoint)
        return operation if prepare is None else prepare(operation)

    def _write(self, operation: Operation) -> WriteResult:
        endpoint = self._endpoints[operation.endpoint]
        try:
            ready = self.prepared(operation)
            gives = {} if ready is None else self._send(endpoint, ready)
        except RejectedError as error:
            if endpoint.method == "DELETE" and error.status == 404:
                return WriteResult(operation.key, "done")
            told = Finding(
                self._code, Severity.DOUBT, operation.subject, operation.key, error.message, error.remedy
            )
            return WriteResult(operation.key, "rejected", error=told)
        return WriteResult(operation.key, "done", gives)

    def _send(self, endpoint: Endpoint, operation: Operation) -> Mapping[str, str]:
        """Send an operation and return its slots. Raises UnknownOutcomeError for an answer that lacks one."""
        params = {name: quote(str(value), safe="") for name, value in operation.params.items()}
        path, where = endpoint.path.format(**params), f"{endpoint.method} {endpoint.path}"
        parsed = self._client().write(
            endpoint.method, path, endpoint=endpoint.name, group=endpoint.group, json=operation.body
        )
        answer = parsed.body
        if not isinstance(answer, dict):
            raise UnknownOutcomeError("the answer to a write is no object", where=where)
        read = self._slots.get(endpoint.name)
        gives = {slot: read(operation, answer) if read else answer.get(slot) for slot in endpoint.gives}
        if not all(gives.values()):
            raise UnknownOutcomeError("the answer to a write does not show what was made", where=where)
        return {slot: str(value) for slot, value in gives.items()}
