"""Fields that the plan makes have no id yet: where an issue names fields by id, a symbolic value stands for theirs."""

from collections.abc import Mapping
from dataclasses import replace

from ticketferry.sdk import Compiled, Operation, Template, keyed, planned_ref

__all__ = ["with_field_keys"]

_SLOT = "field"
"""What a field gives when it stands on all its screens, so that no ticket comes before."""


def with_field_keys(compiled: Compiled) -> Compiled:
    """Return what was compiled with the ids of fields that are to come as symbolic keys, in bodies and in what takes them back."""
    operations = [_keyed(operation) for operation in compiled.operations]
    same = all(new is old for new, old in zip(operations, compiled.operations, strict=True))
    return compiled if same else replace(compiled, operations=operations)


def _keyed(operation: Operation) -> Operation:
    body, back = _in(operation.body), _in(operation.params.get("undo"))
    if body is operation.body and back is operation.params.get("undo"):
        return operation
    params = {**operation.params, "undo": back} if "undo" in operation.params else operation.params
    return replace(operation, body=body, params=params)


def _in(body: Template) -> Template:
    fields = body.get("fields") if isinstance(body, Mapping) else None
    if not isinstance(body, dict) or not isinstance(fields, dict):
        return body
    if not any(planned_ref(id_) for id_ in fields):
        return body
    return {**body, "fields": keyed(fields, slot=_SLOT)}
