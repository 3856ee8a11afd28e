"""What became of one write, and what takes it back, in the words that every target uses."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from ticketferry.sdk.contract import Finding, From, Operation, Severity, Template, WriteResult

__all__ = [
    "Inverse",
    "body_of",
    "by_mark",
    "deleting",
    "edited_back",
    "inverse",
    "noted",
    "rejected",
    "residue",
    "taken_back",
]

Inverse: TypeAlias = Callable[[Operation, WriteResult], "Iterable[Operation | Finding]"]
"""What takes one write back, in the order to send it; a finding for what stays."""


def body_of(operation: Operation) -> dict[str, Any]:
    """Return the object that an operation sends; an empty one where it sends none."""
    return operation.body if isinstance(operation.body, dict) else {}


def rejected(
    operation: Operation, message: str, *, code: str, where: str = "", remedy: str = ""
) -> WriteResult:
    """Return that an operation was not done, and why."""
    finding = Finding(code, Severity.DOUBT, operation.subject, where or operation.endpoint, message, remedy)
    return WriteResult(operation.key, "rejected", error=finding)


def by_mark(operation: Operation, ids: Sequence[str], *, code: str, slot: str = "id") -> WriteResult:
    """Return what the ids of the records that look like ours prove of a creation: absent without any, done with one, and in doubt, with
    the first of them, where there are several. `slot`: what the creation gives.
    """
    if not ids:
        return WriteResult(operation.key, "absent")
    error = None
    if len(ids) > 1:
        error = Finding(
            code, Severity.DOUBT, operation.subject, operation.key, f"{', '.join(ids)} all look like {operation.subject}",
            "Look at them, and take out what is too much.",
        )  # fmt: skip
    return WriteResult(operation.key, "done", {slot: ids[0]}, error=error)


def inverse(
    operation: Operation,
    endpoint: str,
    params: Mapping[str, Template],
    body: Template = None,
    step: str = "",
) -> Operation:
    """Return the operation that takes another one back. `step`: tells several apart that one write needs."""
    return Operation(f"{operation.key}/undo{step}", operation.subject, endpoint, params, body, operation.lane)


def edited_back(operation: Operation) -> list[Operation]:
    """Return the edit that writes back what stood there: the plan saw it and keeps it in the parameter `undo`. Nothing where it did not."""
    back = operation.params.get("undo")
    if back is None:
        return []
    params = {key: value for key, value in operation.params.items() if key != "undo"}
    return [inverse(operation, operation.endpoint, params, back)]


def residue(operation: Operation, message: str, remedy: str = "", *, code: str) -> Finding:
    """Return what stays of a write for ever."""
    return Finding(code, Severity.LOSS, operation.subject, operation.endpoint, message, remedy)


def taken_back(
    done: Sequence[tuple[Operation, WriteResult]], inverses: Mapping[str, Inverse]
) -> tuple[list[Operation], list[Finding]]:
    """Return what takes the writes of a lane back, the newest first, and what stays. `inverses`: endpoint -> how it is taken back; what
    it does not name goes with something else.
    """
    operations: list[Operation] = []
    findings: list[Finding] = []
    for operation, result in reversed(done):
        undo = inverses.get(operation.endpoint)
        for step in undo(operation, result) if undo is not None and result.status == "done" else ():
            if isinstance(step, Operation):
                operations.append(step)
            else:
                findings.append(step)
    return operations, findings


def deleting(
    endpoint: str,
    name: str = "id",
    *,
    code: str = "",
    stays: str = "it was there before: it stays",
    keeps: Mapping[str, str] = MappingProxyType({}),
) -> Inverse:
    """Undo a creation by a deletion. `name`: parameter that names what was made; `keeps`: parameter -> that of the creation which the
    deletion needs as well. What was there before stays, which `code` and `stays` tell.
    """

    def undo(operation: Operation, result: WriteResult) -> list[Operation | Finding]:
        if result.gives.get("existed"):
            return [residue(operation, stays, code=code)]
        params: dict[str, Template] = {name: result.gives.get("id") or From(operation.subject)}
        params |= {key: operation.params[own] for key, own in keeps.items() if own in operation.params}
        return [inverse(operation, endpoint, params)]

    return undo


def noted(endpoint: str) -> Inverse:
    """Undo by another endpoint with the body that the plan noted in the parameter `undo`; nothing where it noted none."""
    return lambda operation, _: [
        inverse(operation, endpoint, back.params, back.body) for back in edited_back(operation)
    ]
