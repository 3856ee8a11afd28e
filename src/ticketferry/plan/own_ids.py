"""References to the target's own records in what is compiled: their ids are known and wait for nothing."""

from dataclasses import replace

from ticketferry.sdk.contract import Compiled, From, Template

__all__ = ["with_own_ids"]


def with_own_ids(compiled: Compiled, desk: str) -> Compiled:
    """Return what a connector compiled with the ids of the target's own records (those of `desk`) in place of what would be looked up."""
    operations = [
        replace(
            operation,
            body=_own(operation.body, desk),
            params={key: _own(value, desk) for key, value in operation.params.items()},
        )
        for operation in compiled.operations
    ]
    return replace(compiled, operations=tuple(operations))


def _own(template: Template, desk: str) -> Template:
    if isinstance(template, From) and template.ref.desk == desk and template.slot == "id":
        return int(template.ref.id) if template.as_int else template.ref.id
    if isinstance(template, dict):
        return {key: _own(item, desk) for key, item in template.items()}
    if isinstance(template, list):
        return [_own(item, desk) for item in template]
    return template
