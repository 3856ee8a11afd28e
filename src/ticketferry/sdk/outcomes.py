"""What became of one write, and what takes it back, in the words that every target uses."""

from collections.abc import Mapping, Sequence

from ticketferry.sdk.contract import Finding, Operation, Severity, Template, WriteResult

__all__ = ["by_mark", "edited_back", "inverse", "rejected", "residue"]


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
