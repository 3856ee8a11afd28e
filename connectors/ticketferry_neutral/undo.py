"""The inverse of what was written for one root: tombstones for what was made, the former values for what was edited. Pure."""

from collections.abc import Sequence
from typing import Any, cast

from ticketferry.sdk import Change, Compiled, From, Operation, Outcome, Record, Template, WriteResult
from ticketferry.sdk.outcomes import inverse
from ticketferry_neutral.compile import Compiler, link_name, parts_by_name
from ticketferry_neutral.endpoints import PART_LISTS, create_of, kind_of_endpoint
from ticketferry_neutral.lines import PART_OF

__all__ = ["undo"]

_LIST_OF = {kind: name for name, kind in PART_LISTS.items()}


def undo(done: Sequence[tuple[Operation, WriteResult]], before: Record | None, desk: str) -> Compiled:
    """Return the inverse operations of one lane, newest first. A root that the lane made goes with all its parts.

    Everything can be taken back: a tombstone keeps the record that it ends, so a deletion is undone by `restore`.
    """
    landed = [operation for operation, result in done if result.status == "done"]
    for operation in landed:
        kind = kind_of_endpoint(operation.endpoint)
        if kind not in PART_OF and operation.endpoint == create_of(kind):
            return Compiled(
                [inverse(operation, f"{kind.value}.delete", {"id": From(operation.subject)}, {})], None
            )
    if before is None:
        return Compiled((), None)
    inverting = _Inverse(before, desk)
    return Compiled([inverting.of(operation) for operation in reversed(landed)], before)


class _Inverse:
    """Inverts the operations of an update by what was read just before it."""

    def __init__(self, before: Record, desk: str) -> None:
        self._before = before
        self._former = Compiler(Change(Outcome.UPDATE, before, None), desk)

    def of(self, operation: Operation) -> Operation:
        """Return the inverse of one operation."""
        noun, verb = operation.endpoint.split(".", 1)
        if noun == "link":
            return self._link(operation)
        if noun == "history":
            return inverse(operation, "history.put", operation.params, self._former.history())
        if verb == "update":
            return inverse(operation, operation.endpoint, operation.params, self._values(operation))
        if verb == "delete":
            return inverse(operation, f"{noun}.restore", operation.params, {})
        return inverse(operation, f"{noun}.delete", {"id": From(operation.subject)}, {})

    def _values(self, operation: Operation) -> dict[str, Template]:
        record = self._before
        kind = operation.subject.kind
        if kind in PART_OF:
            record = parts_by_name(self._before, _LIST_OF[kind]).get(str(operation.subject), {})
        written = cast("dict[str, dict[str, Any]]", operation.body)
        body: dict[str, Template] = {}
        if "set" in written:
            body["set"] = self._former.values({key: record.get(key) for key in written["set"]})
        if "fields" in written:
            fields = record.get("fields", {})
            body["fields"] = {name: fields.get(name) for name in written["fields"]}
        return body

    def _link(self, operation: Operation) -> Operation:
        verb = operation.endpoint.split(".", 1)[1]
        name = operation.key.removeprefix(f"{operation.subject}/{verb}-")
        former = {link_name(link): link for link in self._before.get("links", ())}.get(name)
        if former is None:
            return inverse(
                operation, "link.delete", operation.params, cast("dict[str, Template]", operation.body)
            )
        return inverse(operation, "link.add", operation.params, {"link": self._former.values(former)})
