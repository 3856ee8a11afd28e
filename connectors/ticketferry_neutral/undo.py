"""The inverse of what was written for one root: tombstones for what was made, the former values for what was edited. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.sdk import Change, Compiled, Operation, Outcome, Record, Template, WriteResult, parse_ref
from ticketferry_neutral.compile import Compiler
from ticketferry_neutral.endpoints import PART_LISTS, create_of, kind_of_endpoint
from ticketferry_neutral.lines import PART_OF

__all__ = ["undo"]


def undo(done: Sequence[tuple[Operation, WriteResult]], before: Record | None, desk: str) -> Compiled:
    """Return the inverse operations of one lane, newest first. A root that the lane made goes with all its parts.

    Everything can be taken back: a tombstone keeps the record it ends, so a deletion is undone by `restore`.
    """
    landed = [operation for operation, result in done if result.status == "done"]
    for operation in landed:
        kind = kind_of_endpoint(operation.endpoint)
        if kind not in PART_OF and operation.endpoint == create_of(kind):
            return Compiled([_inverse(operation, f"{kind.value}.delete", {})], None)
    inverse = _Inverse(before or {}, desk)
    operations = [found for operation in reversed(landed) if (found := inverse.of(operation)) is not None]
    return Compiled(operations, before)


def _inverse(operation: Operation, endpoint: str, body: Template, id_: Template = None) -> Operation:
    from ticketferry.sdk import From

    params: dict[str, Template] = {"id": From(operation.subject) if id_ is None else id_}
    return Operation(f"{operation.key}/undo", operation.subject, endpoint, params, body, operation.lane)
