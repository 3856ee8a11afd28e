"""Operations as requests, one by one, by what their endpoints declare: method, path, the slots of the answer, what a refusal means."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from ticketferry.errors import RejectedError, UnknownOutcomeError
from ticketferry.sdk.contract import Endpoint, Finding, Operation, Severity, WriteResult
from ticketferry.sdk.rest.client import RestClient

__all__ = ["RestWriter", "Writing"]

Writing: TypeAlias = Callable[[Operation], Mapping[str, str] | None]
"""Does one operation and returns its slots. Raises RejectedError for a refusal."""


class RestWriter:
    """Sends the operations of a target. `code`: of the finding that a refusal becomes; `own`: endpoint -> how it is written, where its
    body is not the one to send or its answer not the record that was made.
    """

    def __init__(
        self,
        client: Callable[[], RestClient],
        endpoints: Sequence[Endpoint],
        code: str,
        own: Mapping[str, Writing],
    ) -> None:
        self._client = client
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._code = code
        self._own = own

    def write(self, operations: Sequence[Operation]) -> list[WriteResult]:
        """Do operations in order; a refusal is a result, and a deletion of what is not there is done."""
        return [self._write(operation) for operation in operations]

    def _write(self, operation: Operation) -> WriteResult:
        endpoint = self._endpoints[operation.endpoint]
        try:
            gives = self._own.get(endpoint.name, self._plainly)(operation)
        except RejectedError as error:
            if endpoint.method == "DELETE" and error.status == 404:
                return WriteResult(operation.key, "done")
            told = Finding(
                self._code, Severity.DOUBT, operation.subject, operation.key, error.message, error.remedy
            )
            return WriteResult(operation.key, "rejected", error=told)
        return WriteResult(operation.key, "done", gives or {})

    def _plainly(self, operation: Operation) -> Mapping[str, str]:
        answer = self.send(operation, operation.body)
        return {slot: str(answer[slot]) for slot in self._endpoints[operation.endpoint].gives}

    def send(self, operation: Operation, body: Any = None) -> dict[str, Any]:
        """Send a body to the path of the operation's endpoint, filled in with its params, and return the answer.

        Raises UnknownOutcomeError for an answer that is no object, or that lacks a slot which the endpoint gives.
        """
        endpoint = self._endpoints[operation.endpoint]
        path = endpoint.path.format(
            **{name: quote(str(value), safe="") for name, value in operation.params.items()}
        )
        answer = (
            self._client()
            .write(endpoint.method, path, endpoint=endpoint.name, group=endpoint.group, json=body)
            .body
        )
        if not isinstance(answer, dict):
            raise UnknownOutcomeError("the answer to a write is no object", where=f"{endpoint.method} {path}")
        if endpoint.name not in self._own and not all(answer.get(slot) for slot in endpoint.gives):
            raise UnknownOutcomeError(
                "the answer to a write does not name what was made", where=f"{endpoint.method} {path}"
            )
        return answer
