"""Sending one operation as one request, and what its answer means."""

from typing import Any

from ticketferry.errors import RejectedError
from ticketferry.sdk.contract import Endpoint, Operation, WriteResult
from ticketferry.sdk.outcomes import rejected
from ticketferry.sdk.rest.client import RestClient
from ticketferry.sdk.rest.requests import value_at

__all__ = ["send"]


def send(
    client: RestClient, endpoint: Endpoint, operation: Operation, *, code: str, id_at: str = "id"
) -> WriteResult:
    """Send the body of an operation to the path of its endpoint, its parameters filled in; rejected, with `code`, where the desk refuses.

    `id_at`: where the answer holds the id of what was made. A deletion of what is not there is done. An answer without the id that the
    endpoint gives proves nothing. Raises UnknownOutcomeError where no trustworthy answer came.
    """
    params: dict[str, Any] = dict(operation.params)
    path = endpoint.path.format_map(params)
    try:
        answer = client.write(
            endpoint.method, path, endpoint=endpoint.name, group=endpoint.group, json=operation.body
        )
    except RejectedError as error:
        if error.status == 404 and endpoint.method == "DELETE":
            return WriteResult(operation.key, "done")
        return rejected(operation, error.message, code=code, where=path, remedy=error.remedy)
    if "id" not in endpoint.gives:
        return WriteResult(operation.key, "done")
    made = value_at(answer.body, id_at)
    if made is None:
        return WriteResult(operation.key, "unknown")
    return WriteResult(operation.key, "done", {"id": str(made)})
