"""Taking back what one lane did: the newest first, with what the plan noted for it; what stays for ever is told."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from ticketferry.sdk import Compiled, Finding, From, Kind, Operation, Record, Template, WriteResult
from ticketferry.sdk.outcomes import Inverse, deleting, edited_back, inverse, residue, taken_back
from ticketferry_zendesk.catalog import STAGES

__all__ = ["undo_lane"]

_IMPORTS = frozenset({"ticket.import", "ticket.import_closed", "ticket.import_archived"})
_UPDATES = ("ticket.update", "ticket.update_closed")
_Steps = Sequence[Operation | Finding]


def undo_lane(
    done: Sequence[tuple[Operation, WriteResult]], before: Record | None, *, forever: bool
) -> Compiled:
    """Return the inverse operations of a lane. A lane that imported its ticket is undone by deleting it, with all that is on it;
    `forever`: also out of the list of deleted tickets. The copy that an import replaced is restored.
    """
    real = [(operation, result) for operation, result in done if result.status == "done"]
    inverses = {**_INVERSES, **dict.fromkeys(_IMPORTS, _imported_forever if forever else _imported)}
    operations, findings = taken_back(real, inverses)
    steps = {step.key for step in operations}
    for operation, _ in reversed(real):
        if operation.endpoint in _UPDATES and f"{operation.key}/undo" in steps:
            before, told = _kept(operation, before)
            findings += told
    root = real[0][0].lane if real else None
    made = any(
        operation.endpoint in _IMPORTS and not operation.params.get("replaces") for operation, _ in real
    )
    gone = made or (root is not None and root.kind is not Kind.TICKET and before is None)
    return Compiled(tuple(operations), None if gone else before, (), tuple(findings))


def _kept(operation: Operation, before: Record | None) -> tuple[Record | None, list[Finding]]:
    """Return what stands after an update was taken back, and findings, for what Zendesk takes back never: a priority where there was
    none, New [support 4408894213018].
    """
    body, undo = (
        cast("dict[str, Any]", operation.body),
        cast("dict[str, Any]", operation.params.get("undo") or {}),
    )
    ticket, back = body.get("ticket", body), undo.get("ticket", undo)
    found: list[Finding] = []
    if not back or before is None:
        return before, found
    if ticket.get("priority") and "priority" not in back:
        before = {**before, "priority": ticket["priority"]}
        found.append(_stays(operation, "a priority that was set cannot be taken away: it stays"))
    if before.get("stage") == "new" and back.get("status") == "open":
        before = {**before, "status": "open", "stage": STAGES["open"].value}
        found.append(_stays(operation, "a ticket that was not New any more cannot be New again: it is Open"))
    return before, found


_stays = partial(residue, code="ZD-RESIDUE")
_made = partial(deleting, code="ZD-RESIDUE")
_imported = deleting("ticket.delete")


def _imported_forever(operation: Operation, result: WriteResult) -> _Steps:
    (step,) = _imported(operation, result)
    assert isinstance(step, Operation)
    return [step, inverse(operation, "ticket.delete_forever", step.params, step="/forever")]


def _kept_as_is(message: str) -> Inverse:
    return lambda operation, _: [_stays(operation, message)]


def _edited(operation: Operation, _: WriteResult) -> _Steps:
    """An edit carries the values as they were: the plan saw them."""
    return edited_back(operation) or [
        _stays(operation, "what stood there is not known: it keeps what was written")
    ]


def _updated(operation: Operation, result: WriteResult) -> _Steps:
    """An edited ticket is written as it was, unless the edit closed it: Zendesk changes nothing on a closed one [PROBE]."""
    ticket = cast("dict[str, Any]", operation.body)["ticket"]
    if ticket.get("status") == "closed":
        told = "the ticket was closed, which cannot be changed any more: it stays as it is"
        return [_stays(operation, told)]
    steps = _edited(operation, result)
    if isinstance(steps[0], Finding):
        return steps
    return [*steps, _stays(operation, "the internal comments that tell of the update and of this stay")]


def _deleted(operation: Operation, _: WriteResult) -> _Steps:
    return [inverse(operation, "ticket.restore", {"id": operation.params["id"]})]


def _defined(endpoint: str, slot: str = "number") -> Inverse:
    """Undo an entry of the set-up; of an option only the last part of its name is its number."""

    def undo(operation: Operation, result: WriteResult) -> _Steps:
        params: dict[str, Template] = dict(operation.params)
        given = result.gives.get(slot)
        params["id"] = given.rpartition("/")[2] if given else From(operation.subject, slot)
        return [inverse(operation, endpoint, params)]

    return undo


_INVERSES: Mapping[str, Inverse] = {
    "field.create": _defined("field.delete"),
    "field.add_option": _defined("field.delete_option", "id"),
    "status.create": _defined("status.delete"),
    "group.create": _made("group.delete"),
    "organization.create": _made("organization.delete"),
    "organization.update": _edited,
    "user.create": _made("user.delete"),
    "user.create_many": _made("user.delete"),
    "user.update": _edited,
    "identity.add": _made("identity.delete", keeps={"user": "id"}),
    "membership.create": _made("membership.delete"),
    "ticket.update": _updated,
    "ticket.update_closed": _edited,
    "ticket.delete": _deleted,
    "comment.add": _kept_as_is("a comment that was added cannot be taken away: it stays"),
    "comment.hide": _kept_as_is("a comment cannot be made public again: it stays internal"),
    "comment.redact": _kept_as_is("words that were redacted stay so"),
    "comment.redact_closed": _kept_as_is("words and files that were redacted stay so"),
    "attachment.redact": _kept_as_is("a file that was redacted stays so"),
}
"""Domains go with their organization. Memberships of a user go with the user; uploads that no ticket took expire by themselves."""
